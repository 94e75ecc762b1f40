// Writing an index image: a stream of pages in whole blocks, then the directory.
#include <algorithm>

#include "engine/base/cursor.h"
#include "engine/base/hash.h"
#include "engine/checkpoint/index_format.h"
#include "engine/log/names.h"

namespace foreshard {
namespace {

constexpr uint64_t kDrainAt = kPacedChunk;
static_assert(kDrainAt % kBlock == 0);

}  // namespace

IndexImageWriter::IndexImageWriter(Disk& disk, std::string directory, uint64_t store_id, uint64_t generation,
                                   uint64_t bytes_per_second)
    : store_id_(store_id),
      generation_(generation),
      file_(disk, std::move(directory), names::index_image(generation), Pace{true, bytes_per_second}),
      buffer_(kBlock + kDrainAt + kPageImageMax) {}

Task<Status> IndexImageWriter::begin() {
  write_index_header(buffer_.data(), store_id_, generation_);
  used_ = kBlock;
  Status begun = co_await file_.begin();
  co_return begun;
}

bool IndexImageWriter::add(PageImageFacts facts, Bytes page) {
  const uint64_t at = align_up(used_, kPageImageAlignment);
  if (at + page.size() > buffer_.size()) return false;
  std::memset(buffer_.data() + used_, 0, at - used_);
  std::memcpy(buffer_.data() + at, page.data(), page.size());
  used_ = at + page.size();
  facts.offset = written_ + at;
  facts.length = static_cast<uint32_t>(page.size());
  facts.checksum = checksum32(page);
  pages_.push_back(facts);
  return true;
}

bool IndexImageWriter::wants_flush() const { return used_ >= kDrainAt; }

Task<Status> IndexImageWriter::flush() {
  const uint64_t whole = wants_flush() ? kDrainAt : align_down(used_, kBlock);
  Status drained = co_await file_.write(written_, buffer_.data(), whole);
  written_ += whole;
  used_ -= whole;
  std::memmove(buffer_.data(), buffer_.data() + whole, used_);
  co_return drained;
}

Task<Result<ImageFacts>> IndexImageWriter::finish() {
  const uint64_t end = align_up(used_, kBlock);
  std::memset(buffer_.data() + used_, 0, end - used_);
  used_ = end;
  while (used_ > 0) co_await flush();

  std::sort(pages_.begin(), pages_.end(),
            [](const PageImageFacts& a, const PageImageFacts& b) { return a.prefix < b.prefix; });
  if (!index_directory_holds(pages_, written_)) {
    co_await abandon();
    co_return Status(Errc::internal, "the pages of an index image do not fit together");
  }
  const std::vector<uint8_t> directory = encode_index_directory(pages_);
  const AlignedBuffer blocks = to_blocks(directory);
  co_await file_.write(written_, blocks.data(), blocks.size());
  Status finished = co_await file_.finish();
  if (!finished.ok()) co_return finished;

  ImageFacts facts;
  facts.generation = generation_;
  facts.pages = pages_.size();
  facts.directory_offset = written_;
  facts.directory_bytes = directory.size();
  facts.directory_checksum = checksum64(directory);
  facts.file_bytes = written_ + blocks.size();
  co_return facts;
}

Task<void> IndexImageWriter::abandon() { return file_.abandon(); }

}  // namespace foreshard
