// See kernel_ring.h.
#ifdef FORESHARD_HAS_IO_URING
#include "engine/io/kernel_ring.h"

#include <time.h>

#include <algorithm>
#include <cerrno>

#include "engine/io/files.h"

namespace foreshard::kernel_ring {

namespace {

constexpr uint64_t kTransferMax = 1 << 30;

bool moves_data(IoOp op) { return op == IoOp::read || op == IoOp::write || op == IoOp::write_durable; }

bool has_what_it_takes(io_uring& ring) {
  if ((ring.features & IORING_FEAT_NODROP) == 0) return false;
  io_uring_probe* probe = io_uring_get_probe_ring(&ring);
  if (probe == nullptr) return false;
  const bool has = io_uring_opcode_supported(probe, IORING_OP_READ) && io_uring_opcode_supported(probe, IORING_OP_WRITE) &&
                   io_uring_opcode_supported(probe, IORING_OP_NOP);
  io_uring_free_probe(probe);
  return has;
}

}  // namespace

int open(io_uring& ring, uint32_t depth, std::initializer_list<unsigned> flags) {
  int error = EINVAL;
  for (const unsigned set : flags) {
    error = -io_uring_queue_init(depth, &ring, set);
    if (error != EINVAL) break;
  }
  if (error != 0) return error;
  io_uring_ring_dontfork(&ring);
  if (has_what_it_takes(ring)) return 0;
  io_uring_queue_exit(&ring);
  return EOPNOTSUPP;
}

void fill(io_uring_sqe& entry, IoRequest& request) {
  const auto length = static_cast<unsigned>(std::min(request.length, kTransferMax));
  switch (request.op) {
    case IoOp::read: io_uring_prep_read(&entry, request.fd, request.data, length, request.offset); break;
    case IoOp::sync: io_uring_prep_nop(&entry); break;  // the thread of the ring does the rest
    default: io_uring_prep_write(&entry, request.fd, request.data, length, request.offset);
  }
  io_uring_sqe_set_data(&entry, &request);
}

bool finish(IoRequest& request, int result, WorkerPool& helpers) {
  bool short_of_it = result == -EAGAIN || result == -EINTR || result == -ECANCELED;
  if (!short_of_it) files::set_result(request, result < 0 ? -result : 0);
  if (result >= 0 && moves_data(request.op)) {
    request.progress = static_cast<uint64_t>(result);
    request.value = request.progress;
    short_of_it = request.progress < request.length;
  }
  if (short_of_it) helpers.submit(request);
  return !short_of_it;
}

void pause() {
  timespec pause{0, 50'000};
  ::nanosleep(&pause, nullptr);
}

}  // namespace foreshard::kernel_ring
#endif
