// Whole transfers made of single requests: read all or say why not, and many reads of one file at a time.
#pragma once
#include <span>

#include "engine/base/task.h"
#include "engine/io/await.h"

namespace foreshard::io {

// Why a request failed, with the operation and the system's words.
Status status_of(const IoRequest& request, const std::string& path);

struct OpenedFile {
  FileId file = 0;
  uint64_t size = 0;
  uint64_t data_end = 0;  // only a hole behind it
};
Task<Result<OpenedFile>> open_to_read(Disk& disk, std::string path, OpenMode mode = OpenMode::read);
Task<void> close(Disk& disk, FileId file);

// All of [offset, offset + length), or `short_read` if the file ends before, or the error. `offset` and `data` are
// aligned; `length` need not be, but the memory reaches up to the next multiple of kBlock.
Task<Status> read_exact(Disk& disk, FileId file, uint64_t offset, uint8_t* data, uint64_t length);
Status read_exact_now(Disk& disk, FileId file, uint64_t offset, uint8_t* data, uint64_t length);

struct ReadPiece {
  uint64_t offset = 0;
  uint8_t* data = nullptr;
  uint64_t length = 0;  // as for read_exact
  Errc code = Errc::ok;  // after the read
};

// Cuts [offset, offset + length) into pieces of at most `piece_bytes` and appends them.
void add_pieces(std::vector<ReadPiece>& pieces, uint64_t offset, uint8_t* data, uint64_t length, uint64_t piece_bytes);

// co_await ReadMany(disk, file, pieces, depth): reads every piece whole, up to `depth` at a time; each piece then holds
// its code. The pieces stay where they are until then.
class ReadMany {
 public:
  ReadMany(Disk& disk, FileId file, std::span<ReadPiece> pieces, uint32_t depth);
  ReadMany(const ReadMany&) = delete;
  ReadMany& operator=(const ReadMany&) = delete;

  bool await_ready() const { return pieces_.empty(); }
  void await_suspend(std::coroutine_handle<> handle);
  void await_resume() {}

 private:
  struct Lane {
    IoRequest request;
    ReadMany* all = nullptr;
    ReadPiece* piece = nullptr;
    uint64_t read = 0;  // of the piece, so far
  };
  static void on_done(IoRequest& request);
  void start_next(Lane& lane);
  void submit_rest(Lane& lane);
  static bool take_answer(Lane& lane);

  Disk& disk_;
  FileId file_;
  std::span<ReadPiece> pieces_;
  size_t next_ = 0;
  size_t busy_ = 0;
  std::vector<Lane> lanes_;
  std::coroutine_handle<> handle_;
};

}  // namespace foreshard::io
