// Whole transfers made of single requests. A disk may answer a read with fewer bytes than asked for; only none at all
// means that the file ends there.
#include "engine/io/transfer.h"

#include <algorithm>
#include <system_error>

namespace foreshard::io {
namespace {

const char* verb(IoOp op) {
  switch (op) {
    case IoOp::open: return "open";
    case IoOp::read: return "read";
    case IoOp::write:
    case IoOp::write_durable: return "write";
    case IoOp::sync: return "flush";
    case IoOp::rename: return "rename";
    case IoOp::sync_directory: return "flush the directory of";
    default: return "access";
  }
}

// Does an answer of so many bytes, fewer than asked for, mean that the file ends there?
bool is_last(uint64_t read) { return read == 0 || read % kBlock != 0; }

}  // namespace

Status status_of(const IoRequest& request, const std::string& path) {
  if (request.code == Errc::ok) return {};
  std::string detail = std::string("cannot ") + verb(request.op) + " " + path;
  if (request.system_errno != 0) detail += ": " + std::generic_category().message(request.system_errno);
  return {request.code, std::move(detail)};
}

Task<Result<OpenedFile>> open_to_read(Disk& disk, std::string path, OpenMode mode) {
  const IoRequest opened = co_await open(disk, path, mode);
  if (opened.code != Errc::ok) co_return status_of(opened, path);
  co_return OpenedFile{static_cast<FileId>(opened.value), opened.size, opened.data_end};
}

Task<void> close(Disk& disk, FileId file) {
  if (file == 0) co_return;
  co_await on_file(disk, IoOp::close, file);
}

Task<Status> read_exact(Disk& disk, FileId file, uint64_t offset, uint8_t* data, uint64_t length) {
  if (length == 0) co_return Status();
  ReadPiece piece{offset, data, length, Errc::ok};
  co_await ReadMany(disk, file, std::span<ReadPiece>(&piece, 1), 1);
  co_return piece.code;
}

Status read_exact_now(Disk& disk, FileId file, uint64_t offset, uint8_t* data, uint64_t length) {
  for (uint64_t at = 0; at < length;) {
    uint64_t read = 0;
    const Errc code = disk.read_now(file, offset + at, data + at, align_up(length - at, kBlock), read);
    if (code != Errc::ok) return code;
    at += read;
    if (at < length && is_last(read)) return Errc::short_read;
  }
  return {};
}

void add_pieces(std::vector<ReadPiece>& pieces, uint64_t offset, uint8_t* data, uint64_t length, uint64_t piece_bytes) {
  for (uint64_t at = 0; at < length; at += piece_bytes)
    pieces.push_back({offset + at, data + at, std::min(piece_bytes, length - at), Errc::ok});
}

ReadMany::ReadMany(Disk& disk, FileId file, std::span<ReadPiece> pieces, uint32_t depth)
    : disk_(disk), file_(file), pieces_(pieces), lanes_(std::min<size_t>(depth, pieces.size())) {}

void ReadMany::await_suspend(std::coroutine_handle<> handle) {
  handle_ = handle;
  busy_ = lanes_.size();
  for (Lane& lane : lanes_) {
    lane.all = this;
    lane.request.op = IoOp::read;
    lane.request.file = file_;
    lane.request.owner = &lane;
    lane.request.done = on_done;
    start_next(lane);
  }
}

void ReadMany::start_next(Lane& lane) {
  lane.piece = &pieces_[next_++];
  lane.read = 0;
  submit_rest(lane);
}

void ReadMany::submit_rest(Lane& lane) {
  lane.request.offset = lane.piece->offset + lane.read;
  lane.request.data = lane.piece->data + lane.read;
  lane.request.length = align_up(lane.piece->length - lane.read, kBlock);
  disk_.submit(lane.request);
}

// true: the lane's piece is settled.
bool ReadMany::take_answer(Lane& lane) {
  lane.piece->code = lane.request.code;
  if (lane.request.code != Errc::ok) return true;
  lane.read += lane.request.value;
  if (lane.read >= lane.piece->length) return true;
  if (is_last(lane.request.value)) lane.piece->code = Errc::short_read;
  return lane.piece->code != Errc::ok;
}

void ReadMany::on_done(IoRequest& request) {
  Lane& lane = *static_cast<Lane*>(request.owner);
  ReadMany& all = *lane.all;
  if (!take_answer(lane)) {
    all.submit_rest(lane);
  } else if (all.next_ < all.pieces_.size()) {
    all.start_next(lane);
  } else if (--all.busy_ == 0) {
    all.handle_.resume();  // may destroy this
  }
}

}  // namespace foreshard::io
