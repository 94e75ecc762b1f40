// See resident_sample.h.
#include "engine/table/resident_sample.h"

#include <algorithm>
#include <bit>

namespace foreshard {

namespace {

// Of each refresh: places in the table, slots looked at from there, and records taken from them.
constexpr int kPlaces = 16;
constexpr uint32_t kSlotsPerPlace = 64;
constexpr int kRecordsPerPlace = 8;

}  // namespace

// The logarithm by its leading bit and, between powers of two, by a straight line.
int32_t ResidentSample::density(int32_t heat_score, uint64_t bytes) {
  static_assert(kHeatQuantaPerOctave == 8);
  const int octave = static_cast<int>(std::bit_width(bytes)) - 1;
  const auto eighths = static_cast<int32_t>((bytes << 3 >> octave) & 7);
  return heat_score - (octave * kHeatQuantaPerOctave + eighths);
}

void ResidentSample::refresh() {
  const size_t before = total_;
  for (int place = 0; place < kPlaces; ++place) look_around(random_.next());
  if (total_ != before) threshold_ = coldest_third_end();
}

void ResidentSample::look_around(uint64_t hash) {
  const Page& page = table_.page_for(hash);
  int taken = 0;
  for (uint32_t i = 0; i < kSlotsPerPlace && taken < kRecordsPerPlace; ++i) {
    const int slot = static_cast<int>((tag_of(hash) + i) & kSlotMask);
    if (!page.occupied(slot) || !page.address(slot).in_memory()) continue;
    const uint64_t bytes = kRecordPrefix + arena_.view(page.address(slot)).size();
    seen_[total_++ % kRemembered] = {density(page.heat_score(slot), bytes), bytes};
    ++taken;
  }
}

int32_t ResidentSample::coldest_third_end() const {
  std::array<Seen, kRemembered> sorted = seen_;
  const size_t count = std::min(total_, kRemembered);
  std::sort(sorted.begin(), sorted.begin() + static_cast<ptrdiff_t>(count),
            [](const Seen& a, const Seen& b) { return a.density < b.density; });
  uint64_t all = 0;
  for (size_t i = 0; i < count; ++i) all += sorted[i].bytes;
  uint64_t below = 0;
  size_t at = 0;
  while ((below += sorted[at].bytes) * 3 < all) ++at;
  return sorted[at].density;
}

}  // namespace foreshard
