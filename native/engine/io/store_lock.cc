// See store_lock.h.
#include "engine/io/store_lock.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <thread>

#include "engine/io/errors.h"

namespace foreshard {

namespace {

constexpr auto kRetryFor = std::chrono::seconds(1);
constexpr auto kRetryEvery = std::chrono::milliseconds(2);

struct Owner {
  long process = 0;
  unsigned long long started = 0;  // in ticks since boot; 0: not known
};

struct Life {
  bool ending = false;
  unsigned long long started = 0;
};

// /proc/<process>/stat: field 3 is the state, 9 the flags, 22 the start, 31 the signals that wait for the main thread.
// Field 2 is the command, in parentheses, and may hold anything; the rest are numbers. On a busy machine a killed process
// may have to wait for its turn to die.
Life life_of(long process) {
  constexpr unsigned long long kExiting = 4;  // PF_EXITING
  constexpr unsigned long long kKilled = 1ull << (SIGKILL - 1);
  Life life;
  std::string path = "/proc/" + std::to_string(process) + "/stat";
  std::FILE* file = std::fopen(path.c_str(), "re");
  if (file == nullptr) return life;
  char text[2048];
  size_t length = std::fread(text, 1, sizeof text - 1, file);
  std::fclose(file);
  text[length] = 0;
  const char* at = std::strrchr(text, ')');
  for (int field = 3; at != nullptr && field <= 31; ++field) {
    at = std::strchr(at, ' ');
    if (at == nullptr) break;
    ++at;
    if (field == 3) life.ending = *at == 'Z' || *at == 'X';
    if (field == 9) life.ending = life.ending || (std::strtoull(at, nullptr, 10) & kExiting) != 0;
    if (field == 22) life.started = std::strtoull(at, nullptr, 10);
    if (field == 31) life.ending = life.ending || (std::strtoull(at, nullptr, 10) & kKilled) != 0;
  }
  return life;
}

Owner read_owner(int fd) {
  char text[128] = {};
  Owner owner;
  if (::pread(fd, text, sizeof text - 1, 0) > 0) std::sscanf(text, "%ld %llu", &owner.process, &owner.started);
  return owner;
}

void write_owner(int fd) {
  long process = ::getpid();
  std::string text = std::to_string(process) + " " + std::to_string(life_of(process).started) + "\n";
  bool written = ::ftruncate(fd, 0) == 0 && ::pwrite(fd, text.data(), text.size(), 0) > 0;
  static_cast<void>(written);  // only for the message that others get; a full disk does not keep the store shut
}

bool is_alive(const Owner& owner) {
  if (owner.process <= 0 || (::kill(static_cast<pid_t>(owner.process), 0) != 0 && errno == ESRCH)) return false;
  Life life = life_of(owner.process);
  bool same = owner.started == 0 || life.started == 0 || life.started == owner.started;
  return same && !life.ending;
}

}  // namespace

Status StoreLock::acquire(const std::string& path) {
  int fd = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644);
  if (fd < 0) return {errc_of_errno(errno), path + ": " + std::strerror(errno)};
  auto until = std::chrono::steady_clock::now() + kRetryFor;
  while (::flock(fd, LOCK_EX | LOCK_NB) != 0) {
    int error = errno;
    Owner owner = read_owner(fd);
    bool again = error == EINTR || (error == EWOULDBLOCK && !is_alive(owner));
    if (again && std::chrono::steady_clock::now() < until) {
      std::this_thread::sleep_for(kRetryEvery);
      continue;
    }
    ::close(fd);
    if (error != EWOULDBLOCK) return {errc_of_errno(error), path + ": " + std::strerror(error)};
    return {Errc::locked, "by process " + std::to_string(owner.process)};
  }
  release();
  fd_ = fd;
  write_owner(fd_);
  return {};
}

// Unlocked by name, not by closing alone: a child that another thread is just starting may hold a copy of the
// descriptor until it executes its program.
void StoreLock::release() {
  if (fd_ < 0) return;
  static_cast<void>(::ftruncate(fd_, 0));
  ::flock(fd_, LOCK_UN);
  ::close(fd_);
  fd_ = -1;
}

}  // namespace foreshard
