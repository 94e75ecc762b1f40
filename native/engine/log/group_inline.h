// The body of for_each_record (log/group.h): walks the frames and records of a group whose checksum holds.
#pragma once
#include "engine/log/group.h"
#include "engine/log/record.h"

namespace foreshard {

template <class Visit>
Errc for_each_record(Bytes group, const GroupHeader& header, Visit&& visit) {
  uint64_t at = kGroupHeader;
  for (uint32_t f = 0; f < header.frames; ++f) {
    if (header.length - at < kFrameHeader) return Errc::corrupt;
    const FrameHeader frame = read_frame_header(group.data() + at);
    at += kFrameHeader;
    if (frame.bytes > header.length - at) return Errc::corrupt;
    const uint64_t frame_end = at + frame.bytes;
    for (uint32_t r = 0; r < frame.records; ++r) {
      if (frame_end - at < kRecordHeader) return Errc::corrupt;
      const RecordView record(group.data() + at);
      if (record.size() > frame_end - at) return Errc::corrupt;
      visit(frame, record, at);
      at += record.size();
    }
    if (at != frame_end) return Errc::corrupt;
  }
  return at == header.length ? Errc::ok : Errc::corrupt;
}

}  // namespace foreshard
