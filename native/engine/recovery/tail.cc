// recovery/tail.h: one pass over the scanned segments, in the order of the log. Sealed ones may lie between them.
#include "engine/recovery/tail.h"

#include <algorithm>

namespace foreshard {

namespace {

const SegmentFacts* facts_of(const Manifest& manifest, uint64_t id) {
  for (const SegmentFacts& facts : manifest.segments)
    if (facts.id == id) return &facts;
  return nullptr;
}

// What the next segment with groups, scanned or sealed, says that it goes on from; 0: there is none that knows.
uint64_t next_link(const Manifest& manifest, const Tail& tail, uint64_t id) {
  for (const SegmentFacts& facts : manifest.segments) {
    if (facts.kind != SegmentKind::log || facts.id <= id) continue;
    auto scanned = std::find_if(tail.scans.begin(), tail.scans.end(),
                                [&](const auto& scan) { return scan->segment_id == facts.id; });
    if (scanned == tail.scans.end()) return facts.link_before;
    if (!(*scanned)->groups.empty()) return (*scanned)->groups.front().previous_link;
  }
  return 0;
}

// Up to where a segment was durable, as far as anything readable says.
uint64_t proven_end(const Manifest& manifest, const Tail& tail, uint64_t id) {
  uint64_t end = kBlock;
  auto note = [&](Lsn durable) {
    if (lsn_segment(durable) == id) end = std::max(end, lsn_offset(durable));
  };
  note(manifest.durable_lsn);
  for (const auto& scan : tail.scans) {
    note(scan->proven);
    note(scan->first_proven);
  }
  return end;
}

// A segment that is cut ends where the manifest says; an open one where the proof ends, if there is one. What comes
// after it in the log is only written when all of it is durable, so it must go on from its last group.
uint64_t expected_end(const Manifest& manifest, const Tail& tail, const SegmentScan& scan) {
  const SegmentFacts* facts = facts_of(manifest, scan.segment_id);
  if (facts == nullptr) return kBlock;
  if (facts->state != SegmentState::open) return facts->data_end;
  const uint64_t proven = proven_end(manifest, tail, scan.segment_id);
  const uint64_t next = next_link(manifest, tail, scan.segment_id);
  const uint64_t last = scan.groups.empty() ? facts->link_before : scan.link_after;
  const bool parted = next != 0 && last != 0 && next != last;
  return parted ? std::max(proven, scan.end + kBlock) : proven;
}

DamagedRange damaged(const SegmentScan& scan, uint64_t expected) {
  const uint64_t to = scan.next_readable != 0 ? scan.next_readable : std::max(expected, scan.end + kBlock);
  return {scan.segment_id, scan.end, to, std::string(errc_code(scan.stop))};
}

void keep(Tail& tail, const SegmentScan& scan) {
  if (scan.groups.empty()) return;
  for (const GroupHeader& header : scan.groups) {
    tail.bytes += header.padded();
    if (header.records > 0) tail.last_sequence = header.first_sequence + header.records - 1;
  }
  tail.last_link = scan.link_after;
  tail.end = scan.end_lsn();
  tail.wall_ms = std::max(tail.wall_ms, scan.wall_ms);
}

}  // namespace

void judge_tail(const Manifest& manifest, const std::vector<ScanExpectation>& expectations, bool skip_damage, Tail& tail) {
  for (size_t i = 0; i < tail.scans.size(); ++i) {
    SegmentScan& scan = *tail.scans[i];
    for (;;) {
      const uint64_t expected = expected_end(manifest, tail, scan);
      if (scan.end >= expected) break;
      tail.damage.push_back(damaged(scan, expected));
      if (!skip_damage || !resume_scan(scan, expectations[i])) break;
    }
    keep(tail, scan);
    tail.cut = tail.cut || scan.later_groups > 0 || scan.stop != Errc::end;
    tail.cut_groups += scan.later_groups;
  }
}

std::string describe(const DamagedRange& damage) {
  return "segment " + std::to_string(damage.segment_id) + ", bytes " + std::to_string(damage.from) + " to " +
         std::to_string(damage.to) + ": a commit group that had been durable cannot be read (" + damage.reason + ")";
}

}  // namespace foreshard
