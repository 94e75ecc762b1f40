// Reading and writing fields one after the other, little-endian. A reader checks every length against what is left and
// stays failed after the first that does not fit; a writer grows.
#pragma once
#include <type_traits>
#include <utility>
#include <vector>

#include "engine/base/buffer.h"
#include "engine/base/bytes.h"

namespace foreshard {

class ByteReader {
 public:
  explicit ByteReader(Bytes bytes) : bytes_(bytes) {}

  // Zero if there are not enough bytes, and then ok() is false for good.
  template <class T>
  T take() {
    static_assert(std::is_integral_v<T> && !std::is_same_v<T, bool>);
    const Bytes field = take_bytes(sizeof(T));
    return field.empty() ? T{} : load<T>(field.data());
  }

  Bytes take_bytes(uint64_t length) {
    if (length > remaining()) ok_ = false;
    if (!ok_) return {};
    const Bytes taken = bytes_.subspan(at_, length);
    at_ += length;
    return taken;
  }

  // A u64 that counts items of at least `item_bytes` each which follow: so many are possible, or it is not ok() and 0.
  // So it may be used to reserve memory.
  uint64_t take_count(uint64_t item_bytes) {
    const uint64_t count = take<uint64_t>();
    if (count > remaining() / item_bytes) ok_ = false;
    return ok_ ? count : 0;
  }

  bool ok() const { return ok_; }
  uint64_t remaining() const { return bytes_.size() - at_; }
  bool at_end() const { return ok_ && remaining() == 0; }

 private:
  Bytes bytes_;
  size_t at_ = 0;
  bool ok_ = true;
};

class ByteWriter {
 public:
  template <class T>
  void put(T value) {
    static_assert(std::is_integral_v<T> && !std::is_same_v<T, bool>);
    bytes_.resize(bytes_.size() + sizeof(T));
    store<T>(bytes_.data() + bytes_.size() - sizeof(T), value);
  }
  void zeros(size_t count) { bytes_.resize(bytes_.size() + count); }

  // Overwrites a field that was put before its value was known.
  template <class T>
  void patch(size_t offset, T value) {
    store<T>(bytes_.data() + offset, value);
  }

  uint8_t* data() { return bytes_.data(); }
  size_t size() const { return bytes_.size(); }
  Bytes view() const { return bytes_; }
  std::vector<uint8_t> take() { return std::move(bytes_); }

 private:
  std::vector<uint8_t> bytes_;
};

// A copy that can be written to a file: aligned, and filled up with zeros to a multiple of kBlock.
inline AlignedBuffer to_blocks(Bytes bytes) {
  AlignedBuffer blocks(align_up(bytes.size(), kBlock));
  if (!bytes.empty()) std::memcpy(blocks.data(), bytes.data(), bytes.size());
  std::memset(blocks.data() + bytes.size(), 0, blocks.size() - bytes.size());
  return blocks;
}

}  // namespace foreshard
