// See eviction.h.
#include "engine/table/eviction.h"

#include <cstring>

namespace foreshard {

namespace {

// A chunk is taken for its garbage if this share of it is dead.
constexpr double kWorthwhileDeadShare = 0.25;
// The least for which a chunk is emptied while memory is not short.
constexpr double kLeastDeadShare = 1.0 / 16;
// Chunks looked at to choose a victim; a larger arena is scanned in turns, so that the choice takes bounded time.
constexpr size_t kScanChunks = 4096;
// What the choice of a victim costs, in bytes of the caller's budget.
constexpr uint64_t kChoiceBytes = 4096;
// At most this share of the memory that is freed is filled again with copies, in the long run.
constexpr double kForwardShareMax = 0.75;

}  // namespace

Eviction::Eviction(Table& table, Arena& arena, uint64_t hash_seed)
    : table_(table), arena_(arena), hash_seed_(hash_seed), sample_(table, arena, hash_seed), credit_(credit_max()) {}

uint64_t Eviction::credit_max() const {
  return std::max<uint64_t>(4 * kChunkBytes, arena_.stats().resident_limit / 4);
}

bool Eviction::step(uint64_t durable_sequence, uint64_t byte_budget, double dead_share_max) {
  uint64_t spent = 0;
  while (spent < byte_budget) {
    if (victim_ == kNoChunk) {
      if (!begin_victim(durable_sequence, dead_share_max)) return false;
      spent += kChoiceBytes;
    }
    if (!evictable(victim_, durable_sequence) || arena_.chunk(victim_).revivals != revivals_) {  // since it was chosen
      victim_ = kNoChunk;
      continue;
    }
    spent += collect(byte_budget > spent ? byte_budget - spent : 1);
    if (spare_big(durable_sequence)) continue;
    spent += settle(durable_sequence);
    if (!cursor_) end_victim(durable_sequence);
  }
  return victim_ != kNoChunk || arena_.over_limit();
}

bool Eviction::evictable(uint32_t index, uint64_t durable_sequence) const {
  const Chunk& chunk = arena_.chunk(index);
  return chunk.state == Chunk::State::sealed && chunk.pinned_until_sequence <= durable_sequence;
}

bool Eviction::begin_victim(uint64_t durable_sequence, double dead_share_max) {
  arena_.reclaim(durable_sequence);
  cleaning_ = !arena_.over_limit();
  if (cleaning_ && (barren_at_ == durable_sequence || !arena_.dead_beyond(dead_share_max))) return false;
  victim_ = pick(durable_sequence);
  const bool worth_it = victim_ != kNoChunk && (!cleaning_ || dead_share(victim_) >= kLeastDeadShare);
  if (!worth_it) {
    victim_ = kNoChunk;
    if (cleaning_) barren_at_ = durable_sequence;
    return false;
  }
  revivals_ = arena_.chunk(victim_).revivals;
  const bool has_live = arena_.chunk(victim_).live() > 0;
  cursor_ = has_live ? arena_.first_record(victim_) : Address();
  if (has_live && !cleaning_) sample_.refresh();
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

double Eviction::dead_share(uint32_t index) const {
  const Chunk& chunk = arena_.chunk(index);
  return static_cast<double>(chunk.dead) / static_cast<double>(chunk.capacity);
}

bool Eviction::better(uint32_t a, uint32_t b) const {
  const auto garbage = [&](uint32_t index) {
    return !cleaning_ && dead_share(index) < kWorthwhileDeadShare ? 0 : arena_.chunk(index).dead;
  };
  const uint64_t first = garbage(a);
  const uint64_t second = garbage(b);
  return first != second ? first > second : arena_.chunk(a).birth < arena_.chunk(b).birth;
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
}

// Decides about each record of the batch. Returns the bytes copied.
uint64_t Eviction::settle(uint64_t durable_sequence) {
  for (size_t i = 0; i < batch_size_; ++i) locate(batch_[i]);
  uint64_t copied = 0;
  for (size_t i = 0; i < batch_size_; ++i) {
    const Candidate& candidate = batch_[i];
    const uint64_t bytes = kRecordPrefix + arena_.view(candidate.address).size();
    if (candidate.slot == Page::kNone) {
      stats_.garbage_bytes += bytes;
    } else if (bound_to_memory(candidate, durable_sequence) || worth_keeping(candidate, bytes)) {
      copied += forward(candidate, bytes);
    } else {
      relocate(candidate, arena_.disk_address(candidate.address));
      stats_.fallen_bytes += bytes;
    }
    arena_.mark_dead(candidate.address);
  }
  return copied;
}

// Not on disk, or not durably so.
bool Eviction::bound_to_memory(const Candidate& candidate, uint64_t durable_sequence) const {
  return !arena_.disk_address(candidate.address) || arena_.view(candidate.address).sequence() > durable_sequence;
}

bool Eviction::worth_keeping(const Candidate& candidate, uint64_t bytes) const {
  if (cleaning_) return true;
  const Page& page = *candidate.page;
  return bytes <= credit_ && page.state == Page::State::loaded &&
         ResidentSample::density(page.heat_score(candidate.slot), bytes) > sample_.threshold();
}

uint64_t Eviction::forward(const Candidate& candidate, uint64_t bytes) {
  const RecordView record = arena_.view(candidate.address);
  Address copy;
  uint8_t* to = arena_.allocate(record.size(), copy, ArenaHead::forwarded);
  std::memcpy(to, record.data(), record.size());
  arena_.set_disk_address(copy, arena_.disk_address(candidate.address));
  arena_.pin(copy, record.sequence());
  relocate(candidate, copy);
  if (!cleaning_) spend(bytes);
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
  if (!bound_to_memory(candidate, durable_sequence) && !worth_keeping(candidate, bytes)) return false;
  if (!cleaning_) spend(bytes);
  arena_.renew(victim_);
  victim_ = kNoChunk;
  return true;
}

void Eviction::end_victim(uint64_t durable_sequence) {
  const Chunk& chunk = arena_.chunk(victim_);
  const auto earned = static_cast<uint64_t>(static_cast<double>(chunk.capacity) * kForwardShareMax);
  if (!cleaning_) credit_ = std::min(credit_ + earned, credit_max());
  if (chunk.held_until_sequence > durable_sequence) arena_.retire(victim_);
  else arena_.free_chunk(victim_);
  stats_.chunks_freed += 1;
  victim_ = kNoChunk;
}

}  // namespace foreshard
