// store/core.h: acknowledgement, rollback, eviction, the manifest's content, a full device.
#include "engine/store/core.h"

#include <algorithm>

#include "engine/io/await.h"
#include "engine/log/names.h"
#include "engine/store/slice.h"

namespace foreshard {

namespace {
constexpr uint64_t kOverrunBytes = 64u << 20;  // resident memory above its limit before writers wait
constexpr uint64_t kBudgetPerChange = 256;     // bytes of the fast-restore budget for one changed key that is noted
constexpr uint64_t kChangesMax = 1u << 20;
// Dead records in memory: beyond the first share writers make room themselves. Emptying a chunk costs what lives in it, so
// less would cost them more than new memory does; when they give way, the background goes on to the second.
constexpr double kDeadShareMax = 1.0 / 3;
constexpr double kDeadShareAtRest = 1.0 / 8;
constexpr uint64_t kTidyEveryNs = 100'000'000;  // also the longest that closing waits for it
constexpr uint64_t kTidyBytes = 64u << 10;
constexpr double kTidyTurns = 24;
constexpr uint64_t kSegmentsAtHand = 2;
constexpr size_t kPagesPerFold = 2048;        // some 50 microseconds
constexpr uint64_t kFoldPauseNs = 1'000'000;
}  // namespace

Core::Core(Disk& disk_in, StoreListener& listener_in, StoreOptions options_in)
    : disk(disk_in), listener(listener_in), options(std::move(options_in)), heat(table, options.heat_half_lives_ms),
      arena(options.memory_limit),
      manifest(disk, options.directory), recent(std::min(options.fast_budget / kBudgetPerChange, kChangesMax)),
      heat_origin_ns_(disk_in.clock().now_ns()) {
  if (options.fast_directory.empty()) options.fast_directory = path("fast");
}

// The expiry clock never runs backwards, whatever the machine's does.
uint64_t Core::wall_ms() {
  wall_floor_ = std::max(wall_floor_, disk.clock().wall_ms());
  return wall_floor_;
}

void Core::update_heat_clock() {
  heat_now = HeatClock::after(heat_ms(), options.heat_half_life_ms);
}

void Core::pass_heat_time(uint64_t milliseconds) {
  manual_heat_ms_ += milliseconds;
  update_heat_clock();
  heat.fold(heat_ms());
}

void Core::resume_heat(uint64_t from_ms) {
  manual_heat_ms_ += from_ms;
  heat_origin_ns_ -= from_ms * 1'000'000;
  update_heat_clock();
}

Task<> Core::keep_heat() {
  while (!stopping) {
    co_await io::delay(disk, HeatMap::kFoldMs * 1'000'000);
    const uint64_t now_ms = heat_ms();
    for (size_t next = 0; next < table.page_count() && !stopping;) {
      next = heat.fold_some(now_ms, next, kPagesPerFold);
      if (next < table.page_count()) co_await io::delay(disk, kFoldPauseNs);
    }
  }
}

// Background work has all of the thread if nobody calls.
IoAwaiter Core::give_way(uint64_t worked_ns, double turns) {
  const uint64_t wanted_ns = std::exchange(calls_, 0) * kCallNs;
  return io::delay(disk, std::min(static_cast<uint64_t>(static_cast<double>(worked_ns) * turns), wanted_ns));
}

Task<> Core::one_chunk_ahead() {
  MutableBytes memory;
  const uint32_t chunk = arena.begin_ahead(memory);
  co_await io::work(disk, [memory] { Mapping::populate(memory.data(), memory.size()); });
  arena.end_ahead(chunk);
}

Task<> Core::memory_ahead(uint64_t bytes) {
  while (arena.stats().free_bytes < bytes && !arena.over_limit() && !stopping) co_await one_chunk_ahead();
}

// While pages are unloaded nothing is evicted: their entries are not there to be asked.
void Core::evict(uint64_t byte_budget) {
  const bool wanted = arena.over_limit() || arena.dead_beyond(kDeadShareMax);
  if (wanted && index_loaded) eviction->step(log->durable_sequence(), byte_budget, kDeadShareMax);
}

// Slowly while there is traffic: a share of the dead that costs little to have is kept out by evict().
Task<> Core::tidy_memory() {
  while (!stopping) {
    co_await io::delay(disk, kTidyEveryNs);
    Slice slice(*this);
    while (index_loaded && !stopping && eviction->step(log->durable_sequence(), kTidyBytes, kDeadShareAtRest)) {
      if (slice.over()) co_await slice.pause(kTidyTurns);
    }
  }
}

bool Core::memory_exhausted() const {
  return arena.stats().chunk_bytes > options.memory_limit + kOverrunBytes;
}

void Core::note_dead(Address address, uint64_t size) {
  if (address.in_memory()) return;
  if (Segment* segment = segments.of(address)) segment->facts.dead_bytes += size;
}

// What it leaves: segments with garbage up to their share, whose mean is about half of that, and those at hand.
bool Core::crowded() const {
  if (bytes_since_open < kSegmentsAtHand * segment_bytes) return false;
  uint64_t taken = 0, live = 0;
  for (const auto& [id, segment] : segments.all()) {
    taken += segment->facts.data_end;
    if (segment->facts.emptied_at_image == 0) live += segment->facts.live_bytes();
  }
  const double share = options.compaction_garbage_share / 2;
  const auto at_hand = static_cast<double>(kSegmentsAtHand * segment_bytes);
  return static_cast<double>(taken) > static_cast<double>(live) / (1 - share) + at_hand;
}

void Core::event(const char* type, Json details) { listener.on_event(details.field("type", type).text()); }

Manifest Core::snapshot() {
  Manifest state;
  state.store_id = store_id;
  state.hash_seed = hash_seed;
  state.incarnation = incarnation;
  state.clean = clean;
  state.next_segment_id = segments.peek_next_id();
  state.next_sequence = log ? log->durable_sequence() + 1 : 1;
  state.last_link = log ? log->last_link() : 0;
  state.durable_lsn = log ? log->durable_lsn() : 0;
  state.wall_ms = wall_ms();
  state.segment_bytes = segment_bytes;
  state.next_shard_id = shards_to_be != nullptr ? shards_to_be->next_id : shards.next_id();
  state.shards = shards_to_be != nullptr ? shards_to_be->facts : shards.all();
  for (const auto& [id, segment] : segments.all()) state.segments.push_back(segment->facts);
  state.images = images;
  return state;
}

Task<Status> Core::commit_manifest() {
  co_return co_await manifest.commit([this] { return snapshot(); });
}

void Core::on_durable(uint64_t sequence) {
  while (!undo.empty() && undo.front().sequence <= sequence) {
    if (undo.front().tombstone) forget_tombstone(undo.front());
    undo.pop_front();
  }
  listener.on_durable(sequence);
  changed.wake_all();
}

// A durable tombstone that hides nothing in the index need not stay in it.
void Core::forget_tombstone(const Undo& done) {
  Page& page = table.page_for(done.hash);
  if (page.state != Page::State::loaded) return;
  const int slot = page.find(tag_of(done.hash));
  if (slot == Page::kNone || page.address(slot) != done.fresh) return;
  if (page.find_next(tag_of(done.hash), slot) != Page::kNone) return;
  page.erase(slot);
  page.drop_bytes(arena.view(done.fresh).size());
  arena.mark_dead(done.fresh);
}

// What was readable and what a restart will find agree before anybody hears of the loss.
void Core::on_lost(uint64_t first_sequence, const Status& why) {
  uint64_t last = first_sequence - 1;
  if (!undo.empty()) last = undo.back().sequence;
  for (; !undo.empty() && undo.back().sequence >= first_sequence; undo.pop_back()) roll_back(undo.back());
  ++counters.rollbacks;
  last_error = why;
  event("write-failed", Json().field("code", errc_code(why.code)).field("detail", why.detail));
  if (last >= first_sequence) loss = {first_sequence, last, why};
  changed.wake_all();
}

// Only now: a process that is killed before the cut is recorded finds what was written after all.
void Core::on_loss_settled(bool certain) {
  if (!loss) return;
  Loss told = std::move(*loss);
  loss.reset();
  if (!certain) told.why.detail += "; the cut could not be recorded, so a restart may still find it";
  listener.on_rejected(told.first, told.last, told.why);
  changed.wake_all();
}

void Core::roll_back(const Undo& taken) {
  Page& page = table.page_for(taken.hash);
  arena.mark_dead(taken.fresh);
  if (taken.previous && taken.previous.in_memory()) arena.revive(taken.previous);
  if (page.state != Page::State::loaded) {
    for (size_t i = page.overlay.size(); i-- > 0;) {
      if (page.overlay[i].address != taken.fresh) continue;
      if (taken.previous) page.overlay[i].address = taken.previous;
      else page.overlay.erase(page.overlay.begin() + static_cast<ptrdiff_t>(i));
      return;
    }
    return;
  }
  const uint32_t tag = tag_of(taken.hash);
  for (int slot = page.find(tag); slot != Page::kNone; slot = page.find_next(tag, slot)) {
    if (page.address(slot) != taken.fresh) continue;
    page.drop_bytes(arena.view(taken.fresh).size());
    if (taken.previous) page.add_bytes(arena.view(taken.previous).size());
    if (taken.previous) bring_back(page, tag, slot, taken.previous);
    else page.erase(slot);
    return;
  }
}

// If the page was loaded in between, it has an entry for the previous version's place on disk: there must not be two, or
// compaction would move one of them only.
void Core::bring_back(Page& page, uint32_t tag, int taken_over, Address previous) {
  const Address disk = arena.disk_address(previous);
  int slot = page.find(tag);
  while (slot != Page::kNone && !(disk && page.address(slot) == disk)) slot = page.find_next(tag, slot);
  if (slot == Page::kNone) return page.set_address(taken_over, previous);
  page.relocate(slot, previous);
  page.erase(taken_over);
}

void Core::on_sealed(Segment& segment) {
  if (segment.facts.kind == SegmentKind::log) {
    records_since_image += segment.facts.records;
    bytes_since_image += segment.facts.data_end;
    if (segment.facts.incarnation == incarnation) bytes_since_open += segment.facts.data_end;
  }
  if (sealed_hook) sealed_hook(segment);
  changed.wake_all();
}

Task<bool> Core::release_reserve() {
  if (!reserve_held_) co_return false;
  reserve_held_ = false;
  co_await io::on_path(disk, IoOp::unlink, path(names::reserve()));
  co_return true;
}

Task<bool> Core::regain_reserve() {
  if (reserve_held_) co_return true;
  const std::string name = path(names::reserve());
  const IoRequest opened = co_await io::open(disk, name, OpenMode::create);
  if (opened.code != Errc::ok) co_return opened.code == Errc::exists;
  const auto file = static_cast<FileId>(opened.value);
  const IoRequest allocated = co_await io::on_file(disk, IoOp::allocate, file, segment_bytes + (segment_bytes >> 1));
  co_await io::on_file(disk, IoOp::close, file);
  reserve_held_ = allocated.code == Errc::ok;
  if (!reserve_held_) co_await io::on_path(disk, IoOp::unlink, name);
  co_return reserve_held_;
}

void Core::on_space(bool full) {
  event(full ? "full" : "resumed", Json());
  changed.wake_all();
}

}  // namespace foreshard
