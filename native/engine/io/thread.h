// Helper threads: like std::thread, but no signal of the process is handled on them.
// A thread that mostly waits can ask to be let in soon, or look for what it waits for.
#pragma once
#ifdef __linux__
#include <sys/syscall.h>
#include <unistd.h>
#endif

#include <csignal>
#include <cstdint>
#include <thread>
#include <utility>

namespace foreshard {

template <class Run>
std::thread start_thread(Run run) {
  sigset_t all;
  sigset_t before;
  ::sigfillset(&all);
  ::pthread_sigmask(SIG_SETMASK, &all, &before);  // inherited by the new thread
  std::thread thread(std::move(run));
  ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
  return thread;
}

// In a loop that looks for something: lets the other thread of the processor's core have its resources.
inline void relax() {
#if defined(__x86_64__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  asm volatile("yield");
#endif
}

// Asks for a short time slice, so that a wake-up of the calling thread need not wait for the end of a busy one's (from
// Linux 6.12 on). How much that helps depends on what else runs. Refusal does no harm.
inline void prefer_short_slices() {
#ifdef SYS_sched_setattr
  struct Attributes {  // sched_attr of linux/sched/types.h, its first version
    uint32_t size, policy;
    uint64_t flags;
    int32_t nice;
    uint32_t priority;
    uint64_t runtime_ns, deadline_ns, period_ns;
  } attributes{};
  static_assert(sizeof(Attributes) == 48);
  if (::syscall(SYS_sched_getattr, 0, &attributes, sizeof attributes, 0) != 0 || attributes.policy != 0) return;
  attributes.size = sizeof attributes;
  attributes.runtime_ns = 100'000;
  ::syscall(SYS_sched_setattr, 0, &attributes, 0);
#endif
}

}  // namespace foreshard
