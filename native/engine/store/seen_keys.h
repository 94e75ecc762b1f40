// Which keys a replay has met, by hash and, where hashes are equal, by the key itself. Open addressing, sized once.
#pragma once
#include <bit>
#include <vector>

#include "engine/log/record.h"

namespace foreshard {

class SeenKeys {
 public:
  explicit SeenKeys(uint64_t records) : slots_(std::bit_ceil(records * 2 + 2)) {}

  // True if the key of this record was not met before. The record's bytes stay where they are.
  bool add(uint64_t hash, const uint8_t* record) {
    const uint64_t mask = slots_.size() - 1;
    for (uint64_t at = hash & mask;; at = (at + 1) & mask) {
      Slot& slot = slots_[at];
      if (slot.record == nullptr) {
        slot = {hash, record};
        return true;
      }
      if (slot.hash == hash && equal(RecordView(slot.record).key(), RecordView(record).key())) return false;
    }
  }

 private:
  struct Slot {
    uint64_t hash = 0;
    const uint8_t* record = nullptr;
  };
  std::vector<Slot> slots_;
};

}  // namespace foreshard
