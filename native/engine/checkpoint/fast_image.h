// A fast-restore image: contiguous copies of the records that will be wanted first, one file per class, the classes in
// the order in which they will be wanted, within a band of heat by hash (so that restoring touches page after page). It is
// a cache: every doubt about it costs speed only.
//
// A record is admitted at recovery only if its disk address is what the loaded page says AND the segment at that
// address is the very segment that the image means: the header lists (id, nonce) of every segment that it refers to,
// so an image of another day, another store or another history cannot be mistaken.
//
// File: header block; from the next block on the chunks, kChunkBytes each, the last one only as long as needed; then
// the segment list { u64 id, u64 nonce } by id. All parts begin at multiples of kBlock.
//   header   0 u32 magic  4 u32 version  8 u64 checksum (base/file_header.h)  16 u64 store id  24 u64 LSN and
//     32 u64 link of the last group known durable when it was written  40 u64 created, Unix ms  48 u32 incarnation  52 u32 class
//     56 u32 chunks  60 u32 segments  64 u64 records  72 u64 bytes of entries  80 u64 offset of the segment list
//     88 u64 checksum of the segment list
//   chunk    the bytes of an arena chunk as they are read into memory (table/arena.h): 64 bytes { u32 magic, u32 index,
//     u64 checksum of the bytes 16..used seeded with bytes 0..8, u32 used, u32 records, zeros }, then per record
//     u64 disk address and the record
#pragma once
#include <array>
#include <bitset>
#include <memory>
#include <string>
#include <vector>

#include "engine/base/task.h"
#include "engine/io/disk.h"
#include "engine/log/record.h"
#include "engine/log/replace_file.h"
#include "engine/log/segment.h"
#include "engine/table/arena.h"

namespace foreshard {

constexpr uint32_t kFastImageMagic = 0x58465346;  // "FSFX"
constexpr uint32_t kFastImageVersion = 1;
constexpr uint32_t kFastChunkMagic = 0x48435346;  // "FSCH"
constexpr uint64_t kFastRecordMax = kChunkBytes / 2;

struct FastImageStamp {
  uint64_t store_id = 0;
  uint32_t incarnation = 0;
  uint32_t class_number = 0;
  uint64_t lsn = 0;
  uint64_t link = 0;
  uint64_t created_ms = 0;
  int64_t below_rank = INT64_MAX;  // it holds no key of this rank of heat or above, relative to the clock then
};

struct FastImageSegment {
  uint64_t id = 0;
  uint64_t nonce = 0;
};

// Copies records into chunks on helper threads, and writes the chunks behind that.
class FastImageWriter {
 public:
  static constexpr uint32_t kLanes = 2;  // that may add at the same time

  FastImageWriter(Disk& disk, std::string directory, FastImageStamp stamp, Pace pace);
  Task<Status> begin();
  // Records of an arena, each behind its prefix, that stay as they are meanwhile (Arena::begin_reading). Those that cannot be
  // in an image are left out: tombstones, records of more than kFastRecordMax, and without a place on disk.
  Task<Status> add(std::vector<const uint8_t*> records, uint32_t lane = 0);
  // Not while anything is added. `segments`: the facts of every segment that a record's place is in; others are left out. An
  // error of any add() comes back here; then the image of before is still in place, unless only the last step failed.
  Task<Status> finish(std::vector<SegmentFacts> segments);
  Task<void> abandon();
  uint64_t bytes() const { return bytes_; }  // of entries
  uint64_t records() const { return records_; }

 private:
  // A chunk that is being filled, and what is known of those that were.
  struct Lane {
    AlignedBuffer chunk;
    uint32_t used = kChunkHeader;
    uint32_t records = 0;  // in the chunk
    std::bitset<kSegmentSlots> slots;  // referred to
  };
  static size_t fill(Lane& lane, const std::vector<const uint8_t*>& records, size_t next);
  Task<> write_chunk(Lane& lane, uint64_t length);
  Task<> write_rest();
  Task<> write_head(std::vector<FastImageSegment> list);

  Disk& disk_;
  FastImageStamp stamp_;
  FileReplacement file_;
  WritesBehind behind_;
  std::array<Lane, kLanes> lanes_;
  uint32_t chunks_ = 0;
  uint64_t end_ = kBlock;  // of the file so far
  uint64_t bytes_ = 0;
  uint64_t records_ = 0;
};

class FastImageReader {
 public:
  // `not_found`; `corrupt`, `checksum_mismatch`, `short_read`, `unsupported_version`; `wrong_store` (or another class);
  // io: none of them is more than a lost cache.
  static Task<Result<std::unique_ptr<FastImageReader>>> open(Disk& disk, std::string directory, uint64_t store_id,
                                                             uint32_t class_number);
  const FastImageStamp& stamp() const { return stamp_; }
  uint32_t chunks() const { return chunks_; }
  uint64_t records() const { return records_; }
  uint64_t bytes() const { return bytes_; }  // of entries
  // Is this the very segment that the image means by its id?
  bool refers_to(const SegmentFacts& facts) const;
  // Reads chunk `index` straight into `chunk` (kChunkBytes, aligned); behind its entries `chunk` holds anything.
  // `bad_argument`: there is no such chunk.
  Task<Status> read_chunk(uint32_t index, MutableBytes chunk);
  // Checks what was read, on any thread: `used` is the offset behind its last entry.
  Errc check_chunk(uint32_t index, Bytes chunk, uint32_t& used) const;
  // Calls visit(disk address, RecordView, offset of the record in the chunk) over a checked chunk; false if its lengths
  // do not add up.
  template <class Visit>
  static bool for_each(Bytes chunk, uint32_t used, Visit&& visit);
  Task<void> close();

 private:
  FastImageReader(Disk& disk, FileId file) : disk_(disk), file_(file) {}
  Task<Status> read_head(uint64_t store_id, uint32_t class_number, uint64_t size);
  uint64_t chunk_length(uint32_t index) const;

  Disk& disk_;
  FileId file_ = 0;
  FastImageStamp stamp_;
  uint32_t chunks_ = 0;
  uint64_t records_ = 0;
  uint64_t bytes_ = 0;
  uint64_t chunks_end_ = 0;  // in the file
  std::vector<FastImageSegment> segments_;
};

template <class Visit>
bool FastImageReader::for_each(Bytes chunk, uint32_t used, Visit&& visit) {
  if (used > chunk.size()) return false;
  uint32_t at = kChunkHeader;
  while (at < used) {
    const uint64_t entry = checked_entry_size(chunk.data() + at, used - at);
    if (entry == 0) return false;
    const uint32_t offset = at + kRecordPrefix;
    visit(Address(load<uint64_t>(chunk.data() + at)), RecordView(chunk.data() + offset), offset);
    at += static_cast<uint32_t>(entry);
  }
  return at == used;
}

}  // namespace foreshard
