// Reading: from memory at once; else from disk, asynchronously and deep, so that one cold key does not hold up others.
#pragma once
#include <string>
#include <unordered_map>

#include "engine/store/lookup.h"
#include "engine/store/pages.h"
#include "engine/store/types.h"

namespace foreshard {

// A record that was read from disk and checked.
struct RecordBuffer {
  AlignedBuffer bytes;
  uint64_t offset = 0;
  RecordView view() const { return RecordView(bytes.data() + offset); }
};

// The outcome of a fetch. A record, if found, is in memory or (too large to be resident) in `buffer`. It may be a
// tombstone or expired.
struct Fetched {
  Status status;
  bool found = false;
  Address memory;
  RecordBuffer buffer;
  Address disk;  // where the buffer came from
  Strangers strangers;  // whoever looks again leaves them out, too: not every one of them got into memory
};

class Reader {
 public:
  Reader(Core& core, Pages& pages) : core_(core), pages_(pages) {}

  Found try_get(Bytes key, ValueView& out);
  void prefetch(std::span<const Bytes> keys);  // at most kPrefetchMax
  void get_later(Bytes key, uint64_t ticket);
  Found get_blocking(Bytes key, ValueView& out);

  // The key's newest record, whatever it takes. `now`: record reads block.
  Task<Fetched> fetch(std::string key, uint64_t hash, bool now);
  // One record at a disk address, checked.
  Task<Status> read_record(Address at, RecordBuffer* out, bool now);
  Task<Status> open_segment(Segment* segment);
  // Copies a record that was read into memory, and points its entry there; true if it is resident now.
  bool admit(Address disk, RecordView record, uint64_t hash);

  Pages::Entries loaded_entries(uint64_t segment_id) const { return pages_.loaded_entries(segment_id); }

  uint64_t pending() const { return pending_; }
  // Inside get_blocking().
  bool blocks() const { return blocks_; }

 private:
  Task<> answer(std::string key, uint64_t hash, uint64_t ticket);
  Task<Status> bring(Address at, RecordBuffer* out, bool* resident, bool now);
  Task<Status> read_span(Segment* segment, uint64_t from, AlignedBuffer* bytes, bool now);
  bool still_true(Bytes key, Fetched* fetched);
  bool set_value(const Fetched& fetched, ValueView& out);
  bool set_blocking_value(const Fetched& fetched, ValueView& out);
  void note_access(Bytes key, const ValueView* found);  // null: there is none
  Status missing(const Segment& segment);
  Status damaged(Address at, Errc code);

  Core& core_;
  Pages& pages_;
  std::unordered_map<uint64_t, Signal*> reading_;  // disk addresses on their way: a second reader waits for the first
  RecordBuffer blocking_buffer_;
  uint64_t pending_ = 0;
  bool blocks_ = false;
};

}  // namespace foreshard
