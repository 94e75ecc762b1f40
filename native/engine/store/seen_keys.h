// Which keys a walk over records has met, by hash and, where hashes are equal, by the key itself. Open addressing, sized
// once.
#pragma once
#include <bit>
#include <utility>
#include <vector>

#include "engine/log/record.h"

namespace foreshard {

class SeenKeys {
 public:
  explicit SeenKeys(uint64_t records) : slots_(std::bit_ceil(records * 2 + 2)) {}

  // The record of this key that was met last, if any: null the first time. The records' bytes stay where they are.
  const uint8_t* add(uint64_t hash, const uint8_t* record) {
    const uint64_t mask = slots_.size() - 1;
    for (uint64_t at = hash & mask;; at = (at + 1) & mask) {
      Slot& slot = slots_[at];
      if (slot.record == nullptr) {
        slot = {hash, record};
        return nullptr;
      }
      if (slot.hash == hash && equal(RecordView(slot.record).key(), RecordView(record).key()))
        return std::exchange(slot.record, record);
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
