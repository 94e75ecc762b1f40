// What a crash leaves of a simulated machine; see sim_machine.h.
#include <algorithm>

#include "engine/io/sim_disk.h"
#include "engine/io/sim_machine.h"

namespace foreshard {

void SimMachine::crash_after(uint64_t effects, CrashKind kind) {
  crash_countdown_ = effects + 1;
  crash_kind_ = kind;
}

void SimMachine::crash(CrashKind kind) {
  crash_countdown_ = 0;
  end_in_flight(std::exchange(events_, {}), kind);
  orphan_locks(nullptr);
  for (SimDisk* session : std::exchange(sessions_, {})) session->die();
  close_handles();
  collect_files();
}

void SimMachine::kill(SimDisk& session) {
  auto others = std::partition(events_.begin(), events_.end(), [&](const Event& e) { return e.session == &session; });
  std::vector<Event> in_flight(events_.begin(), others);
  events_.erase(events_.begin(), others);
  std::make_heap(events_.begin(), events_.end());
  end_in_flight(std::move(in_flight), CrashKind::process_killed);
  orphan_locks(&session);
  end_session(session);
  session.die();
  collect_files();
}

std::unique_ptr<SimMachine> SimMachine::crashed_copy(CrashKind kind, uint64_t seed) const {
  SimOptions options = options_;
  options.seed = seed;
  auto copy = std::make_unique<SimMachine>(options);
  copy->now_ns_ = now_ns_;
  copy->wall_offset_ms_ = wall_offset_ms_;
  copy->next_process_ = next_process_;
  copy->faults_ = faults_;
  copy->counters_ = counters_;
  copy->names_ = names_;
  copy->files_.reserve(files_.size());
  for (const auto& file : files_) copy->files_.push_back(file ? std::make_unique<SimFile>(*file) : nullptr);
  copy->late_ = late_;
  copy->locks_ = locks_;
  copy->trace_ = trace_;
  copy->trace_next_ = trace_next_;
  copy->end_in_flight(events_, kind);
  copy->orphan_locks(nullptr);
  copy->close_handles();
  copy->collect_files();
  return copy;
}

// What was in flight ends in any order.
void SimMachine::end_in_flight(std::vector<Event> in_flight, CrashKind kind) {
  ++counters_.crashes;
  note({now_ns_, kind == CrashKind::power_cut ? "power cut" : "process killed", kNoInode, "", 0, 0, Errc::ok});
  SimSurvival survival = SimSurvival::draw(random_);
  for (size_t left = in_flight.size(); left > 0; --left) {
    std::swap(in_flight[left - 1], in_flight[random_.below(left)]);
    abandon(in_flight[left - 1], kind, survival);
  }
  if (kind == CrashKind::power_cut) return lose_power(survival);
  for (auto& file : files_) {
    if (file) file->evict_lost(random_);
  }
}

void SimMachine::abandon(const Event& event, CrashKind kind, const SimSurvival& survival) {
  const IoRequest& request = *event.request;
  if (event.phase == Phase::flush) {
    if (random_.chance(0.5)) flush_changes(event);
    return;
  }
  switch (request.op) {
    case IoOp::write:
    case IoOp::write_durable: return abandon_write(event, kind, survival);
    case IoOp::read:
    case IoOp::close:
    case IoOp::list:
    case IoOp::stat:
    case IoOp::work:
    case IoOp::delay: return;
    case IoOp::copy: return abandon_copy(request);
    default: break;
  }
  if (random_.chance(0.5)) return;
  IoRequest stand_in;  // the caller's request is not touched
  stand_in.op = request.op;
  stand_in.open_mode = request.open_mode;
  stand_in.offset = request.offset;
  stand_in.length = request.length;
  stand_in.path = request.path;
  stand_in.other_path = request.other_path;
  dispatch(stand_in, event.inode);
}

void SimMachine::abandon_write(const Event& event, CrashKind kind, const SimSurvival& survival) {
  const IoRequest& request = *event.request;
  if (!room_for(file(event.inode).blocks_wanted(request.offset, request.length))) return;
  bool late = kind == CrashKind::process_killed && random_.chance(0.3);
  if (late) {
    uint64_t time_ns = now_ns_ + 1 + random_.below(options_.late_ns_max);
    late_.push_back({time_ns, event.inode, request.offset, {request.data, request.data + request.length}});
    return;
  }
  file(event.inode).write_torn(request.offset, request.data, request.length, survival.fate(random_), random_);
}

// A copy cut short: its name may be there with a part of the contents.
void SimMachine::abandon_copy(const IoRequest& request) {
  SimInode source = names_.find(sim_path(request.path));
  if (source == kNoInode || random_.chance(0.3)) return;
  SimInode target = new_file();
  if (names_.add(sim_path(request.other_path), target) != Errc::ok) return;
  uint64_t length = align_up(random_.below(file(source).size() + 1), kBlock);
  if (!room_for(length / kBlock)) return;
  AlignedBuffer bytes(length);
  std::memset(bytes.data(), 0, length);
  file(source).read(0, bytes.data(), length);
  file(target).write(0, bytes.data(), length);
}

void SimMachine::lose_power(const SimSurvival& survival) {
  for (const LateWrite& late : std::exchange(late_, {})) {
    if (random_.chance(0.5)) land(late);
  }
  names_.cut_power(survival.keep == 1, random_);
  for (auto& file : files_) {
    if (file) file->cut_power(survival, random_);
  }
}

// The lock of a dead process is free at once, or only when the last of its writes has landed.
void SimMachine::orphan_locks(const SimDisk* session) {
  for (Lock& lock : locks_) {
    if (lock.holder == nullptr || (session != nullptr && lock.holder != session)) continue;
    lock.holder = nullptr;
    lock.free_ns = random_.chance(0.5) ? late_end_ns() : now_ns_;
  }
}

void SimMachine::land(const LateWrite& late) {
  ++counters_.late_landings;
  note({now_ns_, "land late", late.inode, "", late.offset, late.bytes.size(), Errc::ok});
  file(late.inode).write(late.offset, late.bytes.data(), late.bytes.size());
}

void SimMachine::land_due(uint64_t time_ns) {
  for (size_t i = 0; i < late_.size();) {
    if (late_[i].time_ns > time_ns) {
      ++i;
      continue;
    }
    land(late_[i]);
    late_[i] = std::move(late_.back());
    late_.pop_back();
  }
}

uint64_t SimMachine::late_end_ns() const {
  uint64_t end = now_ns_;
  for (const LateWrite& late : late_) end = std::max(end, late.time_ns);
  return end;
}

void SimMachine::close_handles() {
  for (auto& file : files_) {
    if (file) file->handles = 0;
  }
}

void SimMachine::collect_files() {
  for (SimInode inode = 0; inode < files_.size(); ++inode) {
    auto& file = files_[inode];
    if (!file || file->handles != 0 || names_.refers_to(inode)) continue;
    bool awaited = std::any_of(late_.begin(), late_.end(), [&](const LateWrite& w) { return w.inode == inode; });
    if (!awaited) file.reset();
  }
}

}  // namespace foreshard
