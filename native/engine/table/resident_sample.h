// What is worth its place in memory: a running sample of the resident records, and the heat per byte below which the
// coldest third of their bytes lies. Sampled over the whole table, because chunks differ: what was copied forward is all
// hot, so a chunk's own records say nothing. A third, because then about half of the bytes that eviction meets are
// copied on (it meets the oldest ones); a half copies less and loses one to three points of hit ratio, a quarter copies
// half as much again for half a point.
#pragma once
#include <array>

#include "engine/base/random.h"
#include "engine/table/arena.h"
#include "engine/table/table.h"

namespace foreshard {

class ResidentSample {
 public:
  ResidentSample(const Table& table, const Arena& arena, uint64_t seed) : table_(table), arena_(arena), random_(seed) {}

  // Looks at some more records, forgets the oldest ones, and moves the threshold.
  void refresh();
  // Records of a greater density are worth their place.
  int32_t threshold() const { return threshold_; }

  // Heat per byte, as a logarithm in heat quanta. A miss costs about the same for any size, so this is what memory
  // should be spent on.
  static int32_t density(int32_t heat_score, uint64_t bytes);

 private:
  static constexpr size_t kRemembered = 256;

  struct Seen {
    int32_t density = 0;
    uint64_t bytes = 0;
  };

  void look_around(uint64_t hash);
  int32_t coldest_third_end() const;

  const Table& table_;
  const Arena& arena_;
  Random random_;
  std::array<Seen, kRemembered> seen_;
  size_t total_ = 0;  // ever seen
  int32_t threshold_ = 0;
};

}  // namespace foreshard
