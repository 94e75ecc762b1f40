// recovery/tail.h: one pass over the scanned segments, in the order of the log.
#include "engine/recovery/tail.h"

#include <algorithm>

namespace foreshard {

namespace {

const SegmentFacts* facts_of(const Manifest& manifest, uint64_t id) {
  for (const SegmentFacts& facts : manifest.segments)
    if (facts.id == id) return &facts;
  return nullptr;
}

// Does the next segment with groups begin where this one ends?
bool continued(const Tail& tail, size_t index) {
  for (size_t next = index + 1; next < tail.scans.size(); ++next) {
    const SegmentScan& scan = *tail.scans[next];
    if (!scan.groups.empty()) return scan.groups.front().previous_link == tail.last_link;
  }
  return false;
}

// Everything before this LSN was durable, as far as anything readable says.
Lsn proven_by(const Manifest& manifest, const Tail& tail) {
  Lsn proven = manifest.durable_lsn;
  for (const auto& scan : tail.scans) proven = std::max(proven, scan->proven);
  return proven;
}

// A segment that is cut ends where the manifest says; an open one where the proof ends, if there is one.
uint64_t expected_end(const Manifest& manifest, const SegmentScan& scan, Lsn proven) {
  const SegmentFacts* facts = facts_of(manifest, scan.segment_id);
  if (facts != nullptr && facts->state != SegmentState::open) return facts->data_end;
  if (lsn_segment(proven) == scan.segment_id) return lsn_offset(proven);
  return lsn_segment(proven) > scan.segment_id ? scan.end + kBlock : kBlock;
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

void leave_out(Tail& tail, SegmentScan& scan) {
  tail.cut_groups += scan.groups.size();
  scan.groups.clear();
  scan.end = kBlock;
}

}  // namespace

uint64_t link_before(const Manifest& manifest, const SegmentFacts& facts) {
  if (facts.link_before != 0) return facts.link_before;
  const SegmentFacts* before = nullptr;
  for (const SegmentFacts& other : manifest.segments)
    if (other.kind == SegmentKind::log && other.id < facts.id && other.link_after != 0) before = &other;
  // A segment between the two that is still open knows better.
  for (const SegmentFacts& other : manifest.segments)
    if (before != nullptr && other.kind == SegmentKind::log && other.id > before->id && other.id < facts.id) return 0;
  return before != nullptr ? before->link_after : 0;
}

void judge_tail(const Manifest& manifest, const std::vector<ScanExpectation>& expectations, bool skip_damage, Tail& tail) {
  const Lsn proven = proven_by(manifest, tail);
  bool ended = false;
  for (size_t i = 0; i < tail.scans.size(); ++i) {
    SegmentScan& scan = *tail.scans[i];
    if (ended || (!scan.groups.empty() && tail.end != 0 && scan.groups.front().previous_link != tail.last_link && !skip_damage)) {
      tail.cut = tail.cut || !scan.groups.empty();
      leave_out(tail, scan);
      ended = true;
      continue;
    }
    uint64_t kept_before = tail.end;
    for (;;) {
      if (!scan.groups.empty()) {
        tail.last_link = scan.link_after;
        tail.end = scan.end_lsn();
      }
      const uint64_t expected = expected_end(manifest, scan, proven);
      if (scan.end >= expected || (scan.stop == Errc::end && continued(tail, i))) break;
      tail.damage.push_back(damaged(scan, expected));
      if (!skip_damage || !resume_scan(scan, expectations[i])) break;
    }
    tail.end = kept_before;
    keep(tail, scan);
    tail.cut = tail.cut || scan.later_groups > 0 || scan.stop != Errc::end;
    tail.cut_groups += scan.later_groups;
    const bool more = continued(tail, i) || scan.groups.empty() || (skip_damage && !tail.damage.empty());
    if (!more) ended = true;
  }
}

std::string describe(const DamagedRange& damage) {
  return "segment " + std::to_string(damage.segment_id) + ", bytes " + std::to_string(damage.from) + " to " +
         std::to_string(damage.to) + ": a commit group that had been durable cannot be read (" + damage.reason + ")";
}

}  // namespace foreshard
