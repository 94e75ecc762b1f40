// Heat of a store: which keys are hot, what is left of heat after a restart, and accesses as a trace.
#include <doctest/doctest.h>

#include "test/support/sim_process.h"

namespace foreshard::test {

namespace {

std::string key(int number) { return "key" + std::to_string(number); }

StoreOptions told_the_time() {
  StoreOptions options = small_options();
  options.manual_heat_time = true;
  return options;
}

void fill(SimProcess& sim, int keys) {
  for (int i = 0; i < keys; ++i) REQUIRE(sim.put(key(i), std::string(50, 'v')).ok());
  REQUIRE(sim.flush().ok());
}

// Key i is read i times.
void read_by_number(SimProcess& sim, int keys) {
  for (int i = 0; i < keys; ++i)
    for (int times = 0; times < i; ++times) REQUIRE(sim.get(key(i)));
}

struct Heat {
  std::array<std::array<double, kHeatWindows>, kAccessKinds> rates{};
  uint64_t bytes = 0;
};

Heat heat_of(SimProcess& sim) {
  Heat heat;
  sim.store().visit_heat([&](const SliceHeat& page) {
    heat.bytes += page.bytes;
    for (size_t kind = 0; kind < kAccessKinds; ++kind)
      for (size_t window = 0; window < kHeatWindows; ++window) heat.rates[kind][window] += page.rates[kind][window];
  });
  return heat;
}

std::vector<std::pair<std::string, double>> hot_keys(SimProcess& sim, size_t pages, size_t count) {
  std::vector<std::pair<std::string, double>> found;
  uint64_t cursor = 0;
  do cursor = sim.store().hot_keys(cursor, pages, count, [&](Bytes bytes, double accesses) { found.emplace_back(as_text(bytes), accesses); });
  while (cursor != 0);
  std::sort(found.begin(), found.end(), [](const auto& a, const auto& b) { return a.second > b.second; });
  return found;
}

}  // namespace

TEST_CASE("the hottest keys are named, hottest first, those deleted or absent are not") {
  SimMachine machine({.seed = 3});
  SimProcess sim(machine, told_the_time());
  REQUIRE(sim.open().ok());
  fill(sim, 60);
  read_by_number(sim, 60);
  for (int i = 0; i < 300; ++i) CHECK_FALSE(sim.get("nothing"));
  REQUIRE(sim.del(key(59)).ok());
  REQUIRE(sim.flush().ok());
  const auto found = hot_keys(sim, 1, 10);
  REQUIRE(found.size() >= 10);
  int among_the_first = 0;  // a level of heat is an eighth of an octave wide
  for (size_t i = 0; i < 10; ++i) {
    const int number = std::stoi(found[i].first.substr(3));
    CHECK(number != 59);
    CHECK(found[i].second == doctest::Approx(number).epsilon(0.35));
    among_the_first += number >= 40;
  }
  CHECK(among_the_first >= 9);
}

TEST_CASE("the hottest key of a slice is told from the sample, with its share, and only of that slice and time") {
  SimMachine machine({.seed = 4});
  SimProcess sim(machine, told_the_time());
  REQUIRE(sim.open().ok());
  fill(sim, 100);
  sim.store().pass_heat_time(10'000);
  for (int i = 0; i < 500; ++i) {
    REQUIRE(sim.get(key(7)));
    REQUIRE(sim.get(key(i % 100)));
  }
  const uint64_t hash = sim.store().hash_of(as_bytes(std::string_view("key7")));
  const Store::Hottest found = sim.store().hottest(0, UINT64_MAX, 1'000);
  CHECK(found.key == "key7");
  CHECK(found.hash == hash);
  CHECK(static_cast<double>(found.of_hash) / static_cast<double>(found.samples) == doctest::Approx(0.5).epsilon(0.1));
  CHECK(sim.store().hottest(0, hash - 1, 1'000).key != "key7");
  CHECK(sim.store().hottest(hash, hash, 1'000).of_hash == found.of_hash);
  size_t sampled = 0;
  sim.store().visit_samples(1'000, [&](uint64_t) { ++sampled; });
  CHECK(sampled == found.samples);
  sim.store().pass_heat_time(5'000);
  CHECK(sim.store().hottest(0, UINT64_MAX, 1'000).samples == 0);
}

TEST_CASE("heat of pages goes on after a restart where the last image has it, without the time in between") {
  SimMachine machine({.seed = 5});
  Heat before;
  {
    SimProcess sim(machine, told_the_time());
    REQUIRE(sim.open().ok());
    fill(sim, 2'000);
    for (int second = 0; second < 20; ++second, sim.store().pass_heat_time(1'000))
      for (int i = 0; i < 100; ++i) {
        REQUIRE(sim.get(key(i)));
        if (i % 4 == 0) CHECK_FALSE(sim.get("nothing" + std::to_string(i)));
      }
    before = heat_of(sim);
    REQUIRE(sim.checkpoint().ok());
  }  // killed
  SimProcess again(machine, told_the_time());
  REQUIRE(again.open().ok());
  const Heat after = heat_of(again);
  CHECK(after.bytes == doctest::Approx(static_cast<double>(before.bytes)).epsilon(0.01));
  for (size_t kind = 0; kind < kAccessKinds; ++kind)
    for (size_t window = 0; window < kHeatWindows; ++window)
      CHECK(after.rates[kind][window] == doctest::Approx(before.rates[kind][window]).epsilon(0.001));
  CHECK(after.rates[0][1] == doctest::Approx(100).epsilon(0.05));
  CHECK(after.rates[2][1] == doctest::Approx(25).epsilon(0.05));
  again.store().pass_heat_time(1'000);
  CHECK(heat_of(again).rates[0][1] == doctest::Approx(after.rates[0][1] / 2).epsilon(0.01));
}

TEST_CASE("accesses are recorded as a trace, reads from disk too, and not before or after") {
  SimMachine machine({.seed = 6});
  {
    SimProcess sim(machine);
    REQUIRE(sim.open().ok());
    REQUIRE(sim.put("cold", "1234567").ok());
    REQUIRE(sim.flush().ok());
    REQUIRE(sim.close().ok());
  }
  SimProcess sim(machine, told_the_time());
  REQUIRE(sim.open().ok());
  AccessRecorder::Counts counts;
  CHECK(sim.store().take_accesses(counts).empty());
  sim.store().record_accesses({});
  CHECK(sim.get("cold") == "1234567");
  sim.store().pass_heat_time(250);
  REQUIRE(sim.put("a", "12").ok());
  REQUIRE(sim.del("a").ok());
  CHECK_FALSE(sim.get("a"));
  REQUIRE(sim.put("a", "1").ok());
  CHECK(sim.get("a") == "1");
  REQUIRE(sim.flush().ok());
  CHECK(sim.store().take_accesses(counts) == "0,cold,r,7\n250,a,w,2\n250,a,w,0\n250,a,w,1\n250,a,r,1\n");
  CHECK(counts.recorded == 5);
  CHECK(counts.dropped == 0);
  sim.store().stop_recording();
  CHECK(sim.get("a") == "1");
  CHECK(sim.store().take_accesses(counts).empty());
}

}  // namespace foreshard::test
