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

// A record in memory has its disk address in the low 40 bits of the 8 bytes before it (zero: not placed yet). Only the owner
// writes such a cell, but helpers that copy records read it meanwhile. It is aligned to 4 bytes, so that it changes in halves:
// while the lower one does, a mark stands in the upper one, and then another version.
//
//   lower half   bits 0..31 of the address
//   upper half   bits 32..39 of the address | version << 8 (22 bits) | it changes << 30 | the arena's flag << 31
constexpr uint64_t kAddressMask = (1ull << 40) - 1;
constexpr uint32_t kAddressCell = 8;

namespace cell {

constexpr uint32_t kVersion = 1u << 8;
constexpr uint32_t kVersions = 0x3fffff00;
constexpr uint32_t kChanges = 1u << 30;
constexpr uint32_t kFlag = 1u << 31;

inline std::atomic_ref<uint32_t> half(const uint8_t* record, uint32_t upper) {
  return std::atomic_ref<uint32_t>(*reinterpret_cast<uint32_t*>(const_cast<uint8_t*>(record) - kAddressCell + upper * 4));
}
inline uint32_t upper_of(const uint8_t* record) { return load<uint32_t>(record - kAddressCell + 4); }

inline bool flag(const uint8_t* record) { return (upper_of(record) & kFlag) != 0; }
inline void set_flag(uint8_t* record, bool flag) {
  const uint32_t rest = upper_of(record) & ~kFlag;
  half(record, 1).store(rest | (flag ? kFlag : 0), std::memory_order_release);
}

}  // namespace cell

inline Address read_address_cell(const uint8_t* record) { return Address(load<uint64_t>(record - kAddressCell) & kAddressMask); }
inline void write_address_cell(uint8_t* record, Address disk) {
  const uint32_t before = cell::upper_of(record);
  const uint32_t version = (before + cell::kVersion) & cell::kVersions;
  const uint32_t after = (before & cell::kFlag) | version | static_cast<uint32_t>(disk.raw() >> 32);
  cell::half(record, 1).store(before | cell::kChanges, std::memory_order_relaxed);
  cell::half(record, 0).store(static_cast<uint32_t>(disk.raw()), std::memory_order_release);
  cell::half(record, 1).store(after, std::memory_order_release);
}

// The same read by a helper.
inline Address read_address_cell_elsewhere(const uint8_t* record) {
  for (;;) {
    const uint32_t upper = cell::half(record, 1).load(std::memory_order_acquire);
    const uint64_t lower = cell::half(record, 0).load(std::memory_order_acquire);
    const uint32_t again = cell::half(record, 1).load(std::memory_order_relaxed);
    const bool whole = (upper & cell::kChanges) == 0 && ((upper ^ again) & ~cell::kFlag) == 0;
    if (whole) return Address(static_cast<uint64_t>(upper & 0xff) << 32 | lower);
  }
}

}  // namespace foreshard
