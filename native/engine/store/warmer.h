// Filling memory after an open: the fast-restore images in their order, then from the log the segments of which most is
// missing, and slowly the others, until memory is full. It yields to traffic after each slice.
#pragma once
#include <array>
#include <deque>
#include <memory>
#include <span>
#include <unordered_set>
#include <vector>

#include "engine/checkpoint/fast_image.h"
#include "engine/store/lookup.h"
#include "engine/store/reader.h"

namespace foreshard {

// 0: remembered from past restarts, and what has changed since the others were written; 1: what is predicted, if anything is;
// 2..5: bands of falling heat.
constexpr uint32_t kFastClasses = 6;
constexpr uint32_t kPredictedClass = 1;
constexpr uint32_t kFirstBand = 2;
constexpr uint32_t kReplayed = kFastClasses;  // where a record comes from that no image has brought

// Of the first requests after the open.
struct EarlyReads {
  uint64_t reads = 0;
  uint64_t hits = 0;      // in memory
  uint64_t restored = 0;  // of them, where a fast-restore image has put them
  uint64_t replayed = 0;  // of them, where the replay of the log's tail has put them

  void note(bool hit, int origin);
};

struct WarmReport {
  uint64_t fast_bytes = 0, fast_records = 0, fast_admitted = 0;
  uint32_t fast_classes = 0;
  uint64_t predicted_records = 0, predicted_admitted = 0;  // of the predicted class
  uint64_t rest_bytes = 0, rest_admitted = 0;
  EarlyReads first, early;  // the first thousand, the first ten thousand
  std::array<uint64_t, kFastClasses> early_by_class{};  // of early.restored
};

class Warmer {
 public:
  Warmer(Core& core, Reader& reader) : core_(core), reader_(reader) { below_rank_.fill(INT64_MAX); }

  // Reads as soon as the index has been read, links when it is loaded.
  Task<> restore_fast();
  void index_read() {
    index_read_ = true;
    read_turn_.wake_all();
  }
  void index_ended() {
    index_ended_ = true;
    index_read();
    link_turn_.wake_all();
  }
  Task<> warm_rest();
  // Behind the restore and at the pace of background work: the segments of which less is missing. What is not in memory
  // does not get into the next fast-restore images.
  Task<> fill_gaps();

  // One get: for the coverage figure and the list of first touches.
  void note_get(const Core& core, Bytes key, bool hit) {
    if (watching_) watch(core.hash(key), hit);
  }
  void begin_watch() { watching_ = true; }
  // What is in memory now is of the log's tail: nothing else has been read yet.
  void note_replayed();
  const std::vector<uint64_t>& first_touches() const { return touches_; }

  const WarmReport& report() const { return report_; }
  // Of the restored image of a class: below which rank its keys are, by the clock of now (INT64_MAX: any, or no image), and
  // how many bytes its entries have.
  int64_t below_rank(uint32_t number) const { return below_rank_[number]; }
  uint64_t image_bytes(uint32_t number) const { return image_bytes_[number]; }
  // The keys of the predicted class in its order; once.
  std::vector<uint64_t> take_predicted();
  double fast_progress() const;
  double rest_progress() const;
  double estimate_ms(double elapsed_ms) const;

 private:
  // A record of a chunk of an image: what its entry is found by, and where both are.
  struct Link {
    uint64_t hash;
    Address disk;
    uint32_t offset;  // in the chunk
  };
  // What a chunk was found to hold.
  struct Contents {
    uint32_t used = 0;  // bytes
    std::vector<Link> links;
  };
  struct FastClass;

  using FastClasses = std::deque<FastClass>;
  Task<> open_class(uint32_t number, FastClasses* classes);
  Task<> restore_chunks(FastClasses* classes);
  Task<> restore_chunk(FastClass* image, uint32_t index, Contents* contents);
  Task<bool> fill_chunk(FastClass* image, uint32_t index, MutableBytes memory, Contents* contents);
  Task<> link_chunk(const FastClass* image, uint32_t chunk, const Contents* contents);
  void keep_predicted(uint32_t index, std::span<const Link> links);
  int32_t score_in(uint32_t number) const;
  bool link(const FastClass& image, uint32_t chunk, const Link& link);
  void link_batch(const FastClass& image, uint32_t chunk, std::span<const Link> links);
  std::deque<uint64_t> cold_segments(uint64_t bytes_per_record);
  Task<> warm_segments(std::deque<uint64_t>* ids, uint64_t bytes_per_second);  // 0: no limit
  Task<Status> warm_segment(uint64_t id, uint64_t bytes_per_second);
  Task<> wait_for(uint64_t nanoseconds);
  struct Piece;
  Task<> read_piece(Segment* segment, uint64_t at, uint64_t end, Piece* piece);
  Task<> admit_piece(Segment* segment, const Piece* piece);
  Task<> admit_records(Segment* segment, const Piece* piece);
  void watch(uint64_t hash, bool hit);
  int origin_of(uint64_t hash) const;

  Core& core_;
  Reader& reader_;
  WarmReport report_;
  std::array<int64_t, kFastClasses> below_rank_;
  std::array<uint64_t, kFastClasses> image_bytes_{};
  std::vector<uint32_t> linked_ = std::vector<uint32_t>(kSegmentSlots);  // records that were missing, by slot of the segment
  uint64_t fast_total_ = 0, rest_total_ = 0;
  uint32_t begun_ = 0, reading_ = 0;  // chunks
  bool index_read_ = false;           // from the device: the next large reads do not delay it
  Signal read_turn_;
  bool index_ended_ = false;  // loaded, or given up
  bool linking_ = false;
  Signal link_turn_;
  // Where the records of images and of the tail are, by chunk of the arena: which opening of the chunk it was, the image's class
  // or kReplayed, and where the records end that came from there.
  struct Origin {
    uint64_t birth = 0;
    uint32_t class_number = 0;
    uint64_t end = UINT64_MAX;
  };
  std::vector<Origin> origins_;
  std::vector<std::vector<uint64_t>> predicted_;  // hashes, by chunk of the image
  bool watching_ = false;
  uint64_t watched_reads_ = 0;
  std::vector<uint64_t> touches_;
  std::unordered_set<uint64_t> touched_;
};

}  // namespace foreshard
