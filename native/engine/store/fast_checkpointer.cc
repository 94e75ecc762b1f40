// store/fast_checkpointer.h.
#include "engine/store/fast_checkpointer.h"

#include <algorithm>

#include "engine/io/await.h"
#include "engine/io/transfer.h"
#include "engine/log/names.h"
#include "engine/log/replace_file.h"
#include "engine/store/touches.h"

namespace foreshard {

namespace {

constexpr uint64_t kTickNs = 100'000'000;  // also the longest that closing waits for the loop
constexpr uint64_t kSliceNs = 200'000;
// Class 0 takes of the budget what it needs, within these shares; the bands of heat have the rest.
constexpr uint64_t kRememberedShare = 16;
constexpr uint64_t kChangedShare = 4;
constexpr size_t kKeysBatch = 256;
constexpr uint64_t kOverlapShare = 8;  // of a band's budget, for what has cooled out of it meanwhile
constexpr uint64_t kTouchesAfterNs = 10'000'000'000;  // the first touches of a restart are known then
// How often each class is written while there is traffic, in seconds.
constexpr std::array<uint64_t, kFastClasses> kEvery = {2, 2, 4, 8, 16};

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
  return activity() != written_at_[number] || (number == 0 && core_.recent.position() != changes_at_[0]);
}

Task<> FastCheckpointer::run() {
  co_await load_touches();
  const uint64_t opened_ns = core_.disk.clock().now_ns();
  written_ns_.fill(opened_ns);  // what was restored is still good for a while
  for (uint32_t number = 1; number < kFastClasses; ++number) high_[number] = warmer_.below_rank(number);
  while (!core_.stopping) {
    co_await io::delay(core_.disk, kTickNs);
    if (core_.stopping || core_.phase != Phase::full || core_.options.fast_budget == 0 || writing_) continue;
    const uint64_t now = core_.disk.clock().now_ns();
    if (!touches_saved_ && now > opened_ns + kTouchesAfterNs) {
      touches_saved_ = true;
      const Status saved = co_await save_touches();
      if (!saved.ok()) core_.event("warning", Json().field("detail", "first touches could not be saved: " + saved.detail));
    }
    for (uint32_t number = 0; number < kFastClasses && !core_.stopping; ++number) {
      if (now < written_ns_[number] + kEvery[number] * 1'000'000'000 || !outdated(number)) continue;
      const HotSet set = number > 0 ? choose() : HotSet();  // class 0 does not go by heat
      const Status written = co_await write_class(number, set, true);
      if (!written.ok()) {
        core_.event("warning", Json().field("detail", "a fast-restore image could not be written: " + written.detail));
        written_ns_[number] = now;  // not again before its time
      }
    }
  }
}

HotSet FastCheckpointer::choose() const {
  const uint64_t budget = core_.options.fast_budget;
  const uint64_t left = budget - std::min(budget, first_bytes_);
  return choose_hot_set(core_.table, core_.heat_now, left - left / (kOverlapShare + 1), average_record(core_));
}

// The bands rise with time, and the next class was written at another one: what stood above its band then and stands
// below this one now would be in neither.
HotBand FastCheckpointer::band_of(uint32_t number, const HotSet& set) const {
  HotBand band = set.bands[number - 1];
  band.low = std::min(band.low, high_[number + 1]);
  band.budget_bytes += band.budget_bytes / kOverlapShare;
  return band;
}

Task<Status> FastCheckpointer::write_all(bool paced) {
  Status status;
  const HotSet set = choose();
  for (uint32_t number = kFastClasses; number-- > 0 && status.ok();)  // behind the others, class 0 has little left to do
    status = co_await write_class(number, set, paced);
  co_return status;
}

Task<Status> FastCheckpointer::write_class(uint32_t number, HotSet set, bool paced) {
  while (writing_) co_await io::delay(core_.disk, kSliceNs);
  writing_ = true;
  written_ns_[number] = core_.disk.clock().now_ns();
  written_at_[number] = activity();
  const uint64_t changes = core_.recent.position();
  const HotBand band = number > 0 ? band_of(number, set) : HotBand();
  FastImageStamp stamp{.store_id = core_.store_id, .incarnation = core_.incarnation, .class_number = number,
                       .lsn = core_.log->durable_lsn(), .link = core_.log->last_link(), .created_ms = core_.wall_ms(),
                       .below_rank = rank_by_clock(band.high, core_.heat_now, -1)};
  FastImageWriter writer(core_.disk, core_.options.fast_directory, stamp,
                         paced ? core_.options.background_bytes_per_second : 0);
  Status status = co_await writer.begin();
  if (status.ok() && number == 0) status = co_await add_first(writer);
  if (status.ok() && number > 0) status = co_await add_band(writer, band);
  if (status.ok()) {
    std::vector<SegmentFacts> facts;
    for (const auto& [id, segment] : core_.segments.all()) facts.push_back(segment->facts);
    status = co_await writer.finish(std::move(facts));
  } else {
    co_await writer.abandon();
  }
  if (status.ok()) {
    changes_at_[number] = changes;
    high_[number] = band.high;
    if (number == 0) first_bytes_ = writer.bytes();
    else forget_changes();
    ++core_.counters.fast_images;
    core_.counters.fast_bytes += writer.bytes();
    core_.event("checkpoint", Json().field("kind", "fast").field("class", number).field("bytes", writer.bytes())
                                  .field("records", writer.records()));
  }
  writing_ = false;
  co_return status;
}

// Only records that are in memory and on disk: hot ones are, and reading for a cache's sake is not worth it.
void FastCheckpointer::stage(Address memory) {
  if (!memory.in_memory()) return;
  const Address disk = core_.arena.disk_address(memory);
  const RecordView record = core_.arena.view(memory);
  if (!disk || record.kind() != RecordKind::put || record.size() > kFastRecordMax) return;
  staged_.push_back({disk, staged_bytes_.size(), record.size()});
  staged_bytes_.insert(staged_bytes_.end(), record.data(), record.data() + record.size());
}

// What was staged goes to the file. The arena may change while a chunk is written, the copies do not.
Task<Status> FastCheckpointer::add_staged(FastImageWriter& writer) {
  for (const Staged& record : staged_) {
    const Bytes bytes(staged_bytes_.data() + record.offset, record.size);
    while (!writer.add(record.disk, bytes)) {
      const Status flushed = co_await writer.flush();
      if (!flushed.ok()) co_return flushed;
    }
  }
  staged_.clear();
  staged_bytes_.clear();
  co_return Status();
}

Task<Status> FastCheckpointer::add_band(FastImageWriter& writer, HotBand band) {
  uint64_t slice_end = core_.disk.clock().now_ns() + kSliceNs;
  for (uint64_t cursor = 0;;) {
    Page& page = core_.table.page_for(cursor);
    const uint64_t last = page.prefix | ~page.prefix_mask();
    std::vector<Address> chosen;
    for (int slot = 0; slot < static_cast<int>(kPageSlots); ++slot) {
      if (!page.occupied(slot) || !page.address(slot).in_memory()) continue;
      const int64_t rank = hot_rank(page, slot);
      if (rank < band.low || rank >= band.high) continue;
      core_.arena.prefetch(page.address(slot));
      chosen.push_back(page.address(slot));
    }
    for (Address memory : chosen) stage(memory);
    const Status added = co_await add_staged(writer);
    if (!added.ok()) co_return added;
    if (last == UINT64_MAX || writer.bytes() >= band.budget_bytes) co_return Status();
    cursor = last + 1;
    if (core_.disk.clock().now_ns() < slice_end) continue;
    co_await io::delay(core_.disk, 1);
    slice_end = core_.disk.clock().now_ns() + kSliceNs;
  }
}

// Class 0: what was wanted first after past restarts, then what the other classes are behind with.
Task<Status> FastCheckpointer::add_first(FastImageWriter& writer) {
  const uint64_t budget = core_.options.fast_budget;
  const std::vector<uint64_t> remembered = remembered_;
  Status added = co_await add_keys(writer, remembered, budget / kRememberedShare);
  if (!added.ok()) co_return added;
  std::vector<uint64_t> changed = core_.recent.copy();
  co_await io::work(core_.disk, [&changed] {
    std::sort(changed.begin(), changed.end());
    changed.erase(std::unique(changed.begin(), changed.end()), changed.end());
  });
  co_return co_await add_keys(writer, changed, writer.bytes() + budget / kChangedShare);
}

void FastCheckpointer::forget_changes() {
  core_.recent.forget_before(*std::min_element(changes_at_.begin() + 1, changes_at_.end()));
}

// Until the image has so many bytes.
Task<Status> FastCheckpointer::add_keys(FastImageWriter& writer, const std::vector<uint64_t>& hashes, uint64_t budget_bytes) {
  size_t since_pause = 0;
  for (uint64_t hash : hashes) {
    const Page& page = core_.table.page_for(hash);
    const uint32_t tag = tag_of(hash);
    for (int slot = page.find(tag); slot != Page::kNone; slot = page.find_next(tag, slot)) {
      const Address memory = page.address(slot);
      if (memory.in_memory() && core_.hash(core_.arena.view(memory).key()) == hash) stage(memory);
    }
    if (++since_pause < kKeysBatch) continue;
    since_pause = 0;
    const Status added = co_await add_staged(writer);
    if (!added.ok() || writer.bytes() >= budget_bytes) co_return added;
    co_await io::delay(core_.disk, 1);
  }
  co_return co_await add_staged(writer);
}

// The list of hashes: u64 magic, u64 checksum of the rest, u64 store id, u64 count, then the hashes.
Task<> FastCheckpointer::load_touches() {
  Result<io::OpenedFile> opened = co_await io::open_to_read(core_.disk, core_.path(names::first_touches()));
  if (!opened.ok()) co_return;
  AlignedBuffer bytes(opened.value().size);
  const Status read = co_await io::read_exact(core_.disk, opened.value().file, 0, bytes.data(), bytes.size());
  co_await io::close(core_.disk, opened.value().file);
  if (read.ok()) remembered_ = decode_touches(bytes.view(), core_.store_id);
}

Task<Status> FastCheckpointer::save_touches() {
  std::vector<uint64_t> merged = merge_touches(warmer_.first_touches(), remembered_);
  if (merged == remembered_) co_return Status();
  remembered_ = std::move(merged);
  const AlignedBuffer bytes = encode_touches(remembered_, core_.store_id);
  co_return co_await replace_file(core_.disk, core_.options.directory, names::first_touches(), bytes.view());
}

}  // namespace foreshard
