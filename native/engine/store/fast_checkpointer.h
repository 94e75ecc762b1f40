// Fast-restore checkpoints: copies of the records that will be wanted first, one file per class (store/warmer.h has the
// classes). The small, hot classes are written often, the large ones rarely and together with all hotter ones; nothing is
// written while nothing happens.
#pragma once
#include <array>
#include <span>

#include "engine/checkpoint/fast_image.h"
#include "engine/store/core.h"
#include "engine/store/hot_set.h"
#include "engine/store/warmer.h"

namespace foreshard {

class Slice;

class FastCheckpointer {
 public:
  FastCheckpointer(Core& core, Warmer& warmer) : core_(core), warmer_(warmer) {}

  // The background loop; ends when the store stops.
  Task<> run();
  // All classes, now.
  Task<Status> write_all(bool paced);
  // First touches of past restarts, newest restart first; and saving those of this one.
  Task<> load_touches();
  Task<Status> save_touches();

 private:
  struct Draft;
  // The images that there are: where their bands end above, and the bytes of their entries.
  struct Row {
    std::array<int64_t, kFastClasses + 1> high;
    std::array<uint64_t, kFastClasses> bytes{};
    Row() { high.fill(INT64_MAX); }
  };

  Task<> write_due(uint64_t now_ns);
  bool due(uint32_t number, uint64_t now_ns) const;
  bool half_due(uint32_t number, uint64_t now_ns) const;
  uint32_t coldest_due(uint64_t now_ns) const;  // 0: no band
  Task<Status> write_bands(uint32_t coldest, bool paced);
  Task<Status> write_first(bool paced);
  Task<Status> capture_first(bool paced);
  uint64_t room_for(uint32_t number, const HotSet& set, const Row& row) const;
  HotBand band_of(uint32_t number, const HotSet& set, const Row& row) const;
  uint32_t coldest_with(uint32_t number, const HotSet& set) const;
  Task<Status> capture_band(Draft& draft, bool paced);
  Draft draft(uint32_t number, HotBand band, bool paced);
  Task<Status> publish(Draft& draft, Status status);
  void note_published(const Draft& draft);
  Task<Status> copy(FastImageWriter& writer, std::vector<const uint8_t*> records, uint32_t lane, Slice& slice);
  struct Walk;
  Task<Status> add_band(FastImageWriter& writer, HotBand band, bool paced);
  Task<> add_band_lane(Walk& walk, uint32_t lane);
  std::vector<const uint8_t*> next_of_band(Walk& walk) const;
  void take_band(const Page& page, const Walk& walk, std::vector<const uint8_t*>& records) const;
  Task<Status> add_first(FastImageWriter& writer);
  Task<Status> add_keys(FastImageWriter& writer, const std::vector<uint64_t>& hashes, uint64_t budget_bytes);
  Task<HotSet> choose();
  void forget_changes();
  std::vector<const uint8_t*> resident(std::span<const uint64_t> hashes) const;
  uint64_t activity() const;
  bool outdated(uint32_t number) const;

  Core& core_;
  Warmer& warmer_;
  std::vector<uint64_t> remembered_;  // hashes, in the order in which they were wanted
  std::array<uint64_t, kFastClasses> written_ns_{};
  std::array<uint64_t, kFastClasses> written_at_{};  // activity then
  std::array<uint64_t, kFastClasses> changes_at_{};  // how many changes there had been
  Row row_;
  bool writing_ = false;
  bool touches_saved_ = false;
};

}  // namespace foreshard
