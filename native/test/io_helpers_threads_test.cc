// The helpers below the real Disks: completions from many threads, the worker pool, the lock with dead owners, and the
// choice of a Disk.
#include <doctest/doctest.h>
#include <fcntl.h>
#ifdef __linux__
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#endif
#include <sys/file.h>
#include <sys/wait.h>
#include <unistd.h>

#include <thread>

#include "engine/io/store_lock.h"
#include "engine/io/worker_pool.h"
#include "test/io_support.h"

using namespace foreshard;
using namespace foreshard::test;

namespace {

void write_text(const std::string& path, const std::string& text) {
  int fd = ::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
  REQUIRE(fd >= 0);
  REQUIRE(::write(fd, text.data(), text.size()) == static_cast<ssize_t>(text.size()));
  ::close(fd);
}

pid_t dead_process() {
  pid_t child = ::fork();
  if (child == 0) ::_exit(0);
  int status = 0;
  ::waitpid(child, &status, 0);
  return child;
}

}  // namespace

TEST_CASE("completions of many threads all arrive, each thread's in order, and wait() sleeps through none") {
  Completions completions;
  constexpr int kThreads = 4;
  constexpr size_t kEach = 20'000;
  std::vector<std::vector<IoRequest>> requests(kThreads);
  for (auto& mine : requests) mine.resize(kEach);
  std::vector<std::thread> threads;
  for (auto& mine : requests) {
    threads.emplace_back([&completions, &mine] {
      for (size_t i = 0; i < mine.size(); ++i) {
        mine[i].offset = i;
        completions.push(mine[i]);
      }
    });
  }
  std::vector<uint64_t> next(kThreads, 0);
  size_t arrived = 0;
  bool in_order = true;
  while (arrived < kThreads * kEach) {
    completions.wait();
    RequestQueue queue;
    completions.take(queue);
    while (!queue.empty()) {
      IoRequest& request = queue.pop();
      for (int t = 0; t < kThreads; ++t) {
        bool mine = &request >= requests[t].data() && &request < requests[t].data() + kEach;
        if (mine) in_order = in_order && request.offset == next[t]++;
      }
      ++arrived;
    }
  }
  for (std::thread& thread : threads) thread.join();
  CHECK(in_order);
  CHECK_FALSE(completions.any());
}

TEST_CASE("the wake callback runs when completions appear, not for each") {
  Completions completions;
  int wakes = 0;
  completions.set_wake([&] { ++wakes; });
  IoRequest requests[5];
  RequestQueue chain;
  for (int i = 0; i < 3; ++i) chain.push(requests[i]);
  completions.push_all(chain);
  completions.push(requests[3]);
  CHECK(wakes == 1);
  RequestQueue taken;
  completions.take(taken);
  for (int i = 0; i < 4; ++i) CHECK(&taken.pop() == &requests[i]);
  CHECK(taken.empty());
  completions.push(requests[4]);
  CHECK(wakes == 2);
}

TEST_CASE("the pool runs background requests one at a time, after the others, on at most its number of threads") {
  std::atomic<int> background_now{0};
  std::atomic<int> running{0};
  std::atomic<int> running_max{0};
  std::atomic<bool> overlapped{false};
  std::atomic<size_t> ran{0};
  std::vector<IoRequest> requests(200);
  {
    WorkerPool pool(3, [&](IoRequest& request) {
      int now = running.fetch_add(1) + 1;
      for (int max = running_max.load(); now > max && !running_max.compare_exchange_weak(max, now);) {
      }
      if (request.background && background_now.fetch_add(1) != 0) overlapped = true;
      std::this_thread::sleep_for(std::chrono::microseconds(50));
      if (request.background) background_now.fetch_sub(1);
      running.fetch_sub(1);
      ran.fetch_add(1);
    });
    for (size_t i = 0; i < requests.size(); ++i) {
      requests[i].background = i % 2 == 0;
      pool.submit(requests[i]);
    }
    while (ran.load() < requests.size()) std::this_thread::yield();
    CHECK(pool.drop_queued() == 0);
  }
  CHECK_FALSE(overlapped.load());
  CHECK(running_max.load() <= 3);
}

TEST_CASE("what the pool drops does not run") {
  std::atomic<size_t> ran{0};
  std::vector<IoRequest> requests(100);
  size_t dropped = 0;
  {
    WorkerPool pool(2, [&](IoRequest&) {
      ran.fetch_add(1);
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    });
    for (IoRequest& request : requests) pool.submit(request);
    dropped = pool.drop_queued();
  }
  CHECK(dropped > 0);
  CHECK(dropped + ran.load() == requests.size());
}

TEST_CASE("the lock names its owner, and survives nothing but its owner") {
  TempDirectory directory;
  StoreLock lock;
  REQUIRE(lock.acquire(directory / "LOCK").ok());
  int fd = ::open((directory / "LOCK").c_str(), O_RDONLY | O_CLOEXEC);
  char text[64] = {};
  REQUIRE(::read(fd, text, sizeof text - 1) > 0);
  ::close(fd);
  CHECK(std::atol(text) == ::getpid());
  CHECK((::fcntl(::open((directory / "LOCK").c_str(), O_RDONLY | O_CLOEXEC), F_GETFD) & FD_CLOEXEC) != 0);
}

TEST_CASE("the lock of a killed process is free") {
  TempDirectory directory;
  int ready[2];
  REQUIRE(::pipe(ready) == 0);
  pid_t child = ::fork();
  if (child == 0) {
    StoreLock lock;
    char byte = lock.acquire(directory / "LOCK").ok() ? 1 : 0;
    if (::write(ready[1], &byte, 1) != 1) ::_exit(1);
    for (;;) ::pause();
  }
  char byte = 0;
  REQUIRE(::read(ready[0], &byte, 1) == 1);
  CHECK(byte == 1);
  StoreLock lock;
  Status refused = lock.acquire(directory / "LOCK");
  CHECK(refused.code == Errc::locked);
  CHECK(refused.detail.find(std::to_string(child)) != std::string::npos);
  ::kill(child, SIGKILL);
  while (lock.acquire(directory / "LOCK").code == Errc::locked) {  // until the signal has arrived
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  ::close(ready[0]);
  ::close(ready[1]);
}

TEST_CASE("while the recorded owner is dead the lock is tried again, for a second") {
  TempDirectory directory;
  std::string path = directory / "LOCK";
  std::string recorded;
  SUBCASE("a process that has gone") { recorded = std::to_string(dead_process()) + " 12345\n"; }
  SUBCASE("a process that got a dead one's number") { recorded = std::to_string(::getpid()) + " 1\n"; }
  SUBCASE("nobody is recorded") { recorded = ""; }
  CAPTURE(recorded);
  write_text(path, recorded);
  int holder = ::open(path.c_str(), O_RDWR | O_CLOEXEC);
  REQUIRE(::flock(holder, LOCK_EX) == 0);
  SystemClock clock;
  uint64_t start_ns = clock.now_ns();
  StoreLock lock;
  CHECK(lock.acquire(path).code == Errc::locked);
  CHECK(clock.now_ns() - start_ns >= 1'000'000'000);
  std::thread releases([&] {
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
    ::close(holder);
  });
  CHECK(lock.acquire(path).ok());
  releases.join();
}

TEST_CASE("open_disk gives the ring where it may, the pool where it is asked for, and says when there is no ring") {
  TempDirectory directory;
  DiskOptions options;
  auto chosen = open_disk(directory.path(), options);
  REQUIRE(chosen.ok());
  options.backend = DiskOptions::Backend::pool;
  auto pool = open_disk(directory.path(), options);
  REQUIRE(pool.ok());
  CHECK(std::string(pool.value()->name()) == "pool");
  options.backend = DiskOptions::Backend::ring;
  auto ring = open_disk(directory.path(), options);
  if (ring.ok()) {
    CHECK(std::string(ring.value()->name()) == "ring");
  } else {
    CHECK(ring.code() == Errc::unsupported);
    CHECK(std::string(chosen.value()->name()) == "pool");
  }
}

#ifdef __linux__
namespace {

// As many container profiles do. For a child process: it cannot be undone.
bool refuse_io_uring(uint16_t system_errno) {
  sock_filter filter[] = {
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr)),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_io_uring_setup, 0, 1),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | system_errno),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
  };
  sock_fprog program{4, filter};
  return ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 && ::prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0;
}

int child_that_is_refused(const std::string& directory, int system_errno) {
  if (!refuse_io_uring(static_cast<uint16_t>(system_errno))) return 0;  // nothing to test here
  DiskOptions options;
  auto chosen = open_disk(directory, options);
  if (!chosen.ok() || std::string(chosen.value()->name()) != "pool") return 1;
  options.backend = DiskOptions::Backend::ring;
  return open_disk(directory, options).code() == Errc::unsupported ? 0 : 2;
}

}  // namespace

TEST_CASE("where io_uring is refused the pool serves, and a ring that was asked for is unsupported") {
  TempDirectory directory;
  for (int system_errno : {EPERM, ENOSYS, EACCES, ENOMEM}) {
    CAPTURE(system_errno);
    pid_t child = ::fork();
    if (child == 0) ::_exit(child_that_is_refused(directory.path(), system_errno));
    int status = 0;
    ::waitpid(child, &status, 0);
    CHECK(status == 0);
  }
}
#endif

TEST_CASE("open_disk looks at the nearest directory that exists") {
  TempDirectory directory;
  auto here = open_disk(directory.path(), {});
  auto below = open_disk(directory / "not/yet/made", {});
  REQUIRE((here.ok() && below.ok()));
  CHECK(here.value()->direct() == below.value()->direct());
  CHECK(std::string(here.value()->name()) == below.value()->name());
}
