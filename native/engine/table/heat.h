// Heat: the time-decayed number of accesses, in 8 bits.
//
// Exponential forward decay (Cormode, Shkapenyuk, Srivastava, Xu: "Forward Decay: A Practical Time Decay Model for
// Streaming Systems", ICDE 2009, section III): an access at time t weighs 2^t, t in half-lives, so a stored sum never
// has to be aged; its decayed value now is sum / 2^now. We keep the sum's logarithm, s = log2(sum), in quanta of an
// eighth of an octave. An access takes s to max(s, t) + log2(1 + 2^-|s - t|). What that adds is less than a quantum once
// a key is hot, so it is rounded at random such that the expected sum is exact (Morris: "Counting Large Numbers of
// Events in Small Registers", 1978): unbiased, with a relative standard deviation of about 21 % (31 % for quarters of
// an octave, 15 % for sixteenths, whose range of 16 octaves is too small).
//
// The 8 bits (a level) are relative to a base, a page's landmark. Level 0 is "no heat". When a level would pass 255
// the base moves up and all levels of the page down, saturating at 0 (the same paper's rescaling to a new landmark).
#pragma once
#include <array>
#include <cmath>
#include <cstdint>
#include <cstdlib>

namespace foreshard {

constexpr int kHeatQuantaPerOctave = 8;
constexpr int kHeatLevelMax = 255;
// How far below the present a base is put: colder levels become 0. 12 half-lives, or 4 when a key of the page is so hot
// (about a million decayed accesses) that its level would not fit otherwise.
constexpr int kHeatHistory = 12 * kHeatQuantaPerOctave;
constexpr int kHeatHistoryMin = 4 * kHeatQuantaPerOctave;

// The present, in quanta (eighths of a half-life), below 2^30. Advanced by the owner, never backwards while the store is
// open (behind a page's base, accesses count as the coldest ones).
struct HeatClock {
  uint32_t now_quanta = 0;

  static constexpr HeatClock after(uint64_t elapsed_ms, uint64_t half_life_ms) {
    return {static_cast<uint32_t>(elapsed_ms * kHeatQuantaPerOctave / half_life_ms)};
  }
};

// One access, by the distance of its time from the stored level: certain quanta, and the chance of one more in 2^-32.
struct HeatStep {
  uint32_t chance = 0;
  uint32_t whole = 0;
};

namespace detail {

constexpr double heat_power(int quanta) {  // 2^(quanta / 8)
  constexpr double kRoot = 1.0905077326652577;
  double power = 1;
  for (int i = 0; i < quanta; ++i) power *= kRoot;
  return power;
}

constexpr std::array<HeatStep, kHeatLevelMax + 1> make_heat_steps() {
  std::array<HeatStep, kHeatLevelMax + 1> steps;
  for (int distance = 0; distance <= kHeatLevelMax; ++distance) {
    const double sum = 1 + 1 / heat_power(distance);
    uint32_t whole = 0;
    while (heat_power(static_cast<int>(whole) + 1) <= sum) ++whole;
    const double below = heat_power(static_cast<int>(whole));
    const double above = heat_power(static_cast<int>(whole) + 1);
    steps[distance] = {static_cast<uint32_t>((sum - below) / (above - below) * 0xffffffff), whole};
  }
  return steps;
}

}  // namespace detail

inline constexpr std::array<HeatStep, kHeatLevelMax + 1> kHeatSteps = detail::make_heat_steps();

// The level after an access at level `now`; may exceed kHeatLevelMax (then the caller moves the base). `random`: any
// 32 uniform bits.
inline int heat_after_access(int level, int now, uint32_t random) {
  const int distance = std::abs(level - now);
  const HeatStep step = kHeatSteps[distance > kHeatLevelMax ? kHeatLevelMax : distance];
  return (level > now ? level : now) + static_cast<int>(step.whole) + (random < step.chance ? 1 : 0);
}

// The decayed number of accesses that a level stands for.
inline double decayed_count(uint8_t level, int32_t base, HeatClock clock) {
  if (level == 0) return 0;
  const double quanta = static_cast<double>(base) + level - static_cast<double>(clock.now_quanta);
  return std::exp2(quanta / kHeatQuantaPerOctave);
}

}  // namespace foreshard
