// Windows of the sequence of accesses: each without a gap, bounded, and true about what they leave out.
#include <doctest/doctest.h>

#include <cstring>
#include <vector>

#include "engine/base/random.h"
#include "engine/shard/access_windows.h"
#include "test/support/sim_process.h"

namespace foreshard::test {

namespace {

struct Taken {
  uint64_t first = 0;
  uint64_t start_ms = 0;
  uint64_t skipped = 0;
  std::vector<AccessWindows::Row> rows;
};

double number_at(const std::vector<uint8_t>& bytes, size_t at) {
  REQUIRE(at + sizeof(double) <= bytes.size());
  double number = 0;
  std::memcpy(&number, bytes.data() + at, sizeof number);
  return number;
}

std::vector<Taken> windows_of(const std::vector<uint8_t>& bytes) {
  std::vector<Taken> all;
  for (size_t at = 0; at < bytes.size();) {
    const auto field = [&](uint32_t index) { return static_cast<uint64_t>(number_at(bytes, at + index * sizeof(double))); };
    Taken one{field(layout::window::first), field(layout::window::start), field(layout::window::skipped), {}};
    one.rows.resize(field(layout::window::rows));
    at += layout::window::width * sizeof(double);
    REQUIRE(at + one.rows.size() * sizeof(AccessWindows::Row) <= bytes.size());
    std::memcpy(one.rows.data(), bytes.data() + at, one.rows.size() * sizeof(AccessWindows::Row));
    at += one.rows.size() * sizeof(AccessWindows::Row);
    all.push_back(std::move(one));
  }
  return all;
}

// The hash of an access is its number.
struct Watched {
  explicit Watched(AccessWindows::Options options) : windows(options, 0) {}

  void access(uint64_t now_ms) {
    const uint64_t number = count++;
    if (windows.due() && windows.wants(now_ms)) windows.note(now_ms, Access::read, number, 1);
  }
  std::vector<Taken> take(uint64_t now_ms) {
    std::vector<uint8_t> bytes(windows.ready_bytes(now_ms));
    windows.take(bytes.data());
    return windows_of(bytes);
  }

  AccessWindows windows;
  uint64_t count = 0;
};

// A taker of a store.
std::vector<Taken> take(SimProcess& sim) {
  std::vector<uint8_t> bytes(sim.store().windows_ready());
  if (!bytes.empty()) sim.store().take_windows(bytes.data());
  return windows_of(bytes);
}

StoreOptions told_the_time() {
  StoreOptions options = small_options();
  options.manual_heat_time = true;
  return options;
}

}  // namespace

TEST_CASE("a window has a gap") {
  Watched watched({.length = 100, .per_second = 20, .most = 8});
  uint64_t seen = 0, windows = 0;
  for (uint64_t ms = 0; ms < 10'000; ++ms) {
    for (int i = 0; i < 50; ++i) watched.access(ms);  // 500 windows a second
    for (const Taken& one : watched.take(ms)) {
      ++windows;
      seen += one.rows.size();
      for (size_t i = 0; i < one.rows.size(); ++i) REQUIRE(one.rows[i].hash == one.first + i);
    }
  }
  CHECK(watched.windows.accesses() == watched.count);
  CHECK(windows == doctest::Approx(200).epsilon(0.05));
  CHECK(seen == windows * 100);
}

TEST_CASE("windows say a wrong ordinal or a wrong time") {
  Watched watched({.length = 64, .per_second = 1000, .most = 64});
  Random random(7);
  uint64_t now_ms = 1'000, behind = 0;
  for (int i = 0; i < 20'000; ++i) {
    watched.access(now_ms);
    CHECK(watched.windows.accesses() == watched.count);
    if (random.below(30) == 0) now_ms += random.below(3);
    if (random.below(200) != 0) continue;
    for (const Taken& one : watched.take(now_ms)) {
      CHECK(one.first >= behind);
      behind = one.first + one.rows.size();
      CHECK(one.rows.front().hash == one.first);
      CHECK(one.rows.front().at_ms == 0);
      CHECK(one.start_ms + one.rows.back().at_ms <= now_ms);
    }
  }
  CHECK(behind <= watched.count);
}

TEST_CASE("a quiet store is not seen whole") {
  Watched watched({.length = 4096, .per_second = 16, .most = 32});
  uint64_t behind = 0;
  for (uint64_t ms = 0; ms < 60'000; ++ms) {
    if (ms % 3 == 0) watched.access(ms);
    if (ms % 100 != 0) continue;
    for (const Taken& one : watched.take(ms)) {
      REQUIRE(one.first == behind);
      REQUIRE(ms - one.start_ms >= AccessWindows::kYoungMs);
      behind += one.rows.size();
    }
  }
  CHECK(behind >= watched.count - 150);
  CHECK(watched.take(60'500).size() == 1);
  CHECK(watched.take(70'000).empty());  // and no empty windows
}

TEST_CASE("a slow taker holds up the store") {
  Watched watched({.length = 64, .per_second = 10, .most = 4});
  for (uint64_t ms = 0; ms < 10'000; ++ms)
    for (int i = 0; i < 100; ++i) watched.access(ms);
  CHECK(watched.windows.skipped() == doctest::Approx(100).epsilon(0.05));
  const std::vector<Taken> all = watched.take(10'000);
  REQUIRE(all.size() == 4);
  CHECK(all[0].skipped == watched.windows.skipped());
  CHECK(all[0].first == 0);
  CHECK(all[3].first == 3 * 64);  // the oldest are kept
  for (int i = 0; i < 1'000; ++i) watched.access(11'000);
  CHECK(watched.take(12'000).size() >= 2);
}

TEST_CASE("a size or an age that does not fit becomes a write or an early access") {
  AccessWindows windows({.length = 64, .per_second = 1, .most = 1}, 0);
  const auto note = [&](uint64_t now_ms, Access kind, uint64_t size) {
    REQUIRE(windows.due());
    REQUIRE(windows.wants(now_ms));
    windows.note(now_ms, kind, 5, size);
  };
  note(0, Access::read, UINT64_MAX);
  note(uint64_t{1} << 40, Access::write, UINT64_MAX);
  std::vector<uint8_t> bytes(windows.ready_bytes(uint64_t{1} << 40));
  windows.take(bytes.data());
  const std::vector<Taken> all = windows_of(bytes);
  REQUIRE(all.size() == 1);
  CHECK(all[0].rows[0].access == AccessWindows::kWrite - 1);
  CHECK(all[0].rows[1].access == UINT32_MAX);
  CHECK(all[0].rows[1].at_ms == UINT32_MAX);
}

TEST_CASE("accesses of absent keys are in a window, others are not, or as something else") {
  SimMachine machine({.seed = 5});
  SimProcess sim(machine, told_the_time());
  REQUIRE(sim.open().ok());
  REQUIRE(sim.put("before", "1").ok());
  REQUIRE(sim.flush().ok());
  sim.store().watch_accesses({});
  REQUIRE(sim.put("a", "12345").ok());
  CHECK(sim.get("a"));
  CHECK_FALSE(sim.get("absent"));
  REQUIRE(sim.del("a").ok());
  CHECK_FALSE(sim.get("a"));
  CHECK(sim.get("before"));
  REQUIRE(sim.flush().ok());
  CHECK(take(sim).empty());  // too young
  sim.store().pass_heat_time(AccessWindows::kYoungMs);
  const std::vector<Taken> all = take(sim);
  REQUIRE(all.size() == 1);
  CHECK(all[0].first == 0);
  const uint64_t a = sim.store().hash_of(as_bytes("a")), before = sim.store().hash_of(as_bytes("before"));
  const std::vector<std::pair<uint64_t, uint32_t>> wanted = {
      {a, AccessWindows::kWrite | 5}, {a, 5}, {a, AccessWindows::kWrite}, {before, 1}};
  REQUIRE(all[0].rows.size() == wanted.size());
  for (size_t i = 0; i < wanted.size(); ++i) {
    CHECK(all[0].rows[i].hash == wanted[i].first);
    CHECK(all[0].rows[i].access == wanted[i].second);
  }
}

TEST_CASE("windows go on when they were switched off, or keep what was before") {
  SimMachine machine({.seed = 6});
  SimProcess sim(machine, told_the_time());
  REQUIRE(sim.open().ok());
  REQUIRE(sim.put("a", "1").ok());
  sim.store().watch_accesses({});
  CHECK(sim.get("a"));
  sim.store().stop_watching();
  sim.store().pass_heat_time(1'000);
  CHECK(take(sim).empty());
  CHECK(sim.get("a"));
  sim.store().watch_accesses({});
  CHECK(sim.get("a"));
  sim.store().pass_heat_time(1'000);
  const std::vector<Taken> all = take(sim);
  REQUIRE(all.size() == 1);
  CHECK(all[0].first == 0);
  CHECK(all[0].rows.size() == 1);
}

}  // namespace foreshard::test
