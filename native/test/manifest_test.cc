// The manifest: what was committed is what is read; any damage is told; a crash leaves the old state or the new one.
#include "engine/checkpoint/manifest.h"

#include "engine/base/cursor.h"
#include "engine/base/file_header.h"
#include "test/file_support.h"

using namespace foreshard;
using namespace foreshard::test;

namespace {

const std::string kCopyA = in_store(names::manifest(0));
const std::string kCopyB = in_store(names::manifest(1));

SegmentFacts random_segment(Random& random, uint64_t id) {
  SegmentFacts facts;
  facts.id = id;
  facts.nonce = random.next();
  facts.kind = random.chance(0.5) ? SegmentKind::log : SegmentKind::relocated;
  facts.state = static_cast<SegmentState>(1 + random.below(3));
  facts.incarnation = static_cast<uint32_t>(random.next());
  for (uint64_t* field : {&facts.data_end, &facts.records, &facts.first_sequence, &facts.last_sequence, &facts.run_bytes,
                          &facts.run_checksum, &facts.link_before, &facts.link_after, &facts.dead_bytes,
                          &facts.emptied_at_image, &facts.record_bytes})
    *field = random.next();
  return facts;
}

Manifest random_manifest(Random& random, size_t segments) {
  Manifest manifest;
  for (uint64_t* field : {&manifest.commit, &manifest.store_id, &manifest.hash_seed, &manifest.next_sequence,
                          &manifest.last_link, &manifest.durable_lsn, &manifest.wall_ms, &manifest.segment_bytes})
    *field = random.next();
  manifest.incarnation = static_cast<uint32_t>(random.next());
  manifest.clean = random.chance(0.5);
  manifest.next_shard_id = 12;
  for (uint32_t i = 0; i < 1 + random.below(5); ++i)
    manifest.shards.push_back({i + 7, static_cast<uint32_t>(random.next()), i * (~0ull / 5)});
  for (uint64_t i = 0; i < segments; ++i) {
    manifest.segments.push_back(random_segment(random, manifest.next_segment_id));
    manifest.next_segment_id += 1 + random.below(3);
  }
  for (uint64_t i = random.below(3); i > 0; --i)
    manifest.images.push_back({i * 10, i, i + 1, i + 2, i + 3, i + 4, random.next(), i + 5});
  return manifest;
}

// Equal states have equal encodings, and only they.
std::vector<uint8_t> bytes_of(const Manifest& manifest) {
  const AlignedBuffer bytes = encode_manifest(manifest);
  return {bytes.data(), bytes.data() + bytes.size()};
}

Manifest numbered(uint64_t number) {
  Manifest manifest;
  manifest.store_id = 1;
  manifest.next_sequence = number;
  manifest.next_shard_id = 1;
  manifest.shards.push_back({});
  return manifest;
}

Status commit(SimStore& store, ManifestWriter& writer, uint64_t number) {
  return finish(*store.disk, writer.commit([number] { return numbered(number); }));
}

ManifestRead read(SimStore& store) { return finish(*store.disk, read_manifest(*store.disk, kStore)); }

void put_file(SimMachine& machine, const std::string& path, const Manifest& manifest) {
  machine.replace(path, encode_manifest(manifest).view());
}

}  // namespace

TEST_CASE("a manifest that was encoded is decoded as it was") {
  for (uint64_t seed = 1; seed <= 200; ++seed) {
    CAPTURE(seed);
    Random random(seed);
    const Manifest manifest = random_manifest(random, random.below(40));
    const std::vector<uint8_t> bytes = bytes_of(manifest);
    REQUIRE(bytes.size() % kBlock == 0);
    const Result<Manifest> decoded = decode_manifest(bytes);
    REQUIRE(decoded.ok());
    REQUIRE(bytes_of(decoded.value()) == bytes);
    REQUIRE(decoded.value().segments.size() == manifest.segments.size());
    REQUIRE(decoded.value().commit == manifest.commit);
  }
}

TEST_CASE("a manifest cut short or with a bit flipped is refused, or reads as before") {
  Random random(4);
  const std::vector<uint8_t> whole = bytes_of(random_manifest(random, 5));
  const auto check = [&](Bytes bytes) {
    const Result<Manifest> decoded = decode_manifest(bytes);
    if (decoded.ok()) REQUIRE(bytes_of(decoded.value()) == whole);
    return decoded.code();
  };
  CHECK(check({}) == Errc::end);
  for (size_t length = 1; length < whole.size(); ++length) {
    const std::vector<uint8_t> cut(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(length));
    check(cut);
    if (length < 32) CHECK(check(cut) == Errc::short_read);
  }
  const uint64_t length = load<uint64_t>(&whole[24]);
  std::vector<uint8_t> bytes = whole;
  for (size_t bit = 0; bit < whole.size() * 8; ++bit) {
    bytes[bit / 8] ^= static_cast<uint8_t>(1u << bit % 8);
    const Errc code = check(bytes);
    if (bit < length * 8) REQUIRE(code != Errc::ok);
    bytes[bit / 8] ^= static_cast<uint8_t>(1u << bit % 8);
  }
}

TEST_CASE("a count that cannot be is refused before memory is taken for it") {
  Random random(6);
  const Manifest manifest = random_manifest(random, 3);
  std::vector<uint8_t> bytes = bytes_of(manifest);
  const uint64_t length = load<uint64_t>(&bytes[24]);
  const size_t shards_at = 32 + 80, segments_at = shards_at + 8 + manifest.shards.size() * 16;
  const size_t images_at = segments_at + 8 + manifest.segments.size() * 112;
  for (const size_t count_at : {shards_at, segments_at, images_at})
    for (const uint64_t wrong : {uint64_t{1} << 60, ~uint64_t{0}, load<uint64_t>(&bytes[count_at]) + 1}) {
      std::vector<uint8_t> bad = bytes;
      foreshard::store<uint64_t>(&bad[count_at], wrong);
      seal_file_header({bad.data(), length}, kManifestMagic, kManifestVersion);
      CHECK(decode_manifest(bad).code() == Errc::corrupt);
    }
}

TEST_CASE("a manifest that contradicts itself is refused") {
  Random random(8);
  const auto refused = [&](auto&& change) {
    Manifest manifest = random_manifest(random, 3);
    manifest.images.clear();
    change(manifest);
    return decode_manifest(bytes_of(manifest)).code() == Errc::corrupt;
  };
  CHECK_FALSE(refused([](Manifest&) {}));
  CHECK(refused([](Manifest& m) { m.segments[1].id = m.segments[0].id; }));
  CHECK(refused([](Manifest& m) { m.segments[1].id = m.segments[0].id + kSegmentSlots, m.segments.pop_back(); }));
  CHECK(refused([](Manifest& m) { m.segments[2].id = m.next_segment_id; }));
  CHECK(refused([](Manifest& m) { m.segments[0].id = 0; }));
  CHECK(refused([](Manifest& m) { m.segments[0].state = static_cast<SegmentState>(4); }));
  CHECK(refused([](Manifest& m) { m.segments[0].kind = static_cast<SegmentKind>(0); }));
  CHECK(refused([](Manifest& m) { m.shards[0].start = 1; }));
  CHECK(refused([](Manifest& m) { m.shards[0].id = m.next_shard_id; }));
  CHECK(refused([](Manifest& m) { m.shards = {{3, 1, 0}, {3, 1, 1ull << 63}}; }));
  CHECK(refused([](Manifest& m) { m.images = {{.generation = 3}, {.generation = 3}}; }));
  CHECK_FALSE(refused([](Manifest& m) { m.images = {{.generation = 3}, {.generation = 2}, {.generation = 1}}; }));
}

TEST_CASE("of two copies the newer good one is read, and what is wrong with the other is told") {
  enum Kind { none, bad, old, good, newer_format };
  const auto put = [](SimMachine& machine, const std::string& path, Kind kind) {
    if (kind == none) return;
    put_file(machine, path, [&] { Manifest m = numbered(kind); m.commit = kind; return m; }());
    if (kind == bad) machine.flip(path, 40, 3);
    if (kind != newer_format) return;
    std::vector<uint8_t> bytes = machine.contents(path);
    seal_file_header({bytes.data(), load<uint64_t>(&bytes[24])}, kManifestMagic, kManifestVersion + 1);
    machine.replace(path, bytes);
  };
  for (const Kind a : {none, bad, old, good, newer_format})
    for (const Kind b : {none, bad, old, good, newer_format}) {
      CAPTURE(a);
      CAPTURE(b);
      SimStore store;
      put(store.machine, kCopyA, a);
      put(store.machine, kCopyB, b);
      store.machine.replace(kCopyA + ".tmp", as_bytes("left over"));
      const ManifestRead result = read(store);
      const bool a_reads = a == old || a == good, b_reads = b == old || b == good;
      const bool newer = a == newer_format || b == newer_format;
      if (a == none && b == none) {
        CHECK(result.health == FileHealth::absent);
      } else if (newer || (!a_reads && !b_reads)) {
        CHECK(result.health == FileHealth::unreadable);
        CHECK(result.code == (newer ? Errc::unsupported_version : Errc::manifest_unreadable));
        CHECK_FALSE(result.detail.empty());
      } else {
        REQUIRE(result.health == FileHealth::good);
        CHECK(result.manifest.commit == static_cast<uint64_t>(a_reads && b_reads ? std::max(a, b) : a_reads ? a : b));
        CHECK(result.copy_damaged == (a != b));
        CHECK(result.detail.empty() == (a == b));
      }
    }
}

TEST_CASE("a copy that cannot be read at all is unreadable, not absent") {
  SimStore store;
  put_file(store.machine, kCopyA, numbered(1));
  store.machine.faults().plan.push_back({.op = IoOp::read, .path_part = "MANIFEST", .count = 9});
  CHECK(read(store).health == FileHealth::unreadable);
  store.machine.faults().clear();
  store.machine.faults().plan.push_back({.op = IoOp::open, .path_part = "MANIFEST", .count = 9});
  CHECK(read(store).health == FileHealth::unreadable);
  store.machine.faults().clear();
  store.machine.replace(kCopyA, {});
  CHECK(read(store).health == FileHealth::unreadable);
}

TEST_CASE("a commit is read back, by both copies, and numbered on") {
  SimStore store;
  ManifestWriter writer(*store.disk, kStore);
  writer.set_commit(41);
  REQUIRE(commit(store, writer, 7).ok());
  REQUIRE(commit(store, writer, 8).ok());
  const ManifestRead result = read(store);
  REQUIRE(result.health == FileHealth::good);
  CHECK(result.manifest.next_sequence == 8);
  CHECK(result.manifest.commit == 43);
  CHECK_FALSE(result.copy_damaged);
  CHECK(store.machine.files() == std::vector<std::string>{kCopyA, kCopyB});
}

TEST_CASE("commits that come while one is under way share the next, and each finds its state in it") {
  SimStore store;
  ManifestWriter writer(*store.disk, kStore);
  uint64_t state = 0, snapshots = 0;
  const auto snapshot = [&] {
    ++snapshots;
    return numbered(state);
  };
  std::vector<Task<Status>> commits;
  for (int i = 0; i < 5; ++i) {
    ++state;
    commits.push_back(writer.commit(snapshot));
    commits.back().start();
  }
  CHECK(snapshots == 1);
  while (store.disk->wait() != 0)
    if (snapshots == 2 && commits.size() == 5) {
      ++state;
      commits.push_back(writer.commit(snapshot));
      commits.back().start();
    }
  CHECK(snapshots == 3);
  for (Task<Status>& task : commits) {
    REQUIRE(task.done());
    CHECK(task.take().ok());
  }
  CHECK(read(store).manifest.next_sequence == 6);
}

TEST_CASE("a commit that fails says so to all who share it, leaves a state, and does not stop the next") {
  for (const IoOp op : {IoOp::open, IoOp::write, IoOp::sync, IoOp::rename, IoOp::sync_directory})
    for (const std::string& path : {names::manifest(0), names::manifest(1)}) {
      CAPTURE(name_of(op));
      CAPTURE(path);
      SimStore store;
      ManifestWriter writer(*store.disk, kStore);
      REQUIRE(commit(store, writer, 1).ok());
      const bool on_directory = op == IoOp::sync_directory;
      store.machine.faults().plan.push_back(
          {.op = op, .path_part = on_directory ? kStore : path, .skip = on_directory && path == names::manifest(1)});
      const Status status = commit(store, writer, 2);
      CHECK(status.ok() == (path == names::manifest(1)));
      CHECK(writer.second_copy().ok() == !status.ok());
      const ManifestRead result = read(store);
      REQUIRE(result.health == FileHealth::good);
      CHECK(result.manifest.next_sequence <= 2);
      if (status.ok()) CHECK(result.manifest.next_sequence == 2);
      REQUIRE(commit(store, writer, 3).ok());
      CHECK(writer.second_copy().ok());
      CHECK(read(store).manifest.next_sequence == 3);
      CHECK_FALSE(read(store).copy_damaged);
    }
}

TEST_CASE("a state that could not be read back is not written") {
  SimStore store;
  ManifestWriter writer(*store.disk, kStore);
  REQUIRE(commit(store, writer, 1).ok());
  const auto broken = [] {
    Manifest manifest = numbered(2);
    manifest.segments.resize(1);
    return manifest;
  };
  CHECK(finish(*store.disk, writer.commit(broken)).code == Errc::internal);
  CHECK(read(store).manifest.next_sequence == 1);
}

TEST_CASE("a crash at any step of a commit leaves the old state or the new one") {
  const auto prepare = [](SimStore& store) {
    ManifestWriter writer(*store.disk, kStore);
    REQUIRE(commit(store, writer, 1).ok());
  };
  const auto act = [](SimStore& store) {
    ManifestWriter writer(*store.disk, kStore);
    writer.set_commit(1);
    Task<Status> task = writer.commit([] { return numbered(2); });
    return run(*store.disk, task) && task.take().ok();
  };
  const auto verify = [](SimStore& store, bool acted) {
    const ManifestRead result = read(store);
    REQUIRE(result.health == FileHealth::good);
    REQUIRE(result.manifest.next_sequence == (acted ? 2 : result.manifest.commit));
    ManifestWriter writer(*store.disk, kStore);
    writer.set_commit(result.manifest.commit);
    REQUIRE(commit(store, writer, 3).ok());
    REQUIRE(read(store).manifest.next_sequence == 3);
    REQUIRE_FALSE(read(store).copy_damaged);
  };
  for (uint64_t seed = 1; seed <= 5'000; seed += 1'000) crash_at_each_step(seed, prepare, act, verify);
}

TEST_CASE("a crash at any step of the first commit leaves no manifest or the new one") {
  const auto prepare = [](SimStore&) {};
  const auto act = [](SimStore& store) {
    ManifestWriter writer(*store.disk, kStore);
    Task<Status> task = writer.commit([] { return numbered(2); });
    return run(*store.disk, task) && task.take().ok();
  };
  const auto verify = [](SimStore& store, bool acted) {
    const ManifestRead result = read(store);
    REQUIRE(result.health != FileHealth::unreadable);
    REQUIRE((!acted || result.health == FileHealth::good));
    if (result.health == FileHealth::good) REQUIRE(result.manifest.next_sequence == 2);
  };
  for (uint64_t seed = 1; seed <= 5'000; seed += 1'000) crash_at_each_step(seed, prepare, act, verify);
}
