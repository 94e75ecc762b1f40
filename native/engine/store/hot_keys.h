// Which keys are hot: by their decayed scores in the index, and by the sample of the last accesses.
#pragma once
#include <functional>

#include "engine/store/core.h"
#include "engine/store/store.h"

namespace foreshard {

class HotKeys {
 public:
  explicit HotKeys(Core& core) : core_(core) {}

  // Store::hottest, Store::hot_keys.
  Store::Hottest hottest(uint64_t first, uint64_t last, uint64_t window_ms);
  uint64_t of_pages(uint64_t cursor, size_t pages, size_t count, const std::function<void(Bytes, double)>& visit);

 private:
  struct Candidate {
    int32_t score;
    Address address;
  };
  void collect(const Page& page, size_t count);
  std::string key_of(uint64_t hash) const;

  Core& core_;
  std::vector<uint64_t> hashes_;
  std::vector<Candidate> candidates_;  // a heap, the least hot first
};

}  // namespace foreshard
