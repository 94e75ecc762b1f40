// Durable writes that end at the same time share a flush: the first of a file flushes on its own thread, those that
// come meanwhile wait for the next flush, which the same thread does for all of them. Nobody is blocked.
//
// A request is covered only by a flush that began after its write had ended. Flushes of one file follow one another,
// and so do their completions: a failed one is known before any later one.
#pragma once
#include <list>
#include <mutex>

#include "engine/io/completions.h"

namespace foreshard {

class FlushGate {
 public:
  explicit FlushGate(Completions& completions) : completions_(completions) {}

  // On any thread but the owner's: completes the requests, all of one file, with the result of a flush of it, now or
  // from another thread.
  void flush(RequestQueue& requests);

 private:
  struct Flushing {
    int fd;
    RequestQueue waiting;
  };
  RequestQueue* waiting_for(int fd);

  Completions& completions_;
  std::mutex mutex_;
  std::list<Flushing> files_;  // those with a flush under way
};

}  // namespace foreshard
