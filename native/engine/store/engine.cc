// store/engine.h.
#include "engine/store/engine.h"

#include "engine/io/await.h"
#include "engine/log/names.h"

namespace foreshard {

namespace {
constexpr uint32_t kPollsPerClock = 64;
constexpr uint64_t kCloseStepNs = 500'000;
constexpr uint64_t kRestStepNs = 50'000'000;  // also the longest that closing waits for it
// After an open the first reads have device and owner for themselves: so long, and again while a read blocks.
constexpr uint64_t kFirstReadsNs = 2'000'000;
constexpr int kFirstReadsTurns = 10;
constexpr uint64_t kImageWorthClosing = 10'000;  // records since the last image
}  // namespace

Engine::Engine(Disk& disk, StoreListener& listener, StoreOptions options)
    : core(disk, listener, std::move(options)), pages(core), reader(core, pages), writer(core, reader), warmer(core, reader),
      opening(core, pages, reader, warmer), checkpointer(core, background), fast(core, warmer),
      compactor(core, reader, checkpointer, background), iterators(core, pages, reader), changes(core, reader), backups(core),
      resharder(core, pages, background), hot_keys(core) {
  core.sealed_hook = [this](Segment&) { on_sealed(); };
  core.disk.set_before_delivery([this] { catch_up(); });
}

// Frames before what they refer to; the device has given back all buffers by then (Store forgets its requests first).
Engine::~Engine() {
  core.disk.set_before_delivery(nullptr);
  closing_ = {};
  core.tasks.destroy_all();
  background.destroy_all();
}

void Engine::on_sealed() {
  checkpointer.consider();
  compactor.consider();
  if (!core.options.standard_directory.empty() && !copying_ && core.phase == Phase::full && !core.stopping)
    background.spawn(standard_copy());
}

// A copy of the standard checkpoints for another node to restore from: an incremental backup.
Task<> Engine::standard_copy() {
  copying_ = true;
  const Status copied = co_await backups.run(core.options.standard_directory);
  if (!copied.ok()) core.event("warning", Json().field("detail", "the standard tier could not be brought up to date: " + copied.detail));
  copying_ = false;
}

void Engine::open(uint64_t ticket) {
  core.phase = Phase::opening;
  core.update_heat_clock();
  background.spawn(run_open(ticket));
}

Task<> Engine::run_open(uint64_t ticket) {
  const Status status = co_await opening.run();
  if (!status.ok()) {
    co_await abandon_open();
    core.listener.on_done(ticket, status, 0);
    co_return;
  }
  warmer.begin_watch();
  if (core.options.track_heat) background.spawn(core.keep_heat());
  if (!opening.report().created && core.options.compaction_rests_ns > 0) compactor.rest_until(UINT64_MAX);
  core.listener.on_done(ticket, status, core.log->durable_sequence());
  background.spawn(run_recovery());
}

Task<> Engine::run_recovery() {
  for (int turn = 0; turn == 0 || (turn < kFirstReadsTurns && reader.blocks()); ++turn)
    co_await io::delay(core.disk, kFirstReadsNs);
  co_await core.regain_reserve();
  co_await opening.finish();
  if (core.stopping) co_return;
  if (core.options.checkpoints) background.spawn(fast.run());
  background.spawn(warmer.fill_gaps());
  background.spawn(core.tidy_memory());
  checkpointer.consider();
  background.spawn(compact_later());
}

// What an earlier process has left to do is in no hurry: traffic comes first, and the disk was as full before.
Task<> Engine::compact_later() {
  const uint64_t now_ns = core.disk.clock().now_ns();
  const uint64_t rests_until_ns = opening.report().created ? now_ns : now_ns + core.options.compaction_rests_ns;
  compactor.rest_until(rests_until_ns);
  while (!core.stopping && core.disk.clock().now_ns() < rests_until_ns) co_await io::delay(core.disk, kRestStepNs);
  compactor.consider();
}

Task<> Engine::abandon_open() {
  core.phase = Phase::closed;
  for (const auto& [id, segment] : core.segments.all())
    if (segment->file != 0) co_await io::on_file(core.disk, IoOp::close, segment->file);
  core.disk.unlock();
}

void Engine::poll() {
  if (core.disk.has_completions()) core.disk.poll();
  if (++polls_ % kPollsPerClock == 0) core.update_heat_clock();
}

void Engine::flush(uint64_t ticket) { core.tasks.spawn(run_flush(ticket)); }

Task<> Engine::run_flush(uint64_t ticket) {
  const uint64_t accepted = core.log->next_sequence() - 1;
  const uint64_t rollbacks = core.counters.rollbacks;
  core.log->submit();
  while (core.log->durable_sequence() < accepted && core.counters.rollbacks == rollbacks && !core.log->idle())
    co_await core.changed.wait();
  while (core.loss) co_await core.changed.wait();
  const bool lost = core.counters.rollbacks != rollbacks;
  core.listener.on_done(ticket, lost ? core.last_error : Status(), core.log->durable_sequence());
}

Status Engine::wait_durable(uint64_t sequence) {
  const uint64_t rollbacks = core.counters.rollbacks;
  core.log->submit_now();
  while (core.log->durable_sequence() < sequence && (core.counters.rollbacks == rollbacks || core.loss)) {
    if (core.disk.wait() == 0) return Errc::aborted;
    core.log->submit_now();
  }
  return core.log->durable_sequence() >= sequence ? Status() : core.last_error;
}

void Engine::backup(std::string directory, uint64_t ticket) { background.spawn(run_backup(std::move(directory), ticket)); }

Task<> Engine::run_backup(std::string directory, uint64_t ticket) {
  while (copying_) co_await io::delay(core.disk, kCloseStepNs);
  copying_ = true;
  const Status status = co_await backups.run(std::move(directory));
  copying_ = false;
  core.listener.on_done(ticket, status, core.log->durable_sequence());
}

void Engine::checkpoint(uint64_t ticket) { background.spawn(run_checkpoint(ticket)); }

Task<> Engine::run_checkpoint(uint64_t ticket) {
  while (!core.index_loaded && !core.stopping) co_await core.changed.wait();
  Status status = core.stopping ? Status(Errc::closed) : Status();
  if (status.ok()) status = co_await checkpointer.write_image(true);
  if (status.ok() && core.options.fast_budget > 0) status = co_await fast.write_all(true);
  core.listener.on_done(ticket, status, core.log->durable_sequence());
}

void Engine::compact(double garbage_share, uint64_t ticket) { background.spawn(run_compact(garbage_share, ticket)); }

// Old records may only go when an image is newer than they: so an image first, then the passes, then another image that
// lets the emptied segments go.
Task<> Engine::run_compact(double garbage_share, uint64_t ticket) {
  while (!core.index_loaded && !core.stopping) co_await core.changed.wait();
  Status status = core.stopping ? Status(Errc::closed) : Status();
  if (status.ok()) status = co_await core.log->seal_active();
  for (int image = 0; image < 2 && status.ok() && core.options.checkpoints; ++image) status = co_await checkpointer.write_image(true);
  if (status.ok()) status = co_await compactor.run_until(garbage_share);
  for (int image = 0; image < 2 && status.ok() && core.options.checkpoints; ++image) status = co_await checkpointer.write_image(true);
  if (status.ok()) co_await checkpointer.delete_emptied();
  core.listener.on_done(ticket, status, core.log->durable_sequence());
}

void Engine::close(uint64_t ticket) {
  if (core.phase == Phase::closed || core.phase == Phase::closing) {
    core.listener.on_done(ticket, Errc::closed, 0);
    return;
  }
  closing_ = run_close(ticket);
  closing_.start();
}

Task<> Engine::run_close(uint64_t ticket) {
  while (core.phase == Phase::opening) co_await io::delay(core.disk, kCloseStepNs);
  const bool opened = core.phase != Phase::closed;
  was_full_ = core.phase == Phase::full;
  core.phase = opened ? Phase::closing : Phase::closed;
  const uint64_t sequence = opened ? core.log->next_sequence() - 1 : 0;
  Status status = opened ? Status() : Status(Errc::closed);
  if (opened) status = co_await shut_down();
  core.phase = Phase::closed;
  core.listener.on_done(ticket, status, sequence);
}

// Background work ends at its next step; then everything is made durable, and the clean mark comes last.
Task<Status> Engine::shut_down() {
  core.stopping = true;
  core.changed.wake_all();
  while (!background.idle() || !core.tasks.idle()) {
    core.log->submit();
    core.changed.wake_all();
    co_await io::delay(core.disk, kCloseStepNs);
  }
  Status status = co_await core.log->stop();
  const bool index = core.index_loaded && core.options.checkpoints;
  if (status.ok() && index && (core.records_since_image >= kImageWorthClosing)) {
    const Status image = co_await checkpointer.write_image(false);
    if (!image.ok()) core.event("warning", Json().field("detail", "the last index image could not be written: " + image.detail));
  }
  const bool fast_wanted = core.counters.gets + core.counters.puts > 0 || fast.prediction_waits();
  if (status.ok() && index && was_full_ && core.options.fast_budget > 0 && fast_wanted) {
    Status written = co_await fast.save_touches();
    if (written.ok()) written = co_await fast.write_all(false);
    if (!written.ok()) core.event("warning", Json().field("detail", "fast-restore images could not be written: " + written.detail));
  }
  core.clean = status.ok();
  const Status committed = co_await core.commit_manifest();
  if (committed.ok()) co_await core.log->remove_unused();
  if (status.ok()) status = committed;
  for (const auto& [id, segment] : core.segments.all())
    if (segment->file != 0) co_await io::on_file(core.disk, IoOp::close, segment->file);
  core.disk.unlock();
  co_return status;
}

std::string Engine::stats_json() const {
  const Counters& counters = core.counters;
  const ArenaStats& arena = core.arena.stats();
  uint64_t data = 0, live = 0, records = 0, runs = 0, segments = 0, live_maps = 0;
  for (const auto& [id, segment] : core.segments.all()) {
    ++segments;
    data += segment->facts.data_end;
    live += segment->facts.live_bytes();
    records += segment->facts.records;
    runs += segment->facts.run_bytes;
    if (segment->live != nullptr) live_maps += segment->live->memory_bytes();
  }
  uint64_t images = 0;
  for (const ImageFacts& image : core.images) images += image.file_bytes;
  Json memory;
  memory.field("limit", core.options.memory_limit).field("records", arena.used_bytes - arena.dead_bytes)
      .field("dead", arena.dead_bytes).field("chunks", arena.chunk_bytes).field("spare", arena.free_bytes)
      .field("index", core.table.memory_bytes() + live_maps);
  Json disk;
  disk.field("segments", segments).field("data", data).field("dead", data > live ? data - live : 0).field("runs", runs).field("images", images)
      .field("spaceAmplification", live > 0 ? static_cast<double>(data + runs + images) / static_cast<double>(live) : 0.0)
      .field("reads", counters.disk_reads).field("readBytes", counters.disk_read_bytes);
  Json log;
  log.field("durableSequence", core.log ? core.log->durable_sequence() : 0)
      .field("nextSequence", core.log ? core.log->next_sequence() : 0)
      .field("pendingBytes", core.log ? core.log->pending_bytes() : 0)
      .field("tailBytes", core.log ? core.log->unsealed_bytes() : 0)
      .field("tailLimit", 2 * core.segment_bytes)
      .field("tailWaits", core.log ? core.log->tail_waits() : 0)
      .field("recordsSinceImage", core.records_since_image).field("rollbacks", counters.rollbacks)
      .field("restricted", core.log && core.log->restricted());
  Json work;
  work.field("gets", counters.gets).field("hits", counters.hits).field("misses", counters.misses).field("absent", counters.absent)
      .field("puts", counters.puts).field("dels", counters.dels).field("batches", counters.batches)
      .field("images", counters.images).field("imageBytes", counters.image_bytes)
      .field("fastImages", counters.fast_images).field("fastBytes", counters.fast_bytes)
      .field("compactedSegments", counters.compacted_segments).field("relocatedBytes", counters.relocated_bytes)
      .field("deletedSegments", counters.deleted_segments).field("duplicatesResolved", counters.duplicates_resolved)
      .field("corruptReads", counters.corrupt_reads);
  Json resharding;
  resharding.field("splits", resharder.splits()).field("merges", resharder.merges())
      .field("longestPauseUs", static_cast<double>(resharder.longest_pause_ns()) / 1e3);
  Json out;
  out.field("io", core.disk.name()).field("direct", core.disk.direct()).field("incarnation", core.incarnation)
      .field("shards", static_cast<uint64_t>(core.shards.count())).field("entries", core.table.entry_count())
      .field("recordsOnDisk", records).field("memory", memory).field("disk", disk).field("log", log).field("work", work)
      .field("resharding", resharding).raw("predicted", fast.prediction_json());
  return out.text();
}

}  // namespace foreshard
