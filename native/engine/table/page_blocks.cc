// See page_blocks.h.
#include "engine/table/page_blocks.h"

#include <cstring>

namespace foreshard {

namespace {

// The first slab is small and in small pages: a store of few keys stays small.
constexpr size_t kFirstSlabBytes = 16 * kPageBlockBytes;
constexpr size_t kSlabBytes = 256 * kPageBlockBytes;
static_assert(kSlabBytes % (2u << 20) == 0, "a slab is a whole number of huge pages");

}  // namespace

uint8_t* PageBlocks::take() {
  if (!free_.empty()) {
    uint8_t* block = free_.back();
    free_.pop_back();
    std::memset(block, 0, kPageBlockBytes);
    return block;
  }
  if (slabs_.empty()) {
    slabs_.emplace_back(kFirstSlabBytes, Mapping::Pages::small);
    cut_ = 0;
  } else if (cut_ + kPageBlockBytes > slabs_.back().size()) {
    slabs_.emplace_back(kSlabBytes, Mapping::Pages::huge);
    cut_ = 0;
  }
  uint8_t* block = slabs_.back().data() + cut_;
  cut_ += kPageBlockBytes;
  touched_ += 1;
  return block;
}

}  // namespace foreshard
