// shard/shards.h.
#include "engine/shard/shards.h"

#include <algorithm>
#include <bit>
#include <cassert>

namespace foreshard {

std::vector<ShardFacts> Shards::equal_slices(uint32_t count) {
  const auto bits = static_cast<uint32_t>(std::countr_zero(std::bit_ceil(std::max(count, 1u))));
  std::vector<ShardFacts> shards(size_t{1} << bits);
  for (uint32_t i = 0; i < shards.size(); ++i)
    shards[i] = {.id = i, .epoch = 1, .start = bits == 0 ? 0 : static_cast<uint64_t>(i) << (64 - bits)};
  return shards;
}

void Shards::adopt(std::vector<ShardFacts> facts, uint32_t next_id) {
  facts_ = std::move(facts);
  next_id_ = next_id;
  slots_.clear();
  for (const ShardFacts& shard : facts_) slots_.push_back(take_slot(shard));
}

size_t Shards::index_of(uint64_t hash) const {
  const auto after = std::partition_point(facts_.begin(), facts_.end(), [hash](const ShardFacts& shard) { return shard.start <= hash; });
  return static_cast<size_t>(after - facts_.begin()) - 1;
}

Result<Shards::Change> Shards::split_at(uint64_t cut, bool lower_keeps) const {
  if (cut % kSliceUnit != 0) return Status(Errc::bad_argument, "a shard begins at a multiple of 2^44");
  if (count() >= kShardsMax) return Status(Errc::too_large, "a store has at most " + std::to_string(kShardsMax) + " shards");
  const size_t index = index_of(cut);
  if (facts_[index].start == cut) return Status(Errc::bad_argument, "a shard begins there already");
  Change change{facts_, next_id_ + 1, index, 1, 2};
  const ShardFacts kept{.id = facts_[index].id, .epoch = facts_[index].epoch + 1};
  const ShardFacts made{.id = next_id_, .epoch = 1};
  change.facts[index] = lower_keeps ? kept : made;
  change.facts[index].start = facts_[index].start;
  change.facts.insert(change.facts.begin() + static_cast<ptrdiff_t>(index) + 1, lower_keeps ? made : kept);
  change.facts[index + 1].start = cut;
  return change;
}

Result<Shards::Change> Shards::merge_at(uint64_t start, bool lower_keeps) const {
  const size_t index = index_of(start);
  if (facts_[index].start != start) return Status(Errc::bad_argument, "no shard begins there");
  if (index == 0) return Status(Errc::bad_argument, "no shard is before the first one");
  Change change{facts_, next_id_, index - 1, 2, 1};
  const ShardFacts& kept = facts_[lower_keeps ? index - 1 : index];
  change.facts[index - 1] = {.id = kept.id, .epoch = kept.epoch + 1, .start = facts_[index - 1].start};
  change.facts.erase(change.facts.begin() + static_cast<ptrdiff_t>(index));
  return change;
}

void Shards::apply(const Change& change, uint64_t accepted, uint64_t placed) {
  for (; !retired_.empty() && retired_.front().accepted <= placed; retired_.pop_front())
    free_slots_.push_back(retired_.front().slot);
  const auto first = slots_.begin() + static_cast<ptrdiff_t>(change.first);
  const auto end = first + static_cast<ptrdiff_t>(change.before);
  for (auto old = first; old != end; ++old) retired_.push_back({*old, accepted});
  const auto at = slots_.erase(first, end);
  std::vector<ShardSlot> made;
  for (size_t i = 0; i < change.after; ++i) made.push_back(take_slot(change.facts[change.first + i]));
  slots_.insert(at, made.begin(), made.end());
  facts_ = change.facts;
  next_id_ = change.next_id;
}

ShardSlot Shards::take_slot(const ShardFacts& facts) {
  if (free_slots_.empty()) {
    assert(labels_.size() < UINT16_MAX);
    free_slots_.push_back(static_cast<ShardSlot>(labels_.size()));
    labels_.emplace_back();
  }
  const ShardSlot slot = free_slots_.back();
  free_slots_.pop_back();
  labels_[slot] = {facts.id, facts.epoch};
  return slot;
}

void Shards::enter_into(Table& table, size_t first, size_t count) const {
  const size_t end = std::min(facts_.size(), count == kWholeRing ? facts_.size() : first + count);
  for (size_t i = first; i < end; ++i) table.label(facts_[i].start, last_of(i), slots_[i]);
}

void Shards::settle(Table& table, uint64_t first_hash, uint64_t last_hash) const {
  for (size_t i = index_of(first_hash) + 1; i < facts_.size() && facts_[i].start <= last_hash; ++i) {
    [[maybe_unused]] const Status made = table.make_boundary(facts_[i].start);
    assert(made.ok());
    table.label(facts_[i].start, std::min(last_of(i), last_hash), slots_[i]);
  }
}

}  // namespace foreshard
