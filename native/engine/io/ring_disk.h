// The Disk on io_uring: reads and plain writes of O_DIRECT files go through the ring; a reaper thread flushes once for
// all the writes that it has reaped; everything else runs on two helper threads.
#pragma once
#include "engine/io/ring.h"
#include "engine/io/system_disk.h"

namespace foreshard {

class RingDisk final : public SystemDisk {
 public:
  // `unsupported`, with the reason, where the kernel refuses.
  static Result<std::unique_ptr<Disk>> open(uint32_t depth, bool direct);
  ~RingDisk() override;
  const char* name() const override { return "ring"; }

 private:
  RingDisk(uint32_t depth, bool direct);
  void start(IoRequest& request) override;
  void came_back(IoRequest& request) override;
  void send_prepared() override;
  size_t drop_unstarted() override;
  void admit(IoRequest& request);

  const uint32_t depth_;
  uint32_t in_ring_ = 0;
  bool background_in_ring_ = false;
  RequestQueue waiting_;     // for a place in the ring
  RequestQueue background_;  // for the background request before them
  size_t kept_back_ = 0;     // in these two
  std::unique_ptr<Ring> ring_;
};

}  // namespace foreshard
