// The heat map: decayed rates of pages, whatever the pace of the folds, and the sample of accesses.
#include <doctest/doctest.h>

#include <map>

#include "engine/base/random.h"
#include "engine/shard/heat_map.h"

using namespace foreshard;

namespace {

constexpr HeatMap::HalfLives kHalfLives = {200, 1'000, 60'000, 3'600'000};

double rate(const HeatMap& heat, const Page& page, Access kind, size_t window) {
  return heat.of(page).rates[static_cast<size_t>(kind)][window];
}

// So many accesses a second on the page of a hash, evenly, folded every `step_ms`.
void run(HeatMap& heat, Table& table, uint64_t& now_ms, uint64_t until_ms, uint64_t step_ms, uint64_t per_second, Access kind,
         uint64_t hash = 1) {
  for (; now_ms < until_ms; now_ms += step_ms, heat.fold(now_ms))
    for (uint64_t i = 0; i < per_second * step_ms / 1000; ++i) heat.note(table.page_for(hash), kind, hash);
}

}  // namespace

TEST_CASE("a steady rate is told in every window, from the first second on, at any pace of folding") {
  for (const uint64_t step_ms : {10u, 100u, 250u, 1000u}) {
    CAPTURE(step_ms);
    Table table(1);
    HeatMap heat(table, kHalfLives);
    uint64_t now_ms = 0;
    for (const uint64_t until_ms : {1'000u, 10'000u, 300'000u}) {
      run(heat, table, now_ms, until_ms, step_ms, 2'000, Access::read);
      for (size_t window = 0; window < kHeatWindows; ++window)
        CHECK(rate(heat, table.page_for(1), Access::read, window) == doctest::Approx(2'000).epsilon(0.01));
    }
    CHECK(rate(heat, table.page_for(~0ull), Access::read, 0) == 0);
    CHECK(rate(heat, table.page_for(1), Access::write, 0) == 0);
  }
}

TEST_CASE("a rate halves in a half-life, each window in its own") {
  Table table(1);
  HeatMap heat(table, kHalfLives);
  uint64_t now_ms = 0;
  run(heat, table, now_ms, 20 * 3'600'000, 10'000, 100, Access::write);
  heat.fold(now_ms + 1'000);
  CHECK(rate(heat, table.page_for(1), Access::write, 1) == doctest::Approx(50).epsilon(0.01));
  CHECK(rate(heat, table.page_for(1), Access::write, 2) == doctest::Approx(100).epsilon(0.02));
  heat.fold(now_ms + 60'000);
  CHECK(rate(heat, table.page_for(1), Access::write, 1) < 1e-9);
  CHECK(rate(heat, table.page_for(1), Access::write, 2) == doctest::Approx(50).epsilon(0.01));
  heat.fold(now_ms + 3'600'000);
  CHECK(rate(heat, table.page_for(1), Access::write, 3) == doctest::Approx(50).epsilon(0.01));
}

TEST_CASE("absent keys, reads and writes are kept apart") {
  Table table(1);
  HeatMap heat(table, kHalfLives);
  uint64_t now_ms = 0;
  run(heat, table, now_ms, 1'000, 100, 100, Access::absent);
  run(heat, table, now_ms, 2'000, 100, 200, Access::read);
  CHECK(rate(heat, table.page_for(1), Access::absent, 3) == doctest::Approx(50).epsilon(0.01));
  CHECK(rate(heat, table.page_for(1), Access::read, 3) == doctest::Approx(100).epsilon(0.01));
  heat.for_each_sample([](const SampledAccess& sample) { CHECK(sample.kind == Access::read); });
}

TEST_CASE("folding some pages at a time comes to the same as folding all") {
  Table whole(4), parts(4);
  HeatMap all(whole, kHalfLives), some(parts, kHalfLives);
  Random random(3);
  for (uint64_t now_ms = 0; now_ms < 5'000; now_ms += 100) {
    for (int i = 0; i < 300; ++i) {
      const uint64_t hash = random.next() >> random.below(3);
      all.note(whole.page_for(hash), Access::read, hash);
      some.note(parts.page_for(hash), Access::read, hash);
    }
    all.fold(now_ms + 100);
    for (size_t next = 0; next < parts.page_count();) next = some.fold_some(now_ms + 100, next, 3);
  }
  for (Page* page = whole.first(); page != nullptr; page = whole.next(*page))
    CHECK(rate(all, *page, Access::read, 2) == doctest::Approx(rate(some, parts.page_for(page->prefix), Access::read, 2)));
}

TEST_CASE("the sample tells the share of a key, at a low rate and at a high one") {
  for (const int per_second : {500, 2'000'000}) {
    CAPTURE(per_second);
    Table table(1);
    HeatMap heat(table, kHalfLives);
    Random random(9);
    for (uint64_t now_ms = 0; now_ms < 2'000; heat.fold(now_ms += 100))
      for (int i = 0; i < per_second / 10; ++i) {
        const uint64_t hash = random.chance(0.2) ? 7 : random.next();
        heat.note(table.page_for(hash), Access::read, hash);
      }
    size_t all = 0, hot = 0;
    heat.for_each_sample([&](const SampledAccess& sample) { ++all, hot += sample.hash == 7; });
    CHECK(all >= (per_second == 500 ? 900 : HeatMap::kSamples / 2));
    CHECK(static_cast<double>(hot) / static_cast<double>(all) == doctest::Approx(0.2).epsilon(0.15));
    CHECK(heat.sample_every() == (per_second == 500 ? 1 : doctest::Approx(195).epsilon(0.1)));
  }
}
