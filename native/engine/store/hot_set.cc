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

// An empty slot has rank 0 in its page: these are taken off again.
void RankHistogram::add(const Page& page) {
  const int64_t base = base_rank(page);
  for (const uint16_t side : page.sides_of_all()) ++counts_[bucket(base + rank_in_page(side))];
  counts_[bucket(base)] -= kPageSlots - page.count();
}

// They may have risen since they were counted there: nothing falls below zero.
void RankHistogram::leave_out(const RankHistogram& others) {
  for (size_t at = 0; at < others.counts_.size(); ++at) {
    uint64_t& count = counts_[bucket(others.top_ - static_cast<int64_t>(at))];
    count -= std::min(count, others.counts_[at]);
  }
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
