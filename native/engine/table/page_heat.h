// How much a page is used: accesses are counted one by one, and now and then folded into decayed sums of several half-lives.
//
// A sum is S = sum of 2^(-age / half-life); a steady rate r gives S = r * half-life / ln 2, so the rate that a sum stands for
// is S * ln 2 / half-life. What was counted since the last fold counts as spread evenly over that time. A sum that has run for
// less than a few half-lives is too small by 1 - 2^(-time / half-life), which rate() makes good.
#pragma once
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>

namespace foreshard {

// Absent: a read of a key that is not there.
enum class Access : uint8_t { read, write, absent };
constexpr size_t kAccessKinds = 3;
constexpr size_t kHeatWindows = 4;

using AccessCounts = std::array<uint32_t, kAccessKinds>;

constexpr float kHeatSumMax = 1e15f;
constexpr uint32_t kHeatClockMax = 1u << 31;  // milliseconds that a restart goes on from at most: all sums have long settled

struct PageHeat {
  std::array<std::array<float, kHeatWindows>, kAccessKinds> sums{};
  uint32_t folded_ms = 0;  // by the clock of the heat map

  void scale(float factor) {
    for (auto& kind : sums)
      for (float& sum : kind) sum *= factor;
  }
};

// What a fold over so much time does, the same for all pages that were folded together.
class HeatFold {
 public:
  HeatFold(uint32_t elapsed_ms, const std::array<uint64_t, kHeatWindows>& half_lives_ms) : elapsed_ms_(elapsed_ms) {
    for (size_t i = 0; i < kHeatWindows; ++i) {
      const double halves = static_cast<double>(elapsed_ms) / static_cast<double>(half_lives_ms[i]);
      const double kept = std::exp2(-halves);
      kept_[i] = static_cast<float>(kept);
      fresh_[i] = elapsed_ms == 0 ? 1.0f : static_cast<float>((1 - kept) / (halves * kLn2));
    }
  }
  uint32_t elapsed_ms() const { return elapsed_ms_; }

  void apply(PageHeat& heat, AccessCounts& counts) const {
    for (size_t kind = 0; kind < kAccessKinds; ++kind)
      for (size_t i = 0; i < kHeatWindows; ++i)
        heat.sums[kind][i] = heat.sums[kind][i] * kept_[i] + static_cast<float>(counts[kind]) * fresh_[i];
    heat.folded_ms += elapsed_ms_;
    counts = {};
  }

  // Accesses a second, of a sum that has run for so long.
  static double rate(double sum, uint64_t half_life_ms, uint64_t running_ms) {
    const double half_life = static_cast<double>(half_life_ms);
    const double seen = 1 - std::exp2(-static_cast<double>(running_ms) / half_life);
    return seen > 0 ? sum * kLn2 * 1000 / (half_life * seen) : 0;
  }

 private:
  static constexpr double kLn2 = 0.69314718055994530942;
  uint32_t elapsed_ms_;
  std::array<float, kHeatWindows> kept_, fresh_;
};

}  // namespace foreshard
