// How a file of a store begins:
//
//   0  u32 magic   4  u32 version   8  u64 checksum of the bytes from 16 to the header's length, seeded with bytes 0..8
//
// The seed makes the checksum cover magic and version, too.
#pragma once
#include "engine/base/bytes.h"
#include "engine/base/hash.h"
#include "engine/base/status.h"

namespace foreshard {

constexpr uint32_t kFileHeaderStart = 16;

inline uint64_t file_header_checksum(Bytes header) {
  const Bytes covered = header.subspan(kFileHeaderStart);
  return XXH3_64bits_withSeed(covered.data(), covered.size(), load<uint64_t>(header.data()));
}

// Fills in the first 16 bytes of a header that is complete behind them.
inline void seal_file_header(MutableBytes header, uint32_t magic, uint32_t version) {
  store<uint32_t>(header.data(), magic);
  store<uint32_t>(header.data() + 4, version);
  store<uint64_t>(header.data() + 8, file_header_checksum(header));
}

// `short_read`, `corrupt` (it is no such file), `unsupported_version` (a newer one's) or `checksum_mismatch`. `bytes`
// may go on behind the header.
inline Errc check_file_header(Bytes bytes, uint64_t header_length, uint32_t magic, uint32_t version) {
  if (bytes.size() < header_length) return Errc::short_read;
  if (load<uint32_t>(bytes.data()) != magic) return Errc::corrupt;
  if (load<uint32_t>(bytes.data() + 4) > version) return Errc::unsupported_version;
  const uint64_t checksum = file_header_checksum(bytes.first(header_length));
  if (load<uint64_t>(bytes.data() + 8) != checksum) return Errc::checksum_mismatch;
  return load<uint32_t>(bytes.data() + 4) == version ? Errc::ok : Errc::unsupported_version;
}

}  // namespace foreshard
