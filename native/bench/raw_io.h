// What the device gives without the engine: plain system calls on files of their own, past the page cache.
#pragma once
#include <string>
#include <vector>

#include "engine/base/buffer.h"
#include "engine/base/mapping.h"

namespace foreshard::bench {

// How many bytes a request has, how many requests are under way at a time, and what memory they have: of huge pages the
// system makes fewer requests to the device than of small ones.
struct Pattern {
  uint64_t piece = 1u << 20;
  uint32_t depth = 8;
  Mapping::Pages pages = Mapping::Pages::huge;
};
std::string text_of(Pattern pattern);  // "1 MiB x 8"

// What a file has before it is written to: nothing, reserved space, or space that was written and flushed.
enum class Space : uint8_t { none, reserved, written };

// A file opened with O_DIRECT, where the file system has it. Errors are thrown.
class RawFile {
 public:
  static RawFile create(const std::string& path, uint64_t bytes, Space space);  // removed in the end
  static RawFile existing(const std::string& path);
  RawFile(RawFile&& other) noexcept;
  ~RawFile();

  uint64_t bytes() const;
  // One after the other, and a flush at the end; answers bytes a second.
  double write(uint64_t bytes, Pattern pattern);
  double read(uint64_t bytes, Pattern pattern);
  // Blocks of 4 KiB, each durable before the next is written; answers how many a second.
  double write_durably(uint64_t blocks);

 private:
  RawFile(const std::string& path, int fd, bool remove) : path_(path), fd_(fd), remove_(remove) {}
  void move(bool write, uint64_t bytes, Pattern pattern, uint8_t* memory) const;
  void write_or_throw(const uint8_t* data, uint64_t length, uint64_t offset) const;
  void flush() const;

  std::string path_;
  int fd_;
  bool remove_;
};

// A sample of sequential writes into a new file, or of reads of whole files, one after the other.
double raw_write(const std::string& directory, uint64_t bytes, Pattern pattern, Space space);
double raw_read(const std::vector<std::string>& paths, Pattern pattern);

// Everything that was written, names that were removed too, is with the device: the next measure has it for itself.
void settle(const std::string& directory);

}  // namespace foreshard::bench
