// The ring of 64-bit hashes, cut into slices: who owns a hash. Slices begin at multiples of 2^44 (a page boundary of
// any depth). A flat table of the top bits answers in one load where slices are few; here a search over the starts.
#pragma once
#include <algorithm>
#include <cstdint>
#include <vector>

#include "engine/checkpoint/manifest.h"

namespace foreshard {

// Equal slices for a new store; `count` is rounded up to a power of two so that each is a page boundary.
inline std::vector<ShardFacts> equal_slices(uint32_t count) {
  uint32_t bits = 0;
  while ((1u << bits) < count) ++bits;
  std::vector<ShardFacts> shards(1u << bits);
  for (uint32_t i = 0; i < shards.size(); ++i)
    shards[i] = {.id = i, .epoch = 1, .start = bits == 0 ? 0 : static_cast<uint64_t>(i) << (64 - bits)};
  return shards;
}

inline std::vector<uint64_t> starts_of(const std::vector<ShardFacts>& shards) {
  std::vector<uint64_t> starts;
  for (const ShardFacts& shard : shards) starts.push_back(shard.start);
  return starts;
}

}  // namespace foreshard
