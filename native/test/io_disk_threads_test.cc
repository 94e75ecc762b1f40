// One suite for both real Disks: every operation and its errors.
#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstring>
#include <thread>

#include "test/io_disk_support.h"

using namespace foreshard;
using namespace foreshard::test;

DISK_TEST("open tells missing, existing and directory apart") {
  OPEN_DISK(disk, 4);
  TempDirectory directory;
  run_body(disk, [&]() -> Task<> {
    FileId file = 0;
    CHECK(co_await open_file(disk, directory / "a", OpenMode::read, file) == Errc::not_found);
    CHECK(co_await open_file(disk, directory / "a", OpenMode::write, file) == Errc::not_found);
    CHECK(co_await open_file(disk, directory / "no/a", OpenMode::create, file) == Errc::not_found);
    CHECK(co_await open_file(disk, directory / "a", OpenMode::create, file) == Errc::ok);
    CHECK(file != 0);
    FileId again = 0;
    CHECK(co_await open_file(disk, directory / "a", OpenMode::create, again) == Errc::exists);
    CHECK(co_await open_file(disk, directory / "a", OpenMode::read, again) == Errc::ok);
    CHECK(again != file);
    CHECK(co_await open_file(disk, directory.path(), OpenMode::read, again) == Errc::io);
  });
}

DISK_TEST("what was written is read, in one piece or many, by request or at once") {
  OPEN_DISK(disk, 4);
  TempDirectory directory;
  run_body(disk, [&]() -> Task<> {
    FileId file = 0;
    REQUIRE(co_await open_file(disk, directory / "a", OpenMode::create, file) == Errc::ok);
    CHECK(co_await write_blocks(disk, file, 0, 16, 1, IoOp::write) == Errc::ok);
    CHECK(co_await write_blocks(disk, file, 4, 2, 2, IoOp::write_durable) == Errc::ok);
    CHECK(co_await write_blocks(disk, file, 15, 1, 3, IoOp::write) == Errc::ok);
    CHECK((co_await io::on_file(disk, IoOp::sync, file)).code == Errc::ok);
    CHECK(co_await blocks_bear(disk, file, 0, 4, 1));
    CHECK(co_await blocks_bear(disk, file, 4, 2, 2));
    CHECK(co_await blocks_bear(disk, file, 6, 9, 1));
    CHECK(co_await blocks_bear(disk, file, 15, 1, 3));
    AlignedBuffer block(kBlock);
    stamp(block.data(), 5, 9);
    CHECK(disk.write_durable_now(file, 5 * kBlock, block.data(), kBlock) == Errc::ok);
    CHECK(co_await blocks_bear(disk, file, 5, 1, 9));
    uint64_t read = 0;
    CHECK(disk.read_now(file, 4 * kBlock, block.data(), kBlock, read) == Errc::ok);
    CHECK(read == kBlock);
    CHECK(bears_stamp(block.data(), 4, 2));
  });
}

DISK_TEST("a read ends short at the end of the file, wherever that is") {
  OPEN_DISK(disk, 4);
  TempDirectory directory;
  const std::vector<uint64_t> sizes{4 * kBlock, 2 * kBlock + 1000, 700, 0};
  run_body(disk, [&]() -> Task<> {
    FileId file = 0;
    REQUIRE(co_await open_file(disk, directory / "a", OpenMode::create, file) == Errc::ok);
    CHECK(co_await write_blocks(disk, file, 0, 4, 1, IoOp::write) == Errc::ok);
    AlignedBuffer data(8 * kBlock);
    for (uint64_t size : sizes) {
      CHECK((co_await io::on_file(disk, IoOp::truncate, file, size)).code == Errc::ok);
      IoRequest got = co_await io::read(disk, file, 0, data.data(), data.size());
      CHECK(got.code == Errc::ok);
      CHECK(got.value == size);
      uint64_t read = 99;
      CHECK(disk.read_now(file, 0, data.data(), data.size(), read) == Errc::ok);
      CHECK(read == size);
      got = co_await io::read(disk, file, 4 * kBlock, data.data(), kBlock);
      CHECK(got.code == Errc::ok);
      CHECK(got.value == 0);
    }
  });
}

DISK_TEST("allocate reserves, sets the size and reads as zeros; it never shrinks") {
  OPEN_DISK(disk, 4);
  TempDirectory directory;
  run_body(disk, [&]() -> Task<> {
    FileId file = 0;
    REQUIRE(co_await open_file(disk, directory / "a", OpenMode::create, file) == Errc::ok);
    CHECK((co_await io::on_file(disk, IoOp::allocate, file, 8 * kBlock)).code == Errc::ok);
    CHECK((co_await io::on_file(disk, IoOp::allocate, file, kBlock)).code == Errc::ok);
    CHECK((co_await io::on_path(disk, IoOp::stat, directory / "a")).size == 8 * kBlock);
    AlignedBuffer data(8 * kBlock);
    std::memset(data.data(), 7, data.size());
    CHECK((co_await io::read(disk, file, 0, data.data(), data.size())).value == data.size());
    CHECK(std::all_of(data.data(), data.data() + data.size(), [](uint8_t byte) { return byte == 0; }));
  });
}

DISK_TEST("names: rename replaces, link counts, unlink removes, list is sorted and names files only") {
  OPEN_DISK(disk, 4);
  TempDirectory directory;
  const std::vector<std::string> names{"c", "a", "b"};
  const std::vector<std::string> sorted{"a", "b", "c"};
  run_body(disk, [&]() -> Task<> {
    FileId file = 0;
    for (const std::string& name : names) {
      REQUIRE(co_await open_file(disk, directory / name, OpenMode::create, file) == Errc::ok);
      CHECK(co_await write_blocks(disk, file, 0, 1, static_cast<uint32_t>(name[0]), IoOp::write) == Errc::ok);
      CHECK((co_await io::on_file(disk, IoOp::close, file)).code == Errc::ok);
    }
    CHECK((co_await io::on_path(disk, IoOp::make_directory, directory / "sub/deeper/")).code == Errc::ok);
    CHECK((co_await io::on_path(disk, IoOp::make_directory, directory / "sub")).code == Errc::ok);
    CHECK((co_await io::on_path(disk, IoOp::make_directory, directory / "a")).code == Errc::exists);
    CHECK((co_await io::on_path(disk, IoOp::list, directory.path())).names == sorted);
    CHECK((co_await io::on_path(disk, IoOp::list, directory / "no")).code == Errc::not_found);

    CHECK((co_await io::on_path(disk, IoOp::rename, directory / "a", directory / "b")).code == Errc::ok);
    CHECK((co_await io::on_path(disk, IoOp::rename, directory / "a", directory / "b")).code == Errc::not_found);
    REQUIRE(co_await open_file(disk, directory / "b", OpenMode::read, file) == Errc::ok);
    CHECK(co_await blocks_bear(disk, file, 0, 1, 'a'));

    CHECK((co_await io::on_path(disk, IoOp::link, directory / "b", directory / "sub/b")).code == Errc::ok);
    CHECK((co_await io::on_path(disk, IoOp::link, directory / "b", directory / "c")).code == Errc::exists);
    CHECK((co_await io::on_path(disk, IoOp::link, directory / "x", directory / "y")).code == Errc::not_found);
    IoRequest status = co_await io::on_path(disk, IoOp::stat, directory / "b");
    CHECK(status.link_count == 2);
    CHECK(status.size == kBlock);
    CHECK((co_await io::on_path(disk, IoOp::unlink, directory / "b")).code == Errc::ok);
    CHECK((co_await io::on_path(disk, IoOp::unlink, directory / "b")).code == Errc::not_found);
    CHECK((co_await io::on_path(disk, IoOp::stat, directory / "b")).code == Errc::not_found);
    CHECK((co_await io::on_path(disk, IoOp::stat, directory / "sub/b")).link_count == 1);
    CHECK((co_await io::on_path(disk, IoOp::sync_directory, directory.path())).code == Errc::ok);
    CHECK((co_await io::on_path(disk, IoOp::sync_directory, directory / "no")).code == Errc::not_found);
  });
}

DISK_TEST("a link to another device is unsupported") {
  OPEN_DISK(disk, 4);
  TempDirectory directory;
  TempDirectory elsewhere("/dev/shm");
  struct stat here = {};
  struct stat there = {};
  if (::stat(directory.path().c_str(), &here) != 0 || ::stat(elsewhere.path().c_str(), &there) != 0) return;
  if (here.st_dev == there.st_dev) return;
  run_body(disk, [&]() -> Task<> {
    FileId file = 0;
    REQUIRE(co_await open_file(disk, directory / "a", OpenMode::create, file) == Errc::ok);
    CHECK((co_await io::on_path(disk, IoOp::link, directory / "a", elsewhere / "a")).code == Errc::unsupported);
    CHECK(co_await write_blocks(disk, file, 0, 3, 5, IoOp::write) == Errc::ok);
    CHECK((co_await io::on_path(disk, IoOp::copy, directory / "a", elsewhere / "a")).code == Errc::ok);
    REQUIRE(co_await open_file(disk, elsewhere / "a", OpenMode::read, file) == Errc::ok);
    CHECK(co_await blocks_bear(disk, file, 0, 3, 5));
  });
}

DISK_TEST("copy copies all of it, and refuses to replace") {
  OPEN_DISK(disk, 4);
  TempDirectory directory;
  run_body(disk, [&]() -> Task<> {
    FileId file = 0;
    REQUIRE(co_await open_file(disk, directory / "a", OpenMode::create, file) == Errc::ok);
    CHECK((co_await io::on_path(disk, IoOp::copy, directory / "a", directory / "empty")).code == Errc::ok);
    CHECK((co_await io::on_path(disk, IoOp::stat, directory / "empty")).size == 0);
    CHECK(co_await write_blocks(disk, file, 0, 300, 1, IoOp::write) == Errc::ok);
    CHECK((co_await io::on_file(disk, IoOp::truncate, file, 299 * kBlock + 5)).code == Errc::ok);
    CHECK((co_await io::on_path(disk, IoOp::copy, directory / "a", directory / "b")).code == Errc::ok);
    CHECK((co_await io::on_path(disk, IoOp::stat, directory / "b")).size == 299 * kBlock + 5);
    CHECK((co_await io::on_path(disk, IoOp::copy, directory / "a", directory / "b")).code == Errc::exists);
    CHECK((co_await io::on_path(disk, IoOp::copy, directory / "x", directory / "y")).code == Errc::not_found);
    CHECK((co_await io::on_path(disk, IoOp::stat, directory / "y")).code == Errc::not_found);
    REQUIRE(co_await open_file(disk, directory / "b", OpenMode::read, file) == Errc::ok);
    CHECK(co_await blocks_bear(disk, file, 0, 299, 1));
  });
}

DISK_TEST("errors of the system arrive as codes: a closed file, a file opened for reading, a full device") {
  OPEN_DISK(disk, 4);
  TempDirectory directory;
  run_body(disk, [&]() -> Task<> {
    FileId file = 0;
    REQUIRE(co_await open_file(disk, directory / "a", OpenMode::create, file) == Errc::ok);
    CHECK((co_await io::on_file(disk, IoOp::close, file)).code == Errc::ok);
    CHECK(co_await write_blocks(disk, file, 0, 1, 1, IoOp::write) == Errc::io);
    CHECK((co_await io::on_file(disk, IoOp::close, file)).code == Errc::io);
    CHECK((co_await io::on_file(disk, IoOp::sync, 12345)).code == Errc::io);
    CHECK((co_await io::on_file(disk, IoOp::sync, 0)).code == Errc::io);
    AlignedBuffer block(kBlock);
    uint64_t read = 0;
    CHECK(disk.read_now(file, 0, block.data(), kBlock, read) == Errc::io);
    CHECK(disk.write_durable_now(0, 0, block.data(), kBlock) == Errc::io);

    REQUIRE(co_await open_file(disk, directory / "a", OpenMode::read, file) == Errc::ok);
    CHECK(co_await write_blocks(disk, file, 0, 1, 1, IoOp::write_durable) == Errc::io);
    if (co_await open_file(disk, "/dev/full", OpenMode::write, file) != Errc::ok) co_return;
    CHECK(co_await write_blocks(disk, file, 0, 1, 1, IoOp::write) == Errc::disk_full);
    CHECK(co_await write_blocks(disk, file, 0, 1, 1, IoOp::write_durable) == Errc::disk_full);
  });
}

DISK_TEST("a write that the system cuts short is continued, and its error told") {
  OPEN_DISK(disk, 4);
  TempDirectory directory;
  FileId file = 0;
  run_body(disk, [&]() -> Task<> {
    REQUIRE(co_await open_file(disk, directory / "a", OpenMode::create, file) == Errc::ok);
  });
  auto signal_before = std::signal(SIGXFSZ, SIG_IGN);
  rlimit before;
  REQUIRE(::getrlimit(RLIMIT_FSIZE, &before) == 0);
  rlimit limit = before;
  limit.rlim_cur = 6 * kBlock;
  REQUIRE(::setrlimit(RLIMIT_FSIZE, &limit) == 0);
  Errc code = Errc::ok;
  run_body(disk, [&]() -> Task<> { code = co_await write_blocks(disk, file, 4, 4, 1, IoOp::write_durable); });
  REQUIRE(::setrlimit(RLIMIT_FSIZE, &before) == 0);
  std::signal(SIGXFSZ, signal_before);
  CHECK(code == Errc::io);
  run_body(disk, [&]() -> Task<> {
    CHECK(co_await blocks_bear(disk, file, 4, 2, 1));
    CHECK((co_await io::on_path(disk, IoOp::stat, directory / "a")).size == 6 * kBlock);
  });
}
