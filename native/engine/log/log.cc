// Group commit (log/log.h): from pending records to acknowledged groups. Segment housekeeping is in log_segments.cc.
#include "engine/log/log.h"

#include <algorithm>

#include "engine/log/log_state.h"

namespace foreshard {

Log::Log(Disk& disk, LogHost& host, Segments& segments, LogConfig config)
    : disk_(disk), host_(host), segments_(segments), config_(std::move(config)) {}

Log::~Log() = default;

void Log::resume_at(uint64_t last_link, uint64_t next_sequence, Lsn durable_lsn) {
  durable_link_ = placed_link_ = last_link;
  next_sequence_ = next_sequence;
  placed_sequence_ = durable_sequence_ = next_sequence - 1;
  durable_lsn_ = durable_lsn;
}

void Log::start() { tasks_.spawn(prepare_next()); }

void Log::add(const PendingRecord& record) {
  pending_.push_back(record);
  pending_bytes_ += record.size;
  turn_open_ = true;
  if (record.ends_unit && pending_count() >= kEarlyGroupRecords && !waits_for_room_) start_groups();
}

void Log::submit() {
  turn_open_ = false;
  calls_in_turn_ = 0;
  start_groups();
}

void Log::start_groups() {
  waits_for_room_ = false;
  while (pending_count() > 0 && can_start() && start_group(false)) {
  }
}

// Something that groups waited for has come. In an open turn there are more records to come, too.
void Log::go_on() {
  waits_for_room_ = false;
  if (state_ == State::running && (!turn_open_ || pending_count() >= kEarlyGroupRecords)) start_groups();
}

void Log::submit_now() {
  if (pending_count() > 0 && inflight_.empty() && can_start()) start_group(true);
  submit();
}

bool Log::can_start() {
  return state_ == State::running && active_ != nullptr && inflight_.size() < config_.inflight_max;
}

// How many pending records make the next group: whole units, at least one, up to kGroupBytes. `bytes`: of the group.
size_t Log::group_extent(uint64_t& bytes, std::vector<uint32_t>& shards) {
  size_t count = 0, unit_end = 0;
  uint64_t records = 0, unit_bytes = 0;
  size_t unit_shards = 0;
  for (size_t i = pending_head_; i < pending_.size(); ++i) {
    const PendingRecord& record = pending_[i];
    if (record.shard >= shard_bytes_.size()) {
      shard_bytes_.resize(record.shard + 1);
      shard_records_.resize(record.shard + 1);
    }
    if (shard_records_[record.shard]++ == 0) shards.push_back(record.shard);
    shard_bytes_[record.shard] += record.size;
    records += record.size;
    ++count;
    if (!record.ends_unit) continue;
    if (unit_end > 0 && records > kGroupBytes) break;
    unit_end = count;
    unit_bytes = records;
    unit_shards = shards.size();
    if (records >= kGroupBytes) break;
  }
  // Give back what a unit that did not fit has counted.
  for (size_t i = unit_end; i < count; ++i) {
    const PendingRecord& record = pending_[pending_head_ + i];
    shard_bytes_[record.shard] -= record.size;
    --shard_records_[record.shard];
  }
  shards.resize(unit_shards);
  bytes = kGroupHeader + unit_shards * kFrameHeader + unit_bytes;
  return unit_end;
}

// Would a group of this length fit into the active segment, and all of that into its run?
bool Log::fits(uint64_t padded) const {
  const uint64_t run_bytes = (active_->entries.size() + padded / kSmallRecord) * kRunEntryReserve;
  return active_->empty() || active_->end + padded + run_bytes <= config_.segment_bytes;
}

// Is there room for a group of this length, now? If not, sees to it that there will be.
bool Log::make_room(uint64_t padded) {
  if (!fits(padded)) rotate();
  // A zero-fill under way must not land on top of the group.
  return fits(padded) && !(zeroing_ && active_->end + padded > active_->zeroed_end);
}

std::unique_ptr<Log::Group> Log::build_group() {
  std::vector<uint32_t> shards;
  uint64_t length = 0;
  const size_t count = pending_count() > 0 ? group_extent(length, shards) : 0;
  if (count == 0) length = kGroupHeader;
  const uint64_t padded = align_up(length, kBlock);
  std::unique_ptr<Group> group;
  waits_for_room_ = !make_room(padded);
  if (!waits_for_room_) {
    group = std::make_unique<Group>();
    group->log = this;
    group->buffer = take_buffer(padded);
    group->segment = active_->segment;
    group->entries_before = active_->entries.size();
    group->header.lsn = make_lsn(active_->segment->facts.id, active_->end);
    group->header.length = static_cast<uint32_t>(length);
    group->header.records = static_cast<uint32_t>(count);
    group->header.frames = static_cast<uint32_t>(shards.size());
    place_records(*group, count, shards);
  }
  for (uint32_t shard : shards) shard_bytes_[shard] = shard_records_[shard] = 0;
  return group;
}

// Gathers the records into one frame per shard and gives each its address. shard_bytes_ becomes the cursor of each
// frame.
void Log::place_records(Group& group, size_t count, const std::vector<uint32_t>& shards) {
  uint8_t* buffer = group.buffer.data();
  uint32_t at = kGroupHeader;
  for (uint32_t shard : shards) {
    const FrameLabel label = host_.frame_label(shard);
    write_frame_header(buffer + at, {label.shard, label.epoch, shard_bytes_[shard], shard_records_[shard]});
    const uint32_t bytes = shard_bytes_[shard];
    shard_bytes_[shard] = at + kFrameHeader;
    at += kFrameHeader + bytes;
  }
  for (size_t i = 0; i < count; ++i) {
    if (i + kRecordsAhead < count) pending_[pending_head_ + i + kRecordsAhead].prefetch();
    const PendingRecord& record = pending_[pending_head_ + i];
    uint32_t& cursor = shard_bytes_[record.shard];
    std::memcpy(buffer + cursor, record.record, record.size);
    write_address_cell(record.record, Address::disk(group.segment->facts.id, active_->end + cursor));
    note_placed(record, active_->end + cursor);
    cursor += record.size;
  }
  group.header.first_sequence = count > 0 ? pending_[pending_head_].sequence : next_sequence_;
  group.last_sequence = count > 0 ? pending_[pending_head_ + count - 1].sequence : placed_sequence_;
  std::memset(buffer + group.header.length, 0, group.header.padded() - group.header.length);
  for (size_t i = 0; i < count; ++i) pending_bytes_ -= pending_[pending_head_ + i].size;
  pending_head_ += count;
  if (pending_head_ == pending_.size()) {
    pending_.clear();
    pending_head_ = 0;
  }
}

void Log::note_placed(const PendingRecord& record, uint64_t offset) {
  Address replaced;
  if (record.replaced != nullptr) replaced = read_address_cell(record.replaced);
  active_->add_entry({record.hash, static_cast<uint32_t>(offset), record.kind, record.sequence}, replaced);
  if (Segment* old = replaced ? segments_.of(replaced) : nullptr)
    old->facts.dead_bytes += RecordView(record.replaced).size();
}

// False if there is no room now; whoever makes room submits again.
bool Log::start_group(bool now) {
  std::unique_ptr<Group> built = build_group();
  if (!built) return false;
  Group& group = *built;
  GroupHeader& header = group.header;
  Active& active = *active_;
  header.nonce = active.segment->facts.nonce;
  header.incarnation = config_.incarnation;
  header.previous_link = placed_link_;
  header.durable_lsn = durable_lsn_;
  header.wall_ms = host_.wall_ms();
  group.link = placed_link_ = seal_group(group.buffer.data(), header);
  placed_sequence_ = group.last_sequence;
  active.begin_group(group.header.padded(), header);
  inflight_.push_back(std::move(built));
  if (!zeroing_ && header.padded() < kUnwrittenGroupBytes && active.wants_zeroes(config_.segment_bytes))
    tasks_.spawn(zero_more());
  if (now) {
    group.io.code = disk_.write_durable_now(active.segment->file, lsn_offset(header.lsn), group.buffer.data(), header.padded());
    completed(group);
  } else {
    group.submit(disk_, active.segment->file);
  }
  return true;
}

void Log::completed(Group& group) {
  group.done = true;
  settle();
}

// Acknowledges in log order whatever is complete at the front.
void Log::settle() {
  bool moved = false;
  while (!inflight_.empty() && inflight_.front()->done && inflight_.front()->io.code == Errc::ok) {
    std::unique_ptr<Group> group = std::move(inflight_.front());
    inflight_.pop_front();
    durable_lsn_ = group->header.lsn + group->header.padded();
    durable_link_ = group->link;
    durable_sequence_ = std::max(durable_sequence_, group->last_sequence);
    proven_ = group->header.records == 0;
    give_back(std::move(group->buffer));
    moved = true;
  }
  if (moved) host_.on_durable(durable_sequence_);
  if (!inflight_.empty() && inflight_.front()->done && state_ == State::running) begin_failure();
  go_on();
  if (moved && idle() && !proven_ && !idle_watch_ && !stopping_) tasks_.spawn(mark_idle());
  progress_.wake_all();
}

void Log::begin_failure() {
  state_ = State::failing;
  Status why(inflight_.front()->io.code, "a write of the log at LSN " + std::to_string(inflight_.front()->header.lsn) +
                                             " failed; what was not acknowledged was rolled back");
  tasks_.spawn(recover_after_failure(std::move(why)));
}

// Groups in flight behind the failed one, and what is pending, go with it: in the order of the log nothing may follow a
// hole.
Task<> Log::recover_after_failure(Status why) {
  while (!std::all_of(inflight_.begin(), inflight_.end(), [](const auto& group) { return group->done; }))
    co_await progress_.wait();
  drop_unacknowledged(why);
  std::unique_ptr<Active> failed = std::move(active_);
  failed->segment->facts.state = SegmentState::cut;
  failed->segment->facts.link_after = durable_link_;
  for (uint32_t tries = 1;; ++tries) {
    const Status committed = co_await host_.commit_segments();
    if (committed.ok()) break;
    if (tries == kCutTries || stopping_) host_.on_loss_settled(false);
    if (stopping_) break;
    co_await io::delay(disk_, kRetryDelay);
  }
  host_.on_loss_settled(true);
  ++sealing_;
  sealing_bytes_ += failed->end;
  tasks_.spawn(seal(std::move(failed)));
  state_ = State::running;
  if (next_ != nullptr) rotate();
  else if (!preparing_) tasks_.spawn(prepare_next());
  progress_.wake_all();
}

void Log::drop_unacknowledged(const Status& why) {
  const size_t keep = inflight_.front()->entries_before;
  const uint64_t end = lsn_offset(inflight_.front()->header.lsn);
  uint64_t record_bytes = 0;
  for (const auto& group : inflight_) record_bytes += group->header.record_bytes();
  active_->cut_to(keep, end, durable_sequence_, record_bytes);
  inflight_.clear();
  pending_.clear();
  pending_head_ = 0;
  pending_bytes_ = 0;
  placed_link_ = durable_link_;
  placed_sequence_ = durable_sequence_;
  host_.on_lost(durable_sequence_ + 1, why);
}

// Of a big group in huge pages: what goes to the device is pinned page by page.
Mapping Log::take_buffer(uint64_t size) {
  const auto fits = [size](const Mapping& spare) { return spare.size() >= size; };
  const auto spare = std::find_if(spare_buffers_.begin(), spare_buffers_.end(), fits);
  if (spare != spare_buffers_.end()) {
    Mapping buffer = std::move(*spare);
    spare_buffers_.erase(spare);
    return buffer;
  }
  return size <= kBufferBytes ? Mapping(kBufferBytes, Mapping::Pages::small)
                              : Mapping(align_up(size, kBigBufferUnit), Mapping::Pages::huge);
}

// New memory costs more than the copy into it, so some are kept. The smallest goes if there are too many.
void Log::give_back(Mapping buffer) {
  if (buffer.size() > kSpareBufferBytes) return;
  const auto smaller = [](const Mapping& a, const Mapping& b) { return a.size() < b.size(); };
  spare_buffers_.push_back(std::move(buffer));
  std::sort(spare_buffers_.begin(), spare_buffers_.end(), smaller);
  if (spare_buffers_.size() > config_.inflight_max) spare_buffers_.erase(spare_buffers_.begin());
}

}  // namespace foreshard
