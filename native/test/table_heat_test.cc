// Heat in 8 bits against exact exponential forward decay, on seeded loads.
#include "engine/table/heat.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <numeric>

#include "engine/base/random.h"
#include "test/table_support.h"

using namespace foreshard;

namespace {

// What the levels approximate.
class DecayedCounter {
 public:
  void add(HeatClock clock) {
    value_ = value(clock) + 1;
    at_ = clock.now_quanta;
  }
  double value(HeatClock clock) const {
    return value_ * std::exp2((static_cast<double>(at_) - static_cast<double>(clock.now_quanta)) / kHeatQuantaPerOctave);
  }

 private:
  double value_ = 0;
  uint32_t at_ = 0;
};

// Keys on one page, and what exact decay says about them.
class Load {
 public:
  Load(uint64_t seed, size_t keys) : random(seed), exact_(keys), page_(blocks_, 0, 0, 0, Page::State::loaded) {
    for (uint32_t key = 0; key < keys; ++key) page_.insert_newest(key, Address(key + 1), 0);
  }
  void access(size_t key, HeatClock clock) {
    exact_[key].add(clock);
    page_.touch(page_.find(static_cast<uint32_t>(key)), clock);
  }
  double exact(size_t key, HeatClock clock) const { return exact_[key].value(clock); }
  double estimate(size_t key, HeatClock clock) const {
    return page_.heat_count(page_.find(static_cast<uint32_t>(key)), clock);
  }
  size_t keys() const { return exact_.size(); }

  Random random;

 private:
  std::vector<DecayedCounter> exact_;
  PageBlocks blocks_;
  Page page_;
};

// Mean and standard deviation of estimate over exact, for keys warm enough to have a shape.
struct Error {
  double bias = 0;
  double deviation = 0;
};

Error relative_error(const Load& load, HeatClock clock, double at_least) {
  double sum = 0, squares = 0, count = 0;
  for (size_t key = 0; key < load.keys(); ++key) {
    if (load.exact(key, clock) < at_least) continue;
    const double ratio = load.estimate(key, clock) / load.exact(key, clock);
    sum += ratio;
    squares += ratio * ratio;
    count += 1;
  }
  const double mean = sum / count;
  return {mean - 1, std::sqrt(squares / count - mean * mean)};
}

// Draws ranks by a Zipf law.
class Zipf {
 public:
  Zipf(size_t keys, double exponent) : cumulative_(keys) {
    double sum = 0;
    for (size_t i = 0; i < keys; ++i) cumulative_[i] = sum += std::pow(static_cast<double>(i + 1), -exponent);
  }
  size_t draw(Random& random) const {
    const double at = static_cast<double>(random.next() >> 11) * 0x1p-53 * cumulative_.back();
    return static_cast<size_t>(std::lower_bound(cumulative_.begin(), cumulative_.end(), at) - cumulative_.begin());
  }

 private:
  std::vector<double> cumulative_;
};

}  // namespace

TEST_CASE("heat is an unbiased estimate of the decayed count, within a quarter") {
  for (const double per_quantum : {0.5, 5.0, 50.0}) {
    CAPTURE(per_quantum);
    Load load(11, 1500);
    const uint32_t quanta = 60;
    for (uint32_t now = 0; now < quanta; ++now)
      for (size_t key = 0; key < load.keys(); ++key)
        for (double left = per_quantum; left > 0; left -= 1)
          if (left >= 1 || load.random.chance(left)) load.access(key, {now});
    const Error error = relative_error(load, {quanta - 1}, 0.5);
    CHECK(std::abs(error.bias) < 0.03);
    CHECK(error.deviation < 0.27);
  }
}

TEST_CASE("under a Zipf load the order of the head is kept") {
  Load load(12, 3000);
  const Zipf zipf(load.keys(), 0.99);
  const uint32_t quanta = 64;
  for (uint32_t now = 0; now < quanta; ++now)
    for (int i = 0; i < 12'000; ++i) load.access(zipf.draw(load.random), {now});
  const HeatClock clock{quanta - 1};
  CHECK(std::abs(relative_error(load, clock, 20).bias) < 0.05);

  std::vector<size_t> order(load.keys());
  std::iota(order.begin(), order.end(), 0);
  std::sort(order.begin(), order.end(),
            [&](size_t a, size_t b) { return load.estimate(a, clock) > load.estimate(b, clock); });
  int of_the_true_head = 0;
  for (size_t i = 0; i < 100; ++i) of_the_true_head += order[i] < 100 ? 1 : 0;
  CHECK(of_the_true_head >= 80);
  for (size_t i = 0; i < 10; ++i) CHECK(order[i] < 30);

  int right = 0, pairs = 0;  // of those that differ by a factor of two
  for (size_t key = 0; key < 500; ++key, ++pairs)
    right += load.estimate(key, clock) > load.estimate(2 * key + 1, clock) ? 1 : 0;
  CHECK(right > pairs * 9 / 10);
}

TEST_CASE("loads that take turns: the present one is hotter, and both are counted right") {
  Load load(13, 2000);
  const uint32_t turn = 4 * kHeatQuantaPerOctave;
  for (uint32_t now = 0; now < 10 * turn; ++now)
    for (size_t key = now / turn % 2; key < load.keys(); key += 2)
      if (load.random.chance(0.8)) load.access(key, {now});
  const HeatClock clock{10 * turn - 1};
  CHECK(std::abs(relative_error(load, clock, 0.01).bias) < 0.05);
  int right = 0;
  for (size_t key = 0; key < load.keys(); key += 2)
    right += load.estimate(key + 1, clock) > load.estimate(key, clock) ? 1 : 0;
  CHECK(right > 990);
}

TEST_CASE("a clock that leaps makes what is old cold and counts on") {
  PageBlocks blocks;
  Page page(blocks, 0, 0, 0, Page::State::loaded);
  page.insert_newest(1, Address(1), page.fresh_heat({0}));
  page.insert_newest(2, Address(2), page.fresh_heat({0}));
  CHECK(page.heat_count(page.find(1), {0}) == doctest::Approx(1));
  for (const uint32_t now : {100u, 200u, 1'000u, 100'000u, 1'000'000'000u}) {
    page.touch(page.find(1), {now});
    CHECK(page.heat_count(page.find(1), {now}) == doctest::Approx(1).epsilon(0.1));
    CHECK(page.heat_count(page.find(2), {now}) < 0.001);
  }
  page.touch(page.find(1), {5});  // a clock that went back does no harm
  CHECK(page.fresh_heat({5}) == 1);
}

TEST_CASE("a key of a million accesses fits beside cold ones") {
  PageBlocks blocks;
  Page page(blocks, 0, 0, 0, Page::State::loaded);
  const HeatClock clock{1000};
  page.insert_newest(1, Address(1), page.fresh_heat(clock));
  page.insert_newest(2, Address(2), page.fresh_heat(clock));
  for (int i = 0; i < 2'000'000; ++i) page.touch(page.find(1), clock);
  CHECK(page.heat_count(page.find(1), clock) > 800'000);
  CHECK(page.heat_count(page.find(1), clock) < 5'000'000);
  CHECK(page.heat_count(page.find(2), clock) == doctest::Approx(1));
}

TEST_CASE("scores of pages with different bases compare") {
  PageBlocks blocks;
  Page early(blocks, 0, 1, 0, Page::State::loaded);
  Page late(blocks, 1ull << 63, 1, 0, Page::State::loaded);
  const int a = early.insert_newest(1, Address(1), early.fresh_heat({10}));
  const int b = late.insert_newest(1u << 31, Address(1), late.fresh_heat({1000}));
  CHECK(early.heat_base() != late.heat_base());
  CHECK(early.heat_score(a) == 10);
  CHECK(late.heat_score(b) == 1000);
}

TEST_CASE("heat survives a restart that starts the clock anew, and any base that an image holds") {
  PageBlocks blocks;
  Page page(blocks, 0, 0, 0, Page::State::loaded);
  const HeatClock before{12'345}, after{3};
  page.insert_newest(1, Address(1), page.fresh_heat(before));
  for (int i = 0; i < 100; ++i) page.touch(page.find(1), before);
  std::vector<uint8_t> image(Page::max_encoded_size());
  image.resize(page.encode(image.data(), test::KeepAddress{}, before));
  Page restored(blocks, 0, 0, 0, Page::State::unloaded);
  REQUIRE(restored.decode(image, after).ok());
  CHECK(restored.heat_count(restored.find(1), after) == page.heat_count(page.find(1), before));
  for (const int32_t base : {INT32_MIN, -100'000, 0, 100'000, INT32_MAX}) {
    store<int32_t>(image.data() + 4, base);
    REQUIRE(restored.decode(image, before).ok());
    restored.touch(restored.find(1), before);
    restored.touch(restored.find(1), {1u << 29});
    CHECK(restored.heat(restored.find(1)) > 0);
  }
}

TEST_CASE("time in half-lives") {
  CHECK(HeatClock::after(600'000, 600'000).now_quanta == kHeatQuantaPerOctave);
}
