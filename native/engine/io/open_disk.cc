// Which Disk a store gets; see DiskOptions.
#include "engine/io/files.h"
#include "engine/io/pool_disk.h"
#include "engine/io/ring_disk.h"

namespace foreshard {

Result<std::unique_ptr<Disk>> open_disk(const std::string& directory, const DiskOptions& options) {
  bool direct = files::directory_permits_direct(directory);
  bool try_ring = options.backend == DiskOptions::Backend::ring ||
                  (options.backend == DiskOptions::Backend::automatic && direct);
  if (try_ring) {
    auto ring = RingDisk::open(options.ring_depth, direct);
    if (ring.ok() || options.backend == DiskOptions::Backend::ring) return ring;
  }
  return std::unique_ptr<Disk>(std::make_unique<PoolDisk>(options.pool_threads, direct));
}

}  // namespace foreshard
