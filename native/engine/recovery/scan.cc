// recovery/scan.h: read all, walk the chain, then look at every block behind its end for headers that know more.
#include "engine/recovery/scan.h"

#include <algorithm>

#include "engine/io/await.h"
#include "engine/io/transfer.h"

namespace foreshard {

namespace {

constexpr uint64_t kHugeFrom = 1u << 20;  // memory that is new costs as much as the read, in small pages

// A header that belongs where it stands. Zeros and strangers: `end`.
Errc header_at(const SegmentScan& scan, const ScanExpectation& expect, uint64_t offset, GroupHeader& header) {
  const Errc code = read_group_header(scan.view(offset, scan.read - offset), header);
  if (code != Errc::ok) return code;
  const bool mine = header.lsn == make_lsn(scan.segment_id, offset) && header.nonce == expect.nonce;
  return mine ? Errc::ok : Errc::end;
}

Errc group_at(const SegmentScan& scan, const ScanExpectation& expect, uint64_t link, uint64_t offset, GroupHeader& header) {
  if (scan.read < offset + kGroupHeader) return Errc::end;
  const Errc code = header_at(scan, expect, offset, header);
  if (code != Errc::ok) return code;
  if (expect.chained && link != 0 && header.previous_link != link) return Errc::torn;
  return check_group_body(scan.view(offset, scan.read - offset), header);
}

void note_proof(SegmentScan& scan, const GroupHeader& header) {
  scan.proven = std::max(scan.proven, header.durable_lsn);
  if (scan.first_proven == 0) scan.first_proven = header.durable_lsn;
}

// Bytes that are no group, where the next one would begin: what is left of one.
bool has_remains(const SegmentScan& scan) {
  if (scan.read <= scan.end) return false;
  const Bytes block = scan.view(scan.end, std::min<uint64_t>(kBlock, scan.read - scan.end));
  return std::any_of(block.begin(), block.end(), [](uint8_t byte) { return byte != 0; });
}

void walk(SegmentScan& scan, const ScanExpectation& expect, uint64_t link) {
  for (;;) {
    GroupHeader header;
    scan.stop = group_at(scan, expect, link, scan.end, header);
    if (scan.stop == Errc::end && has_remains(scan)) scan.stop = Errc::torn;
    if (scan.stop != Errc::ok) return;
    link = scan.link_after = group_link(scan.bytes.data() + scan.end);
    note_proof(scan, header);
    scan.wall_ms = std::max(scan.wall_ms, header.wall_ms);
    scan.end += header.padded();
    scan.groups.push_back(header);
  }
}

void look_behind(SegmentScan& scan, const ScanExpectation& expect) {
  scan.later_groups = scan.next_readable = 0;
  for (uint64_t offset = scan.end + kBlock; offset + kGroupHeader <= scan.read; offset += kBlock) {
    GroupHeader header;
    if (header_at(scan, expect, offset, header) != Errc::ok) continue;
    ++scan.later_groups;
    if (scan.next_readable == 0) scan.next_readable = offset;
    note_proof(scan, header);
  }
  // A group with a good header and a bad body, or out of the chain, knows something too.
  GroupHeader header;
  if (scan.end + kGroupHeader <= scan.read && header_at(scan, expect, scan.end, header) == Errc::ok)
    note_proof(scan, header);
}

Mapping memory_for(uint64_t length) {
  return Mapping(std::max<uint64_t>(length, kBlock), length < kHugeFrom ? Mapping::Pages::small : Mapping::Pages::huge);
}

}  // namespace

Task<Result<std::unique_ptr<SegmentScan>>> scan_segment(Disk& disk, FileId file, uint64_t segment_id, uint64_t file_bytes,
                                                        ScanExpectation expect, ScanReads reads) {
  auto scan = std::make_unique<SegmentScan>();
  scan->segment_id = segment_id;
  const uint64_t length = expect.limit != 0 ? std::min(file_bytes, expect.limit) : file_bytes;
  scan->bytes = reads.memory.size() >= length ? std::move(reads.memory) : memory_for(length);
  std::vector<io::ReadPiece> pieces;
  io::add_pieces(pieces, 0, scan->bytes.data(), length, reads.piece_bytes);
  co_await io::ReadMany(disk, file, pieces, reads.depth);
  for (const io::ReadPiece& piece : pieces) {
    if (piece.code != Errc::ok) co_return Status(piece.code, "segment " + std::to_string(segment_id));
    scan->read += piece.length;
  }
  std::function<void()> walked = [&scan, &expect] {
    walk(*scan, expect, expect.link_before);
    look_behind(*scan, expect);
  };
  co_await io::work(disk, std::move(walked));
  co_return std::move(scan);
}

bool resume_scan(SegmentScan& scan, const ScanExpectation& expect) {
  if (scan.next_readable == 0) return false;
  scan.end = scan.next_readable;
  walk(scan, expect, 0);
  look_behind(scan, expect);
  return true;
}

}  // namespace foreshard
