// The store: everything below it, tied together, behind an interface without Node in it.
//
// One owner thread calls it; nothing blocks but what says so. Every call polls for completions first (one load) and
// runs a bounded slice of due background work, so that a loop of calls cannot starve commits, checkpoints or recovery.
#pragma once
#include <functional>
#include <memory>
#include <vector>

#include "engine/io/disk.h"
#include "engine/shard/access_recorder.h"
#include "engine/shard/access_windows.h"
#include "engine/shard/shards.h"
#include "engine/store/types.h"

namespace foreshard {

class Engine;  // store/engine.h

class Store {
 public:
  // Keeps both references for its life.
  Store(Disk& disk, StoreListener& listener, StoreOptions options);
  // Closes without ceremony: waits for the device, forgets what was not acknowledged. Prefer close().
  ~Store();

  // Locks, recovers, opens for traffic; then on_done(ticket). Errors: locked, manifest_missing, manifest_unreadable,
  // wrong_store, unsupported_version, corrupt (detail says which range), io, disk_full.
  void open(uint64_t ticket);
  // Ends background work, makes everything durable, leaves a clean mark, unlocks; then on_done(ticket).
  void close(uint64_t ticket);

  // Completions and due work; call it when the disk's wake function was called.
  void poll();

  // yes: `out` is set; no: absent; later: needs I/O, use get_later or get_blocking; error: see last_error().
  Found try_get(Bytes key, ValueView& out);
  // What looking for these keys will touch is on its way to the processor's cache; at most kPrefetchMax. For who looks for
  // many: it takes the time of one cache miss or two for all of them.
  void prefetch(std::span<const Bytes> keys);
  void get_later(Bytes key, uint64_t ticket);
  // Blocks on its own read only.
  Found get_blocking(Bytes key, ValueView& out);
  const Status& last_error() const;

  // Applies operations without conditions as one atomic unit. Readable at once; durable when on_durable says so. The
  // result is the sequence number of the last one (the others have the numbers before it, in order). Errors:
  // read_only, disk_full, too_large, closed, busy (more than max_pending_bytes accepted and not durable: wait for
  // on_durable).
  Result<uint64_t> write(std::span<const Operation> operations);
  // The same with conditions: on_done(ticket, condition_failed or ok, last sequence). Copies what it needs.
  void write_if(std::span<const Operation> operations, uint64_t ticket);
  // End of the caller's turn: commits what is pending as far as groups in flight allow, and sends reads on their way.
  void submit();
  // Blocks until the sequence number is durable or rejected.
  Status wait_durable(uint64_t sequence);
  // on_done(ticket) when everything accepted so far is durable.
  void flush(uint64_t ticket);

  // A complete, unordered pass over the keys: a key that is there throughout comes exactly once.
  uint64_t iterator_open(bool with_values);
  void iterator_next(uint64_t iterator, uint32_t max_entries, uint64_t max_bytes, uint64_t ticket);
  void iterator_close(uint64_t iterator);

  // The log from a sequence number on (exclusive), durable records only, in order; at the end of the log the answer
  // waits for the next records (on_entries with none if close comes first).
  uint64_t changes_open(uint64_t since_sequence);
  void changes_next(uint64_t reader, uint32_t max_entries, uint64_t max_bytes, bool wait, uint64_t ticket);
  void changes_close(uint64_t reader);

  // A consistent copy of everything accepted so far into a new or earlier backup's directory; hard links where
  // possible. on_done(ticket).
  void backup(std::string directory, uint64_t ticket);
  // Writes an index image and the fast-restore images now. on_done(ticket).
  void checkpoint(uint64_t ticket);
  // Compacts until no segment has more than `garbage_share` of dead bytes. on_done(ticket).
  void compact(double garbage_share, uint64_t ticket);

  // A shard begins at `cut`, a multiple of kSliceUnit; the one that begins at `start` and the one before it become one
  // (store/resharder.h). on_done(ticket, status, the first sequence number of the new shards).
  void split(uint64_t cut, uint64_t ticket);
  void merge(uint64_t start, uint64_t ticket);
  const Shards& shards() const;
  // Where on the ring a key lies.
  uint64_t hash_of(Bytes key) const;

  // Calls visit(SliceHeat) for each page, in the order of the ring, up to date. These: nothing before the open has ended.
  void visit_heat(const std::function<void(const SliceHeat&)>& visit);
  // Calls visit(hash) for each access that was sampled in the last `window_ms`.
  void visit_samples(uint64_t window_ms, const std::function<void(uint64_t)>& visit) const;
  // What has been asked for most from `first` to `last`, by the accesses sampled in the last `window_ms`.
  struct Hottest {
    uint64_t samples = 0;  // of that slice
    uint64_t of_hash = 0;  // of them, of the hash that has most
    uint64_t hash = 0;
    std::string key;       // empty: its record is not in memory
  };
  Hottest hottest(uint64_t first, uint64_t last, uint64_t window_ms);
  // Calls visit(key, decayed accesses) for the `count` keys with most heat of so many pages, from the one of `cursor` on; keys
  // whose records are not in memory are left out. Returns the cursor for the next pages; 0: there are none.
  uint64_t hot_keys(uint64_t cursor, size_t pages, size_t count, const std::function<void(Bytes, double)>& visit);
  // From now on accesses are recorded, as lines of a trace (shard/access_recorder.h); what was recorded before is let go.
  void record_accesses(const AccessRecorder::Options& options);
  // The lines since the last call, and how many there were in all; nothing while accesses are not recorded.
  std::string take_accesses(AccessRecorder::Counts& counts);
  void stop_recording();
  // From now on accesses are watched in windows (shard/access_windows.h), which waited before are let go.
  void watch_accesses(const AccessWindows::Options& options);
  // The bytes of the windows that can be taken now; then these windows, written to `to`.
  size_t windows_ready();
  void take_windows(uint8_t* to);
  void stop_watching();
  // Keys by the upper half of their hashes, in the order in which they will be wanted: what of them is in memory is restored first
  // after a restart, within that share of the fast-restore budget. An empty list takes the prediction back.
  void set_predicted(std::vector<uint64_t> hashes, double budget_share);
  // With manual_heat_time: so much later.
  void pass_heat_time(uint64_t milliseconds);

  std::string stats_json() const;
  std::string recovery_json() const;
  uint64_t durable_sequence() const;

 private:
  std::unique_ptr<Engine> engine_;
};

}  // namespace foreshard
