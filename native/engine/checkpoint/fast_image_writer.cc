// Writing a fast-restore image: chunk by chunk, then the segment list, the header last.
#include <algorithm>
#include <cassert>

#include "engine/base/cursor.h"
#include "engine/base/hash.h"
#include "engine/checkpoint/fast_format.h"
#include "engine/io/await.h"
#include "engine/log/names.h"

namespace foreshard {

static_assert(kChunkHeader + kRecordPrefix + kFastRecordMax <= kChunkBytes);

FastImageWriter::FastImageWriter(Disk& disk, std::string directory, FastImageStamp stamp, uint64_t bytes_per_second)
    : disk_(disk),
      stamp_(stamp),
      file_(disk, std::move(directory), names::fast_class(stamp.class_number), Pace{true, bytes_per_second}),
      chunk_(kChunkBytes) {}

Task<Status> FastImageWriter::begin() { return file_.begin(); }

bool FastImageWriter::add(Address disk_address, Bytes record) {
  assert(record.size() <= kFastRecordMax && disk_address && !disk_address.in_memory());
  const uint64_t entry = kRecordPrefix + record.size();
  full_ = used_ + entry > kChunkBytes;
  if (full_) return false;
  store<uint64_t>(chunk_.data() + used_, disk_address.raw());
  std::memcpy(chunk_.data() + used_ + kRecordPrefix, record.data(), record.size());
  used_ += static_cast<uint32_t>(entry);
  bytes_ += entry;
  ++chunk_records_;
  ++records_;
  slots_.set(disk_address.slot());
  return true;
}

Task<Status> FastImageWriter::flush() {
  if (!full_) co_return Status();
  Status written = co_await write_chunk(kChunkBytes);
  co_return written;
}

Task<Status> FastImageWriter::write_chunk(uint64_t length) {
  std::function<void()> seal = [this, length] {
    seal_fast_chunk(chunk_.data(), chunks_, used_, chunk_records_);
    std::memset(chunk_.data() + used_, 0, length - used_);
  };
  co_await io::work(disk_, std::move(seal));
  Status written = co_await file_.write(end_, chunk_.data(), length);
  end_ += length;
  ++chunks_;
  used_ = kChunkHeader;
  chunk_records_ = 0;
  full_ = false;
  co_return written;
}

Task<Status> FastImageWriter::finish(std::vector<SegmentFacts> segments) {
  if (chunk_records_ > 0) co_await write_chunk(align_up(used_, kBlock));
  std::vector<FastImageSegment> list;
  for (const SegmentFacts& facts : segments)
    if (slots_.test(facts.id % kSegmentSlots)) list.push_back({facts.id, facts.nonce});
  std::sort(list.begin(), list.end(), [](const auto& a, const auto& b) { return a.id < b.id; });
  co_await write_head(std::move(list));
  Status finished = co_await file_.finish();
  co_return finished;
}

Task<Status> FastImageWriter::write_head(std::vector<FastImageSegment> list) {
  const std::vector<uint8_t> bytes = encode_fast_segments(list);
  const AlignedBuffer blocks = to_blocks(bytes);
  FastImageHead head;
  head.stamp = stamp_;
  head.chunks = chunks_;
  head.segments = static_cast<uint32_t>(list.size());
  head.records = records_;
  head.bytes = bytes_;
  head.list_offset = end_;
  head.list_checksum = checksum64(bytes);
  const AlignedBuffer block = encode_fast_head(head);
  co_await file_.write(end_, blocks.data(), blocks.size());
  Status written = co_await file_.write(0, block.data(), block.size());
  co_return written;
}

Task<void> FastImageWriter::abandon() { return file_.abandon(); }

}  // namespace foreshard
