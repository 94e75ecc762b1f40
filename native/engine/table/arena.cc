// See arena.h.
#include "engine/table/arena.h"

#include <algorithm>
#include <cassert>
#include <string>

#include "engine/base/buffer.h"

namespace foreshard {

namespace {

// The first slab is small and in small pages: a small store stays small, and opens without zeroing huge pages.
constexpr uint64_t kFirstSlabBytes = 8ull * kChunkBytes;
constexpr uint64_t kSlabBytes = 64ull * kChunkBytes;
constexpr size_t kSlackChunks = 8;

}  // namespace

uint64_t checked_entry_size(const uint8_t* at, uint64_t left) {
  if (left < kRecordPrefix + kRecordHeader) return 0;
  const uint64_t prefix = load<uint64_t>(at);
  if (prefix == 0 || prefix >> 40 != 0 || Address(prefix).in_memory()) return 0;
  const RecordView record(at + kRecordPrefix);
  if (record.key_length() == 0 || record.size() > left - kRecordPrefix) return 0;
  if (record.kind() != RecordKind::put && record.kind() != RecordKind::del) return 0;
  return kRecordPrefix + record.size();
}

Arena::Arena(uint64_t resident_limit) { set_resident_limit(resident_limit); }

void Arena::set_resident_limit(uint64_t bytes) {
  stats_.resident_limit = bytes;
  reserve_ = std::max<uint64_t>(2 * kChunkBytes, bytes / 64);
}

void Arena::mark_dead(Address address) {
  if (is_dead(address)) return;
  cell::set_flag(record(address), true);
  const uint64_t bytes = entry_size(view(address));
  chunks_[address.chunk()].dead += bytes;
  stats_.dead_bytes += bytes;
}

void Arena::revive(Address address) {
  if (!is_dead(address)) return;
  cell::set_flag(record(address), false);
  const uint64_t bytes = entry_size(view(address));
  Chunk& chunk = chunks_[address.chunk()];
  chunk.dead -= bytes;
  stats_.dead_bytes -= bytes;
  ++chunk.revivals;
  if (chunk.state == Chunk::State::retired) chunk.state = Chunk::State::sealed;
}

void Arena::retire(uint32_t index) {
  chunks_[index].state = Chunk::State::retired;
  retired_.push_back(index);
}

void Arena::reclaim(uint64_t durable_sequence) {
  size_t kept = 0;
  for (const uint32_t index : retired_) {
    const Chunk& chunk = chunks_[index];
    if (chunk.state != Chunk::State::retired) continue;  // revived
    if (chunk.held_until_sequence > durable_sequence) retired_[kept++] = index;
    else free_chunk(index);
  }
  retired_.resize(kept);
}

// A chunk for an entry that the head has no room for: its own, or a new head.
uint32_t Arena::chunk_with_room(uint64_t entry_bytes, ArenaHead head) {
  if (entry_bytes > kOwnChunkBytes) {
    const uint32_t own = open_chunk(take_own_chunk(kChunkHeader + entry_bytes));
    chunks_[own].state = Chunk::State::sealed;
    return own;
  }
  uint32_t& index = heads_[static_cast<size_t>(head)];
  if (index != kNoChunk) chunks_[index].state = Chunk::State::sealed;
  index = open_chunk(take_standard_chunk());
  return index;
}

uint32_t Arena::open_chunk(uint32_t index) {
  Chunk& chunk = chunks_[index];
  chunk.used = kChunkHeader;
  chunk.dead = 0;
  chunk.pinned_until_sequence = chunk.held_until_sequence = 0;
  chunk.birth = ++births_;
  chunk.state = Chunk::State::open;
  stats_.chunk_bytes += chunk.capacity;
  return index;
}

uint32_t Arena::take_standard_chunk() {
  if (free_chunks_.empty() && returned_.empty()) map_slab();
  const bool has_memory = !free_chunks_.empty();
  std::vector<uint32_t>& from = has_memory ? free_chunks_ : returned_;
  const uint32_t index = from.back();
  from.pop_back();
  if (has_memory) stats_.free_bytes -= kChunkBytes;
  chunks_[index].returned = false;
  return index;
}

uint32_t Arena::take_own_chunk(uint64_t capacity) {
  if (free_indices_.empty()) {
    free_indices_.push_back(static_cast<uint32_t>(chunks_.size()));
    chunks_.emplace_back();
    bases_.push_back(nullptr);
  }
  const uint32_t index = free_indices_.back();
  free_indices_.pop_back();
  Chunk& chunk = chunks_[index];
  chunk.own = Mapping(capacity, Mapping::Pages::small);
  chunk.base = bases_[index] = chunk.own.data();
  chunk.capacity = chunk.own.size();
  return index;
}

// New chunks count as returned: they have no memory until they are touched.
void Arena::map_slab() {
  const bool first = slabs_.empty();
  slabs_.emplace_back(first ? kFirstSlabBytes : kSlabBytes, first ? Mapping::Pages::small : Mapping::Pages::huge);
  const uint32_t count = static_cast<uint32_t>(slabs_.back().size() / kChunkBytes);
  const uint32_t start = static_cast<uint32_t>(chunks_.size());
  for (uint32_t i = 0; i < count; ++i) {
    Chunk& chunk = chunks_.emplace_back();
    chunk.base = slabs_.back().data() + uint64_t{i} * kChunkBytes;
    chunk.capacity = kChunkBytes;
    chunk.returned = true;
    bases_.push_back(chunk.base);
  }
  for (uint32_t i = count; i-- > 0;) returned_.push_back(start + i);
}

void Arena::free_chunk(uint32_t index) {
  Chunk& chunk = chunks_[index];
  assert(chunk.state != Chunk::State::free && chunk.state != Chunk::State::open);
  stats_.chunk_bytes -= chunk.capacity;
  stats_.used_bytes -= chunk.used - kChunkHeader;
  stats_.dead_bytes -= chunk.dead;
  chunk.state = Chunk::State::free;
  chunk.used = kChunkHeader;
  chunk.dead = 0;
  if (readings_.empty()) release(index);
  else freed_.push_back({index, readings_begun_});
}

uint64_t Arena::begin_reading() {
  readings_.push_back(++readings_begun_);
  return readings_begun_;
}

void Arena::end_reading(uint64_t reading) {
  std::erase(readings_, reading);
  size_t ready = 0;
  while (ready < freed_.size() && (readings_.empty() || freed_[ready].readings < readings_.front())) release(freed_[ready++].index);
  freed_.erase(freed_.begin(), freed_.begin() + static_cast<ptrdiff_t>(ready));
}

// The memory of a free chunk may be used again.
void Arena::release(uint32_t index) {
  Chunk& chunk = chunks_[index];
  if (chunk.own.data()) {
    chunk.own = Mapping();
    chunk.base = bases_[index] = nullptr;
    free_indices_.push_back(index);
    return;
  }
  free_chunks_.push_back(index);
  stats_.free_bytes += kChunkBytes;
  if (free_chunks_.size() > kSlackChunks) return_memory();
}

// Of the chunk that has been free for longest.
void Arena::return_memory() {
  const uint32_t index = free_chunks_.front();
  free_chunks_.erase(free_chunks_.begin());
  Mapping::release(chunks_[index].base, kChunkBytes);
  chunks_[index].returned = true;
  returned_.push_back(index);
  stats_.free_bytes -= kChunkBytes;
}

uint32_t Arena::open_chunk_for_read(MutableBytes& buffer, uint64_t bytes) {
  const uint32_t index = open_chunk(bytes <= kChunkBytes ? take_standard_chunk() : take_own_chunk(bytes));
  chunks_[index].state = Chunk::State::reading;
  buffer = {chunks_[index].base, static_cast<size_t>(chunks_[index].capacity)};
  return index;
}

uint32_t Arena::begin_ahead(MutableBytes& memory) {
  ++ahead_;
  if (returned_.empty()) map_slab();
  const uint32_t index = returned_.back();
  returned_.pop_back();
  chunks_[index].returned = false;
  memory = {chunks_[index].base, kChunkBytes};
  return index;
}

void Arena::end_ahead(uint32_t chunk) {
  --ahead_;
  free_chunks_.push_back(chunk);
  stats_.free_bytes += kChunkBytes;
}

Status Arena::finish(uint32_t index, uint64_t used) {
  Chunk& chunk = chunks_[index];
  assert(chunk.state == Chunk::State::reading);
  uint64_t offset = kChunkHeader;
  while (used <= chunk.capacity && offset < used) {
    const uint64_t bytes = checked_entry_size(chunk.base + offset, used - offset);
    if (bytes == 0) break;
    offset += bytes;
  }
  if (offset != used) {
    free_chunk(index);
    return {Errc::corrupt, "image chunk, at offset " + std::to_string(offset)};
  }
  finish_checked(index, used);
  return {};
}

void Arena::finish_checked(uint32_t index, uint64_t used) {
  Chunk& chunk = chunks_[index];
  assert(chunk.state == Chunk::State::reading && used <= chunk.capacity);
  chunk.used = used;
  chunk.state = Chunk::State::sealed;
  stats_.used_bytes += used - kChunkHeader;
}

}  // namespace foreshard
