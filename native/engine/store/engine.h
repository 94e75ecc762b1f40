// The features of a store, put together in the order in which they depend on each other, and its life: opening, running,
// closing.
#pragma once
#include <memory>
#include <string>

#include "engine/store/backup.h"
#include "engine/store/changes.h"
#include "engine/store/compactor.h"
#include "engine/store/fast_checkpointer.h"
#include "engine/store/hot_keys.h"
#include "engine/store/iterators.h"
#include "engine/store/opening.h"
#include "engine/store/resharder.h"
#include "engine/store/writer.h"

namespace foreshard {

class Engine {
 public:
  Engine(Disk& disk, StoreListener& listener, StoreOptions options);
  ~Engine();

  void open(uint64_t ticket);
  void close(uint64_t ticket);
  void poll();
  // The beginning of a call by the application, ...
  void enter() {
    catch_up();
    enter_to_write(1);
    if (core.log) core.log->note_call();
  }
  // ... of one that only writes so many records.
  void enter_to_write(uint64_t records) {
    core.count_calls(records);
    poll();
  }
  // Before anything looks at the index or the log.
  void catch_up() { writer.finish_staged(); }
  void flush(uint64_t ticket);
  Status wait_durable(uint64_t sequence);
  void backup(std::string directory, uint64_t ticket);
  void checkpoint(uint64_t ticket);
  void compact(double garbage_share, uint64_t ticket);
  std::string stats_json() const;

  // Open for traffic, and not closing.
  bool serving() const { return core.phase >= Phase::open && core.phase <= Phase::full; }

  Core core;
  TaskGroup background;  // loops and long work; idle before the store closes
  Pages pages;
  Reader reader;
  Writer writer;
  Warmer warmer;
  Opening opening;
  Checkpointer checkpointer;
  FastCheckpointer fast;
  Compactor compactor;
  Iterators iterators;
  Changes changes;
  Backup backups;
  Resharder resharder;
  HotKeys hot_keys;

 private:
  Task<> run_open(uint64_t ticket);
  Task<> run_close(uint64_t ticket);
  Task<> run_flush(uint64_t ticket);
  Task<> run_backup(std::string directory, uint64_t ticket);
  Task<> run_checkpoint(uint64_t ticket);
  Task<> run_compact(double garbage_share, uint64_t ticket);
  Task<> run_recovery();
  Task<> standard_copy();
  Task<> compact_later();
  Task<Status> shut_down();
  Task<> abandon_open();
  void on_sealed();

  Task<> closing_;
  bool copying_ = false;
  bool was_full_ = false;  // when closing began: what is in memory is worth keeping
  uint32_t polls_ = 0;
};

}  // namespace foreshard
