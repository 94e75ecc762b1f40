// Write, flush, rename, flush the directory. After a failed flush nothing of the attempt is relied on: the temporary
// file is removed, and a later attempt writes a fresh one.
#include "engine/log/replace_file.h"

#include <algorithm>

#include "engine/io/transfer.h"
#include "engine/log/names.h"

namespace foreshard {

FileReplacement::FileReplacement(Disk& disk, std::string directory, std::string name, Pace pace)
    : disk_(disk),
      directory_(std::move(directory)),
      path_(names::join(directory_, name)),
      temporary_(names::temporary(path_)),
      pace_(pace),
      failed_(Errc::closed) {}

void FileReplacement::keep(Status status) {
  if (failed_.ok()) failed_ = std::move(status);
}

Task<Status> FileReplacement::begin() {
  co_await io::on_path(disk_, IoOp::unlink, temporary_);
  const IoRequest opened = co_await io::open(disk_, temporary_, OpenMode::create);
  failed_ = io::status_of(opened, temporary_);
  file_ = static_cast<FileId>(opened.value);
  co_return failed_;
}

Task<Status> FileReplacement::write(uint64_t offset, const uint8_t* data, uint64_t length) {
  const uint64_t chunk = pace_.limited() ? kPacedChunk : std::max<uint64_t>(length, 1);
  for (uint64_t at = 0; at < length && failed_.ok(); at += chunk) {
    Status written = co_await write_chunk(offset + at, data + at, std::min(chunk, length - at));
    keep(std::move(written));
  }
  co_return failed_;
}

Task<Status> FileReplacement::write_chunk(uint64_t offset, const uint8_t* data, uint64_t length) {
  const uint64_t started_ns = disk_.clock().now_ns();
  const IoRequest written = co_await io::write(disk_, file_, offset, data, length, pace_.limited());
  if (written.code != Errc::ok) co_return io::status_of(written, temporary_);
  if (!pace_.limited()) co_return Status();
  const uint64_t due_ns = length * 1'000'000'000 / pace_.bytes_per_second;
  const uint64_t taken_ns = disk_.clock().now_ns() - started_ns;
  if (due_ns > taken_ns) co_await io::delay(disk_, due_ns - taken_ns);
  co_return Status();
}

Task<Status> FileReplacement::finish() {
  if (failed_.ok()) {
    Status published = co_await publish();
    keep(std::move(published));
  }
  if (!failed_.ok()) co_await abandon();
  co_return std::exchange(failed_, Status(Errc::closed));
}

Task<Status> FileReplacement::publish() {
  const IoRequest flushed = co_await io::on_file(disk_, IoOp::sync, file_);
  if (flushed.code != Errc::ok) co_return io::status_of(flushed, temporary_);
  co_await io::close(disk_, std::exchange(file_, 0));
  const IoRequest renamed = co_await io::on_path(disk_, IoOp::rename, temporary_, path_);
  if (renamed.code != Errc::ok) co_return io::status_of(renamed, path_);
  const IoRequest durable = co_await io::on_path(disk_, IoOp::sync_directory, directory_);
  co_return io::status_of(durable, path_);
}

Task<void> FileReplacement::abandon() {
  keep(Errc::closed);
  co_await io::close(disk_, std::exchange(file_, 0));
  co_await io::on_path(disk_, IoOp::unlink, temporary_);
}

AlignedBuffer WritesBehind::take() {
  if (free_.empty()) return AlignedBuffer(part_bytes_);
  AlignedBuffer part = std::move(free_.back());
  free_.pop_back();
  return part;
}

Task<> WritesBehind::put(uint64_t offset, AlignedBuffer part, uint64_t length) {
  while (under_way_ >= most_) co_await changed_.wait();
  ++under_way_;
  tasks_.spawn(write(offset, std::move(part), length));
}

Task<> WritesBehind::write(uint64_t offset, AlignedBuffer part, uint64_t length) {
  co_await file_.write(offset, part.data(), length);
  free_.push_back(std::move(part));
  --under_way_;
  changed_.wake_all();
}

Task<> WritesBehind::all() {
  while (under_way_ > 0) co_await changed_.wait();
}

Task<Status> replace_file(Disk& disk, std::string directory, std::string name, Bytes bytes, Pace pace) {
  FileReplacement file(disk, std::move(directory), std::move(name), pace);
  Status begun = co_await file.begin();
  if (!begun.ok()) co_return begun;
  co_await file.write(0, bytes.data(), bytes.size());
  Status finished = co_await file.finish();
  co_return finished;
}

}  // namespace foreshard
