// See worker_pool.h.
#include "engine/io/worker_pool.h"

#include <chrono>

#include "engine/io/thread.h"

namespace foreshard {

namespace {

constexpr std::chrono::microseconds kLookFor{50};

}  // namespace

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
  } else if (looking_ < queued_) {
    changed_.notify_one();
  }
}

size_t WorkerPool::drop_queued() {
  std::lock_guard guard(mutex_);
  foreground_.clear();
  background_.clear();
  return queued_.exchange(0);
}

bool WorkerPool::runnable() const { return !foreground_.empty() || (!background_.empty() && !background_runs_); }

IoRequest& WorkerPool::take() {
  --queued_;
  return foreground_.empty() ? background_.pop() : foreground_.pop();
}

void WorkerPool::look_for_more(std::unique_lock<std::mutex>& lock) {
  ++looking_;
  lock.unlock();
  const auto end = std::chrono::steady_clock::now() + kLookFor;
  while (queued_.load(std::memory_order_relaxed) == 0 && std::chrono::steady_clock::now() < end) relax();
  lock.lock();
  --looking_;
}

void WorkerPool::work() {
  if (prompt_) prefer_short_slices();
  std::unique_lock lock(mutex_);
  for (;;) {
    ++idle_;
    if (prompt_ && !stopping_ && !runnable()) look_for_more(lock);
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
