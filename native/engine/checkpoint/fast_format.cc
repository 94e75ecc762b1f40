// Header, segment list and chunks of a fast-restore image.
#include "engine/checkpoint/fast_format.h"

#include "engine/base/cursor.h"
#include "engine/base/file_header.h"

namespace foreshard {
namespace {

bool head_holds(const FastImageHead& head) {
  if (head.segments > kSegmentSlots || head.list_offset % kBlock != 0) return false;
  if (head.chunks == 0) return head.list_offset == fast_chunk_offset(0);
  return head.list_offset > fast_chunk_offset(head.chunks - 1) && head.list_offset <= fast_chunk_offset(head.chunks);
}

}  // namespace

AlignedBuffer encode_fast_head(const FastImageHead& head) {
  ByteWriter writer;
  writer.zeros(kFileHeaderStart);
  writer.put<uint64_t>(head.stamp.store_id);
  writer.put<uint64_t>(head.stamp.lsn);
  writer.put<uint64_t>(head.stamp.link);
  writer.put<uint64_t>(head.stamp.created_ms);
  writer.put<uint32_t>(head.stamp.incarnation);
  writer.put<uint32_t>(head.stamp.class_number);
  writer.put<uint32_t>(head.chunks);
  writer.put<uint32_t>(head.segments);
  writer.put<uint64_t>(head.records);
  writer.put<uint64_t>(head.bytes);
  writer.put<uint64_t>(head.list_offset);
  writer.put<uint64_t>(head.list_checksum);
  writer.put<int64_t>(head.stamp.below_rank);
  seal_file_header({writer.data(), writer.size()}, kFastImageMagic, kFastImageVersion);
  return to_blocks(writer.view());
}

Errc decode_fast_head(Bytes block, FastImageHead& head) {
  const Errc checked = check_file_header(block, kFastHeaderBytes, kFastImageMagic, kFastImageVersion);
  if (checked != Errc::ok) return checked;
  ByteReader reader(block.subspan(kFileHeaderStart));
  head.stamp.store_id = reader.take<uint64_t>();
  head.stamp.lsn = reader.take<uint64_t>();
  head.stamp.link = reader.take<uint64_t>();
  head.stamp.created_ms = reader.take<uint64_t>();
  head.stamp.incarnation = reader.take<uint32_t>();
  head.stamp.class_number = reader.take<uint32_t>();
  head.chunks = reader.take<uint32_t>();
  head.segments = reader.take<uint32_t>();
  head.records = reader.take<uint64_t>();
  head.bytes = reader.take<uint64_t>();
  head.list_offset = reader.take<uint64_t>();
  head.list_checksum = reader.take<uint64_t>();
  head.stamp.below_rank = reader.take<int64_t>();
  return head_holds(head) ? Errc::ok : Errc::corrupt;
}

std::vector<uint8_t> encode_fast_segments(const std::vector<FastImageSegment>& segments) {
  ByteWriter writer;
  for (const FastImageSegment& segment : segments) {
    writer.put<uint64_t>(segment.id);
    writer.put<uint64_t>(segment.nonce);
  }
  return writer.take();
}

std::vector<FastImageSegment> decode_fast_segments(Bytes bytes) {
  ByteReader reader(bytes);
  std::vector<FastImageSegment> segments(bytes.size() / kFastSegmentBytes);
  for (FastImageSegment& segment : segments) {
    segment.id = reader.take<uint64_t>();
    segment.nonce = reader.take<uint64_t>();
  }
  return segments;
}

void seal_fast_chunk(uint8_t* chunk, uint32_t index, uint32_t used, uint32_t records) {
  std::memset(chunk, 0, kChunkHeader);
  store<uint32_t>(chunk, kFastChunkMagic);
  store<uint32_t>(chunk + 4, index);
  store<uint32_t>(chunk + 16, used);
  store<uint32_t>(chunk + 20, records);
  store<uint64_t>(chunk + 8, file_header_checksum({chunk, used}));
}

Errc check_fast_chunk(Bytes chunk, uint32_t index, uint32_t& used) {
  if (chunk.size() < kChunkHeader || load<uint32_t>(chunk.data()) != kFastChunkMagic) return Errc::corrupt;
  if (load<uint32_t>(chunk.data() + 4) != index) return Errc::corrupt;
  used = load<uint32_t>(chunk.data() + 16);
  if (used < kChunkHeader || used > chunk.size()) return Errc::corrupt;
  const bool matches = load<uint64_t>(chunk.data() + 8) == file_header_checksum(chunk.first(used));
  return matches ? Errc::ok : Errc::checksum_mismatch;
}

}  // namespace foreshard
