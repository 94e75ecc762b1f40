// Records what a store is asked for, as the lines of a trace: "milliseconds,key,op,size", the op r or w. For backtests of
// predictors and partitioning on one's own traffic.
//
// Lines wait in a buffer until somebody takes them; what does not fit is dropped and counted, so that a slow disk never holds up
// the store. A part of the traffic is a part of the keys, each with all of its accesses, so that what the trace says about
// recency and popularity stays true (Waldspurger et al., "Efficient MRC Construction with SHARDS", FAST 2015, section 3).
#pragma once
#include <string>

#include "engine/base/bytes.h"
#include "engine/table/page_heat.h"

namespace foreshard {

class AccessRecorder {
 public:
  struct Options {
    double key_share = 1;         // of the keys, 0 to 1
    bool hashed = false;          // keys as 16 hexadecimal digits of their hash, which is seeded for each store
    size_t buffer_bytes = 8u << 20;
  };
  struct Counts {
    uint64_t recorded = 0;
    uint64_t dropped = 0;
  };

  explicit AccessRecorder(const Options& options);

  // A read of a key that is there, or a write; `size` of its value, 0 of a delete. Reads of absent keys are not recorded.
  void note(uint64_t now_ms, Access kind, uint64_t hash, Bytes key, uint64_t size);
  // The lines since the last call.
  std::string take();
  const Counts& counts() const { return counts_; }

 private:
  bool wants(uint64_t hash) const;
  void write_key(uint64_t hash, Bytes key);

  Options options_;
  std::string lines_;
  bool begun_ = false;
  uint64_t first_ms_ = 0;
  Counts counts_;
};

}  // namespace foreshard
