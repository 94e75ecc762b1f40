// Hashes of keys whose newest record came to a new place, by a put or by compaction, since the fast-restore classes
// were written: what those hold of these keys is out of date. Bounded; the oldest are forgotten.
#pragma once
#include <cstdint>
#include <vector>

#include "engine/base/ring_queue.h"

namespace foreshard {

class RecentChanges {
 public:
  explicit RecentChanges(uint64_t limit) : limit_(limit) {}

  void note(uint64_t hash) {
    if (limit_ == 0) return;
    if (hashes_.size() == limit_) forget_before(first_ + 1);
    hashes_.push_back(hash);
  }
  // Half full: time to write the classes.
  bool crowded() const { return limit_ > 0 && hashes_.size() >= limit_ / 2; }
  // How many there have been in all: a mark to forget up to later.
  uint64_t position() const { return first_ + hashes_.size(); }
  void forget_before(uint64_t position) {
    for (; first_ < position && !hashes_.empty(); ++first_) hashes_.pop_front();
  }
  // Oldest first, with repetitions.
  std::vector<uint64_t> copy() const {
    std::vector<uint64_t> out(hashes_.size());
    for (size_t i = 0; i < out.size(); ++i) out[i] = hashes_[i];
    return out;
  }

 private:
  uint64_t limit_;
  uint64_t first_ = 0;  // position of the front
  RingQueue<uint64_t> hashes_;
};

}  // namespace foreshard
