// Asks the processor for a cache line that will be needed soon.
#pragma once

namespace foreshard {

// The empty asm statement is an effect: without one, GCC (12, at least) takes a function that does nothing but prefetch for
// one that does nothing, and drops the calls of it.
inline void prefetch_line(const void* at) {
  __builtin_prefetch(at);
  asm volatile("" : : "r"(at));
}

}  // namespace foreshard
