// The one way in which a file of a store other than a segment comes to be: written under a temporary name, flushed,
// renamed into place, and the directory flushed. Whoever reads the name finds the old file or the new one, whole.
#pragma once
#include "engine/base/task.h"
#include "engine/io/disk.h"

namespace foreshard {

// How to write: in the foreground at once, or in the background in chunks with a pause after each.
struct Pace {
  bool background = false;
  uint64_t bytes_per_second = 0;  // 0: no limit
};

// Background writes go out in chunks of at most this, one at a time, so that none holds up a commit for long.
constexpr uint64_t kPacedChunk = 256 * 1024;

// A file under construction. The first error sticks: every later call returns it, and the name is left as it was.
class FileReplacement {
 public:
  FileReplacement(Disk& disk, std::string directory, std::string name, Pace pace = {});

  // Creates the temporary file, in place of one that an earlier attempt left.
  Task<Status> begin();
  // Whole blocks, from aligned memory, which stays the caller's.
  Task<Status> write(uint64_t offset, const uint8_t* data, uint64_t length);
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

// All of it at once; `bytes` is aligned and a multiple of kBlock, and stays until the end.
Task<Status> replace_file(Disk& disk, std::string directory, std::string name, Bytes bytes, Pace pace = {});

}  // namespace foreshard
