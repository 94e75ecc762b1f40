// What the suites over both real Disks share: a test per kind of Disk, and stamped blocks.
#pragma once
#include <doctest/doctest.h>

#include "engine/io/pool_disk.h"
#include "engine/io/ring_disk.h"
#include "test/io_support.h"

namespace foreshard::test {

struct DiskKind {
  std::unique_ptr<Disk> (*open)(uint32_t room);  // null where the kernel refuses io_uring
};

inline constexpr DiskKind kRing{[](uint32_t room) -> std::unique_ptr<Disk> {
  auto ring = RingDisk::open(room, true);
  return ring.ok() ? std::move(ring.value()) : nullptr;
}};
inline constexpr DiskKind kPool{[](uint32_t room) -> std::unique_ptr<Disk> { return std::make_unique<PoolDisk>(room, true); }};

// A test of each kind of Disk: the body is a function of `kind`.
#define DISK_TEST_AS(function, name)                 \
  static void function(const DiskKind& kind);        \
  TEST_CASE("ring: " name) { function(kRing); }      \
  TEST_CASE("pool: " name) { function(kPool); }      \
  static void function(const DiskKind& kind)
#define DISK_TEST(name) DISK_TEST_AS(DOCTEST_ANONYMOUS(disk_test_), name)

#define OPEN_DISK(disk, room)             \
  auto disk##_owned = kind.open(room);    \
  if (disk##_owned == nullptr) return;    \
  Disk& disk = *disk##_owned

inline size_t open_descriptors() {
  auto entries = std::filesystem::directory_iterator("/proc/self/fd");
  return static_cast<size_t>(std::distance(begin(entries), end(entries)));
}

inline Task<Errc> write_blocks(Disk& disk, FileId file, uint32_t first, uint32_t count, uint32_t version, IoOp op) {
  AlignedBuffer data(count * uint64_t{kBlock});
  for (uint32_t i = 0; i < count; ++i) stamp(data.data() + i * uint64_t{kBlock}, first + i, version);
  IoRequest written = co_await io::transfer(disk, op, file, first * uint64_t{kBlock}, data.data(), data.size());
  co_return written.code;
}

inline Task<bool> blocks_bear(Disk& disk, FileId file, uint32_t first, uint32_t count, uint32_t version) {
  AlignedBuffer data(count * uint64_t{kBlock});
  IoRequest got = co_await io::read(disk, file, first * uint64_t{kBlock}, data.data(), data.size());
  bool all = got.code == Errc::ok && got.value == data.size();
  for (uint32_t i = 0; all && i < count; ++i) {
    all = bears_stamp(data.data() + i * uint64_t{kBlock}, first + i, version);
  }
  co_return all;
}

template <class Body>
void run_body(Disk& disk, Body body) {
  Task<> task = body();
  REQUIRE(run(disk, task));
}

}  // namespace foreshard::test
