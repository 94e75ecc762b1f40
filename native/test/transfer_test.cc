// Whole transfers: a read is all that was asked for or an error, however the disk splits it.
#include "engine/io/transfer.h"

#include "test/file_support.h"

using namespace foreshard;
using namespace foreshard::test;

namespace {

const std::string kPath = in_store("file");

FileId open_file(SimStore& store, uint64_t bytes) {
  Random random(bytes);
  store.machine.replace(kPath, random_bytes(random, bytes));
  auto opened = finish(*store.disk, io::open_to_read(*store.disk, kPath));
  REQUIRE(opened.ok());
  CHECK(opened.value().size == bytes);
  return opened.value().file;
}

bool holds(SimStore& store, const AlignedBuffer& buffer, uint64_t offset) {
  const std::vector<uint8_t> contents = store.machine.contents(kPath);
  return equal(buffer.view(), Bytes(contents).subspan(offset, buffer.size()));
}

Task<void> read_pieces(Disk& disk, FileId file, std::vector<io::ReadPiece>& pieces, uint32_t depth) {
  co_await io::ReadMany(disk, file, pieces, depth);
}

}  // namespace

TEST_CASE("a read that the disk answers in parts is read on to its end") {
  int whole = 0;
  for (uint64_t seed = 1; seed <= 50; ++seed) {
    CAPTURE(seed);
    SimStore store(seed);
    const FileId file = open_file(store, 300'000);
    store.machine.faults().short_read = 0.5;
    AlignedBuffer buffer(290'000);
    const Status status = finish(*store.disk, io::read_exact(*store.disk, file, kBlock, buffer.data(), buffer.size()));
    const Status now = io::read_exact_now(*store.disk, file, kBlock, buffer.data(), buffer.size());
    if (now.ok()) CHECK(holds(store, buffer, kBlock));
    if (!status.ok()) CHECK(status.code == Errc::short_read);  // a part of no bytes is the end of the file
    whole += status.ok();
  }
  CHECK(whole > 25);
}

TEST_CASE("a read beyond the end of the file says so, one up to it does not") {
  for (const uint64_t size : {uint64_t{1}, uint64_t{kBlock}, uint64_t{10'000}}) {
    CAPTURE(size);
    SimStore store;
    const FileId file = open_file(store, size);
    AlignedBuffer exact(size), beyond(size + 1);
    CHECK(finish(*store.disk, io::read_exact(*store.disk, file, 0, exact.data(), size)).ok());
    CHECK(holds(store, exact, 0));
    CHECK(io::read_exact_now(*store.disk, file, 0, exact.data(), size).ok());
    CHECK(finish(*store.disk, io::read_exact(*store.disk, file, 0, beyond.data(), size + 1)).code == Errc::short_read);
    CHECK(io::read_exact_now(*store.disk, file, 0, beyond.data(), size + 1).code == Errc::short_read);
    CHECK(finish(*store.disk, io::read_exact(*store.disk, file, 0, nullptr, 0)).ok());
  }
}

TEST_CASE("of many reads each has its own outcome") {
  SimStore store;
  const FileId file = open_file(store, 1'000'000);
  AlignedBuffer buffer(1'000'000);
  store.machine.faults().plan.push_back(
      {.op = IoOp::read, .path_part = "file", .count = 9, .offset = 300'000, .length = 1});
  for (const uint32_t depth : {1u, 4u, 1000u}) {
    std::vector<io::ReadPiece> pieces;
    io::add_pieces(pieces, 0, buffer.data(), buffer.size(), 65'536);
    REQUIRE(pieces.size() == 16);
    finish_void(*store.disk, read_pieces(*store.disk, file, pieces, depth));
    for (size_t i = 0; i < pieces.size(); ++i) CHECK(pieces[i].code == (i == 4 ? Errc::io : Errc::ok));
  }
  store.machine.faults().clear();
  std::vector<io::ReadPiece> none;
  finish_void(*store.disk, read_pieces(*store.disk, file, none, 4));
}

TEST_CASE("reads under way are forgotten with their task") {
  SimStore store;
  const FileId file = open_file(store, 1'000'000);
  AlignedBuffer buffer(1'000'000);
  std::vector<io::ReadPiece> pieces;
  io::add_pieces(pieces, 0, buffer.data(), buffer.size(), 65'536);
  Task<void> task = read_pieces(*store.disk, file, pieces, 4);
  task.start();
  store.disk->wait();
  store.machine.crash(CrashKind::power_cut);
  CHECK(store.disk->wait() == 0);
  CHECK_FALSE(task.done());
}

TEST_CASE("why a request failed is told with the path") {
  SimStore store;
  const auto missing = finish(*store.disk, io::open_to_read(*store.disk, kPath));
  CHECK(missing.code() == Errc::not_found);
  CHECK(missing.status().detail.find(kPath) != std::string::npos);
}
