// The layout of a fast-restore image, shared by its writer and its reader; its meaning is in checkpoint/fast_image.h.
#pragma once
#include <vector>

#include "engine/checkpoint/fast_image.h"

namespace foreshard {

constexpr uint64_t kFastHeaderBytes = 104;
constexpr uint64_t kFastSegmentBytes = 16;

struct FastImageHead {
  FastImageStamp stamp;
  uint32_t chunks = 0;
  uint32_t segments = 0;
  uint64_t records = 0;
  uint64_t bytes = 0;
  uint64_t list_offset = 0;
  uint64_t list_checksum = 0;

  uint64_t list_length() const { return segments * kFastSegmentBytes; }
};

constexpr uint64_t fast_chunk_offset(uint64_t index) { return kBlock + index * kChunkBytes; }

AlignedBuffer encode_fast_head(const FastImageHead& head);
// As check_file_header, or `corrupt` if the parts do not fit together. Nothing is known yet of the file's real length.
Errc decode_fast_head(Bytes block, FastImageHead& head);

std::vector<uint8_t> encode_fast_segments(const std::vector<FastImageSegment>& segments);
std::vector<FastImageSegment> decode_fast_segments(Bytes bytes);

// Fills in the header of a chunk whose entries end at `used`.
void seal_fast_chunk(uint8_t* chunk, uint32_t index, uint32_t used, uint32_t records);
// `corrupt`, `checksum_mismatch`, or ok: then `used` is set.
Errc check_fast_chunk(Bytes chunk, uint32_t index, uint32_t& used);

}  // namespace foreshard
