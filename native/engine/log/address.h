// Where a record is: 40 bits in units of 4 bytes. On disk: segment slot and offset in the segment. In memory: chunk of
// the arena and offset in the chunk. Zero is no record (offset 0 of a segment is its header, of a chunk its header).
//
//   bit 39        1: in memory
//   disk          bits 24..38 slot (segment id modulo 32,768), bits 0..23 offset / 4   (segments up to 64 MiB)
//   memory        bits 18..38 chunk, bits 0..17 offset / 4                              (chunks of 1 MiB)
#pragma once
#include <atomic>
#include <cstdint>

#include "engine/base/bytes.h"

namespace foreshard {

constexpr uint32_t kAddressUnit = 4;
constexpr uint32_t kSegmentSlots = 1u << 15;
constexpr uint32_t kChunkBytes = 1u << 20;

class Address {
 public:
  constexpr Address() = default;
  constexpr explicit Address(uint64_t raw) : raw_(raw) {}
  static constexpr Address disk(uint64_t segment_id, uint64_t offset) {
    return Address((segment_id % kSegmentSlots) << 24 | offset / kAddressUnit);
  }
  static constexpr Address memory(uint64_t chunk, uint64_t offset) {
    return Address(1ull << 39 | chunk << 18 | offset / kAddressUnit);
  }

  constexpr uint64_t raw() const { return raw_; }
  constexpr explicit operator bool() const { return raw_ != 0; }
  constexpr bool in_memory() const { return raw_ >> 39 & 1; }
  constexpr uint32_t slot() const { return static_cast<uint32_t>(raw_ >> 24) & (kSegmentSlots - 1); }
  constexpr uint32_t segment_offset() const { return static_cast<uint32_t>(raw_ & 0xffffff) * kAddressUnit; }
  constexpr uint32_t chunk() const { return static_cast<uint32_t>(raw_ >> 18) & ((1u << 21) - 1); }
  constexpr uint32_t chunk_offset() const { return static_cast<uint32_t>(raw_ & 0x3ffff) * kAddressUnit; }
  constexpr bool operator==(const Address&) const = default;

 private:
  uint64_t raw_ = 0;
};

// A record in memory has its disk address in the low 40 bits of the 8 bytes before it (zero: not placed yet); the other
// bits are the arena's. Only the owner writes such a cell, but helpers that copy records read it meanwhile. It is aligned to
// 4 bytes, so that it changes in halves: while the lower one does, kCellChanges stands in the upper one.
constexpr uint64_t kAddressMask = (1ull << 40) - 1;
constexpr uint32_t kAddressCell = 8;
constexpr uint32_t kCellChanges = 1u << 30;  // of the upper half

namespace detail {
inline std::atomic_ref<uint32_t> half_of_cell(const uint8_t* record, uint32_t half) {
  return std::atomic_ref<uint32_t>(*reinterpret_cast<uint32_t*>(const_cast<uint8_t*>(record) - kAddressCell + half * 4));
}
}  // namespace detail

inline uint64_t read_cell(const uint8_t* record) { return load<uint64_t>(record - kAddressCell); }
inline void write_cell(uint8_t* record, uint64_t cell) {
  const uint64_t before = read_cell(record);
  const auto low = static_cast<uint32_t>(cell), high = static_cast<uint32_t>(cell >> 32);
  if (static_cast<uint32_t>(before) != low) {
    const auto high_before = static_cast<uint32_t>(before >> 32);
    detail::half_of_cell(record, 1).store(high_before | kCellChanges, std::memory_order_relaxed);
    detail::half_of_cell(record, 0).store(low, std::memory_order_release);
  }
  detail::half_of_cell(record, 1).store(high, std::memory_order_release);
}

inline Address read_address_cell(const uint8_t* record) { return Address(read_cell(record) & kAddressMask); }
inline void write_address_cell(uint8_t* record, Address disk) {
  write_cell(record, (read_cell(record) & ~kAddressMask) | disk.raw());
}

// The same read by a helper.
inline Address read_address_cell_elsewhere(const uint8_t* record) {
  for (;;) {
    const uint32_t high = detail::half_of_cell(record, 1).load(std::memory_order_acquire);
    const uint32_t low = detail::half_of_cell(record, 0).load(std::memory_order_acquire);
    const bool whole = detail::half_of_cell(record, 1).load(std::memory_order_relaxed) == high && (high & kCellChanges) == 0;
    if (whole) return Address((static_cast<uint64_t>(high) << 32 | low) & kAddressMask);
  }
}

}  // namespace foreshard
