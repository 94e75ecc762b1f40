// io/bulk_read.h: a fixed array of requests, each taking the next piece when it completes.
#include "engine/io/bulk_read.h"

#include <algorithm>

namespace foreshard::io {

namespace {

struct Bulk {
  Disk& disk;
  FileId file;
  uint64_t offset;
  uint8_t* to;
  uint64_t length;
  bool background;
  uint64_t next = 0;       // first byte not yet asked for
  uint64_t short_at;       // the file ends here, or an error stands here
  Errc code = Errc::ok;
  size_t under_way = 0;
  Signal changed;
  std::array<IoRequest, kBulkDepth> requests;

  void start(IoRequest& request) {
    request.op = IoOp::read;
    request.file = file;
    request.offset = offset + next;
    request.data = to + next;
    request.length = std::min(kBulkPiece, length - next);
    request.background = background;
    request.owner = this;
    request.done = [](IoRequest& done) { static_cast<Bulk*>(done.owner)->completed(done); };
    next += request.length;
    ++under_way;
    disk.submit(request);
  }

  void completed(IoRequest& request) {
    --under_way;
    const uint64_t at = request.offset - offset;
    if (request.code != Errc::ok) {
      code = request.code;
      short_at = std::min(short_at, at);
    } else if (request.value < request.length) {
      short_at = std::min(short_at, at + request.value);
    }
    if (code == Errc::ok && next < std::min(length, short_at)) start(request);
    if (under_way == 0) changed.wake_all();
  }
};

}  // namespace

Task<BulkResult> bulk_read(Disk& disk, FileId file, uint64_t offset, uint8_t* to, uint64_t length, bool background) {
  Bulk bulk{.disk = disk, .file = file, .offset = offset, .to = to, .length = length, .background = background,
            .short_at = length, .changed = {}, .requests = {}};
  for (size_t i = 0; i < kBulkDepth && bulk.next < length; ++i) bulk.start(bulk.requests[i]);
  while (bulk.under_way > 0) co_await bulk.changed.wait();
  co_return BulkResult{bulk.code, bulk.short_at};
}

}  // namespace foreshard::io
