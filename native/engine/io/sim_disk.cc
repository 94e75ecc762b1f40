// See sim_disk.h.
#include "engine/io/sim_disk.h"

#include <cstdio>
#include <cstdlib>

namespace foreshard {

namespace {

// A breach of the Disk contract by its user: a bug that a real device would punish at random.
void require(bool held, const char* rule, IoOp op) {
  if (held) return;
  std::fprintf(stderr, "sim: %s: %s\n", name_of(op), rule);
  std::abort();
}

bool names_file(IoOp op) {
  switch (op) {
    case IoOp::close:
    case IoOp::read:
    case IoOp::write:
    case IoOp::write_durable:
    case IoOp::sync:
    case IoOp::allocate:
    case IoOp::truncate: return true;
    default: return false;
  }
}

bool moves_data(IoOp op) { return op == IoOp::read || op == IoOp::write || op == IoOp::write_durable; }

bool aligned(const IoRequest& request) {
  uint64_t bits = request.offset | request.length | reinterpret_cast<uintptr_t>(request.data);
  return bits % kBlock == 0 && request.length != 0;
}

}  // namespace

SimDisk::~SimDisk() {
  if (!dead_) {
    forget_all();
    if (!dead_) machine_.end_session(*this);
  }
}

SimDisk::Handle& SimDisk::handle_of(FileId file) { return handles_[file - 1]; }

// Checks the rules for the request's file and counts it as in use.
SimInode SimDisk::take_handle(IoRequest& request) {
  if (!names_file(request.op)) return kNoInode;
  require(request.file != 0 && request.file <= handles_.size(), "no such file", request.op);
  Handle& handle = handle_of(request.file);
  bool changes = request.op != IoOp::read && request.op != IoOp::close && request.op != IoOp::sync;
  require(handle.is_open, "the file is closed", request.op);
  require(!changes || !only_reads(handle.mode), "the file was opened for reading", request.op);
  require(!moves_data(request.op) || aligned(request), "not aligned to kBlock, or empty", request.op);
  if (request.op == IoOp::close) {
    require(handle.under_way == 0, "requests on the file are under way", request.op);
    handle.is_open = false;
  }
  ++handle.under_way;
  return handle.inode;
}

void SimDisk::submit(IoRequest& request) {
  if (dead_) return;
  require(!forgotten_, "submitted after forget_all()", request.op);
  SimInode inode = take_handle(request);
  ++under_way_;
  machine_.submit(*this, request, inode);
  machine_.tick();
}

// By the machine: the effect has happened. A request of perform_now() has no done().
void SimDisk::complete(IoRequest& request) {
  if (names_file(request.op)) --handle_of(request.file).under_way;
  if (request.op == IoOp::open && request.code == Errc::ok) {
    handles_.push_back({static_cast<SimInode>(request.value), request.open_mode, true, false, 0});
    request.value = handles_.size();
  }
  --under_way_;
  request.next = nullptr;
  if (&request == awaited_now_) {
    awaited_now_ = nullptr;
    return;
  }
  *last_completed_ = &request;
  last_completed_ = &request.next;
}

// done() may submit, and the machine may crash under it: so one at a time.
size_t SimDisk::deliver() {
  size_t delivered = 0;
  if (first_completed_ != nullptr) before_delivery();
  while (first_completed_ != nullptr) {
    IoRequest& request = *first_completed_;
    first_completed_ = request.next;
    if (first_completed_ == nullptr) last_completed_ = &first_completed_;
    ++delivered;
    request.done(request);
  }
  return delivered;
}

size_t SimDisk::poll() {
  if (!dead_) machine_.tick();
  return deliver();
}

size_t SimDisk::wait() {
  while (first_completed_ == nullptr && under_way_ != 0 && machine_.step()) {
  }
  return deliver();
}

Errc SimDisk::perform_now(IoRequest& request) {
  if (dead_) return Errc::aborted;
  awaited_now_ = &request;
  submit(request);
  while (awaited_now_ != nullptr && !dead_ && machine_.step()) {
  }
  return dead_ ? Errc::aborted : request.code;
}

Errc SimDisk::write_durable_now(FileId file, uint64_t offset, const uint8_t* data, uint64_t length) {
  IoRequest request;
  request.op = IoOp::write_durable;
  request.file = file;
  request.offset = offset;
  request.data = const_cast<uint8_t*>(data);
  request.length = length;
  return perform_now(request);
}

Errc SimDisk::read_now(FileId file, uint64_t offset, uint8_t* data, uint64_t length, uint64_t& read) {
  IoRequest request;
  request.op = IoOp::read;
  request.file = file;
  request.offset = offset;
  request.data = data;
  request.length = length;
  Errc code = perform_now(request);
  read = code == Errc::ok ? request.value : 0;
  return code;
}

void SimDisk::forget_all() {
  while (under_way_ != 0 && machine_.step()) {
  }
  first_completed_ = nullptr;
  last_completed_ = &first_completed_;
  forgotten_ = true;
}

Status SimDisk::lock(const std::string& path) {
  if (dead_) return Errc::aborted;
  return machine_.lock(*this, path);
}

void SimDisk::unlock() {
  if (!dead_) machine_.unlock(*this);
}

void SimDisk::die() {
  dead_ = true;
  under_way_ = 0;
  first_completed_ = nullptr;
  last_completed_ = &first_completed_;
}

}  // namespace foreshard
