// Helper threads: like std::thread, but no signal of the process is handled on them.
#pragma once
#include <csignal>
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

}  // namespace foreshard
