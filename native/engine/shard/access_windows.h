// Windows of the sequence of accesses, for those who learn from it off the owner thread: each holds some thousand accesses one
// after the other, so that what follows on what is seen whole.
//
// Windows are a sample where the load is high: one begins if a token bucket has a whole token, which refills with time, and
// costs it. Between windows one access of kLookEvery costs a look at the clock, the others a counter. A window that is taken
// unfinished gives back what it did not need, and the next one goes on where it ended: a store whose load is below the rate is
// seen whole. Finished windows wait in a memory of fixed size. If there is no room for the next one it is left out and counted, so
// a taker that is slow never holds up the store.
#pragma once
#include <memory>
#include <vector>

#include "engine/base/constants.gen.h"
#include "engine/table/page_heat.h"

namespace foreshard {

class AccessWindows {
 public:
  struct Options {
    uint64_t length = option::access_window_length.standard;  // accesses
    double per_second = option::access_windows_per_second.standard;
    uint64_t most = option::access_windows_max.standard;      // that wait, the one under way included
  };
  // One access; as bytes, a row of the layout windowRow.
  struct Row {
    uint64_t hash = 0;
    uint32_t at_ms = 0;   // since the window began
    uint32_t access = 0;  // kWrite, and the size of the value
  };
  static constexpr uint32_t kWrite = 1u << 31;
  static constexpr uint64_t kYoungMs = 200;  // a window under way is left to grow for so long

  AccessWindows(const Options& options, uint64_t now_ms);

  // Of the next so many accesses only the last may be in a window. due() counts accesses, at most as many; false: nothing more is
  // to be done for these.
  uint64_t passing() const { return passing_; }
  bool due(uint64_t accesses = 1) {
    pass(accesses);
    return passing_ == 0;
  }
  void pass(uint64_t accesses) { passing_ -= accesses; }
  // Behind due(): the access is in a window, which may begin with it: note() follows.
  bool wants(uint64_t now_ms);
  // A read of a key that is there, or a write; `size` of its value, 0 of a delete.
  void note(uint64_t now_ms, Access kind, uint64_t hash, uint64_t size);

  // Ends a window that has been under way for kYoungMs. Returns the bytes that take() needs.
  size_t ready_bytes(uint64_t now_ms);
  // The finished windows, each a header (layout window, as float64) and its rows; they are gone then.
  void take(uint8_t* to);

  uint64_t accesses() const { return at_ + 1 - passing_; }
  uint64_t skipped() const { return skipped_; }  // windows for which there was no room

 private:
  static constexpr uint64_t kLookEvery = 256;  // accesses between two looks at the clock
  static constexpr double kBurst = 4;         // tokens at most
  struct Window {
    uint64_t first = 0;  // ordinal of its first access
    uint64_t start_ms = 0;
    uint64_t rows = 0;
  };

  uint64_t place(uint64_t behind) const { return (oldest_ + behind) % options_.most; }
  bool begin(uint64_t now_ms);
  void end() {
    ++ready_;
    open_ = false;
  }
  uint8_t* write_header(const Window& window, uint8_t* to) const;

  uint64_t passing_ = 1;  // accesses until one is looked at
  bool open_ = false;     // a window is under way, in the place behind those that are ready
  uint64_t at_ = 0;       // ordinal of the access that is looked at next
  Options options_;
  std::vector<Window> windows_;  // a ring
  std::unique_ptr<Row[]> rows_;  // by place
  uint64_t oldest_ = 0;
  uint64_t ready_ = 0;
  double tokens_ = kBurst;
  uint64_t refilled_ms_;
  uint64_t skipped_ = 0;
};

}  // namespace foreshard
