// Helper threads: like std::thread, but no signal of the process is handled on them.
// A thread that mostly waits can ask to be let in soon, or look for what it waits for; one that has time can let others go first.
#pragma once
#include <sys/resource.h>
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

#ifdef SYS_sched_setattr
// sched_attr of linux/sched/types.h, its first version; that header clashes with the C library's.
struct SchedulingAttributes {
  uint32_t size, policy;
  uint64_t flags;
  int32_t nice;
  uint32_t priority;
  uint64_t runtime_ns, deadline_ns, period_ns;
};
static_assert(sizeof(SchedulingAttributes) == 48);
#endif

// Asks for a short time slice, so that a wake-up of the calling thread need not wait for the end of a busy one's (from
// Linux 6.12 on). How much that helps depends on what else runs. Refusal does no harm.
inline void prefer_short_slices() {
#ifdef SYS_sched_setattr
  SchedulingAttributes attributes{};
  if (::syscall(SYS_sched_getattr, 0, &attributes, sizeof attributes, 0) != 0 || attributes.policy != 0) return;
  attributes.size = sizeof attributes;
  attributes.runtime_ns = 100'000;
  ::syscall(SYS_sched_setattr, 0, &attributes, 0);
#endif
}

// Where it competes for a processor, the calling thread gets about a third of what others get from now on, and others go first as
// soon as they wake: a long slice is a late deadline (Linux, Documentation/scheduler/sched-eevdf.rst; from 6.12 on). Tells whether
// the system does that.
inline bool give_way() {
#ifdef __APPLE__
  return ::setpriority(PRIO_DARWIN_THREAD, 0, PRIO_DARWIN_BG) == 0;
#else
  constexpr int kNice = 5;
#ifdef SYS_sched_setattr
  constexpr uint32_t kBatch = 3;  // SCHED_BATCH: when it wakes it takes the processor from nobody
  const SchedulingAttributes attributes{.size = sizeof attributes, .policy = kBatch, .flags = 0, .nice = kNice, .priority = 0,
                                        .runtime_ns = 100'000'000, .deadline_ns = 0, .period_ns = 0};
  if (::syscall(SYS_sched_setattr, 0, &attributes, 0) == 0) return true;
#endif
  return ::setpriority(PRIO_PROCESS, 0, kNice) == 0;  // Linux: of the calling thread alone
#endif
}

}  // namespace foreshard
