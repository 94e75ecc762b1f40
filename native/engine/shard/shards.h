// The shards of a store: slices that tile the ring of 64-bit hashes. A slice begins at a multiple of 2^44, a possible page
// boundary, and ends where the next one begins.
//
// A **slot** is a small number for one shard in one epoch. Pages carry the slot of their shard, and so do records that wait for
// a group: what was accepted before a split goes into a frame of the epoch before it. Slots are used again when no record that
// waits can carry them any more.
#pragma once
#include <deque>
#include <vector>

#include "engine/base/status.h"
#include "engine/checkpoint/manifest.h"
#include "engine/log/group.h"
#include "engine/table/table.h"

namespace foreshard {

constexpr uint64_t kSliceUnit = 1ull << (64 - kMaxPageDepth);  // slices begin at multiples of it
constexpr uint32_t kShardsMax = 1024;
constexpr size_t kWholeRing = SIZE_MAX;

class Shards {
 public:
  // Equal slices for a new store; `count` is rounded up to a power of two, so that each begins at a page whatever its depth.
  static std::vector<ShardFacts> equal_slices(uint32_t count);

  // Of a store that opens. `next_id`: above all ids that were ever given.
  void adopt(std::vector<ShardFacts> facts, uint32_t next_id);

  const std::vector<ShardFacts>& all() const { return facts_; }
  uint32_t next_id() const { return next_id_; }
  size_t count() const { return facts_.size(); }
  size_t index_of(uint64_t hash) const;
  ShardSlot slot_of(uint64_t hash) const { return slots_[index_of(hash)]; }
  // The last hash of a slice.
  uint64_t last_of(size_t index) const { return index + 1 < facts_.size() ? facts_[index + 1].start - 1 : UINT64_MAX; }
  FrameLabel label(ShardSlot slot) const { return labels_[slot]; }

  // What the shards would be after a change; nothing changes yet. `lower_keeps`: the part below the cut keeps the id.
  // `bad_argument`: no slice can begin there, or one does. `too_large`: there are as many as there can be.
  struct Change {
    std::vector<ShardFacts> facts;
    uint32_t next_id = 0;
    size_t first = 0;    // the shards that change, before and after: from this index on
    size_t before = 0;   // so many of them
    size_t after = 0;
  };
  Result<Change> split_at(uint64_t cut, bool lower_keeps) const;
  // The shard that begins at `start` and the one before it become one.
  Result<Change> merge_at(uint64_t start, bool lower_keeps) const;
  // The new shards get slots of their own. Records up to `accepted` may carry those of the old ones; up to `placed` none waits
  // any more.
  void apply(const Change& change, uint64_t accepted, uint64_t placed);

  // The pages of so many shards, from the one at `first` on, carry their slots. A page that is not loaded may reach over the
  // boundary of two: settle() it when it is.
  void enter_into(Table& table, size_t first = 0, size_t count = kWholeRing) const;
  // A page that was just loaded: slices that begin inside of it begin at pages now.
  void settle(Table& table, uint64_t first_hash, uint64_t last_hash) const;

 private:
  ShardSlot take_slot(const ShardFacts& facts);

  struct Retired {
    ShardSlot slot;
    uint64_t accepted;
  };
  std::vector<ShardFacts> facts_;   // by start
  std::vector<ShardSlot> slots_;    // of each
  std::vector<FrameLabel> labels_;  // by slot
  std::vector<ShardSlot> free_slots_;
  std::deque<Retired> retired_;
  uint32_t next_id_ = 0;
};

}  // namespace foreshard
