// Short names for the awaitable requests: `IoRequest done = co_await io::read(disk, ...)`.
#pragma once
#include "engine/io/disk.h"

namespace foreshard::io {

inline IoAwaiter open(Disk& disk, std::string path, OpenMode mode) {
  IoRequest request;
  request.op = IoOp::open;
  request.path = std::move(path);
  request.open_mode = mode;
  return IoAwaiter(disk, std::move(request));
}

inline IoAwaiter on_file(Disk& disk, IoOp op, FileId file, uint64_t length = 0) {
  IoRequest request;
  request.op = op;
  request.file = file;
  request.length = length;
  return IoAwaiter(disk, std::move(request));
}

inline IoAwaiter on_path(Disk& disk, IoOp op, std::string path, std::string other_path = {}) {
  IoRequest request;
  request.op = op;
  request.path = std::move(path);
  request.other_path = std::move(other_path);
  return IoAwaiter(disk, std::move(request));
}

inline IoAwaiter transfer(Disk& disk, IoOp op, FileId file, uint64_t offset, uint8_t* data, uint64_t length,
                          bool background = false) {
  IoRequest request;
  request.op = op;
  request.file = file;
  request.offset = offset;
  request.data = data;
  request.length = length;
  request.background = background;
  return IoAwaiter(disk, std::move(request));
}

inline IoAwaiter read(Disk& disk, FileId file, uint64_t offset, uint8_t* data, uint64_t length,
                      bool background = false) {
  return transfer(disk, IoOp::read, file, offset, data, length, background);
}

// For many single reads in one turn: goes out with disk.send(), or the next poll() or wait().
inline IoAwaiter read_batched(Disk& disk, FileId file, uint64_t offset, uint8_t* data, uint64_t length) {
  IoRequest request;
  request.op = IoOp::read;
  request.batched = true;
  request.file = file;
  request.offset = offset;
  request.data = data;
  request.length = length;
  return IoAwaiter(disk, std::move(request));
}

inline IoAwaiter write(Disk& disk, FileId file, uint64_t offset, const uint8_t* data, uint64_t length,
                       bool background = false) {
  return transfer(disk, IoOp::write, file, offset, const_cast<uint8_t*>(data), length, background);
}

inline IoAwaiter work(Disk& disk, std::function<void()> work) {
  IoRequest request;
  request.op = IoOp::work;
  request.work = std::move(work);
  return IoAwaiter(disk, std::move(request));
}

inline IoAwaiter delay(Disk& disk, uint64_t nanoseconds) {
  IoRequest request;
  request.op = IoOp::delay;
  request.offset = nanoseconds;
  return IoAwaiter(disk, std::move(request));
}

}  // namespace foreshard::io
