// For tests of the Disks: a directory that goes away, running a coroutine to its end, blocks that tell who wrote them.
#pragma once
#include <cstdlib>
#include <filesystem>
#include <string>

#include "engine/base/task.h"
#include "engine/io/await.h"

namespace foreshard::test {

class TempDirectory {
 public:
  explicit TempDirectory(const std::string& under = std::filesystem::temp_directory_path().string()) {
    std::string pattern = under + "/foreshard-test-XXXXXX";
    path_ = ::mkdtemp(pattern.data()) != nullptr ? pattern : "";
  }
  TempDirectory(const TempDirectory&) = delete;
  TempDirectory& operator=(const TempDirectory&) = delete;
  ~TempDirectory() {
    std::error_code ignored;
    if (!path_.empty()) std::filesystem::remove_all(path_, ignored);
  }
  const std::string& path() const { return path_; }
  std::string operator/(const std::string& name) const { return path_ + "/" + name; }

 private:
  std::string path_;
};

// False: it can go no further (a simulated crash).
template <class T>
bool run(Disk& disk, Task<T>& task) {
  task.start();
  while (!task.done() && disk.wait() != 0) {
  }
  return task.done();
}

// A block whose every 8 bytes say which version of which block it is.
inline void stamp(uint8_t* block, uint32_t index, uint32_t version) {
  for (size_t at = 0; at < kBlock; at += 8) store<uint64_t>(block + at, static_cast<uint64_t>(index) << 32 | version);
}

inline bool bears_stamp(const uint8_t* block, uint32_t index, uint32_t version) {
  for (size_t at = 0; at < kBlock; at += 8) {
    if (load<uint64_t>(block + at) != (static_cast<uint64_t>(index) << 32 | version)) return false;
  }
  return true;
}

inline Task<Errc> open_file(Disk& disk, std::string path, OpenMode mode, FileId& file) {
  IoRequest opened = co_await io::open(disk, std::move(path), mode);
  file = static_cast<FileId>(opened.value);
  co_return opened.code;
}

}  // namespace foreshard::test
