// The one hash function of the store: XXH3 (https://github.com/Cyan4973/xxHash), for key hashes (seeded per store,
// so that nobody can aim keys at one page) and for checksums (unseeded).
#pragma once
#ifndef XXH_INLINE_ALL
#define XXH_INLINE_ALL
#endif
#include <xxhash.h>

#include "engine/base/bytes.h"

namespace foreshard {

inline uint64_t hash_key(uint64_t seed, Bytes key) { return XXH3_64bits_withSeed(key.data(), key.size(), seed); }

#if defined(__x86_64__) && defined(__GNUC__)
#define FORESHARD_HASH_DISPATCH
constexpr size_t kHashLongFrom = 512;  // bytes; shorter ones gain less by wider vectors than the call costs
uint64_t checksum64_long(Bytes bytes);
#endif

inline uint64_t checksum64(Bytes bytes) {
#ifdef FORESHARD_HASH_DISPATCH
  if (bytes.size() > kHashLongFrom) return checksum64_long(bytes);
#endif
  return XXH3_64bits(bytes.data(), bytes.size());
}

// The low half of checksum64: for records, where eight bytes would be dear.
inline uint32_t checksum32(Bytes bytes) { return static_cast<uint32_t>(checksum64(bytes)); }

}  // namespace foreshard
