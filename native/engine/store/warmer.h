// Filling memory after an open: the fast-restore images in their order, then everything else from the log, newest
// segments first, until memory is full. It yields to traffic after each slice.
#pragma once
#include <memory>
#include <unordered_set>
#include <vector>

#include "engine/checkpoint/fast_image.h"
#include "engine/store/lookup.h"
#include "engine/store/reader.h"

namespace foreshard {

constexpr uint32_t kFastClasses = 5;  // 0: remembered from past restarts; 1..4: bands of falling heat

struct WarmReport {
  uint64_t fast_bytes = 0, fast_records = 0, fast_admitted = 0;
  uint32_t fast_classes = 0;
  uint64_t rest_bytes = 0, rest_admitted = 0;
  uint64_t early_reads = 0, early_hits = 0;  // of the first requests after the open
};

class Warmer {
 public:
  Warmer(Core& core, Reader& reader) : core_(core), reader_(reader) {}

  // Reads at once; what it read is linked when the index is loaded.
  Task<> restore_fast();
  void index_ended() {
    index_ended_ = true;
    link_turn_.wake_all();
  }
  Task<> warm_rest();

  // One get: for the coverage figure and the list of first touches.
  void note_get(const Core& core, Bytes key, bool hit) {
    if (watching_) watch(core.hash(key), hit);
  }
  void begin_watch() { watching_ = true; }
  const std::vector<uint64_t>& first_touches() const { return touches_; }

  const WarmReport& report() const { return report_; }
  double fast_progress() const;
  double rest_progress() const;
  double estimate_ms(double elapsed_ms) const;

 private:
  Task<> restore_class(uint32_t number);
  Task<> restore_chunks(FastImageReader* reader, const std::vector<bool>* known, uint32_t* next);
  Task<> link_chunk(const std::vector<bool>* known, uint32_t chunk);
  std::vector<uint64_t> cold_segments();
  Task<Status> warm_segment(uint64_t id);
  Task<> warm_group(Segment* segment, Bytes group, uint64_t offset);
  void watch(uint64_t hash, bool hit);

  Core& core_;
  Reader& reader_;
  WarmReport report_;
  uint64_t fast_total_ = 0, rest_total_ = 0;
  uint32_t reading_ = 0;  // chunks
  Signal read_turn_;
  bool index_ended_ = false;  // loaded, or given up
  bool linking_ = false;
  Signal link_turn_;
  bool watching_ = false;
  std::vector<uint64_t> touches_;
  std::unordered_set<uint64_t> touched_;
};

}  // namespace foreshard
