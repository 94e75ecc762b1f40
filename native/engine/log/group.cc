// Sealing and checking commit groups (log/group.h).
#include "engine/log/group.h"

namespace foreshard {

namespace {

void write_header(uint8_t* at, const GroupHeader& header) {
  store<uint32_t>(at, kGroupMagic);
  store<uint64_t>(at + 8, header.lsn);
  store<uint64_t>(at + 16, header.nonce);
  store<uint64_t>(at + 24, header.body_checksum);
  store<uint64_t>(at + 32, header.previous_link);
  store<uint64_t>(at + 40, header.first_sequence);
  store<uint64_t>(at + 48, header.durable_lsn);
  store<uint64_t>(at + 56, header.wall_ms);
  store<uint32_t>(at + 64, header.length);
  store<uint32_t>(at + 68, header.records);
  store<uint32_t>(at + 72, header.frames);
  store<uint32_t>(at + 76, header.incarnation);
  store<uint32_t>(at + 4, checksum32({at + 8, kGroupHeader - 8}));
}

bool possible(const GroupHeader& header) {
  return header.length >= kGroupHeader && lsn_offset(header.lsn) % kBlock == 0 && header.lsn != 0 &&
         header.frames <= (header.length - kGroupHeader) / kFrameHeader && header.records <= header.length / kFrameHeader;
}

}  // namespace

uint64_t seal_group(uint8_t* at, GroupHeader& header) {
  header.body_checksum = checksum64({at + kGroupHeader, header.length - kGroupHeader});
  write_header(at, header);
  return group_link(at);
}

uint64_t group_link(const uint8_t* header_bytes) { return checksum64({header_bytes, kGroupHeader}); }

Errc read_group_header(Bytes bytes, GroupHeader& header) {
  if (bytes.size() < kGroupHeader) return Errc::end;
  const uint8_t* at = bytes.data();
  if (load<uint32_t>(at) != kGroupMagic) return Errc::end;
  if (load<uint32_t>(at + 4) != checksum32({at + 8, kGroupHeader - 8})) return Errc::checksum_mismatch;
  header.lsn = load<uint64_t>(at + 8);
  header.nonce = load<uint64_t>(at + 16);
  header.body_checksum = load<uint64_t>(at + 24);
  header.previous_link = load<uint64_t>(at + 32);
  header.first_sequence = load<uint64_t>(at + 40);
  header.durable_lsn = load<uint64_t>(at + 48);
  header.wall_ms = load<uint64_t>(at + 56);
  header.length = load<uint32_t>(at + 64);
  header.records = load<uint32_t>(at + 68);
  header.frames = load<uint32_t>(at + 72);
  header.incarnation = load<uint32_t>(at + 76);
  return possible(header) ? Errc::ok : Errc::corrupt;
}

Errc check_group_body(Bytes bytes, const GroupHeader& header) {
  if (bytes.size() < header.length) return Errc::short_read;
  const uint64_t body = checksum64({bytes.data() + kGroupHeader, header.length - kGroupHeader});
  return body == header.body_checksum ? Errc::ok : Errc::checksum_mismatch;
}

}  // namespace foreshard
