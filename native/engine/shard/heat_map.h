// Where the load of a store is: accesses by page, in decayed sums of several half-lives, and a sample of the hashes that were
// accessed last.
//
// An access costs a counter in a cache line of the page that it has touched anyway. The counters are folded into the sums every
// kFoldMs and before anyone looks. Of every so many accesses one is kept as a sample, so that a key that has much of a shard's
// load to itself is known within a second, long before its decayed score tells.
#pragma once
#include <array>
#include <span>
#include <vector>

#include "engine/base/random.h"
#include "engine/table/table.h"

namespace foreshard {

// A page, or what many of them come to.
struct SliceHeat {
  uint64_t prefix = 0;
  uint8_t depth = 0;
  ShardSlot shard = 0;
  bool loaded = true;
  uint64_t entries = 0;
  uint64_t bytes = 0;
  // Accesses a second now, by kind and half-life.
  std::array<std::array<double, kHeatWindows>, kAccessKinds> rates{};
};

struct SampledAccess {
  uint64_t hash = 0;
  uint64_t at_ms = 0;
  Access kind = Access::read;
};

class HeatMap {
 public:
  static constexpr uint64_t kFoldMs = 100;
  static constexpr size_t kSamples = 1u << 13;
  using HalfLives = std::array<uint64_t, kHeatWindows>;  // milliseconds, ascending

  HeatMap(Table& table, HalfLives half_lives) : table_(table), half_lives_(half_lives) {}

  // A key was accessed that this page owns.
  void note(Page& page, Access kind, uint64_t hash) {
    ++page.accesses[static_cast<size_t>(kind)];
    if (--until_sample_ == 0) [[unlikely]]
      take_sample(kind, hash);
  }

  // `now_ms`: since the store was opened, never less than before. What a page has counted is spread over the time since its
  // last fold.
  void fold(uint64_t now_ms) { fold_some(now_ms, 0, SIZE_MAX); }
  // So many pages from the one numbered `first` on. Returns the number of the next; at the end, the page count.
  size_t fold_some(uint64_t now_ms, size_t first, size_t count);

  // What fold() would make of it now; for images.
  PageHeat at(const Page& page, uint64_t now_ms) const;
  // As of the last fold.
  SliceHeat of(const Page& page) const;
  const HalfLives& half_lives() const { return half_lives_; }

  // Oldest first. Absent keys are not in it.
  template <class Visit>
  void for_each_sample(Visit&& visit) const {
    for (size_t i = 0; i < samples_.size(); ++i) visit(samples_[(oldest_ + i) % samples_.size()]);
  }
  uint32_t sample_every() const { return sample_every_; }

 private:
  void take_sample(Access kind, uint64_t hash);
  void set_interval();

  static constexpr uint32_t kSamplesPerFold = 1024;  // wanted; the interval follows the load

  Table& table_;
  HalfLives half_lives_;
  uint64_t now_ms_ = 0;
  std::vector<SampledAccess> samples_;  // a ring when it is full
  size_t oldest_ = 0;
  uint32_t sample_every_ = 1;
  uint32_t until_sample_ = 1;
  uint64_t sampled_ = 0;  // since the interval was set
  uint64_t set_ms_ = 0;
  Random random_{1};
};

}  // namespace foreshard
