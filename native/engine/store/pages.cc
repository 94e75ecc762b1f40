// store/pages.h.
#include "engine/store/pages.h"

#include <algorithm>
#include <bit>
#include <utility>

#include "engine/log/names.h"
#include "engine/store/slice.h"

namespace foreshard {

namespace {
constexpr uint32_t kNoImage = ~0u;
constexpr size_t kBatchPages = 128;
constexpr uint64_t kRecordsPerPage = 2000;
constexpr uint32_t kDemandedMax = 4;
constexpr uint32_t kImageLanes = 3;
constexpr size_t kBatchesAhead = 16;  // of at most 5 MiB
constexpr uint32_t kRunLanes = 4;
constexpr size_t kBucketEntries = 8;
constexpr double kIndexTurns = 0.25;  // until the index is there, traffic does not get far anyway

uint64_t last_hash(const Page& page) { return page.prefix | ~page.prefix_mask(); }
}  // namespace

void Pages::set_image(std::unique_ptr<IndexImageReader> image, ImageFacts facts) {
  image_ = std::move(image);
  facts_ = facts;
}

void Pages::add_run(std::unique_ptr<Run> run, const SegmentFacts& facts) {
  sources_.push_back({std::move(run), {}, facts, false, {}});
}

namespace {
// Hashes are spread evenly: in buckets by their first bits, little is left to sort.
void sort_by_hash(std::vector<RunEntry>& entries) {
  const int bits = std::bit_width(entries.size() / kBucketEntries);
  const auto bucket = [bits](uint64_t hash) { return bits == 0 ? 0 : hash >> (64 - bits); };
  std::vector<uint32_t> ends(size_t{1} << bits);
  for (const RunEntry& entry : entries) ++ends[bucket(entry.hash)];
  uint32_t before = 0;
  for (uint32_t& end : ends) before += std::exchange(end, before);
  std::vector<RunEntry> sorted(entries.size());
  for (const RunEntry& entry : entries) sorted[ends[bucket(entry.hash)]++] = entry;
  auto from = sorted.begin();
  for (const uint32_t end : ends) {
    const auto to = sorted.begin() + static_cast<ptrdiff_t>(end);
    std::sort(from, to, [](const RunEntry& a, const RunEntry& b) { return a.hash < b.hash; });
    from = to;
  }
  entries = std::move(sorted);
}

void keep_newest_by_hash(std::vector<RunEntry>& entries) {
  std::erase_if(entries, [](const RunEntry& entry) { return entry.kind == kReplaced; });
  sort_by_hash(entries);
}
}  // namespace

void Pages::add_entries(std::vector<RunEntry> entries, const SegmentFacts& facts) {
  keep_newest_by_hash(entries);
  sources_.push_back({nullptr, std::move(entries), facts, false, {}});
}

uint64_t Pages::captured(const Page& page) const {
  return image_ && page.image_index != kNoImage ? image_->pages()[page.image_index].captured_sequence : 0;
}

Status Pages::cover_ring(uint64_t records) {
  std::vector<PageDescriptor> pages;
  if (image_) {
    uint32_t index = 0;
    for (const PageImageFacts& facts : image_->pages())
      pages.push_back({facts.prefix, facts.depth, index++});
  } else {
    const uint64_t wanted = std::bit_ceil(std::max<uint64_t>(records / kRecordsPerPage, 1));
    const auto depth = static_cast<uint8_t>(std::min<int>(std::countr_zero(wanted), kMaxPageDepth - 2));
    for (uint64_t i = 0; i < (1ull << depth); ++i)
      pages.push_back({depth == 0 ? 0 : i << (64 - depth), depth, kNoImage});
  }
  const Status rebuilt = core_.table.rebuild(pages);
  if (rebuilt.ok() && image_) take_heat_over();
  return rebuilt;
}

void Pages::take_heat_over() {
  uint32_t latest_ms = 0;
  for (size_t i = 0; i < core_.table.page_count(); ++i) {
    Page& page = core_.table.page(i);
    const PageImageFacts& facts = image_->pages()[page.image_index];
    page.bytes = facts.record_bytes;
    page.usage = facts.heat;
    latest_ms = std::max(latest_ms, facts.heat.folded_ms);
  }
  core_.resume_heat(latest_ms);
}

bool Pages::later_than_image(const Source& source, uint64_t captured) const {
  return source.facts.kind == SegmentKind::log && source.facts.last_sequence > captured;
}

bool Pages::in_memory(const Source& source) { return !source.run || source.run_damaged || source.run->is_loaded(); }

Status Pages::collect(Source& source, const Page& page, std::vector<RunEntry>& out) {
  out.clear();
  if (source.run && !source.run_damaged) return source.run->collect_range(page.prefix, last_hash(page), out, source.cursor);
  auto at = std::lower_bound(source.entries.begin(), source.entries.end(), page.prefix,
                             [](const RunEntry& entry, uint64_t hash) { return entry.hash < hash; });
  for (; at != source.entries.end() && at->hash <= last_hash(page); ++at) out.push_back(*at);
  return {};
}

// From the device; a run that turns out to be damaged is made again from its segment.
Task<> Pages::read_part(Part* part, const Page* page) {
  part->status = co_await part->source->run->read_range(page->prefix, last_hash(*page), part->entries);
  if (part->status.ok()) co_return;
  part->status = co_await scan_instead(*part->source);
  if (part->status.ok()) part->status = collect(*part->source, *page, part->entries);
}

Task<Status> Pages::scan_instead(Source& source) {
  if (source.run_damaged) co_return Status();
  Result<std::vector<RunEntry>> entries = co_await rescan(source.facts);
  if (!entries.ok()) co_return entries.status();
  if (source.run_damaged) co_return Status();
  source.entries = std::move(entries.value());
  keep_newest_by_hash(source.entries);
  source.run_damaged = true;
  co_return Status();
}

// The changes of a page that its image does not have; `whole`: it has none, so all there are.
Task<Status> Pages::gather(const Page& page, bool whole, PageChanges& changes) {
  const uint64_t known = whole ? 0 : captured(page);
  std::deque<Part> parts;  // stay where they are
  std::vector<Task<>> reads;
  for (Source& source : sources_) {
    if (!whole && !later_than_image(source, known)) continue;
    if (in_memory(source) && collect(source, page, collected_).ok())
      changes.add(collected_, source.facts.id, known);
    else
      reads.push_back(read_part(&parts.emplace_back(Part{&source, {}, {}}), &page));
  }
  if (reads.empty()) co_return Status();
  co_await Join(std::move(reads));
  for (const Part& part : parts) {
    if (!part.status.ok()) co_return part.status;
    changes.add(part.entries, part.source->facts.id, known);
  }
  co_return Status();
}

Task<Status> Pages::load(uint64_t hash, bool now) {
  for (;;) {
    Page& page = core_.table.page_for(hash);
    if (page.state == Page::State::loaded) co_return Status();
    const bool busy = loading_all_ && !now && demanded_ >= kDemandedMax;
    if (page.state == Page::State::loading || busy) {
      co_await arrived_.wait();
      continue;
    }
    ++demanded_;
    const Status status = co_await load_page(page);
    --demanded_;
    if (!status.ok()) co_return status;
  }
}

// A damaged page image is made again from what all segments say, also those that the image covers.
Task<Status> Pages::open_older_runs() {
  while (opening_older_) co_await arrived_.wait();
  if (older_open_) co_return Status();
  opening_older_ = true;
  Status status;
  std::vector<SegmentFacts> missing;
  for (const auto& [id, segment] : core_.segments.all()) {
    const bool known = std::any_of(sources_.begin(), sources_.end(), [id = id](const Source& source) { return source.facts.id == id; });
    if (!known && segment->facts.records > 0 && segment->facts.state == SegmentState::sealed) missing.push_back(segment->facts);
  }
  for (const SegmentFacts& facts : missing) {
    Result<std::unique_ptr<Run>> run = co_await Run::open(core_.disk, core_.path(names::run(facts.id)), core_.store_id, facts);
    Source source{nullptr, {}, facts, false, {}};
    if (run.ok()) source.run = std::move(run.value());
    else status = co_await scan_instead(source);
    if (!status.ok()) break;
    sources_.push_back(std::move(source));
  }
  older_open_ = status.ok();
  opening_older_ = false;
  arrived_.wake_all();
  co_return status;
}

// Of an unloaded page; `image`: its image, or nothing or no image of it, then it is made from the runs alone.
Task<Status> Pages::complete(Page& page, Bytes image) {
  page.state = Page::State::loading;
  const bool whole = !page.accepts(image);
  PageChanges changes;
  Status status;
  if (whole && image_) status = co_await open_older_runs();
  if (status.ok()) status = co_await gather(page, whole, changes);
  if (status.ok()) status = build(page, whole ? Bytes() : image, changes.in_page_order());
  if (status.ok() && whole) ++rebuilt_;
  if (!status.ok()) {
    page.clear();
    page.state = Page::State::unloaded;
  }
  arrived_.wake_all();
  co_return status;
}

Task<Status> Pages::load_page(Page& page) {
  page.state = Page::State::loading;
  std::vector<uint8_t> image;
  Status read = Errc::not_found;
  if (page.image_index != kNoImage) read = co_await image_->read_page(page.image_index, image);
  co_return co_await complete(page, read.ok() ? Bytes(image) : Bytes());
}

// In one step: nobody sees a page half made. What does not fit is inserted, which splits it.
Status Pages::build(Page& page, Bytes image, std::span<const NewerEntry> newer) {
  const uint64_t first = page.prefix, last = last_hash(page);
  const size_t count = Page::entries_in(image) + newer.size();
  const bool fits = count <= kSplitCount;
  if (count + page.overlay.size() > kSplitCount && !fits_when_split(image, newer, page.overlay))
    return {Errc::internal, "too many versions for a page of the index"};
  const std::span<const NewerEntry> placed = fits ? newer : std::span<const NewerEntry>();
  if (image.empty()) page.assign(placed);
  else if (const Status decoded = page.decode(image, core_.heat_now, placed); !decoded.ok()) return decoded;
  page.bytes = (image.empty() ? 0 : image_->pages()[page.image_index].record_bytes) + mean_bytes(newer);
  std::vector<OverlayEntry> overlay = std::exchange(page.overlay, {});
  if (!fits) insert(newer);
  for (const NewerEntry& entry : newer) {  // the image is counted with its batch
    ++entries_[entry.address.slot()].all;
    ++entries_[entry.address.slot()].absent;
  }
  apply_overlay(std::move(overlay));
  core_.shards.settle(core_.table, first, last);
  ++loaded_;
  return {};
}

// A run does not say how long each record is.
uint64_t Pages::mean_bytes(std::span<const NewerEntry> entries) const {
  uint64_t bytes = 0;
  for (const NewerEntry& entry : entries)
    if (const Segment* segment = core_.segments.of(entry.address)) bytes += segment->facts.mean_record_bytes();
  return bytes;
}

void Pages::insert(std::span<const NewerEntry> newer) {
  for (size_t i = newer.size(); i-- > 0;)  // each becomes the newest of its tag
    core_.table.page_for_insert(newer[i].hash()).insert_newest(newer[i].tag, newer[i].address, 0);
}

// What came while the page was not there: new records, and those of the tail, whose place on disk the runs may have
// named already.
void Pages::apply_overlay(std::vector<OverlayEntry> overlay) {
  for (const OverlayEntry& entry : overlay) {
    Page& page = core_.table.page_for_insert(entry.hash);
    const uint32_t tag = tag_of(entry.hash);
    const Address disk = core_.arena.disk_address(entry.address);
    int slot = page.find(tag);
    while (slot != Page::kNone && !(disk && page.address(slot) == disk)) slot = page.find_next(tag, slot);
    if (slot != Page::kNone) {
      page.relocate(slot, entry.address);
      --entries_[disk.slot()].absent;
    } else {
      page.insert_newest(tag, entry.address, page.fresh_heat(core_.heat_now));
      page.add_bytes(core_.arena.view(entry.address).size());
      if (disk) ++entries_[disk.slot()].all;
    }
  }
}

Page* Pages::unloaded_at(const PageImageFacts& facts) {
  Page& page = core_.table.page_for(facts.prefix);
  return page.state == Page::State::unloaded ? &page : nullptr;
}

Task<> Pages::read_batch(Ahead* ahead) {
  ahead->entries.resize(kSegmentSlots);
  const IndexImageReader::Look look = [ahead](Bytes image) {
    Page::for_each_word(image, [ahead](uint64_t word) { ++ahead->entries[Address(word & kAddressMask).slot()]; });
  };
  Result<IndexImageReader::Batch> batch = co_await image_->read_batch(ahead->first, ahead->count, look);
  ahead->read = batch.ok();
  if (batch.ok()) ahead->batch = std::move(batch.value());
}

// Runs ahead of the processor, which has more to do with the images than the device. Some batches at a time, so that the device
// reads while another one is checked.
Task<> Pages::read_images() {
  while (!runs_begun_) co_await ahead_moved_.wait();
  size_t next = 0;
  std::vector<Task<>> lanes;
  for (uint32_t lane = 0; lane < kImageLanes; ++lane) lanes.push_back(read_images_from(&next));
  co_await Join(std::move(lanes));
  note_read(images_read_);
  ahead_moved_.wake_all();
}

Task<> Pages::read_images_from(size_t* next) {
  const size_t total = image_ ? image_->pages().size() : 0;
  while (*next < total && !core_.stopping) {
    while (ahead_.size() >= kBatchesAhead && !images_taken_) co_await ahead_moved_.wait();
    if (images_taken_ || *next >= total) break;
    Ahead ahead;
    ahead.first = *next;
    ahead.count = std::min(kBatchPages, total - ahead.first);
    *next += ahead.count;
    co_await read_batch(&ahead);
    ahead_.push_back(std::move(ahead));
    ahead_moved_.wake_all();
  }
}

void Pages::note_read(bool& what) {
  what = true;
  if (runs_read_ && images_read_) all_read();
}

void Pages::count(const Ahead& ahead) {
  for (size_t slot = 0; slot < kSegmentSlots; ++slot) {
    entries_[slot].all += ahead.entries[slot];
    entries_[slot].absent += ahead.entries[slot];
  }
}

Task<> Pages::load_batch(Ahead* ahead, Status* status) {
  count(*ahead);
  Slice slice(core_);
  for (size_t i = 0; i < ahead->count && status->ok(); ++i) {
    Page* page = unloaded_at(image_->pages()[ahead->first + i]);
    if (page == nullptr) continue;
    *status = co_await complete(*page, ahead->read ? ahead->batch.pages[i] : Bytes());
    if (slice.over()) co_await slice.pause(kIndexTurns);
  }
}

Task<> Pages::load_images(Status* status) {
  while (status->ok() && !core_.stopping) {
    if (ahead_.empty() && images_read_) break;
    if (ahead_.empty()) {
      co_await ahead_moved_.wait();
      continue;
    }
    Ahead ahead = std::move(ahead_.front());
    ahead_.pop_front();
    ahead_moved_.wake_all();
    co_await load_batch(&ahead, status);
  }
  images_taken_ = true;
  ahead_moved_.wake_all();
}

// A few at a time: what is asked for meanwhile must not stand behind all of them. A run that is damaged shows when a
// page wants its part.
Task<> Pages::load_runs_from(size_t* next) {
  while (*next < sources_.size() && !core_.stopping) {
    Source& source = sources_[(*next)++];
    const bool wanted = source.run && (!image_ || later_than_image(source, facts_.begin_sequence));
    if (wanted) (void)co_await source.run->load_all();
  }
  runs_begun_ = true;
  ahead_moved_.wake_all();
}

Task<> Pages::load_runs() {
  size_t next = 0;
  std::vector<Task<>> lanes;
  for (uint32_t lane = 0; lane < kRunLanes; ++lane) lanes.push_back(load_runs_from(&next));
  co_await Join(std::move(lanes));
  note_read(runs_read_);
}

Task<> Pages::load_runs_and_images(Status* status) {
  co_await load_runs();
  co_await load_images(status);
}

Task<Status> Pages::load_all() {
  Status status;
  loading_all_ = true;
  std::vector<Task<>> both;
  both.push_back(read_images());
  both.push_back(load_runs_and_images(&status));
  co_await Join(std::move(both));
  for (Page* page = core_.table.first(); page != nullptr && status.ok() && !core_.stopping; page = core_.table.next(*page))
    if (page->state != Page::State::loaded) status = co_await load(page->prefix, true);
  loading_all_ = false;
  arrived_.wake_all();
  if (status.ok() && !core_.stopping) co_await release();
  co_return status;
}

Task<> Pages::release() {
  for (Source& source : sources_)
    if (source.run) co_await source.run->close();
  if (image_) co_await image_->close();
  sources_.clear();
  image_.reset();
}

}  // namespace foreshard
