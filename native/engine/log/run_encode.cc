// Sorting and encoding a run.
#include <algorithm>

#include "engine/base/cursor.h"
#include "engine/base/file_header.h"
#include "engine/log/run.h"
#include "engine/log/run_format.h"

namespace foreshard {

void write_run_header(uint8_t* block, const RunHeader& header) {
  ByteWriter writer;
  writer.zeros(kFileHeaderStart);
  writer.put<uint64_t>(header.store_id);
  writer.put<uint64_t>(header.segment_id);
  writer.put<uint64_t>(header.nonce);
  writer.put<uint64_t>(header.layout.entries);
  writer.put<uint64_t>(header.base_sequence);
  writer.put<uint32_t>(header.layout.fence_bits);
  writer.put<uint32_t>(header.layout.entry_bytes);
  writer.put<uint64_t>(header.layout.entries_offset());
  writer.put<uint64_t>(header.layout.file_length());
  writer.put<uint64_t>(header.last_sequence);
  writer.put<uint64_t>(header.fences_checksum);
  seal_file_header({writer.data(), writer.size()}, kRunMagic, kRunVersion);
  std::memset(block, 0, kBlock);
  std::memcpy(block, writer.data(), writer.size());
}

namespace {

constexpr uint32_t kCellBits = std::countr_zero(kRunBucketEntries);  // cells in a bucket of the fences

// An entry as it is sorted: the two words that go to the file.
struct Item {
  uint64_t place;  // top of the hash, and offset
  uint64_t stamp;  // sequence number after the base, and kind
  bool operator<(const Item& other) const {
    const uint64_t hash = place / kRunOffsetUnits, other_hash = other.place / kRunOffsetUnits;
    return hash != other_hash ? hash < other_hash : stamp < other.stamp;
  }
};
static_assert(sizeof(Item) == kRunLongEntry);

Item item_of(const RunEntry& entry, uint64_t base_sequence) {
  return {(entry.hash & ~(kRunOffsetUnits - 1)) | entry.offset / kAddressUnit,
          (entry.sequence - base_sequence) << kRunKindBits | static_cast<uint64_t>(entry.kind)};
}

// Items in order; starts[b] is where bucket b of the fences begins. One pass scatters them into so many cells, by the
// top of the hash, that most cells hold one item or none; what shares a cell is sorted.
std::vector<Item> sorted_items(const std::vector<RunEntry>& entries, uint64_t base_sequence, uint32_t fence_bits,
                               std::vector<uint32_t>& starts) {
  const uint32_t cell_bits = fence_bits + kCellBits;
  std::vector<uint32_t> ends((1ull << cell_bits) + 1, 0);  // of cell c - 1, so: where cell c begins
  for (const RunEntry& entry : entries) ++ends[run_bucket(entry.hash, cell_bits) + 1];
  for (size_t cell = 1; cell < ends.size(); ++cell) ends[cell] += ends[cell - 1];
  for (size_t cell = 0; cell < ends.size(); cell += 1u << kCellBits) starts.push_back(ends[cell]);

  std::vector<Item> items(entries.size());
  for (const RunEntry& entry : entries)
    items[ends[run_bucket(entry.hash, cell_bits)]++] = item_of(entry, base_sequence);
  uint32_t begin = 0;
  for (size_t cell = 0; cell + 1 < ends.size(); begin = ends[cell++])  // by now ends[c] is the end of cell c
    if (ends[cell] - begin > 1) std::sort(items.begin() + begin, items.begin() + ends[cell]);
  return items;
}

void write_entries(uint8_t* to, const std::vector<Item>& items, uint32_t entry_bytes) {
  if (entry_bytes == kRunLongEntry) {
    if (!items.empty()) std::memcpy(to, items.data(), items.size() * kRunLongEntry);
    return;
  }
  for (const Item& item : items) {
    store<uint64_t>(to, item.place);
    store<uint32_t>(to + 8, static_cast<uint32_t>(item.stamp));
    to += kRunShortEntry;
  }
}

void write_fences(uint8_t* to, const std::vector<uint32_t>& starts, const uint8_t* entries, uint32_t entry_bytes) {
  for (size_t b = 0; b < starts.size(); ++b) {
    const uint32_t end = b + 1 < starts.size() ? starts[b + 1] : starts[b];
    const Bytes bucket(entries + starts[b] * uint64_t{entry_bytes}, (end - starts[b]) * uint64_t{entry_bytes});
    store<uint32_t>(to + b * kRunFenceBytes, starts[b]);
    store<uint32_t>(to + b * kRunFenceBytes + 4, bucket.empty() ? 0 : checksum32(bucket));
  }
}

struct SequenceRange {
  uint64_t first = 0;
  uint64_t last = 0;
};

SequenceRange sequences_of(const std::vector<RunEntry>& entries) {
  if (entries.empty()) return {};
  SequenceRange range{entries[0].sequence, entries[0].sequence};
  for (const RunEntry& entry : entries) {
    range.first = std::min(range.first, entry.sequence);
    range.last = std::max(range.last, entry.sequence);
  }
  return range;
}

RunLayout layout_for(uint64_t entries, const SequenceRange& range) {
  RunLayout layout;
  layout.entries = entries;
  while (entries >> layout.fence_bits > kRunBucketEntries && layout.fence_bits < kRunFenceBitsMax) ++layout.fence_bits;
  const bool fits = (range.last - range.first) >> (32 - kRunKindBits) == 0;
  layout.entry_bytes = fits ? kRunShortEntry : kRunLongEntry;
  return layout;
}

}  // namespace

AlignedBuffer encode_run(uint64_t store_id, const SegmentFacts& facts, const std::vector<RunEntry>& entries) {
  const SequenceRange range = sequences_of(entries);
  const RunLayout layout = layout_for(entries.size(), range);
  AlignedBuffer file(layout.file_length());
  std::vector<uint32_t> starts;
  const std::vector<Item> items = sorted_items(entries, range.first, layout.fence_bits, starts);

  uint8_t* fences = file.data() + kBlock;
  uint8_t* body = file.data() + layout.entries_offset();
  uint8_t* body_end = body + layout.entries * layout.entry_bytes;
  write_entries(body, items, layout.entry_bytes);
  write_fences(fences, starts, body, layout.entry_bytes);
  std::memset(fences + layout.fences_length(), 0, body - fences - layout.fences_length());
  std::memset(body_end, 0, file.data() + file.size() - body_end);

  const uint64_t fences_checksum = checksum64({fences, static_cast<size_t>(layout.fences_length())});
  write_run_header(file.data(),
               {store_id, facts.id, facts.nonce, range.first, range.last, fences_checksum, layout});
  return file;
}

}  // namespace foreshard
