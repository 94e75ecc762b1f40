// See timer.h.
#include "engine/io/timer.h"

#include <algorithm>

#include "engine/io/thread.h"

namespace foreshard {

Timer::~Timer() {
  {
    std::lock_guard guard(mutex_);
    stopping_ = true;
  }
  changed_.notify_one();
  if (thread_.joinable()) thread_.join();
}

void Timer::submit(IoRequest& request) {
  std::lock_guard guard(mutex_);
  heap_.push_back({clock_.now_ns() + request.offset, &request});
  std::push_heap(heap_.begin(), heap_.end());
  if (!thread_.joinable()) thread_ = start_thread([this] { run(); });
  if (heap_.front().request == &request) changed_.notify_one();
}

size_t Timer::cancel_all() {
  std::lock_guard guard(mutex_);
  size_t cancelled = heap_.size();
  heap_.clear();
  return cancelled;
}

void Timer::run() {
  std::unique_lock lock(mutex_);
  while (!stopping_) {
    if (heap_.empty()) {
      changed_.wait(lock);
      continue;
    }
    uint64_t now_ns = clock_.now_ns();
    if (heap_.front().due_ns > now_ns) {
      changed_.wait_for(lock, std::chrono::nanoseconds(heap_.front().due_ns - now_ns));
      continue;
    }
    std::pop_heap(heap_.begin(), heap_.end());
    IoRequest& request = *heap_.back().request;
    heap_.pop_back();
    lock.unlock();
    expire_(request);
    lock.lock();
  }
}

}  // namespace foreshard
