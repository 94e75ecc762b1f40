// Reading a segment's groups back: which of them are whole and in the chain, where that ends, and what the headers
// further on know. Judging what an end means (torn tail or damage) is for recovery/tail.h.
#pragma once
#include <memory>
#include <vector>

#include "engine/base/mapping.h"
#include "engine/base/task.h"
#include "engine/io/disk.h"
#include "engine/log/group.h"
#include "engine/log/segment.h"

namespace foreshard {

struct SegmentScan {
  uint64_t segment_id = 0;
  Mapping bytes;
  uint64_t read = 0;                 // valid bytes in `bytes`
  std::vector<GroupHeader> groups;   // whole and chained, in order
  uint64_t end = kBlock;             // behind the last of them
  uint64_t link_after = 0;           // of the last of them
  Errc stop = Errc::end;             // why it ends: end (nothing there), checksum_mismatch, corrupt, short_read, torn (chain)
  uint64_t later_groups = 0;         // readable headers of this segment behind the end
  uint64_t next_readable = 0;        // offset of the first of those; 0: none
  Lsn proven = 0;                    // the highest durable LSN that a readable header states
  Lsn first_proven = 0;              // what the first readable header states: all of the segment before
  uint64_t wall_ms = 0;

  Bytes group(const GroupHeader& header) const { return {bytes.data() + lsn_offset(header.lsn), header.length}; }
  Bytes view(uint64_t offset, uint64_t length) const { return {bytes.data() + offset, length}; }
  bool holds(const uint8_t* record) const { return record >= bytes.data() && record < bytes.data() + read; }
  Lsn end_lsn() const { return make_lsn(segment_id, end); }
};

// What to expect of a segment's groups.
struct ScanExpectation {
  uint64_t nonce = 0;
  uint64_t limit = 0;        // bytes to look at; 0: to the end of the file
  uint64_t link_before = 0;  // of the first group; 0: not known, any
  bool chained = true;       // relocated segments have no chain
};

// How it is read. The device serves in order: what commits meanwhile waits for all that is under way.
struct ScanReads {
  uint64_t piece_bytes = 1u << 20;
  uint32_t depth = 8;
  Mapping memory = {};  // to read into, if it is long enough; else new memory is taken, which costs about as much as the read
};

Task<Result<std::unique_ptr<SegmentScan>>> scan_segment(Disk& disk, FileId file, uint64_t segment_id, uint64_t file_bytes,
                                                        ScanExpectation expect, ScanReads reads = {});

// Goes on behind a damaged stretch, from the next readable group, whatever its link says. False: there is none.
bool resume_scan(SegmentScan& scan, const ScanExpectation& expect);

}  // namespace foreshard
