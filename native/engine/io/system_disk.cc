// See system_disk.h.
#include "engine/io/system_disk.h"

#include <sys/random.h>
#include <unistd.h>

#include <cerrno>

#include "engine/io/errors.h"
#include "engine/io/files.h"

namespace foreshard {

namespace {

// From the kernel itself: the library's random_device would tie the addon to the newest glibc.
uint64_t random_seed() {
  uint64_t seed = 0;
  while (::getentropy(&seed, sizeof seed) != 0) {
  }
  return seed;
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

constexpr uint32_t kCommitThreads = 4;  // as many as the log may have under way

bool flushes(IoOp op) { return op == IoOp::write_durable || op == IoOp::sync; }

}  // namespace

SystemDisk::SystemDisk(uint32_t helper_threads, bool direct)
    : random_(random_seed()),
      direct_(direct),
      timer_([this](IoRequest& request) { completions_.push(request); }),
      helpers_(helper_threads, [this](IoRequest& request) { run_blocking(request); }),
      commits_(kCommitThreads, [this](IoRequest& request) { commit(request); }, true) {}

// A derived disk has called forget_all() in its destructor: nothing is under way.
SystemDisk::~SystemDisk() {
  for (const OpenFile& file : files_) {
    if (file.fd >= 0) ::close(file.fd);
  }
}

void SystemDisk::run_blocking(IoRequest& request) {
  files::perform(request);
  RequestQueue queue;
  queue.push(request);
  if (flushes(request.op) && request.code == Errc::ok) return flush_gate_.flush(queue);
  completions_.push_all(queue);
}

void SystemDisk::commit(IoRequest& request) {
  files::perform(request);
  if (request.code == Errc::ok) files::set_result(request, files::flush(request.fd));
  completions_.push(request);
}

// Puts the file's descriptor into the request; a closing file has no descriptor from here on.
bool SystemDisk::resolve(IoRequest& request) {
  request.progress = 0;
  request.fd = -1;
  request.direct = false;
  if (!names_file(request.op)) return true;
  if (request.file == 0 || request.file > files_.size() || files_[request.file - 1].fd < 0) return false;
  OpenFile& file = files_[request.file - 1];
  request.fd = file.fd;
  request.direct = file.direct;
  if (request.op == IoOp::close) file.fd = -1;
  return true;
}

void SystemDisk::submit(IoRequest& request) {
  if (forgotten_) return;
  ++under_way_;
  if (!resolve(request)) {
    files::set_result(request, EBADF);
    completions_.push(request);
  } else if (request.op == IoOp::delay) {
    files::set_result(request, 0);
    if (request.offset == 0) completions_.push(request);  // others get their turn, no more
    else timer_.submit(request);
  } else {
    start(request);
  }
}

void SystemDisk::take_back(IoRequest& request) {
  --under_way_;
  if (request.op == IoOp::open && request.code == Errc::ok) {
    files_.push_back({request.fd, request.direct, false});
    request.value = files_.size();
  }
  if (flushes(request.op) && request.fd >= 0) judge_flush(request);
  came_back(request);
}

// A failed flush fails every later one of the file. Only a write that ended was flushed at all.
void SystemDisk::judge_flush(IoRequest& request) {
  OpenFile& file = files_[request.file - 1];
  if (request.code == Errc::ok && file.flush_failed) files::set_result(request, EIO);
  bool flushed = request.op == IoOp::sync || request.progress == request.length;
  if (request.code != Errc::ok && flushed) file.flush_failed = true;
}

// One at a time from a list that outlives this call: done() may poll, or end in forget_all().
size_t SystemDisk::deliver() {
  size_t delivered = 0;
  ++delivering_;
  completions_.take(taken_);
  if (!taken_.empty()) before_delivery();
  while (!taken_.empty()) {
    IoRequest& request = taken_.pop();
    take_back(request);
    ++delivered;
    request.done(request);
  }
  --delivering_;
  send_prepared();
  return delivered;
}

size_t SystemDisk::poll() { return has_completions() ? deliver() : 0; }

size_t SystemDisk::wait() {
  size_t delivered = deliver();
  while (delivered == 0 && under_way_ != 0) {
    completions_.wait();
    delivered = deliver();
  }
  return delivered;
}

void SystemDisk::forget_all() {
  forgotten_ = true;
  send_prepared();
  under_way_ -= drop_unstarted() + helpers_.drop_queued() + commits_.drop_queued() + timer_.cancel_all();
  for (;;) {
    while (!taken_.empty()) take_back(taken_.pop());
    if (under_way_ == 0) return;
    completions_.wait();
    completions_.take(taken_);
  }
}

Errc SystemDisk::write_durable_now(FileId file, uint64_t offset, const uint8_t* data, uint64_t length) {
  if (file == 0 || file > files_.size() || files_[file - 1].flush_failed) return Errc::io;
  Errc code = errc_of_errno(files::write_through(files_[file - 1].fd, offset, data, length));
  if (code == Errc::io) files_[file - 1].flush_failed = true;  // or the write did; nobody can tell
  return code;
}

Errc SystemDisk::read_now(FileId file, uint64_t offset, uint8_t* data, uint64_t length, uint64_t& read) {
  read = 0;
  if (file == 0 || file > files_.size()) return Errc::io;
  return errc_of_errno(files::read_full(files_[file - 1].fd, offset, data, length, read));
}

}  // namespace foreshard
