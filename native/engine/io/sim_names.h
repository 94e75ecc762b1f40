// The names of the simulated machine: a flat table of paths, with the operations on each directory that a power cut may
// still undo. Of those a prefix survives, as in a journal. Directories themselves are durable when they are made.
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/random.h"
#include "engine/base/status.h"

namespace foreshard {

using SimInode = uint32_t;
constexpr SimInode kNoInode = UINT32_MAX;

class SimNames {
 public:
  bool has_directory(std::string_view path) const;
  Errc make_directory(std::string_view path);

  SimInode find(std::string_view path) const;  // kNoInode: no such name
  Errc add(std::string_view path, SimInode inode);
  Errc remove(std::string_view path);
  Errc rename(std::string_view from, std::string_view to);
  Errc sync_directory(std::string_view path);
  Errc list(std::string_view path, std::vector<std::string>& names) const;
  std::vector<std::string> all() const;
  uint64_t links(SimInode inode) const;

  void cut_power(bool keep_all, Random& random);
  // Also by what a power cut could bring back.
  bool refers_to(SimInode inode) const;
  size_t unflushed_operations() const { return pending_.size(); }

 private:
  struct Entry {
    std::string path;
    SimInode inode;
  };
  using Table = std::vector<Entry>;  // sorted by path
  struct Operation {
    std::string removed;  // either may be empty
    std::string added;
    SimInode inode;
    void apply(Table& table) const;
    bool touches(std::string_view directory) const;
  };
  void perform(Operation operation);

  Table seen_;
  Table durable_;
  std::vector<Operation> pending_;
  std::vector<std::string> directories_ = {""};
};

// "a//b/./c" -> "a/b/c"; no path ends in a slash; "" is the root or the working directory.
std::string sim_path(std::string_view path);

}  // namespace foreshard
