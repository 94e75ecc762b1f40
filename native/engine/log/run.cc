// Opening and reading runs.
#include "engine/log/run.h"

#include "engine/base/cursor.h"
#include "engine/base/file_header.h"
#include "engine/base/prefetch.h"
#include "engine/io/transfer.h"
#include "engine/log/record.h"
#include "engine/log/run_format.h"

namespace foreshard {

Errc read_run_header(Bytes block, RunHeader& header) {
  const Errc checked = check_file_header(block, kRunHeaderBytes, kRunMagic, kRunVersion);
  if (checked != Errc::ok) return checked;
  ByteReader reader(block.subspan(kFileHeaderStart));
  header.store_id = reader.take<uint64_t>();
  header.segment_id = reader.take<uint64_t>();
  header.nonce = reader.take<uint64_t>();
  header.layout.entries = reader.take<uint64_t>();
  header.base_sequence = reader.take<uint64_t>();
  header.layout.fence_bits = reader.take<uint32_t>();
  header.layout.entry_bytes = reader.take<uint32_t>();
  const uint64_t entries_offset = reader.take<uint64_t>();
  const uint64_t file_length = reader.take<uint64_t>();
  header.last_sequence = reader.take<uint64_t>();
  header.fences_checksum = reader.take<uint64_t>();
  const bool holds = header.layout.possible() && header.base_sequence <= header.last_sequence &&
                     header.last_sequence <= kSequenceMax && header.layout.entries_offset() == entries_offset &&
                     header.layout.file_length() == file_length;
  return holds ? Errc::ok : Errc::corrupt;
}

Task<Result<std::unique_ptr<Run>>> Run::open(Disk& disk, std::string path, uint64_t store_id, SegmentFacts facts) {
  Result<io::OpenedFile> opened = co_await io::open_to_read(disk, path);
  if (!opened.ok()) co_return opened.status();
  std::unique_ptr<Run> run(new Run(disk, opened.value().file));
  Status status = co_await run->read_head(store_id, facts, opened.value().size);
  if (!status.ok()) {
    co_await run->close();
    if (status.detail.empty()) status.detail = path;
    co_return status;
  }
  co_return run;
}

Run::~Run() = default;

Task<Status> Run::read_head(uint64_t store_id, SegmentFacts facts, uint64_t size) {
  AlignedBuffer block(kBlock);
  Status read = co_await io::read_exact(disk_, file_, 0, block.data(), kBlock);
  if (!read.ok()) co_return read;
  RunHeader header;
  const Errc checked = read_run_header(block.view(), header);
  if (checked != Errc::ok) co_return checked;
  if (header.store_id != store_id || header.segment_id != facts.id || header.nonce != facts.nonce)
    co_return Errc::wrong_store;
  if (facts.run_bytes != 0 && facts.run_checksum != run_checksum(block.view())) co_return Errc::checksum_mismatch;
  if (size < header.layout.file_length()) co_return Errc::short_read;
  segment_id_ = header.segment_id;
  data_end_ = facts.data_end;
  entries_ = header.layout.entries;
  base_sequence_ = header.base_sequence;
  entries_offset_ = header.layout.entries_offset();
  fence_bits_ = header.layout.fence_bits;
  entry_bytes_ = header.layout.entry_bytes;

  fences_ = AlignedBuffer(entries_offset_ - kBlock);
  read = co_await io::read_exact(disk_, file_, kBlock, fences_.data(), fences_.size());
  if (!read.ok()) co_return read;
  const Bytes fences = fences_.view(0, header.layout.fences_length());
  if (checksum64(fences) != header.fences_checksum) co_return Errc::checksum_mismatch;
  co_return fences_hold() ? Errc::ok : Errc::corrupt;
}

// The first entry of a bucket; of the bucket behind the last, the number of entries.
uint64_t Run::fence(uint64_t bucket) const { return load<uint32_t>(fences_.data() + bucket * kRunFenceBytes); }

bool Run::fences_hold() const {
  const uint64_t buckets = 1ull << fence_bits_;
  for (uint64_t b = 0; b < buckets; ++b)
    if (fence(b) > fence(b + 1)) return false;
  return fence(0) == 0 && fence(buckets) == entries_;
}

Status Run::damaged(Errc code) const { return {code, "run of segment " + std::to_string(segment_id_)}; }

Status Run::check_buckets(uint64_t first, uint64_t last, const uint8_t* bytes) const {
  const uint64_t origin = fence(first);
  for (uint64_t b = first; b <= last; ++b) {
    const Bytes bucket(bytes + (fence(b) - origin) * entry_bytes_, (fence(b + 1) - fence(b)) * entry_bytes_);
    if (!bucket.empty() && checksum32(bucket) != load<uint32_t>(fences_.data() + b * kRunFenceBytes + 4))
      return damaged(Errc::checksum_mismatch);
  }
  return {};
}

Errc Run::decode(const uint8_t* at, RunEntry& entry) const {
  const uint64_t place = load<uint64_t>(at);
  const uint64_t stamp = entry_bytes_ == kRunLongEntry ? load<uint64_t>(at + 8) : load<uint32_t>(at + 8);
  entry.hash = place & ~(kRunOffsetUnits - 1);
  entry.offset = static_cast<uint32_t>(place % kRunOffsetUnits) * kAddressUnit;
  entry.kind = static_cast<RecordKind>(stamp & ((1u << kRunKindBits) - 1));
  entry.sequence = base_sequence_ + (stamp >> kRunKindBits);
  const bool holds = (entry.kind == RecordKind::put || entry.kind == RecordKind::del) && entry.offset >= kBlock &&
                     (data_end_ == 0 || entry.offset < data_end_) && entry.sequence <= kSequenceMax;
  return holds ? Errc::ok : Errc::corrupt;
}

// Among `count` entries, how many have a hash whose kept bits are below those of `hash`.
uint64_t Run::lower_bound(const uint8_t* entries, uint64_t count, uint64_t hash) const {
  uint64_t low = 0;
  while (low < count) {
    const uint64_t middle = low + (count - low) / 2;
    if (load<uint64_t>(entries + middle * entry_bytes_) / kRunOffsetUnits < hash / kRunOffsetUnits)
      low = middle + 1;
    else
      count = middle;
  }
  return low;
}

// From entry `at` on, which is then the first that is beyond the range.
Errc Run::append_until(const uint8_t* entries, uint64_t& at, uint64_t end, uint64_t last_hash,
                       std::vector<RunEntry>& out) const {
  const uint64_t last_kept = last_hash / kRunOffsetUnits;
  for (; at < end; ++at) {
    const uint8_t* place = entries + at * entry_bytes_;
    if (load<uint64_t>(place) / kRunOffsetUnits > last_kept) break;
    RunEntry entry;
    if (decode(place, entry) != Errc::ok) return Errc::corrupt;
    out.push_back(entry);
  }
  return Errc::ok;
}

Task<Status> Run::read_range(uint64_t first_hash, uint64_t last_hash, std::vector<RunEntry>& out) {
  if (Cursor cursor; is_loaded_) co_return collect_range(first_hash, last_hash, out, cursor);
  if (first_hash > last_hash) co_return Status();
  const uint64_t first = run_bucket(first_hash, fence_bits_), last = run_bucket(last_hash, fence_bits_);
  const uint64_t count = fence(last + 1) - fence(first);
  if (count == 0) co_return Status();
  const uint64_t begin = entries_offset_ + fence(first) * entry_bytes_;
  const uint64_t aligned = align_down(begin, kBlock);
  AlignedBuffer buffer(align_up(begin + count * entry_bytes_, kBlock) - aligned);
  Status read = co_await io::read_exact(disk_, file_, aligned, buffer.data(), buffer.size());
  if (!read.ok()) co_return read;
  const uint8_t* entries = buffer.data() + (begin - aligned);
  Status checked = check_buckets(first, last, entries);
  if (!checked.ok()) co_return checked;
  uint64_t at = lower_bound(entries, count, first_hash);
  const Errc appended = append_until(entries, at, count, last_hash, out);
  co_return appended == Errc::ok ? Status() : damaged(appended);
}

Task<Status> Run::load_all() {
  if (is_loaded_) co_return Status();
  AlignedBuffer buffer(align_up(entries_ * entry_bytes_, kBlock));
  Status read = co_await io::read_exact(disk_, file_, entries_offset_, buffer.data(), buffer.size());
  if (!read.ok()) co_return read;
  Status checked = check_buckets(0, (1ull << fence_bits_) - 1, buffer.data());
  if (!checked.ok()) co_return checked;
  loaded_ = std::move(buffer);
  is_loaded_ = true;
  co_return Status();
}

// What the next range will want is on its way to the processor's cache when this one is done: among many runs, each is
// long forgotten when its turn comes again.
Status Run::collect_range(uint64_t first_hash, uint64_t last_hash, std::vector<RunEntry>& out, Cursor& cursor) const {
  if (!is_loaded_) return {Errc::internal, "run is not loaded"};
  if (first_hash > last_hash) return {};
  if (cursor.hash != first_hash || first_hash == 0) {
    const uint64_t bucket = run_bucket(first_hash, fence_bits_);
    const uint64_t first = fence(bucket);
    cursor.entry = first + lower_bound(loaded_.data() + first * entry_bytes_, fence(bucket + 1) - first, first_hash);
  }
  const size_t before = out.size();
  const Errc appended = append_until(loaded_.data(), cursor.entry, entries_, last_hash, out);
  if (appended != Errc::ok) {
    cursor = {};
    return damaged(appended);
  }
  cursor.hash = last_hash + 1;
  const uint8_t* next = loaded_.data() + cursor.entry * entry_bytes_;
  for (size_t line = 0; line <= (out.size() - before) * entry_bytes_; line += 64) prefetch_line(next + line);
  return {};
}

void Run::release() {
  loaded_ = AlignedBuffer();
  is_loaded_ = false;
}

Task<void> Run::close() { co_await io::close(disk_, std::exchange(file_, 0)); }

}  // namespace foreshard
