// A commit group: what one durable write of the log carries. Padded with zeros to kBlock.
//
//   0   u32 magic            4   u32 header checksum (low half; of bytes 8..80)
//   8   u64 LSN              16  u64 nonce of the segment
//   24  u64 body checksum (of bytes 80..length)
//   32  u64 link of the group before (the chain)
//   40  u64 first sequence number of the group, or the next to be given if it has no record
//   48  u64 durable LSN known when it was written: all before it had been flushed
//   56  u64 wall clock, Unix ms, never running backwards
//   64  u32 length without padding   68 u32 records   72 u32 frames   76 u32 incarnation
//   80  frames: u32 shard, u32 epoch of the shard, u32 bytes of records, u32 records; the records (log/record.h)
//
// An LSN is segment id << 32 | offset. A group's link is the checksum of its header: it covers the body's checksum, and
// through the chain all before. A group of no record is an idle mark: it only proves what came before it durable.
#pragma once
#include <vector>

#include "engine/base/buffer.h"
#include "engine/base/bytes.h"
#include "engine/base/hash.h"
#include "engine/base/status.h"

namespace foreshard {

using Lsn = uint64_t;
constexpr Lsn make_lsn(uint64_t segment_id, uint64_t offset) { return segment_id << 32 | offset; }
constexpr uint64_t lsn_segment(Lsn lsn) { return lsn >> 32; }
constexpr uint64_t lsn_offset(Lsn lsn) { return lsn & 0xffffffff; }

constexpr uint32_t kGroupMagic = 0x50475346;  // "FSGP"
constexpr uint32_t kGroupHeader = 80;
constexpr uint32_t kFrameHeader = 16;

struct GroupHeader {
  Lsn lsn = 0;
  uint64_t nonce = 0;
  uint64_t body_checksum = 0;
  uint64_t previous_link = 0;
  uint64_t first_sequence = 0;
  Lsn durable_lsn = 0;
  uint64_t wall_ms = 0;
  uint32_t length = 0;
  uint32_t records = 0;
  uint32_t frames = 0;
  uint32_t incarnation = 0;

  uint64_t padded() const { return align_up(length, kBlock); }
  // What its records take, without headers and padding.
  uint64_t record_bytes() const {
    const uint64_t headers = kGroupHeader + uint64_t{frames} * kFrameHeader;
    return length > headers ? length - headers : 0;
  }
};

// Whose frame it is.
struct FrameLabel {
  uint32_t shard = 0;
  uint32_t epoch = 0;
};

struct FrameHeader {
  uint32_t shard = 0;
  uint32_t epoch = 0;
  uint32_t bytes = 0;
  uint32_t records = 0;
};

// Writes the header in front of a body that is complete (fills in body_checksum); returns the group's link.
uint64_t seal_group(uint8_t* at, GroupHeader& header);

// The header alone: `end` if there is no magic, `checksum_mismatch`, `corrupt` for impossible lengths, or ok.
Errc read_group_header(Bytes bytes, GroupHeader& header);
uint64_t group_link(const uint8_t* header_bytes);

// The body: `short_read`, `checksum_mismatch`, or ok. `bytes` begins with the header.
Errc check_group_body(Bytes bytes, const GroupHeader& header);

// Calls visit(frame, RecordView, offset in group) for each record, in order; `corrupt` if the lengths do not add up.
// The body's checksum has been checked; the records' own are not checked again.
template <class Visit>
Errc for_each_record(Bytes group, const GroupHeader& header, Visit&& visit);

inline FrameHeader read_frame_header(const uint8_t* at) {
  return {load<uint32_t>(at), load<uint32_t>(at + 4), load<uint32_t>(at + 8), load<uint32_t>(at + 12)};
}
inline void write_frame_header(uint8_t* at, const FrameHeader& frame) {
  store<uint32_t>(at, frame.shard);
  store<uint32_t>(at + 4, frame.epoch);
  store<uint32_t>(at + 8, frame.bytes);
  store<uint32_t>(at + 12, frame.records);
}

}  // namespace foreshard

#include "engine/log/group_inline.h"
