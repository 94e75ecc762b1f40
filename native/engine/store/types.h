// What goes in and out of a Store: options, operations, answers, and the listener that hears of completions.
#pragma once
#include <span>
#include <string>
#include <vector>

#include "engine/base/bytes.h"
#include "engine/base/status.h"
#include "engine/shard/heat_map.h"

namespace foreshard {

enum class Durability : uint8_t { commit, interval };
enum class DamagePolicy : uint8_t { fail, skip };  // damage to what was durable: refuse to open, or open without it

struct StoreOptions {
  std::string directory;
  std::string fast_directory;      // empty: directory + "/fast"
  std::string standard_directory;  // empty: no copy of the standard checkpoints
  uint32_t shards = option::shards.standard;
  uint64_t segment_bytes = option::segment_bytes.standard;  // of a new store
  uint64_t memory_limit = option::memory_limit_bytes.standard;
  uint64_t fast_budget = option::fast_budget_bytes.standard;
  uint64_t heat_half_life_ms = option::heat_half_life_ms.standard;  // of keys
  // Of pages and shards, ascending.
  HeatMap::HalfLives heat_half_lives_ms = {option::heat_half_life0_ms.standard, option::heat_half_life1_ms.standard,
                                           option::heat_half_life2_ms.standard, option::heat_half_life3_ms.standard};
  bool manual_heat_time = false;  // heat's time passes by Store::pass_heat_time() only: for replaying a trace
  uint32_t inflight_groups = option::inflight_groups.standard;
  uint64_t flush_interval_ms = option::flush_interval_ms.standard;
  uint64_t background_bytes_per_second = option::background_bytes_per_second.standard;
  double compaction_garbage_share = option::compaction_garbage_share.standard;
  uint64_t compaction_rests_ns = 5'000'000'000;  // after a recovery, which has enough to do; not where space is crowded
  Durability durability = Durability::commit;
  DamagePolicy on_damage = DamagePolicy::fail;
  bool create_if_missing = true;
  bool error_if_exists = false;
  bool checkpoints = true;     // write index images and fast-restore images in the background
  bool track_heat = true;
  bool use_fast = true;        // recovery may use fast-restore images
  bool use_standard = true;    // recovery may use index images and runs; false: scan the log
};

enum class ConditionKind : uint8_t { none, absent, sequence };

struct Operation {
  RecordKind kind = RecordKind::put;
  Bytes key;
  Bytes value;
  uint64_t expiry_ms = 0;  // Unix milliseconds; 0: never
  ConditionKind condition = ConditionKind::none;
  uint64_t sequence = 0;  // for ConditionKind::sequence: what the key's record must have
};

// A value that was read. The bytes are good until the next call to the Store.
struct ValueView {
  Bytes value;
  uint64_t sequence = 0;
  uint64_t expiry_ms = 0;
};

// Keys that Store::prefetch() takes at a time.
constexpr size_t kPrefetchMax = 32;

enum class Found : uint8_t { yes, no, later, error };

struct EntryView {
  RecordKind kind = RecordKind::put;  // del only in changes
  Bytes key;
  Bytes value;
  uint64_t sequence = 0;
  uint64_t expiry_ms = 0;
};

// Called on the owner thread, from within Store calls that poll. Views are good during the call only. The listener
// must not call the Store from inside these (it may remember and do it afterwards).
class StoreListener {
 public:
  virtual ~StoreListener() = default;
  // All records up to this sequence number are durable. Numbers only grow.
  virtual void on_durable(uint64_t sequence) = 0;
  // The records with these numbers, not acknowledged before, were rolled back and never will be durable.
  virtual void on_rejected(uint64_t first_sequence, uint64_t last_sequence, const Status& status) = 0;
  // A get_later ended: `value` is null if the key is absent or the status is an error.
  virtual void on_value(uint64_t ticket, const Status& status, const ValueView* value) = 0;
  // open, flush, write_if (value: last sequence number), backup, close ended.
  virtual void on_done(uint64_t ticket, const Status& status, uint64_t value) = 0;
  // iterator_next or changes_next ended. `end`: nothing more. For changes, `gap_first..gap_last` (0, 0: none) are
  // sequence numbers before these entries that compaction has passed.
  virtual void on_entries(uint64_t ticket, const Status& status, std::span<const EntryView> entries, bool end,
                          uint64_t gap_first, uint64_t gap_last) = 0;
  // Something worth telling: JSON text with at least { "type": ... }.
  virtual void on_event(const std::string& json) = 0;
};

}  // namespace foreshard
