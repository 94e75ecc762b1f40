// Splits and merges of shards while the store runs.
//
// 1. The page in which the cut lies is loaded, if it is not, and pages split until one begins at the cut; after each split others
// have their turn, as any page may split at any time. 2. The manifest says the new shards: from here on a restart finds them. 3. In
// one step the pages of the changed shards carry their slots. What was accepted before goes into frames of the old epoch, what
// comes after into frames of the new one, so the cut is a sequence number. If the manifest cannot be written, nothing has changed.
// No record moves, and nothing else waits. The pause of a change is its longest step.
//
// One change at a time, in the order of the calls.
#pragma once
#include <functional>
#include <string>

#include "engine/store/core.h"
#include "engine/store/pages.h"

namespace foreshard {

class Resharder {
 public:
  Resharder(Core& core, Pages& pages, TaskGroup& background) : core_(core), pages_(pages), background_(background) {}

  // A shard begins at `cut` (a multiple of kSliceUnit). Completes the ticket with the sequence number from which on the new
  // shards hold. `bad_argument`, `too_large`, `busy` (too many changes wait), `closed`, or why the manifest was not written.
  void split(uint64_t cut, uint64_t ticket);
  // The shard that begins at `start` and the one before it become one.
  void merge(uint64_t start, uint64_t ticket);

  uint64_t splits() const { return splits_; }
  uint64_t merges() const { return merges_; }
  uint64_t longest_pause_ns() const { return longest_pause_ns_; }

 private:
  enum class Kind : uint8_t { split, merge };
  void begin(Kind kind, uint64_t at, uint64_t ticket);
  Task<> run(Kind kind, uint64_t at, uint64_t ticket);
  Task<Status> reshard(Kind kind, uint64_t at);
  Task<Status> make_boundary(uint64_t at);
  void note_step(uint64_t begun_ns);
  Result<Shards::Change> plan(Kind kind, uint64_t at) const;
  Status cut_possible(Kind kind, uint64_t at) const;
  struct Sides {
    uint64_t below = 0, above = 0;
  };
  Sides sides_of(Kind kind, uint64_t at) const;
  uint64_t bytes_between(uint64_t first, uint64_t last) const;
  void change_over(const Shards::Change& change, Kind kind, uint64_t at);

  Core& core_;
  Pages& pages_;
  TaskGroup& background_;
  bool running_ = false;
  uint32_t waiting_ = 0;
  uint64_t served_ = 0, drawn_ = 0;  // whose turn it is
  uint64_t splits_ = 0, merges_ = 0;
  uint64_t pause_ns_ = 0;  // of the change under way
  uint64_t longest_pause_ns_ = 0;
};

}  // namespace foreshard
