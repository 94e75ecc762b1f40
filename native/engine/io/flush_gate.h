// Durable writes that end at the same time share a flush: the first of a file flushes on its helper thread, those that
// come meanwhile wait for the next flush, which the same thread does for all of them. Nobody is blocked.
//
// A request is covered only by a flush that began after its write had ended.
#pragma once
#include <list>
#include <mutex>

#include "engine/io/completions.h"

namespace foreshard {

class FlushGate {
 public:
  explicit FlushGate(Completions& completions) : completions_(completions) {}

  // On a helper thread: completes the request with the result of a flush of its file, now or from another thread.
  void flush(IoRequest& request);

 private:
  struct Flushing {
    int fd;
    RequestQueue waiting;
  };

  Completions& completions_;
  std::mutex mutex_;
  std::list<Flushing> files_;  // those with a flush under way
};

}  // namespace foreshard
