// Writing a fast-restore image: chunk by chunk, then the segment list, the header last.
#include <algorithm>

#include "engine/base/cursor.h"
#include "engine/base/hash.h"
#include "engine/base/prefetch.h"
#include "engine/checkpoint/fast_format.h"
#include "engine/io/await.h"
#include "engine/log/names.h"

namespace foreshard {

static_assert(kChunkHeader + kRecordPrefix + kFastRecordMax <= kChunkBytes);

namespace {

constexpr size_t kRecordsAhead = 12;
constexpr size_t kBytesAhead = 192;  // of each: what a record of common size has

void prefetch_record(const uint8_t* record) {
  for (size_t at = 0; at < kBytesAhead; at += 64) prefetch_line(record - kRecordPrefix + at);
}

}  // namespace

FastImageWriter::FastImageWriter(Disk& disk, std::string directory, FastImageStamp stamp, Pace pace)
    : disk_(disk),
      stamp_(stamp),
      file_(disk, std::move(directory), names::fast_class(stamp.class_number), pace),
      behind_(file_, pace, kChunkBytes) {}

Task<Status> FastImageWriter::begin() { return file_.begin(); }

// Copies records from `next` on until the chunk has no room; answers the first that is left.
size_t FastImageWriter::fill(Lane& lane, const std::vector<const uint8_t*>& records, size_t next) {
  for (; next < records.size(); ++next) {
    if (next + kRecordsAhead < records.size()) prefetch_record(records[next + kRecordsAhead]);
    const RecordView record(records[next]);
    const Address disk = read_address_cell_elsewhere(records[next]);
    if (!disk || record.kind() != RecordKind::put || record.size() > kFastRecordMax) continue;
    const uint64_t entry = kRecordPrefix + record.size();
    if (lane.used + entry > kChunkBytes) break;
    store<uint64_t>(lane.chunk.data() + lane.used, disk.raw());
    std::memcpy(lane.chunk.data() + lane.used + kRecordPrefix, record.data(), record.size());
    lane.used += static_cast<uint32_t>(entry);
    ++lane.records;
    lane.slots.set(disk.slot());
  }
  return next;
}

Task<Status> FastImageWriter::add(std::vector<const uint8_t*> records, uint32_t number) {
  Lane& lane = lanes_[number];
  for (size_t next = 0; next < records.size();) {
    if (lane.chunk.size() == 0) lane.chunk = behind_.take();
    const uint32_t used_before = lane.used, records_before = lane.records;
    std::function<void()> copy = [&lane, &records, &next] { next = fill(lane, records, next); };
    co_await io::work(disk_, std::move(copy));
    bytes_ += lane.used - used_before;
    records_ += lane.records - records_before;
    if (next < records.size()) co_await write_chunk(lane, kChunkBytes);
  }
  co_return file_.status();
}

Task<> FastImageWriter::write_chunk(Lane& lane, uint64_t length) {
  std::function<void()> seal = [&lane, index = chunks_, length] {
    seal_fast_chunk(lane.chunk.data(), index, lane.used, lane.records);
    std::memset(lane.chunk.data() + lane.used, 0, length - lane.used);
  };
  ++chunks_;
  const uint64_t offset = std::exchange(end_, end_ + length);
  co_await io::work(disk_, std::move(seal));
  AlignedBuffer full = std::move(lane.chunk);
  lane.chunk = AlignedBuffer();
  lane.used = kChunkHeader;
  lane.records = 0;
  co_await behind_.put(offset, std::move(full), length);
}

// What the lanes have begun; only the last chunk of an image is shorter than the others.
Task<> FastImageWriter::write_rest() {
  std::vector<Lane*> begun;
  for (Lane& lane : lanes_)
    if (lane.records > 0) begun.push_back(&lane);
  for (Lane* lane : begun) co_await write_chunk(*lane, lane == begun.back() ? align_up(lane->used, kBlock) : kChunkBytes);
  co_await behind_.all();
}

Task<Status> FastImageWriter::finish(std::vector<SegmentFacts> segments) {
  co_await write_rest();
  std::vector<FastImageSegment> list;
  for (const SegmentFacts& facts : segments) {
    const auto refers = [&facts](const Lane& lane) { return lane.slots.test(facts.id % kSegmentSlots); };
    if (std::any_of(lanes_.begin(), lanes_.end(), refers)) list.push_back({facts.id, facts.nonce});
  }
  std::sort(list.begin(), list.end(), [](const auto& a, const auto& b) { return a.id < b.id; });
  co_await write_head(std::move(list));
  Status finished = co_await file_.finish();
  co_return finished;
}

Task<> FastImageWriter::write_head(std::vector<FastImageSegment> list) {
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
  co_await file_.write(0, block.data(), block.size());
}

Task<void> FastImageWriter::abandon() {
  co_await behind_.all();
  co_await file_.abandon();
}

}  // namespace foreshard
