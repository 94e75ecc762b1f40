// One large sequential read as several requests in flight: pieces of a mebibyte, eight deep, into one buffer.
#pragma once
#include <array>

#include "engine/base/signal.h"
#include "engine/base/task.h"
#include "engine/io/disk.h"

namespace foreshard::io {

constexpr uint64_t kBulkPiece = 1u << 20;
constexpr size_t kBulkDepth = 8;

struct BulkResult {
  Errc code = Errc::ok;
  uint64_t read = 0;  // from the front, without a hole
};

// Reads [offset, offset + length) of a file into `to` (all multiples of kBlock). A file that ends earlier gives fewer
// bytes. The buffer stays the caller's.
Task<BulkResult> bulk_read(Disk& disk, FileId file, uint64_t offset, uint8_t* to, uint64_t length, bool background = false);

}  // namespace foreshard::io
