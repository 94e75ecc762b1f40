// What RingDisk and PoolDisk share: open files, completions, helper threads, delays, the store's lock. A request goes
// through start() to whatever runs it, comes back through the completions, and is delivered by poll() or wait().
//
// Threads: everything on the owner thread, except run_blocking() and commit(), which helpers call.
#pragma once
#include <vector>

#include "engine/io/completions.h"
#include "engine/io/flush_gate.h"
#include "engine/io/store_lock.h"
#include "engine/io/timer.h"
#include "engine/io/worker_pool.h"

namespace foreshard {

class SystemDisk : public Disk {
 public:
  ~SystemDisk() override;

  void submit(IoRequest& request) final;
  size_t poll() final;
  bool has_completions() const final { return completions_.any() || !taken_.empty(); }
  size_t wait() final;
  void set_wake(std::function<void()> wake) final { completions_.set_wake(std::move(wake)); }
  Errc write_durable_now(FileId file, uint64_t offset, const uint8_t* data, uint64_t length) final;
  Errc read_now(FileId file, uint64_t offset, uint8_t* data, uint64_t length, uint64_t& read) final;
  void forget_all() final;
  Status lock(const std::string& path) final { return lock_.acquire(path); }
  void unlock() final { lock_.release(); }
  Clock& clock() final { return clock_; }
  Random& random() final { return random_; }
  bool direct() const final { return direct_; }

 protected:
  SystemDisk(uint32_t helper_threads, bool direct);

  virtual void start(IoRequest& request) = 0;  // its file is resolved
  virtual void came_back(IoRequest&) {}        // before done()
  virtual void send_prepared() {}              // what start() has batched; see delivering()
  virtual size_t drop_unstarted() { return 0; }  // what start() has kept back

  // Within the done() calls of a poll(): start() may batch, send_prepared() follows.
  bool delivering() const { return delivering_ != 0; }
  WorkerPool& helpers() { return helpers_; }
  // Durable writes of O_DIRECT files: a thread each, so that their flushes overlap on the device, and the owner pays for a
  // wake-up only. Those of other files share flushes that follow one another: the system tells an error of the page cache
  // once, and a flush beside the one that hears of it would succeed without what it stands for.
  bool commits_alone(const IoRequest& request) const { return request.op == IoOp::write_durable && request.direct; }
  WorkerPool& commits() { return commits_; }
  FlushGate& flush_gate() { return flush_gate_; }
  Completions& completions() { return completions_; }

 private:
  struct OpenFile {
    int fd;  // -1: closed
    bool direct;
    bool flush_failed;
  };
  void run_blocking(IoRequest& request);
  void commit(IoRequest& request);
  bool resolve(IoRequest& request);
  void take_back(IoRequest& request);
  void judge_flush(IoRequest& request);
  size_t deliver();

  SystemClock clock_;
  Random random_;
  const bool direct_;
  StoreLock lock_;
  std::vector<OpenFile> files_;  // a FileId is an index plus one; never used twice
  size_t under_way_ = 0;
  uint32_t delivering_ = 0;  // nested calls of deliver()
  bool forgotten_ = false;
  RequestQueue taken_;
  Completions completions_;
  FlushGate flush_gate_{completions_};
  Timer timer_;  // these three stop first: they push completions
  WorkerPool helpers_;
  WorkerPool commits_;
};

}  // namespace foreshard
