// Writing an index image: pages in parts of whole blocks, then the directory.
#include <algorithm>
#include <cassert>

#include "engine/base/cursor.h"
#include "engine/base/hash.h"
#include "engine/checkpoint/index_format.h"
#include "engine/io/await.h"
#include "engine/log/names.h"

namespace foreshard {
namespace {

constexpr size_t kPageRoom = align_up(Page::max_encoded_size(), kPageImageAlignment);

// One page behind the other, with their places relative to `to`; answers the bytes up to the end of the last block.
uint64_t encode_pages(std::vector<PageImageFacts>& pages, const IndexImageWriter::Encode& encode, uint8_t* to) {
  uint64_t used = 0;
  const auto fill_up = [&](uint64_t alignment) {
    const uint64_t end = align_up(used, alignment);
    std::memset(to + used, 0, end - used);
    used = end;
  };
  for (size_t i = 0; i < pages.size(); ++i) {
    const size_t size = encode(i, to + used);
    pages[i].offset = used;
    pages[i].length = static_cast<uint32_t>(size);
    pages[i].checksum = checksum32({to + used, size});
    used += size;
    fill_up(kPageImageAlignment);
  }
  fill_up(kBlock);
  return used;
}

}  // namespace

IndexImageWriter::IndexImageWriter(Disk& disk, std::string directory, uint64_t store_id, uint64_t generation, Pace pace)
    : store_id_(store_id),
      generation_(generation),
      disk_(disk),
      file_(disk, std::move(directory), names::index_image(generation), pace),
      behind_(file_, pace, kPagesMax * kPageRoom) {}

Task<Status> IndexImageWriter::begin() { return file_.begin(); }

Task<Status> IndexImageWriter::add(std::vector<PageImageFacts> pages, Encode encode) {
  assert(pages.size() <= kPagesMax);
  AlignedBuffer part = behind_.take();
  uint64_t length = 0;
  std::function<void()> work = [&] { length = encode_pages(pages, encode, part.data()); };
  co_await io::work(disk_, std::move(work));
  const uint64_t offset = std::exchange(end_, end_ + length);
  for (PageImageFacts& page : pages) {
    page.offset += offset;
    pages_.push_back(page);
  }
  co_await behind_.put(offset, std::move(part), length);
  co_return file_.status();
}

Task<Result<ImageFacts>> IndexImageWriter::finish() {
  co_await behind_.all();
  std::sort(pages_.begin(), pages_.end(),
            [](const PageImageFacts& a, const PageImageFacts& b) { return a.prefix < b.prefix; });
  if (!index_directory_holds(pages_, end_)) {
    co_await abandon();
    co_return Status(Errc::internal, "the pages of an index image do not fit together");
  }
  const std::vector<uint8_t> directory = encode_index_directory(pages_);
  const AlignedBuffer blocks = to_blocks(directory);
  co_await file_.write(end_, blocks.data(), blocks.size());
  AlignedBuffer header(kBlock);
  write_index_header(header.data(), store_id_, generation_);
  co_await file_.write(0, header.data(), kBlock);
  Status finished = co_await file_.finish();
  if (!finished.ok()) co_return finished;

  ImageFacts facts;
  facts.generation = generation_;
  facts.pages = pages_.size();
  facts.directory_offset = end_;
  facts.directory_bytes = directory.size();
  facts.directory_checksum = checksum64(directory);
  facts.file_bytes = end_ + blocks.size();
  co_return facts;
}

Task<void> IndexImageWriter::abandon() {
  co_await behind_.all();
  co_await file_.abandon();
}

}  // namespace foreshard
