// The memory of the table's pages: zeroed blocks of 40,960 bytes, cut from larger mappings and reused.
#pragma once
#include <vector>

#include "engine/base/mapping.h"

namespace foreshard {

constexpr size_t kPageBlockBytes = 40'960;

class PageBlocks {
 public:
  uint8_t* take();  // zeroed
  void give(uint8_t* block) { free_.push_back(block); }

  // What was ever touched: blocks in use and blocks kept for reuse.
  uint64_t memory_bytes() const { return touched_ * kPageBlockBytes; }

 private:
  std::vector<Mapping> slabs_;
  std::vector<uint8_t*> free_;
  size_t cut_ = 0;  // bytes cut from the newest slab
  uint64_t touched_ = 0;
};

}  // namespace foreshard
