// Background work on the owner thread comes in slices: after each one traffic has its turn.
#pragma once
#include "engine/store/core.h"

namespace foreshard {

class Slice {
 public:
  explicit Slice(Core& core) : core_(core) { begin(); }

  bool over() const { return worked_ns() > kSliceNs; }
  // For as long as traffic seems to need, at most `turns` times as long as the slice was. Then the next one begins.
  Task<> pause(double turns = 1) {
    co_await core_.give_way(worked_ns(), turns);
    begin();
  }
  // What is awaited between these two is no work of the owner's.
  void wait_begins() { before_ns_ = worked_ns(); }
  void wait_ended() { start_ns_ = core_.disk.clock().now_ns(); }

 private:
  static constexpr uint64_t kSliceNs = 150'000;

  void begin() {
    before_ns_ = 0;
    wait_ended();
  }
  uint64_t worked_ns() const { return before_ns_ + core_.disk.clock().now_ns() - start_ns_; }

  Core& core_;
  uint64_t before_ns_ = 0;  // worked before the last wait
  uint64_t start_ns_ = 0;
};

}  // namespace foreshard
