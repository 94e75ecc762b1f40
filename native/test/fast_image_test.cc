// Fast-restore images: every record comes back with its address, straight into the arena; damage costs a chunk; another
// store's or segment's records are not taken for ours; a crash leaves the image of before or the new one.
#include "engine/checkpoint/fast_image.h"

#include <map>

#include "engine/base/cursor.h"
#include "engine/base/file_header.h"
#include "engine/checkpoint/fast_format.h"
#include "test/file_support.h"

using namespace foreshard;
using namespace foreshard::test;

namespace {

constexpr uint64_t kStoreId = 0xfa57;
constexpr uint32_t kClass = 2;
const std::string kPath = in_store(names::fast_class(kClass));

struct SourceRecord {
  Address address;
  std::vector<uint8_t> bytes;
};

std::vector<SourceRecord> random_records(Random& random, size_t count, size_t value_max) {
  std::vector<SourceRecord> records(count);
  for (size_t i = 0; i < count; ++i) {
    const std::vector<uint8_t> key = random_bytes(random, 1 + random.below(40));
    const std::vector<uint8_t> value = random_bytes(random, random.below(value_max + 1));
    const RecordFields fields{RecordKind::put, random.below(kSequenceMax), random.below(2) * 77, key, value};
    records[i].bytes.resize(record_size(key.size(), value.size(), fields.expiry_ms != 0));
    write_record(records[i].bytes.data(), fields);
    records[i].address = Address::disk(1 + i % 3, kBlock + i * 4);
  }
  return records;
}

std::vector<SegmentFacts> some_segments() {
  std::vector<SegmentFacts> segments(5);
  for (size_t i = 0; i < segments.size(); ++i) {
    segments[i].id = 5 - i;
    segments[i].nonce = 1000 + segments[i].id;
  }
  return segments;
}

FastImageStamp stamp_of(uint64_t lsn) {
  FastImageStamp stamp;
  stamp.store_id = kStoreId;
  stamp.incarnation = 4;
  stamp.class_number = kClass;
  stamp.lsn = lsn;
  stamp.link = lsn * 3;
  stamp.created_ms = 1'700'000'000'000;
  stamp.below_rank = -77;
  return stamp;
}

Task<Status> write_image(Disk& disk, std::vector<SourceRecord> records, uint64_t lsn = 99,
                         uint64_t bytes_per_second = 0) {
  FastImageWriter writer(disk, kStore, stamp_of(lsn), Pace{bytes_per_second});
  Status begun = co_await writer.begin();
  if (!begun.ok()) co_return begun;
  constexpr size_t kBatch = 700;
  for (size_t first = 0; first < records.size(); first += kBatch) {
    InMemory batch;
    for (size_t i = first; i < std::min(first + kBatch, records.size()); ++i) batch.add(records[i].address, records[i].bytes);
    co_await writer.add(batch.records());
  }
  Status finished = co_await writer.finish(some_segments());
  co_return finished;
}

Result<std::unique_ptr<FastImageReader>> open_image(SimDisk& disk, uint64_t store_id = kStoreId,
                                                    uint32_t number = kClass) {
  return finish(disk, FastImageReader::open(disk, kStore, store_id, number));
}

void put_image(SimStore& store, const std::vector<SourceRecord>& records, uint64_t lsn = 99) {
  REQUIRE(finish(*store.disk, write_image(*store.disk, records, lsn)).ok());
}

Result<uint32_t> read_checked(SimDisk& disk, FastImageReader& reader, uint32_t index, MutableBytes chunk) {
  const Status read = finish(disk, reader.read_chunk(index, chunk));
  if (!read.ok()) return read;
  uint32_t used = 0;
  const Errc checked = reader.check_chunk(index, chunk, used);
  if (checked != Errc::ok) return Status(checked);
  return used;
}

// How many of the records come back, in order and unchanged, damaged chunks left out; or why it cannot be opened.
Result<size_t> readable_records(SimDisk& disk, const std::vector<SourceRecord>& records) {
  auto opened = open_image(disk);
  if (!opened.ok()) return opened.status();
  FastImageReader& reader = *opened.value();
  REQUIRE(reader.records() == records.size());
  static AlignedBuffer chunk(kChunkBytes);
  size_t readable = 0, next = 0;
  for (uint32_t index = 0; index < reader.chunks(); ++index) {
    auto used = read_checked(disk, reader, index, {chunk.data(), chunk.size()});
    if (!used.ok()) continue;
    const auto check = [&](Address address, RecordView record, uint32_t offset) {
      while (next < records.size() && records[next].address != address) ++next;
      REQUIRE(next < records.size());
      REQUIRE(equal(record.bytes(), records[next++].bytes));
      REQUIRE(record.data() == chunk.data() + offset);
      ++readable;
    };
    REQUIRE(FastImageReader::for_each(chunk.view(), used.value(), check));
  }
  finish_void(disk, reader.close());
  return readable;
}

}  // namespace

TEST_CASE("the records of an image come back in order, with their addresses") {
  for (const size_t count : {0, 1, 2, 100, 5000}) {
    for (const size_t value_max : {0, 50, 3000}) {
      const uint64_t seed = count + value_max;
      CAPTURE(seed);
      Random random(seed);
      SimStore store(seed);
      const std::vector<SourceRecord> records = random_records(random, count, value_max);
      put_image(store, records);
      CHECK(readable_records(*store.disk, records).value() == count);
      auto opened = open_image(*store.disk);
      REQUIRE(opened.ok());
      uint64_t bytes = 0;
      for (const SourceRecord& record : records) bytes += kRecordPrefix + record.bytes.size();
      CHECK(opened.value()->bytes() == bytes);
      CHECK(opened.value()->stamp().lsn == 99);
      CHECK(opened.value()->stamp().link == 297);
      CHECK(opened.value()->stamp().incarnation == 4);
      finish_void(*store.disk, opened.value()->close());
    }
  }
}

TEST_CASE("a chunk is read into its place in the arena and is adopted there") {
  Random random(3);
  SimStore store;
  const std::vector<SourceRecord> records = random_records(random, 3000, 2000);
  put_image(store, records);
  auto opened = open_image(*store.disk);
  REQUIRE(opened.ok());
  REQUIRE(opened.value()->chunks() > 2);
  Arena arena(64u << 20);
  size_t next = 0;
  for (uint32_t index = 0; index < opened.value()->chunks(); ++index) {
    MutableBytes buffer;
    const uint32_t chunk = arena.open_chunk_for_read(buffer);
    auto used = read_checked(*store.disk, *opened.value(), index, buffer);
    REQUIRE(used.ok());
    REQUIRE(arena.finish(chunk, used.value()).ok());
    FastImageReader::for_each(buffer, used.value(), [&](Address address, RecordView record, uint32_t offset) {
      const Address place = Address::memory(chunk, offset);
      REQUIRE(arena.disk_address(place) == address);
      REQUIRE(arena.record(place) == record.data());
      REQUIRE(equal(arena.view(place).bytes(), records[next++].bytes));
    });
  }
  CHECK(next == records.size());
  finish_void(*store.disk, opened.value()->close());
}

TEST_CASE("the largest record that is allowed fits") {
  Random random(3);
  SimStore store;
  std::vector<SourceRecord> records(4);
  for (SourceRecord& record : records) {
    const std::vector<uint8_t> value = random_bytes(random, kFastRecordMax - kRecordHeader - 4);
    record.bytes.resize(kFastRecordMax);
    write_record(record.bytes.data(), {RecordKind::put, 1, 0, as_bytes("four"), value});
    record.address = Address::disk(1, kBlock + 4 * static_cast<uint64_t>(&record - records.data()));
  }
  put_image(store, records);
  CHECK(readable_records(*store.disk, records).value() == 4);
}

TEST_CASE("an image refers to the very segments that it was written from") {
  Random random(3);
  SimStore store;
  put_image(store, random_records(random, 10, 10));
  auto opened = open_image(*store.disk);
  REQUIRE(opened.ok());
  for (SegmentFacts facts : some_segments()) {
    CHECK(opened.value()->refers_to(facts) == (facts.id <= 3));
    ++facts.nonce;
    CHECK_FALSE(opened.value()->refers_to(facts));
    --facts.nonce;
    facts.id += kSegmentSlots;
    CHECK_FALSE(opened.value()->refers_to(facts));
  }
  finish_void(*store.disk, opened.value()->close());
}

TEST_CASE("an image cut short or with a bit flipped is refused, or loses the chunk it hits") {
  Random random(9);
  SimStore store;
  const std::vector<SourceRecord> records = random_records(random, 6, 60);
  put_image(store, records);
  const auto check = [&](const std::string& damage) {
    const Result<size_t> readable = readable_records(*store.disk, records);
    if (readable.ok() && (readable.value() == 0 || readable.value() == records.size())) return;
    INFO(damage);
    REQUIRE_FALSE(readable.ok());
    REQUIRE(readable.code() != Errc::not_found);
  };
  for_each_truncation(store.machine, kPath, check);
  for_each_flip(store.machine, kPath, check);
  CHECK(readable_records(*store.disk, records).value() == records.size());
}

TEST_CASE("a damaged chunk costs no other one") {
  Random random(9);
  SimStore store;
  const std::vector<SourceRecord> records = random_records(random, 3000, 2000);
  put_image(store, records);
  store.machine.flip(kPath, kBlock + kChunkBytes + 777, 1);
  const size_t readable = readable_records(*store.disk, records).value();
  CHECK(readable < records.size());
  CHECK(readable > records.size() / 2);
}

TEST_CASE("lengths that pass the checksum but not the file are refused") {
  Random random(5);
  SimStore store;
  put_image(store, random_records(random, 6, 60));
  const std::vector<uint8_t> good = store.machine.contents(kPath);
  for (const size_t field : {56, 60, 80})
    for (const uint32_t value : {0u, 2u, 1u << 20, ~0u}) {
      CAPTURE(field);
      CAPTURE(value);
      std::vector<uint8_t> bad = good;
      foreshard::store<uint32_t>(&bad[field], value);
      seal_file_header({bad.data(), kFastHeaderBytes}, kFastImageMagic, kFastImageVersion);
      store.machine.replace(kPath, bad);
      CHECK_FALSE(open_image(*store.disk).ok());
    }
}

TEST_CASE("a chunk whose records do not add up is noticed, though its checksum holds") {
  Random random(5);
  const std::vector<SourceRecord> records = random_records(random, 2, 10);
  std::vector<uint8_t> chunk(kChunkHeader);
  for (const SourceRecord& record : records) {
    chunk.resize(chunk.size() + kRecordPrefix);
    foreshard::store<uint64_t>(&chunk[chunk.size() - kRecordPrefix], record.address.raw());
    chunk.insert(chunk.end(), record.bytes.begin(), record.bytes.end());
  }
  const auto adds_up = [](const std::vector<uint8_t>& bytes, size_t used) {
    return FastImageReader::for_each(bytes, static_cast<uint32_t>(used), [](Address, RecordView, uint32_t) {});
  };
  CHECK(adds_up(chunk, chunk.size()));
  CHECK_FALSE(adds_up(chunk, chunk.size() + 4));
  for (size_t used = kChunkHeader + 1; used < chunk.size(); ++used)
    CHECK(adds_up(chunk, used) == (used == kChunkHeader + kRecordPrefix + records[0].bytes.size()));
  std::vector<uint8_t> bad = chunk;
  foreshard::store<uint64_t>(&bad[kChunkHeader], 0);  // no address
  CHECK_FALSE(adds_up(bad, bad.size()));
  bad = chunk;
  foreshard::store<uint32_t>(&bad[kChunkHeader + kRecordPrefix + 12], kValueLengthMask);
  CHECK_FALSE(adds_up(bad, bad.size()));
}

TEST_CASE("another store's image and another class are not taken for this one") {
  Random random(2);
  SimStore store;
  put_image(store, random_records(random, 10, 10));
  CHECK(open_image(*store.disk, kStoreId + 1).code() == Errc::wrong_store);
  CHECK(open_image(*store.disk, kStoreId, kClass + 1).code() == Errc::not_found);
  store.machine.replace(in_store(names::fast_class(kClass + 1)), store.machine.contents(kPath));
  CHECK(open_image(*store.disk, kStoreId, kClass + 1).code() == Errc::wrong_store);
  AlignedBuffer chunk(kChunkBytes);
  auto opened = open_image(*store.disk);
  REQUIRE(opened.ok());
  CHECK(finish(*store.disk, opened.value()->read_chunk(1, {chunk.data(), chunk.size()})).code == Errc::bad_argument);
  finish_void(*store.disk, opened.value()->close());
}

TEST_CASE("an image is written no faster than allowed") {
  Random random(3);
  SimStore store;
  const uint64_t rate = 10'000'000, started_ns = store.machine.now_ns();
  REQUIRE(finish(*store.disk, write_image(*store.disk, random_records(random, 3000, 2000), 1, rate)).ok());
  const uint64_t bytes = store.machine.contents(kPath).size();
  CHECK(store.machine.now_ns() - started_ns >= bytes * 1'000'000'000 / rate);
  CHECK(store.machine.counters().of(IoOp::write) >= bytes / kPacedChunk);
}

TEST_CASE("an image whose writing fails leaves the one of before") {
  Random random(3);
  const std::vector<SourceRecord> before = random_records(random, 5, 10), after = random_records(random, 2000, 1000);
  for (const IoOp op : {IoOp::open, IoOp::write, IoOp::sync, IoOp::rename}) {
    CAPTURE(name_of(op));
    SimStore store;
    put_image(store, before);
    store.machine.faults().plan.push_back({.op = op, .path_part = ".hot.tmp", .system_errno = ENOSPC});
    CHECK(finish(*store.disk, write_image(*store.disk, after)).code == Errc::disk_full);
    CHECK(store.machine.files() == std::vector<std::string>{kPath});
    CHECK(readable_records(*store.disk, before).value() == before.size());
  }
}

TEST_CASE("a crash at any step of an image leaves the one of before or the new one") {
  Random random(7);
  const std::vector<SourceRecord> before = random_records(random, 5, 10), after = random_records(random, 1500, 1000);
  const auto prepare = [&](SimStore& store) { put_image(store, before, 1); };
  const auto act = [&](SimStore& store) {
    Task<Status> task = write_image(*store.disk, after, 2);
    return run(*store.disk, task) && task.take().ok();
  };
  const auto verify = [&](SimStore& store, bool acted) {
    auto opened = open_image(*store.disk);
    REQUIRE(opened.ok());
    const bool is_new = opened.value()->stamp().lsn == 2;
    REQUIRE((is_new || !acted));
    finish_void(*store.disk, opened.value()->close());
    const std::vector<SourceRecord>& records = is_new ? after : before;
    REQUIRE(readable_records(*store.disk, records).value() == records.size());
  };
  for (uint64_t seed = 1; seed <= 10'000; seed += 1'000) crash_at_each_step(seed, prepare, act, verify);
}
