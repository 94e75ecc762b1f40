// What both kinds of ring have in common: a request's way into the kernel's ring and out of it.
#pragma once
#include <liburing.h>

#include "engine/io/worker_pool.h"

namespace foreshard::kernel_ring {

// Opens with the first of these sets of flags that the kernel knows, and sees that it can do what is needed; an errno.
int open(io_uring& ring, uint32_t depth, std::initializer_list<unsigned> flags);

void fill(io_uring_sqe& entry, IoRequest& request);

// The outcome of one that came back: true: it is over; false: the helpers finish it.
bool finish(IoRequest& request, int result, WorkerPool& helpers);

// The kernel takes less than all when it is short of memory or completions wait to be taken: both pass.
void pause();

}  // namespace foreshard::kernel_ring
