// See eviction.h.
#include "engine/table/eviction.h"

#include <algorithm>
#include <cmath>
#include <cstring>

namespace foreshard {

namespace {

// A chunk is taken for its garbage if this share of it is dead.
constexpr double kWorthwhileDeadShare = 0.25;
// Chunks looked at to choose a victim; a larger arena is scanned in turns, so that the choice takes bounded time.
constexpr size_t kScanChunks = 4096;
// Of a victim, at most this share is copied without need, so that each victim frees some memory.
constexpr double kForwardShareMax = 0.625;
// How fast the threshold follows the median heat of the live records met.
constexpr double kThresholdGain = 1.0 / 8;
// Big records are spared against bytes that fell to disk, at most this many ahead.
constexpr uint64_t kSpareCreditMax = 64ull << 20;

}  // namespace

bool Eviction::step(uint64_t durable_sequence, uint64_t byte_budget) {
  uint64_t spent = 0;
  while (spent < byte_budget) {
    if (victim_ == kNoChunk && !begin_victim(durable_sequence)) return false;
    if (!evictable(victim_, durable_sequence)) {  // pinned meanwhile
      victim_ = kNoChunk;
      continue;
    }
    spent += collect(byte_budget - spent);
    if (spare_big(durable_sequence)) continue;
    spent += settle(durable_sequence);
    if (!cursor_) end_victim();
  }
  return victim_ != kNoChunk || arena_.over_limit();
}

bool Eviction::evictable(uint32_t index, uint64_t durable_sequence) const {
  const Chunk& chunk = arena_.chunk(index);
  return chunk.state == Chunk::State::sealed && chunk.pinned_until_sequence <= durable_sequence;
}

bool Eviction::begin_victim(uint64_t durable_sequence) {
  if (!arena_.over_limit()) return false;
  victim_ = pick(durable_sequence);
  if (victim_ == kNoChunk) return false;
  const Chunk& chunk = arena_.chunk(victim_);
  cursor_ = chunk.live() == 0 ? Address() : arena_.first_record(victim_);
  forward_quota_ = static_cast<uint64_t>(static_cast<double>(chunk.capacity) * kForwardShareMax);
  return true;
}

uint32_t Eviction::pick(uint64_t durable_sequence) {
  const size_t chunks = arena_.chunk_count();
  uint32_t best = kNoChunk;
  for (size_t seen = 0; seen < chunks; ++seen) {
    if (seen >= kScanChunks && best != kNoChunk) break;
    if (scan_from_ >= chunks) scan_from_ = 0;
    if (evictable(scan_from_, durable_sequence) && (best == kNoChunk || better(scan_from_, best))) best = scan_from_;
    ++scan_from_;
  }
  return best;
}

bool Eviction::better(uint32_t a, uint32_t b) const {
  const auto garbage = [&](const Chunk& chunk) {
    const double share = static_cast<double>(chunk.dead) / static_cast<double>(chunk.capacity);
    return share < kWorthwhileDeadShare ? 0 : chunk.dead;
  };
  const Chunk& first = arena_.chunk(a);
  const Chunk& second = arena_.chunk(b);
  const uint64_t first_garbage = garbage(first);
  const uint64_t second_garbage = garbage(second);
  return first_garbage != second_garbage ? first_garbage > second_garbage : first.birth < second.birth;
}

// Fills the batch from the victim, hashing keys and prefetching their pages. Returns the bytes walked.
uint64_t Eviction::collect(uint64_t byte_budget) {
  uint64_t walked = 0;
  batch_size_ = 0;
  while (cursor_ && batch_size_ < kBatch && walked < byte_budget) {
    const RecordView record = arena_.view(cursor_);
    walked += kRecordPrefix + record.size();
    if (!arena_.is_dead(cursor_)) {
      const uint64_t hash = hash_key(hash_seed_, record.key());
      table_.prefetch(hash);
      batch_[batch_size_++] = {cursor_, hash, &table_.page_for(hash)};
    }
    cursor_ = arena_.next_record(cursor_);
  }
  return walked;
}

void Eviction::locate(Candidate& candidate) const {
  const Page& page = *candidate.page;
  candidate.slot = Page::kNone;
  if (page.state != Page::State::loaded) {
    for (size_t i = page.overlay.size(); i-- > 0 && candidate.slot == Page::kNone;)
      if (page.overlay[i].address == candidate.address) candidate.slot = static_cast<int>(i);
    return;
  }
  const uint32_t tag = tag_of(candidate.hash);
  int slot = page.find(tag);
  while (slot != Page::kNone && page.address(slot) != candidate.address) slot = page.find_next(tag, slot);
  candidate.slot = slot;
  if (slot != Page::kNone) candidate.score = page.heat_score(slot);
}

// Follows the median of what is live, so that about half of it is hotter.
void Eviction::adapt_threshold() {
  std::array<int32_t, kBatch> scores;
  size_t count = 0;
  for (size_t i = 0; i < batch_size_; ++i)
    if (batch_[i].slot != Page::kNone && batch_[i].page->state == Page::State::loaded)
      scores[count++] = batch_[i].score;
  if (count == 0) return;
  const auto middle = scores.begin() + static_cast<ptrdiff_t>(count / 2);
  std::nth_element(scores.begin(), middle, scores.begin() + static_cast<ptrdiff_t>(count));
  if (!threshold_known_) threshold_ = *middle;
  threshold_known_ = true;
  threshold_ += (*middle - threshold_) * kThresholdGain;
}

// Decides about each record of the batch. Returns the bytes copied.
uint64_t Eviction::settle(uint64_t durable_sequence) {
  for (size_t i = 0; i < batch_size_; ++i) locate(batch_[i]);
  adapt_threshold();
  uint64_t copied = 0;
  for (size_t i = 0; i < batch_size_; ++i) {
    const Candidate& candidate = batch_[i];
    const uint64_t bytes = kRecordPrefix + arena_.view(candidate.address).size();
    if (candidate.slot == Page::kNone) {
      stats_.garbage_bytes += bytes;
    } else if (bound_to_memory(candidate, durable_sequence)) {
      copied += forward(candidate, bytes);
    } else if (worth_keeping(candidate, bytes)) {
      forward_quota_ -= bytes;
      copied += forward(candidate, bytes);
    } else {
      relocate(candidate, arena_.disk_address(candidate.address));
      stats_.fallen_bytes += bytes;
      spare_credit_ = std::min(spare_credit_ + bytes, kSpareCreditMax);
    }
    arena_.mark_dead(candidate.address);
  }
  return copied;
}

// Not on disk, or not durably so.
bool Eviction::bound_to_memory(const Candidate& candidate, uint64_t durable_sequence) const {
  return !arena_.disk_address(candidate.address) || arena_.view(candidate.address).sequence() > durable_sequence;
}

// Tombstones are kept while the quota lasts: small, and each spares a read that would find nothing.
bool Eviction::worth_keeping(const Candidate& candidate, uint64_t bytes) const {
  if (bytes > forward_quota_) return false;
  return arena_.view(candidate.address).kind() == RecordKind::del ||
         (candidate.page->state == Page::State::loaded && candidate.score > std::lround(threshold_));
}

uint64_t Eviction::forward(const Candidate& candidate, uint64_t bytes) {
  const RecordView record = arena_.view(candidate.address);
  Address copy;
  uint8_t* to = arena_.allocate(record.size(), copy, ArenaHead::forwarded);
  std::memcpy(to, record.data(), record.size());
  arena_.set_disk_address(copy, arena_.disk_address(candidate.address));
  arena_.pin(copy, record.sequence());
  relocate(candidate, copy);
  stats_.forwarded_bytes += bytes;
  return bytes;
}

void Eviction::relocate(const Candidate& candidate, Address to) {
  if (candidate.page->state == Page::State::loaded)
    candidate.page->relocate(candidate.slot, to);
  else
    candidate.page->overlay[static_cast<size_t>(candidate.slot)].address = to;
}

// A big record is never copied: it stays where it is, as if its chunk were new, if it must or deserves to.
bool Eviction::spare_big(uint64_t durable_sequence) {
  Candidate& candidate = batch_[0];
  if (!arena_.chunk(victim_).own.data() || batch_size_ == 0) return false;
  locate(candidate);
  if (candidate.slot == Page::kNone) return false;
  const uint64_t bytes = kRecordPrefix + arena_.view(candidate.address).size();
  const bool bound = bound_to_memory(candidate, durable_sequence);
  if (!bound) {
    forward_quota_ = spare_credit_;
    adapt_threshold();
    if (!worth_keeping(candidate, bytes)) return false;
    spare_credit_ -= bytes;
  }
  arena_.renew(victim_);
  victim_ = kNoChunk;
  return true;
}

void Eviction::end_victim() {
  arena_.free_chunk(victim_);
  stats_.chunks_freed += 1;
  victim_ = kNoChunk;
}

}  // namespace foreshard
