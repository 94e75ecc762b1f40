// Compaction: the records of segments with little live data move to a segment of their own, flushed before an entry
// points there; the old ones go when no image needs them (store/checkpointer.h).
//
// A tombstone, or a record that expired, goes only when no segment with an older record of its key remains: the index
// may have to be rebuilt from what the segments say.
#pragma once
#include <memory>
#include <vector>

#include "engine/recovery/scan.h"
#include "engine/store/checkpointer.h"
#include "engine/store/reader.h"

namespace foreshard {

class Compactor {
 public:
  Compactor(Core& core, Reader& reader, Checkpointer& checkpointer, TaskGroup& background)
      : core_(core), reader_(reader), checkpointer_(checkpointer), background_(background) {}

  // Starts a pass if a segment is worth it.
  void consider();
  // Until then only where space is crowded, or somebody asks for it.
  void rest_until(uint64_t ns) { rests_until_ns_ = ns; }
  // Passes until none has more than this share of dead bytes.
  Task<Status> run_until(double garbage_share);

 private:
  // A record that stays: where it is, and where it goes.
  struct Move {
    uint64_t hash;
    Address from;
    Address to;
    uint64_t size;
    bool live;  // an entry points at it; else a tombstone that must be kept
  };
  // A record that is to be asked for.
  struct Listed {
    uint64_t hash;
    uint64_t offset;  // in the segment
  };
  // The relocated segment that is being filled.
  struct Output {
    Segment* segment = nullptr;
    AlignedBuffer group;
    uint64_t used = 0;     // of the group
    uint32_t records = 0;  // of the group
    uint64_t end = kBlock;
    std::vector<RunEntry> entries;
    std::vector<Move> moves;
    uint64_t first_sequence = UINT64_MAX, last_sequence = 0;
    uint64_t group_sequence = UINT64_MAX;
  };

  Task<> run();
  Segment* pick(double garbage_share) const;
  std::vector<Segment*> pick_batch(double garbage_share) const;
  Task<Status> compact(std::vector<Segment*> victims);
  Task<Status> move_segment(Segment* victim, Output* output);
  std::vector<Listed> list_records(const SegmentScan& scan, const LiveMap* map) const;
  Task<Status> move_records(const SegmentScan& scan, const std::vector<Listed>& records, Output* output);
  void prefetch(const std::vector<Listed>& records, size_t at) const;
  bool plain(RecordView record, uint64_t hash, Address at, bool* live) const;
  Task<bool> stays(RecordView record, uint64_t hash, Address at, bool* live);
  Task<bool> superseded(RecordView record, uint64_t hash, Address at);
  Task<bool> hides_older(uint64_t hash, uint64_t sequence, uint64_t victim);
  Task<Run*> run_of(Segment* segment);
  Task<> close_runs();
  Task<Status> settle(uint64_t rollbacks);
  bool append(Output* output, RecordView record, uint64_t hash, Address from, bool live);
  Task<Status> make_room(Output* output, uint64_t record_bytes);
  Task<Status> write_group(Output* output);
  Task<Status> finish(Output* output, std::vector<Segment*> victims);
  Task<> relink_all(const std::vector<Move>& moves);
  void prefetch(const std::vector<Move>& moves, size_t at) const;
  bool relink(const Move& move);
  void relink_replaced(const std::vector<const Move*>& moves);
  Task<> pace(uint64_t bytes);
  double turns() const;

  Core& core_;
  Reader& reader_;
  Checkpointer& checkpointer_;
  TaskGroup& background_;
  bool running_ = false;
  uint64_t rests_until_ns_ = 0;
  bool hurries_ = false;  // no pauses for the sake of the rate limit
  std::map<uint64_t, std::unique_ptr<Run>> runs_;  // by segment; null: cannot be read
  Mapping memory_;  // for the next segment, while there are any
  Signal done_;
};

}  // namespace foreshard
