// A bounded pool of helper threads that run requests to their end, in the order of submission; background requests one
// at a time and after the others. Threads start when they are first needed and stop with the pool.
#pragma once
#include <atomic>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

#include "engine/io/completions.h"

namespace foreshard {

class WorkerPool {
 public:
  using Run = std::function<void(IoRequest&)>;  // called on helper threads

  // `prompt`: somebody waits for what its threads do. They ask to be let in soon, and look for more for a moment before
  // they sleep: waking one that sleeps takes the longer the deeper its processor sleeps, a tenth of a durable write.
  WorkerPool(uint32_t threads_max, Run run, bool prompt = false)
      : threads_max_(threads_max == 0 ? 1 : threads_max), run_(std::move(run)), prompt_(prompt) {}
  ~WorkerPool();  // after the requests that run; drop the queued ones before

  void submit(IoRequest& request);  // any thread
  size_t drop_queued();             // how many will not run

 private:
  void work();
  void look_for_more(std::unique_lock<std::mutex>& lock);
  bool runnable() const;
  IoRequest& take();

  const uint32_t threads_max_;
  const Run run_;
  const bool prompt_;
  std::mutex mutex_;
  std::condition_variable changed_;
  RequestQueue foreground_;
  RequestQueue background_;
  std::atomic<size_t> queued_{0};  // changed under the mutex
  uint32_t idle_ = 0;
  uint32_t looking_ = 0;  // of the idle ones, those that do not sleep
  bool background_runs_ = false;
  bool stopping_ = false;
  std::vector<std::thread> threads_;
};

}  // namespace foreshard
