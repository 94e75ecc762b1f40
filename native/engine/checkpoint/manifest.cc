// Reading both copies of the manifest, and committing new ones.
#include "engine/checkpoint/manifest.h"

#include "engine/io/transfer.h"
#include "engine/log/names.h"
#include "engine/log/replace_file.h"

namespace foreshard {
namespace {

constexpr uint64_t kManifestBytesMax = 64ull << 20;  // far above what kSegmentSlots segments take

struct Copy {
  FileHealth health = FileHealth::unreadable;
  Manifest manifest;
  Status why;
};

Task<Result<Manifest>> read_open_copy(Disk& disk, io::OpenedFile opened) {
  if (opened.size == 0) co_return Errc::end;
  if (opened.size > kManifestBytesMax) co_return Errc::corrupt;
  AlignedBuffer bytes(opened.size);
  Status read = co_await io::read_exact(disk, opened.file, 0, bytes.data(), opened.size);
  if (!read.ok()) co_return read;
  co_return decode_manifest(bytes.view());
}

Task<Copy> read_copy(Disk& disk, std::string path) {
  Copy copy;
  Result<io::OpenedFile> opened = co_await io::open_to_read(disk, path);
  if (!opened.ok()) {
    copy.why = opened.status();
    if (copy.why.code == Errc::not_found) copy.health = FileHealth::absent;
    co_return copy;
  }
  Result<Manifest> decoded = co_await read_open_copy(disk, opened.value());
  co_await io::close(disk, opened.value().file);
  copy.why = decoded.status();
  if (decoded.ok()) {
    copy.health = FileHealth::good;
    copy.manifest = std::move(decoded.value());
  }
  co_return copy;
}

std::string describe(const Copy& copy, int which) {
  std::string text = names::manifest(which) + ": ";
  if (copy.health == FileHealth::good) return text + "good, commit " + std::to_string(copy.manifest.commit);
  text += errc_code(copy.why.code);
  return copy.why.detail.empty() ? text : text + ", " + copy.why.detail;
}

bool is_newer_version(const Copy& copy) { return copy.why.code == Errc::unsupported_version; }

}  // namespace

Task<ManifestRead> read_manifest(Disk& disk, std::string directory) {
  Copy a = co_await read_copy(disk, names::join(directory, names::manifest(0)));
  Copy b = co_await read_copy(disk, names::join(directory, names::manifest(1)));
  ManifestRead read;
  if (a.health == FileHealth::absent && b.health == FileHealth::absent) co_return read;
  const bool both_good = a.health == FileHealth::good && b.health == FileHealth::good;
  read.copy_damaged = !both_good || a.manifest.commit != b.manifest.commit;
  if (read.copy_damaged) read.detail = describe(a, 0) + "; " + describe(b, 1);

  const bool newer_version = is_newer_version(a) || is_newer_version(b);
  const bool any_good = a.health == FileHealth::good || b.health == FileHealth::good;
  if (newer_version || !any_good) {
    read.health = FileHealth::unreadable;
    read.code = newer_version ? Errc::unsupported_version : Errc::manifest_unreadable;
    co_return read;
  }
  const bool b_wins = a.health != FileHealth::good || (both_good && b.manifest.commit > a.manifest.commit);
  read.health = FileHealth::good;
  read.manifest = std::move(b_wins ? b.manifest : a.manifest);
  co_return read;
}

Task<Status> ManifestWriter::commit(std::function<Manifest()> snapshot) {
  // What is under way does not know the caller's state; the next one will.
  if (!next_) next_ = std::make_shared<Commit>();
  const std::shared_ptr<Commit> mine = next_;
  while (writing_ && !mine->started) co_await changed_.wait();
  if (mine->started) {
    while (!mine->finished) co_await changed_.wait();
    co_return mine->status;
  }
  next_.reset();
  mine->started = writing_ = true;
  Manifest manifest = snapshot();
  manifest.commit = ++commit_;
  mine->status = co_await write(std::move(manifest));
  mine->finished = true;
  writing_ = false;
  changed_.wake_all();
  co_return mine->status;
}

Task<Status> ManifestWriter::write(Manifest manifest) {
  const AlignedBuffer bytes = encode_manifest(manifest);
  const Result<Manifest> reread = decode_manifest(bytes.view());
  if (!reread.ok()) co_return Status(Errc::internal, "a manifest to be written does not hold");
  Status first = co_await write_copy(0, bytes.view());
  if (!first.ok()) co_return first;
  second_copy_ = co_await write_copy(1, bytes.view());
  co_return Status();
}

Task<Status> ManifestWriter::write_copy(int copy, Bytes bytes) {
  Status written = co_await replace_file(disk_, directory_, names::manifest(copy), bytes);
  co_return written;
}

}  // namespace foreshard
