// From heat to an order: which records go into the fast-restore image, and into which class of it. What is predicted is a class
// of its own (store/prediction.h).
#pragma once
#include <algorithm>
#include <array>
#include <cstdint>
#include <vector>

#include "engine/table/table.h"

namespace foreshard {

// A rank is the heat score, refined by four tag bits so that a band can end within one level of heat: that of the page's base,
// and on top of it what the side of an entry says.
constexpr int64_t kRanksInPage = 1 << 12;
inline int64_t base_rank(const Page& page) { return static_cast<int64_t>(page.heat_base()) * 16; }
inline uint32_t rank_in_page(uint16_t side) { return side >> 4; }

// Entries whose rank lies in [low, high).
struct HotBand {
  int64_t low = 0;
  int64_t high = 0;
  uint64_t budget_bytes = 0;
};

// How many entries have which rank.
class RankHistogram {
 public:
  RankHistogram() = default;
  // `record_bytes`: of an average record.
  RankHistogram(HeatClock now, uint64_t record_bytes)
      : top_((static_cast<int64_t>(now.now_quanta) + 256) * 16), record_bytes_(record_bytes), counts_(kWindow) {}

  void add(const Page& page);
  void add(int64_t rank) { ++counts_[bucket(rank)]; }
  // These are counted elsewhere.
  void leave_out(const RankHistogram& others);
  // Where a band below `high` ends whose records take at most `bytes`; it has one rank with entries at least.
  int64_t low_end(int64_t high, uint64_t bytes) const;

 private:
  static constexpr int64_t kWindow = 512 * 16;  // ranks from the top that are told apart; what is colder shares the last one

  size_t bucket(int64_t rank) const { return static_cast<size_t>(std::clamp<int64_t>(top_ - rank, 0, kWindow - 1)); }

  int64_t top_ = 0;  // no rank lies above
  uint64_t record_bytes_ = 0;
  std::vector<uint64_t> counts_;
};

constexpr size_t kHotBands = 4;

// Where a histogram is cut so that the bands have so many bytes in all.
struct HotSet {
  HotSet(RankHistogram counted, uint64_t budget_bytes);

  std::array<HotBand, kHotBands> bands;  // hottest first; each twice as large as the one before
  RankHistogram ranks;
};

// The least score whose every rank is this one or a higher one.
inline int32_t score_of_rank(int64_t rank) {
  constexpr int64_t kFarthest = 1 << 30;  // beyond any clock
  return static_cast<int32_t>(std::clamp<int64_t>((rank >> 4) + ((rank & 15) != 0), -kFarthest, kFarthest));
}

// A rank that was noted relative to the clock, by the clock of now (sign 1); or the other way round (sign -1). Clocks
// begin anew at each open.
inline int64_t rank_by_clock(int64_t rank, HeatClock now, int sign) {
  return rank == INT64_MAX || rank == INT64_MIN ? rank : rank + sign * static_cast<int64_t>(now.now_quanta) * 16;
}

}  // namespace foreshard
