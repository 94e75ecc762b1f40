// A block of memory aligned for O_DIRECT. Its bytes are not initialised.
#pragma once
#include <cstdlib>
#include <memory>

#include "engine/base/bytes.h"

namespace foreshard {

// The unit in which the engine pads, aligns and expects the device to tear (design: groups are padded to it).
constexpr uint32_t kBlock = 4096;

class AlignedBuffer {
 public:
  AlignedBuffer() = default;
  explicit AlignedBuffer(size_t size)
      : bytes_(static_cast<uint8_t*>(std::aligned_alloc(kBlock, align_up(size == 0 ? 1 : size, kBlock)))), size_(size) {}

  uint8_t* data() { return bytes_.get(); }
  const uint8_t* data() const { return bytes_.get(); }
  size_t size() const { return size_; }
  // Fewer bytes count from now on; the memory stays.
  void shrink(size_t size) { size_ = size < size_ ? size : size_; }
  size_t capacity() const { return bytes_ ? align_up(size_ == 0 ? 1 : size_, kBlock) : 0; }
  Bytes view() const { return {bytes_.get(), size_}; }
  Bytes view(size_t offset, size_t length) const { return {bytes_.get() + offset, length}; }

 private:
  struct Free {
    void operator()(uint8_t* bytes) const { std::free(bytes); }
  };
  std::unique_ptr<uint8_t, Free> bytes_;
  size_t size_ = 0;
};

}  // namespace foreshard
