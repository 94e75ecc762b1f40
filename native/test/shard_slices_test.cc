// Slices of the ring: splits, merges, and the slots that pages and waiting records carry.
#include <doctest/doctest.h>

#include <map>

#include "engine/base/random.h"
#include "engine/shard/shards.h"

using namespace foreshard;

namespace {

Shards equal(uint32_t count) {
  Shards shards;
  shards.adopt(Shards::equal_slices(count), count);
  return shards;
}

}  // namespace

TEST_CASE("a hash belongs to the slice that begins before it") {
  const Shards shards = equal(4);
  CHECK(shards.count() == 4);
  CHECK(shards.index_of(0) == 0);
  CHECK(shards.index_of((1ull << 62) - 1) == 0);
  CHECK(shards.index_of(1ull << 62) == 1);
  CHECK(shards.index_of(~0ull) == 3);
  CHECK(shards.last_of(0) == (1ull << 62) - 1);
  CHECK(shards.last_of(3) == ~0ull);
  CHECK(Shards::equal_slices(1).size() == 1);
  CHECK(Shards::equal_slices(5).size() == 8);
}

TEST_CASE("a split gives one part a new id, and both a new epoch of their own") {
  Shards shards = equal(2);
  const Result<Shards::Change> upper_new = shards.split_at(1ull << 62, true);
  REQUIRE(upper_new.ok());
  CHECK(shards.count() == 2);  // nothing has changed yet
  shards.apply(upper_new.value(), 10, 10);
  REQUIRE(shards.count() == 3);
  CHECK(shards.all()[0].id == 0);
  CHECK(shards.all()[0].epoch == 2);
  CHECK(shards.all()[1].id == 2);
  CHECK(shards.all()[1].epoch == 1);
  CHECK(shards.all()[1].start == 1ull << 62);
  CHECK(shards.all()[2].epoch == 1);
  shards.apply(shards.split_at(3ull << 62, false).value(), 10, 10);
  CHECK(shards.all()[2].id == 3);
  CHECK(shards.all()[3].id == 1);
  CHECK(shards.all()[3].epoch == 2);
}

TEST_CASE("an id is never given twice, whatever is split and merged") {
  Random random(4);
  Shards shards = equal(4);
  std::map<uint32_t, uint32_t> epochs;  // by id, the last one seen
  for (int i = 0; i < 2000; ++i) {
    const bool merge = shards.count() > 1 && random.chance(0.5);
    const Result<Shards::Change> change =
        merge ? shards.merge_at(shards.all()[1 + random.below(shards.count() - 1)].start, random.chance(0.5))
              : shards.split_at(random.next() >> 44 << 44, random.chance(0.5));
    if (!change.ok()) continue;
    shards.apply(change.value(), static_cast<uint64_t>(i), static_cast<uint64_t>(i));
    REQUIRE(shards.all()[0].start == 0);
    for (size_t s = 0; s < shards.count(); ++s) {
      const ShardFacts& shard = shards.all()[s];
      REQUIRE(shard.id < shards.next_id());
      REQUIRE(shards.slot_of(shard.start) == shards.slot_of(shards.last_of(s)));
      const FrameLabel label = shards.label(shards.slot_of(shard.start));
      REQUIRE(label.shard == shard.id);
      REQUIRE(label.epoch == shard.epoch);
      if (s > 0) REQUIRE(shards.all()[s - 1].start < shard.start);
      REQUIRE(shard.epoch >= epochs[shard.id]);
      epochs[shard.id] = shard.epoch;
    }
  }
}

TEST_CASE("changes that cannot be are refused") {
  Shards shards = equal(2);
  CHECK(shards.split_at(1ull << 43, true).code() == Errc::bad_argument);
  CHECK(shards.split_at(0, true).code() == Errc::bad_argument);
  CHECK(shards.split_at(1ull << 63, true).code() == Errc::bad_argument);
  CHECK(shards.merge_at(0, true).code() == Errc::bad_argument);
  CHECK(shards.merge_at(1ull << 62, true).code() == Errc::bad_argument);
  for (uint64_t i = 1; shards.count() < kShardsMax; ++i) shards.apply(shards.split_at(i << 44, true).value(), 0, 0);
  CHECK(shards.split_at(1ull << 62, true).code() == Errc::too_large);
}

TEST_CASE("a slot is not used again while a record that waits may carry it") {
  Shards shards = equal(1);
  const ShardSlot before = shards.slot_of(0);
  shards.apply(shards.split_at(1ull << 63, true).value(), 100, 50);  // records 51 to 100 wait
  for (uint64_t i = 1; i < 50; ++i) {
    shards.apply(shards.split_at(i << 44, true).value(), 100 + i, 99);
    for (size_t s = 0; s < shards.count(); ++s) REQUIRE(shards.slot_of(shards.all()[s].start) != before);
  }
  CHECK(shards.label(before).epoch == 1);
  bool again = false;
  for (uint64_t i = 50; i < 60; ++i) {
    shards.apply(shards.split_at(i << 44, true).value(), 200, 100);
    for (size_t s = 0; s < shards.count(); ++s) again |= shards.slot_of(shards.all()[s].start) == before;
  }
  CHECK(again);
}

TEST_CASE("a page that is loaded later is cut where slices begin inside of it") {
  Shards shards = equal(1);
  Table table(1);
  REQUIRE(table.rebuild({{0, 1, 0}, {1ull << 63, 1, 1}}).ok());
  for (const uint64_t start : {1ull << 61, 1ull << 62, 3ull << 62}) shards.apply(shards.split_at(start, true).value(), 0, 0);
  shards.enter_into(table);
  CHECK(table.page_count() == 2);
  CHECK(table.page_for(0).shard == shards.slot_of(0));
  CHECK(table.page_for(1ull << 63).shard == shards.slot_of(1ull << 63));
  table.page_for(0).assign({});
  shards.settle(table, 0, (1ull << 63) - 1);
  for (const uint64_t hash : {0ull, 1ull << 61, 1ull << 62, (1ull << 63) - 1})
    CHECK(table.page_for(hash).shard == shards.slot_of(hash));
  CHECK(table.page_for(1ull << 63).state == Page::State::unloaded);
  CHECK(table.page_for(1ull << 63).depth == 1);
}
