// Fast-restore checkpoints: copies of the records that will be wanted first, one file per class (store/warmer.h has the
// classes). The small, hot bands of heat are written often, the large ones rarely and together with all hotter ones; nothing is
// written while nothing happens.
//
// The predicted class comes before the bands in everything: it takes what it may of the budget, they share the rest and leave out
// what it holds. All bands are written anew soon after a first prediction, and with the coldest one when another follows, as what the
// class no longer holds is in none of them. Without a prediction there is no such class.
//
// The order of a prediction is kept nowhere but in the image. After a restart the image's own order stands for the prediction, and
// is written as such, until somebody sets another one; or for kInheritedNs, as then nobody seems to predict any more.
#pragma once
#include <array>
#include <memory>
#include <span>
#include <string>

#include "engine/checkpoint/fast_image.h"
#include "engine/store/core.h"
#include "engine/store/hot_set.h"
#include "engine/store/prediction.h"
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

  // Keys in the order in which they will be wanted; none: the prediction is taken back. Its class has that share of the budget at
  // most, less what class 0 takes.
  void set_predicted(std::vector<uint64_t> hashes, double budget_share);
  // The images are not yet what a prediction wants them to be.
  bool prediction_waits() const { return bands_for_ != prediction_->version; }
  std::string prediction_json() const;

 private:
  struct Draft;
  struct Together;
  static constexpr uint64_t kInheritedNs = 600'000'000'000;

  // The images that there are: where their bands end above, and the bytes of their entries.
  struct Row {
    std::array<int64_t, kFastClasses + 1> high;
    std::array<uint64_t, kFastClasses> bytes{};
    Row() { high.fill(INT64_MAX); }
  };

  Task<> write_due(uint64_t now_ns);
  bool due(uint32_t number, uint64_t now_ns) const;
  bool half_due(uint32_t number, uint64_t now_ns) const;
  uint64_t every_ns(uint32_t number) const;
  uint32_t coldest_due(uint64_t now_ns) const;  // 0: no class but the first
  void inherit();
  Task<Status> write_classes(uint32_t coldest, bool paced);
  Task<Status> capture_classes(Together& all);
  Task<Status> publish_classes(Together& all, Status status);
  Task<Status> remove_predicted();
  Task<Status> write_first(bool paced);
  Task<Status> capture_first(bool paced);
  uint64_t room_for(uint32_t number, const HotSet& set, const Row& row) const;
  uint64_t room_for_predicted(const Together& all) const;
  HotBand band_of(uint32_t number, const HotSet& set, const Row& row) const;
  uint32_t coldest_with(uint32_t number, const HotSet& set, const Row& row) const;
  bool writes_predicted(uint32_t coldest) const;
  Task<Status> capture_predicted(Together& all);
  Task<Status> capture_bands(Together& all);
  Task<Status> capture_band(Draft& draft, const Together& all);
  Draft draft(uint32_t number, HotBand band, bool paced);
  Task<Status> publish(Draft& draft, Status status);
  void note_published(const Draft& draft);
  Task<Status> copy(FastImageWriter& writer, std::vector<const uint8_t*> records, uint32_t lane, Slice& slice);
  struct Walk;
  Task<Status> add_band(FastImageWriter& writer, HotBand band, const Together& all);
  Task<> add_band_lane(Walk& walk, uint32_t lane);
  std::vector<const uint8_t*> next_of_band(Walk& walk) const;
  void take_band(const Page& page, const Walk& walk, std::vector<const uint8_t*>& records) const;
  Task<Status> add_first(FastImageWriter& writer);
  Task<Status> add_keys(FastImageWriter& writer, const std::vector<uint64_t>& hashes, uint64_t budget_bytes, bool if_held);
  Task<Status> add_predicted(FastImageWriter& writer, uint64_t budget_bytes, const Prediction& prediction, PredictedRecords& held,
                             bool paced);
  Task<HotSet> choose(const Together& all);
  void forget_changes();
  std::vector<const uint8_t*> resident(std::span<const uint64_t> hashes, bool if_held, uint64_t& bytes) const;
  bool held(const Page& page, int slot) const;
  struct Taking;
  void take_predicted(std::span<const uint64_t> hashes, Taking& taking) const;
  void take_entry(const Page& page, int slot, Taking& taking) const;
  uint64_t activity() const;
  bool outdated(uint32_t number) const;

  Core& core_;
  Warmer& warmer_;
  std::vector<uint64_t> remembered_;  // hashes, in the order in which they were wanted
  std::array<uint64_t, kFastClasses> written_ns_{};
  std::array<uint64_t, kFastClasses> written_at_{};  // activity then
  std::array<uint64_t, kFastClasses> changes_at_{};  // how many changes there had been
  Row row_;
  int64_t floor_ = INT64_MIN;  // down to where the coldest band reached when it was written
  std::shared_ptr<const Prediction> prediction_ = std::make_shared<Prediction>();
  std::shared_ptr<const PredictedRecords> predicted_;  // of the class as it is; null: there is none, or an earlier process wrote it
  uint64_t predicted_for_ = 0;                         // versions of predictions: the class is written for this one, ...
  uint64_t bands_for_ = 0;                             // ... and so are all bands
  uint64_t predicted_records_ = 0;                     // in the class
  bool inherited_ = false;                             // the prediction is what an earlier process has left
  bool took_over_ = false;                             // what was restored is known
  bool writing_ = false;
  bool touches_saved_ = false;
};

}  // namespace foreshard
