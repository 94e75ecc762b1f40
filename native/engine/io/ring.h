// One io_uring with its reaper thread. The owner prepares and sends; the reaper alone takes completions, calls
// fdatasync once per file for all the durable writes reaped so far, and blocks otherwise. What came back short, or was
// interrupted, is finished by the helper threads.
//
// The owner never has more requests in the ring than its depth, so neither queue of the ring can overflow.
#pragma once
#include <memory>

#include "engine/io/completions.h"
#include "engine/io/worker_pool.h"

namespace foreshard {

class Ring {
 public:
  static constexpr uint32_t kBatch = 16;  // sent at the latest when so many are prepared

  // An errno where the kernel refuses or lacks what is needed; ENOSYS where this build has no io_uring.
  static int open(uint32_t depth, Completions& completions, WorkerPool& helpers, std::unique_ptr<Ring>& ring);
  virtual ~Ring() = default;  // nothing is under way

  virtual void prepare(IoRequest& request) = 0;
  virtual uint32_t prepared() const = 0;
  virtual void send() = 0;
};

}  // namespace foreshard
