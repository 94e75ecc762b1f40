// store/fast_checkpointer.h.
#include "engine/store/fast_checkpointer.h"

#include <algorithm>

#include "engine/io/await.h"
#include "engine/io/transfer.h"
#include "engine/log/names.h"
#include "engine/store/slice.h"

namespace foreshard {

namespace {

constexpr uint64_t kTickNs = 100'000'000;  // also the longest that closing waits for the loop
constexpr uint64_t kWaitNs = 200'000;
constexpr size_t kPagesBatch = 32;
constexpr uint32_t kSlotsStep = 256;
static_assert(kPageSlots % kSlotsStep == 0);
constexpr uint64_t kBatchBytes = 1u << 20;
constexpr uint64_t kBatchRecords = 8192;
constexpr uint64_t kMarginShare = 8;  // of the bytes that are planned with, for records that are larger than the average one
constexpr uint64_t kTouchesAfterNs = 10'000'000'000;  // the first touches of a restart are known then
// How often each class is written while there is traffic, in seconds.
constexpr std::array<uint64_t, kFastClasses> kEvery = {2, 2, 2, 4, 8, 16};
// A predicted class that is larger than the hottest band's part of the budget and than so many bytes, or has more keys to be looked up
// than these, is written more seldom, but as often as the coldest band.
constexpr uint64_t kHottestShare = (1u << kHotBands) - 1;
constexpr uint64_t kBytesAtOnce = 8u << 20;
constexpr uint64_t kKeysAtOnce = 1u << 16;
constexpr uint64_t kSlowestFactor = 8;
static_assert(kFirstBand + kHotBands == kFastClasses);
constexpr uint32_t kColdest = kFastClasses - 1;

// A band is planned by the size of an average record, and ends at its limit whatever the records' size is.
uint64_t planned(uint64_t limit_bytes) { return limit_bytes - limit_bytes / (kMarginShare + 1); }
uint64_t limit_of(const HotBand& band) { return band.budget_bytes + band.budget_bytes / kMarginShare; }

uint64_t average_record(const Core& core) {
  uint64_t bytes = 0, records = 0;
  for (const auto& [id, segment] : core.segments.all()) {
    bytes += segment->facts.record_bytes;
    records += segment->facts.records;
  }
  return std::max<uint64_t>(32, bytes / std::max<uint64_t>(records, 1));
}

}  // namespace

uint64_t FastCheckpointer::activity() const {
  const Counters& counters = core_.counters;
  return counters.gets + counters.puts + counters.dels;
}

// Compaction moves records also while nothing is asked for.
bool FastCheckpointer::outdated(uint32_t number) const {
  return activity() != written_at_[number] || (number == 0 && core_.recent.position() != changes_at_[0]) ||
         (number == kPredictedClass && predicted_for_ != prediction_->version);
}

void FastCheckpointer::set_predicted(std::vector<uint64_t> hashes, double budget_share) {
  inherited_ = false;
  prediction_ = std::make_shared<Prediction>(Prediction{std::move(hashes), budget_share, prediction_->version + 1});
}

std::string FastCheckpointer::prediction_json() const {
  return Json().field("keys", uint64_t{prediction_->hashes.size()}).field("records", predicted_records_)
      .field("bytes", row_.bytes[kPredictedClass]).field("inherited", inherited_).text();
}

// The images as they were restored. They are up to date if nobody has predicted anything meanwhile.
void FastCheckpointer::inherit() {
  for (uint32_t number = 0; number < kFastClasses; ++number) {
    row_.high[number] = warmer_.below_rank(number);
    row_.bytes[number] = warmer_.image_bytes(number);
  }
  predicted_records_ = warmer_.report().predicted_records;
  std::vector<uint64_t> hashes = warmer_.take_predicted();
  took_over_ = true;
  if (prediction_->version > 0 || hashes.empty()) return;
  inherited_ = true;
  prediction_ = std::make_shared<Prediction>(Prediction{.hashes = std::move(hashes)});
}

Task<> FastCheckpointer::run() {
  inherit();
  co_await load_touches();
  const uint64_t opened_ns = core_.disk.clock().now_ns();
  written_ns_.fill(opened_ns);  // what was restored is still good for a while
  while (!core_.stopping) {
    co_await io::delay(core_.disk, kTickNs);
    if (core_.stopping || core_.phase != Phase::full || core_.options.fast_budget == 0 || writing_) continue;
    const uint64_t now = core_.disk.clock().now_ns();
    if (!touches_saved_ && now > opened_ns + kTouchesAfterNs) {
      touches_saved_ = true;
      const Status saved = co_await save_touches();
      if (!saved.ok()) core_.event("warning", Json().field("detail", "first touches could not be saved: " + saved.detail));
    }
    if (inherited_ && now > opened_ns + kInheritedNs) set_predicted({}, 1);
    co_await write_due(now);
  }
}

Task<> FastCheckpointer::write_due(uint64_t now_ns) {
  Status status;
  const uint32_t coldest = coldest_due(now_ns);
  if (due(0, now_ns)) status = co_await write_first(true);
  if (coldest > 0 && status.ok() && !core_.stopping) status = co_await write_classes(coldest, true);
  if (status.ok() || core_.stopping) co_return;
  core_.event("warning", Json().field("detail", "a fast-restore image could not be written: " + status.detail));
}

// The predicted class may be as large as all bands are, or small; what changes of it meanwhile is in class 0.
uint64_t FastCheckpointer::every_ns(uint32_t number) const {
  const uint64_t every = kEvery[number] * 1'000'000'000;
  if (number != kPredictedClass) return every;
  const uint64_t bytes = row_.bytes[number];
  const uint64_t by_share = bytes * kHottestShare / std::max<uint64_t>(core_.options.fast_budget, 1);
  const uint64_t factor = std::max(std::min(by_share, bytes / kBytesAtOnce), prediction_->hashes.size() / kKeysAtOnce);
  const uint64_t hurry = predicted_for_ != prediction_->version ? 2 : 1;
  return every * std::clamp<uint64_t>(factor / hurry, 1, kSlowestFactor / hurry);
}

bool FastCheckpointer::due(uint32_t number, uint64_t now_ns) const {
  if (number == kPredictedClass && prediction_->empty()) return false;
  return now_ns >= written_ns_[number] + every_ns(number) && outdated(number);
}

// Where a class must be written more often, this is how often at most.
bool FastCheckpointer::half_due(uint32_t number, uint64_t now_ns) const {
  return now_ns >= written_ns_[number] + every_ns(number) / 2;
}

// All, before changes are forgotten that they are behind with, or for another prediction: soon for the first one and where it was
// taken back, at their usual pace for one that follows another and has most keys in common with it.
uint32_t FastCheckpointer::coldest_due(uint64_t now_ns) const {
  uint32_t number = kColdest;
  const bool follows = bands_for_ > 0 && !prediction_->empty();
  if ((core_.recent.crowded() || (prediction_waits() && !follows)) && half_due(number, now_ns)) return number;
  if (prediction_waits() && now_ns >= written_ns_[number] + every_ns(number)) return number;
  while (number > 0 && !due(number, now_ns)) --number;
  return number;
}

// Classes that are written together: how, and what they come to.
struct FastCheckpointer::Together {
  uint32_t coldest;
  const bool paced;
  Row row;  // as it will be
  std::shared_ptr<const Prediction> prediction;
  std::shared_ptr<const PredictedRecords> predicted;  // the bands leave it out; may be null
  std::vector<Draft> drafts;  // in the order in which they were captured
};

// One pass over the heat of all entries.
Task<HotSet> FastCheckpointer::choose(const Together& all) {
  RankHistogram ranks(core_.heat_now, average_record(core_));
  Slice slice(core_);
  for (uint64_t cursor = 0;;) {
    const Page& page = core_.table.page_for(cursor);
    ranks.add(page);
    cursor = (page.prefix | ~page.prefix_mask()) + 1;
    if (cursor == 0) break;
    if (slice.over()) co_await slice.pause(kCheckpointTurns);
  }
  if (all.predicted != nullptr) ranks.leave_out(all.predicted->ranks);
  const uint64_t budget = core_.options.fast_budget;
  co_return HotSet(std::move(ranks), planned(budget - std::min(budget, all.row.bytes[0] + all.row.bytes[kPredictedClass])));
}

Task<Status> FastCheckpointer::write_all(bool paced) {
  Status status = co_await write_classes(kColdest, paced);
  if (status.ok()) status = co_await write_first(paced);  // behind the others, it has little left to do
  co_return status;
}

// A class that is being written, or is written and waits until it takes the place of the one before.
struct FastCheckpointer::Draft {
  std::unique_ptr<FastImageWriter> writer;
  uint32_t number;
  HotBand band;
  uint64_t changes;         // how many there had been when it was begun
  uint64_t segments_below;  // ids from here on may have taken the slot of a segment that was captured
  std::shared_ptr<PredictedRecords> predicted = {};  // of the predicted class
};

FastCheckpointer::Draft FastCheckpointer::draft(uint32_t number, HotBand band, bool paced) {
  written_ns_[number] = core_.disk.clock().now_ns();
  written_at_[number] = activity();
  const FastImageStamp stamp{.store_id = core_.store_id, .incarnation = core_.incarnation, .class_number = number,
                             .lsn = core_.log->durable_lsn(), .link = core_.log->last_link(), .created_ms = core_.wall_ms(),
                             .below_rank = rank_by_clock(band.high, core_.heat_now, -1)};
  const auto& segments = core_.segments.all();
  return Draft{.writer = std::make_unique<FastImageWriter>(core_.disk, core_.options.fast_directory, stamp, core_.pace(paced)),
               .number = number, .band = band, .changes = core_.recent.position(),
               .segments_below = kSegmentSlots + (segments.empty() ? 0 : segments.begin()->first)};
}

// What the other classes leave of the budget: the colder ones as they are, the hotter ones as they will be.
uint64_t FastCheckpointer::room_for(uint32_t number, const HotSet& set, const Row& row) const {
  uint64_t taken = row.bytes[0] + row.bytes[kPredictedClass];
  for (uint32_t other = kFirstBand; other < kFastClasses; ++other)
    if (other != number) taken += other < number ? limit_of(set.bands[other - kFirstBand]) : row.bytes[other];
  const uint64_t budget = core_.options.fast_budget;
  return std::max(set.bands[number - kFirstBand].budget_bytes, planned(budget - std::min(budget, taken)));
}

// It may take what class 0 and the bands that stay as they are leave; and as much as it has.
uint64_t FastCheckpointer::room_for_predicted(const Together& all) const {
  const uint64_t budget = core_.options.fast_budget;
  uint64_t taken = all.row.bytes[0];
  for (uint32_t other = all.coldest + 1; other < kFastClasses; ++other) taken += other >= kFirstBand ? all.row.bytes[other] : 0;
  uint64_t room = budget - std::min(budget, taken);
  if (all.coldest < kColdest) room = std::max(room, all.row.bytes[kPredictedClass]);
  return std::min(room, static_cast<uint64_t>(static_cast<double>(budget) * all.prediction->budget_share));
}

// Bands rise with time: what stood above the next class's band when that was captured may stand below this one now, and
// would be in neither.
HotBand FastCheckpointer::band_of(uint32_t number, const HotSet& set, const Row& row) const {
  HotBand band = set.bands[number - kFirstBand];
  band.budget_bytes = room_for(number, set, row);
  band.low = std::max(std::min(band.low, row.high[number + 1]), set.ranks.low_end(band.high, band.budget_bytes));
  return band;
}

// The coldest class to write with this one: the next one too if this one has no room to reach down to it.
uint32_t FastCheckpointer::coldest_with(uint32_t number, const HotSet& set, const Row& row) const {
  const uint64_t now_ns = core_.disk.clock().now_ns();
  while (number < kColdest && band_of(number, set, row).low > row.high[number + 1] && half_due(number + 1, now_ns)) ++number;
  return number;
}

Task<Status> FastCheckpointer::write_classes(uint32_t coldest, bool paced) {
  while (writing_) co_await io::delay(core_.disk, kWaitNs);
  writing_ = true;
  Together all{.coldest = coldest, .paced = paced, .row = row_, .prediction = prediction_, .predicted = predicted_, .drafts = {}};
  Status status = co_await capture_classes(all);
  status = co_await publish_classes(all, std::move(status));
  writing_ = false;
  co_return status;
}

Task<Status> FastCheckpointer::capture_classes(Together& all) {
  Status status;
  if (all.prediction->empty()) {
    all.predicted = nullptr;
    if (all.coldest == kColdest && took_over_) all.row.bytes[kPredictedClass] = 0;
  } else if (writes_predicted(all.coldest)) {
    status = co_await capture_predicted(all);
  }
  if (status.ok() && all.coldest >= kFirstBand) status = co_await capture_bands(all);
  co_return status;
}

// With all bands, and when it is its turn; and before bands leave out what it holds.
bool FastCheckpointer::writes_predicted(uint32_t coldest) const {
  if (coldest == kPredictedClass || coldest == kColdest || predicted_ == nullptr) return true;
  return due(kPredictedClass, core_.disk.clock().now_ns());
}

Task<Status> FastCheckpointer::capture_predicted(Together& all) {
  const HotBand any{.low = INT64_MIN, .high = INT64_MAX, .budget_bytes = room_for_predicted(all)};
  Draft& one = all.drafts.emplace_back(draft(kPredictedClass, any, all.paced));
  one.predicted = std::make_shared<PredictedRecords>(all.prediction->version, all.prediction->hashes.size(), core_.heat_now);
  all.predicted = one.predicted;
  Status status = co_await one.writer->begin();
  if (status.ok()) status = co_await add_predicted(*one.writer, any.budget_bytes, *all.prediction, *one.predicted, all.paced);
  all.row.bytes[kPredictedClass] = one.writer->bytes();
  co_return status;
}

// The coldest one first, and none takes its place before all are captured: a key that is asked for meanwhile rises from a
// band that was captured or into one that will be.
Task<Status> FastCheckpointer::capture_bands(Together& all) {
  HotSet set = co_await choose(all);
  all.coldest = coldest_with(all.coldest, set, all.row);
  Status status;
  for (uint32_t number = all.coldest; number >= kFirstBand && status.ok(); --number) {
    if (number < all.coldest) set = co_await choose(all);
    Draft& one = all.drafts.emplace_back(draft(number, band_of(number, set, all.row), all.paced));
    status = co_await capture_band(one, all);
    all.row.high[number] = one.band.high;
    all.row.bytes[number] = one.writer->bytes();
    const bool first_due = all.paced && number > kFirstBand && due(0, core_.disk.clock().now_ns());
    if (status.ok() && first_due) status = co_await capture_first(all.paced);  // it must not wait for all of them
  }
  co_return status;
}

// Hottest first. Where there is no prediction any more, the class of the last one goes when the bands hold its keys.
Task<Status> FastCheckpointer::publish_classes(Together& all, Status status) {
  std::reverse(all.drafts.begin() + (!all.drafts.empty() && all.drafts.front().predicted != nullptr), all.drafts.end());
  for (Draft& one : all.drafts) status = co_await publish(one, std::move(status));
  if (!status.ok() || all.coldest < kColdest) co_return status;
  if (all.prediction->empty() && took_over_) status = co_await remove_predicted();
  if (status.ok()) bands_for_ = all.prediction->version;
  co_return status;
}

Task<Status> FastCheckpointer::remove_predicted() {
  const std::string path = names::join(core_.options.fast_directory, names::fast_class(kPredictedClass));
  const IoRequest removed = co_await io::on_path(core_.disk, IoOp::unlink, path);
  if (removed.code != Errc::ok && removed.code != Errc::not_found) co_return Status(removed.code, "removing " + path);
  row_.bytes[kPredictedClass] = 0;
  predicted_records_ = 0;
  predicted_ = nullptr;
  co_return Status();
}

Task<Status> FastCheckpointer::capture_band(Draft& draft, const Together& all) {
  Status status = co_await draft.writer->begin();
  if (status.ok()) status = co_await add_band(*draft.writer, draft.band, all);
  co_return status;
}

Task<Status> FastCheckpointer::write_first(bool paced) {
  while (writing_) co_await io::delay(core_.disk, kWaitNs);
  writing_ = true;
  const Status status = co_await capture_first(paced);
  writing_ = false;
  co_return status;
}

Task<Status> FastCheckpointer::capture_first(bool paced) {
  Draft first = draft(0, HotBand(), paced);
  Status status = co_await first.writer->begin();
  if (status.ok()) status = co_await add_first(*first.writer);
  co_return co_await publish(first, status);
}

// Puts it in the place of the one before, or gives it up if something has failed.
Task<Status> FastCheckpointer::publish(Draft& draft, Status status) {
  FastImageWriter& writer = *draft.writer;
  if (!status.ok()) {
    co_await writer.abandon();
    co_return status;
  }
  std::vector<SegmentFacts> facts;
  for (const auto& [id, segment] : core_.segments.all())
    if (id < draft.segments_below) facts.push_back(segment->facts);
  status = co_await writer.finish(std::move(facts));
  if (status.ok()) note_published(draft);
  co_return status;
}

void FastCheckpointer::note_published(const Draft& draft) {
  const FastImageWriter& writer = *draft.writer;
  changes_at_[draft.number] = draft.changes;
  row_.high[draft.number] = draft.band.high;
  row_.bytes[draft.number] = writer.bytes();
  if (draft.predicted != nullptr) {
    predicted_ = draft.predicted;
    predicted_for_ = predicted_->version;
    predicted_records_ = writer.records();
  }
  if (draft.number == kColdest) floor_ = draft.band.low;
  if (draft.number > 0) forget_changes();
  ++core_.counters.fast_images;
  core_.counters.fast_bytes += writer.bytes();
  core_.event("checkpoint", Json().field("kind", "fast").field("class", draft.number).field("bytes", writer.bytes())
                                .field("records", writer.records()));
}

// Records that were looked up in this step: what is freed of them waits until they are copied.
Task<Status> FastCheckpointer::copy(FastImageWriter& writer, std::vector<const uint8_t*> records, uint32_t lane, Slice& slice) {
  const uint64_t reading = core_.arena.begin_reading();
  slice.wait_begins();
  Status added = co_await writer.add(std::move(records), lane);
  slice.wait_ended();
  core_.arena.end_reading(reading);
  co_return added;
}

// The walk of one class over all pages, shared by its lanes.
struct FastCheckpointer::Walk {
  FastImageWriter& writer;
  const HotBand band;
  const Together& all;
  const size_t batch;  // records that are copied at once
  uint64_t cursor = 0;
  uint32_t slot = 0;  // of its page: where the next batch begins
  bool ended = false;
  Status status = {};
};

Task<Status> FastCheckpointer::add_band(FastImageWriter& writer, HotBand band, const Together& all) {
  const uint64_t in_all = limit_of(band) / average_record(core_);
  if (in_all == 0) co_return Status();  // the budget is taken
  const size_t batch = std::min(std::clamp<uint64_t>(kBatchBytes / average_record(core_), 16, kBatchRecords), in_all);
  Walk walk{.writer = writer, .band = band, .all = all, .batch = batch};
  std::vector<Task<>> lanes;
  const uint32_t count = core_.pace(all.paced).limited() ? 1 : FastImageWriter::kLanes;
  for (uint32_t lane = 0; lane < count; ++lane) lanes.push_back(add_band_lane(walk, lane));
  co_await Join(std::move(lanes));
  co_return walk.status;
}

Task<> FastCheckpointer::add_band_lane(Walk& walk, uint32_t lane) {
  Slice slice(core_);
  while (!walk.ended && walk.status.ok()) {
    Status added = co_await copy(walk.writer, next_of_band(walk), lane, slice);
    if (walk.all.paced && core_.stopping) added = Errc::closed;
    if (!added.ok()) walk.status = std::move(added);
    if (walk.writer.bytes() >= limit_of(walk.band)) walk.ended = true;
    if (slice.over()) co_await slice.pause(kCheckpointTurns);
  }
}

// Of kSlotsStep slots, those of the band that are in memory: hot ones are, and reading for a cache's sake is not worth it. The
// ranks are looked at without branches first, as these could not be foretold.
void FastCheckpointer::take_band(const Page& page, const Walk& walk, std::vector<const uint8_t*>& records) const {
  const int64_t base = base_rank(page);
  const auto in_page = [base](int64_t rank) {
    return static_cast<uint32_t>(std::clamp(rank, base, base + kRanksInPage) - base);
  };
  const uint32_t low = in_page(walk.band.low), high = in_page(walk.band.high);
  std::array<uint32_t, kSlotsStep> found;
  uint32_t count = 0;
  for (uint32_t slot = walk.slot; slot < walk.slot + kSlotsStep; ++slot) {
    const uint32_t rank = rank_in_page(page.sides_of_all()[slot]);
    found[count] = slot;
    count += rank >= low && rank < high;
  }
  const PredictedRecords* predicted = walk.all.predicted.get();
  for (uint32_t i = 0; i < count; ++i) {
    const int slot = static_cast<int>(found[i]);
    if (!page.occupied(slot) || !page.address(slot).in_memory()) continue;
    if (predicted != nullptr && predicted->tags.has(page.tag(slot))) continue;
    records.push_back(core_.arena.record(page.address(slot)));
  }
}

// Some records of the band. A page may change between two batches; what that leaves out or takes twice is little.
std::vector<const uint8_t*> FastCheckpointer::next_of_band(Walk& walk) const {
  std::vector<const uint8_t*> records;
  records.reserve(walk.batch);
  for (size_t pages = 0; pages < kPagesBatch && !walk.ended; ++pages) {
    const Page& page = core_.table.page_for(walk.cursor);
    for (; walk.slot < kPageSlots && records.size() < walk.batch; walk.slot += kSlotsStep) take_band(page, walk, records);
    if (walk.slot < kPageSlots) break;
    walk.slot = 0;
    walk.cursor = (page.prefix | ~page.prefix_mask()) + 1;
    walk.ended = walk.cursor == 0;
  }
  return records;
}

// Where nothing is predicted, the bands hold what the predicted class may still hold.
void FastCheckpointer::forget_changes() {
  const uint32_t first = prediction_->empty() ? kFirstBand : kPredictedClass;
  core_.recent.forget_before(*std::min_element(changes_at_.begin() + first, changes_at_.end()));
}

}  // namespace foreshard
