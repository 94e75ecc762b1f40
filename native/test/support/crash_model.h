// What a store must say, kept as a plain map: every write that was accepted, in order, and which of them it has
// acknowledged. After a crash the store has what was acknowledged and, of the rest, any prefix in whole units.
#pragma once
#include <deque>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "engine/store/types.h"
#include "test/support/shard_model.h"

namespace foreshard::test {

struct ModelWrite {
  RecordKind kind = RecordKind::put;
  std::string key;
  std::string value;
  uint64_t expiry_ms = 0;
};

// One put or delete, or a batch: there whole or not at all.
struct ModelUnit {
  uint64_t first = 0;
  uint64_t last = 0;
  std::vector<ModelWrite> writes;
};

struct ModelVersion {
  std::string value;
  uint64_t expiry_ms = 0;
  uint64_t sequence = 0;
  bool expired(uint64_t now_ms) const { return expiry_ms != 0 && expiry_ms <= now_ms; }
};
using ModelState = std::map<std::string, ModelVersion>;

class CrashModel {
 public:
  ShardModel shards;

  const ModelState& current() const { return current_; }
  uint64_t acknowledged() const { return acknowledged_; }
  uint64_t accepted() const { return units_.empty() ? acknowledged_ : units_.back().last; }
  // Every key that was ever accepted, deleted ones too.
  const std::set<std::string>& keys() const { return keys_; }
  // Records by sequence number, all that are sure; for the reader of changes.
  const std::map<uint64_t, ModelWrite>& history() const { return history_; }

  void accept(uint64_t last, std::vector<ModelWrite> writes) {
    ModelUnit unit{last + 1 - writes.size(), last, std::move(writes)};
    apply(unit, current_);
    for (const ModelWrite& write : unit.writes) keys_.insert(write.key);
    units_.push_back(std::move(unit));
  }

  // False: the number lies within a unit, or beyond what was accepted.
  bool acknowledge(uint64_t sequence) {
    if (sequence <= acknowledged_) return true;
    while (!units_.empty() && units_.front().last <= sequence) settle_front();
    const bool whole = units_.empty() || units_.front().first > sequence;
    acknowledged_ = sequence;
    return whole;
  }

  // The store has taken back what was not acknowledged; a crash may still bring it back, until it is rejected.
  void roll_back() { current_ = sure_; }
  // False: it includes something acknowledged.
  bool reject(uint64_t first, uint64_t last) {
    if (first <= acknowledged_) return false;
    std::erase_if(units_, [&](const ModelUnit& unit) { return unit.first >= first && unit.last <= last; });
    return true;
  }

  // A store that was opened again says that its log goes up to here. Empty: that may be; else why not.
  std::string recover(uint64_t sequence) {
    if (sequence < acknowledged_)
      return "acknowledged up to " + std::to_string(acknowledged_) + ", recovered up to " + std::to_string(sequence);
    if (!acknowledge(sequence)) return "recovered up to " + std::to_string(sequence) + ", within a batch";
    units_.clear();
    current_ = sure_;
    return {};
  }

  // What the store held when its log went up to this number, not before what is acknowledged.
  ModelState state_at(uint64_t sequence) const {
    ModelState state = sure_;
    for (const ModelUnit& unit : units_)
      if (unit.last <= sequence) apply(unit, state);
    return state;
  }

  // A copy for another future of the same store; without the history.
  CrashModel branch() const {
    CrashModel copy;
    copy.sure_ = sure_;
    copy.current_ = current_;
    copy.units_ = units_;
    copy.keys_ = keys_;
    copy.acknowledged_ = acknowledged_;
    copy.shards = shards;
    return copy;
  }

 private:
  static void apply(const ModelUnit& unit, ModelState& state) {
    uint64_t sequence = unit.first;
    for (const ModelWrite& write : unit.writes) {
      if (write.kind == RecordKind::del) state.erase(write.key);
      else state[write.key] = {write.value, write.expiry_ms, sequence};
      ++sequence;
    }
  }

  void settle_front() {
    apply(units_.front(), sure_);
    uint64_t sequence = units_.front().first;
    for (ModelWrite& write : units_.front().writes) history_[sequence++] = std::move(write);
    units_.pop_front();
  }

  ModelState sure_;     // with everything acknowledged
  ModelState current_;  // with everything accepted
  std::deque<ModelUnit> units_;
  std::set<std::string> keys_;
  std::map<uint64_t, ModelWrite> history_;
  uint64_t acknowledged_ = 0;
};

}  // namespace foreshard::test
