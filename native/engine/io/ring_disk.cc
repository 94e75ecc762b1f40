// See ring_disk.h.
#include "engine/io/ring_disk.h"

#include <algorithm>
#include <cstring>

namespace foreshard {

namespace {

constexpr uint32_t kHelperThreads = 2;
constexpr uint32_t kDepthMax = 4096;

// Buffered transfers would copy, or block, on the owner thread.
bool rides_ring(const IoRequest& request) {
  if (!request.direct) return false;
  switch (request.op) {
    case IoOp::read:
    case IoOp::write:
    case IoOp::sync: return true;
    default: return false;
  }
}

}  // namespace

RingDisk::RingDisk(uint32_t depth, bool direct)
    : SystemDisk(kHelperThreads, direct), depth_(std::clamp<uint32_t>(depth, 1, kDepthMax)) {}

Result<std::unique_ptr<Disk>> RingDisk::open(uint32_t depth, bool direct) {
  std::unique_ptr<RingDisk> disk(new RingDisk(depth, direct));
  Ring::Exits exits{disk->completions(), disk->flush_gate(), disk->helpers()};
  int error = Ring::open_for_reads(disk->depth_, exits, disk->reads_);
  if (error == 0) error = Ring::open_for_writes(disk->depth_, exits, disk->writes_);
  if (error != 0) return Status(Errc::unsupported, std::string("io_uring: ") + std::strerror(error));
  return std::unique_ptr<Disk>(std::move(disk));
}

RingDisk::~RingDisk() {
  forget_all();
  reads_.reset();  // their threads use helpers and completions
  writes_.reset();
}

void RingDisk::start(IoRequest& request) {
  if (commits_alone(request)) return commits().submit(request);
  if (!rides_ring(request)) return helpers().submit(request);
  if (request.background && background_in_rings_) {
    ++kept_back_;
    return background_.push(request);
  }
  background_in_rings_ = background_in_rings_ || request.background;
  admit(request);
}

void RingDisk::admit(IoRequest& request) {
  if (in_rings_ == depth_) {
    ++kept_back_;
    return waiting_.push(request);
  }
  ++in_rings_;
  Ring& ring = ring_of(request);
  ring.prepare(request);
  const bool may_wait = delivering() || request.batched;
  if (!may_wait || ring.prepared() >= Ring::kBatch) ring.send();
}

// Its place goes to the one that has waited longest; a background request's turn to the next of these.
void RingDisk::came_back(IoRequest& request) {
  if (!rides_ring(request)) return;
  --in_rings_;
  if (!waiting_.empty()) {
    --kept_back_;
    admit(waiting_.pop());
  }
  if (!request.background) return;
  background_in_rings_ = !background_.empty();
  if (background_.empty()) return;
  --kept_back_;
  admit(background_.pop());
}

void RingDisk::send_prepared() {
  for (Ring* ring : {writes_.get(), reads_.get()}) {
    if (ring != nullptr && ring->prepared() != 0) ring->send();
  }
}

size_t RingDisk::drop_unstarted() {
  waiting_.clear();
  background_.clear();
  return std::exchange(kept_back_, 0);
}

}  // namespace foreshard
