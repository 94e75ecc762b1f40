// The writing end of a store's log: groups of accepted records, one checksummed write each, up to `inflight` at once,
// acknowledged in log order.
//
// Invariants
// - A byte that may have been acknowledged is never written again; a segment is written by one incarnation only.
// - A segment is in the manifest before its first group is written.
// - At most two segments are unsealed: the active one, and one whose run is being written. Beyond that writes wait: the
//   tail that a recovery replays is capped.
// - After a failed write nothing is acknowledged on the strength of a retry: every group from the failed one on is
//   given back (on_lost), the cut is committed to the manifest, and the log goes on in a fresh segment.
#pragma once
#include <deque>
#include <memory>
#include <string>
#include <vector>

#include "engine/base/mapping.h"
#include "engine/base/prefetch.h"
#include "engine/base/signal.h"
#include "engine/base/task_group.h"
#include "engine/io/disk.h"
#include "engine/log/group.h"
#include "engine/log/run.h"
#include "engine/log/segment.h"

namespace foreshard {

// What the log needs from the store above it.
class LogHost {
 public:
  virtual ~LogHost() = default;
  // All records up to `sequence` are durable.
  virtual void on_durable(uint64_t sequence) = 0;
  // The log goes back to before `first_sequence`. Called before anything else happens: nobody may read what was lost.
  virtual void on_lost(uint64_t first_sequence, const Status& why) = 0;
  // What was lost last is told. `certain`: a restart will not find it either; else it may (the cut could not be
  // recorded).
  virtual void on_loss_settled(bool certain) = 0;
  // Makes the facts of all segments durable.
  virtual Task<Status> commit_segments() = 0;
  virtual void on_sealed(Segment& segment) = 0;
  // The device is full: gives back reserved space; false if there was none left.
  virtual Task<bool> release_reserve() = 0;
  // Takes the reserve again; false while there is no space for it.
  virtual Task<bool> regain_reserve() = 0;
  virtual void on_space(bool full) = 0;
  virtual uint64_t wall_ms() = 0;
  // What the `shard` of a record that waits stands for.
  virtual FrameLabel frame_label(uint32_t shard) = 0;
};

struct LogConfig {
  std::string directory;
  uint64_t store_id = 0;
  uint64_t segment_bytes = 0;
  uint32_t incarnation = 0;
  uint32_t inflight_max = 2;
};

// A record accepted into the log. Its bytes stay where they are until it is durable; when it gets its place on disk,
// the address is written into the 8 bytes before it, and the former address is read from the 8 bytes before the record
// that it replaces.
struct PendingRecord {
  uint8_t* record = nullptr;
  const uint8_t* replaced = nullptr;  // null: none, or not known to be the same key
  uint64_t hash = 0;
  uint64_t sequence = 0;
  uint32_t size = 0;
  uint32_t shard = 0;
  RecordKind kind = RecordKind::put;
  bool ends_unit = true;  // a unit (one put, one batch) is never divided between groups

  // What placing it will touch.
  void prefetch() const {
    prefetch_line(record);
    if (replaced != nullptr) prefetch_line(replaced - sizeof(uint64_t));
  }
};

// A record of the segment being written, and the one in it that it replaces, by offset.
struct Replacement {
  uint32_t offset;
  uint32_t replaced;
};

// What is listed of a segment for its run. The memory goes from segment to segment: new memory costs more than the list.
struct RunLists {
  std::vector<RunEntry> entries;          // those of a group in the order of acceptance
  std::vector<Replacement> replacements;  // likewise
};

class Log {
 public:
  Log(Disk& disk, LogHost& host, Segments& segments, LogConfig config);
  ~Log();

  // Where the log goes on.
  void resume_at(uint64_t last_link, uint64_t next_sequence, Lsn durable_lsn);
  // The first segment is prepared in the background; groups wait for it.
  void start();

  uint64_t next_sequence() const { return next_sequence_; }
  uint64_t take_sequence() { return next_sequence_++; }
  // Opens a turn: until submit() ends it, only a group's worth of records is committed, so that groups do not get small
  // where they complete faster than records come. What is added on the way without a caller's turn restores what was.
  void add(const PendingRecord& record);
  // The caller does something else. If it never comes to the end of its turn, that must not keep what it wrote from being
  // committed.
  void note_call() {
    if (turn_open_ && ++calls_in_turn_ == kCallsInTurnMax) submit();
  }
  bool turn_open() const { return turn_open_; }
  void restore_turn(bool open) { turn_open_ = open; }
  // Commits what is pending as far as in-flight groups and space allow. Whoever adds calls it, when there is no more.
  void submit();
  // As submit, and if nothing is in flight: on the calling thread, which waits for it anyway.
  void submit_now();

  bool failed() const { return state_ != State::running; }
  // The device is full; only deletes and compaction may write.
  bool restricted() const { return restricted_; }
  bool idle() const { return pending_count() == 0 && inflight_.empty(); }
  uint64_t pending_bytes() const { return pending_bytes_; }
  uint64_t durable_sequence() const { return durable_sequence_; }
  uint64_t placed_sequence() const { return placed_sequence_; }
  Lsn durable_lsn() const { return durable_lsn_; }
  uint64_t last_link() const { return durable_link_; }
  // Bytes of the log that a recovery would scan now.
  uint64_t unsealed_bytes() const;
  uint64_t tail_waits() const { return tail_waits_; }
  Signal& progress() { return progress_; }

  // Seals the active segment (if it has records): everything accepted so far is then in sealed segments.
  Task<Status> seal_active();
  // No more groups; waits for those in flight and seals. The segments are all sealed afterwards if it says ok.
  Task<Status> stop();
  // After stop() and a manifest without them: the files of prepared segments that were not used.
  Task<> remove_unused();
  // A relocated segment is made and filled by compaction with these. discard: of one that nothing refers to; its file
  // goes when the manifest does not name it any more (else the next open finds it, and that nothing is in it).
  Task<Result<Segment*>> create_segment(SegmentKind kind, uint64_t bytes);
  Task<> discard_segment(Segment* segment);
  // Leaves out the entries that are marked as replaced. `entries` stay the caller's until it ends.
  Task<Status> write_run(Segment& segment, std::vector<RunEntry>& entries);

 private:
  static constexpr uint32_t kCallsInTurnMax = 256;
  enum class State : uint8_t { running, failing, stopped };
  struct Group;
  struct Active;  // the segment being written, and its run so far

  size_t pending_count() const { return pending_.size() - pending_head_; }
  void start_groups();
  void go_on();
  bool can_start();
  size_t group_extent(uint64_t& bytes, std::vector<uint32_t>& shards);
  bool fits(uint64_t padded) const;
  bool make_room(uint64_t padded);
  std::unique_ptr<Group> build_group();
  void place_records(Group& group, size_t count, const std::vector<uint32_t>& shards);
  void note_placed(const PendingRecord& record, uint64_t offset);
  bool start_group(bool now);
  void completed(Group& group);
  void settle();
  void begin_failure();
  Task<> recover_after_failure(Status why);
  void drop_unacknowledged(const Status& why);

  void rotate();
  Task<> prepare_next();
  Task<> wait_for_space();
  Task<> watch_space();
  void drop_pending(Status why);
  Task<Status> prepare_file(Segment& segment, uint64_t bytes);
  Task<> seal(std::unique_ptr<Active> segment);
  Task<> give_back_space(SegmentFacts facts);
  Task<> remove_files(uint64_t id);
  Task<> zero_more();
  Task<> mark_idle();
  Mapping take_buffer(uint64_t size);
  void give_back(Mapping buffer);

  Disk& disk_;
  LogHost& host_;
  Segments& segments_;
  LogConfig config_;
  State state_ = State::running;
  bool restricted_ = false;
  bool stopping_ = false;
  bool turn_open_ = false;
  uint32_t calls_in_turn_ = 0;  // that added nothing

  std::vector<PendingRecord> pending_;
  size_t pending_head_ = 0;
  uint64_t pending_bytes_ = 0;
  std::deque<std::unique_ptr<Group>> inflight_;
  bool waits_for_room_ = false;  // whoever makes it looks again; more records need not, one by one
  std::vector<Mapping> spare_buffers_;  // the smallest first
  std::vector<uint32_t> shard_bytes_, shard_records_;  // scratch, by shard

  uint64_t next_sequence_ = 1;
  uint64_t placed_sequence_ = 0;
  uint64_t durable_sequence_ = 0;
  Lsn durable_lsn_ = 0;
  uint64_t durable_link_ = 0;
  uint64_t placed_link_ = 0;

  std::unique_ptr<Active> active_;
  Segment* next_ = nullptr;
  std::vector<uint64_t> unused_;  // ids, after stop()
  bool preparing_ = false;
  uint32_t sealing_ = 0;
  uint64_t sealing_bytes_ = 0;
  bool zeroing_ = false;
  AlignedBuffer zeros_;
  RunLists spare_lists_;
  bool idle_watch_ = false;
  bool proven_ = true;  // a later durable header says that the last group is durable
  uint64_t tail_waits_ = 0;
  Signal progress_;     // anything above changed
  TaskGroup tasks_;
};

}  // namespace foreshard
