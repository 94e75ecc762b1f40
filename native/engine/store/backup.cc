// store/backup.h.
#include "engine/store/backup.h"

#include <algorithm>

#include "engine/io/await.h"
#include "engine/log/names.h"

namespace foreshard {

namespace {

std::vector<std::string> files_of(const Manifest& manifest) {
  std::vector<std::string> files;
  for (const SegmentFacts& facts : manifest.segments) {
    files.push_back(names::segment(facts.id));
    if (facts.state == SegmentState::sealed) files.push_back(names::run(facts.id));
  }
  for (const ImageFacts& image : manifest.images) files.push_back(names::index_image(image.generation));
  return files;
}

bool contains(const std::vector<std::string>& list, const std::string& name) {
  return std::find(list.begin(), list.end(), name) != list.end();
}

}  // namespace

Task<Status> Backup::run(std::string directory) {
  std::vector<std::string> present;
  uint64_t commit = 0;
  Status status = co_await check_target(directory, &present, &commit);
  if (status.ok()) status = co_await core_.log->seal_active();
  if (!status.ok()) co_return status;
  Manifest manifest = core_.snapshot();
  std::erase_if(manifest.segments, [](const SegmentFacts& facts) { return facts.state == SegmentState::open; });
  manifest.clean = true;
  for (const SegmentFacts& facts : manifest.segments) ++core_.segments.by_id(facts.id)->pins;
  ++core_.image_pins;
  status = co_await copy_all(directory, manifest, present);
  --core_.image_pins;
  for (const SegmentFacts& facts : manifest.segments)
    if (Segment* segment = core_.segments.by_id(facts.id)) --segment->pins;
  if (!status.ok()) co_return status;
  ManifestWriter writer(core_.disk, directory);
  writer.set_commit(std::max(commit, manifest.commit));
  status = co_await writer.commit([&manifest] { return manifest; });
  if (status.ok()) co_await remove_stale(directory, manifest, present);
  co_return status;
}

// Empty, new, or an earlier backup of this very store.
Task<Status> Backup::check_target(const std::string& directory, std::vector<std::string>* present, uint64_t* commit) {
  const std::string target = directory;
  const IoRequest made = co_await io::on_path(core_.disk, IoOp::make_directory, target);
  if (made.code != Errc::ok) co_return Status(made.code, target);
  IoRequest listed = co_await io::on_path(core_.disk, IoOp::list, target);
  if (listed.code != Errc::ok) co_return Status(listed.code, target);
  *present = std::move(listed.names);
  if (contains(*present, names::lock())) co_return Status(Errc::exists, target + " is a store that has been opened; choose another directory");
  if (present->empty()) co_return Status();
  const ManifestRead earlier = co_await read_manifest(core_.disk, target);
  if (earlier.health == FileHealth::good && earlier.manifest.store_id == core_.store_id) {
    *commit = earlier.manifest.commit;
    co_return Status();
  }
  co_return Status(Errc::exists, target + " is not empty and not a backup of this store");
}

Task<Status> Backup::copy_all(const std::string& directory, const Manifest& manifest, const std::vector<std::string>& present) {
  const std::string target = directory;
  const std::vector<std::string> files = files_of(manifest);
  for (const std::string& name : files) {
    if (contains(present, name)) continue;
    const Status copied = co_await copy_file(core_.path(name), names::join(target, name));
    if (!copied.ok()) co_return copied;
  }
  const IoRequest synced = co_await io::on_path(core_.disk, IoOp::sync_directory, target);
  co_return Status(synced.code, target);
}

Task<Status> Backup::copy_file(std::string from, std::string to) {
  IoRequest done = co_await io::on_path(core_.disk, IoOp::link, from, to);
  if (done.code == Errc::unsupported) done = co_await io::on_path(core_.disk, IoOp::copy, from, to);
  if (done.code == Errc::exists) co_return Status();
  co_return Status(done.code, to);
}

Task<> Backup::remove_stale(const std::string& directory, const Manifest& manifest, const std::vector<std::string>& present) {
  const std::string target = directory;
  const std::vector<std::string> files = files_of(manifest);
  for (const std::string& name : present) {
    const bool ours = name.ends_with(".seg") || name.ends_with(".run") || name.ends_with(".idx");
    if (ours && !contains(files, name)) co_await io::on_path(core_.disk, IoOp::unlink, names::join(target, name));
  }
}

}  // namespace foreshard
