// Keeps the arena below its limit: empties one chunk after the other, the one with most dead bytes if that is worth it,
// else the oldest. Live records that are worth their place (resident_sample.h) are copied forward; the entries of the
// others fall back to their place on disk, tombstones among them. Nothing is lost: an entry always points at a record,
// and one that is not on disk (or not durably) is always copied.
//
// Below its limit, it keeps the dead share of the arena within bounds: chunks with most dead bytes are emptied, and all
// live records copied forward.
//
// Only table entries may point into an evictable chunk. Whoever else holds a memory address pins the chunk; who needs only
// the bytes of a dead record holds them: such a chunk is emptied, and freed later.
#pragma once
#include <algorithm>
#include <array>

#include "engine/table/arena.h"
#include "engine/table/resident_sample.h"
#include "engine/table/table.h"

namespace foreshard {

struct EvictionStats {
  uint64_t chunks_freed = 0;
  uint64_t forwarded_bytes = 0;  // copied to the head
  uint64_t fallen_bytes = 0;     // live, now on disk only
  uint64_t garbage_bytes = 0;    // not marked dead, but no entry pointed there any more
};

class Eviction {
 public:
  Eviction(Table& table, Arena& arena, uint64_t hash_seed);

  // Works for about `byte_budget` bytes read and copied, while the arena is above its limit, or more than this share of
  // it is dead. True if there is more to do and the next call can do some of it; false if there is not, or all chunks
  // are pinned or open.
  bool step(uint64_t durable_sequence, uint64_t byte_budget, double dead_share_max = 1);

  const EvictionStats& stats() const { return stats_; }

 private:
  static constexpr uint32_t kNoChunk = ~0u;
  static constexpr size_t kBatch = 32;

  // A record of the victim, and the entry that points at it: a slot of a loaded page or a place in an overlay.
  struct Candidate {
    Address address;
    uint64_t hash = 0;
    Page* page = nullptr;
    int slot = Page::kNone;
  };

  bool evictable(uint32_t index, uint64_t durable_sequence) const;
  double dead_share(uint32_t index) const;
  bool better(uint32_t a, uint32_t b) const;
  uint32_t pick(uint64_t durable_sequence);
  bool begin_victim(uint64_t durable_sequence, double dead_share_max);
  void end_victim(uint64_t durable_sequence);

  uint64_t collect(uint64_t byte_budget);
  void locate(Candidate& candidate) const;
  uint64_t settle(uint64_t durable_sequence);
  bool spare_big(uint64_t durable_sequence);
  bool bound_to_memory(const Candidate& candidate, uint64_t durable_sequence) const;
  bool worth_keeping(const Candidate& candidate, uint64_t bytes) const;
  void spend(uint64_t bytes) { credit_ -= std::min(bytes, credit_); }
  uint64_t credit_max() const;
  uint64_t forward(const Candidate& candidate, uint64_t bytes);
  void relocate(const Candidate& candidate, Address to);

  Table& table_;
  Arena& arena_;
  uint64_t hash_seed_;
  EvictionStats stats_;

  ResidentSample sample_;
  bool cleaning_ = false;    // the victim is emptied for its garbage alone
  uint32_t victim_ = kNoChunk;
  uint64_t revivals_ = 0;    // of the victim, when it was chosen
  uint64_t barren_at_ = ~0ull;  // the durable sequence when no chunk was worth cleaning, or free for it
  Address cursor_;           // the next record of the victim
  uint32_t scan_from_ = 0;   // where the next choice of a victim begins
  uint64_t credit_;          // bytes that may be copied without need: freeing earns it, so that memory always shrinks
  std::array<Candidate, kBatch> batch_;
  size_t batch_size_ = 0;
};

}  // namespace foreshard
