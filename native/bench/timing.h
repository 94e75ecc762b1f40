// Time that passed, and CPU time that was used.
#pragma once
#include <ctime>

#include <cstdint>

namespace foreshard::bench {

inline double seconds_of(clockid_t clock) {
  timespec now;
  clock_gettime(clock, &now);
  return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) * 1e-9;
}

// Since it was made: seconds by the clock, of the calling thread's CPU time, and of that of all threads.
class Stopwatch {
 public:
  double seconds() const { return seconds_of(CLOCK_MONOTONIC) - started_; }
  double own_cpu() const { return seconds_of(CLOCK_THREAD_CPUTIME_ID) - own_cpu_; }
  double all_cpu() const { return seconds_of(CLOCK_PROCESS_CPUTIME_ID) - all_cpu_; }

 private:
  double own_cpu_ = seconds_of(CLOCK_THREAD_CPUTIME_ID);
  double all_cpu_ = seconds_of(CLOCK_PROCESS_CPUTIME_ID);
  double started_ = seconds_of(CLOCK_MONOTONIC);
};

// The compiler must take this memory for read and written here.
inline void keep(const void* memory) { asm volatile("" : : "r"(memory) : "memory"); }

}  // namespace foreshard::bench
