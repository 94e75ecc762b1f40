// What an index image notes of a segment (log/live_map.h), and what compaction may conclude from it.
#include <doctest/doctest.h>

#include <set>

#include "engine/base/random.h"
#include "engine/log/live_map.h"
#include "test/support/sim_process.h"

namespace foreshard::test {

TEST_CASE("a place that was noted is never taken for dead, and few others are taken for alive") {
  constexpr uint64_t kEnd = 1u << 20;
  Random random(5);
  LiveMap map(kEnd);
  std::set<uint64_t> noted, grains;
  for (int i = 0; i < 2000; ++i) {
    const uint64_t offset = random.next() % (kEnd / kAddressUnit) * kAddressUnit;
    map.note(offset);
    noted.insert(offset);
    grains.insert(offset / LiveMap::kGrain);
  }
  for (uint64_t offset = 0; offset < kEnd; offset += kAddressUnit) {
    if (noted.contains(offset)) REQUIRE(map.may_live(offset));
    REQUIRE(map.may_live(offset) == grains.contains(offset / LiveMap::kGrain));
  }
}

TEST_CASE("a segment that is written, filled by compaction or emptied when an image begins gets no map from it") {
  Segments segments;
  for (uint64_t id = 1; id <= 5; ++id) {
    Segment& segment = segments.add({.id = id, .state = id == 2 ? SegmentState::open : SegmentState::sealed, .data_end = 8 * kBlock});
    if (id == 3) segment.linked = false;
    if (id == 4) segment.facts.emptied_at_image = 1;
  }
  LiveMaps maps(segments);
  for (uint64_t id = 1; id <= 5; ++id) maps.note(Address::disk(id, kBlock));
  segments.remove(5);  // meanwhile
  maps.hand_over(segments);
  for (uint64_t id = 2; id <= 4; ++id) CHECK(segments.by_id(id)->live == nullptr);
  REQUIRE(segments.by_id(1)->live != nullptr);
  CHECK(segments.by_id(1)->live->may_live(kBlock));
  CHECK(!segments.by_id(1)->live->may_live(2 * kBlock));
}

namespace {

// A new version that most often fails to be written, so many steps into an image that has left the old one out, or not yet.
// Whether the image failed with it.
bool fail_write_in_image(SimProcess& sim, SimMachine& machine, int steps) {
  const uint64_t groups = steps % 2 == 0 ? static_cast<uint64_t>(steps) % 8 : 0;  // before it, so that it fails later
  machine.faults().plan.push_back({.op = IoOp::write_durable, .path_part = ".seg", .skip = groups});
  for (uint64_t i = 0; i < groups; ++i) {
    REQUIRE(sim.put("again", "b").ok());
    sim.store().submit();
  }
  const uint64_t image = sim.ticket();
  if (steps % 2 == 0) static_cast<void>(sim.put("key", "new"));
  sim.store().checkpoint(image);
  for (int i = 0; i < steps; ++i) sim.disk().wait();
  if (steps % 2 == 1) static_cast<void>(sim.put("key", "new"));
  const bool failed = !sim.done(image).status.ok();
  static_cast<void>(sim.flush());
  machine.faults().clear();
  return failed;
}

}  // namespace

TEST_CASE("a version that comes back in the middle of an image or behind it is not taken for dead") {
  int failed = 0, taken_back = 0;
  for (int steps = 0; steps < 40; ++steps) {
    CAPTURE(steps);
    SimMachine machine({.seed = static_cast<uint64_t>(steps) + 1});
    StoreOptions options = small_options();
    options.compaction_garbage_share = 0.99;
    std::optional<std::string> version;
    {
      SimProcess sim(machine, options);
      REQUIRE(sim.open().ok());
      REQUIRE(fill_a_segment(sim).ok());
      failed += fail_write_in_image(sim, machine, steps);
      version = sim.get("key");
      taken_back += version == "old";
      REQUIRE(sim.compact(0.3).ok());
      CHECK(sim.store().stats_json().find("\"compactedSegments\":0") == std::string::npos);
      for (int i = 0; i < 2; ++i) REQUIRE(sim.checkpoint().ok());  // the emptied segment goes
      CHECK(sim.get("key") == version);
      REQUIRE(sim.close().ok());
    }
    SimProcess sim(machine, options);
    REQUIRE(sim.open().ok());
    CHECK(sim.get("key") == version);
    REQUIRE(sim.close().ok());
  }
  CHECK(failed > 0);
  CHECK(taken_back > failed);
}

TEST_CASE("compaction finds all that is alive by the map of an image, and deletes of keys that are not in it") {
  SimMachine machine({.seed = 9});
  StoreOptions options = small_options();
  options.compaction_garbage_share = 0.99;
  std::map<std::string, std::string> model;
  {
    SimProcess sim(machine, options);
    REQUIRE(sim.open().ok());
    Random random(9);
    for (int round = 0; round < 6; ++round) {
      for (int i = 0; i < 400; ++i) {
        const std::string key = "key" + std::to_string(random.next() % 300);
        const std::string value(20 + random.next() % 200, static_cast<char>('a' + round));
        if (i % 7 == 0) {
          REQUIRE(sim.del(key).ok());
          model.erase(key);
        } else {
          REQUIRE(sim.put(key, value).ok());
          model[key] = value;
        }
      }
      REQUIRE(sim.flush().ok());
      for (int i = 0; i < 2; ++i) REQUIRE(sim.checkpoint().ok());
      REQUIRE(sim.compact(0.2).ok());
      REQUIRE(sim.all() == model);
    }
    CHECK(sim.store().stats_json().find("\"deletedSegments\":0") == std::string::npos);
    REQUIRE(sim.close().ok());
  }
  options.use_standard = options.use_fast = false;  // by the segments alone
  SimProcess sim(machine, options);
  REQUIRE(sim.open().ok());
  CHECK(sim.all() == model);
  REQUIRE(sim.close().ok());
}

}  // namespace foreshard::test
