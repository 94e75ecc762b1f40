// What the parts of a store share: its identity, index, log and files, and the bookkeeping between them. Each feature
// (reading, writing, opening, checkpoints, compaction, ...) is a class of its own that holds a reference to the Core;
// features know the Core and the features to their left in engine.h, nothing else.
#pragma once
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "engine/base/ring_queue.h"
#include "engine/base/task_group.h"
#include "engine/checkpoint/manifest.h"
#include "engine/io/disk.h"
#include "engine/log/log.h"
#include "engine/log/replace_file.h"
#include "engine/shard/access_recorder.h"
#include "engine/shard/access_windows.h"
#include "engine/shard/heat_map.h"
#include "engine/shard/shards.h"
#include "engine/store/json.h"
#include "engine/store/recent_changes.h"
#include "engine/store/types.h"
#include "engine/table/eviction.h"

namespace foreshard {

enum class Phase : uint8_t { closed, opening, open, hot, full, closing };

// Checkpoints take this share of the owner's time while it is wanted: one in so many and one.
constexpr double kCheckpointTurns = 4;

// How to take back one accepted record while it is not durable.
struct Undo {
  uint64_t sequence = 0;
  uint64_t hash = 0;
  Address fresh;      // the entry that it made or took over
  Address previous;   // what the entry said before; none: the record made the entry
  bool tombstone = false;
};

struct Counters {
  uint64_t gets = 0, hits = 0, misses = 0, absent = 0, puts = 0, dels = 0, batches = 0;
  uint64_t disk_reads = 0, disk_read_bytes = 0;
  uint64_t images = 0, image_bytes = 0, fast_images = 0, fast_bytes = 0;
  uint64_t compacted_segments = 0, relocated_bytes = 0, deleted_segments = 0;
  uint64_t rollbacks = 0, corrupt_reads = 0, duplicates_resolved = 0;
};

class Core final : public LogHost {
 public:
  Core(Disk& disk, StoreListener& listener, StoreOptions options);

  Disk& disk;
  StoreListener& listener;
  StoreOptions options;

  // Identity, from the manifest.
  uint64_t store_id = 0;
  uint64_t hash_seed = 0;
  uint32_t incarnation = 0;
  uint64_t segment_bytes = 0;
  Shards shards;
  const Shards::Change* shards_to_be = nullptr;  // in the manifest before they are here
  std::vector<ImageFacts> images;
  uint64_t next_image = 1;
  uint32_t image_pins = 0;    // backups in progress: no image is removed meanwhile

  Phase phase = Phase::closed;
  bool index_loaded = false;  // every page is
  bool stopping = false;      // background tasks end at their next step
  Segments segments;
  Table table{0};
  HeatMap heat;
  std::unique_ptr<AccessRecorder> recorder;  // while accesses are recorded
  std::unique_ptr<AccessWindows> windows;    // while they are watched
  Arena arena;
  std::unique_ptr<Eviction> eviction;
  std::unique_ptr<Log> log;
  ManifestWriter manifest;
  RecentChanges recent;
  RingQueue<Undo> undo;
  Counters counters;
  Status last_error;
  // What was rolled back, until its writers hear of it.
  struct Loss {
    uint64_t first = 0;
    uint64_t last = 0;
    Status why;
  };
  std::optional<Loss> loss;
  TaskGroup tasks;
  Signal changed;       // durable, phase, space: whoever waits for the store looks again
  bool clean = false;   // the next manifest says: closed in order

  std::string path(const std::string& name) const { return names_join(options.directory, name); }
  uint64_t hash(Bytes key) const { return hash_key(hash_seed, key); }
  uint64_t wall_ms() override;
  HeatClock heat_now;  // as of the last poll
  void update_heat_clock();

  // Of images: unlimited when someone waits for them, or nothing is to be spared.
  Pace pace(bool in_background) const {
    const uint64_t limit = options.background_bytes_per_second;
    return {in_background && limit < option::background_bytes_per_second.max ? limit : 0};
  }

  // Behind so much background work: lets traffic have its turn (store/slice.h).
  IoAwaiter give_way(uint64_t worked_ns, double turns);
  void count_calls(uint64_t calls) { calls_ += calls; }

  // By the application, of a key that this page owns; `size()` answers the length of the value, should it be wanted.
  template <class Size>
  void note_access(Page& page, Access kind, uint64_t hash, Bytes key, Size&& size) {
    if (options.track_heat) heat.note(page, kind, hash);
    if (kind != Access::absent && --until_followed_ == 0) [[unlikely]]
      follow_access(kind, hash, key, size);
  }
  // Null: no longer.
  void record_accesses(std::unique_ptr<AccessRecorder> next) {
    count_passed();
    recorder = std::move(next);
    follow_next();
  }
  void watch_accesses(std::unique_ptr<AccessWindows> next) {
    count_passed();
    windows = std::move(next);
    follow_next();
  }
  // The time of heat, since the store was opened.
  uint64_t heat_ms() const {
    return options.manual_heat_time ? manual_heat_ms_ : (disk.clock().now_ns() - heat_origin_ns_) / 1'000'000;
  }
  void pass_heat_time(uint64_t milliseconds);
  // Heat goes on from what an earlier process has left, `from_ms` by its clock: the time in between does not count.
  void resume_heat(uint64_t from_ms);
  // Until the store closes: keeps the heat map up to date.
  Task<> keep_heat();

  // A helper makes memory present before records are written there; and so many bytes of it, if the limit allows.
  void keep_memory_ahead() {
    if (arena.wants_ahead()) tasks.spawn(one_chunk_ahead());
  }
  Task<> memory_ahead(uint64_t bytes);

  // Brings resident memory below its limit as far as it can be, and what is dead of it within bounds.
  void evict(uint64_t byte_budget);
  // Until the store closes: gives back what dead records take.
  Task<> tidy_memory();
  bool memory_exhausted() const;

  // The entry is gone or says something else now: what its record took is dead.
  void note_dead(Address address, uint64_t size);
  // More disk space is taken by garbage, and by segments that wait to be deleted, than compaction is to leave, and writers bring
  // more: what an earlier process left is no reason to hurry.
  bool crowded() const;
  void event(const char* type, Json details);

  Manifest snapshot();
  Task<Status> commit_manifest();

  // LogHost.
  void on_durable(uint64_t sequence) override;
  void on_lost(uint64_t first_sequence, const Status& why) override;
  void on_loss_settled(bool certain) override;
  Task<Status> commit_segments() override { return commit_manifest(); }
  void on_sealed(Segment& segment) override;
  Task<bool> release_reserve() override;
  Task<bool> regain_reserve() override;
  void on_space(bool full) override;
  FrameLabel frame_label(uint32_t slot) override { return shards.label(static_cast<ShardSlot>(slot)); }

  std::function<void(Segment&)> sealed_hook;
  uint64_t records_since_image = 0;  // in sealed segments, and their bytes
  uint64_t bytes_since_image = 0;
  uint64_t bytes_since_open = 0;  // in segments that this incarnation has sealed
  uint64_t compacted_sequence = 0;  // records up to this one may have left the log by compaction

 private:
  template <class Size>
  void follow_access(Access kind, uint64_t hash, Bytes key, Size& size) {
    const uint64_t now_ms = heat_ms();
    if (windows != nullptr && windows->due(follow_every_) && windows->wants(now_ms)) windows->note(now_ms, kind, hash, size());
    if (recorder != nullptr) recorder->note(now_ms, kind, hash, key, size());
    follow_next();
  }
  // Those since the last one that was followed, before the next is another one than was said.
  void count_passed() {
    if (windows != nullptr) windows->pass(follow_every_ - until_followed_);
  }
  void follow_next() {
    const uint64_t others = windows != nullptr ? windows->passing() : UINT64_MAX;
    until_followed_ = follow_every_ = recorder != nullptr ? 1 : others;
  }
  Task<> one_chunk_ahead();
  static std::string names_join(const std::string& directory, const std::string& name) { return directory + "/" + name; }
  void roll_back(const Undo& undo);
  void bring_back(Page& page, uint32_t tag, int taken_over, Address previous);
  void forget_tombstone(const Undo& undo);

  static constexpr uint64_t kCallNs = 3'000;  // what a call costs, roughly, in all

  // Accesses until one is recorded or put into a window, and how many these were: so it costs no more when there are windows.
  uint64_t until_followed_ = UINT64_MAX;
  uint64_t follow_every_ = UINT64_MAX;
  uint64_t calls_ = 0;  // by the application since somebody gave way last; each record of a batch is one
  uint64_t wall_floor_ = 0;
  uint64_t heat_origin_ns_ = 0;
  uint64_t manual_heat_ms_ = 0;
  bool reserve_held_ = false;

 public:
  void set_wall_floor(uint64_t ms) { wall_floor_ = ms; }
  void set_reserve_held(bool held) { reserve_held_ = held; }
};

}  // namespace foreshard
