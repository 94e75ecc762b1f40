// The Disk on io_uring. Reads and plain writes of O_DIRECT files go through a ring each, so that no read waits for a
// flush; durable writes have threads of their own (system_disk.h). Everything else runs on two helpers.
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
  void send() override { send_prepared(); }

 private:
  RingDisk(uint32_t depth, bool direct);
  void start(IoRequest& request) override;
  void came_back(IoRequest& request) override;
  void send_prepared() override;
  size_t drop_unstarted() override;
  void admit(IoRequest& request);
  Ring& ring_of(const IoRequest& request) { return request.op == IoOp::read ? *reads_ : *writes_; }

  const uint32_t depth_;
  uint32_t in_rings_ = 0;
  bool background_in_rings_ = false;
  RequestQueue waiting_;     // for a place in the rings
  RequestQueue background_;  // for the background request before them
  size_t kept_back_ = 0;     // in these two
  std::unique_ptr<Ring> reads_;
  std::unique_ptr<Ring> writes_;
};

}  // namespace foreshard
