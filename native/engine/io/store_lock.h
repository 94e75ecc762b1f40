// The lock of a store's directory: flock on a file that also names its owner (process id and start time, so that a
// process that got a dead one's id is not taken for it). Released by the kernel when the owner dies.
#pragma once
#include <string>

#include "engine/base/status.h"

namespace foreshard {

class StoreLock {
 public:
  StoreLock() = default;
  StoreLock(const StoreLock&) = delete;
  StoreLock& operator=(const StoreLock&) = delete;
  ~StoreLock() { release(); }

  // `locked` if somebody has it; tries for up to a second while the recorded owner is dead, since a killed process's
  // I/O can hold it a moment longer.
  Status acquire(const std::string& path);
  void release();

 private:
  int fd_ = -1;
};

}  // namespace foreshard
