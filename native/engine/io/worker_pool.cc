// See worker_pool.h.
#include "engine/io/worker_pool.h"

#include "engine/io/thread.h"

namespace foreshard {

WorkerPool::~WorkerPool() {
  {
    std::lock_guard guard(mutex_);
    stopping_ = true;
  }
  changed_.notify_all();
  for (std::thread& thread : threads_) thread.join();
}

void WorkerPool::submit(IoRequest& request) {
  std::lock_guard guard(mutex_);
  (request.background ? background_ : foreground_).push(request);
  ++queued_;
  if (idle_ < queued_ && threads_.size() < threads_max_) {
    threads_.push_back(start_thread([this] { work(); }));
  } else {
    changed_.notify_one();
  }
}

size_t WorkerPool::drop_queued() {
  std::lock_guard guard(mutex_);
  foreground_.clear();
  background_.clear();
  return std::exchange(queued_, 0);
}

bool WorkerPool::runnable() const { return !foreground_.empty() || (!background_.empty() && !background_runs_); }

IoRequest& WorkerPool::take() {
  --queued_;
  return foreground_.empty() ? background_.pop() : foreground_.pop();
}

void WorkerPool::work() {
  if (prompt_) prefer_short_slices();
  std::unique_lock lock(mutex_);
  for (;;) {
    ++idle_;
    changed_.wait(lock, [this] { return stopping_ || runnable(); });
    --idle_;
    if (!runnable()) return;
    IoRequest& request = take();
    bool background = request.background;  // the request is gone once it has run
    if (background) background_runs_ = true;
    lock.unlock();
    run_(request);
    lock.lock();
    if (background) background_runs_ = false;
  }
}

}  // namespace foreshard
