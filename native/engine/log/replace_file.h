// The one way in which a file of a store other than a segment comes to be: written under a temporary name, flushed,
// renamed into place, and the directory flushed. Whoever reads the name finds the old file or the new one, whole.
#pragma once
#include "engine/base/buffer.h"
#include "engine/base/signal.h"
#include "engine/base/task_group.h"
#include "engine/io/disk.h"

namespace foreshard {

// How to write: all at once and as fast as the device can, or in the background in chunks with a pause after each.
struct Pace {
  uint64_t bytes_per_second = 0;  // 0: no limit
  bool limited() const { return bytes_per_second != 0; }
};

// Paced writes go out in chunks of at most this, one at a time, so that none holds up a commit for long.
constexpr uint64_t kPacedChunk = 256 * 1024;

// A file under construction. The first error sticks: every later call returns it, and the name is left as it was.
class FileReplacement {
 public:
  FileReplacement(Disk& disk, std::string directory, std::string name, Pace pace = {});

  // Creates the temporary file, in place of one that an earlier attempt left.
  Task<Status> begin();
  // Whole blocks, from aligned memory, which stays the caller's.
  Task<Status> write(uint64_t offset, const uint8_t* data, uint64_t length);
  const Status& status() const { return failed_; }
  // Flushes and renames. ok: the new file is durable. After an error the name is the old file or the new one.
  Task<Status> finish();
  // Closes and removes what was written so far. Not needed after finish().
  Task<void> abandon();

 private:
  Task<Status> write_chunk(uint64_t offset, const uint8_t* data, uint64_t length);
  Task<Status> publish();
  void keep(Status status);

  Disk& disk_;
  std::string directory_;
  std::string path_;
  std::string temporary_;
  Pace pace_;
  FileId file_ = 0;
  Status failed_;
};

// The parts of a large file, written while the next ones are being made: one at a time under a limit, else some. It may go
// once its file has been finished or abandoned.
class WritesBehind {
 public:
  WritesBehind(FileReplacement& file, Pace pace, size_t part_bytes)
      : file_(file), part_bytes_(part_bytes), most_(pace.limited() ? 1 : kUnlimitedWrites) {}

  AlignedBuffer take();  // room for a part
  // Waits until there are few enough under way, not until it is written. An error comes back from the file.
  Task<> put(uint64_t offset, AlignedBuffer part, uint64_t length);
  // Until none is under way. To be awaited before the file is finished or abandoned.
  Task<> all();

 private:
  static constexpr uint32_t kUnlimitedWrites = 4;
  Task<> write(uint64_t offset, AlignedBuffer part, uint64_t length);

  FileReplacement& file_;
  const size_t part_bytes_;
  const uint32_t most_;
  uint32_t under_way_ = 0;
  std::vector<AlignedBuffer> free_;
  TaskGroup tasks_;
  Signal changed_;
};

// All of it at once; `bytes` is aligned and a multiple of kBlock, and stays until the end.
Task<Status> replace_file(Disk& disk, std::string directory, std::string name, Bytes bytes, Pace pace = {});

}  // namespace foreshard
