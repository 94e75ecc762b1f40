// Splits and merges while a store runs: which frames records go into, what a crash at any step leaves, what a failing disk
// leaves, and boundaries inside of pages that are not loaded.
#include <doctest/doctest.h>

#include <set>

#include "engine/log/names.h"
#include "test/support/shard_model.h"
#include "test/support/sim_process.h"

namespace foreshard::test {

namespace {

Status split(SimProcess& sim, uint64_t cut, uint64_t* sequence = nullptr) {
  const uint64_t ticket = sim.ticket();
  sim.store().split(cut, ticket);
  const Recorder::Done done = sim.done(ticket);
  if (sequence != nullptr) *sequence = done.value;
  return done.status;
}

Status merge(SimProcess& sim, uint64_t start) {
  const uint64_t ticket = sim.ticket();
  sim.store().merge(start, ticket);
  return sim.done(ticket).status;
}

std::string key(int number) { return "key" + std::to_string(number); }

struct FramedRecord {
  uint64_t sequence;
  uint32_t shard;
  uint32_t epoch;
  std::string key;
};

// Every record of every log segment, with the frame that it lies in.
std::vector<FramedRecord> framed_records(const SimMachine& machine) {
  std::vector<FramedRecord> records;
  for (const std::string& path : machine.files()) {
    if (!path.ends_with(".seg")) continue;
    const std::vector<uint8_t> bytes = machine.contents(path);
    GroupHeader header;
    for (size_t at = kBlock; at < bytes.size(); at += header.padded()) {
      const Bytes group = Bytes(bytes).subspan(at);
      if (read_group_header(group, header) != Errc::ok) break;
      static_cast<void>(for_each_record(group, header, [&](const FrameHeader& frame, RecordView view, uint64_t) {
        records.push_back({view.sequence(), frame.shard, frame.epoch, std::string(as_text(view.key()))});
      }));
    }
  }
  return records;
}

// What the records of this life add up to after a restart.
void check_after_restart(SimMachine& machine, int keys, const std::string& value) {
  SimProcess again(machine);
  REQUIRE(again.open().ok());
  for (int i = 0; i < keys; ++i) REQUIRE(again.get(key(i)) == value);
  CHECK(again.all().size() == static_cast<size_t>(keys));
}

}  // namespace

TEST_CASE("what was accepted before a split lies in frames of the old epoch, what came after in frames of the new shards") {
  SimMachine machine({.seed = 5});
  uint64_t cut_sequence = 0;
  {
    SimProcess sim(machine);
    REQUIRE(sim.open().ok());
    const uint64_t ticket = sim.ticket();
    sim.store().split(1ull << 62, ticket);
    for (int i = 0; !sim.recorder().done.contains(ticket); ++i) {  // some wait for a group when the shards change
      REQUIRE(sim.put(key(i), "before or after").ok());
      if (i % 5 == 0) sim.store().submit();
      if (i % 3 == 0) sim.disk().wait();
    }
    cut_sequence = sim.recorder().done[ticket].value;
    REQUIRE(cut_sequence > 1);
    for (int i = 1000; i < 1200; ++i) REQUIRE(sim.put(key(i), "after").ok());
    REQUIRE(sim.flush().ok());
    REQUIRE(sim.store().shards().count() == 3);
    const Shards& shards = sim.store().shards();
    std::set<uint32_t> seen;
    const uint64_t seed = decode_manifest(machine.contents("store/MANIFEST-A")).value().hash_seed;
    size_t before = 0;
    for (const FramedRecord& record : framed_records(machine)) {
      const uint64_t hash = hash_key(seed, as_bytes(record.key));
      const ShardFacts& owner = shards.all()[shards.index_of(hash)];
      if (record.sequence < cut_sequence) {
        ++before;
        CHECK(record.epoch == 1);
        CHECK(record.shard == (hash >> 63));
      } else {
        CHECK(record.shard == owner.id);
        CHECK(record.epoch == owner.epoch);
        seen.insert(record.shard);
      }
    }
    CHECK(before > 0);
    CHECK(seen.size() == 3);
  }
}

TEST_CASE("a crash at any step of a split or merge leaves the old shards or the new ones, and every record") {
  std::set<ShardStarts> found;
  const ShardStarts first{0, 1ull << 63}, second{0, 5ull << 48, 1ull << 63}, third{0, 5ull << 48};
  for (uint64_t steps = 0; steps < 60; ++steps)
    for (const CrashKind kind : {CrashKind::power_cut, CrashKind::process_killed}) {
      SimMachine machine({.seed = steps});
      {
        SimProcess sim(machine);
        REQUIRE(sim.open().ok());
        for (int i = 0; i < 50; ++i) REQUIRE(sim.put(key(i), "value").ok());
        REQUIRE(sim.flush().ok());
        sim.store().split(5ull << 48, sim.ticket());
        sim.store().merge(1ull << 63, sim.ticket());
        for (uint64_t i = 0; i < steps && sim.disk().wait() > 0; ++i)
          if (i % 4 == 0) static_cast<void>(sim.put(key(static_cast<int>(i % 50)), "value"));
        machine.crash(kind);
      }
      check_after_restart(machine, 50, "value");
      SimProcess again(machine);
      REQUIRE(again.open().ok());
      const ShardStarts starts = starts_of(again.store().shards().all());
      REQUIRE((starts == first || starts == second || starts == third));
      found.insert(starts);
    }
  CHECK(found.size() == 3);
}

TEST_CASE("a split whose manifest cannot be written changes nothing, now or after a restart") {
  SimMachine machine({.seed = 3});
  {
    SimProcess sim(machine);
    REQUIRE(sim.open().ok());
    REQUIRE(sim.put("key0", "value").ok());
    REQUIRE(sim.flush().ok());
    machine.faults().plan.push_back({.op = IoOp::write, .path_part = "MANIFEST", .count = 1});
    CHECK(split(sim, 1ull << 62).code == Errc::io);
    CHECK(sim.store().shards().count() == 2);
    machine.faults().clear();
    CHECK(sim.put("key1", "value").ok());
    REQUIRE(sim.flush().ok());
    machine.crash(CrashKind::power_cut);
  }
  check_after_restart(machine, 2, "value");
  SimProcess again(machine);
  REQUIRE(again.open().ok());
  CHECK(again.store().shards().count() == 2);
  CHECK(split(again, 1ull << 62).ok());
  CHECK(again.store().shards().count() == 3);
}

TEST_CASE("a cut deep inside a page that is not loaded yet, and a restart that finds it inside an older page image") {
  SimMachine machine({.seed = 8});
  StoreOptions options = small_options();
  {
    SimProcess sim(machine, options);
    REQUIRE(sim.open().ok());
    for (int i = 0; i < 3000; ++i) {
      REQUIRE(sim.put(key(i), "value").ok());
      if (i % 100 == 99) REQUIRE(sim.flush().ok());
    }
    REQUIRE(sim.checkpoint().ok());
    machine.crash(CrashKind::process_killed);
  }
  {
    SimProcess sim(machine, options);
    REQUIRE(sim.open().ok());
    const uint64_t ticket = sim.ticket();
    sim.store().split(0x4001ull << 48, ticket);  // before anything was read
    REQUIRE(sim.done(ticket).status.ok());
    for (int i = 0; i < 3000; i += 10) REQUIRE(sim.put(key(i), "value").ok());
    REQUIRE(sim.flush().ok());
    machine.crash(CrashKind::power_cut);
  }
  SimProcess sim(machine, options);
  REQUIRE(sim.open().ok());
  const Shards& shards = sim.store().shards();
  REQUIRE(shards.count() == 3);
  for (int i = 0; i < 200; ++i) REQUIRE(sim.put(key(i), "value").ok());  // partly into pages that reach over the cut
  REQUIRE(sim.flush().ok());
  const uint64_t seed = decode_manifest(machine.contents("store/MANIFEST-A")).value().hash_seed;
  for (const FramedRecord& record : framed_records(machine)) {
    if (record.sequence <= 3300) continue;
    const ShardFacts& owner = shards.all()[shards.index_of(hash_key(seed, as_bytes(record.key)))];
    CHECK(record.shard == owner.id);
    CHECK(record.epoch == owner.epoch);
  }
  sim.wait_full();
  sim.store().visit_heat([&](const SliceHeat& page) {
    CHECK(page.shard == shards.slot_of(page.prefix));
    CHECK(shards.index_of(page.prefix) == shards.index_of(page.prefix | ~0ull >> page.depth));
  });
  CHECK(sim.all().size() == 3000);
}

TEST_CASE("splits that cannot be are refused, and say why") {
  SimMachine machine({.seed = 2});
  SimProcess sim(machine);
  REQUIRE(sim.open().ok());
  CHECK(split(sim, 0).code == Errc::bad_argument);
  CHECK(split(sim, 1ull << 63).code == Errc::bad_argument);
  CHECK(split(sim, 1ull << 44).code == Errc::bad_argument);  // finer than 1/65536, and no page begins there
  CHECK(split(sim, 1).code == Errc::bad_argument);
  CHECK(merge(sim, 0).code == Errc::bad_argument);
  CHECK(merge(sim, 1ull << 62).code == Errc::bad_argument);
  CHECK(merge(sim, 1ull << 63).ok());
  CHECK(sim.store().shards().count() == 1);
  std::vector<uint64_t> tickets;
  for (uint64_t i = 1; i <= 100; ++i) sim.store().split(i << 48, tickets.emplace_back(sim.ticket()));
  size_t busy = 0;
  for (const uint64_t ticket : tickets) busy += sim.done(ticket).status.code == Errc::busy;
  CHECK(busy == 36);
  CHECK(sim.store().shards().count() == 65);
  REQUIRE(sim.close().ok());
  CHECK(split(sim, 1ull << 62).code == Errc::closed);
}

TEST_CASE("the part with fewer bytes is the one that gets a new id") {
  SimMachine machine({.seed = 6});
  SimProcess sim(machine);
  REQUIRE(sim.open().ok());
  for (int i = 0; i < 500; ++i) REQUIRE(sim.put(key(i), std::string(100, 'v')).ok());
  REQUIRE(sim.flush().ok());
  REQUIRE(split(sim, 1ull << 60).ok());  // an eighth of shard 0
  CHECK(sim.store().shards().all()[0].id == 2);
  CHECK(sim.store().shards().all()[1].id == 0);
  REQUIRE(merge(sim, 1ull << 63).ok());  // 7/16 of the ring, and a half: the half keeps its id
  CHECK(sim.store().shards().all()[1].id == 1);
  CHECK(sim.store().shards().all()[1].epoch == 2);
  CHECK(sim.recorder().events.back().find("\"type\":\"merge\"") != std::string::npos);
}

}  // namespace foreshard::test
