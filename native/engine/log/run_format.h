// The layout of a run file, shared by its writer (run_encode.cc) and its reader (run.cc); its meaning is in log/run.h.
#pragma once
#include <bit>

#include "engine/base/buffer.h"
#include "engine/base/status.h"
#include "engine/log/address.h"

namespace foreshard {

constexpr uint32_t kRunHeaderBytes = 96;
constexpr uint32_t kRunFenceBytes = 8;
constexpr uint32_t kRunBucketEntries = 256;  // as many a bucket may hold on average
constexpr uint32_t kRunFenceBitsMax = 20;
constexpr uint32_t kRunHashBits = 40;  // as much of a hash as an entry keeps
constexpr uint32_t kRunShortEntry = 12;
constexpr uint32_t kRunLongEntry = 16;
constexpr uint32_t kRunKindBits = 2;
constexpr uint64_t kRunOffsetUnits = 1ull << 24;  // offsets in a segment, in units of kAddressUnit

static_assert(std::has_single_bit(kRunBucketEntries));
static_assert(kRunHashBits + std::countr_zero(kRunOffsetUnits) == 64);

// What is where in a file, as a function of what is in it.
struct RunLayout {
  uint64_t entries = 0;
  uint32_t fence_bits = 0;
  uint32_t entry_bytes = kRunShortEntry;

  uint64_t buckets() const { return 1ull << fence_bits; }
  uint64_t fences_length() const { return (buckets() + 1) * kRunFenceBytes; }
  uint64_t entries_offset() const { return align_up(kBlock + fences_length(), kBlock); }
  uint64_t file_length() const { return align_up(entries_offset() + entries * entry_bytes, kBlock); }
  bool possible() const {
    return entries <= kRunOffsetUnits && fence_bits <= kRunFenceBitsMax &&
           (entry_bytes == kRunShortEntry || entry_bytes == kRunLongEntry);
  }
};

struct RunHeader {
  uint64_t store_id = 0;
  uint64_t segment_id = 0;
  uint64_t nonce = 0;
  uint64_t base_sequence = 0;
  uint64_t last_sequence = 0;
  uint64_t fences_checksum = 0;
  RunLayout layout;
};

inline uint64_t run_bucket(uint64_t hash, uint32_t fence_bits) {
  return fence_bits == 0 ? 0 : hash >> (64 - fence_bits);
}

// The header block, filled up with zeros.
void write_run_header(uint8_t* block, const RunHeader& header);
// `short_read`, `corrupt`, `unsupported_version`, `checksum_mismatch`, or ok: then the layout is a possible one, but
// nothing is known yet of the file's real length.
Errc read_run_header(Bytes block, RunHeader& header);

}  // namespace foreshard
