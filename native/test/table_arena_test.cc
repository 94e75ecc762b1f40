// The arena: places and walks of records, dead bytes, chunks of their own size, adopted image chunks, memory returned.
#include "engine/table/arena.h"

#include <doctest/doctest.h>

#include <string>

#include "engine/base/buffer.h"
#include "engine/base/random.h"

using namespace foreshard;

namespace {

constexpr uint64_t kLimit = 64u << 20;

Address put(Arena& arena, const std::string& key, size_t value_size, uint64_t sequence = 1,
            ArenaHead head = ArenaHead::fresh) {
  const std::vector<uint8_t> value(value_size, static_cast<uint8_t>(key.size()));
  Address address;
  uint8_t* at = arena.allocate(record_size(key.size(), value_size, false), address, head);
  write_record(at, {RecordKind::put, sequence, 0, as_bytes(key), value});
  return address;
}

std::vector<Address> walk(const Arena& arena, uint32_t chunk) {
  std::vector<Address> found;
  for (Address at = arena.first_record(chunk); at; at = arena.next_record(at)) found.push_back(at);
  return found;
}

// An image chunk as a file holds it.
std::vector<uint8_t> image_chunk(const std::vector<std::string>& keys) {
  std::vector<uint8_t> bytes(kChunkHeader);
  for (const std::string& key : keys) {
    const size_t at = bytes.size();
    bytes.resize(at + kRecordPrefix + record_size(key.size(), 50, false));
    store<uint64_t>(bytes.data() + at, Address::disk(3, 4096 + at).raw());
    write_record(bytes.data() + at + kRecordPrefix,
                 {RecordKind::put, 9, 0, as_bytes(key), Bytes(bytes.data(), 50)});
  }
  return bytes;
}

Status adopt(Arena& arena, const std::vector<uint8_t>& bytes, uint32_t& chunk) {
  MutableBytes buffer;
  chunk = arena.open_chunk_for_read(buffer);
  REQUIRE(buffer.size() == kChunkBytes);
  REQUIRE(reinterpret_cast<uintptr_t>(buffer.data()) % kBlock == 0);
  std::memcpy(buffer.data(), bytes.data(), bytes.size());
  return arena.finish(chunk, bytes.size());
}

}  // namespace

TEST_CASE("records keep their bytes, addresses and disk addresses, chunk after chunk") {
  Random random(1);
  Arena arena(kLimit);
  std::vector<std::pair<Address, std::string>> records;
  for (int i = 0; i < 3000; ++i) {
    records.emplace_back(Address(), "key-" + std::to_string(i));
    records.back().first = put(arena, records.back().second, random.below(4000), static_cast<uint64_t>(i));
  }
  CHECK(arena.chunk_count() >= 6);
  uint64_t bytes = 0;
  for (size_t i = 0; i < records.size(); ++i) {
    const auto& [address, key] = records[i];
    const RecordView view = arena.view(address);
    REQUIRE(check_record(view.bytes()).code == Errc::ok);
    REQUIRE(as_text(view.key()) == key);
    REQUIRE(view.sequence() == i);
    REQUIRE_FALSE(arena.disk_address(address));
    arena.set_disk_address(address, Address::disk(i, 4096));
    bytes += kRecordPrefix + view.size();
  }
  for (size_t i = 0; i < records.size(); ++i)
    REQUIRE(arena.disk_address(records[i].first) == Address::disk(i, 4096));
  CHECK(arena.stats().used_bytes == bytes);
  std::vector<Address> walked;
  for (uint32_t chunk = 0; chunk < arena.chunk_count(); ++chunk)
    for (const Address address : walk(arena, chunk)) walked.push_back(address);
  REQUIRE(walked.size() == records.size());
  for (size_t i = 0; i < walked.size(); ++i) REQUIRE(walked[i] == records[i].first);
}

TEST_CASE("dead is counted once, and taken back once") {
  Arena arena(kLimit);
  const Address a = put(arena, "a", 100);
  put(arena, "b", 100);
  arena.set_disk_address(a, Address(77));
  const uint64_t bytes = kRecordPrefix + record_size(1, 100, false);
  for (int i = 0; i < 2; ++i) arena.mark_dead(a);
  CHECK(arena.is_dead(a));
  CHECK(arena.chunk(a.chunk()).dead == bytes);
  CHECK(arena.stats().dead_bytes == bytes);
  CHECK(arena.disk_address(a).raw() == 77);
  arena.set_disk_address(a, Address(78));
  CHECK(arena.is_dead(a));
  for (int i = 0; i < 2; ++i) arena.revive(a);
  CHECK_FALSE(arena.is_dead(a));
  CHECK(arena.stats().dead_bytes == 0);
  CHECK(arena.disk_address(a).raw() == 78);
}

TEST_CASE("a record of more than half a chunk has a chunk of its own size") {
  Arena arena(kLimit);
  const Address small = put(arena, "small", 10);
  const Address big = put(arena, "big", 5u << 20);
  const Address next = put(arena, "next", 10);
  CHECK(big.chunk() != small.chunk());
  CHECK(next.chunk() == small.chunk());
  CHECK(check_record(arena.view(big).bytes()).code == Errc::ok);
  CHECK(arena.chunk(big.chunk()).state == Chunk::State::sealed);
  CHECK(walk(arena, big.chunk()).size() == 1);
  CHECK(arena.stats().chunk_bytes < kChunkBytes + (5u << 20) + 2 * kBlock);
  arena.free_chunk(big.chunk());
  CHECK(arena.stats().chunk_bytes == kChunkBytes);
  const Address again = put(arena, "again", 6u << 20);
  CHECK(again.chunk() == big.chunk());
  put(arena, "half", kChunkBytes / 2 + 1000);  // there is room in the head
  const Address half = put(arena, "half", kChunkBytes / 2 + 1000);
  CHECK(arena.chunk(half.chunk()).capacity < kChunkBytes);
}

TEST_CASE("fresh and forwarded records fill chunks of their own") {
  Arena arena(kLimit);
  const Address fresh = put(arena, "fresh", 10);
  const Address forwarded = put(arena, "forwarded", 10, 1, ArenaHead::forwarded);
  CHECK(fresh.chunk() != forwarded.chunk());
  CHECK(put(arena, "fresh2", 10).chunk() == fresh.chunk());
  CHECK(put(arena, "forwarded2", 10, 1, ArenaHead::forwarded).chunk() == forwarded.chunk());
}

TEST_CASE("a pin only rises") {
  Arena arena(kLimit);
  const Address a = put(arena, "a", 10);
  arena.pin(a, 9);
  arena.pin(a, 5);
  CHECK(arena.chunk(a.chunk()).pinned_until_sequence == 9);
}

TEST_CASE("freed chunks are used again, and memory beyond some slack is returned") {
  Arena arena(kLimit);
  std::vector<uint32_t> chunks;
  while (chunks.size() < 41) {
    const uint32_t chunk = put(arena, "key", 100'000).chunk();
    if (chunks.empty() || chunks.back() != chunk) chunks.push_back(chunk);
  }
  const size_t before = arena.chunk_count();
  for (size_t i = 0; i + 1 < chunks.size(); ++i) arena.free_chunk(chunks[i]);
  CHECK(arena.stats().chunk_bytes == kChunkBytes);
  CHECK(arena.stats().free_bytes <= 8 * kChunkBytes);
  CHECK(arena.stats().used_bytes <= kChunkBytes);
  for (int i = 0; i < 350; ++i) {
    const Address address = put(arena, "key", 100'000);
    REQUIRE(check_record(arena.view(address).bytes()).code == Errc::ok);
  }
  CHECK(arena.chunk_count() == before);
}

TEST_CASE("memory is asked for ahead once a chunk, when the head is half full, and is the next chunk's") {
  Arena arena(kLimit);
  CHECK_FALSE(arena.wants_ahead());  // a store that is not written to takes none
  put(arena, "key", 100'000);
  CHECK_FALSE(arena.wants_ahead());
  while (!arena.wants_ahead()) put(arena, "key", 100'000);
  MutableBytes memory;
  const uint32_t ahead = arena.begin_ahead(memory);
  REQUIRE(memory.size() == kChunkBytes);
  Mapping::populate(memory.data(), memory.size());
  CHECK_FALSE(arena.wants_ahead());  // one at a time
  CHECK(arena.stats().free_bytes == 0);
  arena.end_ahead(ahead);
  CHECK(arena.stats().free_bytes == kChunkBytes);
  CHECK_FALSE(arena.wants_ahead());  // it is there
  const Address before = put(arena, "key", 100'000);
  Address after = before;
  while (after.chunk() == before.chunk()) after = put(arena, "key", 100'000);
  CHECK(after.chunk() == ahead);
  CHECK(arena.stats().free_bytes == 0);
}

TEST_CASE("the limit is on chunks that hold entries, less a reserve") {
  Arena arena(8 * kChunkBytes);
  int records = 0;
  while (!arena.over_limit()) {
    put(arena, "key", 1000);
    ++records;
  }
  CHECK(arena.stats().chunk_bytes == 7 * kChunkBytes);
  CHECK(records > 6000);
  arena.set_resident_limit(100 * kChunkBytes);
  CHECK_FALSE(arena.over_limit());
}

TEST_CASE("an image chunk is adopted where it was read") {
  Arena arena(kLimit);
  const std::vector<uint8_t> bytes = image_chunk({"one", "two", "three"});
  uint32_t chunk = 0;
  REQUIRE(adopt(arena, bytes, chunk).ok());
  const std::vector<Address> records = walk(arena, chunk);
  REQUIRE(records.size() == 3);
  CHECK(as_text(arena.view(records[2]).key()) == "three");
  CHECK(arena.disk_address(records[0]) == Address::disk(3, 4096 + kChunkHeader));
  CHECK(arena.stats().used_bytes == bytes.size() - kChunkHeader);
  for (const Address record : records) arena.mark_dead(record);
  CHECK(arena.chunk(chunk).live() == 0);
}

TEST_CASE("an image chunk without a record is adopted, and one that was given up is gone") {
  Arena arena(kLimit);
  uint32_t chunk = 0;
  REQUIRE(adopt(arena, image_chunk({}), chunk).ok());
  CHECK_FALSE(arena.first_record(chunk));
  MutableBytes buffer;
  arena.abandon(arena.open_chunk_for_read(buffer));
  CHECK(arena.stats().chunk_bytes == kChunkBytes);
  arena.abandon(arena.open_chunk_for_read(buffer, 3u << 20));
  CHECK(buffer.size() == 3u << 20);
  CHECK(arena.stats().chunk_bytes == kChunkBytes);
}

TEST_CASE("an image chunk that was cut anywhere but between entries is corrupt and frees its chunk") {
  Arena arena(kLimit);
  const std::vector<uint8_t> whole = image_chunk({"one", "two", "three"});
  size_t accepted = 0;
  for (size_t length = 0; length <= whole.size(); ++length) {
    MutableBytes buffer;
    const uint32_t chunk = arena.open_chunk_for_read(buffer);
    std::memcpy(buffer.data(), whole.data(), whole.size());
    if (!arena.finish(chunk, length).ok()) continue;
    ++accepted;
    arena.free_chunk(chunk);
  }
  CHECK(accepted == 4);
  CHECK(arena.stats().chunk_bytes == 0);
  CHECK(arena.stats().used_bytes == 0);
  MutableBytes buffer;
  CHECK(arena.finish(arena.open_chunk_for_read(buffer), kChunkBytes + 1).code == Errc::corrupt);
}

TEST_CASE("an image chunk with flipped bits is refused or can be walked to its end") {
  Arena arena(kLimit);
  const std::vector<uint8_t> whole = image_chunk({"one", "two", "three", "four"});
  for (uint64_t seed = 1; seed <= 2000; ++seed) {
    CAPTURE(seed);
    Random random(seed);
    std::vector<uint8_t> bytes = whole;
    for (uint64_t flips = 1 + random.below(3); flips > 0; --flips)
      bytes[random.below(bytes.size())] ^= static_cast<uint8_t>(1 << random.below(8));
    uint32_t chunk = 0;
    if (!adopt(arena, bytes, chunk).ok()) continue;
    uint64_t walked = 0;
    for (const Address record : walk(arena, chunk)) {
      REQUIRE_FALSE(arena.disk_address(record).in_memory());
      REQUIRE_FALSE(arena.is_dead(record));
      walked += kRecordPrefix + arena.view(record).size();
    }
    REQUIRE(walked == bytes.size() - kChunkHeader);
    arena.free_chunk(chunk);
  }
  CHECK(arena.stats().chunk_bytes == 0);
}

TEST_CASE("a chunk that is freed while records are read is not used again before they have been") {
  Arena arena(kLimit);
  uint32_t chunks[2];
  for (uint32_t& chunk : chunks) REQUIRE(adopt(arena, image_chunk({"a", "b"}), chunk).ok());
  const uint64_t first = arena.begin_reading();
  arena.free_chunk(chunks[0]);
  const uint64_t second = arena.begin_reading();
  arena.free_chunk(chunks[1]);
  CHECK(arena.stats().chunk_bytes == 0);  // to whoever asks for memory they are free
  CHECK(arena.stats().free_bytes == 0);
  arena.end_reading(first);
  CHECK(arena.stats().free_bytes == kChunkBytes);  // nobody reads the first any more
  arena.end_reading(second);
  CHECK(arena.stats().free_bytes == 2 * kChunkBytes);
}

TEST_CASE("a record of its own chunk stays readable until those who read it have ended") {
  Arena arena(kLimit);
  const Address big = put(arena, "big", kChunkBytes);
  const uint8_t* record = arena.record(big);
  const uint64_t reading = arena.begin_reading();
  arena.free_chunk(big.chunk());
  CHECK(as_text(RecordView(record).key()) == "big");
  const Address other = put(arena, "other", kChunkBytes);
  CHECK(other.chunk() != big.chunk());
  arena.end_reading(reading);
  CHECK(put(arena, "third", kChunkBytes).chunk() == big.chunk());
}
