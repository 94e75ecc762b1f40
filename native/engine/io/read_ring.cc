// The ring of reads (io/ring.h): its thread submits what the owner hands over, and takes what has completed.
#include <cerrno>

#include "engine/io/ring.h"

#ifdef FORESHARD_HAS_IO_URING
#include <sys/eventfd.h>
#include <unistd.h>

#include <atomic>
#include <future>
#include <thread>

#include "engine/io/kernel_ring.h"
#include "engine/io/thread.h"
#endif

namespace foreshard {

#ifdef FORESHARD_HAS_IO_URING

namespace {

// Of large reads the device has only so many at a time, without a gap between them. A store that comes back wants its data
// more than its misses: with two at a time, a device full of single reads gives them two thirds of its rate.
constexpr uint64_t kLargeRead = 128u << 10;
constexpr uint32_t kLargeAtOnce = 8;

// What a read that completed has left to do is done when its thread asks for it, not by interrupting it (Linux 6.1,
// liburing 2.3).
#ifdef IORING_SETUP_DEFER_TASKRUN
constexpr unsigned kOnAsking = IORING_SETUP_SINGLE_ISSUER | IORING_SETUP_DEFER_TASKRUN;
int submit_and_look(io_uring& ring) { return io_uring_submit_and_get_events(&ring); }
#else
constexpr unsigned kOnAsking = 0;
int submit_and_look(io_uring& ring) { return io_uring_submit(&ring); }
#endif

class ReadRing final : public Ring {
 public:
  explicit ReadRing(const Exits& exits) : exits_(exits) {}
  ~ReadRing() override;
  int start(uint32_t depth);

  void prepare(IoRequest& request) override {
    prepared_.push(request);
    ++prepared_count_;
  }
  uint32_t prepared() const override { return prepared_count_; }
  void send() override;

 private:
  void wake();

  // On the thread of the ring.
  int open(uint32_t depth);
  void run();
  void take_in();
  void begin(IoRequest& request);
  void came_back(IoRequest& request, int result);
  io_uring_sqe& next_entry();
  void listen();
  void submit_and_wait();
  void collect();

  const Exits exits_;
  RequestQueue prepared_;
  uint32_t prepared_count_ = 0;
  Completions handed_over_;           // from the owner to the thread
  std::atomic<bool> asleep_{false};   // in the kernel: takes the event to wake
  std::atomic<bool> stopping_{false};
  int event_ = -1;
  uint64_t event_count_ = 0;
  io_uring ring_{};
  RequestQueue taken_;
  RequestQueue large_;  // wait for those under way
  uint32_t large_under_way_ = 0;
  RequestQueue finished_;
  std::thread thread_;
};

ReadRing::~ReadRing() {
  if (thread_.joinable()) {
    stopping_.store(true);
    wake();
    thread_.join();
  }
  if (event_ >= 0) ::close(event_);
}

int ReadRing::start(uint32_t depth) {
  event_ = ::eventfd(0, EFD_CLOEXEC);
  if (event_ < 0) return errno;
  handed_over_.set_wake([this] {
    if (asleep_.exchange(false)) wake();
  });
  std::promise<int> opened;  // by the thread itself: the kernel lets nobody else submit
  thread_ = start_thread([this, depth, &opened] {
    const int error = open(depth);
    opened.set_value(error);
    if (error == 0) run();
  });
  return opened.get_future().get();
}

void ReadRing::send() {
  prepared_count_ = 0;
  handed_over_.push_all(prepared_);
}

void ReadRing::wake() {
  const uint64_t one = 1;
  while (::write(event_, &one, sizeof one) < 0 && errno == EINTR) {
  }
}

int ReadRing::open(uint32_t depth) {
  return kernel_ring::open(ring_, depth + 1, {kOnAsking, 0u});
}

void ReadRing::run() {
  prefer_short_slices();
  listen();
  while (!stopping_.load()) {
    take_in();
    submit_and_wait();
    collect();
    exits_.completions.push_all(finished_);
  }
  io_uring_queue_exit(&ring_);
}

void ReadRing::take_in() {
  handed_over_.take(taken_);
  while (!taken_.empty()) {
    IoRequest& request = taken_.pop();
    const bool waits = request.length >= kLargeRead && large_under_way_ == kLargeAtOnce;
    if (waits) large_.push(request);
    else begin(request);
  }
}

void ReadRing::begin(IoRequest& request) {
  large_under_way_ += request.length >= kLargeRead;
  kernel_ring::fill(next_entry(), request);
}

void ReadRing::came_back(IoRequest& request, int result) {
  if (request.length >= kLargeRead) {
    --large_under_way_;
    if (!large_.empty()) begin(large_.pop());
  }
  if (kernel_ring::finish(request, result, exits_.helpers)) finished_.push(request);
}

io_uring_sqe& ReadRing::next_entry() {
  for (;;) {
    if (io_uring_sqe* entry = io_uring_get_sqe(&ring_)) return *entry;
    if (io_uring_submit(&ring_) < 0) kernel_ring::pause();
  }
}

// A wait for completions ends with the event, too.
void ReadRing::listen() {
  io_uring_sqe& entry = next_entry();
  io_uring_prep_read(&entry, event_, &event_count_, sizeof event_count_, 0);
  io_uring_sqe_set_data(&entry, nullptr);
}

// Sleeps only if nothing was handed over since the last look: who hands over later sees that the thread is asleep.
void ReadRing::submit_and_wait() {
  asleep_.store(true);
  const bool sleep = !handed_over_.any() && !stopping_.load();
  const int result = sleep ? io_uring_submit_and_wait(&ring_, 1) : submit_and_look(ring_);
  asleep_.store(false);
  if (result < 0 && result != -EINTR && result != -ETIME) kernel_ring::pause();
}

void ReadRing::collect() {
  io_uring_cqe* entry = nullptr;
  while (io_uring_peek_cqe(&ring_, &entry) == 0) {
    auto* request = static_cast<IoRequest*>(io_uring_cqe_get_data(entry));
    const int result = entry->res;
    io_uring_cqe_seen(&ring_, entry);
    if (request == nullptr) listen();
    else came_back(*request, result);
  }
}

}  // namespace

int Ring::open_for_reads(uint32_t depth, const Exits& exits, std::unique_ptr<Ring>& ring) {
  auto opened = std::make_unique<ReadRing>(exits);
  const int error = opened->start(depth);
  if (error == 0) ring = std::move(opened);
  return error;
}

#else

int Ring::open_for_reads(uint32_t, const Exits&, std::unique_ptr<Ring>&) { return ENOSYS; }

#endif

}  // namespace foreshard
