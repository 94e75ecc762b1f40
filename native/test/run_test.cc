// Runs: what was encoded is what is read, in any range; damage and other stores' files are told, never read as entries.
#include "engine/log/run.h"

#include <algorithm>

#include "engine/base/file_header.h"
#include "engine/log/run_format.h"
#include "test/file_support.h"

using namespace foreshard;
using namespace foreshard::test;

namespace {

constexpr uint64_t kStoreId = 0x5707e1d;
const std::string kPath = in_store(names::run(7));

SegmentFacts facts_of(uint64_t id = 7, uint64_t nonce = 0x90ace) {
  SegmentFacts facts;
  facts.id = id;
  facts.nonce = nonce;
  facts.state = SegmentState::sealed;
  facts.data_end = 64u << 20;
  return facts;
}

std::vector<RunEntry> random_entries(Random& random, size_t count, uint64_t sequence_spread) {
  std::vector<RunEntry> entries(count);
  const uint64_t base = random.below(1ull << 40);
  for (size_t i = 0; i < count; ++i) {
    entries[i].hash = i > 0 && random.chance(0.1) ? entries[random.below(i)].hash : random.next();
    entries[i].offset = static_cast<uint32_t>(kBlock + random.below((64u << 20) - kBlock) / 4 * 4);
    entries[i].kind = random.chance(0.2) ? RecordKind::del : RecordKind::put;
    entries[i].sequence = base + random.below(sequence_spread) + i * sequence_spread;
  }
  for (size_t i = count; i > 1; --i) std::swap(entries[i - 1], entries[random.below(i)]);
  return entries;
}

constexpr uint64_t kKept = ~((1ull << 24) - 1);

// What a run of these entries must answer, by the plainest means.
std::vector<RunEntry> expected(std::vector<RunEntry> entries, uint64_t first, uint64_t last) {
  for (RunEntry& entry : entries) entry.hash &= kKept;
  std::erase_if(entries, [&](const RunEntry& e) { return e.hash < (first & kKept) || e.hash > (last & kKept); });
  std::sort(entries.begin(), entries.end(), [](const RunEntry& a, const RunEntry& b) {
    return a.hash != b.hash ? a.hash < b.hash : a.sequence < b.sequence;
  });
  return entries;
}

bool same(const std::vector<RunEntry>& a, const std::vector<RunEntry>& b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](const RunEntry& x, const RunEntry& y) {
    return x.hash == y.hash && x.offset == y.offset && x.kind == y.kind && x.sequence == y.sequence;
  });
}

void put_run(SimMachine& machine, SegmentFacts& facts, const std::vector<RunEntry>& entries) {
  const AlignedBuffer file = encode_run(kStoreId, facts, entries);
  facts.run_bytes = file.size();
  facts.run_checksum = run_checksum(file.view());
  machine.replace(kPath, file.view());
}

Result<std::unique_ptr<Run>> open_run(SimDisk& disk, const SegmentFacts& facts, uint64_t store_id = kStoreId) {
  return finish(disk, Run::open(disk, kPath, store_id, facts));
}

// All entries, or why they cannot be had; by single reads or by one.
Status read_all(SimDisk& disk, const SegmentFacts& facts, bool load, std::vector<RunEntry>& out) {
  auto opened = open_run(disk, facts);
  if (!opened.ok()) return opened.status();
  Run& run = *opened.value();
  Status status;
  if (load) status = finish(disk, run.load_all());
  if (status.ok()) status = finish(disk, run.read_range(0, ~0ull, out));
  finish_void(disk, run.close());
  return status;
}

void check_ranges(SimDisk& disk, Run& run, const std::vector<RunEntry>& entries, Random& random) {
  for (int i = 0; i < 40; ++i) {
    uint64_t first = random.next(), last = i % 4 == 0 ? first : random.next();
    if (i % 4 == 1 && !entries.empty()) first = last = entries[random.below(entries.size())].hash;
    if (first > last) std::swap(first, last);
    std::vector<RunEntry> out;
    REQUIRE(finish(disk, run.read_range(first, last, out)).ok());
    REQUIRE(same(out, expected(entries, first, last)));
  }
}

// Ranges that follow each other, with one out of turn now and then.
void check_slices(const Run& run, const std::vector<RunEntry>& entries, Random& random) {
  Run::Cursor cursor;
  const uint64_t slices = 1 + random.below(64), step = ~0ull / slices & kKept;
  for (uint64_t i = 0; i < slices; ++i) {
    const uint64_t at = random.below(8) == 0 ? random.below(slices) : i;
    const uint64_t first = at * step, last = at + 1 == slices ? ~0ull : first + step - 1;
    std::vector<RunEntry> out;
    REQUIRE(run.collect_range(first, last, out, cursor).ok());
    REQUIRE(same(out, expected(entries, first, last)));
  }
}

}  // namespace

TEST_CASE("a run answers any range with what was encoded") {
  for (const size_t count : {0, 1, 2, 255, 257, 1000, 5000})
    for (const uint64_t spread : {1ull, 1ull << 25}) {
      const uint64_t seed = count * 31 + spread;
      CAPTURE(seed);
      Random random(seed);
      SimStore store(seed);
      SegmentFacts facts = facts_of();
      const std::vector<RunEntry> entries = random_entries(random, count, spread);
      put_run(store.machine, facts, entries);
      auto opened = open_run(*store.disk, facts);
      REQUIRE(opened.ok());
      Run& run = *opened.value();
      CHECK(run.entries() == count);
      CHECK(run.segment_id() == 7);
      check_ranges(*store.disk, run, entries, random);
      REQUIRE(finish(*store.disk, run.load_all()).ok());
      check_ranges(*store.disk, run, entries, random);
      std::vector<RunEntry> all;
      Run::Cursor whole;
      REQUIRE(run.collect_range(0, ~0ull, all, whole).ok());
      CHECK(same(all, expected(entries, 0, ~0ull)));
      check_slices(run, entries, random);
      run.release();
      CHECK_FALSE(run.collect_range(0, 1, all, whole).ok());
      finish_void(*store.disk, run.close());
    }
}

TEST_CASE("entries whose hashes all begin alike are sorted, too") {
  Random random(3);
  std::vector<RunEntry> entries = random_entries(random, 3000, 4);
  for (RunEntry& entry : entries) entry.hash >>= 30;
  SimStore store;
  SegmentFacts facts = facts_of();
  put_run(store.machine, facts, entries);
  std::vector<RunEntry> out;
  REQUIRE(read_all(*store.disk, facts, false, out).ok());
  CHECK(same(out, expected(entries, 0, ~0ull)));
}

TEST_CASE("a bucket holds about as many entries as one block read should bring") {
  for (const size_t count : {256, 257, 100'000}) {
    Random random(count);
    const AlignedBuffer file = encode_run(kStoreId, facts_of(), random_entries(random, count, 1));
    RunHeader header;
    REQUIRE(read_run_header(file.view(), header) == Errc::ok);
    const uint64_t in_bucket = count >> header.layout.fence_bits;
    CHECK(in_bucket <= kRunBucketEntries);
    CHECK(in_bucket * 2 + 2 >= kRunBucketEntries);
    CHECK(header.layout.entry_bytes == kRunShortEntry);
  }
}

TEST_CASE("a run that is cut short or has a bit flipped is told to be damaged or reads as before") {
  Random random(11);
  SimStore store;
  SegmentFacts facts = facts_of();
  const std::vector<RunEntry> entries = random_entries(random, 300, 1);
  put_run(store.machine, facts, entries);
  const std::vector<RunEntry> whole = expected(entries, 0, ~0ull);
  const auto check = [&](const std::string& damage) {
    std::vector<RunEntry> out;
    const Status status = read_all(*store.disk, facts, damage.size() % 2 == 0, out);
    if (status.ok() && same(out, whole)) return;
    INFO(damage);
    REQUIRE_FALSE(status.ok());
    REQUIRE(status.code != Errc::not_found);
  };
  for_each_truncation(store.machine, kPath, check);
  for_each_flip(store.machine, kPath, check);
  check("whole");
}

TEST_CASE("lengths that pass the checksum but not the file are refused") {
  SimStore store;
  SegmentFacts facts = facts_of();
  Random random(5);
  put_run(store.machine, facts, random_entries(random, 300, 1));
  const std::vector<uint8_t> good = store.machine.contents(kPath);
  facts.run_bytes = 0;  // so that only the file itself speaks
  for (const size_t field : {40, 56, 60, 64, 72})
    for (const uint64_t value : {uint64_t{0}, uint64_t{1} << 20, ~uint64_t{0}}) {
      CAPTURE(field);
      CAPTURE(value);
      std::vector<uint8_t> bad = good;
      if (field == 56 || field == 60)
        foreshard::store<uint32_t>(&bad[field], static_cast<uint32_t>(value));
      else
        foreshard::store<uint64_t>(&bad[field], value);
      seal_file_header({bad.data(), kRunHeaderBytes}, kRunMagic, kRunVersion);
      store.machine.replace(kPath, bad);
      CHECK_FALSE(open_run(*store.disk, facts).ok());
    }
}

TEST_CASE("another store's or segment's run is not taken for ours") {
  SimStore store;
  SegmentFacts facts = facts_of();
  Random random(5);
  put_run(store.machine, facts, random_entries(random, 10, 1));
  CHECK(open_run(*store.disk, facts, kStoreId + 1).code() == Errc::wrong_store);
  SegmentFacts other = facts;
  other.id = 8;
  CHECK(open_run(*store.disk, other).code() == Errc::wrong_store);
  other = facts;
  ++other.nonce;
  CHECK(open_run(*store.disk, other).code() == Errc::wrong_store);
  other = facts;
  ++other.run_checksum;
  CHECK(open_run(*store.disk, other).code() == Errc::checksum_mismatch);
  store.machine.remove(kPath);
  CHECK(open_run(*store.disk, facts).code() == Errc::not_found);
}

TEST_CASE("a run whose reads fail says so and can be read again") {
  SimStore store;
  SegmentFacts facts = facts_of();
  Random random(5);
  const std::vector<RunEntry> entries = random_entries(random, 2000, 1);
  put_run(store.machine, facts, entries);
  auto opened = open_run(*store.disk, facts);
  REQUIRE(opened.ok());
  Run& run = *opened.value();
  store.machine.faults().plan.push_back({.op = IoOp::read, .path_part = ".run", .count = 2});
  std::vector<RunEntry> out;
  CHECK(finish(*store.disk, run.read_range(0, ~0ull, out)).code == Errc::io);
  CHECK(finish(*store.disk, run.load_all()).code == Errc::io);
  CHECK(out.empty());
  REQUIRE(finish(*store.disk, run.read_range(0, ~0ull, out)).ok());
  CHECK(same(out, expected(entries, 0, ~0ull)));
  finish_void(*store.disk, run.close());
}
