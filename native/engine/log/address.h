// Where a record is: 40 bits in units of 4 bytes. On disk: segment slot and offset in the segment. In memory: chunk of
// the arena and offset in the chunk. Zero is no record (offset 0 of a segment is its header, of a chunk its header).
//
//   bit 39        1: in memory
//   disk          bits 24..38 slot (segment id modulo 32,768), bits 0..23 offset / 4   (segments up to 64 MiB)
//   memory        bits 18..38 chunk, bits 0..17 offset / 4                              (chunks of 1 MiB)
#pragma once
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
// bits are the arena's.
constexpr uint64_t kAddressMask = (1ull << 40) - 1;
constexpr uint32_t kAddressCell = 8;

inline Address read_address_cell(const uint8_t* record) { return Address(load<uint64_t>(record - kAddressCell) & kAddressMask); }
inline void write_address_cell(uint8_t* record, Address disk) {
  uint8_t* cell = record - kAddressCell;
  store<uint64_t>(cell, (load<uint64_t>(cell) & ~kAddressMask) | disk.raw());
}

}  // namespace foreshard
