// The tail of the log, as a reader of changes sees it: durable records in the order of their sequence numbers. Where
// compaction has passed, the gap is named.
#pragma once
#include <map>
#include <memory>

#include "engine/store/reader.h"

namespace foreshard {

class Changes {
 public:
  Changes(Core& core, Reader& reader) : core_(core), reader_(reader) {}

  uint64_t open(uint64_t since_sequence);
  // `wait`: at the end of the log, answer when there is more.
  void next(uint64_t id, uint32_t max_entries, uint64_t max_bytes, bool wait, uint64_t ticket);
  void close(uint64_t id);

 private:
  struct Position {
    uint64_t next_sequence = 1;
    uint64_t segment_id = 0;  // 0: to be looked for
    uint64_t offset = kBlock;
    bool closed = false;
    AlignedBuffer group;      // the group at hand, and its records that are still to be given out
    std::vector<RecordView> records;
    size_t at = 0;
  };
  struct Gap {
    uint64_t first = 0, last = 0;
  };

  Task<> run(std::shared_ptr<Position> position, uint32_t max_entries, uint64_t max_bytes, bool wait, uint64_t ticket);
  Task<Status> read_group(Position* position, bool* more, Gap* gap);
  Segment* find_segment(const Position& position) const;
  Task<Status> load_group(Position* position, Segment* segment, uint64_t limit);
  uint64_t durable_end(const Segment& segment) const;
  bool is_complete(const Segment& segment) const;

  Core& core_;
  Reader& reader_;
  uint64_t next_id_ = 1;
  std::map<uint64_t, std::shared_ptr<Position>> positions_;
};

}  // namespace foreshard
