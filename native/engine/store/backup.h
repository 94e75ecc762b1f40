// A consistent copy of a store while it is open: everything accepted before the call. Sealed segments, runs and images
// never change, so the copy is hard links where the file system permits, and an earlier backup of the same store in the
// same directory only gets what is new. The manifest comes last: until then the directory holds its old state.
#pragma once
#include <string>

#include "engine/store/core.h"

namespace foreshard {

class Backup {
 public:
  explicit Backup(Core& core) : core_(core) {}
  Task<Status> run(std::string directory);

 private:
  Task<Status> check_target(const std::string& directory, std::vector<std::string>* present, uint64_t* commit);
  Task<Status> copy_all(const std::string& directory, const Manifest& manifest, const std::vector<std::string>& present);
  Task<Status> copy_file(std::string from, std::string to);
  Task<> remove_stale(const std::string& directory, const Manifest& manifest, const std::vector<std::string>& present);

  Core& core_;
};

}  // namespace foreshard
