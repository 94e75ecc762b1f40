// Time, injected: the real clocks, or the virtual one of a simulation.
#pragma once
#include <chrono>
#include <cstdint>

namespace foreshard {

class Clock {
 public:
  virtual ~Clock() = default;
  virtual uint64_t now_ns() = 0;   // monotonic
  virtual uint64_t wall_ms() = 0;  // Unix time
};

class SystemClock final : public Clock {
 public:
  uint64_t now_ns() override {
    return static_cast<uint64_t>(std::chrono::steady_clock::now().time_since_epoch() / std::chrono::nanoseconds(1));
  }
  uint64_t wall_ms() override {
    return static_cast<uint64_t>(std::chrono::system_clock::now().time_since_epoch() / std::chrono::milliseconds(1));
  }
};

}  // namespace foreshard
