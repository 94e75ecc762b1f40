// Cache misses of the calling thread, counted by the processor, where the kernel and the machine permit it.
#pragma once
#include <cstdint>
#include <string>

namespace foreshard::bench {

class CacheMisses {
 public:
  CacheMisses();
  ~CacheMisses();
  CacheMisses(const CacheMisses&) = delete;
  CacheMisses& operator=(const CacheMisses&) = delete;

  bool counts() const { return fd_ >= 0; }
  const std::string& why_not() const { return why_not_; }
  uint64_t so_far() const;

 private:
  int fd_ = -1;
  std::string why_not_;
};

}  // namespace foreshard::bench
