// Sessions, virtual time and inspection of the simulated machine; see sim_machine.h.
#include "engine/io/sim_machine.h"

#include <algorithm>

#include "engine/io/sim_disk.h"

namespace foreshard {

namespace {
constexpr uint64_t kLockRetryNs = 1'000'000'000;
}

SimMachine::SimMachine(const SimOptions& options)
    : options_(options), random_(options.seed), wall_offset_ms_(options.wall_ms) {
  trace_.reserve(options.trace_length);
}

SimMachine::~SimMachine() = default;

std::unique_ptr<SimDisk> SimMachine::open_session() {
  std::unique_ptr<SimDisk> session(new SimDisk(*this, next_process_++, random_.next()));
  sessions_.push_back(session.get());
  return session;
}

void SimMachine::end_session(SimDisk& session) {
  unlock(session);
  for (SimDisk::Handle& handle : session.handles_) {
    if (handle.is_open) --file(handle.inode).handles;
    handle.is_open = false;
  }
  sessions_.erase(std::remove(sessions_.begin(), sessions_.end(), &session), sessions_.end());
}

uint64_t SimMachine::latency(SimLatency range) {
  uint64_t time = range.min_ns + random_.below(range.max_ns - range.min_ns + 1);
  return random_.chance(options_.slow_chance) ? time * options_.slow_factor : time;
}

uint64_t SimMachine::latency_of(const IoRequest& request) {
  uint64_t again = request.background ? latency(options_.write) : 0;
  switch (request.op) {
    case IoOp::read: return again + latency(options_.read);
    case IoOp::write:
    case IoOp::write_durable: return again + latency(options_.write);
    case IoOp::sync: return again + latency(options_.flush);
    case IoOp::work: return again + latency(options_.work);
    case IoOp::delay: return request.offset;
    default: return again + latency(options_.metadata);
  }
}

void SimMachine::push(Event event) {
  event.order = next_order_++;
  events_.push_back(event);
  std::push_heap(events_.begin(), events_.end());
}

void SimMachine::submit(SimDisk& session, IoRequest& request, SimInode inode) {
  ++counters_.requests[static_cast<size_t>(request.op)];
  bool is_write = request.op == IoOp::write || request.op == IoOp::write_durable;
  bool is_sync = request.op == IoOp::sync;
  push({.time_ns = now_ns_ + latency_of(request),
        .order = 0,
        .session = &session,
        .request = &request,
        .inode = inode,
        .phase = is_sync ? Phase::flush : Phase::operation,
        .flush_from = 0,
        .flush_until = is_sync ? file(inode).changes_until_now() : 0,
        .fingerprint = is_write ? fingerprint(request) : 0});
}

bool SimMachine::step() {
  if (events_.empty()) return false;
  run_until(events_.front().time_ns);
  return true;
}

void SimMachine::run_until(uint64_t time_ns) {
  while (!events_.empty() && events_.front().time_ns <= time_ns) {
    now_ns_ = std::max(now_ns_, events_.front().time_ns);
    land_due(now_ns_);
    if (crash_countdown_ != 0 && --crash_countdown_ == 0) return crash(crash_kind_);
    std::pop_heap(events_.begin(), events_.end());
    Event event = events_.back();
    events_.pop_back();
    perform(event);
  }
  now_ns_ = std::max(now_ns_, time_ns);
  land_due(now_ns_);
}

Status SimMachine::lock(SimDisk& session, const std::string& given_path) {
  std::string path = sim_path(given_path);
  auto held = std::find_if(locks_.begin(), locks_.end(), [&](const Lock& lock) { return lock.path == path; });
  if (held != locks_.end()) {
    bool too_long = held->free_ns > now_ns_ + kLockRetryNs;
    if (held->holder != nullptr || too_long) return {Errc::locked, "by process " + std::to_string(held->process)};
    run_until(held->free_ns);
    if (session.dead()) return Errc::aborted;
    locks_.erase(held);
  }
  SimInode inode = names_.find(path);
  if (inode == kNoInode) {
    inode = new_file();
    Errc added = names_.add(path, inode);
    if (added != Errc::ok) return {added, given_path};
  }
  file(inode).replace(as_bytes(std::to_string(session.process_)));
  locks_.push_back({path, &session, session.process_, 0});
  return {};
}

void SimMachine::unlock(SimDisk& session) {
  auto is_its = [&](const Lock& lock) { return lock.holder == &session; };
  locks_.erase(std::remove_if(locks_.begin(), locks_.end(), is_its), locks_.end());
}

SimInode SimMachine::new_file() {
  auto free = std::find(files_.begin(), files_.end(), nullptr);
  SimInode inode = static_cast<SimInode>(free - files_.begin());
  if (free == files_.end()) files_.emplace_back();
  files_[inode] = std::make_unique<SimFile>();
  return inode;
}

const SimFile* SimMachine::file_at(const std::string& path) const {
  SimInode inode = names_.find(sim_path(path));
  return inode == kNoInode ? nullptr : files_[inode].get();
}

namespace {
std::vector<uint8_t> bytes_of(const SimContent& content) {
  std::vector<uint8_t> bytes(content.size);
  content.read(0, bytes.data(), bytes.size());
  return bytes;
}
}  // namespace

std::vector<uint8_t> SimMachine::contents(const std::string& path) const {
  const SimFile* file = file_at(path);
  return file == nullptr ? std::vector<uint8_t>() : bytes_of(file->seen());
}

std::vector<uint8_t> SimMachine::durable_contents(const std::string& path) const {
  const SimFile* file = file_at(path);
  return file == nullptr ? std::vector<uint8_t>() : bytes_of(file->durable());
}

void SimMachine::replace(const std::string& given_path, Bytes contents) {
  std::string path = sim_path(given_path);
  std::string directory = path.substr(0, path.rfind('/') == std::string::npos ? 0 : path.rfind('/'));
  SimInode inode = names_.find(path);
  if (inode == kNoInode) {
    inode = new_file();
    static_cast<void>(names_.make_directory(directory));
    static_cast<void>(names_.add(path, inode));
    static_cast<void>(names_.sync_directory(directory));
  }
  file(inode).replace(contents);
}

void SimMachine::remove(const std::string& path) { static_cast<void>(names_.remove(sim_path(path))); }

bool SimMachine::flip(const std::string& path, uint64_t byte, unsigned bit) {
  SimInode inode = names_.find(sim_path(path));
  if (inode == kNoInode || byte >= file(inode).size()) return false;
  file(inode).flip_bit(byte, bit);
  return true;
}

uint64_t SimMachine::used_bytes() const {
  uint64_t blocks = 0;
  for (SimInode inode = 0; inode < files_.size(); ++inode) {
    const SimFile* file = files_[inode].get();
    if (file != nullptr && (file->handles != 0 || names_.links(inode) != 0)) blocks += file->held_blocks();
  }
  return blocks * kBlock;
}

std::string SimMachine::path_of(SimInode inode) const {
  for (const std::string& path : names_.all()) {
    if (names_.find(path) == inode) return path;
  }
  return inode == kNoInode ? "" : "(inode " + std::to_string(inode) + ")";
}

const char* name_of(IoOp op) {
  static constexpr const char* names[kIoOps] = {
      "open",   "close", "read",           "write", "write_durable",  "sync", "allocate", "truncate", "rename",
      "unlink", "link",  "sync_directory", "list",  "make_directory", "stat", "copy",     "work",     "delay"};
  return names[static_cast<size_t>(op)];
}

void SimMachine::note(SimTraceEntry entry) {
  if (options_.trace_length == 0) return;
  if (trace_.size() < options_.trace_length) {
    trace_.push_back(std::move(entry));
  } else {
    trace_[trace_next_] = std::move(entry);
    trace_next_ = (trace_next_ + 1) % trace_.size();
  }
}

void SimMachine::note(const IoRequest& request, SimInode inode, bool at_flush) {
  note({now_ns_, at_flush ? "flush" : name_of(request.op), inode, request.path, request.offset, request.length,
        request.code});
}

std::string SimMachine::trace() const {
  std::string text;
  for (size_t i = 0; i < trace_.size(); ++i) {
    const SimTraceEntry& entry = trace_[(trace_next_ + i) % trace_.size()];
    text += std::to_string(entry.time_ns) + " " + entry.what + " " +
            (entry.path.empty() ? path_of(entry.inode) : entry.path) + " " + std::to_string(entry.offset) + "+" +
            std::to_string(entry.length) + (entry.code == Errc::ok ? "" : " failed") + "\n";
  }
  return text;
}

}  // namespace foreshard
