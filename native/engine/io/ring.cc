// See ring.h.
#include "engine/io/ring.h"

#include <cerrno>

#ifdef FORESHARD_HAS_IO_URING
#include <liburing.h>
#include <time.h>

#include <algorithm>
#include <atomic>
#include <thread>
#include <vector>

#include "engine/io/files.h"
#include "engine/io/thread.h"
#endif

namespace foreshard {

#ifdef FORESHARD_HAS_IO_URING

namespace {

constexpr uint64_t kTransferMax = 1 << 30;

bool moves_data(IoOp op) { return op == IoOp::read || op == IoOp::write || op == IoOp::write_durable; }

class KernelRing final : public Ring {
 public:
  explicit KernelRing(const Exits& exits) : exits_(exits) {}
  ~KernelRing() override;
  int start(uint32_t depth);

  void prepare(IoRequest& request) override;
  uint32_t prepared() const override { return prepared_; }
  void send() override;

 private:
  io_uring_sqe& next_entry();
  bool has_what_it_takes();

  // On the reaper thread.
  void reap();
  bool collect();
  void sort(IoRequest& request, int result);
  void flush_collected();

  const Exits exits_;
  io_uring ring_{};
  bool open_ = false;
  uint32_t prepared_ = 0;
  std::atomic<uint64_t> sends_{0};  // orders the owner's stores to a request before the reaper's loads
  RequestQueue finished_;
  std::vector<IoRequest*> to_flush_;
  std::thread reaper_;
};

KernelRing::~KernelRing() {
  if (!open_) return;
  if (reaper_.joinable()) {
    io_uring_sqe& stop = next_entry();
    io_uring_prep_nop(&stop);
    io_uring_sqe_set_data(&stop, nullptr);
    send();
    reaper_.join();
  }
  io_uring_queue_exit(&ring_);
}

int KernelRing::start(uint32_t depth) {
  int error = -io_uring_queue_init(depth, &ring_, 0);
  if (error != 0) return error;
  open_ = true;
  io_uring_ring_dontfork(&ring_);
  if (!has_what_it_takes()) return EOPNOTSUPP;
  to_flush_.reserve(depth);
  reaper_ = start_thread([this] { reap(); });
  return 0;
}

bool KernelRing::has_what_it_takes() {
  if ((ring_.features & IORING_FEAT_NODROP) == 0) return false;
  io_uring_probe* probe = io_uring_get_probe_ring(&ring_);
  if (probe == nullptr) return false;
  bool has = io_uring_opcode_supported(probe, IORING_OP_READ) && io_uring_opcode_supported(probe, IORING_OP_WRITE) &&
             io_uring_opcode_supported(probe, IORING_OP_NOP);
  io_uring_free_probe(probe);
  return has;
}

io_uring_sqe& KernelRing::next_entry() {
  for (;;) {
    if (io_uring_sqe* entry = io_uring_get_sqe(&ring_)) {
      ++prepared_;
      return *entry;
    }
    send();
  }
}

void KernelRing::prepare(IoRequest& request) {
  io_uring_sqe& entry = next_entry();
  unsigned length = static_cast<unsigned>(std::min(request.length, kTransferMax));
  switch (request.op) {
    case IoOp::read: io_uring_prep_read(&entry, request.fd, request.data, length, request.offset); break;
    case IoOp::sync: io_uring_prep_nop(&entry); break;  // the reaper does the rest
    default: io_uring_prep_write(&entry, request.fd, request.data, length, request.offset);
  }
  io_uring_sqe_set_data(&entry, &request);
}

// The kernel takes less than all when it is short of memory or completions wait to be reaped: both pass.
void KernelRing::send() {
  sends_.fetch_add(1, std::memory_order_release);
  while (prepared_ != 0) {
    int sent = io_uring_submit(&ring_);
    if (sent > 0) {
      prepared_ -= std::min(prepared_, static_cast<uint32_t>(sent));
    } else if (sent != -EINTR) {
      timespec pause{0, 50'000};
      ::nanosleep(&pause, nullptr);
    }
  }
}

void KernelRing::reap() {
  prefer_short_slices();
  bool going_on = true;
  while (going_on) {
    going_on = collect();
    exits_.completions.push_all(finished_);  // what needs no flush does not wait for it
    flush_collected();
  }
}

// Blocks for one completion and takes all there are; false: stop.
bool KernelRing::collect() {
  bool going_on = true;
  io_uring_cqe* entry = nullptr;
  while (io_uring_wait_cqe(&ring_, &entry) != 0) {
  }
  do {
    static_cast<void>(sends_.load(std::memory_order_acquire));
    auto* request = static_cast<IoRequest*>(io_uring_cqe_get_data(entry));
    int result = entry->res;
    io_uring_cqe_seen(&ring_, entry);
    if (request == nullptr) {
      going_on = false;
    } else {
      sort(*request, result);
    }
  } while (io_uring_peek_cqe(&ring_, &entry) == 0);
  return going_on;
}

void KernelRing::sort(IoRequest& request, int result) {
  if (result == -EAGAIN || result == -EINTR || result == -ECANCELED) return exits_.helpers.submit(request);
  files::set_result(request, result < 0 ? -result : 0);
  if (result >= 0 && moves_data(request.op)) {
    request.progress = static_cast<uint64_t>(result);
    request.value = request.progress;
    if (request.progress < request.length) return exits_.helpers.submit(request);
  }
  bool flush = result >= 0 && (request.op == IoOp::write_durable || request.op == IoOp::sync);
  if (flush) {
    to_flush_.push_back(&request);
  } else {
    finished_.push(request);
  }
}

void KernelRing::flush_collected() {
  while (!to_flush_.empty()) {
    int fd = to_flush_.front()->fd;
    auto others = std::partition(to_flush_.begin(), to_flush_.end(), [&](IoRequest* r) { return r->fd == fd; });
    RequestQueue of_one_file;
    std::for_each(to_flush_.begin(), others, [&](IoRequest* request) { of_one_file.push(*request); });
    to_flush_.erase(to_flush_.begin(), others);
    exits_.flush_gate.flush(of_one_file);
  }
}

}  // namespace

int Ring::open(uint32_t depth, const Exits& exits, std::unique_ptr<Ring>& ring) {
  auto opened = std::make_unique<KernelRing>(exits);
  int error = opened->start(depth);
  if (error == 0) ring = std::move(opened);
  return error;
}

#else

int Ring::open(uint32_t, const Exits&, std::unique_ptr<Ring>&) { return ENOSYS; }

#endif

}  // namespace foreshard
