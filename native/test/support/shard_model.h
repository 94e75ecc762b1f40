// What shards a store may have, kept as plain sets of starts: those that the last change left, and those that changes under way
// may have left when the machine crashes.
#pragma once
#include <cstdint>
#include <deque>
#include <set>
#include <string>
#include <vector>

#include "engine/shard/shards.h"

namespace foreshard::test {

using ShardStarts = std::set<uint64_t>;

inline ShardStarts starts_of(const std::vector<ShardFacts>& shards) {
  ShardStarts starts;
  for (const ShardFacts& shard : shards) starts.insert(shard.start);
  return starts;
}

class ShardModel {
 public:
  // A change is asked for; they are made in this order.
  void expect_split(uint64_t ticket, uint64_t cut) { changes_.push_back({ticket, cut, true}); }
  void expect_merge(uint64_t ticket, uint64_t start) { changes_.push_back({ticket, start, false}); }
  bool awaits(uint64_t ticket) const {
    for (const Change& change : changes_)
      if (change.ticket == ticket) return true;
    return false;
  }

  // The end of the change that this ticket stands for; `shards` are those of the store now. Empty, or what is wrong.
  std::string ended(uint64_t ticket, bool ok, const std::vector<ShardFacts>& shards) {
    if (changes_.empty() || changes_.front().ticket != ticket) {  // refused before its turn
      std::erase_if(changes_, [ticket](const Change& change) { return change.ticket == ticket; });
      return ok ? "changes of shards ended out of order" : "";
    }
    const ShardStarts changed = with(sure_, changes_.front());
    changes_.pop_front();
    if (!ok) perhaps_.push_back(changed);
    else perhaps_.clear(), sure_ = changed;
    return starts_of(shards) == sure_ ? "" : "the shards are not those that the changes have left";
  }

  // A store that was opened has these. Empty, or what is wrong.
  std::string recover(const std::vector<ShardFacts>& shards) {
    const ShardStarts found = starts_of(shards);
    bool possible = sure_.empty() || found == sure_;
    for (const ShardStarts& starts : perhaps_) possible |= found == starts;
    ShardStarts after = sure_;
    for (const Change& change : changes_) possible |= found == (after = with(after, change));
    sure_ = found;
    perhaps_.clear();
    changes_.clear();
    return possible ? "" : "it came back with shards that no change has left";
  }

 private:
  struct Change {
    uint64_t ticket;
    uint64_t at;
    bool split;
  };
  static ShardStarts with(ShardStarts starts, const Change& change) {
    if (change.split) starts.insert(change.at);
    else if (change.at != 0) starts.erase(change.at);
    return starts;
  }

  ShardStarts sure_;  // empty: of a store that is not created yet
  std::vector<ShardStarts> perhaps_;
  std::deque<Change> changes_;
};

}  // namespace foreshard::test
