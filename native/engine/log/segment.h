// A segment: one file of the log, or of records that compaction relocated. Its facts live in the manifest; what is
// needed to read it lives in Segments. Segment ids grow; an address keeps the id modulo kSegmentSlots, so two segments
// that live at the same time never share a slot.
//
// The nonce is drawn when the segment is created. A segment is only written by the incarnation that created it, so
// (nonce, offset) names a record's bytes for good, also across copies of a store that went separate ways.
#pragma once
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "engine/io/disk.h"
#include "engine/log/address.h"

namespace foreshard {

enum class SegmentKind : uint8_t { log = 1, relocated = 2 };

enum class SegmentState : uint8_t {
  open = 1,    // prepared or being written: recovery scans it
  sealed = 2,  // data_end is final, all before it is durable; its run file (log/run.h) lists its records
  cut = 3,     // data_end is final, all before it is durable; no run file (yet): recovery scans it
};

// What the manifest says of a segment.
struct SegmentFacts {
  uint64_t id = 0;
  uint64_t nonce = 0;
  SegmentKind kind = SegmentKind::log;
  SegmentState state = SegmentState::open;
  uint32_t incarnation = 0;
  uint64_t data_end = 0;         // bytes, header block included; final unless open
  uint64_t records = 0;          // all in it
  uint64_t first_sequence = 0;   // smallest and largest in it; 0, 0 if it has none
  uint64_t last_sequence = 0;
  uint64_t run_bytes = 0;        // length of the run file, sealed only
  uint64_t run_checksum = 0;     // of the run file's header block
  uint64_t link_before = 0;      // chain: link of the group before its first (log segments)
  uint64_t link_after = 0;       // chain: link of its last group, unless open
  uint64_t dead_bytes = 0;       // of record_bytes; an estimate, for compaction
  uint64_t emptied_at_image = 0; // compaction moved all that was live; may go when every kept image is at least this
  uint64_t record_bytes = 0;     // what its records take, without headers and padding

  uint64_t live_bytes() const { return record_bytes > dead_bytes ? record_bytes - dead_bytes : 0; }
  uint64_t mean_record_bytes() const { return records > 0 ? record_bytes / records : 0; }
};

class LiveMap;

struct Segment {
  SegmentFacts facts;
  FileId file = 0;     // 0: not open
  uint32_t pins = 0;   // reads, iterators, backups and images in progress: not unlinked meanwhile
  bool damaged = false;  // compaction met damage in it, and leaves it alone
  bool linked = true;    // entries point at all that is alive in it: not yet while compaction fills it
  std::shared_ptr<const LiveMap> live;  // as of the last index image (log/live_map.h); null: none since it was complete
};

// All segments of a store, by id and by slot. Owns no files.
class Segments {
 public:
  Segment& add(const SegmentFacts& facts);
  void remove(uint64_t id);
  Segment* by_id(uint64_t id);
  Segment* by_slot(uint32_t slot) { return slots_[slot]; }
  Segment* of(Address address) { return slots_[address.slot()]; }
  // The next id whose slot is free; 0 if all are taken.
  uint64_t next_id();
  // The highest sequence number, up to `last`, that is in no log segment; 0: none is missing.
  uint64_t last_gap(uint64_t last) const;
  void set_next_id(uint64_t id) { next_id_ = id; }
  uint64_t peek_next_id() const { return next_id_; }
  std::map<uint64_t, std::unique_ptr<Segment>>& all() { return segments_; }
  const std::map<uint64_t, std::unique_ptr<Segment>>& all() const { return segments_; }

 private:
  std::map<uint64_t, std::unique_ptr<Segment>> segments_;
  std::vector<Segment*> slots_ = std::vector<Segment*>(kSegmentSlots);
  uint64_t next_id_ = 1;
};

// The first block of a segment file: enough to know it again without a manifest.
//
//   0  u32 magic   4 u32 version   8 u64 checksum of bytes 16..64   16 u64 store id   24 u64 segment id   32 u64 nonce
//   40 u32 incarnation   44 u32 kind   48 u64 created, Unix ms   56 u64 zero       (zeros up to kBlock)
constexpr uint32_t kSegmentMagic = 0x47455346;  // "FSEG"
constexpr uint32_t kSegmentVersion = 1;
constexpr uint32_t kSegmentHeaderBytes = 64;
void write_segment_header(uint8_t* block, uint64_t store_id, const SegmentFacts& facts, uint64_t created_ms);
// The facts that the block states (of a segment that no manifest knows): as open, with nothing in it yet.
Errc read_segment_header(Bytes block, uint64_t store_id, SegmentFacts& facts);
Errc check_segment_header(Bytes block, uint64_t store_id, const SegmentFacts& facts);

}  // namespace foreshard
