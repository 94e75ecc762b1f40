// Checksum and hash, as the engine calls them, beside a copy and a plain read of the same bytes. All of it is in the
// processor's cache, as a group is that was just put together.
#include "bench/groups.h"
#include "bench/records.h"
#include "bench/store_run.h"
#include "bench/timing.h"
#include "engine/base/buffer.h"
#include "engine/base/hash.h"
#include "engine/log/record.h"

namespace foreshard::bench {

namespace {

constexpr uint64_t kGroupBytes = 1u << 20;
constexpr uint64_t kHashSeed = 0x5eed;

// So many bytes a second, of `bytes` at a time.
template <class Pass>
double rate(uint64_t total, uint64_t bytes, Pass&& pass) {
  const uint64_t passes = std::max<uint64_t>(total / bytes, 1);
  const Stopwatch watch;
  for (uint64_t i = 0; i < passes; ++i) pass();
  return static_cast<double>(passes * bytes) / watch.seconds();
}

Figure group_checksum(const Options& options) {
  Figure figure{.group = "hash", .name = "group-checksum", .title = "checksum of a commit group of 1 MiB", .unit = "B/s"};
  figure.ceilings = {{"memcpy", {}}};
  AlignedBuffer from(kGroupBytes), to(kGroupBytes);
  Random random(options.seed);
  for (size_t at = 0; at < from.size(); at += 8) store<uint64_t>(from.data() + at, random.next());
  const uint64_t expected = checksum64(from.view());
  const auto sum = [&] {
    keep(from.data());
    require(checksum64(from.view()) == expected, "a checksum changed");
  };
  const auto copy = [&] {
    std::memcpy(to.data(), from.data(), kGroupBytes);
    keep(to.data());
  };
  measure(figure, options.repetitions, true, [&] { return rate(options.hash_bytes, kGroupBytes, sum); },
          {[&] { return rate(options.hash_bytes, kGroupBytes, copy); }});
  require(std::memcmp(from.data(), to.data(), kGroupBytes) == 0, "a copy differs");
  return figure;
}

Figure record_checksum(const Options& options) {
  constexpr uint64_t kRecordBytes = 100;
  const Values values(kRecordBytes - kKeyBytes, options.seed);
  const uint64_t size = record_size(kKeyBytes, values.bytes(), false);
  const uint64_t records = kGroupBytes / size, bytes = records * size;
  Figure figure{.group = "hash", .name = "record-checksum", .title = "checking records of 100 B", .unit = "B/s"};
  figure.notes = {"bytes of records with their headers; lengths and checksum of each"};
  figure.ceilings = {{"memcpy by record", {}}};
  AlignedBuffer from(bytes), to(bytes);
  for (uint64_t i = 0; i < records; ++i)
    write_record(from.data() + i * size, {RecordKind::put, i + 1, 0, key_of(i), values.of(i)});
  const auto check = [&] {
    keep(from.data());
    for (uint64_t at = 0; at < bytes; at += size)
      require(check_record(from.view(at, bytes - at)).code == Errc::ok, "a record's checksum does not hold");
  };
  const auto copy = [&] {
    for (uint64_t at = 0; at < bytes; at += size) std::memcpy(to.data() + at, from.data() + at, size);
    keep(to.data());
  };
  measure(figure, options.repetitions, true, [&] { return rate(options.hash_bytes, bytes, check); },
          {[&] { return rate(options.hash_bytes, bytes, copy); }});
  return figure;
}

Figure key_hash(const Options& options) {
  constexpr uint64_t kKeys = kGroupBytes / kKeyBytes;
  Figure figure{.group = "hash", .name = "key-hash", .title = "hash of a key of 16 B", .unit = "ns", .less_is_better = true};
  figure.ceilings = {{"plain read of the keys", {}}};
  std::vector<Key> keys;
  for (uint64_t i = 0; i < kKeys; ++i) keys.push_back(key_of(i));
  const auto per_key = [&](auto of) {
    uint64_t expected = 0;
    for (const Key& key : keys) expected += of(key);
    const double bytes_per_second = rate(options.hash_bytes, kGroupBytes, [&] {
      uint64_t sum = 0;
      keep(keys.data());
      for (const Key& key : keys) sum += of(key);
      require(sum == expected, "a hash changed");
    });
    return kKeyBytes / bytes_per_second * 1e9;
  };
  const auto hash = [](const Key& key) { return hash_key(kHashSeed, key); };
  const auto read = [](const Key& key) { return load<uint64_t>(key.data()) + load<uint64_t>(key.data() + 8); };
  measure(figure, options.repetitions, true, [&] { return per_key(hash); }, {[&] { return per_key(read); }});
  return figure;
}

}  // namespace

Figures bench_hash(const Options& options) { return {group_checksum(options), record_checksum(options), key_hash(options)}; }

}  // namespace foreshard::bench
