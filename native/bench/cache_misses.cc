// bench/cache_misses.h.
#include "bench/cache_misses.h"

#include <unistd.h>

#include <cerrno>
#include <system_error>

#ifdef __linux__
#include <linux/perf_event.h>
#include <sys/syscall.h>
#endif

namespace foreshard::bench {

#ifdef __linux__

CacheMisses::CacheMisses() {
  perf_event_attr attributes{};
  attributes.size = sizeof attributes;
  attributes.type = PERF_TYPE_HARDWARE;
  attributes.config = PERF_COUNT_HW_CACHE_MISSES;
  attributes.exclude_kernel = 1;
  attributes.exclude_hv = 1;
  fd_ = static_cast<int>(::syscall(SYS_perf_event_open, &attributes, 0, -1, -1, PERF_FLAG_FD_CLOEXEC));
  if (fd_ < 0) why_not_ = std::generic_category().message(errno);
}

#else

CacheMisses::CacheMisses() : why_not_("this system has no perf_event_open") {}

#endif

CacheMisses::~CacheMisses() {
  if (fd_ >= 0) ::close(fd_);
}

uint64_t CacheMisses::so_far() const {
  uint64_t count = 0;
  if (fd_ < 0 || ::read(fd_, &count, sizeof count) != sizeof count) return 0;
  return count;
}

}  // namespace foreshard::bench
