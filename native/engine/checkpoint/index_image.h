// An index image: every page of the table in compact form (table/page.h), addresses on disk, in hash order, and a
// directory to find each page. Captured a page at a time while the store runs, so each page has a sequence number of
// its own up to which it is complete; loading a page means: its image, then every record after that number.
//
// File: header block { 0 u32 magic  4 u32 version  8 u64 checksum (base/file_header.h)  16 u64 store id  24 u64
// generation }, page images each aligned to kPageImageAlignment, and from the next block on the directory: per page
// { u64 prefix, u32 depth, u32 record bytes in units of 64, u64 captured sequence, u64 offset, u32 length, u32 checksum (low
// half), f32 decayed sums of its accesses: reads, writes, reads of absent keys, for each half-life (table/page_heat.h), u32 the
// time of the heat clock that they are of, in ms, u32 zero }.
// The manifest holds the directory's place and checksum.
#pragma once
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "engine/base/mapping.h"
#include "engine/base/task.h"
#include "engine/checkpoint/manifest.h"
#include "engine/io/disk.h"
#include "engine/log/replace_file.h"
#include "engine/table/page_heat.h"

namespace foreshard {

constexpr uint32_t kIndexImageMagic = 0x58495346;  // "FSIX"
constexpr uint32_t kIndexImageVersion = 2;
constexpr uint32_t kPageImageAlignment = 8;

struct PageImageFacts {
  uint64_t prefix = 0;  // left-aligned
  uint8_t depth = 0;
  uint64_t record_bytes = 0;  // of the records that its entries point at: an estimate
  uint64_t captured_sequence = 0;
  uint64_t offset = 0;
  uint32_t length = 0;
  uint32_t checksum = 0;
  PageHeat heat;
};

// Writes one generation: pages are encoded on helper threads, and written behind that. finish() sorts the directory.
class IndexImageWriter {
 public:
  static constexpr size_t kPagesMax = 8;  // added at once

  IndexImageWriter(Disk& disk, std::string directory, uint64_t store_id, uint64_t generation, Pace pace);
  Task<Status> begin();
  // On a helper thread, `encode(i, to)` writes page i (not empty, at most Page::max_encoded_size()) and answers its length;
  // offset, length and checksum are filled in here. In any order, also several at the same time.
  using Encode = std::function<size_t(size_t page, uint8_t* to)>;
  Task<Status> add(std::vector<PageImageFacts> pages, Encode encode);
  // Not while anything is added. Writes the directory, flushes the file, renames it into place, flushes the directory of
  // files. The facts are for the manifest (sequences are the caller's to fill in). An error of any add() comes back here;
  // then nothing of it is left.
  Task<Result<ImageFacts>> finish();
  // Removes what was written so far.
  Task<void> abandon();

 private:
  uint64_t store_id_;
  uint64_t generation_;
  Disk& disk_;
  FileReplacement file_;
  WritesBehind behind_;
  uint64_t end_ = kBlock;  // of the file so far
  std::vector<PageImageFacts> pages_;
};

class IndexImageReader {
 public:
  // `not_found`; `corrupt`, `checksum_mismatch`, `short_read`, `unsupported_version` (damaged); `wrong_store` (or
  // another generation); io.
  static Task<Result<std::unique_ptr<IndexImageReader>>> open(Disk& disk, std::string directory, uint64_t store_id,
                                                              ImageFacts facts);
  const std::vector<PageImageFacts>& pages() const { return pages_; }  // by prefix, without overlaps
  // One page's bytes, checked; `checksum_mismatch` if damaged.
  Task<Status> read_page(size_t index, std::vector<uint8_t>& out);
  // Pages [first, first + count) at once, by large reads: one region of memory, with a view into it per page; a page that is
  // damaged or cannot be read has an empty view. `look` gets each good page, on the thread that checks them, before
  // they are returned. `bad_argument`: there are no such pages.
  struct Batch {
    Mapping memory;
    std::vector<Bytes> pages;
  };
  using Look = std::function<void(Bytes page)>;
  Task<Result<Batch>> read_batch(size_t first, size_t count, Look look = [](Bytes) {});
  // The same on the calling thread, blocking, for a synchronous get.
  Status read_page_now(size_t index, std::vector<uint8_t>& out);
  Task<void> close();

 private:
  IndexImageReader(Disk& disk, FileId file) : disk_(disk), file_(file) {}
  Task<Status> read_head(uint64_t store_id, ImageFacts facts, uint64_t size);
  Task<Status> read_blocks(uint64_t offset, uint8_t* data, uint64_t length);
  static Status take_page(const PageImageFacts& facts, const uint8_t* at, std::vector<uint8_t>& out);

  Disk& disk_;
  FileId file_ = 0;
  std::vector<PageImageFacts> pages_;
};

}  // namespace foreshard
