// Log-structured memory for resident records. Records are appended to chunks of 1 MiB; a chunk is emptied as a whole
// (see eviction.h) and used again. A record of more than half a chunk has a chunk of its own size.
//
//   chunk    64-byte header (of an image chunk: the file's own; else unused), then entries without gaps
//   entry    u64 prefix, record (log/record.h)
//   prefix   disk Address raw (0: not assigned yet); in memory it is a cell of log/address.h, and its flag means: dead
//
// So offset 0 is never a record, and a chunk of a fast-restore image is read by O_DIRECT right into its place.
// A record keeps its address until its chunk is freed. Out of memory ends the process.
#pragma once
#include <array>
#include <vector>

#include "engine/base/bytes.h"
#include "engine/base/mapping.h"
#include "engine/base/prefetch.h"
#include "engine/base/status.h"
#include "engine/log/address.h"
#include "engine/log/record.h"

namespace foreshard {

constexpr uint32_t kChunkHeader = 64;
constexpr uint32_t kRecordPrefix = 8;
constexpr uint64_t kOwnChunkBytes = kChunkBytes / 2;  // longer entries get a chunk of their own

static_assert(kChunkHeader % kAddressUnit == 0 && kRecordPrefix % kAddressUnit == 0);
static_assert(kRecordAlignment % kAddressUnit == 0);

// The bytes of the entry that begins there, with its disk address, or 0 if there is none that can be trusted.
uint64_t checked_entry_size(const uint8_t* at, uint64_t left);

// Copies and new records are kept apart: what was copied forward is older and hotter, and not pinned.
enum class ArenaHead : uint8_t { fresh, forwarded };

struct Chunk {
  enum class State : uint8_t { free, open, sealed, reading, retired };

  uint8_t* base = nullptr;
  uint64_t capacity = 0;
  uint64_t used = 0;  // offset behind the last entry
  uint64_t dead = 0;  // bytes of entries
  // May be emptied only when the durable sequence has reached the first of these, and freed when it has reached both.
  uint64_t pinned_until_sequence = 0;
  uint64_t held_until_sequence = 0;
  uint64_t revivals = 0;  // grows when a record that was dead is current again
  uint64_t birth = 0;  // grows with each opening of a chunk
  State state = State::free;
  bool returned = false;  // free, and its memory is with the system
  Mapping own;            // of a chunk of its own size

  uint64_t live() const { return used - kChunkHeader - dead; }
};

struct ArenaStats {
  uint64_t used_bytes = 0;      // entries, dead ones included
  uint64_t dead_bytes = 0;
  uint64_t chunk_bytes = 0;     // chunks that hold entries: this is what the limit is about
  uint64_t free_bytes = 0;      // free chunks kept for reuse
  uint64_t resident_limit = 0;
};

class Arena {
 public:
  explicit Arena(uint64_t resident_limit);
  Arena(const Arena&) = delete;
  Arena& operator=(const Arena&) = delete;

  // Room for a record (its prefix zeroed). The caller writes the record before anything else uses the arena. Never
  // fails, and may pass the limit: the caller runs eviction and slows writers.
  uint8_t* allocate(uint64_t record_size, Address& out, ArenaHead head = ArenaHead::fresh);

  const uint8_t* record(Address address) const { return bases_[address.chunk()] + address.chunk_offset(); }
  uint8_t* record(Address address) { return bases_[address.chunk()] + address.chunk_offset(); }
  RecordView view(Address address) const { return RecordView(record(address)); }

  Address disk_address(Address address) const { return read_address_cell(record(address)); }
  void set_disk_address(Address address, Address disk) { write_address_cell(record(address), disk); }
  // Prefetches what disk_address() reads.
  void prefetch(Address address) const { prefetch_line(record(address) - kRecordPrefix); }
  // And what is needed to compare a short key.
  void prefetch_entry(Address address) const {
    prefetch(address);
    prefetch_line(record(address) + kRecordHeader);
  }

  // No entry points to the record any more. Twice is as good as once. revive() takes it back (a flush failed and the
  // overwritten version is current again; hold() kept it).
  void mark_dead(Address address);
  void revive(Address address);
  bool is_dead(Address address) const { return cell::flag(record(address)); }
  // The chunk of the record stays until the durable sequence has reached `sequence`.
  void pin(Address address, uint64_t sequence) {
    uint64_t& pinned = chunks_[address.chunk()].pinned_until_sequence;
    if (sequence > pinned) pinned = sequence;
  }
  // The bytes of the record stay until the durable sequence has reached `sequence`; no entry points to it meanwhile.
  void hold(Address address, uint64_t sequence) {
    uint64_t& held = chunks_[address.chunk()].held_until_sequence;
    if (sequence > held) held = sequence;
  }

  void unpin(uint32_t chunk) { chunks_[chunk].pinned_until_sequence = 0; }

  // Adopting a chunk of an image: open, read the chunk from the file into `buffer` (header included), then either
  // finish with the offset behind its last entry, or abandon. finish() checks the structure (not the checksums): on
  // `corrupt` the chunk is gone; finish_checked() is for who has walked it already. Afterwards each record is linked in
  // the table or marked dead by the caller.
  uint32_t open_chunk_for_read(MutableBytes& buffer, uint64_t bytes = kChunkBytes);
  Status finish(uint32_t chunk, uint64_t used);
  void finish_checked(uint32_t chunk, uint64_t used);
  void abandon(uint32_t chunk) { free_chunk(chunk); }

  // Memory ahead of the writer, whose first touch of it would cost more than the write. True now and then: then whoever
  // calls begins, has the memory made present on any thread (Mapping::populate), and ends. So does who knows how much it
  // will write: free_bytes of the statistics says what is present.
  bool wants_ahead() const {
    const uint32_t head = heads_[static_cast<size_t>(ArenaHead::fresh)];
    return ahead_ == 0 && free_chunks_.empty() && head != kNoChunk && chunks_[head].used > kChunkBytes / 2 && !over_limit();
  }
  uint32_t begin_ahead(MutableBytes& memory);
  void end_ahead(uint32_t chunk);

  // Walking a chunk's records, dead ones included; Address() at the end.
  Address first_record(uint32_t chunk) const { return record_at(chunk, kChunkHeader); }
  Address next_record(Address address) const {
    return record_at(address.chunk(), address.chunk_offset() + view(address).size());
  }

  // Helpers read records between begin and end: what is freed meanwhile stays as it was. (Records never change; of their
  // prefixes see log/address.h.) bases() says where a chunk is.
  uint64_t begin_reading();
  void end_reading(uint64_t reading);
  const std::vector<uint8_t*>& bases() const { return bases_; }

  // For eviction.
  size_t chunk_count() const { return chunks_.size(); }
  const Chunk& chunk(uint32_t index) const { return chunks_[index]; }
  void free_chunk(uint32_t index);
  // No entry points into the chunk: it is freed by reclaim() when nothing in it is held.
  void retire(uint32_t index);
  void reclaim(uint64_t durable_sequence);
  void renew(uint32_t index) { chunks_[index].birth = ++births_; }  // as if it had just been opened
  // More than this share of what was written into chunks is dead (and more than a few chunks).
  bool dead_beyond(double share) const {
    return static_cast<double>(stats_.dead_bytes) > share * static_cast<double>(stats_.used_bytes) + kDeadTolerated;
  }
  // Chunks hold more than the limit less a small reserve.
  bool over_limit() const { return stats_.chunk_bytes + reserve_ > stats_.resident_limit; }

  void set_resident_limit(uint64_t bytes);
  const ArenaStats& stats() const { return stats_; }

 private:
  static constexpr uint32_t kNoChunk = ~0u;
  static constexpr double kDeadTolerated = 4.0 * kChunkBytes;

  static uint64_t entry_size(RecordView record) { return kRecordPrefix + record.size(); }
  Address record_at(uint32_t chunk, uint64_t entry_offset) const {
    return entry_offset < chunks_[chunk].used ? Address::memory(chunk, entry_offset + kRecordPrefix) : Address();
  }
  uint8_t* append(uint32_t index, uint64_t entry_bytes, Address& out);
  uint32_t chunk_with_room(uint64_t entry_bytes, ArenaHead head);
  uint32_t open_chunk(uint32_t index);
  uint32_t take_standard_chunk();
  uint32_t take_own_chunk(uint64_t capacity);
  void map_slab();
  void release(uint32_t index);
  void return_memory();

  std::vector<uint8_t*> bases_;  // by chunk: all that a lookup needs
  std::vector<Chunk> chunks_;
  std::vector<Mapping> slabs_;
  std::vector<uint32_t> free_chunks_;    // with memory; the last one is used first
  std::vector<uint32_t> returned_;       // without
  std::vector<uint32_t> free_indices_;   // of chunks of their own size
  std::vector<uint32_t> retired_;
  struct Freed {
    uint32_t index;
    uint64_t readings;  // that had begun
  };
  std::vector<Freed> freed_;         // while it was read
  std::vector<uint64_t> readings_;   // under way, in the order of their beginning
  uint64_t readings_begun_ = 0;
  std::array<uint32_t, 2> heads_ = {kNoChunk, kNoChunk};
  uint32_t ahead_ = 0;  // chunks whose memory is being made present
  uint64_t births_ = 0;
  uint64_t reserve_ = 0;
  ArenaStats stats_;
};

inline uint8_t* Arena::append(uint32_t index, uint64_t entry_bytes, Address& out) {
  Chunk& chunk = chunks_[index];
  out = Address::memory(index, chunk.used + kRecordPrefix);
  uint8_t* at = chunk.base + chunk.used;
  chunk.used += entry_bytes;
  stats_.used_bytes += entry_bytes;
  store<uint64_t>(at, 0);
  return at + kRecordPrefix;
}

inline uint8_t* Arena::allocate(uint64_t record_size, Address& out, ArenaHead head) {
  const uint64_t entry_bytes = kRecordPrefix + align_up(record_size, kRecordAlignment);
  const uint32_t index = heads_[static_cast<size_t>(head)];
  if (index != kNoChunk && chunks_[index].used + entry_bytes <= chunks_[index].capacity)
    return append(index, entry_bytes, out);
  return append(chunk_with_room(entry_bytes, head), entry_bytes, out);
}

}  // namespace foreshard
