// The ring of writes (io/ring.h): the owner submits, the reaper thread takes what has completed.
#include <cerrno>

#include "engine/io/ring.h"

#ifdef FORESHARD_HAS_IO_URING
#include <algorithm>
#include <atomic>
#include <thread>
#include <vector>

#include "engine/io/kernel_ring.h"
#include "engine/io/thread.h"
#endif

namespace foreshard {

#ifdef FORESHARD_HAS_IO_URING

namespace {

class WriteRing final : public Ring {
 public:
  explicit WriteRing(const Exits& exits) : exits_(exits) {}
  ~WriteRing() override;
  int start(uint32_t depth);

  void prepare(IoRequest& request) override { kernel_ring::fill(next_entry(), request); }
  uint32_t prepared() const override { return prepared_; }
  void send() override;

 private:
  io_uring_sqe& next_entry();

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

WriteRing::~WriteRing() {
  if (!open_) return;
  io_uring_sqe& stop = next_entry();
  io_uring_prep_nop(&stop);
  io_uring_sqe_set_data(&stop, nullptr);
  send();
  reaper_.join();
  io_uring_queue_exit(&ring_);
}

int WriteRing::start(uint32_t depth) {
  const int error = kernel_ring::open(ring_, depth, {0u});
  if (error != 0) return error;
  open_ = true;
  to_flush_.reserve(depth);
  reaper_ = start_thread([this] { reap(); });
  return 0;
}

io_uring_sqe& WriteRing::next_entry() {
  for (;;) {
    if (io_uring_sqe* entry = io_uring_get_sqe(&ring_)) {
      ++prepared_;
      return *entry;
    }
    send();
  }
}

void WriteRing::send() {
  sends_.fetch_add(1, std::memory_order_release);
  while (prepared_ != 0) {
    const int sent = io_uring_submit(&ring_);
    if (sent > 0) prepared_ -= std::min(prepared_, static_cast<uint32_t>(sent));
    else if (sent != -EINTR) kernel_ring::pause();
  }
}

void WriteRing::reap() {
  prefer_short_slices();
  bool going_on = true;
  while (going_on) {
    going_on = collect();
    exits_.completions.push_all(finished_);  // what needs no flush does not wait for it
    flush_collected();
  }
}

// Blocks for one completion and takes all there are; false: stop.
bool WriteRing::collect() {
  bool going_on = true;
  io_uring_cqe* entry = nullptr;
  while (io_uring_wait_cqe(&ring_, &entry) != 0) {
  }
  do {
    static_cast<void>(sends_.load(std::memory_order_acquire));
    auto* request = static_cast<IoRequest*>(io_uring_cqe_get_data(entry));
    const int result = entry->res;
    io_uring_cqe_seen(&ring_, entry);
    if (request == nullptr) going_on = false;
    else sort(*request, result);
  } while (io_uring_peek_cqe(&ring_, &entry) == 0);
  return going_on;
}

void WriteRing::sort(IoRequest& request, int result) {
  if (!kernel_ring::finish(request, result, exits_.helpers)) return;
  const bool flush = result >= 0 && request.op == IoOp::sync;
  if (flush) to_flush_.push_back(&request);
  else finished_.push(request);
}

void WriteRing::flush_collected() {
  while (!to_flush_.empty()) {
    const int fd = to_flush_.front()->fd;
    auto others = std::partition(to_flush_.begin(), to_flush_.end(), [&](IoRequest* r) { return r->fd == fd; });
    RequestQueue of_one_file;
    std::for_each(to_flush_.begin(), others, [&](IoRequest* request) { of_one_file.push(*request); });
    to_flush_.erase(to_flush_.begin(), others);
    exits_.flush_gate.flush(of_one_file);
  }
}

}  // namespace

int Ring::open_for_writes(uint32_t depth, const Exits& exits, std::unique_ptr<Ring>& ring) {
  auto opened = std::make_unique<WriteRing>(exits);
  const int error = opened->start(depth);
  if (error == 0) ring = std::move(opened);
  return error;
}

#else

int Ring::open_for_writes(uint32_t, const Exits&, std::unique_ptr<Ring>&) { return ENOSYS; }

#endif

}  // namespace foreshard
