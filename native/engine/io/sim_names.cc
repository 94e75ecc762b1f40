// See sim_names.h.
#include "engine/io/sim_names.h"

#include <algorithm>

namespace foreshard {

namespace {

std::string_view parent_of(std::string_view path) {
  size_t slash = path.rfind('/');
  return slash == std::string_view::npos ? std::string_view() : path.substr(0, slash);
}

template <class Table>
auto lower_bound(Table& table, std::string_view path) {
  return std::lower_bound(table.begin(), table.end(), path, [](const auto& entry, std::string_view wanted) {
    return entry.path < wanted;
  });
}

}  // namespace

std::string sim_path(std::string_view path) {
  std::string normal;
  for (size_t at = 0; at <= path.size();) {
    size_t slash = std::min(path.find('/', at), path.size());
    std::string_view part = path.substr(at, slash - at);
    if (!part.empty() && part != ".") {
      if (!normal.empty()) normal += '/';
      normal += part;
    }
    at = slash + 1;
  }
  return normal;
}

bool SimNames::has_directory(std::string_view path) const {
  return std::find(directories_.begin(), directories_.end(), path) != directories_.end();
}

Errc SimNames::make_directory(std::string_view path) {
  if (has_directory(path)) return Errc::ok;
  if (find(path) != kNoInode) return Errc::exists;
  Errc parents = make_directory(parent_of(path));
  if (parents != Errc::ok) return parents;
  directories_.emplace_back(path);
  return Errc::ok;
}

SimInode SimNames::find(std::string_view path) const {
  auto entry = lower_bound(seen_, path);
  return entry != seen_.end() && entry->path == path ? entry->inode : kNoInode;
}

void SimNames::Operation::apply(Table& table) const {
  if (!removed.empty()) {
    auto entry = lower_bound(table, removed);
    if (entry != table.end() && entry->path == removed) table.erase(entry);
  }
  if (added.empty()) return;
  auto entry = lower_bound(table, added);
  if (entry != table.end() && entry->path == added) {
    entry->inode = inode;
  } else {
    table.insert(entry, {added, inode});
  }
}

bool SimNames::Operation::touches(std::string_view directory) const {
  return (!removed.empty() && parent_of(removed) == directory) || (!added.empty() && parent_of(added) == directory);
}

void SimNames::perform(Operation operation) {
  operation.apply(seen_);
  pending_.push_back(std::move(operation));
}

Errc SimNames::add(std::string_view path, SimInode inode) {
  if (path.empty() || !has_directory(parent_of(path))) return Errc::not_found;
  if (find(path) != kNoInode || has_directory(path)) return Errc::exists;
  perform({{}, std::string(path), inode});
  return Errc::ok;
}

Errc SimNames::remove(std::string_view path) {
  SimInode inode = find(path);
  if (inode == kNoInode) return Errc::not_found;
  perform({std::string(path), {}, inode});
  return Errc::ok;
}

Errc SimNames::rename(std::string_view from, std::string_view to) {
  SimInode inode = find(from);
  if (inode == kNoInode || to.empty() || !has_directory(parent_of(to))) return Errc::not_found;
  if (has_directory(to)) return Errc::io;
  if (find(to) == inode) return Errc::ok;  // two names of one file: POSIX leaves both
  perform({std::string(from), std::string(to), inode});
  return Errc::ok;
}

// A rename between directories ties them: with one of them, all is made durable.
Errc SimNames::sync_directory(std::string_view path) {
  if (!has_directory(path)) return Errc::not_found;
  bool tied = std::any_of(pending_.begin(), pending_.end(), [&](const Operation& operation) {
    return operation.touches(path) && !operation.removed.empty() && !operation.added.empty() &&
           parent_of(operation.removed) != parent_of(operation.added);
  });
  auto durable_now = [&](const Operation& operation) { return tied || operation.touches(path); };
  for (const Operation& operation : pending_) {
    if (durable_now(operation)) operation.apply(durable_);
  }
  pending_.erase(std::remove_if(pending_.begin(), pending_.end(), durable_now), pending_.end());
  return Errc::ok;
}

Errc SimNames::list(std::string_view path, std::vector<std::string>& names) const {
  if (!has_directory(path)) return Errc::not_found;
  for (const Entry& entry : seen_) {
    if (parent_of(entry.path) != path) continue;
    names.push_back(entry.path.substr(path.empty() ? 0 : path.size() + 1));
  }
  return Errc::ok;
}

std::vector<std::string> SimNames::all() const {
  std::vector<std::string> paths;
  for (const Entry& entry : seen_) paths.push_back(entry.path);
  return paths;
}

uint64_t SimNames::links(SimInode inode) const {
  return static_cast<uint64_t>(
      std::count_if(seen_.begin(), seen_.end(), [&](const Entry& entry) { return entry.inode == inode; }));
}

bool SimNames::refers_to(SimInode inode) const {
  auto is_it = [&](const auto& entry) { return entry.inode == inode; };
  return std::any_of(seen_.begin(), seen_.end(), is_it) || std::any_of(durable_.begin(), durable_.end(), is_it) ||
         std::any_of(pending_.begin(), pending_.end(), is_it);
}

void SimNames::cut_power(bool keep_all, Random& random) {
  if (pending_.empty()) return;
  for (const std::string& directory : directories_) {
    uint64_t kept = 0;
    for (const Operation& operation : pending_) kept += operation.touches(directory) ? 1 : 0;
    if (kept == 0) continue;
    uint64_t cut = keep_all ? kept : random.below(kept + 1);
    uint64_t seen = 0;
    pending_.erase(std::remove_if(pending_.begin(), pending_.end(),
                                  [&](const Operation& operation) {
                                    return operation.touches(directory) && seen++ >= cut;
                                  }),
                   pending_.end());
  }
  for (const Operation& operation : pending_) operation.apply(durable_);
  pending_.clear();
  seen_ = durable_;
}

}  // namespace foreshard
