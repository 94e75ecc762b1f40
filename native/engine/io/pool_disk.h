// The Disk for where io_uring is refused or of no use: every request runs on a small pool of threads,
// durable writes on threads of their own.
#pragma once
#include "engine/io/system_disk.h"

namespace foreshard {

class PoolDisk final : public SystemDisk {
 public:
  PoolDisk(uint32_t threads, bool direct) : SystemDisk(threads, direct) {}
  ~PoolDisk() override { forget_all(); }
  const char* name() const override { return "pool"; }

 private:
  void start(IoRequest& request) override {
    (commits_alone(request) ? commits() : helpers()).submit(request);
  }
};

}  // namespace foreshard
