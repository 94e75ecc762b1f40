// The log's tail: what recovery replays, where it is cut, and whether anything that had been durable is missing.
//
// A group that cannot be read is the torn tail if nothing proves that it had been durable, and damage if something
// does: the durable LSN in a later header, in the manifest, or a segment that goes on from it.
#pragma once
#include <memory>
#include <string>
#include <vector>

#include "engine/checkpoint/manifest.h"
#include "engine/recovery/scan.h"

namespace foreshard {

struct DamagedRange {
  uint64_t segment_id = 0;
  uint64_t from = 0;  // bytes in the segment
  uint64_t to = 0;
  std::string reason;
};

struct Tail {
  std::vector<std::unique_ptr<SegmentScan>> scans;  // of the open and cut log segments, in the order of the log
  std::vector<DamagedRange> damage;
  uint64_t last_sequence = 0;  // of all records kept; 0: none here
  uint64_t last_link = 0;      // where the chain goes on
  Lsn end = 0;                 // everything before it is kept
  uint64_t wall_ms = 0;
  uint64_t bytes = 0;          // of the groups kept
  bool cut = false;            // something unacknowledged was left out
  uint64_t cut_groups = 0;     // readable, but behind a hole
};

// What is in the scans afterwards is what is kept. `skip_damage`: also what is readable behind damage.
void judge_tail(const Manifest& manifest, const std::vector<ScanExpectation>& expectations, bool skip_damage, Tail& tail);

std::string describe(const DamagedRange& damage);

}  // namespace foreshard
