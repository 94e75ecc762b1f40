// See files.h.
#include "engine/io/files.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#include <algorithm>

#include "engine/io/errors.h"

namespace foreshard::files {

namespace {

constexpr int kExtentsMax = 64;  // a file with more is read to its end


constexpr uint64_t kCopyBuffer = 1 << 20;
constexpr uint64_t kTransferMax = 1 << 30;  // what one system call may be asked for

template <class Call>
auto retried(Call call) {
  auto result = call();
  while (result < 0 && errno == EINTR) result = call();
  return result;
}

int errno_of(long long result) { return result < 0 ? errno : 0; }

std::string parent_of(const std::string& path) {
  size_t end = path.find_last_not_of('/');
  size_t slash = end == std::string::npos ? end : path.rfind('/', end);
  if (end == std::string::npos || slash == 0) return "/";
  return slash == std::string::npos ? "." : path.substr(0, slash);
}

// Open first and switch afterwards: with O_DIRECT in open(), some file systems refuse but leave the new file behind.
bool switch_to_direct(int fd) {
#ifdef O_DIRECT
  int flags = ::fcntl(fd, F_GETFL);
  return flags >= 0 && ::fcntl(fd, F_SETFL, flags | O_DIRECT) == 0;
#elif defined(F_NOCACHE)
  static_cast<void>(::fcntl(fd, F_NOCACHE, 1));
  return false;
#else
  return fd < 0;
#endif
}

// Where the last written extent ends: space that was only allocated reads as zeros, and need not be read.
uint64_t data_end_of(int fd, uint64_t size) {
#if defined(SEEK_DATA) && defined(SEEK_HOLE)
  off_t end = 0;
  for (int extents = 0; extents < kExtentsMax; ++extents) {
    const off_t data = ::lseek(fd, end, SEEK_DATA);
    if (data < 0) return errno == ENXIO ? static_cast<uint64_t>(end) : size;
    end = ::lseek(fd, data, SEEK_HOLE);
    if (end < 0) return size;
  }
#endif
  return fd < 0 ? 0 : size;
}

void drop_clean_pages([[maybe_unused]] int fd) {
#ifdef POSIX_FADV_DONTNEED
  static_cast<void>(::posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED));
#endif
}

int open_file(IoRequest& request) {
  const bool reads = only_reads(request.open_mode);
  int flags = reads ? O_RDONLY : O_RDWR;
  if (request.open_mode == OpenMode::create) flags |= O_CREAT | O_EXCL;
  int fd = retried([&] { return ::open(request.path.c_str(), flags | O_CLOEXEC, 0644); });
  if (fd < 0) return errno;
  struct stat status;
  int error = errno_of(::fstat(fd, &status));
  if (error == 0 && S_ISDIR(status.st_mode)) error = EISDIR;
  if (error != 0) {
    ::close(fd);
    return error;
  }
  if (request.open_mode == OpenMode::read_device) drop_clean_pages(fd);
  request.fd = fd;
  request.direct = switch_to_direct(fd);
  request.size = static_cast<uint64_t>(status.st_size);
  request.data_end = reads ? data_end_of(fd, request.size) : request.size;
  return 0;
}

int reserve(IoRequest& request) {
#ifdef __linux__
  int error = errno_of(retried([&] { return ::fallocate(request.fd, 0, 0, static_cast<off_t>(request.length)); }));
  request.value = 1;
  if (error != EOPNOTSUPP && error != ENOSYS) return error;
#endif
  request.value = 0;
  struct stat status;
  if (::fstat(request.fd, &status) != 0) return errno;
  if (static_cast<uint64_t>(status.st_size) >= request.length) return 0;
  return errno_of(retried([&] { return ::ftruncate(request.fd, static_cast<off_t>(request.length)); }));
}

int sync_directory(const std::string& path) {
  int fd = retried([&] { return ::open(path.empty() ? "." : path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC); });
  if (fd < 0) return errno;
  int error = errno_of(retried([&] { return ::fsync(fd); }));
  ::close(fd);
  return error == EINVAL ? 0 : error;  // a file system whose directories need no flush
}

bool is_directory(const std::string& path) {
  struct stat status;
  return ::stat(path.c_str(), &status) == 0 && S_ISDIR(status.st_mode);
}

// With its parents; the name of each that is new is durable.
int make_directory(const std::string& path) {
  if (is_directory(path)) return 0;
  std::string parent = parent_of(path);
  int error = parent == path ? ENOENT : make_directory(parent);
  if (error != 0) return error;
  if (::mkdir(path.c_str(), 0755) == 0) return sync_directory(parent);
  return errno == EEXIST && is_directory(path) ? 0 : errno;
}

int stat_file(IoRequest& request) {
  struct stat status;
  if (::stat(request.path.c_str(), &status) != 0) return errno;
  if (!S_ISREG(status.st_mode)) return EISDIR;
  request.size = static_cast<uint64_t>(status.st_size);
  request.link_count = static_cast<uint64_t>(status.st_nlink);
  return 0;
}

bool is_file(int directory, const dirent& entry) {
  if (entry.d_type != DT_UNKNOWN) return entry.d_type == DT_REG;
  struct stat status;
  return ::fstatat(directory, entry.d_name, &status, AT_SYMLINK_NOFOLLOW) == 0 && S_ISREG(status.st_mode);
}

int list(IoRequest& request) {
  request.names.clear();
  DIR* directory = ::opendir(request.path.empty() ? "." : request.path.c_str());
  if (directory == nullptr) return errno;
  errno = 0;
  while (const dirent* entry = ::readdir(directory)) {
    if (is_file(::dirfd(directory), *entry)) request.names.emplace_back(entry->d_name);
    errno = 0;
  }
  int error = errno;
  ::closedir(directory);
  std::sort(request.names.begin(), request.names.end());
  return error;
}

int copy_through_memory(int from, int to, uint64_t at) {
  AlignedBuffer buffer(kCopyBuffer);
  for (;;) {
    uint64_t read = 0;
    uint64_t written = 0;
    int error = read_full(from, at, buffer.data(), kCopyBuffer, read);
    if (error == 0) error = write_full(to, at, buffer.data(), read, written);
    if (error != 0 || read < kCopyBuffer) return error;
    at += read;
  }
}

int copy_contents(int from, int to) {
#ifdef __linux__
  loff_t at = 0;
  loff_t to_at = 0;
  for (;;) {
    ssize_t copied = retried([&] { return ::copy_file_range(from, &at, to, &to_at, kTransferMax, 0); });
    if (copied == 0 && at > 0) return 0;
    if (copied > 0) continue;
    bool no_space = copied < 0 && (errno == ENOSPC || errno == EDQUOT || errno == EIO);
    return no_space ? errno : copy_through_memory(from, to, static_cast<uint64_t>(at));
  }
#else
  return copy_through_memory(from, to, 0);
#endif
}

int copy(const IoRequest& request) {
  int from = retried([&] { return ::open(request.path.c_str(), O_RDONLY | O_CLOEXEC); });
  if (from < 0) return errno;
  int to = retried([&] { return ::open(request.other_path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644); });
  int error = errno_of(to);
  if (error == 0) {
    error = copy_contents(from, to);
    if (error == 0) error = flush(to);
    if (errno_of(::close(to)) != 0 && error == 0) error = errno;
    if (error != 0) ::unlink(request.other_path.c_str());
  }
  ::close(from);
  return error;
}

int run(IoRequest& request) {
  const char* path = request.path.c_str();
  switch (request.op) {
    case IoOp::open: return open_file(request);
    case IoOp::close: return errno_of(::close(request.fd));
    case IoOp::read: {
      int error = read_full(request.fd, request.offset, request.data, request.length, request.progress);
      request.value = request.progress;
      return error;
    }
    case IoOp::write:
    case IoOp::write_durable:
      return write_full(request.fd, request.offset, request.data, request.length, request.progress);
    case IoOp::allocate: return reserve(request);
    case IoOp::truncate:
      return errno_of(retried([&] { return ::ftruncate(request.fd, static_cast<off_t>(request.length)); }));
    case IoOp::rename: return errno_of(::rename(path, request.other_path.c_str()));
    case IoOp::unlink: return errno_of(::unlink(path));
    case IoOp::link: return errno_of(::link(path, request.other_path.c_str()));
    case IoOp::sync_directory: return sync_directory(request.path);
    case IoOp::list: return list(request);
    case IoOp::make_directory: return make_directory(request.path);
    case IoOp::stat: return stat_file(request);
    case IoOp::copy: return copy(request);
    case IoOp::work: request.work(); return 0;
    case IoOp::sync:
    case IoOp::delay: return 0;
  }
  return EINVAL;
}

}  // namespace

void set_result(IoRequest& request, int system_errno) {
  request.system_errno = system_errno;
  request.code = errc_of_errno(system_errno);
  bool no_link = request.op == IoOp::link && (system_errno == EPERM || system_errno == EMLINK);
  if (no_link) request.code = Errc::unsupported;  // a file system without hard links, or no more of them
}

void perform(IoRequest& request) { set_result(request, run(request)); }

// A read that ended within a block is asked for again from that block's start, as O_DIRECT needs; it is at the end of
// the file when that brings nothing new.
int read_full(int fd, uint64_t offset, uint8_t* data, uint64_t length, uint64_t& done) {
  while (done < length) {
    uint64_t from = align_down(done, kBlock);
    uint64_t wanted = std::min(length - from, kTransferMax);
    ssize_t got = retried([&] { return ::pread(fd, data + from, wanted, static_cast<off_t>(offset + from)); });
    if (got < 0) return errno;
    if (from + static_cast<uint64_t>(got) <= done) return 0;
    done = from + static_cast<uint64_t>(got);
  }
  return 0;
}

int write_full(int fd, uint64_t offset, const uint8_t* data, uint64_t length, uint64_t& done) {
  while (done < length) {
    uint64_t from = align_down(done, kBlock);
    uint64_t wanted = std::min(length - from, kTransferMax);
    ssize_t put = retried([&] { return ::pwrite(fd, data + from, wanted, static_cast<off_t>(offset + from)); });
    if (put < 0) return errno;
    if (from + static_cast<uint64_t>(put) <= done) return EIO;
    done = from + static_cast<uint64_t>(put);
  }
  return 0;
}

int flush(int fd) {
#if defined(__APPLE__)
  return errno_of(retried([&] { return ::fcntl(fd, F_FULLFSYNC); }));
#else
  return errno_of(retried([&] { return ::fdatasync(fd); }));
#endif
}

int write_through(int fd, uint64_t offset, const uint8_t* data, uint64_t length) {
  uint64_t done = 0;
#ifdef RWF_DSYNC
  iovec part{const_cast<uint8_t*>(data), length};
  ssize_t put = retried([&] { return ::pwritev2(fd, &part, 1, static_cast<off_t>(offset), RWF_DSYNC); });
  if (put >= 0 && static_cast<uint64_t>(put) == length) return 0;
  if (put < 0 && errno != EOPNOTSUPP && errno != ENOSYS) return errno;
  done = put < 0 ? 0 : static_cast<uint64_t>(put);
#endif
  int error = write_full(fd, offset, data, length, done);
  return error != 0 ? error : flush(fd);
}

bool directory_permits_direct(const std::string& directory) {
#if defined(O_DIRECT) && defined(O_TMPFILE)
  int fd = retried([&] { return ::open(directory.c_str(), O_TMPFILE | O_RDWR | O_CLOEXEC, 0600); });
  if (fd < 0 && errno == ENOENT && parent_of(directory) != directory) {
    return directory_permits_direct(parent_of(directory));
  }
  if (fd < 0) return errno == EOPNOTSUPP || errno == EISDIR;  // cannot be tried like this; each open will tell
  bool direct = switch_to_direct(fd);
  ::close(fd);
  return direct;
#else
  return directory.empty() && false;
#endif
}

}  // namespace foreshard::files
