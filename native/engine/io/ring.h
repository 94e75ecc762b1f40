// One io_uring with a thread of its own. What came back short, or was interrupted, is finished by the helper threads.
//
// Writes are submitted by the owner; the thread takes what has completed, and flushes a file that is to be synced. Reads
// are handed over: the thread submits them and takes them back, since the kernel's share of a read, which is most of it,
// would be the owner's time.
//
// The owner never has more requests in a ring than its depth, so neither queue of the ring can overflow.
#pragma once
#include <memory>

#include "engine/io/flush_gate.h"
#include "engine/io/worker_pool.h"

namespace foreshard {

class Ring {
 public:
  static constexpr uint32_t kBatch = 16;  // sent at the latest when so many are prepared

  // Where requests go from here.
  struct Exits {
    Completions& completions;
    FlushGate& flush_gate;
    WorkerPool& helpers;
  };
  // An errno where the kernel refuses or lacks what is needed; ENOSYS where this build has no io_uring.
  static int open_for_reads(uint32_t depth, const Exits& exits, std::unique_ptr<Ring>& ring);
  static int open_for_writes(uint32_t depth, const Exits& exits, std::unique_ptr<Ring>& ring);
  virtual ~Ring() = default;  // nothing is under way

  virtual void prepare(IoRequest& request) = 0;
  virtual uint32_t prepared() const = 0;
  virtual void send() = 0;
};

}  // namespace foreshard
