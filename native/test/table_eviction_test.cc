// Eviction against a model store: whatever is put, overwritten, deleted, flushed, rolled back and evicted in whatever
// order, each key's entry leads to its newest record, in memory or on disk.
#include "engine/table/eviction.h"

#include <doctest/doctest.h>

#include <deque>
#include <map>
#include <string>

#include "engine/base/random.h"

using namespace foreshard;

namespace {

constexpr uint64_t kHashSeed = 77;

class ModelStore {
 public:
  ModelStore(uint64_t seed, uint64_t limit)
      : random(seed), table(1), arena(limit), eviction(table, arena, kHashSeed) {}

  void put(const std::string& key, size_t value_size) { write(key, value_size, RecordKind::put); }
  void remove(const std::string& key) { write(key, 0, RecordKind::del); }

  // The oldest writes get their place on disk and become durable.
  void flush(size_t writes) {
    for (; writes > 0 && !pending_.empty(); --writes) {
      const Pending& write = pending_.front();
      place(write.fresh);
      durable = write.sequence;
      pending_.pop_front();
    }
  }

  // The newest write is taken back, as after a failed flush.
  void roll_back() {
    if (pending_.empty()) return;
    const Pending write = pending_.back();
    pending_.pop_back();
    arena.mark_dead(write.fresh);
    if (write.previous && write.previous.in_memory()) arena.revive(write.previous);
    Page& page = table.page_for(hash_of(write.key));
    const int slot = slot_of(page, write.key);
    if (write.previous) {
      page.set_address(slot, write.previous);
      truth[write.key] = write.previous_bytes;
    } else {
      page.erase(slot);
      truth.erase(write.key);
    }
  }

  void check(const std::string& key) {
    Page& page = table.page_for(hash_of(key));
    const int slot = slot_of(page, key);
    const auto expected = truth.find(key);
    REQUIRE((slot != Page::kNone) == (expected != truth.end()));
    if (slot == Page::kNone) return;
    const Address address = page.address(slot);
    REQUIRE(bytes_at(address) == expected->second);
    REQUIRE_FALSE((address.in_memory() && arena.is_dead(address)));
  }
  void check_all() {
    for (const auto& [key, bytes] : truth) check(key);
    REQUIRE(table.entry_count() == truth.size());
  }

  bool resident(const std::string& key) {
    Page& page = table.page_for(hash_of(key));
    return page.address(slot_of(page, key)).in_memory();
  }
  bool read(const std::string& key, HeatClock clock) {
    Page& page = table.page_for(hash_of(key));
    const int slot = slot_of(page, key);
    page.touch(slot, clock);
    return page.address(slot).in_memory();
  }
  static uint64_t hash_of(const std::string& key) { return hash_key(kHashSeed, as_bytes(key)); }

  Random random;
  Table table;
  Arena arena;
  Eviction eviction;
  std::map<std::string, std::vector<uint8_t>> truth;
  uint64_t durable = 0;
  HeatClock clock;

 private:
  struct Pending {
    std::string key;
    Address fresh;
    Address previous;
    std::vector<uint8_t> previous_bytes;
    uint64_t sequence = 0;
  };

  RecordView view(Address address) {
    return address.in_memory() ? arena.view(address) : RecordView(disk_.at(address.raw()).data());
  }
  std::vector<uint8_t> bytes_at(Address address) {
    const Bytes bytes = view(address).bytes();
    return {bytes.begin(), bytes.end()};
  }
  int slot_of(const Page& page, const std::string& key) {
    const uint32_t tag = tag_of(hash_of(key));
    int slot = page.find(tag);
    while (slot != Page::kNone && as_text(view(page.address(slot)).key()) != key) slot = page.find_next(tag, slot);
    return slot;
  }
  void place(Address fresh) {
    const Address disk(++disk_places_);
    disk_[disk.raw()] = bytes_at(fresh);
    arena.set_disk_address(fresh, disk);
  }

  void write(const std::string& key, size_t value_size, RecordKind kind) {
    const std::vector<uint8_t> value(value_size, static_cast<uint8_t>(random.next()));
    Address fresh;
    uint8_t* at = arena.allocate(record_size(key.size(), value_size, false), fresh);
    write_record(at, {kind, ++sequence_, 0, as_bytes(key), value});
    arena.pin(fresh, sequence_);
    Pending pending{key, fresh, {}, {}, sequence_};
    Page& page = table.page_for_insert(hash_of(key));
    const int slot = slot_of(page, key);
    if (slot == Page::kNone) {
      page.insert_newest(tag_of(hash_of(key)), fresh, page.fresh_heat(clock));
    } else {
      pending.previous = page.address(slot);
      pending.previous_bytes = truth[key];
      page.set_address(slot, fresh);
      if (pending.previous.in_memory()) {
        arena.hold(pending.previous, sequence_);
        arena.mark_dead(pending.previous);
      }
    }
    truth[key] = bytes_at(fresh);
    pending_.push_back(std::move(pending));
  }

  std::map<uint64_t, std::vector<uint8_t>> disk_;
  std::deque<Pending> pending_;
  uint64_t sequence_ = 0;
  uint64_t disk_places_ = 0;
};

std::string key_of(uint64_t number) { return "key-" + std::to_string(number); }

void evict_all(ModelStore& store) {
  for (int i = 0; store.eviction.step(store.durable, 64u << 10); ++i) REQUIRE(i < 100'000);
}

}  // namespace

TEST_CASE("eviction never loses a record") {
  for (uint64_t seed = 1; seed <= 6; ++seed) {
    CAPTURE(seed);
    ModelStore store(seed, 6 * kChunkBytes);
    Random& random = store.random;
    const uint64_t keys = 50 + random.below(2000);
    const size_t biggest = seed % 2 == 0 ? 2'000 : 30'000;
    for (int i = 0; i < 12'000; ++i) {
      const std::string key = key_of(random.below(keys));
      const uint64_t choice = random.below(100);
      if (choice < 40) store.put(key, random.below(biggest));
      else if (choice < 45) store.remove(key);
      else if (choice < 46 && i % 8 == 0) store.put(key, kChunkBytes / 2 + random.below(kChunkBytes));
      else if (choice < 65) store.flush(random.below(20));
      else if (choice < 67) store.roll_back();
      else if (choice < 80) store.eviction.step(store.durable, random.below(100'000));
      else if (choice < 90) store.eviction.step(store.durable, random.below(100'000), 0.1);
      else store.check(key);
      if (i % 3000 == 0) store.check_all();
      if (i % 16 == 0) store.clock.now_quanta += 1;
    }
    store.flush(1u << 20);
    evict_all(store);
    store.check_all();
    CHECK_FALSE(store.arena.over_limit());
    CHECK(store.eviction.stats().chunks_freed > 10);
  }
}

TEST_CASE("what is not durable stays in memory, and eviction says that it can do no more") {
  ModelStore store(1, 4 * kChunkBytes);
  for (uint64_t i = 0; i < 900; ++i) store.put(key_of(i), 10'000);
  CHECK(store.arena.over_limit());
  CHECK_FALSE(store.eviction.step(store.durable, 100u << 20));
  CHECK(store.eviction.stats().chunks_freed == 0);
  store.flush(450);
  evict_all(store);
  CHECK(store.eviction.stats().chunks_freed > 2);
  for (uint64_t i = 450; i < 900; ++i) CHECK(store.resident(key_of(i)));
  store.check_all();
}

TEST_CASE("a record without a place on disk, or above the durable sequence, is copied even where nobody pinned it") {
  for (const bool placed : {false, true}) {
    CAPTURE(placed);
    Table table(1);
    Arena arena(4 * kChunkBytes);
    Eviction eviction(table, arena, kHashSeed);
    for (uint64_t i = 0; i < 600; ++i) {
      const std::string key = key_of(i);
      const std::vector<uint8_t> value(10'000, 1);
      Address at;
      write_record(arena.allocate(record_size(key.size(), value.size(), false), at),
                   {RecordKind::put, i % 10 == 0 ? 5000 : i, 0, as_bytes(key), value});
      if (placed || i % 10 != 0) arena.set_disk_address(at, Address(i + 1));
      const uint64_t hash = ModelStore::hash_of(key);
      table.page_for_insert(hash).insert_newest(tag_of(hash), at, 100);
    }
    while (eviction.step(placed ? 600 : 5000, 1u << 20)) {
    }
    CHECK(eviction.stats().chunks_freed > 0);
    for (uint64_t i = 0; i < 600; i += 10) {
      const uint64_t hash = ModelStore::hash_of(key_of(i));
      const Page& page = table.page_for(hash);
      REQUIRE(page.address(page.find(tag_of(hash))).in_memory());
      REQUIRE(as_text(arena.view(page.address(page.find(tag_of(hash)))).key()) == key_of(i));
    }
  }
}

TEST_CASE("hot records stay, cold ones fall to disk") {
  ModelStore store(2, 8 * kChunkBytes);
  const uint64_t keys = 12'000;
  for (uint64_t i = 0; i < keys; ++i) {
    store.put(key_of(i), 1000);
    store.flush(10);
    for (uint64_t hot = 0; hot < 20; ++hot)
      if (i > 1000) store.read(key_of(store.random.below(1000)), {});
    store.eviction.step(store.durable, 4000);
  }
  evict_all(store);
  int hot_resident = 0, resident = 0;
  for (uint64_t i = 0; i < keys; ++i) {
    const bool here = store.resident(key_of(i));
    resident += here ? 1 : 0;
    hot_resident += here && i < 1000 ? 1 : 0;
  }
  CHECK(hot_resident > 950);
  CHECK(resident > 4000);
  store.check_all();
}

TEST_CASE("records that are all alike are not copied around") {
  ModelStore store(3, 8 * kChunkBytes);
  for (uint64_t i = 0; i < 60'000; ++i) {
    store.put(key_of(i), 400);
    store.flush(10);
    if (i % 100 == 0) store.clock.now_quanta += 1;
    store.eviction.step(store.durable, 1000);
  }
  CHECK(store.eviction.stats().fallen_bytes > 15u << 20);
  CHECK(store.eviction.stats().forwarded_bytes < store.eviction.stats().fallen_bytes / 4);
}

TEST_CASE("chunks of overwritten records are freed without copying") {
  ModelStore store(4, 8 * kChunkBytes);
  for (uint64_t i = 0; i < 60'000; ++i) {
    store.put(key_of(i % 100), 1000);
    store.flush(10);
    store.eviction.step(store.durable, 10'000);
  }
  CHECK(store.eviction.stats().chunks_freed > 40);
  CHECK(store.eviction.stats().forwarded_bytes + store.eviction.stats().fallen_bytes < 1u << 20);
  store.check_all();
}

TEST_CASE("dead records pile up below the limit where writes under way hold something in every chunk") {
  ModelStore store(6, 256 * kChunkBytes);
  const uint64_t keys = 20'000;
  for (uint64_t i = 0; i < 8 * keys; ++i) {
    store.put(key_of(i < keys ? i : store.random.below(keys)), 1000);
    if (i > 1000) store.flush(1);
    store.eviction.step(store.durable, 10'000, 1.0 / 3);
  }
  CHECK(store.arena.stats().chunk_bytes < 40 * kChunkBytes);
  store.check_all();
}

TEST_CASE("nothing but tombstones and big hot records fits no better: eviction still makes progress") {
  ModelStore store(5, 6 * kChunkBytes);
  for (uint64_t i = 0; i < 200'000; ++i) {
    store.remove(key_of(i));
    if (i % 4000 == 0) store.put("big-" + key_of(i % 40'000), 700'000);
    store.flush(10);
    store.eviction.step(store.durable, 2000);
  }
  evict_all(store);
  CHECK_FALSE(store.arena.over_limit());
  store.check_all();
}

TEST_CASE("entries in the overlay of a page that is not loaded follow their records") {
  Table table(1);
  REQUIRE(table.rebuild({{0, 0, 0}}).ok());
  Arena arena(4 * kChunkBytes);
  Eviction eviction(table, arena, kHashSeed);
  std::vector<OverlayEntry>& overlay = table.first()->overlay;
  for (uint64_t i = 0; i < 600; ++i) {
    const std::string key = key_of(i);
    const std::vector<uint8_t> value(10'000, 1);
    Address at;
    write_record(arena.allocate(record_size(key.size(), value.size(), false), at),
                 {RecordKind::put, i, 0, as_bytes(key), value});
    if (i % 10 != 0) arena.set_disk_address(at, Address(i + 1));
    overlay.push_back({ModelStore::hash_of(key), at});
  }
  while (eviction.step(600, 1u << 20)) {
  }
  CHECK(eviction.stats().chunks_freed > 0);
  for (uint64_t i = 0; i < 600; ++i) {
    const Address at = overlay[i].address;
    if (at.in_memory()) REQUIRE(as_text(arena.view(at).key()) == key_of(i));
    else REQUIRE(at.raw() == i + 1);
    if (i % 10 == 0) REQUIRE(at.in_memory());
  }
}
