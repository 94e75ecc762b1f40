// A run: the sorted list of a sealed segment's records, in a file beside it. It is three things at once: the segment's
// footer (the index can be rebuilt from runs alone), the delta between an index image and now (a page is loaded as:
// its image, then its slice of each later run, then the tail), and an exact filter for compaction.
//
// It is a file of its own, not the end of the segment, because recovery may not write into a segment of an earlier
// incarnation: a write of the killed process that lands late would destroy it.
//
// File: header block; fences; entries. All little-endian.
//   header (kBlock bytes): 0 u32 magic  4 u32 version  8 u64 checksum (base/file_header.h)
//     16 u64 store id  24 u64 segment id  32 u64 nonce  40 u64 entries  48 u64 base sequence  56 u32 fence bits
//     60 u32 entry bytes (12 or 16)  64 u64 offset of the entries  72 u64 file length  80 u64 last sequence
//     88 u64 checksum of the fences
//   fences: 2^bits + 1 of { u32 first entry; u32 checksum (low half) of that bucket's entry bytes }, the last one is
//     { count, 0 }; bucket b holds the entries whose hash begins with the bits b
//   entries, sorted by (hash, sequence): u64 = top 40 bits of the hash << 24 | offset in the segment / 4, then
//     u32 (u64 if 16 bytes) = (sequence - base) << 2 | kind
//
// A record that a later one of the same segment is known to replace is left out: the whole segment is durable, so the
// later one is, too. One that a record of another segment replaces stays in.
#pragma once
#include <vector>

#include "engine/base/buffer.h"
#include "engine/base/hash.h"
#include "engine/base/task.h"
#include "engine/io/disk.h"
#include "engine/log/segment.h"

namespace foreshard {

constexpr uint32_t kRunMagic = 0x4e525346;  // "FSRN"
constexpr uint32_t kRunVersion = 1;

// A record that a later one of the same segment replaces; on its way to encode_run, which leaves it out.
constexpr RecordKind kReplaced = static_cast<RecordKind>(0);

struct RunEntry {
  uint64_t hash = 0;      // writing: the whole hash; reading: its top 40 bits, the rest zero
  uint32_t offset = 0;    // in the segment; a multiple of 4
  RecordKind kind = RecordKind::put;
  uint64_t sequence = 0;
};

// Sorts and encodes: pure, may run on a helper thread. The result is the whole file.
AlignedBuffer encode_run(uint64_t store_id, const SegmentFacts& facts, const std::vector<RunEntry>& entries);

// What the manifest keeps of a run (SegmentFacts::run_checksum): the checksum of its header block, which covers all.
inline uint64_t run_checksum(Bytes file) { return checksum64(file.first(kBlock)); }

// A run that was opened: header and fences checked and in memory.
class Run {
 public:
  // `not_found`; `corrupt`, `checksum_mismatch`, `short_read`, `unsupported_version` (damaged); `wrong_store` (another
  // segment's or store's); io. facts.run_bytes 0: the manifest does not know the run, its run_checksum is not compared.
  static Task<Result<std::unique_ptr<Run>>> open(Disk& disk, std::string path, uint64_t store_id, SegmentFacts facts);
  ~Run();

  // Appends the entries whose hash lies in [first_hash, last_hash] (inclusive), in order; only the top 40 bits count.
  // Checks the buckets it reads.
  Task<Status> read_range(uint64_t first_hash, uint64_t last_hash, std::vector<RunEntry>& out);
  // All entries: one sequential read, kept in memory until release(); later read_range calls are served from it.
  Task<Status> load_all();
  // Where a range ended, for one that begins behind it.
  struct Cursor {
    uint64_t hash = 0;  // the next
    uint64_t entry = 0;
  };
  // As read_range, from memory: only after load_all. With ranges in ascending order, nothing has to be looked for.
  Status collect_range(uint64_t first_hash, uint64_t last_hash, std::vector<RunEntry>& out, Cursor& cursor) const;
  bool is_loaded() const { return is_loaded_; }
  void release();
  Task<void> close();
  uint64_t entries() const { return entries_; }
  uint64_t segment_id() const { return segment_id_; }

 private:
  Run(Disk& disk, FileId file) : disk_(disk), file_(file) {}
  Task<Status> read_head(uint64_t store_id, SegmentFacts facts, uint64_t size);
  uint64_t fence(uint64_t bucket) const;
  bool fences_hold() const;
  Status damaged(Errc code) const;
  Status check_buckets(uint64_t first, uint64_t last, const uint8_t* bytes) const;
  Errc decode(const uint8_t* at, RunEntry& entry) const;
  uint64_t lower_bound(const uint8_t* entries, uint64_t count, uint64_t hash) const;
  Errc append_until(const uint8_t* entries, uint64_t& at, uint64_t end, uint64_t last_hash,
                    std::vector<RunEntry>& out) const;

  Disk& disk_;
  FileId file_ = 0;
  uint64_t segment_id_ = 0;
  uint64_t data_end_ = 0;
  uint64_t entries_ = 0;
  uint64_t base_sequence_ = 0;
  uint64_t entries_offset_ = 0;
  uint32_t fence_bits_ = 0;
  uint32_t entry_bytes_ = 0;
  bool is_loaded_ = false;
  AlignedBuffer fences_;
  AlignedBuffer loaded_;
};

}  // namespace foreshard
