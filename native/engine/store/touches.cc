// store/touches.h.
#include "engine/store/touches.h"

#include <unordered_set>

#include "engine/base/hash.h"

namespace foreshard {

namespace {
constexpr size_t kHashesAt = 32;
}

AlignedBuffer encode_touches(const std::vector<uint64_t>& hashes, uint64_t store_id) {
  const size_t used = kHashesAt + hashes.size() * sizeof(uint64_t);
  AlignedBuffer file(align_up(used, kBlock));
  std::memset(file.data(), 0, file.size());
  store<uint64_t>(file.data(), kTouchesMagic);
  store<uint64_t>(file.data() + 16, store_id);
  store<uint64_t>(file.data() + 24, hashes.size());
  if (!hashes.empty()) std::memcpy(file.data() + kHashesAt, hashes.data(), hashes.size() * sizeof(uint64_t));
  store<uint64_t>(file.data() + 8, checksum64(file.view(16, used - 16)));
  return file;
}

std::vector<uint64_t> decode_touches(Bytes file, uint64_t store_id) {
  if (file.size() < kHashesAt || load<uint64_t>(file.data()) != kTouchesMagic) return {};
  const uint64_t count = load<uint64_t>(file.data() + 24);
  if (load<uint64_t>(file.data() + 16) != store_id || count > (file.size() - kHashesAt) / sizeof(uint64_t)) return {};
  const size_t used = kHashesAt + count * sizeof(uint64_t);
  if (load<uint64_t>(file.data() + 8) != checksum64(file.subspan(16, used - 16))) return {};
  std::vector<uint64_t> hashes(count);
  if (count > 0) std::memcpy(hashes.data(), file.data() + kHashesAt, count * sizeof(uint64_t));
  return hashes;
}

std::vector<uint64_t> merge_touches(const std::vector<uint64_t>& newest, const std::vector<uint64_t>& older) {
  std::vector<uint64_t> merged;
  std::unordered_set<uint64_t> seen;
  for (const auto* list : {&newest, &older})
    for (uint64_t hash : *list)
      if (merged.size() < kTouchesKept && seen.insert(hash).second) merged.push_back(hash);
  return merged;
}

}  // namespace foreshard
