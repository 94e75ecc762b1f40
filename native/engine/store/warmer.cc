// store/warmer.h.
#include "engine/store/warmer.h"

#include <algorithm>

#include "engine/io/await.h"
#include "engine/io/transfer.h"
#include "engine/base/hash.h"
#include "engine/log/group.h"
#include "engine/store/hot_set.h"
#include "engine/store/slice.h"

namespace foreshard {

namespace {
constexpr uint32_t kChunksInFlight = 192;  // being prepared, read, checked or linked: read while the index is loaded
constexpr uint32_t kChunksPrepared = 16;   // before the index is read
constexpr uint32_t kReadsAhead = 12;        // so that the device has the next ones at once
constexpr size_t kBatch = 32;
constexpr uint64_t kPiece = 4u << 20;
constexpr uint64_t kPieceMax = 256u << 20;
constexpr uint64_t kReadBytes = 256u << 10;  // reads of traffic wait behind what is under way
constexpr size_t kTouchesMax = 16384;
constexpr uint64_t kFirstReads = 1'000;
constexpr uint64_t kEarlyReads = 10'000;
constexpr uint64_t kWatchedReads = 500'000;  // a store of few keys has no more first touches to show by then
constexpr double kLinkTurns = 0.5;      // each link spares traffic a read that costs it a hundred times as much
constexpr size_t kRestLanes = 2;
constexpr double kRestTurns = 3;        // the hot set is there: traffic comes first
// Bytes of a segment that are read for one missing record, at most: while the restore goes on; and behind it, at the pace of
// background work, where a single read would cost the owner as much as looking up about 200 records.
constexpr uint64_t kReadFor = 1u << 10;
constexpr uint64_t kReadForBehind = 1u << 14;
constexpr uint64_t kWaitStepNs = 50'000'000;
}  // namespace

void EarlyReads::note(bool hit, int origin) {
  ++reads;
  hits += hit;
  replayed += origin == static_cast<int>(kReplayed);
  restored += origin >= 0 && origin < static_cast<int>(kReplayed);
}

void Warmer::note_replayed() {
  origins_.resize(core_.arena.chunk_count());
  for (uint32_t chunk = 0; chunk < origins_.size(); ++chunk)
    origins_[chunk] = {core_.arena.chunk(chunk).birth, kReplayed, core_.arena.chunk(chunk).used};
}

void Warmer::watch(uint64_t hash, bool hit) {
  if (report_.early.reads < kEarlyReads) {
    const int origin = hit ? origin_of(hash) : -1;
    if (origin >= 0 && origin < static_cast<int>(kReplayed)) ++report_.early_by_class[static_cast<size_t>(origin)];
    if (report_.first.reads < kFirstReads) report_.first.note(hit, origin);
    report_.early.note(hit, origin);
  }
  if (touches_.size() < kTouchesMax && touched_.insert(hash).second) touches_.push_back(hash);
  if (++watched_reads_ == kWatchedReads || (touches_.size() >= kTouchesMax && report_.early.reads >= kEarlyReads)) watching_ = false;
}

// The class whose image has put the record there, or kReplayed; -1: none. Of what eviction has moved since it is not known.
int Warmer::origin_of(uint64_t hash) const {
  const Page& page = core_.table.page_for(hash);
  for (int slot = page.find(tag_of(hash)); slot != Page::kNone; slot = page.find_next(tag_of(hash), slot)) {
    if (!page.address(slot).in_memory()) continue;
    const Address address = page.address(slot);
    if (address.chunk() >= origins_.size()) return -1;
    const Origin& origin = origins_[address.chunk()];
    const bool known = origin.birth == core_.arena.chunk(address.chunk()).birth && address.chunk_offset() < origin.end;
    return known ? static_cast<int>(origin.class_number) : -1;
  }
  return -1;
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

struct Warmer::FastClass {
  std::unique_ptr<FastImageReader> reader;
  uint32_t number = 0;
  int32_t score = INT32_MIN;  // the least heat of its keys
  std::vector<bool> known;  // slots where the very segment still lives that the image means
  uint32_t next = 0;        // chunk

  bool taken() const { return next == reader->chunks(); }
};

Task<> Warmer::open_class(uint32_t number, FastClasses* classes) {
  Result<std::unique_ptr<FastImageReader>> opened =
      co_await FastImageReader::open(core_.disk, core_.options.fast_directory, core_.store_id, number);
  if (!opened.ok()) {
    if (opened.code() != Errc::not_found)
      core_.event("warning", Json().field("detail", "fast-restore class " + std::to_string(number) + " cannot be read (" +
                                                        std::string(errc_code(opened.code())) + "): the restore is slower"));
    co_return;
  }
  FastClass& image = classes->emplace_back(FastClass{std::move(opened.value()), number, INT32_MIN, std::vector<bool>(kSegmentSlots)});
  image_bytes_[number] = image.reader->bytes();
  fast_total_ += image.reader->bytes();
  below_rank_[number] = rank_by_clock(image.reader->stamp().below_rank, core_.heat_now, 1);
  ++report_.fast_classes;
  for (const auto& [id, segment] : core_.segments.all())
    image.known[id % kSegmentSlots] = image.reader->refers_to(segment->facts);
}

Task<> Warmer::restore_fast() {
  FastClasses classes;  // stay where they are
  for (uint32_t number = 0; number < kFastClasses && !core_.stopping; ++number) co_await open_class(number, &classes);
  for (FastClass& image : classes) image.score = score_in(image.number);
  std::vector<Task<>> lanes;
  for (uint32_t lane = 0; lane < kChunksInFlight; ++lane) lanes.push_back(restore_chunks(&classes));
  co_await Join(std::move(lanes));
  for (FastClass& image : classes) co_await image.reader->close();
}

// One of several lanes over all classes: while one links, the others read and check.
Task<> Warmer::restore_chunks(FastClasses* classes) {
  Contents contents;
  while (!core_.stopping && !core_.arena.over_limit()) {
    if (!index_read_ && begun_ >= kChunksPrepared) {
      co_await read_turn_.wait();
      continue;
    }
    const auto image = std::find_if(classes->begin(), classes->end(), [](const FastClass& one) { return !one.taken(); });
    if (image == classes->end()) break;
    ++begun_;
    co_await restore_chunk(&*image, image->next++, &contents);
  }
}

// Until its turn comes, the chunk counts as being read: what is not linked yet must not be taken for garbage.
Task<> Warmer::restore_chunk(FastClass* image, uint32_t index, Contents* contents) {
  MutableBytes memory;
  const uint32_t chunk = core_.arena.open_chunk_for_read(memory);
  const bool filled = co_await fill_chunk(image, index, memory, contents);
  if (!filled) {
    core_.arena.abandon(chunk);
    co_return;
  }
  while (!index_ended_ || linking_) co_await link_turn_.wait();
  linking_ = true;  // one chunk at a time, or the slices of many would add up
  if (image->number == kPredictedClass) keep_predicted(index, contents->links);
  co_await link_chunk(image, chunk, contents);
  linking_ = false;
  link_turn_.wake_all();
}

// Reads and checks; all that costs time and touches no state of the store is done by helper threads.
Task<bool> Warmer::fill_chunk(FastClass* image, uint32_t index, MutableBytes memory, Contents* contents) {
  co_await io::work(core_.disk, [memory] { Mapping::populate(memory.data(), memory.size()); });
  while (reading_ == kReadsAhead || !index_read_) co_await read_turn_.wait();
  ++reading_;
  const Status read = co_await image->reader->read_chunk(index, memory);
  --reading_;
  read_turn_.wake_all();
  if (!read.ok()) co_return false;
  bool good = false;
  const std::function<void()> prepare = [&, seed = core_.hash_seed] {
    contents->links.clear();
    good = image->reader->check_chunk(index, memory, contents->used) == Errc::ok &&
           FastImageReader::for_each(memory, contents->used, [&](Address disk, RecordView record, uint32_t offset) {
             contents->links.push_back({hash_key(seed, record.key()), disk, offset});
           });
  };
  co_await io::work(core_.disk, prepare);
  co_return good;
}

// About the least heat that a key of a class had when it was written; the index's may be of long before. Of class 0, which
// does not go by heat, and of the coldest one nothing is known. What is predicted counts as if it were in the hottest band.
int32_t Warmer::score_in(uint32_t number) const {
  if (number == kPredictedClass) number = kFirstBand;
  const int64_t below = number == 0 || number + 1 == kFastClasses ? INT64_MAX : below_rank_[number + 1];
  return below == INT64_MAX ? INT32_MIN : score_of_rank(below);
}

bool Warmer::link(const FastClass& image, uint32_t chunk, const Link& link) {
  const bool mine = link.disk && image.known[link.disk.slot()];
  const Address memory = Address::memory(chunk, link.offset);
  if (!mine || !link_restored(core_, link.hash, link.disk, memory, image.score)) return false;
  ++linked_[link.disk.slot()];
  if (image.number == 0) core_.recent.note(link.hash);  // the other classes are still behind with it
  return true;
}

// A batch: what it will touch is on its way to the processor's cache before it is touched.
void Warmer::link_batch(const FastClass& image, uint32_t chunk, std::span<const Link> links) {
  std::array<Address, kBatch> useless;
  size_t count = 0;
  for (const Link& one : links) core_.table.prefetch(one.hash);
  for (const Link& one : links) {
    if (link(image, chunk, one)) continue;
    useless[count] = Address::memory(chunk, one.offset);
    core_.arena.prefetch(useless[count++]);
  }
  for (size_t i = 0; i < count; ++i) core_.arena.mark_dead(useless[i]);
  report_.fast_admitted += links.size() - count;
  if (image.number == kPredictedClass) report_.predicted_admitted += links.size() - count;
}

void Warmer::keep_predicted(uint32_t index, std::span<const Link> links) {
  if (predicted_.size() <= index) predicted_.resize(index + 1);
  for (const Link& one : links) predicted_[index].push_back(one.hash);
  report_.predicted_records += links.size();
}

std::vector<uint64_t> Warmer::take_predicted() {
  std::vector<uint64_t> all;
  for (const std::vector<uint64_t>& some : std::exchange(predicted_, {})) all.insert(all.end(), some.begin(), some.end());
  all.resize(std::min<size_t>(all.size(), option::predicted_keys.max));
  return all;
}

// Points entries at the chunk's records. They come in the order of their pages, which so stay in the processor's cache; only what
// is predicted comes in an order of its own.
Task<> Warmer::link_chunk(const FastClass* image, uint32_t chunk, const Contents* contents) {
  const std::span<const Link> links = contents->links;
  core_.arena.finish_checked(chunk, contents->used);
  if (origins_.size() <= chunk) origins_.resize(chunk + 1);
  origins_[chunk] = {core_.arena.chunk(chunk).birth, image->number, UINT64_MAX};
  report_.fast_bytes += contents->used;
  if (links.empty()) co_return;
  core_.arena.pin(Address::memory(chunk, links.front().offset), UINT64_MAX);  // it is not evicted meanwhile
  Slice slice(core_);
  for (size_t first = 0; first < links.size(); first += kBatch) {
    link_batch(*image, chunk, links.subspan(first, std::min(kBatch, links.size() - first)));
    if (slice.over()) co_await slice.pause(kLinkTurns);
  }
  report_.fast_records += links.size();
  core_.arena.unpin(chunk);
}

// Reading a segment whole pays where much of it is missing, most where much is missing in few bytes; single records
// come when they are asked for.
std::deque<uint64_t> Warmer::cold_segments(uint64_t bytes_per_record) {
  std::vector<std::pair<double, uint64_t>> worth;
  for (const auto& [id, segment] : core_.segments.all()) {
    const SegmentFacts& facts = segment->facts;
    if (facts.records == 0 || facts.state == SegmentState::open) continue;
    const uint32_t absent = reader_.loaded_entries(id).absent;
    const uint64_t missing = absent - std::min(absent, linked_[id % kSegmentSlots]);
    if (missing * bytes_per_record >= facts.data_end)
      worth.emplace_back(static_cast<double>(missing) / static_cast<double>(facts.data_end), id);
  }
  std::sort(worth.begin(), worth.end(), std::greater<>());
  std::deque<uint64_t> ids;
  for (const auto& [density, id] : worth) ids.push_back(id);
  return ids;
}

// One of the lanes over these segments: while one copies records, the others read, check and make memory present.
Task<> Warmer::warm_segments(std::deque<uint64_t>* ids, uint64_t bytes_per_second) {
  while (!ids->empty() && !core_.stopping && !core_.arena.over_limit()) {
    const uint64_t id = ids->front();
    ids->pop_front();
    if (core_.segments.by_id(id) == nullptr) continue;
    const Status warmed = co_await warm_segment(id, bytes_per_second);
    if (!warmed.ok()) core_.event("warning", Json().field("detail", warmed.detail));
  }
}

Task<> Warmer::warm_rest() {
  std::deque<uint64_t> ids = cold_segments(kReadFor);
  for (uint64_t id : ids) rest_total_ += core_.segments.by_id(id)->facts.data_end;
  const size_t wanted = rest_total_ > fast_total_ ? kRestLanes : 1;  // where images held most, few reads miss: traffic first
  std::vector<Task<>> lanes;
  while (lanes.size() < wanted) lanes.push_back(warm_segments(&ids, 0));
  co_await Join(std::move(lanes));
}

Task<> Warmer::fill_gaps() {
  std::deque<uint64_t> ids = cold_segments(kReadForBehind);
  co_await warm_segments(&ids, core_.options.background_bytes_per_second);
}

// A part of a segment in memory: whole groups, as far as they fit, and where their records are.
struct Warmer::Piece {
  struct Record {
    uint64_t hash;
    uint32_t offset;  // in the piece
  };
  AlignedBuffer bytes;
  uint64_t offset = 0;  // in the segment
  uint64_t used = 0;    // of the bytes, by whole groups; the next piece begins behind them
  Status status;
  std::vector<Record> records;

  // On any thread.
  void parse(uint64_t hash_seed, uint64_t length);
};

void Warmer::Piece::parse(uint64_t hash_seed, uint64_t length) {
  records.clear();
  used = 0;
  while (used < length) {
    const Bytes rest = bytes.view(used, length - used);
    GroupHeader header;
    Errc code = read_group_header(rest, header);
    if (code == Errc::ok && header.length > rest.size()) return;
    if (code == Errc::ok) code = check_group_body(rest.first(header.length), header);
    if (code == Errc::ok)
      code = for_each_record(rest.first(header.length), header, [&](const FrameHeader&, RecordView record, uint64_t at) {
        records.push_back({hash_key(hash_seed, record.key()), static_cast<uint32_t>(used + at)});
      });
    if (code != Errc::ok) {
      status = Status(code, "at byte " + std::to_string(offset + used));
      return;
    }
    used += header.padded();
  }
}

// From `at` to at most `end`. A group that is longer than the piece is read again, whole.
Task<> Warmer::read_piece(Segment* segment, uint64_t at, uint64_t end, Piece* piece) {
  piece->status = Status();
  piece->offset = at;
  for (uint64_t want = kPiece; want <= kPieceMax; want *= 4) {
    const uint64_t length = std::min(want, end - at);
    if (piece->bytes.size() < length) piece->bytes = AlignedBuffer(std::max(length, kPiece));
    std::vector<io::ReadPiece> reads;
    io::add_pieces(reads, at, piece->bytes.data(), length, kReadBytes);
    co_await io::ReadMany(core_.disk, segment->file, reads, 1);
    for (const io::ReadPiece& read : reads)
      if (read.code != Errc::ok) piece->status = Status(read.code);
    if (!piece->status.ok()) co_return;
    co_await io::work(core_.disk, [piece, length, seed = core_.hash_seed] { piece->parse(seed, length); });
    co_await core_.memory_ahead(std::min(piece->used, kPiece) + 2 * kChunkBytes);  // what the piece before still needs, and this one
    if (piece->used > 0 || !piece->status.ok()) co_return;
  }
  piece->status = Status(Errc::corrupt, "at byte " + std::to_string(at));
}

// In steps: closing does not wait longer for it.
Task<> Warmer::wait_for(uint64_t nanoseconds) {
  for (uint64_t left = nanoseconds; left > 0 && !core_.stopping;) {
    const uint64_t step = std::min(left, kWaitStepNs);
    co_await io::delay(core_.disk, step);
    left -= step;
  }
}

// While the records of one piece become resident, the next one is read.
Task<Status> Warmer::warm_segment(uint64_t id, uint64_t bytes_per_second) {
  Segment* segment = core_.segments.by_id(id);
  ++segment->pins;
  Status status = co_await reader_.open_segment(segment);
  const uint64_t end = segment->facts.data_end;
  Piece now, next;
  if (status.ok() && end > kBlock) co_await read_piece(segment, kBlock, end, &now);
  while (status.ok() && now.used > 0 && !core_.stopping && !core_.arena.over_limit()) {
    const uint64_t behind = now.offset + now.used;
    std::vector<Task<>> both;
    if (now.status.ok() && behind < end) both.push_back(read_piece(segment, behind, end, &next));
    both.push_back(admit_piece(segment, &now));
    co_await Join(std::move(both));
    report_.rest_bytes += now.used;
    if (!now.status.ok()) break;
    if (bytes_per_second != 0) co_await wait_for(now.used * 1'000'000'000 / bytes_per_second);
    std::swap(now, next);
    next.used = 0;
  }
  if (status.ok()) status = now.status;
  if (!status.ok()) status.detail = "warming segment " + std::to_string(id) + ": " + status.detail;
  --segment->pins;
  co_return status;
}

// Copies those records into memory whose entries still say this place on disk.
Task<> Warmer::admit_piece(Segment* segment, const Piece* piece) {
  while (linking_) co_await link_turn_.wait();
  linking_ = true;  // one piece at a time, or the slices of many would add up
  co_await admit_records(segment, piece);
  linking_ = false;
  link_turn_.wake_all();
}

Task<> Warmer::admit_records(Segment* segment, const Piece* piece) {
  Slice slice(core_);
  for (size_t first = 0; first < piece->records.size() && !core_.arena.over_limit(); first += kBatch) {
    const size_t last = std::min(first + kBatch, piece->records.size());
    for (size_t i = first; i < last; ++i) core_.table.prefetch(piece->records[i].hash);
    for (size_t i = first; i < last; ++i) {
      const auto [hash, at] = piece->records[i];
      const Address disk = Address::disk(segment->facts.id, piece->offset + at);
      if (!on_disk_in_index(core_, hash, disk) || !reader_.admit(disk, RecordView(piece->bytes.data() + at), hash)) continue;
      ++report_.rest_admitted;
      ++linked_[disk.slot()];
    }
    if (!slice.over()) continue;
    co_await slice.pause(kRestTurns);
    if (core_.stopping) co_return;
  }
}

}  // namespace foreshard
