// shard/heat_map.h.
#include "engine/shard/heat_map.h"

#include <algorithm>

namespace foreshard {

size_t HeatMap::fold_some(uint64_t now_ms, size_t first, size_t count) {
  now_ms_ = std::max(now_ms_, now_ms);
  if (first == 0 && now_ms_ - set_ms_ >= kFoldMs) set_interval();
  const auto now = static_cast<uint32_t>(now_ms_);
  HeatFold fold(0, half_lives_);
  const size_t end = count < table_.page_count() - first ? first + count : table_.page_count();
  for (size_t i = first; i < end; ++i) {
    Page& page = table_.page(i);
    const uint32_t elapsed = now - page.usage.folded_ms;
    if (elapsed == 0) continue;  // what was counted in this millisecond waits
    if (elapsed != fold.elapsed_ms()) fold = HeatFold(elapsed, half_lives_);
    fold.apply(page.usage, page.accesses);
  }
  return end;
}

PageHeat HeatMap::at(const Page& page, uint64_t now_ms) const {
  PageHeat heat = page.usage;
  AccessCounts counts = page.accesses;
  HeatFold(static_cast<uint32_t>(now_ms) - heat.folded_ms, half_lives_).apply(heat, counts);
  heat.folded_ms = static_cast<uint32_t>(std::min<uint64_t>(now_ms, kHeatClockMax));
  return heat;
}

SliceHeat HeatMap::of(const Page& page) const {
  SliceHeat heat{page.prefix, page.depth, page.shard, page.state == Page::State::loaded, page.count() + page.overlay.size(), page.bytes, {}};
  for (size_t kind = 0; kind < kAccessKinds; ++kind)
    for (size_t i = 0; i < kHeatWindows; ++i)
      heat.rates[kind][i] = HeatFold::rate(page.usage.sums[kind][i], half_lives_[i], now_ms_);
  return heat;
}

void HeatMap::take_sample(Access kind, uint64_t hash) {
  until_sample_ = 1 + static_cast<uint32_t>(random_.below(2 * uint64_t{sample_every_} - 1));
  if (kind == Access::absent) return;
  ++sampled_;
  const SampledAccess sample{hash, now_ms_, kind};
  if (samples_.size() < kSamples) return samples_.push_back(sample);
  samples_[oldest_] = sample;
  oldest_ = (oldest_ + 1) % kSamples;
}

// So that the load of the time since the last call would have given as many samples as are wanted.
void HeatMap::set_interval() {
  const double folds = static_cast<double>(now_ms_ - set_ms_) / kFoldMs;
  const double accesses = static_cast<double>(sampled_) * sample_every_;
  sample_every_ = static_cast<uint32_t>(std::clamp(accesses / folds / kSamplesPerFold, 1.0, 1e6));
  sampled_ = 0;
  set_ms_ = now_ms_;
}

}  // namespace foreshard
