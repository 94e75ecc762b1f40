// Both real Disks when something fails, and what they promise about completions and the end.
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

namespace {

int descriptor_of(const std::string& path) {
  for (const auto& entry : std::filesystem::directory_iterator("/proc/self/fd")) {
    std::error_code gone;
    if (std::filesystem::read_symlink(entry.path(), gone) == path) return std::stoi(entry.path().filename());
  }
  return -1;
}

// Puts a device whose flush fails in the place of an open file, for as long as it lives.
class FailingFlush {
 public:
  explicit FailingFlush(int fd) : fd_(fd), saved_(::fcntl(fd, F_DUPFD_CLOEXEC, 0)) {
    int null = ::open("/dev/null", O_RDWR | O_CLOEXEC);
    ::dup2(null, fd_);
    ::close(null);
  }
  ~FailingFlush() {
    ::dup2(saved_, fd_);
    ::close(saved_);
  }

 private:
  int fd_;
  int saved_;
};

}  // namespace

DISK_TEST("after a failed flush no later one of the file succeeds, until it is opened anew") {
  OPEN_DISK(disk, 4);
  TempDirectory directory;
  run_body(disk, [&]() -> Task<> {
    FileId file = 0;
    FileId other = 0;
    REQUIRE(co_await open_file(disk, directory / "a", OpenMode::create, file) == Errc::ok);
    REQUIRE(co_await open_file(disk, directory / "b", OpenMode::create, other) == Errc::ok);
    CHECK(co_await write_blocks(disk, file, 0, 1, 1, IoOp::write_durable) == Errc::ok);
    {
      FailingFlush failing(descriptor_of(directory / "a"));
      CHECK(co_await write_blocks(disk, file, 1, 1, 1, IoOp::write_durable) == Errc::io);
    }
    CHECK(co_await write_blocks(disk, file, 1, 1, 1, IoOp::write_durable) == Errc::io);
    CHECK((co_await io::on_file(disk, IoOp::sync, file)).code == Errc::io);
    AlignedBuffer block(kBlock);
    stamp(block.data(), 2, 1);
    CHECK(disk.write_durable_now(file, 2 * kBlock, block.data(), kBlock) == Errc::io);
    CHECK(co_await write_blocks(disk, file, 3, 1, 1, IoOp::write) == Errc::ok);
    CHECK(co_await blocks_bear(disk, file, 0, 2, 1));
    CHECK(co_await write_blocks(disk, other, 0, 1, 1, IoOp::write_durable) == Errc::ok);
    CHECK((co_await io::on_file(disk, IoOp::close, file)).code == Errc::ok);
    REQUIRE(co_await open_file(disk, directory / "a", OpenMode::write, file) == Errc::ok);
    CHECK(co_await write_blocks(disk, file, 1, 1, 1, IoOp::write_durable) == Errc::ok);
  });
}

DISK_TEST("a failed sync fails the later ones as well") {
  OPEN_DISK(disk, 4);
  TempDirectory directory;
  run_body(disk, [&]() -> Task<> {
    FileId file = 0;
    REQUIRE(co_await open_file(disk, directory / "a", OpenMode::create, file) == Errc::ok);
    {
      FailingFlush failing(descriptor_of(directory / "a"));
      CHECK((co_await io::on_file(disk, IoOp::sync, file)).code == Errc::io);
    }
    CHECK((co_await io::on_file(disk, IoOp::sync, file)).code == Errc::io);
    CHECK(co_await write_blocks(disk, file, 0, 1, 1, IoOp::write_durable) == Errc::io);
  });
}

DISK_TEST("a write that fails is not a flush that failed") {
  OPEN_DISK(disk, 4);
  TempDirectory directory;
  FileId file = 0;
  auto write_at = [&](uint64_t offset) -> Errc {
    AlignedBuffer block(kBlock);
    std::memset(block.data(), 0, kBlock);
    auto body = [&]() -> Task<Errc> {
      IoRequest written = co_await io::transfer(disk, IoOp::write_durable, file, offset, block.data(), kBlock);
      co_return written.code;
    };
    Task<Errc> task = body();
    REQUIRE(run(disk, task));
    return task.take();
  };
  Task<Errc> opened = open_file(disk, directory / "a", OpenMode::create, file);
  REQUIRE(run(disk, opened));
  CHECK(write_at(uint64_t{1} << 62) == Errc::io);  // beyond what a file may hold
  CHECK(write_at(0) == Errc::ok);
}

DISK_TEST("a file system without O_DIRECT serves as well") {
  OPEN_DISK(disk, 4);
  TempDirectory directory("/dev/shm");
  if (directory.path().empty()) return;
  run_body(disk, [&]() -> Task<> {
    FileId file = 0;
    REQUIRE(co_await open_file(disk, directory / "a", OpenMode::create, file) == Errc::ok);
    CHECK(co_await write_blocks(disk, file, 0, 8, 1, IoOp::write) == Errc::ok);
    CHECK(co_await write_blocks(disk, file, 8, 8, 1, IoOp::write_durable) == Errc::ok);
    CHECK((co_await io::on_file(disk, IoOp::sync, file)).code == Errc::ok);
    CHECK(co_await blocks_bear(disk, file, 0, 16, 1));
    REQUIRE(co_await open_file(disk, directory / "a", OpenMode::read_device, file) == Errc::ok);
    CHECK(co_await blocks_bear(disk, file, 0, 16, 1));
  });
}

DISK_TEST("delays end in the order of their times, and none early") {
  OPEN_DISK(disk, 4);
  std::vector<int> order;
  uint64_t start_ns = disk.clock().now_ns();
  auto pause = [&](int milliseconds) -> Task<> {
    co_await io::delay(disk, static_cast<uint64_t>(milliseconds) * 1'000'000);
    CHECK(disk.clock().now_ns() - start_ns >= static_cast<uint64_t>(milliseconds) * 1'000'000);
    order.push_back(milliseconds);
  };
  std::vector<Task<>> tasks;
  for (int milliseconds : {60, 20, 0, 40}) {
    tasks.push_back(pause(milliseconds));
    tasks.back().start();
  }
  while (disk.wait() != 0) {
  }
  CHECK(order == std::vector<int>{0, 20, 40, 60});
}

DISK_TEST("work runs on another thread and its result is seen by the owner") {
  OPEN_DISK(disk, 4);
  std::thread::id ran_on;
  std::vector<int> result;
  run_body(disk, [&]() -> Task<> {
    co_await io::work(disk, [&] {
      ran_on = std::this_thread::get_id();
      result.assign(1000, 7);
    });
  });
  CHECK(ran_on != std::thread::id());
  CHECK(ran_on != std::this_thread::get_id());
  CHECK(result.size() == 1000);
}

DISK_TEST("more requests than there is room for are all done, background ones included") {
  OPEN_DISK(disk, 2);
  TempDirectory directory;
  FileId file = 0;
  run_body(disk, [&]() -> Task<> {
    REQUIRE(co_await open_file(disk, directory / "a", OpenMode::create, file) == Errc::ok);
  });
  constexpr uint32_t kCount = 300;
  AlignedBuffer data(kCount * uint64_t{kBlock});
  std::vector<IoRequest> requests(kCount);
  size_t done = 0;
  for (uint32_t i = 0; i < kCount; ++i) {
    stamp(data.data() + i * uint64_t{kBlock}, i, 1);
    IoRequest& request = requests[i];
    request.op = i % 7 == 0 ? IoOp::write_durable : IoOp::write;
    request.file = file;
    request.background = i % 3 == 0;
    request.offset = i * uint64_t{kBlock};
    request.data = data.data() + request.offset;
    request.length = kBlock;
    request.owner = &done;
    request.done = [](IoRequest& finished) {
      if (finished.code == Errc::ok) ++*static_cast<size_t*>(finished.owner);
    };
    disk.submit(request);
  }
  while (disk.wait() != 0) {
  }
  CHECK(done == kCount);
  run_body(disk, [&]() -> Task<> { CHECK(co_await blocks_bear(disk, file, 0, kCount, 1)); });
}

DISK_TEST("submit, poll and wait may be called from within done()") {
  OPEN_DISK(disk, 4);
  struct State {
    Disk& disk;
    IoRequest first, second;
    int done = 0;
  } state{disk, {}, {}};
  state.first.op = state.second.op = IoOp::work;
  state.first.work = state.second.work = [] {};
  state.first.owner = state.second.owner = &state;
  state.first.done = [](IoRequest& request) {
    auto& s = *static_cast<State*>(request.owner);
    s.disk.submit(s.second);
    CHECK(s.disk.wait() == 1);
    CHECK(s.done == 1);
    ++s.done;
  };
  state.second.done = [](IoRequest& request) { ++static_cast<State*>(request.owner)->done; };
  disk.submit(state.first);
  while (disk.wait() != 0) {
  }
  CHECK(state.done == 2);
}

DISK_TEST("a transfer batched within done() is under way before a nested wait()") {
  OPEN_DISK(disk, 4);
  TempDirectory directory;
  run_body(disk, [&]() -> Task<> {
    FileId file = 0;
    REQUIRE(co_await open_file(disk, directory / "a", OpenMode::create, file) == Errc::ok);
    Task<Errc> nested = write_blocks(disk, file, 0, 1, 1, IoOp::write_durable);  // we are within done() here
    nested.start();
    while (!nested.done()) REQUIRE(disk.wait() != 0);
    CHECK(nested.take() == Errc::ok);
  });
}

DISK_TEST("one wake for many completions, and another only after a poll") {
  OPEN_DISK(disk, 4);
  std::atomic<int> wakes{0};
  disk.set_wake([&] { wakes.fetch_add(1); });
  size_t done = 0;
  auto submit_all = [&](std::vector<IoRequest>& requests) {
    for (IoRequest& request : requests) {
      request.op = IoOp::work;
      request.work = [] {};
      request.owner = &done;
      request.done = [](IoRequest& finished) { ++*static_cast<size_t*>(finished.owner); };
      disk.submit(request);
    }
  };
  for (int round = 1; round <= 3; ++round) {
    std::vector<IoRequest> requests(50);
    submit_all(requests);
    while (wakes.load() < round) std::this_thread::yield();
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
    CHECK(disk.has_completions());
    CHECK(wakes.load() == round);
    disk.set_wake({});  // what is still to come is fetched by wait()
    while (disk.wait() != 0) {
    }
    CHECK_FALSE(disk.has_completions());
    disk.set_wake([&] { wakes.fetch_add(1); });
  }
  CHECK(done == 150);
}

DISK_TEST("wait() with nothing under way returns 0") {
  OPEN_DISK(disk, 4);
  CHECK(disk.wait() == 0);
  CHECK(disk.poll() == 0);
  CHECK_FALSE(disk.has_completions());
}

DISK_TEST("forget_all gives every buffer back without calling done(), delays and all") {
  OPEN_DISK(disk, 4);
  TempDirectory directory;
  FileId file = 0;
  run_body(disk, [&]() -> Task<> {
    REQUIRE(co_await open_file(disk, directory / "a", OpenMode::create, file) == Errc::ok);
  });
  uint64_t start_ns = disk.clock().now_ns();
  {
    AlignedBuffer data(100 * uint64_t{kBlock});
    std::memset(data.data(), 1, data.size());
    std::vector<IoRequest> requests(102);
    for (size_t i = 0; i < requests.size(); ++i) {
      IoRequest& request = requests[i];
      request.op = i % 2 == 0 ? IoOp::write_durable : IoOp::read;
      request.file = file;
      request.background = i % 5 == 0;
      request.offset = i * kBlock;
      request.length = kBlock;
      request.data = data.data() + (i < 100 ? request.offset : 0);
      request.done = [](IoRequest&) { FAIL("done() after forget_all()"); };
      if (i == 100) request.op = IoOp::delay, request.offset = 3'600'000'000'000;
      if (i == 101) request.op = IoOp::open, request.open_mode = OpenMode::create, request.path = directory / "b";
      disk.submit(request);
    }
    disk.forget_all();
  }
  CHECK(disk.clock().now_ns() - start_ns < 60'000'000'000);
  CHECK(disk.poll() == 0);
  CHECK(disk.wait() == 0);
}

DISK_TEST("a Disk closes what it opened, under way or not") {
  TempDirectory directory;
  static_cast<void>(kind.open(4));  // what the libraries keep open for good
  size_t before = open_descriptors();
  for (int round = 0; round < 5; ++round) {
    OPEN_DISK(disk, 4);
    CHECK(disk.lock(directory / "LOCK").ok());
    run_body(disk, [&]() -> Task<> {
      FileId file = 0;
      std::string name = directory / std::to_string(round);
      REQUIRE(co_await open_file(disk, name, OpenMode::create, file) == Errc::ok);
      REQUIRE(co_await open_file(disk, name, OpenMode::read, file) == Errc::ok);
      REQUIRE(co_await open_file(disk, name, OpenMode::read_device, file) == Errc::ok);
      CHECK(co_await open_file(disk, directory / "none", OpenMode::read, file) == Errc::not_found);
      CHECK((co_await io::on_path(disk, IoOp::copy, name, name + "copy")).code == Errc::ok);
      CHECK((co_await io::on_path(disk, IoOp::list, directory.path())).code == Errc::ok);
      CHECK((co_await io::on_path(disk, IoOp::sync_directory, directory.path())).code == Errc::ok);
    });
    IoRequest dropped;
    dropped.op = IoOp::open;
    dropped.path = directory / std::to_string(round);
    disk.submit(dropped);
    disk.forget_all();
  }
  CHECK(open_descriptors() == before);
}

DISK_TEST("coroutines destroyed after forget_all leave nothing behind") {
  OPEN_DISK(disk, 4);
  TempDirectory directory;
  FileId file = 0;
  run_body(disk, [&]() -> Task<> {
    REQUIRE(co_await open_file(disk, directory / "a", OpenMode::create, file) == Errc::ok);
  });
  std::vector<Task<Errc>> writers;
  for (uint32_t i = 0; i < 20; ++i) {
    writers.push_back(write_blocks(disk, file, i, 1, 1, IoOp::write_durable));
    writers.back().start();
  }
  disk.poll();
  disk.forget_all();
  writers.clear();
}

DISK_TEST("the lock keeps out a second handle, another thread and another process, until it is released") {
  OPEN_DISK(disk, 4);
  OPEN_DISK(other, 4);
  TempDirectory directory;
  CHECK(disk.lock(directory / "no/LOCK").code == Errc::not_found);
  REQUIRE(disk.lock(directory / "LOCK").ok());
  Status refused = other.lock(directory / "LOCK");
  CHECK(refused.code == Errc::locked);
  CHECK(refused.detail.find(std::to_string(::getpid())) != std::string::npos);
  CHECK(disk.lock(directory / "LOCK").code == Errc::locked);
  std::thread([&] { CHECK(other.lock(directory / "LOCK").code == Errc::locked); }).join();
  pid_t child = ::fork();
  if (child == 0) {
    StoreLock lock;
    ::_exit(lock.acquire(directory / "LOCK").code == Errc::locked ? 17 : 1);
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  CHECK(WEXITSTATUS(status) == 17);
  disk.unlock();
  CHECK(other.lock(directory / "LOCK").ok());
}

// Many owners at once, each with a Disk of its own and reads and writes of all kinds in flight.
DISK_TEST("several owner threads, each on its own Disk, find what they wrote") {
  TempDirectory directory;
  std::atomic<int> wrong{0};
  auto owner = [&](int name) {
    OPEN_DISK(disk, 4);
    std::atomic<uint64_t> wakes{0};
    disk.set_wake([&] { wakes.fetch_add(1); });
    FileId file = 0;
    auto lane = [&](uint32_t first) -> Task<> {
      for (uint32_t version = 1; version <= 10; ++version) {
        IoOp op = version % 2 == 0 ? IoOp::write_durable : IoOp::write;
        if (co_await write_blocks(disk, file, first, 3, version, op) != Errc::ok) ++wrong;
        if (!co_await blocks_bear(disk, file, first, 3, version)) ++wrong;
        IoRequest flushed = co_await io::on_file(disk, IoOp::sync, file);
        if (flushed.code != Errc::ok) ++wrong;
        co_await io::work(disk, [] {});
        co_await io::delay(disk, 1000);
      }
    };
    Task<Errc> opened = open_file(disk, directory / std::to_string(name), OpenMode::create, file);
    if (!run(disk, opened)) ++wrong;
    std::vector<Task<>> lanes;
    for (uint32_t i = 0; i < 8; ++i) {
      lanes.push_back(lane(i * 3));
      lanes.back().start();
    }
    while (disk.wait() != 0) {
    }
    for (Task<>& one : lanes) wrong += one.done() ? 0 : 1;
  };
  std::vector<std::thread> owners;
  for (int name = 0; name < 3; ++name) owners.emplace_back(owner, name);
  for (std::thread& thread : owners) thread.join();
  CHECK(wrong.load() == 0);
}
