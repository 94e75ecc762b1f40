// bench/raw_io.h: a thread for each request that is under way; one alone is made by the caller.
#include "bench/raw_io.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <stdexcept>
#include <system_error>
#include <thread>
#include <utility>

#include "bench/timing.h"
#include "engine/base/random.h"

namespace foreshard::bench {

namespace {

[[noreturn]] void fail(const std::string& what, const std::string& path) {
  throw std::runtime_error("cannot " + what + " " + path + ": " + std::generic_category().message(errno));
}

#ifdef O_DIRECT
constexpr int kDirect = O_DIRECT;
#else
constexpr int kDirect = 0;
#endif

int open_direct(const std::string& path, int flags) {
  int fd = ::open(path.c_str(), flags | kDirect | O_CLOEXEC, 0644);
  if (fd < 0 && errno == EINVAL) fd = ::open(path.c_str(), (flags & ~O_EXCL) | O_CLOEXEC, 0644);  // no O_DIRECT there
  if (fd < 0) fail("open", path);
  return fd;
}

// Present, as it is for whoever reads or writes in earnest.
Mapping filled(uint64_t bytes, Mapping::Pages pages) {
  Mapping memory(bytes, pages);
  Random random(1);
  for (size_t at = 0; at < memory.size(); at += 8) store<uint64_t>(memory.data() + at, random.next());
  return memory;
}

constexpr uint64_t kPrepareAt = 1u << 20;

}  // namespace

std::string text_of(Pattern pattern) {
  const std::string size = pattern.piece % (1u << 20) == 0 ? std::to_string(pattern.piece >> 20) + " MiB"
                                                          : std::to_string(pattern.piece >> 10) + " KiB";
  return size + " x " + std::to_string(pattern.depth);
}

RawFile RawFile::create(const std::string& path, uint64_t bytes, Space space) {
  ::unlink(path.c_str());
  RawFile file(path, open_direct(path, O_RDWR | O_CREAT | O_EXCL), true);
  const uint64_t length = align_up(bytes, kPrepareAt);
#ifdef __linux__
  if (space != Space::none) errno = ::posix_fallocate(file.fd_, 0, static_cast<off_t>(length));
  if (space != Space::none && errno != 0) fail("reserve space for", path);
#endif
  if (space == Space::written) {
    AlignedBuffer zeros(kPrepareAt);
    std::fill_n(zeros.data(), zeros.size(), uint8_t{0});
    for (uint64_t at = 0; at < length; at += kPrepareAt) file.write_or_throw(zeros.data(), kPrepareAt, at);
  }
  file.flush();
  return file;
}

RawFile RawFile::existing(const std::string& path) { return RawFile(path, open_direct(path, O_RDONLY), false); }

RawFile::RawFile(RawFile&& other) noexcept
    : path_(std::move(other.path_)), fd_(std::exchange(other.fd_, -1)), remove_(other.remove_) {}

RawFile::~RawFile() {
  if (fd_ < 0) return;
  ::close(fd_);
  if (remove_) ::unlink(path_.c_str());
}

uint64_t RawFile::bytes() const {
  struct stat facts {};
  if (::fstat(fd_, &facts) != 0) fail("look at", path_);
  return static_cast<uint64_t>(facts.st_size);
}

void RawFile::write_or_throw(const uint8_t* data, uint64_t length, uint64_t offset) const {
  if (::pwrite(fd_, data, length, static_cast<off_t>(offset)) != static_cast<ssize_t>(length)) fail("write", path_);
}

void RawFile::flush() const {
  if (::fsync(fd_) != 0) fail("flush", path_);
}

// Each lane takes the next piece until none is left.
void RawFile::move(bool write, uint64_t bytes, Pattern pattern, uint8_t* memory) const {
  std::atomic<uint64_t> next{0};
  std::atomic<int> error{0};
  const auto lane = [&](uint8_t* buffer) {
    for (uint64_t at = next.fetch_add(pattern.piece); at < bytes; at = next.fetch_add(pattern.piece)) {
      const uint64_t length = align_up(std::min(pattern.piece, bytes - at), kBlock);
      const auto offset = static_cast<off_t>(at);
      const ssize_t moved = write ? ::pwrite(fd_, buffer, length, offset) : ::pread(fd_, buffer, length, offset);
      if (moved < static_cast<ssize_t>(std::min(length, bytes - at))) error = errno == 0 ? EIO : errno;
    }
  };
  std::vector<std::thread> others;
  for (uint32_t i = 1; i < pattern.depth; ++i) others.emplace_back(lane, memory + i * pattern.piece);
  lane(memory);
  for (std::thread& other : others) other.join();
  if ((errno = error) != 0) fail(write ? "write" : "read", path_);
}

double RawFile::write(uint64_t bytes, Pattern pattern) {
  const Mapping memory = filled(pattern.piece * pattern.depth, pattern.pages);
  const Stopwatch watch;
  move(true, bytes, pattern, memory.data());
  flush();
  return static_cast<double>(bytes) / watch.seconds();
}

double RawFile::read(uint64_t bytes, Pattern pattern) {
  const Mapping memory = filled(pattern.piece * pattern.depth, pattern.pages);
  const Stopwatch watch;
  move(false, bytes, pattern, memory.data());
  return static_cast<double>(bytes) / watch.seconds();
}

double RawFile::write_durably(uint64_t blocks) {
  const Mapping block = filled(kBlock, Mapping::Pages::small);
  const RawFile durable(path_, open_direct(path_, O_WRONLY | O_DSYNC), false);
  const Stopwatch watch;
  for (uint64_t i = 0; i < blocks; ++i) durable.write_or_throw(block.data(), kBlock, i * kBlock);
  return static_cast<double>(blocks) / watch.seconds();
}

double raw_write(const std::string& directory, uint64_t bytes, Pattern pattern, Space space) {
  double rate = 0;
  {
    RawFile file = RawFile::create(directory + "/raw", bytes, space);
    settle(directory);
    rate = file.write(bytes, pattern);
  }
  settle(directory);
  return rate;
}

double raw_read(const std::vector<std::string>& paths, Pattern pattern) {
  uint64_t bytes = 0;
  double seconds = 0;
  for (const std::string& path : paths) {
    RawFile file = RawFile::existing(path);
    const uint64_t length = file.bytes();
    seconds += static_cast<double>(length) / file.read(length, pattern);
    bytes += length;
  }
  return static_cast<double>(bytes) / seconds;
}

void settle(const std::string& directory) {
#ifdef __linux__
  const int fd = ::open(directory.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0 || ::syncfs(fd) != 0) fail("flush", directory);
  ::close(fd);
#else
  ::sync();
#endif
}

}  // namespace foreshard::bench
