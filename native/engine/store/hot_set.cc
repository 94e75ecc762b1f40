// store/hot_set.h: a histogram of ranks, cut where the budgets end.
#include "engine/store/hot_set.h"

namespace foreshard {

int64_t RankHistogram::low_end(int64_t high, uint64_t bytes) const {
  if (high == INT64_MIN) return high;
  size_t at = bucket(high - 1);
  for (uint64_t used = 0; at < counts_.size(); ++at) {
    const uint64_t more = counts_[at] * record_bytes_;
    if (used > 0 && used + more > bytes) break;
    used += more;
  }
  return at == counts_.size() ? INT64_MIN : top_ - static_cast<int64_t>(at) + 1;
}

void RankHistogram::add(const Page& page) {
  for (int slot = 0; slot < static_cast<int>(kPageSlots); ++slot)
    if (page.occupied(slot)) ++counts_[bucket(hot_rank(page, slot))];
}

HotSet::HotSet(RankHistogram counted, uint64_t budget_bytes) : ranks(std::move(counted)) {
  int64_t high = INT64_MAX;
  for (size_t i = 0; i < kHotBands; ++i) {
    const uint64_t bytes = budget_bytes * (1u << i) / ((1u << kHotBands) - 1);
    const int64_t low = ranks.low_end(high, bytes);
    bands[i] = {low, high, bytes};
    high = low;
  }
}

}  // namespace foreshard
