// store/warmer.h.
#include "engine/store/warmer.h"

#include <algorithm>

#include "engine/io/await.h"
#include "engine/io/transfer.h"
#include "engine/log/group.h"

namespace foreshard {

namespace {
constexpr uint32_t kChunksInFlight = 32;  // being prepared, read, checked or linked
constexpr uint32_t kReadsInFlight = 2;   // more would only make single reads wait behind them in the device
constexpr size_t kBatch = 32;
constexpr uint64_t kPiece = 4u << 20;
constexpr size_t kTouchesMax = 16384;
constexpr uint64_t kEarlyReads = 10'000;
constexpr uint64_t kRestTurns = 3;      // the hot set is there: traffic comes first
constexpr uint64_t kWorthReading = 20;  // a segment is read whole if at least one in so many of its records is missing
}  // namespace

void Warmer::watch(uint64_t hash, bool hit) {
  if (report_.early_reads < kEarlyReads) {
    ++report_.early_reads;
    report_.early_hits += hit;
  }
  if (touches_.size() < kTouchesMax && touched_.insert(hash).second) touches_.push_back(hash);
  if (touches_.size() >= kTouchesMax && report_.early_reads >= kEarlyReads) watching_ = false;
}

double Warmer::fast_progress() const {
  return fast_total_ == 0 ? 0 : static_cast<double>(report_.fast_bytes) / static_cast<double>(fast_total_);
}

double Warmer::rest_progress() const {
  return rest_total_ == 0 ? 0 : std::min(1.0, static_cast<double>(report_.rest_bytes) / static_cast<double>(rest_total_));
}

double Warmer::estimate_ms(double elapsed_ms) const {
  const double done = static_cast<double>(report_.fast_bytes + report_.rest_bytes);
  const double total = static_cast<double>(fast_total_ + rest_total_);
  return done <= 0 || done >= total ? 0 : elapsed_ms * (total - done) / done;
}

Task<> Warmer::restore_fast() {
  for (uint32_t number = 0; number < kFastClasses && !core_.stopping && !core_.arena.over_limit(); ++number)
    co_await restore_class(number);
}

Task<> Warmer::restore_class(uint32_t number) {
  Result<std::unique_ptr<FastImageReader>> opened =
      co_await FastImageReader::open(core_.disk, core_.options.fast_directory, core_.store_id, number);
  if (!opened.ok()) {
    if (opened.code() != Errc::not_found)
      core_.event("warning", Json().field("detail", "fast-restore class " + std::to_string(number) + " cannot be read (" +
                                                        std::string(errc_code(opened.code())) + "): the restore is slower"));
    co_return;
  }
  std::unique_ptr<FastImageReader> reader = std::move(opened.value());
  fast_total_ += reader->bytes();
  ++report_.fast_classes;
  std::vector<bool> known(kSegmentSlots);  // slots where the very segment still lives that the image means
  for (const auto& [id, segment] : core_.segments.all()) known[id % kSegmentSlots] = reader->refers_to(segment->facts);
  uint32_t next = 0;
  std::vector<Task<>> lanes;
  for (uint32_t lane = 0; lane < kChunksInFlight; ++lane) lanes.push_back(restore_chunks(reader.get(), &known, &next));
  co_await Join(std::move(lanes));
  co_await reader->close();
}

// One of several lanes over the same class: while one links, the others read.
Task<> Warmer::restore_chunks(FastImageReader* reader, const std::vector<bool>* known, uint32_t* next) {
  while (*next < reader->chunks() && !core_.stopping && !core_.arena.over_limit()) {
    const uint32_t index = (*next)++;
    MutableBytes memory;
    const uint32_t chunk = core_.arena.open_chunk_for_read(memory);
    co_await io::work(core_.disk, [memory] { Mapping::populate(memory.data(), memory.size()); });
    while (reading_ >= kReadsInFlight) co_await read_turn_.wait();
    ++reading_;
    const Result<uint32_t> used = co_await reader->read_chunk(index, memory);
    --reading_;
    read_turn_.wake_all();
    if (!used.ok()) {
      core_.arena.abandon(chunk);
      continue;
    }
    if (!core_.arena.finish(chunk, used.value()).ok()) continue;
    while (!index_ended_ || linking_) co_await link_turn_.wait();
    linking_ = true;  // one chunk at a time, or the slices of many would add up
    co_await link_chunk(known, chunk);
    linking_ = false;
    report_.fast_bytes += used.value();
    link_turn_.wake_all();
  }
}

// Points entries at the chunk's records, a batch at a time so that the pages' cache misses overlap.
Task<> Warmer::link_chunk(const std::vector<bool>* known, uint32_t chunk) {
  struct Item {
    Address memory;
    uint64_t hash;
  };
  std::array<Item, kBatch> batch;
  // The chunk is not evicted meanwhile: what is not linked yet must not be taken for garbage and used again.
  const Address first = core_.arena.first_record(chunk);
  if (!first) co_return;
  core_.arena.pin(first, UINT64_MAX);
  core_.begin_slice();
  for (Address at = first; at;) {
    size_t filled = 0;
    for (; at && filled < kBatch; at = core_.arena.next_record(at)) {
      batch[filled] = {at, core_.hash(core_.arena.view(at).key())};
      core_.table.prefetch(batch[filled++].hash);
    }
    report_.fast_records += filled;
    for (size_t i = 0; i < filled; ++i) {
      const Address disk = core_.arena.disk_address(batch[i].memory);
      const bool mine = disk && (*known)[disk.slot()];
      if (mine && make_resident(core_, batch[i].hash, disk, batch[i].memory)) ++report_.fast_admitted;
      else core_.arena.mark_dead(batch[i].memory);
    }
    if (!core_.slice_over()) continue;
    co_await core_.pause();
    core_.begin_slice();
  }
  core_.arena.unpin(chunk);
}

// Reading a segment pays if much of it is missing; single records come when they are asked for.
std::vector<uint64_t> Warmer::cold_segments() {
  std::vector<uint32_t> missing(kSegmentSlots);
  for (Page* page = core_.table.first(); page != nullptr; page = core_.table.next(*page))
    for (int slot = 0; slot < static_cast<int>(kPageSlots); ++slot)
      if (page->occupied(slot) && !page->address(slot).in_memory()) ++missing[page->address(slot).slot()];
  std::vector<uint64_t> ids;
  for (const auto& [id, segment] : core_.segments.all()) {
    const SegmentFacts& facts = segment->facts;
    if (facts.records == 0 || facts.state == SegmentState::open) continue;
    if (missing[id % kSegmentSlots] * kWorthReading < facts.records) continue;
    ids.push_back(id);
    rest_total_ += facts.data_end;
  }
  std::reverse(ids.begin(), ids.end());
  return ids;
}

Task<> Warmer::warm_rest() {
  const std::vector<uint64_t> ids = cold_segments();
  for (uint64_t id : ids) {
    if (core_.stopping || core_.arena.over_limit()) co_return;
    if (core_.segments.by_id(id) == nullptr) continue;
    const Status warmed = co_await warm_segment(id);
    if (!warmed.ok()) core_.event("warning", Json().field("detail", warmed.detail));
  }
}

// Reads the segment in large pieces; each holds whole groups as far as they fit, the next begins where one did not.
Task<Status> Warmer::warm_segment(uint64_t id) {
  Segment* segment = core_.segments.by_id(id);
  ++segment->pins;
  Status status = co_await reader_.open_segment(segment);
  const uint64_t end = segment->facts.data_end;
  uint64_t at = kBlock;
  uint64_t want = kPiece;
  while (status.ok() && at < end && !core_.stopping && !core_.arena.over_limit()) {
    AlignedBuffer piece(std::min(want, align_up(end - at, kBlock)));
    std::vector<io::ReadPiece> pieces;
    io::add_pieces(pieces, at, piece.data(), std::min<uint64_t>(piece.size(), end - at), 1u << 20);
    co_await io::ReadMany(core_.disk, segment->file, pieces, 1);
    for (const io::ReadPiece& read : pieces)
      if (read.code != Errc::ok) status = Status(read.code, "warming segment " + std::to_string(id));
    uint64_t used = 0;
    while (status.ok() && used < piece.size()) {
      GroupHeader header;
      if (read_group_header(piece.view(used, piece.size() - used), header) != Errc::ok) {
        status = Status(Errc::corrupt, "segment " + std::to_string(id) + " at byte " + std::to_string(at + used));
        break;
      }
      if (used + header.length > piece.size()) break;
      if (check_group_body(piece.view(used, header.length), header) != Errc::ok) {
        status = Status(Errc::checksum_mismatch, "segment " + std::to_string(id) + " at byte " + std::to_string(at + used));
        break;
      }
      co_await warm_group(segment, piece.view(used, header.length), at + used);
      used += header.padded();
    }
    if (status.ok() && used == 0) {
      want = want * 4;
      if (want > (256u << 20)) status = Status(Errc::corrupt, "segment " + std::to_string(id));
    }
    at += used;
    report_.rest_bytes += used;
  }
  --segment->pins;
  co_return status;
}

// Copies those records into memory whose entries still say this place on disk.
Task<> Warmer::warm_group(Segment* segment, Bytes group, uint64_t offset) {
  GroupHeader header;
  (void)read_group_header(group, header);
  std::vector<std::pair<uint64_t, uint32_t>> records;  // hash, offset in the group
  records.reserve(header.records);
  (void)for_each_record(group, header, [&](const FrameHeader&, RecordView record, uint64_t at) {
    records.emplace_back(core_.hash(record.key()), static_cast<uint32_t>(at));
  });
  core_.begin_slice();
  for (size_t first = 0; first < records.size() && !core_.arena.over_limit(); first += kBatch) {
    const size_t last = std::min(first + kBatch, records.size());
    for (size_t i = first; i < last; ++i) core_.table.prefetch(records[i].first);
    for (size_t i = first; i < last; ++i) {
      const auto [hash, at] = records[i];
      const Address disk = Address::disk(segment->facts.id, offset + at);
      if (on_disk_in_index(core_, hash, disk) && reader_.admit(disk, RecordView(group.data() + at))) ++report_.rest_admitted;
    }
    if (!core_.slice_over()) continue;
    co_await core_.pause(kRestTurns);
    if (core_.stopping) co_return;
    core_.begin_slice();
  }
}

}  // namespace foreshard
