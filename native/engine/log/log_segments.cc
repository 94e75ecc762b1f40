// The log's segments (log/log.h): preparing the next one ahead, sealing a full one, idle marks, a full device.
#include "engine/log/log_state.h"
#include "engine/log/names.h"
#include "engine/log/replace_file.h"

namespace foreshard {

namespace {

// Entries of records that others of the segment replace are left out of its run: a bit for each place where a record may
// begin says which. By a helper, and only when the segment is full.
void leave_out(const std::vector<Replacement>& replaced, uint64_t data_end, std::vector<RunEntry>& entries) {
  std::vector<uint64_t> words(data_end / kAddressUnit / 64 + 1);
  const auto word = [&](uint32_t offset) -> uint64_t& { return words[offset / kAddressUnit / 64]; };
  const auto bit = [](uint32_t offset) { return 1ull << (offset / kAddressUnit % 64); };
  for (const Replacement& one : replaced) word(one.replaced) |= bit(one.replaced);
  std::erase_if(entries, [&](const RunEntry& entry) { return word(entry.offset) & bit(entry.offset); });
}

}  // namespace

uint64_t Log::unsealed_bytes() const { return sealing_bytes_ + (active_ ? active_->end - kBlock : 0); }

// The active segment is full (or there is none): goes on in the next, if it is ready and the tail is not too long. Only
// with no group in flight, so that a failed group always lies in the active segment.
void Log::rotate() {
  if (!inflight_.empty()) return;
  if (next_ == nullptr) {
    if (!preparing_ && (!stopping_ || pending_count() > 0)) tasks_.spawn(prepare_next());
    return;
  }
  if (active_ != nullptr) {
    if (sealing_ > 0) {
      ++tail_waits_;
      return;
    }
    ++sealing_;
    sealing_bytes_ += active_->end;
    std::unique_ptr<Active> full = std::move(active_);
    tasks_.spawn(seal(std::move(full)));
  }
  waits_for_room_ = false;
  active_ = std::make_unique<Active>(std::exchange(next_, nullptr), std::min(kZeroAhead, config_.segment_bytes), std::move(spare_lists_));
  if (!preparing_ && !stopping_) tasks_.spawn(prepare_next());
}

Task<> Log::prepare_next() {
  preparing_ = true;
  Segment* made = nullptr;
  Status why;
  do {
    Result<Segment*> created = co_await create_segment(SegmentKind::log, config_.segment_bytes);
    if (created.ok()) {
      made = created.value();
      continue;
    }
    why = created.status();
    if (stopping_) continue;
    if (why.code == Errc::disk_full) co_await wait_for_space();
    else co_await io::delay(disk_, kRetryDelay);
  } while (made == nullptr && !stopping_);
  preparing_ = false;
  next_ = made;
  if (made != nullptr && active_ == nullptr && state_ == State::running) rotate();
  go_on();
  if (made == nullptr) drop_pending(why);  // the store is closing
  progress_.wake_all();
}

// First the reserve is spent, for deletes and compaction; without it, what is pending cannot be kept.
Task<> Log::wait_for_space() {
  if (!std::exchange(restricted_, true)) {
    host_.on_space(true);
    tasks_.spawn(watch_space());
  }
  const bool released = co_await host_.release_reserve();
  if (released) co_return;
  go_on();
  drop_pending(Errc::disk_full);
  co_await io::delay(disk_, kRetryDelay);
}

// There is no place for what was accepted and not written yet, and nothing under way that could make one.
void Log::drop_pending(Status why) {
  if (pending_count() == 0 || !inflight_.empty() || state_ != State::running || zeroing_) return;
  pending_.clear();
  pending_head_ = 0;
  pending_bytes_ = 0;
  host_.on_lost(durable_sequence_ + 1, why);
  host_.on_loss_settled(true);  // it was never written
}

// Writes resume when the reserve could be taken again.
Task<> Log::watch_space() {
  while (restricted_ && !stopping_) {
    co_await io::delay(disk_, kRetryDelay);
    if (stopping_) break;
    const bool regained = co_await host_.regain_reserve();
    if (!regained) continue;
    restricted_ = false;
    host_.on_space(false);
  }
}

// A file with its header, space for `bytes`, and the beginning written with zeros; registered in the manifest.
Task<Result<Segment*>> Log::create_segment(SegmentKind kind, uint64_t bytes) {
  SegmentFacts facts;
  facts.id = segments_.next_id();
  if (facts.id == 0) co_return Status(Errc::disk_full, "all segment slots are taken");
  facts.nonce = disk_.random().next();
  facts.kind = kind;
  facts.incarnation = config_.incarnation;
  facts.data_end = kBlock;
  // Nothing can be placed until it is there, so its first group goes on from here: after an open, say, when the segment
  // of the group before may be gone because it held no record.
  if (kind == SegmentKind::log && active_ == nullptr) facts.link_before = placed_link_;
  Segment prepared;
  prepared.facts = facts;
  Status status = co_await prepare_file(prepared, bytes);
  if (!status.ok()) {
    if (prepared.file != 0) co_await io::on_file(disk_, IoOp::close, prepared.file);
    co_await remove_files(facts.id);
    co_return status;
  }
  // Not before its file is durable: any commit names what is registered.
  Segment& segment = segments_.add(facts);
  segment.file = prepared.file;
  status = co_await host_.commit_segments();
  if (status.ok()) co_return &segment;
  // A commit that failed may be there all the same, so the name stays; the space may be what is missing.
  co_await io::on_file(disk_, IoOp::truncate, segment.file, kBlock);
  co_await discard_segment(&segment);
  co_return status;
}

Task<> Log::discard_segment(Segment* segment) {
  const uint64_t id = segment->facts.id;
  const FileId file = segment->file;
  segments_.remove(id);
  if (file != 0) co_await io::on_file(disk_, IoOp::close, file);
  const Status committed = co_await host_.commit_segments();
  if (committed.ok()) co_await remove_files(id);
}

Task<> Log::remove_files(uint64_t id) {
  co_await io::on_path(disk_, IoOp::unlink, names::join(config_.directory, names::segment(id)));
  co_await io::on_path(disk_, IoOp::unlink, names::join(config_.directory, names::run(id)));
}

Task<Status> Log::prepare_file(Segment& segment, uint64_t bytes) {
  const std::string path = names::join(config_.directory, names::segment(segment.facts.id));
  IoRequest opened = co_await io::open(disk_, path, OpenMode::create);
  if (opened.code == Errc::exists) {  // left over by a process that was killed before it was registered
    co_await io::on_path(disk_, IoOp::unlink, path);
    opened = co_await io::open(disk_, path, OpenMode::create);
  }
  if (opened.code != Errc::ok) co_return Status(opened.code, path);
  segment.file = static_cast<FileId>(opened.value);
  const IoRequest allocated = co_await io::on_file(disk_, IoOp::allocate, segment.file, bytes);
  if (allocated.code != Errc::ok) co_return Status(allocated.code, path);
  AlignedBuffer head(std::min(kZeroAhead, bytes));
  std::memset(head.data(), 0, head.size());
  write_segment_header(head.data(), config_.store_id, segment.facts, host_.wall_ms());
  const IoRequest written =
      co_await io::transfer(disk_, IoOp::write_durable, segment.file, 0, head.data(), head.size());
  if (written.code != Errc::ok) co_return Status(written.code, path);
  const IoRequest synced = co_await io::on_path(disk_, IoOp::sync_directory, config_.directory);
  co_return Status(synced.code, path);
}

// All of it is durable: writes its run, and says so in the manifest.
Task<> Log::seal(std::unique_ptr<Active> full) {
  Segment& segment = *full->segment;
  segment.facts.link_after = durable_link_;
  std::function<void()> sift = [&] { leave_out(full->replacements, full->end, full->entries); };
  co_await io::work(disk_, std::move(sift));
  for (;;) {
    const Status written = co_await write_run(segment, full->entries);
    if (written.ok()) break;
    if (stopping_) break;
    co_await io::delay(disk_, kRetryDelay);
  }
  sealing_bytes_ -= full->end;
  --sealing_;
  spare_lists_ = full->take_lists();
  go_on();
  progress_.wake_all();
}

// The run's file first, then the manifest: a sealed segment always has had its run.
Task<Status> Log::write_run(Segment& segment, std::vector<RunEntry>& entries) {
  AlignedBuffer encoded;
  SegmentFacts facts = segment.facts;
  facts.state = SegmentState::sealed;
  const uint64_t store_id = config_.store_id;
  co_await io::work(disk_, [&] {
    std::erase_if(entries, [](const RunEntry& entry) { return entry.kind == kReplaced; });
    encoded = encode_run(store_id, facts, entries);
  });
  facts.run_bytes = encoded.size();
  facts.run_checksum = run_checksum(encoded.view());
  Status status = co_await replace_file(disk_, config_.directory, names::run(facts.id), encoded.view());
  if (!status.ok()) co_return status;
  co_await give_back_space(facts);
  const SegmentState before = segment.facts.state;
  segment.facts.state = SegmentState::sealed;
  segment.facts.run_bytes = facts.run_bytes;
  segment.facts.run_checksum = facts.run_checksum;
  status = co_await host_.commit_segments();
  if (!status.ok()) segment.facts.state = before;
  if (status.ok()) host_.on_sealed(segment);
  co_return status;
}

// What was allocated behind the data. Nobody reads there, so a failure, or a late write of a killed process, is no harm.
Task<> Log::give_back_space(SegmentFacts facts) {
  const IoRequest opened = co_await io::open(disk_, names::join(config_.directory, names::segment(facts.id)), OpenMode::write);
  if (opened.code != Errc::ok) co_return;
  co_await io::on_file(disk_, IoOp::truncate, static_cast<FileId>(opened.value), facts.data_end);
  co_await io::on_file(disk_, IoOp::close, static_cast<FileId>(opened.value));
}

Task<> Log::zero_more() {
  zeroing_ = true;
  Active* active = active_.get();
  const FileId file = active->segment->file;
  const uint64_t from = active->zeroed_end;
  const uint64_t to = std::min(from + kZeroChunk, config_.segment_bytes);
  if (zeros_.size() == 0) {
    zeros_ = AlignedBuffer(kZeroChunk);
    std::memset(zeros_.data(), 0, zeros_.size());
  }
  if (from < to) co_await io::write(disk_, file, from, zeros_.data(), to - from);
  if (active_.get() == active) active->zeroed_end = std::max(active->zeroed_end, to);
  zeroing_ = false;
  go_on();
}

// An empty group after a pause: without a later header nothing proves that the last group had been durable, and damage
// to it would pass for a torn tail.
Task<> Log::mark_idle() {
  idle_watch_ = true;
  while (!proven_ && !stopping_ && state_ == State::running) {
    const uint64_t placed = placed_sequence_;
    co_await io::delay(disk_, kIdleDelay);
    if (placed == placed_sequence_ && idle() && !proven_ && !stopping_ && can_start()) start_group(false);
    while (!inflight_.empty()) co_await progress_.wait();
  }
  idle_watch_ = false;
}

Task<Status> Log::seal_active() {
  // Under way in it: nothing. Or it is full meanwhile, and another one is active.
  const uint64_t accepted = next_sequence_ - 1;
  const uint64_t id = active_ != nullptr ? active_->segment->facts.id : 0;
  for (;;) {
    if (state_ == State::running) start_groups();
    const bool passed = id != 0 && (active_ == nullptr || active_->segment->facts.id != id);
    const bool placed = idle() || (passed && durable_sequence_ >= accepted && !stopping_);
    if (state_ == State::running && placed && sealing_ == 0) break;
    co_await progress_.wait();
  }
  if (active_ == nullptr || active_->empty() || !idle()) co_return Status();
  const uint64_t last = active_->segment->facts.id;
  std::unique_ptr<Active> full = std::move(active_);
  ++sealing_;
  sealing_bytes_ += full->end;
  tasks_.spawn(seal(std::move(full)));
  if (!stopping_) rotate();
  while (sealing_ > 0) co_await progress_.wait();
  Segment* sealed = segments_.by_id(last);
  const bool good = sealed == nullptr || sealed->facts.state == SegmentState::sealed;
  co_return good ? Status() : Status(Errc::io, "a segment could not be sealed");
}

Task<Status> Log::stop() {
  stopping_ = true;
  const Status sealed = co_await seal_active();
  while (preparing_ || zeroing_ || idle_watch_) co_await io::delay(disk_, kIdleDelay / 20);
  state_ = State::stopped;
  for (Segment* unused : {active_ ? active_->segment : nullptr, next_}) {
    if (unused == nullptr) continue;
    const FileId file = unused->file;
    unused_.push_back(unused->facts.id);
    segments_.remove(unused->facts.id);
    co_await io::on_file(disk_, IoOp::close, file);
  }
  active_.reset();
  next_ = nullptr;
  co_return sealed;
}

Task<> Log::remove_unused() {
  for (const uint64_t id : unused_) co_await remove_files(id);
}

}  // namespace foreshard
