// The engine's only way to the outside: asynchronous I/O, time, and pure work on helper threads, behind one interface
// with three implementations: RingDisk (io_uring), PoolDisk (a thread pool) and SimDisk (seeded faults, virtual time).
//
// All methods are called by the owner thread. A request is submitted, and its `done` is called on the owner thread
// from within poll() or wait(), never from within submit(). The request, its buffers and its paths belong to the
// caller and stay alive and unmoved until then, or until forget_all().
#pragma once
#include <coroutine>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "engine/base/buffer.h"
#include "engine/base/clock.h"
#include "engine/base/random.h"
#include "engine/base/status.h"

namespace foreshard {

// An open file of this Disk. Zero is no file.
using FileId = uint32_t;

enum class IoOp : uint8_t {
  open,            // path, open_mode -> value: FileId; size: the file's length; data_end: only a hole behind it
  close,           // file: no other request on it is under way
  read,            // file, offset, data, length -> value: bytes read (fewer at the end of the file)
  write,           // file, offset, data, length: all of it, or an error. Not durable by itself.
  write_durable,   // the same, and flushed before it completes
  sync,            // file: everything written so far (by requests that completed) becomes durable
                   // Once a flush of a file has failed, by either, all later ones of this FileId fail too: the system
                   // forgets what it could not write, and a flush that then succeeds proves nothing.
  allocate,        // file, length: reserve space [0, length) so that writes there cannot meet ENOSPC; the size grows to
                   // at least length -> value: 1 if space is reserved, 0 where the file system can only set the size
  truncate,        // file, length: set the size
  rename,          // path -> other_path, replacing it
  unlink,          // path: its name; not_found if absent
  link,            // path -> other_path, a hard link; `exists` if other_path exists, `unsupported` across devices
  sync_directory,  // path: names created, renamed or removed in it become durable
  list,            // path -> names (files only, sorted), not_found if absent
  make_directory,  // path, with parents, durable; fine if it exists
  stat,            // path -> size, link_count; not_found if absent
  copy,            // path -> other_path (created, must not exist), contents durable; not its directory entry
  work,            // run `work` on a helper thread; pure: touches only what the caller lent it
  delay,           // offset: nanoseconds; completes after that time (virtual in a simulation); 0: at the next poll
};

enum class OpenMode : uint8_t {
  read,         // must exist
  read_device,  // the same, past what the page cache has of the file and need not write: after a failed flush that may be
                // what the device never got
  write,        // must exist; reads and writes
  create,       // must not exist (`exists`); reads and writes
};
constexpr bool only_reads(OpenMode mode) { return mode == OpenMode::read || mode == OpenMode::read_device; }

struct IoRequest {
  IoOp op = IoOp::read;
  OpenMode open_mode = OpenMode::read;
  bool background = false;  // may be delayed in favour of others
  bool batched = false;     // may wait for send(), poll() or wait(), so that many go to the kernel at once
  FileId file = 0;
  uint64_t offset = 0;
  uint8_t* data = nullptr;  // for write: not modified
  uint64_t length = 0;
  std::string path;
  std::string other_path;
  std::function<void()> work;

  // Results, valid in done().
  Errc code = Errc::ok;  // ok, not_found, exists, disk_full (ENOSPC, EDQUOT), unsupported (EXDEV, ...), aborted, or io
  int system_errno = 0;
  uint64_t value = 0;
  uint64_t size = 0;
  uint64_t data_end = 0;
  uint64_t link_count = 0;
  std::vector<std::string> names;

  void (*done)(IoRequest&) = nullptr;
  void* owner = nullptr;      // for done()
  IoRequest* next = nullptr;  // this and the following: for the Disk, while it holds the request
  int fd = -1;
  bool direct = false;
  uint64_t progress = 0;  // bytes moved so far
};

class Disk {
 public:
  virtual ~Disk() = default;

  // Takes a request. Requests on one file may run and complete in any order. O_DIRECT rules hold for files that were
  // opened: data, offset and length of reads and writes are multiples of kBlock (a read may end short at the end of
  // the file).
  virtual void submit(IoRequest& request) = 0;

  // Sends batched requests on their way: the end of the caller's turn.
  virtual void send() {}

  // Calls done() of what has completed, without blocking; returns how many.
  virtual size_t poll() = 0;

  // One load: is there anything to poll()? Cheap enough for every API call.
  virtual bool has_completions() const = 0;

  // Blocks until at least one request has completed and its done() was called; returns how many. 0: nothing is under
  // way. In a simulation virtual time advances to the next completion.
  virtual size_t wait() = 0;

  // Called on the owner thread before done() of what has completed: what the owner has put off, it does first.
  void set_before_delivery(std::function<void()> before) { before_delivery_ = std::move(before); }

  // Called from any thread (for SimDisk: never) when completions appear and the owner has polled all earlier ones.
  virtual void set_wake(std::function<void()> wake) = 0;

  // One write and one flush on the calling thread, where that is the fastest (a lone commit that the caller waits
  // for). Errors as for IoRequest.
  virtual Errc write_durable_now(FileId file, uint64_t offset, const uint8_t* data, uint64_t length) = 0;

  // One blocking read on the calling thread; `read` is how many bytes came.
  virtual Errc read_now(FileId file, uint64_t offset, uint8_t* data, uint64_t length, uint64_t& read) = 0;

  // Waits until nothing is under way, then drops all completions without calling done(): buffers and requests are the
  // caller's again. For shutdown after an error and for a simulated crash. The Disk takes no requests afterwards.
  virtual void forget_all() = 0;

  // Takes the store's lock file: exclusive between processes, threads and handles; close-on-exec. `locked` with the
  // recorded owner in the detail if somebody has it; retries for up to a second while the recorded owner is dead.
  virtual Status lock(const std::string& path) = 0;
  virtual void unlock() = 0;

  virtual Clock& clock() = 0;
  virtual Random& random() = 0;
  virtual const char* name() const = 0;    // "ring", "pool", "sim"
  virtual bool direct() const = 0;         // O_DIRECT in use

 protected:
  void before_delivery() const {
    if (before_delivery_) before_delivery_();
  }

 private:
  std::function<void()> before_delivery_;
};

// co_await read_file(...): one request as an awaitable. The result is the request itself, by reference, valid until the
// end of the full expression or the life of the named awaiter.
class IoAwaiter {
 public:
  IoAwaiter(Disk& disk, IoRequest request) : disk_(disk), request_(std::move(request)) {}
  IoAwaiter(const IoAwaiter&) = delete;
  IoAwaiter& operator=(const IoAwaiter&) = delete;

  bool await_ready() const { return false; }
  void await_suspend(std::coroutine_handle<> handle) {
    handle_ = handle;
    request_.owner = this;
    request_.done = [](IoRequest& request) { static_cast<IoAwaiter*>(request.owner)->handle_.resume(); };
    disk_.submit(request_);
  }
  IoRequest await_resume() { return std::move(request_); }

 private:
  Disk& disk_;
  IoRequest request_;
  std::coroutine_handle<> handle_;
};

struct DiskOptions {
  enum class Backend : uint8_t { automatic, ring, pool } backend = Backend::automatic;
  uint32_t pool_threads = 16;  // helpers for PoolDisk I/O; RingDisk uses two for what the ring does not do
  uint32_t ring_depth = 256;
};

// Chooses at run time: the ring where the kernel permits it and the file system of `directory` has O_DIRECT, else the
// pool. `ring` forced where refused: unsupported.
Result<std::unique_ptr<Disk>> open_disk(const std::string& directory, const DiskOptions& options);

}  // namespace foreshard
