// The simulated machine: the Disk's contract in virtual time, faults, and what a crash may and may not leave.
#include <doctest/doctest.h>

#include <algorithm>
#include <set>
#include <vector>

#include "engine/io/sim_disk.h"
#include "test/io_support.h"

using namespace foreshard;
using namespace foreshard::test;

namespace {

template <class Body>
void run_body(Disk& disk, Body body) {
  Task<> task = body();
  REQUIRE(run(disk, task));
}

Task<Errc> write_block(Disk& disk, FileId file, uint32_t index, uint32_t version, IoOp op) {
  AlignedBuffer block(kBlock);
  stamp(block.data(), index, version);
  IoRequest written = co_await io::transfer(disk, op, file, index * uint64_t{kBlock}, block.data(), kBlock);
  co_return written.code;
}

bool block_bears(const std::vector<uint8_t>& bytes, uint32_t index, uint32_t version) {
  uint64_t at = index * uint64_t{kBlock};
  return at + kBlock <= bytes.size() && bears_stamp(bytes.data() + at, index, version);
}

SimOptions seeded(uint64_t seed) {
  SimOptions options;
  options.seed = seed;
  return options;
}

}  // namespace

TEST_CASE("sim: files, names and sizes behave as on a real disk") {
  SimMachine machine;
  auto disk = machine.open_session();
  run_body(*disk, [&]() -> Task<> {
    FileId file = 0;
    CHECK(co_await open_file(*disk, "/s/a", OpenMode::create, file) == Errc::not_found);
    CHECK((co_await io::on_path(*disk, IoOp::make_directory, "/s/sub")).code == Errc::ok);
    CHECK(co_await open_file(*disk, "/s/a", OpenMode::read, file) == Errc::not_found);
    CHECK(co_await open_file(*disk, "/s/a", OpenMode::create, file) == Errc::ok);
    FileId again = 0;
    CHECK(co_await open_file(*disk, "/s/a", OpenMode::create, again) == Errc::exists);
    CHECK((co_await io::on_path(*disk, IoOp::make_directory, "/s/a")).code == Errc::exists);
    CHECK(co_await write_block(*disk, file, 3, 1, IoOp::write) == Errc::ok);
    CHECK((co_await io::on_path(*disk, IoOp::stat, "s/a")).size == 4 * kBlock);
    AlignedBuffer data(8 * kBlock);
    IoRequest got = co_await io::read(*disk, file, 0, data.data(), data.size());
    CHECK(got.value == 4 * kBlock);
    CHECK(data.data()[0] == 0);
    CHECK(bears_stamp(data.data() + 3 * kBlock, 3, 1));
    CHECK((co_await io::on_file(*disk, IoOp::truncate, file, 3 * kBlock + 100)).code == Errc::ok);
    CHECK((co_await io::on_file(*disk, IoOp::allocate, file, 6 * kBlock)).code == Errc::ok);
    got = co_await io::read(*disk, file, 3 * kBlock, data.data(), 8 * kBlock);
    CHECK(got.value == 3 * kBlock);
    CHECK(load<uint64_t>(data.data() + 88) != 0);
    CHECK(load<uint64_t>(data.data() + 104) == 0);

    CHECK((co_await io::on_path(*disk, IoOp::link, "/s/a", "/s/sub/b")).code == Errc::ok);
    CHECK((co_await io::on_path(*disk, IoOp::link, "/s/a", "/s/sub/b")).code == Errc::exists);
    CHECK((co_await io::on_path(*disk, IoOp::stat, "/s/a")).link_count == 2);
    CHECK((co_await io::on_path(*disk, IoOp::rename, "/s/a", "/s/c")).code == Errc::ok);
    CHECK((co_await io::on_path(*disk, IoOp::list, "/s")).names.size() == 1);
    CHECK((co_await io::on_path(*disk, IoOp::list, "/no")).code == Errc::not_found);
    CHECK((co_await io::on_path(*disk, IoOp::copy, "/s/c", "/s/d")).code == Errc::ok);
    CHECK((co_await io::on_path(*disk, IoOp::copy, "/s/c", "/s/d")).code == Errc::exists);
    CHECK((co_await io::on_path(*disk, IoOp::unlink, "/s/c")).code == Errc::ok);
    CHECK((co_await io::on_path(*disk, IoOp::unlink, "/s/c")).code == Errc::not_found);
    CHECK(co_await write_block(*disk, file, 0, 2, IoOp::write_durable) == Errc::ok);  // still open
    CHECK((co_await io::on_file(*disk, IoOp::close, file)).code == Errc::ok);
  });
  CHECK(machine.files() == std::vector<std::string>{"s/d", "s/sub/b"});
  CHECK(block_bears(machine.contents("/s/sub/b"), 0, 2));
  CHECK(machine.contents("/s/d").size() == 6 * kBlock);
}

TEST_CASE("sim: nothing completes within submit(), and wait() advances virtual time to the next completion") {
  SimMachine machine;
  auto disk = machine.open_session();
  bool done = false;
  IoRequest request;
  request.op = IoOp::delay;
  request.offset = 5'000'000'000;
  request.owner = &done;
  request.done = [](IoRequest& r) { *static_cast<bool*>(r.owner) = true; };
  disk->submit(request);
  CHECK_FALSE(done);
  CHECK(disk->poll() == 0);
  uint64_t wall_ms = disk->clock().wall_ms();
  CHECK(disk->wait() == 1);
  CHECK(done);
  CHECK(disk->clock().now_ns() >= 5'000'000'000);
  CHECK(disk->clock().wall_ms() - wall_ms >= 4'999);
  CHECK(disk->wait() == 0);
}

TEST_CASE("sim: requests complete out of order, and the same seed gives the same order") {
  auto order_of = [](uint64_t seed) {
    SimMachine machine(seeded(seed));
    auto disk = machine.open_session();
    std::vector<int> order;
    std::vector<Task<>> tasks;
    auto work = [&](int name) -> Task<> {
      co_await io::work(*disk, [] {});
      order.push_back(name);
    };
    for (int name = 0; name < 20; ++name) {
      tasks.push_back(work(name));
      tasks.back().start();
    }
    while (disk->wait() != 0) {
    }
    order.push_back(static_cast<int>(machine.now_ns() & 0xffff));
    return order;
  };
  std::vector<int> first = order_of(1);
  CHECK_FALSE(std::is_sorted(first.begin(), first.begin() + 20));
  CHECK(order_of(1) == first);
  CHECK(order_of(2) != first);
}

TEST_CASE("sim: write_durable_now and read_now act at once, among requests under way") {
  SimMachine machine;
  auto disk = machine.open_session();
  run_body(*disk, [&]() -> Task<> {
    FileId file = 0;
    REQUIRE(co_await open_file(*disk, "a", OpenMode::create, file) == Errc::ok);
    Task<Errc> beside = write_block(*disk, file, 1, 1, IoOp::write);
    beside.start();
    AlignedBuffer block(kBlock);
    stamp(block.data(), 0, 7);
    CHECK(disk->write_durable_now(file, 0, block.data(), kBlock) == Errc::ok);
    CHECK(block_bears(machine.durable_contents("a"), 0, 7));
    uint64_t read = 0;
    CHECK(disk->read_now(file, 0, block.data(), kBlock, read) == Errc::ok);
    CHECK(read == kBlock);
    CHECK(bears_stamp(block.data(), 0, 7));
    while (!beside.done()) REQUIRE(disk->wait() != 0);
  });
}

TEST_CASE("sim: a flush covers what had completed when it was issued, no more and no less") {
  for (uint64_t seed = 0; seed < 200; ++seed) {
    CAPTURE(seed);
    SimMachine machine(seeded(seed));
    auto disk = machine.open_session();
    run_body(*disk, [&]() -> Task<> {
      FileId file = 0;
      REQUIRE(co_await open_file(*disk, "a", OpenMode::create, file) == Errc::ok);
      REQUIRE(co_await write_block(*disk, file, 0, 1, IoOp::write) == Errc::ok);
      auto flush = [&]() -> Task<> { co_await io::on_file(*disk, IoOp::sync, file); };
      Task<> flushing = flush();
      flushing.start();
      Task<Errc> writing = write_block(*disk, file, 1, 1, IoOp::write);
      writing.start();
      while (!flushing.done() || !writing.done()) REQUIRE(disk->wait() != 0);
    });
    CHECK(block_bears(machine.durable_contents("a"), 0, 1));
    CHECK_FALSE(block_bears(machine.durable_contents("a"), 1, 1));
  }
}

TEST_CASE("sim: the lock is one session's; a dead one's is free within a second of virtual time") {
  for (uint64_t seed = 0; seed < 100; ++seed) {
    CAPTURE(seed);
    SimMachine machine(seeded(seed));
    auto first = machine.open_session();
    auto second = machine.open_session();
    CHECK(first->lock("no/LOCK").code == Errc::not_found);
    REQUIRE(first->lock("LOCK").ok());
    CHECK(second->lock("LOCK").code == Errc::locked);
    CHECK(first->lock("LOCK").code == Errc::locked);
    first->unlock();
    REQUIRE(second->lock("LOCK").ok());
    FileId file = 0;
    Task<Errc> opened = open_file(*second, "a", OpenMode::create, file);
    REQUIRE(run(*second, opened));
    Task<Errc> writing = write_block(*second, file, 0, 1, IoOp::write);
    writing.start();
    machine.kill(*second);
    CHECK(second->dead());
    CHECK(second->lock("LOCK").code == Errc::aborted);
    uint64_t start_ns = machine.now_ns();
    CHECK(first->lock("LOCK").ok());
    CHECK(machine.now_ns() - start_ns <= 1'000'000'000);
    CHECK_FALSE(first->dead());
    second->forget_all();
  }
}

TEST_CASE("sim: a full disk refuses writes and allocations, keeps what was reserved, and recovers when space returns") {
  SimOptions options;
  options.capacity_bytes = 10 * kBlock;
  SimMachine machine(options);
  auto disk = machine.open_session();
  run_body(*disk, [&]() -> Task<> {
    FileId a = 0;
    FileId b = 0;
    REQUIRE(co_await open_file(*disk, "a", OpenMode::create, a) == Errc::ok);
    REQUIRE(co_await open_file(*disk, "b", OpenMode::create, b) == Errc::ok);
    CHECK((co_await io::on_file(*disk, IoOp::allocate, a, 6 * kBlock)).code == Errc::ok);
    for (uint32_t i = 0; i < 4; ++i) CHECK(co_await write_block(*disk, b, i, 1, IoOp::write) == Errc::ok);
    CHECK(co_await write_block(*disk, b, 4, 1, IoOp::write_durable) == Errc::disk_full);
    CHECK((co_await io::on_file(*disk, IoOp::allocate, b, 5 * kBlock)).code == Errc::disk_full);
    CHECK((co_await io::on_path(*disk, IoOp::copy, "b", "c")).code == Errc::disk_full);
    for (uint32_t i = 0; i < 6; ++i) CHECK(co_await write_block(*disk, a, i, 1, IoOp::write) == Errc::ok);
    CHECK(co_await write_block(*disk, b, 0, 2, IoOp::write) == Errc::ok);  // overwrites need no space
    CHECK(machine.used_bytes() == 10 * kBlock);
    CHECK((co_await io::on_file(*disk, IoOp::truncate, a, kBlock)).code == Errc::ok);
    CHECK(co_await write_block(*disk, b, 4, 1, IoOp::write) == Errc::ok);
    CHECK((co_await io::on_path(*disk, IoOp::unlink, "b")).code == Errc::ok);
    CHECK(machine.used_bytes() == 6 * kBlock);  // open: its space is still taken
    CHECK((co_await io::on_file(*disk, IoOp::close, b)).code == Errc::ok);
    CHECK(machine.used_bytes() == kBlock);
  });
}

TEST_CASE("sim: planned faults strike where they are planned, once or for good") {
  SimMachine machine;
  auto disk = machine.open_session();
  run_body(*disk, [&]() -> Task<> {
    FileId a = 0;
    FileId b = 0;
    REQUIRE(co_await open_file(*disk, "a", OpenMode::create, a) == Errc::ok);
    REQUIRE(co_await open_file(*disk, "b", OpenMode::create, b) == Errc::ok);
    machine.faults().plan.push_back({.op = IoOp::write, .path_part = "a", .skip = 1, .count = 2});
    CHECK(co_await write_block(*disk, a, 0, 1, IoOp::write) == Errc::ok);
    CHECK(co_await write_block(*disk, b, 0, 1, IoOp::write) == Errc::ok);
    CHECK(co_await write_block(*disk, a, 0, 2, IoOp::write) == Errc::io);
    CHECK(co_await write_block(*disk, a, 0, 3, IoOp::write) == Errc::io);
    CHECK(co_await write_block(*disk, a, 0, 4, IoOp::write) == Errc::ok);

    SimFault bad_sector{.op = IoOp::read, .path_part = "a", .count = UINT64_MAX, .offset = kBlock, .length = 512};
    machine.faults().plan.assign(1, bad_sector);
    AlignedBuffer data(4 * kBlock);
    CHECK((co_await io::read(*disk, a, 0, data.data(), kBlock)).code == Errc::ok);
    CHECK((co_await io::read(*disk, a, 0, data.data(), 2 * kBlock)).code == Errc::io);
    CHECK((co_await io::read(*disk, a, kBlock, data.data(), kBlock)).code == Errc::io);
    CHECK((co_await io::read(*disk, a, 2 * kBlock, data.data(), kBlock)).code == Errc::ok);

    SimFault full{.op = IoOp::rename, .path_part = "b", .system_errno = ENOSPC};
    machine.faults().plan.assign(1, full);
    CHECK((co_await io::on_path(*disk, IoOp::rename, "b", "c")).code == Errc::disk_full);
    CHECK((co_await io::on_path(*disk, IoOp::rename, "b", "c")).code == Errc::ok);

    machine.faults().clear();
    machine.faults().short_read = 1;
    co_await write_block(*disk, a, 3, 1, IoOp::write);
    CHECK((co_await io::read(*disk, a, 0, data.data(), 4 * kBlock)).value < 4 * kBlock);
    machine.faults().clear();
    machine.faults().sync_error = 1;
    CHECK((co_await io::on_file(*disk, IoOp::sync, a)).code == Errc::io);
    machine.faults().sync_error = 0;
    CHECK((co_await io::on_file(*disk, IoOp::sync, a)).code == Errc::io);  // for good, on this handle
    CHECK(co_await write_block(*disk, a, 0, 5, IoOp::write_durable) == Errc::io);
    CHECK(co_await write_block(*disk, a, 0, 5, IoOp::write) == Errc::ok);
    CHECK((co_await io::on_file(*disk, IoOp::sync, b)).code == Errc::ok);
    AlignedBuffer block(kBlock);
    stamp(block.data(), 0, 6);
    CHECK(disk->write_durable_now(a, 0, block.data(), kBlock) == Errc::io);
    REQUIRE(co_await open_file(*disk, "a", OpenMode::write, a) == Errc::ok);
    CHECK((co_await io::on_file(*disk, IoOp::sync, a)).code == Errc::ok);
  });
  CHECK(machine.counters().faults == 9);
}

TEST_CASE("sim: a failed flush loses some of what it should have flushed, and no later flush brings it back") {
  int lost = 0;
  int kept = 0;
  for (uint64_t seed = 0; seed < 300; ++seed) {
    CAPTURE(seed);
    SimMachine machine(seeded(seed));
    auto disk = machine.open_session();
    run_body(*disk, [&]() -> Task<> {
      FileId file = 0;
      REQUIRE(co_await open_file(*disk, "a", OpenMode::create, file) == Errc::ok);
      REQUIRE(co_await write_block(*disk, file, 0, 1, IoOp::write_durable) == Errc::ok);
      REQUIRE((co_await io::on_path(*disk, IoOp::sync_directory, "")).code == Errc::ok);
      machine.faults().plan.push_back({.op = IoOp::write_durable, .path_part = "a", .at_flush = true});
      CHECK(co_await write_block(*disk, file, 0, 2, IoOp::write_durable) == Errc::io);
      REQUIRE(co_await open_file(*disk, "a", OpenMode::write, file) == Errc::ok);
      CHECK((co_await io::on_file(*disk, IoOp::sync, file)).code == Errc::ok);
    });
    machine.crash(CrashKind::power_cut);
    disk->forget_all();
    std::vector<uint8_t> left = machine.contents("a");
    REQUIRE(left.size() == kBlock);
    for (uint64_t sector = 0; sector < kBlock; sector += kSector) {
      uint32_t version = load<uint32_t>(left.data() + sector);
      CHECK((version == 1 || version == 2));
    }
    lost += block_bears(left, 0, 1) ? 1 : 0;
    kept += block_bears(left, 0, 2) ? 1 : 0;
  }
  CHECK(lost > 20);
  CHECK(kept > 20);
  CHECK(lost + kept < 300);  // and some are torn
}

TEST_CASE("sim: what a failed flush lost is not seen by who reads from the device, and may be by who reads") {
  int misled = 0;
  for (uint64_t seed = 0; seed < 100; ++seed) {
    CAPTURE(seed);
    SimMachine machine(seeded(seed));
    auto disk = machine.open_session();
    auto version_seen = [&](OpenMode mode) {
      AlignedBuffer block(kBlock);
      run_body(*disk, [&]() -> Task<> {
        FileId file = 0;
        REQUIRE(co_await open_file(*disk, "a", mode, file) == Errc::ok);
        REQUIRE((co_await io::read(*disk, file, 0, block.data(), kBlock)).code == Errc::ok);
      });
      return std::vector<uint8_t>(block.data(), block.data() + kBlock);
    };
    run_body(*disk, [&]() -> Task<> {
      FileId file = 0;
      REQUIRE(co_await open_file(*disk, "a", OpenMode::create, file) == Errc::ok);
      REQUIRE(co_await write_block(*disk, file, 0, 1, IoOp::write_durable) == Errc::ok);
      machine.faults().plan.push_back({.op = IoOp::write_durable, .path_part = "a", .at_flush = true});
      CHECK(co_await write_block(*disk, file, 0, 2, IoOp::write_durable) == Errc::io);
    });
    const bool shown = block_bears(version_seen(OpenMode::read), 0, 2);
    const bool durable = block_bears(machine.durable_contents("a"), 0, 2);
    CHECK(block_bears(version_seen(OpenMode::read_device), 0, 2) == durable);
    misled += shown && !durable;
  }
  CHECK(misled > 0);
}

TEST_CASE("sim: flips, replacements and removals are seen, and stay after a crash") {
  SimMachine machine;
  std::vector<uint8_t> bytes(5000, 1);
  machine.replace("/dir/a", bytes);
  CHECK(machine.contents("dir/a") == bytes);
  CHECK(machine.flip("dir/a", 4999, 3));
  CHECK_FALSE(machine.flip("dir/a", 5000, 3));
  CHECK_FALSE(machine.flip("dir/b", 0, 3));
  machine.crash(CrashKind::power_cut);
  CHECK(machine.contents("dir/a")[4999] == 9);
  machine.remove("dir/a");
  CHECK_FALSE(machine.exists("dir/a"));
}

TEST_CASE("sim: forget_all completes what is under way and calls nobody") {
  SimMachine machine;
  auto disk = machine.open_session();
  FileId file = 0;
  Task<Errc> opened = open_file(*disk, "a", OpenMode::create, file);
  REQUIRE(run(*disk, opened));
  {
    Task<Errc> writing = write_block(*disk, file, 0, 1, IoOp::write_durable);
    writing.start();
    disk->forget_all();
    CHECK_FALSE(writing.done());
  }
  CHECK(disk->poll() == 0);
  CHECK(block_bears(machine.durable_contents("a"), 0, 1));
}

TEST_CASE("sim: after crash_after() the machine stops between two effects, wherever the process is") {
  for (uint64_t effects = 0; effects < 12; ++effects) {
    CAPTURE(effects);
    SimMachine machine(seeded(effects));
    auto disk = machine.open_session();
    machine.crash_after(effects, CrashKind::power_cut);
    uint32_t acknowledged = 0;
    auto life = [&]() -> Task<> {
      FileId file = 0;
      if (co_await open_file(*disk, "a", OpenMode::create, file) != Errc::ok) co_return;
      co_await io::on_path(*disk, IoOp::sync_directory, "");
      AlignedBuffer block(kBlock);
      for (uint32_t version = 1;; ++version) {
        stamp(block.data(), 0, version);
        Errc code = disk->write_durable_now(file, 0, block.data(), kBlock);
        if (code == Errc::ok) acknowledged = version;
        if (code != Errc::ok) {
          CHECK(code == Errc::aborted);
          co_await io::delay(*disk, 1);
        }
      }
    };
    Task<> task = life();
    CHECK_FALSE(run(*disk, task));
    CHECK(disk->dead());
    disk->forget_all();
    task = Task<>();
    CHECK(machine.counters().effects == effects);
    if (acknowledged == 0) continue;
    std::vector<uint8_t> left = machine.contents("a");
    for (uint64_t sector = 0; sector < kBlock; sector += kSector) {
      uint32_t version = load<uint32_t>(left.data() + sector);
      CHECK((version == acknowledged || version == acknowledged + 1));
    }
  }
}
