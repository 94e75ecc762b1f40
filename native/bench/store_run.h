// A store on the system's disk, driven from one thread until what was asked for has happened. Errors are thrown.
#pragma once
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "bench/options.h"
#include "bench/records.h"
#include "engine/store/store.h"

namespace foreshard::bench {

std::unique_ptr<Disk> open_bench_disk(const Options& options, const std::string& directory);
void require(const Status& status, const std::string& what);
void require(bool holds, const std::string& what);

// An event that the store told, and when.
struct Event {
  std::string json;
  double at = 0;  // seconds, CLOCK_MONOTONIC
};

class StoreRun final : public StoreListener {
 public:
  StoreRun(const Options& options, StoreOptions store_options);
  // As if the process had been killed, unless it was closed.
  ~StoreRun() override = default;

  void open();
  void close();
  void flush();
  void checkpoint();
  // Accepts a record; waits while more than `window` records are accepted and not durable.
  void put(uint64_t number, Bytes value, uint64_t window);
  void put_durably(uint64_t number, Bytes value);
  // Each of these keys has its value, or it throws.
  void check(const std::vector<uint32_t>& numbers, const Values& values);

  Store& store() { return *store_; }
  Disk& disk() { return *disk_; }
  const std::vector<Event>& events() const { return events_; }
  void forget_events() { events_.clear(); }

 private:
  void await(uint64_t ticket, const char* what);

  void on_durable(uint64_t sequence) override { durable_ = sequence; }
  void on_rejected(uint64_t, uint64_t, const Status& status) override { rejected_ = status; }
  void on_value(uint64_t, const Status&, const ValueView*) override {}
  void on_done(uint64_t ticket, const Status& status, uint64_t) override { done_[ticket] = status; }
  void on_entries(uint64_t, const Status&, std::span<const EntryView>, bool, uint64_t, uint64_t) override {}
  void on_event(const std::string& json) override;

  std::unique_ptr<Disk> disk_;
  std::unique_ptr<Store> store_;
  std::map<uint64_t, Status> done_;
  std::vector<Event> events_;
  Status rejected_;
  uint64_t durable_ = 0;
  uint64_t next_ticket_ = 1;
};

// The number behind a name in a JSON text that the store wrote; the first one behind `after`.
double number_in(const std::string& json, const std::string& after, const std::string& name);

}  // namespace foreshard::bench
