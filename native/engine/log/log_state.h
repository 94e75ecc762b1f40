// The log's working state that no other part sees: a group on its way, and the segment being written. Only log/*.cc
// include this.
#pragma once
#include <algorithm>
#include <vector>

#include "engine/io/await.h"
#include "engine/log/log.h"
#include "engine/log/record.h"

namespace foreshard {

constexpr size_t kEarlyGroupRecords = 250;          // commit early, before the caller's turn ends
constexpr size_t kRecordsAhead = 8;                 // that are on their way to the processor's cache
constexpr uint64_t kGroupBytes = 4u << 20;          // a group of several units stops growing here
constexpr uint64_t kUnwrittenGroupBytes = 256u << 10;  // larger groups go to space that was never written
constexpr uint64_t kZeroAhead = 1u << 20;
constexpr uint64_t kZeroChunk = 256u << 10;
constexpr uint64_t kBufferBytes = 1u << 20;        // of a group of usual size
constexpr uint64_t kBigBufferUnit = 2u << 20;      // what larger ones are made of
constexpr uint64_t kSpareBufferBytes = 6u << 20;   // none larger is kept
constexpr size_t kSpareEntries = 1u << 20;
constexpr uint64_t kSmallRecord = 64;               // for estimates of what a run will take
constexpr uint64_t kRunEntryReserve = 12;
constexpr uint64_t kIdleDelay = 20'000'000;         // ns without a write, then a mark proves the last group durable
constexpr uint64_t kRetryDelay = 200'000'000;       // ns between tries while the device refuses
constexpr uint32_t kCutTries = 5;                   // to record a cut, before those who wait hear that it is not certain

struct Log::Group {
  Log* log = nullptr;
  IoRequest io;
  Mapping buffer;
  Segment* segment = nullptr;
  GroupHeader header;
  uint64_t link = 0;
  uint64_t last_sequence = 0;
  size_t entries_before = 0;  // of the active segment's run
  bool done = false;

  void submit(Disk& disk, FileId file) {
    io.op = IoOp::write_durable;
    io.file = file;
    io.offset = lsn_offset(header.lsn);
    io.data = buffer.data();
    io.length = header.padded();
    io.owner = this;
    io.done = [](IoRequest& request) {
      auto* group = static_cast<Group*>(request.owner);
      group->log->completed(*group);
    };
    disk.submit(io);
  }
};

struct Log::Active : RunLists {
  Segment* segment;
  uint64_t end = kBlock;         // where the next group goes
  uint64_t zeroed_end;           // written with zeros (or groups) up to here

  Active(Segment* opened, uint64_t zeroed, RunLists lists) : RunLists(std::move(lists)), segment(opened), zeroed_end(zeroed) {}

  // Emptied, unless they are so long that their memory had better be given back.
  RunLists take_lists() {
    if (entries.capacity() > kSpareEntries) return {};
    entries.clear();
    replacements.clear();
    return std::move(*this);
  }

  bool empty() const { return end == kBlock; }

  bool wants_zeroes(uint64_t segment_bytes) const { return zeroed_end < end + kZeroAhead / 2 && end + kZeroChunk < segment_bytes; }

  void add_entry(const RunEntry& entry, Address replaced) {
    entries.push_back(entry);
    if (replaced && replaced.slot() == segment->facts.id % kSegmentSlots)
      replacements.push_back({entry.offset, static_cast<uint32_t>(replaced.segment_offset())});
  }

  void begin_group(uint64_t padded, const GroupHeader& header) {
    SegmentFacts& facts = segment->facts;
    if (empty()) facts.link_before = header.previous_link;
    end += padded;
    zeroed_end = std::max(zeroed_end, end);
    facts.data_end = end;
    facts.records += header.records;
    facts.record_bytes += header.record_bytes();
    if (header.records == 0) return;
    if (facts.first_sequence == 0) facts.first_sequence = header.first_sequence;
    facts.last_sequence = header.first_sequence + header.records - 1;
  }

  // Takes back all from this entry and offset on, which took so many bytes.
  void cut_to(size_t keep, uint64_t new_end, uint64_t last_sequence, uint64_t record_bytes) {
    while (!replacements.empty() && replacements.back().offset >= new_end) replacements.pop_back();
    SegmentFacts& facts = segment->facts;
    facts.records -= entries.size() - keep;
    facts.record_bytes -= record_bytes;
    entries.resize(keep);
    end = facts.data_end = new_end;
    facts.last_sequence = keep == 0 ? 0 : last_sequence;
    if (keep == 0) facts.first_sequence = 0;
  }
};

}  // namespace foreshard
