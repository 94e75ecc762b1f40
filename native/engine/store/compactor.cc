// store/compactor.h.
#include "engine/store/compactor.h"

#include <algorithm>
#include <unordered_map>

#include "engine/io/await.h"
#include "engine/io/transfer.h"
#include "engine/log/group.h"
#include "engine/log/names.h"
#include "engine/store/lookup.h"
#include "engine/store/slice.h"

namespace foreshard {

namespace {

constexpr uint64_t kGroupBytes = 256u << 10;
constexpr uint64_t kReadBytes = 256u << 10;  // commits wait behind what is under way
constexpr uint32_t kReadDepth = 2;
constexpr size_t kBatchMax = 8;
constexpr size_t kPagesAhead = 16;
constexpr size_t kRecordsAhead = 8;
constexpr size_t kRecordsPerLook = 32;  // at the clock
constexpr double kTurns = 9;  // traffic has nine tenths of the owner if it wants them, half of it where compaction hurries
constexpr uint64_t kPackingLoss = 32;  // one in so many bytes: headers, and the padding of full groups

// The slot whose entry means this place on disk, resident or not.
int slot_at(const Core& core, const Page& page, uint32_t tag, Address disk) {
  for (int slot = page.find(tag); slot != Page::kNone; slot = page.find_next(tag, slot)) {
    const Address address = page.address(slot);
    if (address == disk || (address.in_memory() && core.arena.disk_address(address) == disk)) return slot;
  }
  return Page::kNone;
}

// The share of a segment that compaction gives back. Padding is as dead as what was overwritten: many small commits are
// compacted even if nothing was; what compaction itself has packed is not packed again.
double dead_share(const SegmentFacts& facts) {
  const uint64_t data = facts.data_end > kBlock ? facts.data_end - kBlock : 0;
  const uint64_t live = facts.live_bytes();
  const uint64_t packed = live == 0 ? 0 : align_up(live + live / kPackingLoss + kGroupHeader + kFrameHeader, kBlock);
  return data == 0 ? 1 : packed >= data ? 0 : 1 - static_cast<double>(packed) / static_cast<double>(data);
}

}  // namespace

void Compactor::consider() {
  if (core_.disk.clock().now_ns() < rests_until_ns_ && !core_.crowded()) return;
  if (running_ || core_.stopping || !core_.index_loaded || pick(core_.options.compaction_garbage_share) == nullptr) return;
  background_.spawn(run());
}

Task<> Compactor::run() {
  const Status status = co_await run_until(core_.options.compaction_garbage_share);
  if (!status.ok()) core_.event("warning", Json().field("detail", "compaction paused: " + status.detail));
}

Task<Status> Compactor::run_until(double garbage_share) {
  while (running_) co_await done_.wait();
  running_ = true;
  Status status;
  while (status.ok() && !core_.stopping) {
    const std::vector<Segment*> victims = pick_batch(garbage_share);
    if (victims.empty()) break;
    status = co_await compact(victims);
  }
  running_ = false;
  memory_ = {};
  done_.wake_all();
  co_await checkpointer_.delete_emptied();
  checkpointer_.consider();
  co_return status;
}

Segment* Compactor::pick(double garbage_share) const {
  const std::vector<Segment*> victims = pick_batch(garbage_share);
  return victims.empty() ? nullptr : victims.front();
}

// Those with the largest dead share, together no more live bytes than one segment takes.
std::vector<Segment*> Compactor::pick_batch(double garbage_share) const {
  const uint64_t begin = checkpointer_.oldest_begin();
  std::vector<Segment*> candidates;
  for (const auto& [id, segment] : core_.segments.all()) {
    const SegmentFacts& facts = segment->facts;
    if (facts.state != SegmentState::sealed || facts.emptied_at_image != 0 || facts.last_sequence > begin || segment->damaged) continue;
    if (dead_share(facts) >= garbage_share && facts.data_end > kBlock) candidates.push_back(segment.get());
  }
  std::sort(candidates.begin(), candidates.end(), [](const Segment* a, const Segment* b) { return dead_share(a->facts) > dead_share(b->facts); });
  uint64_t live = 0;
  std::vector<Segment*> batch;
  for (Segment* segment : candidates) {
    if (batch.size() >= kBatchMax || (!batch.empty() && live + segment->facts.live_bytes() > core_.segment_bytes * 3 / 4)) break;
    live += segment->facts.live_bytes();
    batch.push_back(segment);
  }
  return batch;
}

Task<Status> Compactor::compact(std::vector<Segment*> victims) {
  const uint64_t started_ns = core_.disk.clock().now_ns();
  const uint64_t rollbacks = core_.counters.rollbacks;
  hurries_ = core_.crowded();
  Output output;
  output.group = AlignedBuffer(kGroupBytes);
  Status status;
  for (Segment* victim : victims) {
    ++victim->pins;
    if (status.ok() && !core_.stopping) status = co_await move_segment(victim, &output);
    --victim->pins;
  }
  if (core_.stopping && status.ok()) status = Status(Errc::aborted, "the store is closing");
  if (status.ok()) status = co_await settle(rollbacks);
  if (status.ok()) status = co_await finish(&output, victims);
  co_await close_runs();
  if (!status.ok()) {
    if (output.segment != nullptr) co_await core_.log->discard_segment(output.segment);
    co_return status;
  }
  uint64_t moved = 0;
  for (const Move& move : output.moves) moved += move.size;
  core_.counters.compacted_segments += victims.size();
  core_.counters.relocated_bytes += moved;
  core_.event("compaction", Json().field("segments", static_cast<uint64_t>(victims.size())).field("movedBytes", moved)
                                .field("ms", static_cast<double>(core_.disk.clock().now_ns() - started_ns) / 1e6));
  co_return status;
}

Task<Status> Compactor::move_segment(Segment* victim, Output* output) {
  Status status = co_await reader_.open_segment(victim);
  if (!status.ok()) co_return status;
  const ScanExpectation expect{.nonce = victim->facts.nonce, .limit = victim->facts.data_end, .link_before = 0,
                               .chained = victim->facts.kind == SegmentKind::log};
  ScanReads reads{.piece_bytes = kReadBytes, .depth = kReadDepth, .memory = std::move(memory_)};
  Result<std::unique_ptr<SegmentScan>> read =
      co_await scan_segment(core_.disk, victim->file, victim->facts.id, victim->facts.data_end, expect, std::move(reads));
  if (!read.ok()) co_return read.status();
  SegmentScan& scan = *read.value();
  if (scan.end < victim->facts.data_end) {
    victim->damaged = true;  // not tried again: what can be read stays where it is
    co_return Status(Errc::corrupt, "segment " + std::to_string(victim->facts.id) + " is damaged at byte " + std::to_string(scan.end));
  }
  co_await pace(victim->facts.data_end);
  std::vector<Listed> records;
  std::function<void()> list = [&, map = victim->live] { records = list_records(scan, map.get()); };
  co_await io::work(core_.disk, std::move(list));
  status = co_await move_records(scan, records, output);
  memory_ = std::move(scan.bytes);
  co_return status;
}

// On a helper thread: what may be alive, and what may hide something older.
std::vector<Compactor::Listed> Compactor::list_records(const SegmentScan& scan, const LiveMap* map) const {
  std::vector<Listed> records;
  for (const GroupHeader& header : scan.groups) {
    const uint64_t group = lsn_offset(header.lsn);
    (void)for_each_record(scan.group(header), header, [&](const FrameHeader&, RecordView record, uint64_t at) {
      const bool dead = map != nullptr && !map->may_live(group + at) && record.kind() == RecordKind::put && !record.has_expiry();
      if (!dead) records.push_back({core_.hash(record.key()), group + at});
    });
  }
  return records;
}

Task<Status> Compactor::move_records(const SegmentScan& scan, const std::vector<Listed>& records, Output* output) {
  Slice slice(core_);
  for (size_t i = 0; i < records.size(); ++i) {
    prefetch(records, i);
    const auto [hash, offset] = records[i];
    const RecordView record(scan.bytes.data() + offset);
    const Address at = Address::disk(scan.segment_id, offset);
    bool live = false;
    bool keep = false;
    if (plain(record, hash, at, &live)) {
      keep = live;
    } else {
      slice.wait_begins();
      keep = co_await stays(record, hash, at, &live);
      slice.wait_ended();
    }
    while (keep && !append(output, record, hash, at, live)) {
      slice.wait_begins();
      const Status room = co_await make_room(output, record.size());
      slice.wait_ended();
      if (!room.ok()) co_return room;
    }
    if (i % kRecordsPerLook != 0 || !slice.over()) continue;
    co_await slice.pause(turns());
    if (core_.stopping) co_return Status(Errc::aborted, "the store is closing");
  }
  co_return Status();
}

// What will be looked at some records later is on its way to the processor's cache: the page's words, then what stands
// before the record in memory.
void Compactor::prefetch(const std::vector<Listed>& records, size_t at) const {
  if (at + kPagesAhead < records.size()) core_.table.prefetch(records[at + kPagesAhead].hash);
  if (at + kRecordsAhead < records.size()) prefetch_newest(core_, records[at + kRecordsAhead].hash);
}

// A put that is alive if its key's newest entry says so, and dead if none does: most records are.
bool Compactor::plain(RecordView record, uint64_t hash, Address at, bool* live) const {
  const Page& page = core_.table.page_for(hash);
  const int slot = slot_at(core_, page, tag_of(hash), at);
  *live = slot != Page::kNone;
  return record.kind() == RecordKind::put && !record.has_expiry() && (!*live || slot == page.find(tag_of(hash)));
}

Task<bool> Compactor::stays(RecordView record, uint64_t hash, Address at, bool* live) {
  const Page& page = core_.table.page_for(hash);
  const int slot = slot_at(core_, page, tag_of(hash), at);
  *live = slot != Page::kNone;
  if (*live && slot != page.find(tag_of(hash))) {
    const bool stale = co_await superseded(record, hash, at);
    if (stale) *live = false;
  }
  const bool hides = record.kind() == RecordKind::del || record.expired(core_.wall_ms());
  if (!hides) co_return *live;
  const bool needed = co_await hides_older(hash, record.sequence(), at.slot());
  if (needed || !*live) co_return needed;
  // Nothing older remains, so neither the record nor its entry has anything to hide.
  Page& now = core_.table.page_for(hash);
  const int entry = slot_at(core_, now, tag_of(hash), at);
  if (entry == Page::kNone) co_return false;
  if (now.find_next(tag_of(hash), entry) != Page::kNone || now.find(tag_of(hash)) != entry) co_return true;
  if (now.address(entry).in_memory()) core_.arena.mark_dead(now.address(entry));
  now.erase(entry);
  now.drop_bytes(record.size());
  *live = false;
  co_return false;
}

// A newer candidate stands before this entry: if it is the same key, this one is an old version, and its entry goes.
Task<bool> Compactor::superseded(RecordView record, uint64_t hash, Address at) {
  Fetched newest = co_await reader_.fetch(std::string(as_text(record.key())), hash, false);
  if (!newest.status.ok() || !newest.found) co_return false;
  const RecordView found = newest.memory ? core_.arena.view(newest.memory) : newest.buffer.view();
  if (found.sequence() <= record.sequence() || found.sequence() > core_.log->durable_sequence()) co_return false;
  Page& page = core_.table.page_for(hash);
  const int slot = slot_at(core_, page, tag_of(hash), at);
  if (slot == Page::kNone) co_return true;
  if (page.address(slot).in_memory()) core_.arena.mark_dead(page.address(slot));
  page.erase(slot);
  page.drop_bytes(record.size());
  ++core_.counters.duplicates_resolved;
  co_return true;
}

// Does any other segment hold an older record of this hash?
Task<bool> Compactor::hides_older(uint64_t hash, uint64_t sequence, uint64_t victim_slot) {
  std::vector<uint64_t> ids;
  for (const auto& [id, segment] : core_.segments.all()) {
    const SegmentFacts& facts = segment->facts;
    if (facts.records > 0 && facts.first_sequence < sequence && id % kSegmentSlots != victim_slot) ids.push_back(id);
  }
  for (uint64_t id : ids) {
    Segment* segment = core_.segments.by_id(id);
    if (segment == nullptr) continue;
    if (segment->facts.state != SegmentState::sealed) co_return true;
    Run* run = co_await run_of(segment);
    bool holds = run == nullptr;
    if (run != nullptr) {
      std::vector<RunEntry> entries;
      const Status read = co_await run->read_range(hash, hash, entries);
      holds = !read.ok() || std::any_of(entries.begin(), entries.end(),
                                        [sequence](const RunEntry& entry) { return entry.sequence < sequence; });
    }
    if (holds) co_return true;
  }
  co_return false;
}

// Open for the length of a pass: tombstones come in numbers.
Task<Run*> Compactor::run_of(Segment* segment) {
  const SegmentFacts facts = segment->facts;
  auto known = runs_.find(facts.id);
  if (known != runs_.end()) co_return known->second.get();
  Result<std::unique_ptr<Run>> opened = co_await Run::open(core_.disk, core_.path(names::run(facts.id)), core_.store_id, facts);
  Run* run = opened.ok() ? opened.value().get() : nullptr;
  runs_[facts.id] = opened.ok() ? std::move(opened.value()) : nullptr;
  co_return run;
}

Task<> Compactor::close_runs() {
  for (auto& [id, run] : runs_)
    if (run) co_await run->close();
  runs_.clear();
}

// A record that was dead only because of a write that is not durable yet would be current again after a rollback. So
// everything accepted must be durable, and nothing may have been rolled back, before what was left out may go.
Task<Status> Compactor::settle(uint64_t rollbacks) {
  const uint64_t accepted = core_.log->next_sequence() - 1;
  core_.log->submit();
  while (core_.log->durable_sequence() < accepted && core_.counters.rollbacks == rollbacks && !core_.log->idle() && !core_.stopping)
    co_await core_.changed.wait();
  if (core_.counters.rollbacks != rollbacks || core_.stopping) co_return Status(Errc::aborted, "a write failed meanwhile");
  co_return Status();
}

// Copies it to the group; false: first there must be room.
bool Compactor::append(Output* output, RecordView record, uint64_t hash, Address from, bool live) {
  const uint64_t start = output->records == 0 ? kGroupHeader + kFrameHeader : output->used;
  if (output->segment == nullptr || start + record.size() > output->group.size()) return false;
  std::memcpy(output->group.data() + start, record.data(), record.size());
  const uint64_t offset = output->end + start;
  output->entries.push_back({hash, static_cast<uint32_t>(offset), record.kind(), record.sequence()});
  output->moves.push_back({hash, from, Address::disk(output->segment->facts.id, offset), record.size(), live});
  output->used = start + record.size();
  ++output->records;
  output->group_sequence = std::min(output->group_sequence, record.sequence());
  output->first_sequence = std::min(output->first_sequence, record.sequence());
  output->last_sequence = std::max(output->last_sequence, record.sequence());
  return true;
}

Task<Status> Compactor::make_room(Output* output, uint64_t record_bytes) {
  if (output->segment == nullptr) {
    Result<Segment*> created = co_await core_.log->create_segment(SegmentKind::relocated, core_.segment_bytes);
    if (!created.ok()) co_return created.status();
    output->segment = created.value();
    output->segment->linked = false;
  }
  if (output->records > 0) co_return co_await write_group(output);
  const uint64_t needed = kGroupHeader + kFrameHeader + record_bytes;
  if (needed > output->group.size()) output->group = AlignedBuffer(align_up(needed, kBlock));
  co_return Status();
}

Task<Status> Compactor::write_group(Output* output) {
  if (output->records == 0) co_return Status();
  const uint64_t head = kGroupHeader + kFrameHeader;
  uint8_t* at = output->group.data();
  write_frame_header(at + kGroupHeader, {0, 0, static_cast<uint32_t>(output->used - head), output->records});
  GroupHeader header;
  header.lsn = make_lsn(output->segment->facts.id, output->end);
  header.nonce = output->segment->facts.nonce;
  header.first_sequence = output->group_sequence;
  header.wall_ms = core_.wall_ms();
  header.length = static_cast<uint32_t>(output->used);
  header.records = output->records;
  header.frames = 1;
  header.incarnation = core_.incarnation;
  seal_group(at, header);
  std::memset(at + header.length, 0, header.padded() - header.length);
  const IoRequest written =
      co_await io::write(core_.disk, output->segment->file, output->end, at, header.padded(), true);
  output->end += header.padded();
  output->segment->facts.records += output->records;
  output->segment->facts.record_bytes += header.record_bytes();
  output->records = 0;
  output->used = 0;
  output->group_sequence = UINT64_MAX;
  co_await pace(header.padded());
  co_return Status(written.code, "relocated segment");
}

double Compactor::turns() const { return hurries_ ? 1 : kTurns; }

// Flush, run, manifest; only then do entries point at the new place, and the old segments are marked.
Task<Status> Compactor::finish(Output* output, std::vector<Segment*> victims) {
  if (output->segment != nullptr) {
    Status status = co_await write_group(output);
    if (!status.ok()) co_return status;
    const IoRequest synced = co_await io::on_file(core_.disk, IoOp::sync, output->segment->file);
    if (synced.code != Errc::ok) co_return Status(synced.code, "relocated segment");
    SegmentFacts& facts = output->segment->facts;
    facts.data_end = output->end;
    facts.first_sequence = output->first_sequence;
    facts.last_sequence = output->last_sequence;
    status = co_await core_.log->write_run(*output->segment, output->entries);
    if (!status.ok()) co_return status;
  }
  co_await relink_all(output->moves);
  if (output->segment != nullptr) output->segment->linked = true;
  for (Segment* victim : victims) {
    victim->facts.emptied_at_image = core_.next_image;
    victim->live.reset();
  }
  const Status committed = co_await core_.commit_manifest();
  (void)committed;  // the marks are hints: without them the segments are found dead again
  co_return Status();
}

// In slices; both places are good meanwhile. What a slice finds replaced is seen to before the next: a write under way may
// fail between the two, and brings the old version back.
Task<> Compactor::relink_all(const std::vector<Move>& moves) {
  for (size_t next = 0; next < moves.size();) {
    std::vector<const Move*> replaced;
    Slice slice(core_);
    for (; next < moves.size() && (next % kRecordsPerLook != 0 || !slice.over()); ++next) {
      prefetch(moves, next);
      if (moves[next].live && !relink(moves[next])) replaced.push_back(&moves[next]);
    }
    if (!replaced.empty()) relink_replaced(replaced);
    if (next < moves.size() && !core_.stopping) co_await slice.pause(turns());
  }
}

void Compactor::prefetch(const std::vector<Move>& moves, size_t at) const {
  if (at + kPagesAhead < moves.size()) core_.table.prefetch(moves[at + kPagesAhead].hash);
  if (at + kRecordsAhead < moves.size()) prefetch_newest(core_, moves[at + kRecordsAhead].hash);
}

// False: the record was replaced meanwhile.
bool Compactor::relink(const Move& move) {
  Page& page = core_.table.page_for(move.hash);
  const int slot = slot_at(core_, page, tag_of(move.hash), move.from);
  if (slot == Page::kNone) return false;
  const Address address = page.address(slot);
  if (address.in_memory()) core_.arena.set_disk_address(address, move.to);
  else page.set_address(slot, move.to);
  core_.recent.note(move.hash);
  return true;
}

// A version that was replaced by a write under way comes back if that write fails, and must then say its new place.
void Compactor::relink_replaced(const std::vector<const Move*>& moves) {
  std::unordered_map<uint64_t, Address> places;
  for (const Move* move : moves) {
    places[move->from.raw()] = move->to;
    core_.note_dead(move->to, move->size);
  }
  for (size_t i = 0; i < core_.undo.size(); ++i) {
    const Undo& undo = core_.undo[i];
    if (!undo.previous) continue;
    const Address disk = core_.arena.disk_address(undo.previous);
    const auto moved = disk ? places.find(disk.raw()) : places.end();
    if (moved != places.end()) core_.arena.set_disk_address(undo.previous, moved->second);
  }
}

// Not where writers bring garbage faster than the limit lets it be taken away.
Task<> Compactor::pace(uint64_t bytes) {
  if (hurries_) co_return;
  co_await io::delay(core_.disk, 1 + bytes * 1'000'000'000 / core_.options.background_bytes_per_second);
}

}  // namespace foreshard
