// Reading a fast-restore image.
#include <algorithm>

#include "engine/base/hash.h"
#include "engine/checkpoint/fast_format.h"
#include "engine/io/transfer.h"
#include "engine/log/names.h"

namespace foreshard {

Task<Result<std::unique_ptr<FastImageReader>>> FastImageReader::open(Disk& disk, std::string directory,
                                                                     uint64_t store_id, uint32_t class_number) {
  const std::string path = names::join(directory, names::fast_class(class_number));
  Result<io::OpenedFile> opened = co_await io::open_to_read(disk, path);
  if (!opened.ok()) co_return opened.status();
  std::unique_ptr<FastImageReader> reader(new FastImageReader(disk, opened.value().file));
  Status status = co_await reader->read_head(store_id, class_number, opened.value().size);
  if (!status.ok()) {
    co_await reader->close();
    if (status.detail.empty()) status.detail = path;
    co_return status;
  }
  co_return reader;
}

Task<Status> FastImageReader::read_head(uint64_t store_id, uint32_t class_number, uint64_t size) {
  AlignedBuffer block(kBlock);
  Status read = co_await io::read_exact(disk_, file_, 0, block.data(), kBlock);
  if (!read.ok()) co_return read;
  FastImageHead head;
  const Errc checked = decode_fast_head(block.view(), head);
  if (checked != Errc::ok) co_return checked;
  if (head.stamp.store_id != store_id || head.stamp.class_number != class_number) co_return Errc::wrong_store;
  if (head.list_offset > size || head.list_length() > size - head.list_offset) co_return Errc::short_read;

  AlignedBuffer list(head.list_length());
  read = co_await io::read_exact(disk_, file_, head.list_offset, list.data(), head.list_length());
  if (!read.ok()) co_return read;
  if (checksum64(list.view()) != head.list_checksum) co_return Errc::checksum_mismatch;
  segments_ = decode_fast_segments(list.view());
  stamp_ = head.stamp;
  chunks_ = head.chunks;
  records_ = head.records;
  bytes_ = head.bytes;
  chunks_end_ = head.list_offset;
  co_return Status();
}

bool FastImageReader::refers_to(const SegmentFacts& facts) const {
  const auto found = std::lower_bound(segments_.begin(), segments_.end(), facts.id,
                                      [](const FastImageSegment& segment, uint64_t id) { return segment.id < id; });
  return found != segments_.end() && found->id == facts.id && found->nonce == facts.nonce;
}

uint64_t FastImageReader::chunk_length(uint32_t index) const {
  return std::min<uint64_t>(kChunkBytes, chunks_end_ - fast_chunk_offset(index));
}

Task<Status> FastImageReader::read_chunk(uint32_t index, MutableBytes chunk) {
  if (index >= chunks_ || chunk.size() < kChunkBytes) co_return Errc::bad_argument;
  co_return co_await io::read_exact(disk_, file_, fast_chunk_offset(index), chunk.data(), chunk_length(index));
}

Errc FastImageReader::check_chunk(uint32_t index, Bytes chunk, uint32_t& used) const {
  return check_fast_chunk(chunk.first(chunk_length(index)), index, used);
}

Task<void> FastImageReader::close() { co_await io::close(disk_, std::exchange(file_, 0)); }

}  // namespace foreshard
