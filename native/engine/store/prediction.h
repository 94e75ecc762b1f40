// The predicted class of the fast-restore images: which keys it is to hold, in the order in which they will be wanted, and what
// the image that there is holds, so that the bands of heat leave it out.
#pragma once
#include <algorithm>
#include <bit>
#include <memory>
#include <vector>

#include "engine/base/mapping.h"
#include "engine/store/hot_set.h"

namespace foreshard {

// What somebody says will be wanted, by hashes; only the bits count that place an entry.
struct Prediction {
  std::vector<uint64_t> hashes;
  double budget_share = 1;  // of the fast-restore budget, at most
  uint64_t version = 0;     // grows with each prediction

  bool empty() const { return hashes.empty(); }
};

// Tags of entries. Open addressing, sized once.
class TagSet {
 public:
  explicit TagSet(uint64_t tags)
      : shift_(32 - std::bit_width(std::bit_ceil(tags * 2 + 2) - 1)),
        memory_((uint64_t{1} << (32 - shift_)) * sizeof(uint32_t), tags < kHugeFrom ? Mapping::Pages::small : Mapping::Pages::huge),
        slots_(reinterpret_cast<uint32_t*>(memory_.data())) {}

  bool has(uint32_t tag) const { return tag == 0 ? zero_ : slots_[slot_of(tag)] == tag; }
  // False: it is there already.
  bool add(uint32_t tag) {
    if (has(tag)) return false;
    if (tag == 0) zero_ = true;
    else slots_[slot_of(tag)] = tag;
    return true;
  }

 private:
  static constexpr uint64_t kHugeFrom = 1u << 18;  // tags
  static constexpr uint32_t kMix = 0x9e3779b1;     // 2^32 over the golden ratio: what is given may be in any order

  uint32_t home(uint32_t tag) const { return (tag * kMix) >> shift_; }
  // Where it is, or the empty slot where it would be.
  uint32_t slot_of(uint32_t tag) const {
    const uint32_t mask = ~uint32_t{0} >> shift_;
    uint32_t at = home(tag);
    while (slots_[at] != 0 && slots_[at] != tag) at = (at + 1) & mask;
    return at;
  }

  int shift_;
  Mapping memory_;  // zeros when new
  uint32_t* slots_;
  bool zero_ = false;
};

// What an image of the predicted class holds.
struct PredictedRecords {
  PredictedRecords(uint64_t predicted_version, uint64_t keys, HeatClock now)
      : version(predicted_version), tags(keys), ranks(now, 0) {}

  uint64_t version;     // of the prediction
  TagSet tags;
  RankHistogram ranks;  // of their entries
  uint64_t bytes = 0;   // of their entries in the image
};

}  // namespace foreshard
