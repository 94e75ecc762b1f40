// The root of a store: which segments there are, which index images, which shards, which incarnation. Two copies,
// MANIFEST-A and MANIFEST-B, each a whole file that is replaced by write, flush, rename, flush of the directory; a
// commit is done when A is durable; B follows at once (and is what serves if A is damaged). A commit carries a version
// that grows, so the newer of two good copies wins.
//
// File: 0 u32 magic  4 u32 version  8 u64 checksum of the bytes 16..length (base/file_header.h)  16 u64 commit
//   24 u64 length  32 the other fields of Manifest in their order, each list after its u64 count; zeros up to kBlock.
//
// Committed before it is relied on: a segment before its first group, a cut before traffic, an image before the
// segments that only the previous one needed are deleted.
#pragma once
#include <memory>
#include <string>
#include <vector>

#include "engine/base/signal.h"
#include "engine/base/task.h"
#include "engine/io/disk.h"
#include "engine/log/segment.h"

namespace foreshard {

constexpr uint32_t kManifestMagic = 0x464d5346;  // "FSMF"
constexpr uint32_t kManifestVersion = 1;

struct ShardFacts {
  uint32_t id = 0;
  uint32_t epoch = 1;
  uint64_t start = 0;  // first hash of its slice; the slice ends where the next shard's begins (the last: at 2^64)
};

struct ImageFacts {
  uint64_t generation = 0;
  uint64_t begin_sequence = 0;   // every record up to this one is in every page of it
  uint64_t end_sequence = 0;     // no page of it knows a later record
  uint64_t pages = 0;
  uint64_t directory_offset = 0;
  uint64_t directory_bytes = 0;
  uint64_t directory_checksum = 0;
  uint64_t file_bytes = 0;
};

struct Manifest {
  uint64_t commit = 0;         // version of this state, grows with each commit
  uint64_t store_id = 0;
  uint64_t hash_seed = 0;
  uint32_t incarnation = 0;
  bool clean = false;          // closed in order: nothing is open, nothing to scan
  uint64_t next_segment_id = 1;
  uint64_t next_sequence = 1;  // at least; the log's tail may be further
  uint64_t last_link = 0;      // link of the last group known durable
  uint64_t durable_lsn = 0;    // known when this was written
  uint64_t wall_ms = 0;        // the expiry clock never runs backwards
  uint64_t segment_bytes = 0;  // fixed when the store is created
  uint32_t next_shard_id = 0;  // above all that were ever given
  std::vector<ShardFacts> shards;      // by start, the first at 0
  std::vector<SegmentFacts> segments;  // by id
  std::vector<ImageFacts> images;      // newest first
};

// The whole file. decode() accepts what has: segments, shards and images in order, the first shard at 0, segment ids
// above 0 and below next_segment_id, no two of them in one slot,
// shard ids below next_shard_id, no two alike.
AlignedBuffer encode_manifest(const Manifest& manifest);
// `checksum_mismatch`, `corrupt`, `short_read`, `unsupported_version`, `end` (empty file).
Result<Manifest> decode_manifest(Bytes bytes);

enum class FileHealth : uint8_t { good, absent, unreadable };

struct ManifestRead {
  FileHealth health = FileHealth::absent;  // of the pair: good if either copy is
  Manifest manifest;
  bool copy_damaged = false;               // one copy unreadable or older: to be rewritten
  Errc code = Errc::ok;                // unreadable: `unsupported_version` if that is why, else `manifest_unreadable`
  std::string detail;
};
// A copy that a newer version of the format wrote makes the pair unreadable, whatever the other copy is: that one may
// be older. Temporary files do not count.
Task<ManifestRead> read_manifest(Disk& disk, std::string directory);

// Writes manifests, one commit at a time; callers that come while one is under way share the next. Whoever starts a
// commit carries it out for those who share it: do not destroy that Task while others wait.
class ManifestWriter {
 public:
  ManifestWriter(Disk& disk, std::string directory) : disk_(disk), directory_(std::move(directory)) {}
  // `snapshot` is called when the write begins, so it says the newest state; commit numbers are filled in here.
  // ok when A is durable, and B was written after it (second_copy() says whether that went well, too). After an error
  // the state on disk is the old or the new one. `internal`: the snapshot is no valid manifest, nothing was written.
  Task<Status> commit(std::function<Manifest()> snapshot);
  void set_commit(uint64_t commit) { commit_ = commit; }
  // Why copy B is behind since the last commit that succeeded; ok if it is not.
  const Status& second_copy() const { return second_copy_; }

 private:
  struct Commit {
    bool started = false;
    bool finished = false;
    Status status;
  };
  Task<Status> write(Manifest manifest);
  Task<Status> write_copy(int copy, Bytes bytes);
  Disk& disk_;
  std::string directory_;
  uint64_t commit_ = 0;
  bool writing_ = false;
  std::shared_ptr<Commit> next_;  // not begun; whoever comes joins it
  Status second_copy_;
  Signal changed_;
};

}  // namespace foreshard
