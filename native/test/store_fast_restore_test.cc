// What the fast-restore classes hold: every key that is in memory is in one of them, or in the tail.
#include <doctest/doctest.h>

#include <algorithm>

#include "test/support/report.h"
#include "test/support/small_store.h"

using namespace foreshard;
using namespace foreshard::test;

namespace {

template <class Start>
void finish(CrashLife& life, const Start& start) {
  const uint64_t ticket = life.take_ticket();
  start(ticket);
  REQUIRE(life.await(ticket, "work")->ok());
}

constexpr int kKeys = 20'000, kBatch = 100, kPuts = 10;

std::string key(int number) { return "key" + std::to_string(number); }

// Several pages of keys, and classes of several chunks. Closed in order.
struct LargerStore : SmallStore {
  LargerStore() {
    options.segment_bytes = 4u << 20;
    options.memory_limit = 64u << 20;
    options.fast_budget = 16u << 20;  // the keys need two thirds of it
    CrashLife life(machine, model, options);
    REQUIRE(life.open()->ok());
    for (int first = 0; first < kKeys; first += kBatch) put(life, first, kBatch);
    finish(life, [&](uint64_t ticket) { life.store().checkpoint(ticket); });
    REQUIRE(life.close()->ok());
  }

  void put(CrashLife& life, int first, int count) {
    std::vector<ModelWrite> writes;
    for (int i = first; i < first + count; ++i) writes.push_back({RecordKind::put, key(i), std::string(480, '.'), 0});
    REQUIRE(life.write(writes).ok());
    REQUIRE(life.flush()->ok());
  }

  // And some time goes by: a thousand reads a second.
  void read_batch(CrashLife& life, int first) {
    for (int i = 0; i < kBatch; ++i) life.get(key((first + i) % kKeys), CrashLife::How::at_once);
    life.run_for(100'000'000);
    REQUIRE(life.violation() == "");
  }
};

}  // namespace

TEST_CASE("what was written again or relocated since the fast-restore classes were written is restored with them") {
  SmallStore store;
  store.options.fast_budget = 128u << 10;  // the keys need a quarter of it, the hottest band has 8 KiB
  constexpr int kKeys = 100, kAgain = 40;
  const auto put = [](CrashLife& life, int key, const std::string& value) {
    REQUIRE(life.write({{RecordKind::put, "key" + std::to_string(key), value + std::string(200, '.'), 0}}).ok());
  };
  {
    CrashLife life(store.machine, store.model, store.options);
    REQUIRE(life.open()->ok());
    for (int i = 0; i < kKeys; ++i) put(life, i, "first");
    REQUIRE(life.flush()->ok());
    finish(life, [&](uint64_t ticket) { life.store().checkpoint(ticket); });  // with the heat of all keys
    REQUIRE(life.close()->ok());
  }
  {
    CrashLife life(store.machine, store.model, store.options);
    REQUIRE(life.open()->ok());
    life.wait_full();
    for (int i = 0; i < kAgain; ++i) {
      put(life, i, "again");
      REQUIRE(life.flush()->ok());
    }
    for (int i = 0; i < 2; ++i) finish(life, [&](uint64_t ticket) { life.store().checkpoint(ticket); });
    finish(life, [&](uint64_t ticket) { life.store().compact(0.05, ticket); });
    life.run_for(3'000'000'000);
    store.machine.crash(CrashKind::process_killed);
  }
  CrashLife life(store.machine, store.model, store.options);
  REQUIRE(life.open()->ok());
  life.wait_full();
  life.check_all(CrashLife::How::later);
  CHECK(life.violation() == "");
  const std::string report = life.store().recovery_json();
  CAPTURE(report);
  CHECK(number_in(report, "tail", "records") < kAgain);
  CHECK(number_in(report, "fast", "admitted") + number_in(report, "tail", "records") >= kKeys);
}

TEST_CASE("what is asked for while the fast-restore classes are written does not fall between them") {
  LargerStore store;
  {
    StoreOptions slow = store.options;
    slow.background_bytes_per_second = 1u << 20;  // the coldest class takes seconds
    CrashLife life(store.machine, store.model, slow);
    REQUIRE(life.open()->ok());
    life.wait_full();
    const auto coldest_written = [&life] {
      return std::any_of(life.events().begin(), life.events().end(), [](const std::string& event) {
        return event.find("\"kind\":\"fast\"") != std::string::npos && event.find("\"class\":5") != std::string::npos;
      });
    };
    for (int step = 0; !coldest_written(); ++step) store.read_batch(life, step * kBatch);
    store.machine.crash(CrashKind::process_killed);
  }
  CrashLife life(store.machine, store.model, store.options);
  REQUIRE(life.open()->ok());
  life.wait_full();
  CHECK(life.violation() == "");
  const std::string report = life.store().recovery_json();
  CAPTURE(report);
  CHECK(number_in(report, "fast", "admitted") == kKeys);
}

TEST_CASE("no key is lost from the fast-restore classes in lives that end before all are written again") {
  LargerStore store;
  Random random(1);
  for (int restart = 0; restart < 6; ++restart) {
    CrashLife life(store.machine, store.model, store.options);
    REQUIRE(life.open()->ok());
    // While it is restored: reads come before the classes, and raise the heat of some keys.
    for (int i = 0; i < kBatch; ++i) life.get(key(static_cast<int>(random.below(kKeys))), CrashLife::How::later);
    life.wait_full();
    const std::string report = life.store().recovery_json();
    CAPTURE(restart);
    CAPTURE(report);
    CHECK(life.violation() == "");
    const int misses = number_in(report, "early", "reads") - number_in(report, "early", "covered");
    CHECK(number_in(report, "fast", "admitted") + number_in(report, "tail", "records") + misses >= kKeys);
    for (int step = 0; step < 120; ++step) {
      store.read_batch(life, static_cast<int>(random.below(kKeys)));
      store.put(life, static_cast<int>(random.below(kKeys - kPuts)), kPuts);
    }
    store.machine.crash(CrashKind::process_killed);
  }
}

TEST_CASE("what the replay of the tail has brought is counted for an image, or what an image has brought for the replay") {
  LargerStore store;
  {
    CrashLife life(store.machine, store.model, store.options);
    REQUIRE(life.open()->ok());
    life.wait_full();
    store.put(life, 0, 200);
    store.machine.crash(CrashKind::process_killed);
  }
  CrashLife life(store.machine, store.model, store.options);
  REQUIRE(life.open()->ok());
  life.wait_full();
  store.put(life, 100, 100);  // into the same chunk, behind what was replayed
  for (int i = 0; i < 600; ++i) life.get(key(i), CrashLife::How::at_once);
  REQUIRE(life.violation() == "");
  const std::string report = life.store().recovery_json();
  CAPTURE(report);
  CHECK(number_in(report, "tail", "records") == 200);
  CHECK(number_in(report, "early", "covered") == 600);
  CHECK(number_in(report, "early", "replayed") == 100);
  CHECK(number_in(report, "early", "restored") == 400);
}
