// store/changes.h.
#include "engine/store/changes.h"

#include <algorithm>

#include "engine/io/transfer.h"
#include "engine/log/group.h"

namespace foreshard {

uint64_t Changes::open(uint64_t since_sequence) {
  auto position = std::make_shared<Position>();
  position->next_sequence = since_sequence + 1;
  positions_[next_id_] = std::move(position);
  return next_id_++;
}

void Changes::close(uint64_t id) {
  auto found = positions_.find(id);
  if (found == positions_.end()) return;
  found->second->closed = true;
  positions_.erase(found);
  core_.changed.wake_all();
}

void Changes::next(uint64_t id, uint32_t max_entries, uint64_t max_bytes, bool wait, uint64_t ticket) {
  auto found = positions_.find(id);
  if (found == positions_.end()) {
    core_.listener.on_entries(ticket, Status(Errc::bad_argument, "the reader is closed"), {}, true, 0, 0);
    return;
  }
  core_.tasks.spawn(run(found->second, max_entries, max_bytes, wait, ticket));
}

// Answers with the records of one group at most: they are views into it.
Task<> Changes::run(std::shared_ptr<Position> position, uint32_t max_entries, uint64_t max_bytes, bool wait, uint64_t ticket) {
  Status status;
  Gap gap;
  bool end = false;
  while (status.ok() && position->at >= position->records.size() && !position->closed && gap.first == 0) {
    bool more = false;
    status = co_await read_group(position.get(), &more, &gap);
    if (more || gap.first != 0 || !status.ok()) continue;
    end = !wait || core_.phase == Phase::closing || core_.stopping;
    if (end) break;
    core_.log->submit();
    co_await core_.changed.wait();
  }
  std::vector<EntryView> entries;
  uint64_t bytes = 0;
  for (; gap.first == 0 && position->at < position->records.size() && entries.size() < max_entries && bytes < max_bytes; ++position->at) {
    const RecordView record = position->records[position->at];
    entries.push_back({record.kind(), record.key(), record.value(), record.sequence(), record.expiry_ms()});
    bytes += record.size();
    position->next_sequence = record.sequence() + 1;
  }
  core_.listener.on_entries(ticket, status, entries, end || position->closed, gap.first, gap.last);
}

// The log segment that holds the next sequence number, or the first later one.
Segment* Changes::find_segment(const Position& position) const {
  for (const auto& [id, segment] : core_.segments.all()) {
    const SegmentFacts& facts = segment->facts;
    if (facts.kind != SegmentKind::log || facts.records == 0 || facts.last_sequence < position.next_sequence) continue;
    return segment.get();
  }
  return nullptr;
}

uint64_t Changes::durable_end(const Segment& segment) const {
  const Lsn durable = core_.log->durable_lsn();
  if (segment.facts.state != SegmentState::open || lsn_segment(durable) > segment.facts.id) return segment.facts.data_end;
  return lsn_segment(durable) == segment.facts.id ? lsn_offset(durable) : kBlock;
}

// Nothing more will come in it, sealed or not yet.
bool Changes::is_complete(const Segment& segment) const {
  return segment.facts.state != SegmentState::open || lsn_segment(core_.log->durable_lsn()) > segment.facts.id;
}

Task<Status> Changes::read_group(Position* position, bool* more, Gap* gap) {
  Segment* segment = core_.segments.by_id(position->segment_id);
  const bool done = segment == nullptr || (position->offset >= durable_end(*segment) && is_complete(*segment));
  if (done) {
    segment = find_segment(*position);
    // Compaction may have passed all that there was.
    const uint64_t first = segment != nullptr ? segment->facts.first_sequence : core_.compacted_sequence + 1;
    if (first > position->next_sequence && position->next_sequence <= core_.compacted_sequence) {
      *gap = {position->next_sequence, first - 1};
      position->next_sequence = first;
      co_return Status();
    }
    if (segment == nullptr || segment->facts.id == position->segment_id) co_return Status();
    position->segment_id = segment->facts.id;
    position->offset = kBlock;
  }
  const uint64_t limit = durable_end(*segment);
  if (position->offset >= limit) co_return Status();
  *more = true;
  ++segment->pins;
  Status status = co_await reader_.open_segment(segment);
  if (status.ok()) status = co_await load_group(position, segment, limit);
  --segment->pins;
  co_return status;
}

Task<Status> Changes::load_group(Position* position, Segment* segment, uint64_t limit) {
  const std::string where = "segment " + std::to_string(segment->facts.id) + " at byte " + std::to_string(position->offset);
  uint64_t length = std::min<uint64_t>(64u << 10, limit - position->offset);
  GroupHeader header;
  for (int tries = 0; tries < 2; ++tries) {
    position->group = AlignedBuffer(length);
    std::vector<io::ReadPiece> pieces;
    io::add_pieces(pieces, position->offset, position->group.data(), length, 1u << 20);
    co_await io::ReadMany(core_.disk, segment->file, pieces, 4);
    for (const io::ReadPiece& piece : pieces)
      if (piece.code != Errc::ok) co_return Status(piece.code, where);
    if (read_group_header(position->group.view(), header) != Errc::ok || header.nonce != segment->facts.nonce)
      co_return Status(Errc::corrupt, where);
    if (header.length <= length) break;
    length = header.padded();
    if (position->offset + length > limit) co_return Status(Errc::corrupt, where);
  }
  if (check_group_body(position->group.view(), header) != Errc::ok) co_return Status(Errc::corrupt, where);
  position->records.clear();
  position->at = 0;
  (void)for_each_record(position->group.view(), header, [&](const FrameHeader&, RecordView record, uint64_t) {
    if (record.sequence() >= position->next_sequence) position->records.push_back(record);
  });
  std::sort(position->records.begin(), position->records.end(),
            [](const RecordView& a, const RecordView& b) { return a.sequence() < b.sequence(); });
  position->offset += header.padded();
  co_return Status();
}

}  // namespace foreshard
