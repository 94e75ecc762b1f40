// Which places of a sealed segment index entries pointed at when an index image was made: a bit for every kGrain bytes.
//
// A record without a bit was replaced before that image was complete, and by a write that is durable: it is dead for good.
// One with a bit may be alive, as may what shares its bit. 128 KiB for a segment of 64 MiB.
#pragma once
#include <atomic>
#include <cstdint>
#include <memory>
#include <utility>
#include <vector>

#include "engine/log/segment.h"

namespace foreshard {

class LiveMap {
 public:
  static constexpr uint64_t kGrain = 64;

  explicit LiveMap(uint64_t data_end) : words_(data_end / (64 * kGrain) + 1) {}

  // Any thread may note.
  void note(uint64_t offset) {
    std::atomic<uint64_t>& word = words_[offset / (64 * kGrain)];
    const uint64_t bit = 1ull << (offset / kGrain % 64);
    if (!(word.load(std::memory_order_relaxed) & bit)) word.fetch_or(bit, std::memory_order_relaxed);
  }
  bool may_live(uint64_t offset) const {
    return words_[offset / (64 * kGrain)].load(std::memory_order_relaxed) >> (offset / kGrain % 64) & 1;
  }
  uint64_t memory_bytes() const { return words_.size() * sizeof(uint64_t); }

 private:
  std::vector<std::atomic<uint64_t>> words_;
};

// The maps that one image makes: of all segments that are complete when it begins. None of them is deleted before it ends, so
// their slots stay theirs.
class LiveMaps {
 public:
  explicit LiveMaps(const Segments& segments) : by_slot_(kSegmentSlots) {
    for (const auto& [id, segment] : segments.all()) {
      const SegmentFacts& facts = segment->facts;
      if (facts.state != SegmentState::sealed || facts.emptied_at_image != 0 || !segment->linked) continue;
      made_.emplace_back(id, std::make_shared<LiveMap>(facts.data_end));
      by_slot_[id % kSegmentSlots] = made_.back().second.get();
    }
  }
  void note(Address address) {
    if (LiveMap* map = by_slot_[address.slot()]) map->note(address.segment_offset());
  }
  // The image is complete.
  void hand_over(Segments& segments) {
    for (auto& [id, map] : made_)
      if (Segment* segment = segments.by_id(id)) segment->live = std::move(map);
    made_.clear();
  }

 private:
  std::vector<std::pair<uint64_t, std::shared_ptr<LiveMap>>> made_;
  std::vector<LiveMap*> by_slot_;
};

}  // namespace foreshard
