// store/opening.h: the order of an open, and what runs behind it. The log's part is in opening_log.cc.
#include "engine/store/opening.h"

#include <algorithm>

#include "engine/io/await.h"
#include "engine/io/transfer.h"
#include "engine/log/names.h"

namespace foreshard {

namespace {

bool is_log_file(const std::string& name) { return name.ends_with(".seg") || name.ends_with(".run"); }

bool holds_store(const std::vector<std::string>& files) {
  return std::any_of(files.begin(), files.end(), [](const std::string& name) {
    return is_log_file(name) || name == names::manifest(0) || name == names::manifest(1);
  });
}

}  // namespace

double Opening::elapsed_ms() const {
  return static_cast<double>(core_.disk.clock().now_ns() - started_ns_) / 1e6;
}

void Opening::note(std::string text) {
  core_.event("warning", Json().field("detail", text));
  report_.notes.push_back(std::move(text));
}

void Opening::enter_phase(Phase phase) {
  core_.phase = phase;
  const char* name = phase == Phase::open ? "open" : phase == Phase::hot ? "hot" : "full";
  core_.event("recovery", Json().field("phase", name).field("ms", elapsed_ms()));
  core_.changed.wake_all();
}

Task<Status> Opening::run() {
  started_ns_ = core_.disk.clock().now_ns();
  Status status = co_await prepare_directories();
  if (!status.ok()) co_return status;
  ManifestRead read = co_await read_manifest(core_.disk, core_.options.directory);
  Evidence found;
  found.manifest = read.health;
  found.log = std::any_of(files_.begin(), files_.end(), is_log_file) ? FileHealth::good : FileHealth::absent;
  const RecoveryPlan plan = decide(found, false);
  if (plan.action == RecoveryPlan::Action::refuse)
    co_return Status(read.code != Errc::ok ? read.code : plan.error, core_.options.directory + ": " + read.detail);
  if (plan.action == RecoveryPlan::Action::create) status = co_await create();
  else status = co_await recover(std::move(read));
  if (!status.ok()) co_return status;
  report_.open_ms = elapsed_ms();
  enter_phase(Phase::open);
  co_return status;
}

Task<Status> Opening::prepare_directories() {
  const std::string directory = core_.options.directory;
  IoRequest listed = co_await io::on_path(core_.disk, IoOp::list, directory);
  const bool empty = listed.code == Errc::not_found || (listed.code == Errc::ok && !holds_store(listed.names));
  if (empty && !core_.options.create_if_missing) co_return Status(Errc::not_found, "no store in " + directory);
  const IoRequest made = co_await io::on_path(core_.disk, IoOp::make_directory, directory);
  if (made.code != Errc::ok) co_return Status(made.code, directory);
  const Status locked = core_.disk.lock(core_.path(names::lock()));
  if (!locked.ok()) co_return locked;
  listed = co_await io::on_path(core_.disk, IoOp::list, directory);
  if (listed.code != Errc::ok) co_return Status(listed.code, directory);
  files_ = std::move(listed.names);
  const IoRequest fast = co_await io::on_path(core_.disk, IoOp::make_directory, core_.options.fast_directory);
  if (fast.code != Errc::ok) note("the fast tier " + core_.options.fast_directory + " cannot be made: restores will be slower");
  co_return Status();
}

Task<Status> Opening::create() {
  if (!core_.options.create_if_missing) co_return Status(Errc::not_found, core_.options.directory);
  report_.created = true;
  core_.store_id = core_.disk.random().next();
  core_.hash_seed = core_.disk.random().next();
  core_.segment_bytes = core_.options.segment_bytes;
  std::vector<ShardFacts> shards = Shards::equal_slices(core_.options.shards);
  const auto next_id = static_cast<uint32_t>(shards.size());
  core_.shards.adopt(std::move(shards), next_id);
  core_.shards.enter_into(core_.table);
  core_.shards.settle(core_.table, 0, UINT64_MAX);
  core_.index_loaded = true;
  co_return co_await start_log(Manifest{});
}

Task<Status> Opening::recover(ManifestRead read) {
  if (core_.options.error_if_exists) co_return Status(Errc::exists, core_.options.directory);
  Status status = adopt_manifest(read.manifest);
  if (!status.ok()) co_return status;
  report_.clean = read.manifest.clean;
  if (read.copy_damaged) note("one copy of the manifest was damaged or out of date; the other one served: " + read.detail);
  co_await sort_files(!read.copy_damaged);
  Evidence found;
  found.manifest = FileHealth::good;
  found.index = co_await open_images();
  const double found_ms = elapsed_ms();
  status = co_await scan_tail(read.manifest);
  if (!status.ok()) co_return status;
  report_.scan_ms = elapsed_ms() - found_ms;
  found.runs = co_await open_runs();
  found.log = !tail_.damage.empty() ? FileHealth::unreadable : tail_.scans.empty() ? FileHealth::absent : FileHealth::good;
  const RecoveryPlan plan = decide(found, core_.options.on_damage == DamagePolicy::skip);
  report_.index = plan.index;
  report_.damage = tail_.damage;
  if (plan.action == RecoveryPlan::Action::refuse) co_return Status(plan.error, describe(tail_.damage.front()));
  uint64_t records = 0;
  for (const auto& [id, segment] : core_.segments.all()) records += segment->facts.records;
  status = pages_.cover_ring(records);
  if (!status.ok()) co_return status;
  core_.shards.enter_into(core_.table);
  const double ready_ms = elapsed_ms();
  status = replay();
  warmer_.note_replayed();
  tail_.scans.clear();
  if (status.ok()) status = co_await flush_kept();
  if (!status.ok()) co_return status;
  report_.replay_ms = elapsed_ms() - ready_ms;
  for (const auto& [id, segment] : core_.segments.all()) dead_at_open_[id] = segment->facts.dead_bytes;
  co_return co_await start_log(read.manifest);
}

Status Opening::adopt_manifest(const Manifest& manifest) {
  core_.store_id = manifest.store_id;
  core_.hash_seed = manifest.hash_seed;
  core_.incarnation = manifest.incarnation;
  core_.segment_bytes = manifest.segment_bytes;
  core_.shards.adopt(manifest.shards, manifest.next_shard_id);
  core_.images = manifest.images;
  core_.manifest.set_commit(manifest.commit);
  core_.set_wall_floor(manifest.wall_ms);
  for (const SegmentFacts& facts : manifest.segments) core_.segments.add(facts);
  core_.segments.set_next_id(std::max(manifest.next_segment_id, core_.segments.peek_next_id()));
  for (const ImageFacts& image : manifest.images) core_.next_image = std::max(core_.next_image, image.generation + 1);
  return {};
}

// The newest image that can be read; the other one stays as it is.
Task<FileHealth> Opening::open_images() {
  if (!core_.options.use_standard || core_.images.empty()) co_return FileHealth::absent;
  const std::vector<ImageFacts> images = core_.images;
  for (const ImageFacts& facts : images) {
    Result<std::unique_ptr<IndexImageReader>> reader =
        co_await IndexImageReader::open(core_.disk, core_.options.directory, core_.store_id, facts);
    if (reader.ok()) {
      pages_.set_image(std::move(reader.value()), facts);
      loaded_generation_ = facts.generation;
      co_return FileHealth::good;
    }
    note("index image " + std::to_string(facts.generation) + " cannot be read (" + std::string(errc_code(reader.code())) + ")");
  }
  co_return FileHealth::unreadable;
}

double Opening::progress() const {
  switch (core_.phase) {
    case Phase::closed:
    case Phase::opening: return 0;
    case Phase::open: return 0.1 + 0.4 * warmer_.fast_progress();
    case Phase::hot: return 0.5 + 0.5 * warmer_.rest_progress();
    default: return 1;
  }
}

Task<> Opening::load_index() {
  pages_.all_read = [this] { warmer_.index_read(); };
  const Status loaded = co_await pages_.load_all();
  if (!loaded.ok()) note("the index could not be loaded completely: " + loaded.detail);
  if (loaded.ok() && !core_.stopping) {
    drop_early_marks();
    if (!report_.created && !report_.clean) recount();
    core_.index_loaded = true;
  }
  report_.index_ms = elapsed_ms();
  warmer_.index_ended();
}

// The fast-restore images are read while the index is loaded, so that the device has no pause.
Task<> Opening::finish() {
  std::vector<Task<>> side_by_side;
  side_by_side.push_back(load_index());
  if (core_.options.use_fast && !report_.created) side_by_side.push_back(warmer_.restore_fast());
  co_await Join(std::move(side_by_side));
  if (core_.stopping) co_return;
  report_.hot_ms = elapsed_ms();
  enter_phase(Phase::hot);
  co_await seal_scanned();
  if (!report_.created && !core_.stopping) co_await warmer_.warm_rest();
  if (core_.stopping) co_return;
  report_.full_ms = elapsed_ms();
  enter_phase(Phase::full);
}

// Marks of compaction do not hold if the image that was loaded is older: its pages point at the old places. Nor if a page
// was made from what all segments say: it may point into emptied ones, at versions that compaction had left out.
void Opening::drop_early_marks() {
  for (const auto& [id, segment] : core_.segments.all())
    if (pages_.rebuilt() > 0 || segment->facts.emptied_at_image > loaded_generation_) segment->facts.emptied_at_image = 0;
}

// Dead bytes as the index saw them when it was loaded: what it did not point at. An estimate, for compaction.
void Opening::recount() {
  for (const auto& [id, segment] : core_.segments.all()) {
    SegmentFacts& facts = segment->facts;
    const auto known = dead_at_open_.find(id);
    if (known == dead_at_open_.end() || facts.records == 0 || facts.state == SegmentState::open) continue;
    const uint64_t live = std::min(facts.record_bytes, facts.mean_record_bytes() * pages_.loaded_entries(id).all);
    const uint64_t since = facts.dead_bytes - std::min(facts.dead_bytes, known->second);
    facts.dead_bytes = std::min(facts.record_bytes, facts.record_bytes - live + since);
  }
}

namespace {

std::string damage_json(const std::vector<DamagedRange>& damage) {
  std::string list = "[";
  for (const DamagedRange& range : damage) {
    if (list.size() > 1) list += ",";
    list += Json().field("segment", range.segment_id).field("from", range.from).field("to", range.to)
                .field("detail", describe(range)).text();
  }
  return list + "]";
}

std::string list_json(const std::vector<std::string>& texts) {
  std::string list = "[";
  for (const std::string& text : texts) {
    if (list.size() > 1) list += ",";
    list += Json::quoted(text);
  }
  return list + "]";
}

Json early_json(const EarlyReads& early) {
  return Json().field("reads", early.reads).field("covered", early.hits).field("restored", early.restored)
      .field("replayed", early.replayed);
}

std::string numbers_json(std::span<const uint64_t> numbers) {
  std::string list = "[";
  for (const uint64_t number : numbers) {
    if (list.size() > 1) list += ",";
    list += std::to_string(number);
  }
  return list + "]";
}

const char* phase_name(Phase phase) {
  static constexpr const char* kNames[] = {"closed", "opening", "open", "hot", "full", "closing"};
  return kNames[static_cast<size_t>(phase)];
}

}  // namespace

std::string Opening::json() const {
  const WarmReport& warm = warmer_.report();
  Json times;
  times.field("scan", report_.scan_ms).field("replay", report_.replay_ms).field("open", report_.open_ms)
      .field("index", report_.index_ms).field("hot", report_.hot_ms).field("full", report_.full_ms);
  Json tail;
  tail.field("bytes", report_.tail_bytes).field("records", report_.tail_records).field("segments", report_.tail_segments)
      .field("cut", report_.cut).field("cutLsn", report_.cut_lsn).field("cutGroups", report_.cut_groups);
  Json fast;
  fast.field("bytes", warm.fast_bytes).field("records", warm.fast_records).field("admitted", warm.fast_admitted)
      .field("classes", warm.fast_classes)
      .field("predicted", Json().field("bytes", warmer_.image_bytes(kPredictedClass)).field("records", warm.predicted_records)
                              .field("admitted", warm.predicted_admitted));
  Json rest;
  rest.field("bytes", warm.rest_bytes).field("records", warm.rest_admitted);
  Json early = early_json(warm.early);
  early.field("first", early_json(warm.first)).raw("byClass", numbers_json(warm.early_by_class));
  Json out;
  out.field("phase", phase_name(core_.phase)).field("progress", progress()).field("estimateMs", warmer_.estimate_ms(elapsed_ms()))
      .field("created", report_.created).field("clean", report_.clean).field("index", name_of(report_.index))
      .field("pagesRebuilt", pages_.rebuilt()).field("ms", times).field("tail", tail).field("fast", fast)
      .field("rest", rest).field("early", early).raw("damage", damage_json(report_.damage))
      .raw("notes", list_json(report_.notes));
  return out.text();
}

}  // namespace foreshard
