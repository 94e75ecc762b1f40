// Reading an index image: its directory at open, then single pages or many at once.
#include <algorithm>
#include <numeric>

#include "engine/base/hash.h"
#include "engine/checkpoint/index_format.h"
#include "engine/io/transfer.h"
#include "engine/log/names.h"

namespace foreshard {
namespace {

constexpr uint64_t kReadBytes = 1 << 20;
constexpr uint32_t kReadDepth = 2;
constexpr uint64_t kHugeFrom = 1 << 20;   // memory that is new costs the reading thread as much as the read, in small pages
constexpr uint64_t kReadGap = 64 * 1024;  // reading on is cheaper than another request

bool facts_hold(const ImageFacts& facts) {
  if (facts.directory_offset < kBlock || facts.directory_offset % kBlock != 0) return false;
  if (facts.directory_offset > facts.file_bytes || facts.pages > facts.file_bytes / kIndexEntryBytes) return false;
  return facts.directory_bytes == facts.pages * kIndexEntryBytes &&
         facts.directory_bytes <= facts.file_bytes - facts.directory_offset;
}

// A stretch of the file that is read in one go, and its place in the batch's buffer.
struct Extent {
  uint64_t begin = 0;
  uint64_t end = 0;
  uint64_t buffer_offset = 0;

  uint64_t length() const { return end - begin; }
  uint64_t buffer_end() const { return buffer_offset + length(); }
};

// The stretches that cover pages [first, first + count), and per page its place in the buffer. Pages that were captured
// out of turn lie elsewhere in the file, so pages are taken in file order here.
std::vector<Extent> plan_extents(const PageImageFacts* pages, size_t count, std::vector<uint64_t>& places) {
  std::vector<size_t> order(count);
  std::iota(order.begin(), order.end(), size_t{0});
  std::sort(order.begin(), order.end(), [&](size_t a, size_t b) { return pages[a].offset < pages[b].offset; });
  std::vector<Extent> extents;
  places.resize(count);
  for (const size_t index : order) {
    const PageImageFacts& page = pages[index];
    const uint64_t begin = align_down(page.offset, kBlock), end = align_up(page.offset + page.length, kBlock);
    if (extents.empty() || begin > extents.back().end + kReadGap) {
      const uint64_t at = extents.empty() ? 0 : extents.back().buffer_end();
      extents.push_back({begin, begin, at});
    }
    Extent& extent = extents.back();
    extent.end = std::max(extent.end, end);
    places[index] = extent.buffer_offset + (page.offset - extent.begin);
  }
  return extents;
}

Bytes checked_page(const PageImageFacts& facts, const uint8_t* at) {
  const Bytes page(at, facts.length);
  return checksum32(page) == facts.checksum ? page : Bytes();
}

Status page_damaged(const PageImageFacts& facts) {
  return {Errc::checksum_mismatch, "page image at offset " + std::to_string(facts.offset)};
}

}  // namespace

Task<Result<std::unique_ptr<IndexImageReader>>> IndexImageReader::open(Disk& disk, std::string directory,
                                                                       uint64_t store_id, ImageFacts facts) {
  const std::string path = names::join(directory, names::index_image(facts.generation));
  Result<io::OpenedFile> opened = co_await io::open_to_read(disk, path);
  if (!opened.ok()) co_return opened.status();
  std::unique_ptr<IndexImageReader> reader(new IndexImageReader(disk, opened.value().file));
  Status status = co_await reader->read_head(store_id, facts, opened.value().size);
  if (!status.ok()) {
    co_await reader->close();
    if (status.detail.empty()) status.detail = path;
    co_return status;
  }
  co_return reader;
}

Task<Status> IndexImageReader::read_head(uint64_t store_id, ImageFacts facts, uint64_t size) {
  if (!facts_hold(facts)) co_return Errc::corrupt;
  if (size < facts.file_bytes) co_return Errc::short_read;
  AlignedBuffer block(kBlock);
  Status read = co_await io::read_exact(disk_, file_, 0, block.data(), kBlock);
  if (!read.ok()) co_return read;
  const Errc checked = check_index_header(block.view(), store_id, facts.generation);
  if (checked != Errc::ok) co_return checked;

  AlignedBuffer directory(facts.directory_bytes);
  read = co_await read_blocks(facts.directory_offset, directory.data(), facts.directory_bytes);
  if (!read.ok()) co_return read;
  if (checksum64(directory.view()) != facts.directory_checksum) co_return Errc::checksum_mismatch;
  pages_ = decode_index_directory(directory.view());
  co_return index_directory_holds(pages_, facts.directory_offset) ? Errc::ok : Errc::corrupt;
}

Task<Status> IndexImageReader::read_blocks(uint64_t offset, uint8_t* data, uint64_t length) {
  std::vector<io::ReadPiece> pieces;
  io::add_pieces(pieces, offset, data, length, kReadBytes);
  co_await io::ReadMany(disk_, file_, pieces, kReadDepth);
  for (const io::ReadPiece& piece : pieces)
    if (piece.code != Errc::ok) co_return piece.code;
  co_return Status();
}

Task<Status> IndexImageReader::read_page(size_t index, std::vector<uint8_t>& out) {
  if (index >= pages_.size()) co_return Errc::bad_argument;
  const PageImageFacts facts = pages_[index];
  const uint64_t begin = align_down(facts.offset, kBlock);
  AlignedBuffer buffer(facts.offset - begin + facts.length);
  Status read = co_await io::read_exact(disk_, file_, begin, buffer.data(), buffer.size());
  if (!read.ok()) co_return read;
  co_return take_page(facts, buffer.data() + (facts.offset - begin), out);
}

Status IndexImageReader::read_page_now(size_t index, std::vector<uint8_t>& out) {
  if (index >= pages_.size()) return Errc::bad_argument;
  const PageImageFacts& facts = pages_[index];
  const uint64_t begin = align_down(facts.offset, kBlock);
  AlignedBuffer buffer(facts.offset - begin + facts.length);
  Status read = io::read_exact_now(disk_, file_, begin, buffer.data(), buffer.size());
  return read.ok() ? take_page(facts, buffer.data() + (facts.offset - begin), out) : read;
}

Status IndexImageReader::take_page(const PageImageFacts& facts, const uint8_t* at, std::vector<uint8_t>& out) {
  const Bytes page = checked_page(facts, at);
  if (page.empty()) return page_damaged(facts);
  out.assign(page.begin(), page.end());
  return {};
}

Task<Result<IndexImageReader::Batch>> IndexImageReader::read_batch(size_t first, size_t count, Look look) {
  if (first > pages_.size() || count > pages_.size() - first) co_return Errc::bad_argument;
  Batch batch;
  batch.pages.resize(count);
  if (count == 0) co_return batch;
  std::vector<uint64_t> places;
  const std::vector<Extent> extents = plan_extents(&pages_[first], count, places);
  const uint64_t bytes = extents.back().buffer_end();
  batch.memory = Mapping(bytes, bytes < kHugeFrom ? Mapping::Pages::small : Mapping::Pages::huge);

  std::vector<io::ReadPiece> pieces;
  for (const Extent& extent : extents)
    io::add_pieces(pieces, extent.begin, batch.memory.data() + extent.buffer_offset, extent.length(), kReadBytes);
  co_await io::ReadMany(disk_, file_, pieces, kReadDepth);
  for (const io::ReadPiece& piece : pieces)  // what could not be read fails its pages' checksums
    if (piece.code != Errc::ok) std::memset(piece.data, 0xff, piece.length);

  const PageImageFacts* facts = &pages_[first];
  std::function<void()> check = [&batch, &places, &look, facts] {
    for (size_t i = 0; i < places.size(); ++i) {
      batch.pages[i] = checked_page(facts[i], batch.memory.data() + places[i]);
      if (!batch.pages[i].empty()) look(batch.pages[i]);
    }
  };
  co_await io::work(disk_, std::move(check));
  co_return batch;
}

Task<void> IndexImageReader::close() { co_await io::close(disk_, std::exchange(file_, 0)); }

}  // namespace foreshard
