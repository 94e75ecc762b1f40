// Completes delays: one thread, started with the first of them, that sleeps until the earliest.
#pragma once
#include <condition_variable>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

#include "engine/io/disk.h"

namespace foreshard {

class Timer {
 public:
  using Expire = std::function<void(IoRequest&)>;  // called on the timer's thread

  explicit Timer(Expire expire) : expire_(std::move(expire)) {}
  ~Timer();  // cancel before

  void submit(IoRequest& request);  // request.offset: nanoseconds from now
  size_t cancel_all();              // how many will not expire

 private:
  struct Entry {
    uint64_t due_ns;
    IoRequest* request;
    bool operator<(const Entry& other) const { return due_ns > other.due_ns; }  // for a heap: the earliest on top
  };
  void run();

  const Expire expire_;
  SystemClock clock_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<Entry> heap_;
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace foreshard
