// store/opening.h: the log's part of an open: files, tail, runs, and where the log goes on.
#include <algorithm>

#include "engine/io/await.h"
#include "engine/io/transfer.h"
#include "engine/log/names.h"
#include "engine/store/opening.h"
#include "engine/store/seen_keys.h"

namespace foreshard {

namespace {

constexpr size_t kReplayAhead = 16;  // records

ScanExpectation expectation(const SegmentFacts& facts) {
  ScanExpectation expect;
  expect.nonce = facts.nonce;
  expect.limit = facts.state == SegmentState::open ? 0 : facts.data_end;
  expect.link_before = facts.link_before;
  expect.chained = facts.kind == SegmentKind::log;
  return expect;
}

}  // namespace

// Files that the manifest does not know: left over by a process that was killed between two steps. If a copy of the
// manifest was lost, the other may be one commit behind, so a segment that it does not know is taken in and scanned.
Task<> Opening::sort_files(bool delete_unknown) {
  for (const std::string& name : files_) {
    const uint64_t number = std::strtoull(name.c_str(), nullptr, 10);
    if (name == names::reserve()) core_.set_reserve_held(true);
    bool unknown = name.ends_with(".tmp");
    if (name.ends_with(".seg") && name == names::segment(number) && core_.segments.by_id(number) == nullptr) {
      if (delete_unknown) unknown = true;
      else co_await adopt_segment(name);
    }
    if (name.ends_with(".run") && name == names::run(number) && core_.segments.by_id(number) == nullptr)
      unknown = delete_unknown;
    if (name.ends_with(".idx") && name == names::index_image(number)) {
      const bool known = std::any_of(core_.images.begin(), core_.images.end(),
                                     [number](const ImageFacts& image) { return image.generation == number; });
      unknown = !known && delete_unknown;
    }
    if (unknown) co_await io::on_path(core_.disk, IoOp::unlink, core_.path(name));
  }
}

Task<> Opening::adopt_segment(std::string name) {
  Result<io::OpenedFile> opened = co_await io::open_to_read(core_.disk, core_.path(name));
  if (!opened.ok()) co_return;
  AlignedBuffer block(kBlock);
  const Status read = co_await io::read_exact(core_.disk, opened.value().file, 0, block.data(), kBlock);
  SegmentFacts facts;
  const bool good = read.ok() && read_segment_header(block.view(), core_.store_id, facts) == Errc::ok &&
                    facts.kind == SegmentKind::log && facts.id >= core_.segments.peek_next_id();
  co_await io::close(core_.disk, opened.value().file);
  if (!good) co_return;
  core_.segments.add(facts);
  note("segment " + std::to_string(facts.id) + " is not in the manifest that could be read; it was scanned");
}

// Every log segment that has no final run is read whole: from the device, as a failed flush of the life before may have
// left in the page cache what no later flush writes any more (Rebello et al., "Can Applications Recover from fsync
// Failures?", USENIX ATC 2020). What is kept here must not be gone at the next open.
Task<Status> Opening::scan_tail(const Manifest& manifest) {
  Manifest known = manifest;
  known.segments.clear();
  for (const auto& [id, segment] : core_.segments.all()) known.segments.push_back(segment->facts);
  std::vector<ScanExpectation> expectations;
  for (const SegmentFacts& facts : known.segments) {
    if (facts.kind != SegmentKind::log || facts.state == SegmentState::sealed) continue;
    Result<io::OpenedFile> opened =
        co_await io::open_to_read(core_.disk, core_.path(names::segment(facts.id)), OpenMode::read_device);
    if (!opened.ok()) {
      if (opened.code() != Errc::not_found) co_return opened.status();
      tail_.damage.push_back({facts.id, 0, facts.data_end, "the file is missing"});
      continue;
    }
    core_.segments.by_id(facts.id)->file = opened.value().file;
    if (opened.value().size < kBlock) {  // its header was durable before the manifest named it
      tail_.damage.push_back({facts.id, 0, kBlock, "the file is cut short"});
      continue;
    }
    const ScanExpectation expect = expectation(facts);
    Result<std::unique_ptr<SegmentScan>> scan =
        co_await scan_segment(core_.disk, opened.value().file, facts.id, opened.value().data_end, expect);
    if (!scan.ok()) co_return scan.status();
    expectations.push_back(expect);
    tail_.scans.push_back(std::move(scan.value()));
  }
  tail_.last_link = 0;
  judge_tail(known, expectations, core_.options.on_damage == DamagePolicy::skip, tail_);
  take_tail(tail_);
  co_return Status();
}

// What was kept of each scanned segment becomes its facts.
void Opening::take_tail(Tail& tail) {
  report_.cut = tail.cut;
  report_.cut_lsn = tail.end;
  report_.cut_groups = tail.cut_groups;
  report_.tail_bytes = tail.bytes;
  core_.set_wall_floor(std::max(core_.wall_ms(), tail.wall_ms));
  for (const auto& scan : tail.scans) {
    SegmentFacts& facts = core_.segments.by_id(scan->segment_id)->facts;
    facts.state = SegmentState::cut;
    facts.data_end = scan->end;
    facts.records = facts.record_bytes = facts.first_sequence = facts.last_sequence = 0;
    for (const GroupHeader& header : scan->groups) {
      if (header.records == 0) continue;
      if (facts.first_sequence == 0) facts.first_sequence = header.first_sequence;
      facts.last_sequence = header.first_sequence + header.records - 1;
      facts.records += header.records;
      facts.record_bytes += header.record_bytes();
    }
    if (!scan->groups.empty()) {
      facts.link_before = scan->groups.front().previous_link;
      facts.link_after = scan->link_after;
      ++report_.tail_segments;
    }
    report_.tail_records += facts.records;
  }
  if (tail.cut)
    core_.event("cut", Json().field("segment", lsn_segment(tail.end)).field("offset", lsn_offset(tail.end))
                           .field("groups", tail.cut_groups));
}

bool Opening::needs_run(const SegmentFacts& facts) const {
  // Unsealed ones are in the tail (log), or nobody's (relocated).
  if (facts.state != SegmentState::sealed || facts.records == 0) return false;
  return !pages_.has_image() ||
         (facts.kind == SegmentKind::log && facts.last_sequence > pages_.image_facts().begin_sequence);
}

// The runs that pages will need, opened side by side. One that cannot be read is made again from its segment.
Task<FileHealth> Opening::open_runs() {
  struct Opened {
    Segment* segment;
    std::unique_ptr<Run> run;
    Errc code = Errc::not_found;
  };
  std::vector<Opened> opened;
  for (auto& [id, segment] : core_.segments.all())
    if (needs_run(segment->facts)) opened.push_back({segment.get(), nullptr, Errc::not_found});
  auto open = [](Core* core, Opened* to) -> Task<> {
    const SegmentFacts facts = to->segment->facts;
    Result<std::unique_ptr<Run>> run =
        co_await Run::open(core->disk, core->path(names::run(facts.id)), core->store_id, facts);
    to->code = run.code();
    if (run.ok()) to->run = std::move(run.value());
  };
  std::vector<Task<>> lanes;
  for (Opened& one : opened)
    if (core_.options.use_standard && one.segment->facts.state == SegmentState::sealed) lanes.push_back(open(&core_, &one));
  co_await Join(std::move(lanes));
  FileHealth health = opened.empty() ? FileHealth::absent : FileHealth::good;
  for (Opened& one : opened) {
    const SegmentFacts facts = one.segment->facts;
    if (facts.kind == SegmentKind::log) {
      core_.records_since_image += facts.records;
      core_.bytes_since_image += facts.data_end;
    }
    if (one.run) {
      pages_.add_run(std::move(one.run), facts);
      continue;
    }
    health = FileHealth::unreadable;
    if (core_.options.use_standard)
      note("the run of segment " + std::to_string(facts.id) + " cannot be read (" + std::string(errc_code(one.code)) +
           "); its segment is scanned instead");
    const Status scan = co_await scan_sealed(facts);
    if (!scan.ok()) tail_.damage.push_back({facts.id, kBlock, facts.data_end, scan.detail});
  }
  co_return health;
}

// As a run does: a key counts once in a segment, or a key that is often written would fill its page with old versions.
static void mark_replaced(const SegmentScan& scan, std::vector<RunEntry>& entries) {
  SeenKeys seen(entries.size());
  for (size_t i = entries.size(); i-- > 0;)
    if (seen.add(entries[i].hash, scan.bytes.data() + entries[i].offset) != nullptr) entries[i].kind = kReplaced;
}

// What a sealed segment holds, read from itself; what of it cannot be read goes to `damage`.
Task<Result<std::vector<RunEntry>>> Opening::scan_entries(SegmentFacts facts, std::vector<DamagedRange>* damage) {
  Result<io::OpenedFile> opened = co_await io::open_to_read(core_.disk, core_.path(names::segment(facts.id)));
  if (!opened.ok()) co_return opened.status();
  ScanExpectation expect{.nonce = facts.nonce, .limit = facts.data_end, .link_before = 0,
                         .chained = facts.kind == SegmentKind::log};
  Result<std::unique_ptr<SegmentScan>> scanned =
      co_await scan_segment(core_.disk, opened.value().file, facts.id, opened.value().size, expect);
  co_await io::close(core_.disk, opened.value().file);
  if (!scanned.ok()) co_return scanned.status();
  SegmentScan& scan = *scanned.value();
  std::vector<RunEntry> entries;
  uint64_t covered = 0;
  do {
    for (; covered < scan.groups.size(); ++covered) {
      const GroupHeader& header = scan.groups[covered];
      const uint64_t base = lsn_offset(header.lsn);
      (void)for_each_record(scan.group(header), header, [&](const FrameHeader&, RecordView record, uint64_t at) {
        entries.push_back({core_.hash(record.key()), static_cast<uint32_t>(base + at), record.kind(), record.sequence()});
      });
    }
    if (scan.end >= facts.data_end) break;
    damage->push_back({facts.id, scan.end, scan.next_readable != 0 ? scan.next_readable : facts.data_end,
                       std::string(errc_code(scan.stop))});
  } while (resume_scan(scan, expect));
  if (facts.kind == SegmentKind::log) mark_replaced(scan, entries);
  co_return std::move(entries);
}

Task<Status> Opening::scan_sealed(SegmentFacts facts) {
  Result<std::vector<RunEntry>> entries = co_await scan_entries(facts, &tail_.damage);
  if (!entries.ok()) co_return entries.status();
  if (core_.options.use_standard) scanned_.emplace_back(facts.id, entries.value());
  pages_.add_entries(std::move(entries.value()), facts);
  co_return Status();
}

// The same behind the traffic: a run turned out to be damaged when a page wanted its part of it.
Task<Result<std::vector<RunEntry>>> Opening::rescan(SegmentFacts facts) {
  note("the run of segment " + std::to_string(facts.id) + " is damaged; its segment is scanned instead");
  std::vector<DamagedRange> damage;
  Result<std::vector<RunEntry>> entries = co_await scan_entries(facts, &damage);
  if (!entries.ok()) co_return Status(Errc::corrupt, "segment " + std::to_string(facts.id) + " and its run cannot be read: " +
                                                         entries.status().detail);
  report_.damage.insert(report_.damage.end(), damage.begin(), damage.end());
  if (!damage.empty() && core_.options.on_damage == DamagePolicy::fail)
    co_return Status(Errc::corrupt, describe(damage.front()));
  scanned_.emplace_back(facts.id, entries.value());
  co_return entries;
}

// Newest first, so that a key's older versions in the tail are recognised and left where they are. A run speaks of its
// segment alone: one that hid what a later segment replaces would let compaction drop the later segment's tombstone, and
// the older version would come back when the run is lost and its segment scanned.
Status Opening::replay() {
  uint64_t records = 0;
  for (const auto& scan : tail_.scans) records += core_.segments.by_id(scan->segment_id)->facts.records;
  for (const auto& [id, segment] : core_.segments.all())
    if (segment->facts.state == SegmentState::sealed)
      sealed_sequence_ = std::max(sealed_sequence_, segment->facts.last_sequence);
  SeenKeys seen(records);
  for (size_t i = tail_.scans.size(); i-- > 0;) {
    const SegmentScan& scan = *tail_.scans[i];
    Replayed replayed;
    const uint64_t here = core_.segments.by_id(scan.segment_id)->facts.records;
    replayed.newest_here.reserve(here);
    replayed.newest.reserve(here);
    for (size_t g = scan.groups.size(); g-- > 0;)
      if (!replay_group(scan, scan.groups[g], seen, replayed))
        return {Errc::corrupt, "a group of segment " + std::to_string(scan.segment_id) + " does not add up"};
    if (replayed.newest_here.empty()) continue;
    scanned_.emplace_back(scan.segment_id, std::move(replayed.newest_here));
    pages_.add_entries(std::move(replayed.newest), core_.segments.by_id(scan.segment_id)->facts);
  }
  return {};
}

// Backwards through the group; where a key was met before is on its way to the processor's cache some records ahead.
bool Opening::replay_group(const SegmentScan& scan, const GroupHeader& header, SeenKeys& seen, Replayed& replayed) {
  struct Found {
    RecordView record;
    uint64_t offset;
    uint64_t hash;
  };
  const uint64_t base = lsn_offset(header.lsn);
  std::vector<Found> records;
  records.reserve(header.records);
  const Errc walked = for_each_record(scan.group(header), header, [&](const FrameHeader&, RecordView record, uint64_t at) {
    records.push_back({record, base + at, core_.hash(record.key())});
  });
  Segment& segment = *core_.segments.by_id(scan.segment_id);
  for (size_t i = records.size(); i-- > 0;) {
    if (i >= kReplayAhead) seen.prefetch(records[i - kReplayAhead].hash);
    const auto& [record, offset, hash] = records[i];
    const RunEntry entry{hash, static_cast<uint32_t>(offset), record.kind(), record.sequence()};
    const uint8_t* newer = seen.add(hash, record.data());
    if (newer == nullptr || !scan.holds(newer)) replayed.newest_here.push_back(entry);
    if (newer == nullptr) {
      replayed.newest.push_back(entry);
      replay_record(record, hash, Address::disk(scan.segment_id, offset));
    } else {
      segment.facts.dead_bytes += record.size();
    }
  }
  return walked == Errc::ok;
}

// Into memory, and before what its page will have; not if the page's image or a sealed segment knows it, or something
// newer, already.
void Opening::replay_record(RecordView record, uint64_t hash, Address disk) {
  Page& page = core_.table.page_for(hash);
  if (record.sequence() <= std::max(pages_.captured(page), sealed_sequence_)) return;
  Address memory;
  const uint64_t size = record.size();
  std::memcpy(core_.arena.allocate(size, memory), record.data(), size);
  core_.arena.set_disk_address(memory, disk);
  page.overlay.push_back({hash, memory});
  core_.recent.note(hash);
}

// What was kept may still be in the device's cache: it must survive the next power cut before anybody reads it.
Task<Status> Opening::flush_kept() {
  for (auto& [id, segment] : core_.segments.all()) {
    if (segment->facts.state != SegmentState::cut || segment->file == 0 || segment->facts.records == 0) continue;
    const IoRequest synced = co_await io::on_file(core_.disk, IoOp::sync, segment->file);
    if (synced.code != Errc::ok) co_return Status(synced.code, names::segment(id));
  }
  co_return Status();
}

// Segments without a record that is kept; the files go when the manifest no longer names them.
Task<std::vector<uint64_t>> Opening::drop_empty() {
  std::vector<uint64_t> empty;
  for (auto& [id, segment] : core_.segments.all()) {
    const bool scanned = segment->facts.kind == SegmentKind::log && segment->facts.state == SegmentState::cut;
    const bool orphan = segment->facts.kind == SegmentKind::relocated && segment->facts.state != SegmentState::sealed;
    if ((scanned && segment->facts.records == 0) || orphan) empty.push_back(id);
  }
  for (uint64_t id : empty) {
    if (core_.segments.by_id(id)->file != 0) co_await io::close(core_.disk, core_.segments.by_id(id)->file);
    core_.segments.remove(id);
  }
  co_return empty;
}

Task<Status> Opening::start_log(const Manifest& manifest) {
  uint64_t last_sequence = std::max(tail_.last_sequence, manifest.next_sequence - 1);
  for (const auto& [id, segment] : core_.segments.all())
    if (segment->facts.kind == SegmentKind::log) last_sequence = std::max(last_sequence, segment->facts.last_sequence);
  core_.compacted_sequence = core_.segments.last_gap(last_sequence);
  // Segments that were sealed may come after the last one that was scanned.
  const uint64_t last_link = tail_.end >= manifest.durable_lsn && tail_.last_link != 0 ? tail_.last_link : manifest.last_link;
  ++core_.incarnation;
  core_.eviction = std::make_unique<Eviction>(core_.table, core_.arena, core_.hash_seed);
  core_.log = std::make_unique<Log>(core_.disk, core_, core_.segments,
                                    LogConfig{.directory = core_.options.directory, .store_id = core_.store_id,
                                              .segment_bytes = core_.segment_bytes, .incarnation = core_.incarnation,
                                              .inflight_max = core_.options.inflight_groups});
  const std::vector<uint64_t> dropped = co_await drop_empty();
  core_.log->resume_at(last_link, last_sequence + 1, std::max(tail_.end, manifest.durable_lsn));
  core_.clean = false;
  const Status committed = co_await core_.commit_manifest();
  if (!committed.ok()) co_return committed;
  for (uint64_t id : dropped) co_await io::on_path(core_.disk, IoOp::unlink, core_.path(names::segment(id)));
  core_.log->start();
  co_return committed;
}

// The tail becomes part of the index: a run per scanned segment, the oldest first, so that the tail gets shorter by it.
Task<> Opening::seal_scanned() {
  auto scanned = std::exchange(scanned_, {});
  std::sort(scanned.begin(), scanned.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
  for (auto& [id, entries] : scanned) {
    Segment* segment = core_.segments.by_id(id);
    if (segment == nullptr || core_.stopping) continue;
    ++segment->pins;
    const Status written = co_await core_.log->write_run(*segment, entries);
    --segment->pins;
    if (!written.ok()) note("the run of segment " + std::to_string(id) + " could not be written: " + written.detail);
  }
}

}  // namespace foreshard
