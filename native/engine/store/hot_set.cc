// store/hot_set.h: a histogram of ranks, cut where the budgets end.
#include "engine/store/hot_set.h"

#include <algorithm>
#include <vector>

namespace foreshard {

namespace {
constexpr int64_t kWindow = 512 * 16;  // ranks from the top that are told apart; what is colder shares the last one
}

HotSet choose_hot_set(Table& table, HeatClock now, uint64_t budget_bytes, uint64_t record_bytes) {
  std::vector<uint64_t> histogram(kWindow);
  const int64_t top = (static_cast<int64_t>(now.now_quanta) + 256) * 16;  // no score lies above
  auto bucket = [top](int64_t rank) { return static_cast<size_t>(std::clamp<int64_t>(top - rank, 0, kWindow - 1)); };
  for (Page* page = table.first(); page != nullptr; page = table.next(*page))
    for (int slot = 0; slot < static_cast<int>(kPageSlots); ++slot)
      if (page->occupied(slot)) ++histogram[bucket(hot_rank(*page, slot))];
  HotSet set;
  size_t at = 0;
  int64_t high = INT64_MAX;
  for (size_t i = 0; i < kHotBands; ++i) {
    HotBand& band = set.bands[i];
    band.budget_bytes = budget_bytes * (1u << i) / ((1u << kHotBands) - 1);
    band.high = high;
    for (uint64_t bytes = 0; at < histogram.size(); ++at) {
      bytes += histogram[at] * record_bytes;
      if (bytes > band.budget_bytes && bytes > histogram[at] * record_bytes) break;
    }
    high = band.low = at >= histogram.size() ? INT64_MIN : top - static_cast<int64_t>(at) + 1;
  }
  return set;
}

}  // namespace foreshard
