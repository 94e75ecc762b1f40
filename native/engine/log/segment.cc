// The registry of segments and the header block of their files (log/segment.h).
#include "engine/log/segment.h"

#include "engine/base/bytes.h"
#include "engine/base/hash.h"

namespace foreshard {

Segment& Segments::add(const SegmentFacts& facts) {
  auto segment = std::make_unique<Segment>();
  segment->facts = facts;
  slots_[facts.id % kSegmentSlots] = segment.get();
  if (facts.id >= next_id_) next_id_ = facts.id + 1;
  return *(segments_[facts.id] = std::move(segment));
}

void Segments::remove(uint64_t id) {
  slots_[id % kSegmentSlots] = nullptr;
  segments_.erase(id);
}

Segment* Segments::by_id(uint64_t id) {
  auto found = segments_.find(id);
  return found == segments_.end() ? nullptr : found->second.get();
}

uint64_t Segments::next_id() {
  for (uint32_t tries = 0; tries < kSegmentSlots; ++tries) {
    const uint64_t id = next_id_++;
    if (slots_[id % kSegmentSlots] == nullptr) return id;
  }
  return 0;
}

uint64_t Segments::last_gap(uint64_t last) const {
  uint64_t gap = 0, seen = 0;
  for (const auto& [id, segment] : segments_) {
    const SegmentFacts& facts = segment->facts;
    if (facts.kind != SegmentKind::log || facts.records == 0) continue;
    if (facts.first_sequence > seen + 1) gap = facts.first_sequence - 1;
    seen = facts.last_sequence;
  }
  return seen < last ? last : gap;
}

void write_segment_header(uint8_t* block, uint64_t store_id, const SegmentFacts& facts, uint64_t created_ms) {
  std::memset(block, 0, kBlock);
  store<uint32_t>(block, kSegmentMagic);
  store<uint32_t>(block + 4, kSegmentVersion);
  store<uint64_t>(block + 16, store_id);
  store<uint64_t>(block + 24, facts.id);
  store<uint64_t>(block + 32, facts.nonce);
  store<uint32_t>(block + 40, facts.incarnation);
  store<uint32_t>(block + 44, static_cast<uint32_t>(facts.kind));
  store<uint64_t>(block + 48, created_ms);
  store<uint64_t>(block + 8, checksum64({block + 16, kSegmentHeaderBytes - 16}));
}

Errc read_segment_header(Bytes block, uint64_t store_id, SegmentFacts& facts) {
  if (block.size() < kSegmentHeaderBytes) return Errc::short_read;
  const uint8_t* at = block.data();
  if (load<uint32_t>(at) != kSegmentMagic) return Errc::corrupt;
  if (load<uint32_t>(at + 4) != kSegmentVersion) return Errc::unsupported_version;
  if (load<uint64_t>(at + 8) != checksum64({at + 16, kSegmentHeaderBytes - 16})) return Errc::checksum_mismatch;
  if (load<uint64_t>(at + 16) != store_id) return Errc::wrong_store;
  facts = {};
  facts.id = load<uint64_t>(at + 24);
  facts.nonce = load<uint64_t>(at + 32);
  facts.incarnation = load<uint32_t>(at + 40);
  facts.kind = static_cast<SegmentKind>(load<uint32_t>(at + 44));
  facts.data_end = kBlock;
  return facts.kind == SegmentKind::log || facts.kind == SegmentKind::relocated ? Errc::ok : Errc::corrupt;
}

Errc check_segment_header(Bytes block, uint64_t store_id, const SegmentFacts& facts) {
  SegmentFacts stated;
  const Errc code = read_segment_header(block, store_id, stated);
  if (code != Errc::ok) return code;
  return stated.id == facts.id && stated.nonce == facts.nonce ? Errc::ok : Errc::wrong_store;
}

}  // namespace foreshard
