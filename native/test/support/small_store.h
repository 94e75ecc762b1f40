// A small store with a file of every kind, for tests that damage it: sealed and relocated segments with their runs, two
// index images, fast-restore images of every class, a list of first touches, and a tail that only a scan finds.
#pragma once
#include "test/support/crash_life.h"

namespace foreshard::test {

class SmallStore {
 public:
  explicit SmallStore(uint64_t seed = 1) : machine({.seed = seed, .slow_chance = 0}) {
    options.directory = "store";
    options.segment_bytes = 64u << 10;
    options.memory_limit = 16u << 20;
    options.fast_budget = 64u << 10;
    options.shards = 1;
    options.background_bytes_per_second = 1ull << 40;
    options.compaction_rests_ns = 0;
    options.compaction_garbage_share = 0.9;
  }

  SimMachine machine;
  CrashModel model;
  StoreOptions options;

  // Everything but the tail, closed in order.
  void fill() {
    CrashLife life(machine, model, options);
    must(life.open(), life);
    for (int round = 0; round < 3; ++round) {
      for (int i = 0; i < 12; ++i) put(life, "key" + std::to_string((round * 5 + i) % 20), 30 + 5 * i);
      del(life, "key" + std::to_string(round));
      flush(life);
      if (round == 1) work(life, [&](uint64_t ticket) { life.store().compact(0.3, ticket); });
    }
    life.check_all(CrashLife::How::later);
    life.store().set_predicted({life.store().hash_of(as_bytes("key7")), life.store().hash_of(as_bytes("key4"))}, 1);
    work(life, [&](uint64_t ticket) { life.store().checkpoint(ticket); });
    for (int i = 0; i < 6; ++i) put(life, "late" + std::to_string(i), 20);
    flush(life);
    must(life.close(), life);
  }

  // A tail of three groups. `proven`: and an idle mark, so that their loss would be noticed.
  void add_tail(bool proven) {
    CrashLife life(machine, model, options);
    must(life.open(), life);
    life.wait_full();
    for (int i = 0; i < 3; ++i) {
      put(life, "tail" + std::to_string(i), 25);
      put(life, "key" + std::to_string(i * 3), 25);
      flush(life);
    }
    if (proven) life.run_for(200'000'000);
    problems += life.violation();
    machine.crash(CrashKind::process_killed);
  }

  std::unique_ptr<SimMachine> copy() const { return machine.crashed_copy(CrashKind::process_killed, 7); }

  std::string problems;  // of the preparation itself

 private:
  void put(CrashLife& life, const std::string& key, size_t length) {
    std::string value = key + ":" + std::to_string(++count_);
    value.resize(std::max(value.size(), length), '.');
    must(life.write({{RecordKind::put, key, value, 0}}), life);
  }
  void del(CrashLife& life, const std::string& key) { must(life.write({{RecordKind::del, key, "", 0}}), life); }
  void flush(CrashLife& life) { must(life.flush(), life); }
  template <class Start>
  void work(CrashLife& life, Start start) {
    const uint64_t ticket = life.take_ticket();
    start(ticket);
    must(life.await(ticket, "work"), life);
  }
  void must(std::optional<Status> status, CrashLife& life) {
    if (!status || !status->ok()) problems += "; " + (status ? status->detail : "crashed");
    problems += life.violation();
  }

  int count_ = 0;
};

}  // namespace foreshard::test
