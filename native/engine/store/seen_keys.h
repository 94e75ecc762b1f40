// Which keys a walk over records has met, by hash and, where hashes are equal, by the key itself. Open addressing, sized
// once.
#pragma once
#include <bit>
#include <utility>

#include "engine/base/mapping.h"
#include "engine/base/prefetch.h"
#include "engine/log/record.h"

namespace foreshard {

class SeenKeys {
 public:
  explicit SeenKeys(uint64_t records)
      : mask_(std::bit_ceil(records * 2 + 2) - 1),
        memory_((mask_ + 1) * sizeof(Slot), records < kHugeFrom ? Mapping::Pages::small : Mapping::Pages::huge),
        slots_(reinterpret_cast<Slot*>(memory_.data())) {}

  // What add() will look at is on its way to the processor's cache.
  void prefetch(uint64_t hash) const { prefetch_line(slots_ + (hash & mask_)); }

  // The record of this key that was met last, if any: null the first time. The records' bytes stay where they are.
  const uint8_t* add(uint64_t hash, const uint8_t* record) {
    for (uint64_t at = hash & mask_;; at = (at + 1) & mask_) {
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
    uint64_t hash;
    const uint8_t* record;  // null: empty
  };
  static constexpr uint64_t kHugeFrom = 1u << 15;  // records

  uint64_t mask_;
  Mapping memory_;  // zeros when new
  Slot* slots_;
};

}  // namespace foreshard
