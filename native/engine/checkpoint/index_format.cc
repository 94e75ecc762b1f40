// Header and directory of an index image.
#include "engine/checkpoint/index_format.h"

#include <algorithm>
#include <bit>

#include "engine/base/cursor.h"
#include "engine/base/file_header.h"

namespace foreshard {
namespace {

uint64_t last_hash(const PageImageFacts& page) { return page.depth == 0 ? ~0ull : page.prefix | ~0ull >> page.depth; }

constexpr uint64_t kRecordUnit = 64;

uint32_t in_units(uint64_t bytes) { return static_cast<uint32_t>(std::min<uint64_t>(align_up(bytes, kRecordUnit) / kRecordUnit, UINT32_MAX)); }

void write_heat(ByteWriter& writer, const PageHeat& heat) {
  for (const auto& kind : heat.sums)
    for (const float sum : kind) writer.put<uint32_t>(std::bit_cast<uint32_t>(sum));
  writer.put<uint32_t>(heat.folded_ms);
  writer.put<uint32_t>(0);
}

PageHeat read_heat(ByteReader& reader) {
  PageHeat heat;
  for (auto& kind : heat.sums)
    for (float& sum : kind) {
      sum = std::bit_cast<float>(reader.take<uint32_t>());
      if (!(sum >= 0 && sum <= kHeatSumMax)) sum = 0;
    }
  heat.folded_ms = std::min(reader.take<uint32_t>(), kHeatClockMax);
  reader.take<uint32_t>();
  return heat;
}

bool page_holds(const PageImageFacts& page, uint64_t pages_end) {
  if (page.depth > kMaxPageDepth || (page.depth == 0 ? page.prefix != 0 : page.prefix << page.depth != 0)) return false;
  if (page.length == 0 || page.length > kPageImageMax) return false;
  return page.offset % kPageImageAlignment == 0 && page.offset >= kBlock && page.offset <= pages_end &&
         page.length <= pages_end - page.offset;
}

}  // namespace

void write_index_header(uint8_t* block, uint64_t store_id, uint64_t generation) {
  std::memset(block, 0, kBlock);
  store<uint64_t>(block + 16, store_id);
  store<uint64_t>(block + 24, generation);
  seal_file_header({block, kIndexHeaderBytes}, kIndexImageMagic, kIndexImageVersion);
}

Errc check_index_header(Bytes block, uint64_t store_id, uint64_t generation) {
  const Errc checked = check_file_header(block, kIndexHeaderBytes, kIndexImageMagic, kIndexImageVersion);
  if (checked != Errc::ok) return checked;
  const bool ours = load<uint64_t>(block.data() + 16) == store_id && load<uint64_t>(block.data() + 24) == generation;
  return ours ? Errc::ok : Errc::wrong_store;
}

std::vector<uint8_t> encode_index_directory(const std::vector<PageImageFacts>& pages) {
  ByteWriter writer;
  for (const PageImageFacts& page : pages) {
    writer.put<uint64_t>(page.prefix);
    writer.put<uint32_t>(page.depth);
    writer.put<uint32_t>(in_units(page.record_bytes));
    writer.put<uint64_t>(page.captured_sequence);
    writer.put<uint64_t>(page.offset);
    writer.put<uint32_t>(page.length);
    writer.put<uint32_t>(page.checksum);
    write_heat(writer, page.heat);
  }
  return writer.take();
}

std::vector<PageImageFacts> decode_index_directory(Bytes bytes) {
  ByteReader reader(bytes);
  std::vector<PageImageFacts> pages(bytes.size() / kIndexEntryBytes);
  for (PageImageFacts& page : pages) {
    page.prefix = reader.take<uint64_t>();
    page.depth = static_cast<uint8_t>(reader.take<uint32_t>());
    page.record_bytes = reader.take<uint32_t>() * kRecordUnit;
    page.captured_sequence = reader.take<uint64_t>();
    page.offset = reader.take<uint64_t>();
    page.length = reader.take<uint32_t>();
    page.checksum = reader.take<uint32_t>();
    page.heat = read_heat(reader);
  }
  return pages;
}

bool index_directory_holds(const std::vector<PageImageFacts>& pages, uint64_t pages_end) {
  for (size_t i = 0; i < pages.size(); ++i) {
    if (!page_holds(pages[i], pages_end)) return false;
    if (i > 0 && pages[i].prefix <= last_hash(pages[i - 1])) return false;
  }
  return true;
}

}  // namespace foreshard
