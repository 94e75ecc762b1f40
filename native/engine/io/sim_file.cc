// See sim_file.h.
#include "engine/io/sim_file.h"

#include <algorithm>

namespace foreshard {

const uint8_t* SimBlock::zeros() {
  static const uint8_t bytes[kBlock] = {};
  return bytes;
}

SimBlock SimBlock::copy_of(const uint8_t* bytes) {
  SimBlock block;
  block.body_ = new Body;
  std::memcpy(block.body_->bytes, bytes, kBlock);
  return block;
}

SimBlock SimBlock::mixed(const SimBlock& ours, const SimBlock& theirs, uint8_t mask) {
  SimBlock block = copy_of(theirs.bytes());
  for (uint64_t sector = 0; sector < kSectorsPerBlock; ++sector) {
    if ((mask >> sector & 1) != 0) {
      std::memcpy(block.own_bytes() + sector * kSector, ours.bytes() + sector * kSector, kSector);
    }
  }
  return block;
}

uint64_t SimContent::held_blocks() const {
  uint64_t held = reserved_blocks;
  for (uint64_t index = reserved_blocks; index < blocks.size(); ++index) held += blocks[index].is_hole() ? 0 : 1;
  return held;
}

const SimBlock& SimContent::block(uint64_t index) const {
  static const SimBlock hole;
  return index < blocks.size() ? blocks[index] : hole;
}

uint64_t SimContent::read(uint64_t offset, uint8_t* data, uint64_t length) const {
  if (offset >= size) return 0;
  uint64_t end = std::min(offset + length, size);
  for (uint64_t at = offset; at < end;) {
    uint64_t within = at % kBlock;
    uint64_t run = std::min(kBlock - within, end - at);
    std::memcpy(data + (at - offset), block(at / kBlock).bytes() + within, run);
    at += run;
  }
  return end - offset;
}

void SimContent::set_block(uint64_t index, SimBlock block) {
  if (index >= blocks.size()) blocks.resize(index + 1);
  blocks[index] = std::move(block);
}

void SimContent::resize(uint64_t length) {
  size = length;
  reserved_blocks = std::min(reserved_blocks, align_up(length, kBlock) / kBlock);
  forget_beyond_size();
}

void SimContent::reserve(uint64_t length) {
  size = std::max(size, length);
  reserved_blocks = std::max(reserved_blocks, align_up(length, kBlock) / kBlock);
}

// What a shorter file cut off reads as zeros when it grows again.
void SimContent::forget_beyond_size() {
  uint64_t whole = align_up(size, kBlock) / kBlock;
  if (blocks.size() > whole) blocks.resize(whole);
  uint64_t rest = size % kBlock;
  if (rest == 0 || blocks.size() < whole || blocks.back().is_hole()) return;
  SimBlock last = SimBlock::copy_of(blocks.back().bytes());
  std::memset(last.own_bytes() + rest, 0, kBlock - rest);
  blocks.back() = std::move(last);
}

SimSurvival SimSurvival::draw(Random& random) {
  SimSurvival survival;
  switch (random.below(5)) {
    case 0: survival.keep = 0; survival.tear = 0; break;
    case 1: survival.keep = 1; survival.tear = 0; break;
    case 2: survival.tear = 1; break;
    default:
      survival.keep = static_cast<double>(random.below(101)) / 100;
      survival.tear = static_cast<double>(random.below(51)) / 100;
  }
  return survival;
}

SimFate SimSurvival::fate(Random& random) const {
  if (tear > 0 && random.chance(tear)) return random.chance(0.5) ? SimFate::torn_at_blocks : SimFate::torn_at_sectors;
  return random.chance(keep) ? SimFate::whole : SimFate::lost;
}

uint8_t SimSurvival::sectors(SimFate fate, Random& random) {
  switch (fate) {
    case SimFate::whole: return 0xff;
    case SimFate::lost: return 0;
    case SimFate::torn_at_blocks: return random.chance(0.5) ? 0xff : 0;
    case SimFate::torn_at_sectors: return static_cast<uint8_t>(random.next() >> 56);
  }
  return 0;
}

void SimFile::Change::apply(SimContent& content) const {
  switch (kind) {
    case write:
      content.set_block(where, block);
      content.size = std::max(content.size, (where + 1) * kBlock);
      break;
    case resize: content.resize(where); break;
    case reserve: content.reserve(where); break;
  }
}

void SimFile::change(Change change) {
  change.number = next_change_++;
  change.apply(seen_);
  changes_.push_back(std::move(change));
}

void SimFile::write(uint64_t offset, const uint8_t* data, uint64_t length) {
  for (uint64_t at = 0; at < length; at += kBlock) {
    change({Change::write, at != 0, (offset + at) / kBlock, SimBlock::copy_of(data + at)});
  }
}

void SimFile::write_torn(uint64_t offset, const uint8_t* data, uint64_t length, SimFate fate, Random& random) {
  for (uint64_t at = 0; at < length; at += kBlock) {
    uint8_t mask = SimSurvival::sectors(fate, random);
    if (mask == 0) continue;
    uint64_t index = (offset + at) / kBlock;
    SimBlock block = SimBlock::copy_of(data + at);
    if (mask != 0xff) block = SimBlock::mixed(block, seen_.block(index), mask);
    change({Change::write, false, index, std::move(block)});
  }
}

uint64_t SimFile::blocks_wanted(uint64_t offset, uint64_t length) const {
  uint64_t wanted = 0;
  for (uint64_t index = offset / kBlock; index < align_up(offset + length, kBlock) / kBlock; ++index) {
    wanted += seen_.holds_space(index) ? 0 : 1;
  }
  return wanted;
}

void SimFile::drop_changes(uint64_t count) {
  changes_.erase(changes_.begin(), changes_.begin() + static_cast<ptrdiff_t>(count));
}

uint64_t SimFile::count_until(uint64_t until) const {
  auto end = std::partition_point(changes_.begin(), changes_.end(), [&](const Change& c) { return c.number < until; });
  return static_cast<uint64_t>(end - changes_.begin());
}

void SimFile::flush(uint64_t until) {
  uint64_t count = count_until(until);
  for (uint64_t i = 0; i < count; ++i) changes_[i].apply(durable_);
  drop_changes(count);
}

void SimFile::flush_only(uint64_t from, uint64_t until) {
  auto first = changes_.begin() + static_cast<ptrdiff_t>(count_until(from));
  auto last = changes_.begin() + static_cast<ptrdiff_t>(count_until(until));
  auto is_write = [](const Change& change) { return change.kind == Change::write; };
  if (!std::all_of(changes_.begin(), last, is_write)) return flush(until);
  for (auto own = first; own != last; ++own) own->apply(durable_);
  // What is older on the same blocks has been overtaken.
  auto overtaken = [&](const Change& change) {
    return std::any_of(first, last, [&](const Change& own) { return own.where == change.where; });
  };
  changes_.erase(std::remove_if(changes_.begin(), first, overtaken), last);
}

// Writes one change to the medium, as far as its fate lets it.
void SimFile::spare(const Change& change, SimFate fate, Random& random) {
  uint8_t mask = SimSurvival::sectors(fate, random);
  if (mask == 0) return;
  durable_.set_block(change.where, mask == 0xff ? change.block
                                                : SimBlock::mixed(change.block, durable_.block(change.where), mask));
}

void SimFile::fail_flush(uint64_t until, Random& random) {
  uint64_t count = count_until(until);
  if (count == 0) return;
  SimSurvival survival = SimSurvival::draw(random);
  SimFate fate = SimFate::lost;
  for (uint64_t i = 0; i < count; ++i) {
    const Change& change = changes_[i];
    if (!change.continues) fate = survival.fate(random);
    if (change.kind == Change::write) {
      durable_.size = std::max(durable_.size, (change.where + 1) * kBlock);
      spare(change, fate, random);
    } else {
      change.apply(durable_);
    }
  }
  drop_changes(count);
  lost_by_failed_flush_ = true;
  evict_lost(random);
}

void SimFile::evict_lost(Random& random) {
  if (lost_by_failed_flush_ && random.chance(0.5)) forget_lost();
}

void SimFile::forget_lost() {
  if (!lost_by_failed_flush_) return;
  seen_ = durable_;
  for (const Change& change : changes_) change.apply(seen_);
  lost_by_failed_flush_ = false;
}

// Writes survive one by one; sizes like entries of a journal: those of a prefix of the changes.
void SimFile::cut_power(const SimSurvival& survival, Random& random) {
  uint64_t sizes_kept = survival.keep == 1 ? changes_.size() : random.below(changes_.size() + 1);
  SimFate fate = SimFate::lost;
  for (uint64_t i = 0; i < changes_.size(); ++i) {
    const Change& change = changes_[i];
    if (!change.continues) fate = survival.fate(random);
    if (change.kind != Change::write) {
      if (i < sizes_kept) change.apply(durable_);
      continue;
    }
    if (i < sizes_kept) durable_.size = std::max(durable_.size, (change.where + 1) * kBlock);
    spare(change, fate, random);
  }
  if (!changes_.empty() || lost_by_failed_flush_) {
    durable_.forget_beyond_size();
    drop_changes(changes_.size());
    seen_ = durable_;
  }
  lost_by_failed_flush_ = false;
}

void SimFile::flip_bit(uint64_t byte, unsigned bit) {
  auto flip = [&](SimContent& content) {
    if (byte >= content.size) return;
    SimBlock block = SimBlock::copy_of(content.block(byte / kBlock).bytes());
    block.own_bytes()[byte % kBlock] ^= static_cast<uint8_t>(1u << bit);
    content.set_block(byte / kBlock, std::move(block));
  };
  flip(seen_);
  flip(durable_);
}

void SimFile::replace(Bytes contents) {
  SimContent content;
  for (uint64_t at = 0; at < contents.size(); at += kBlock) {
    uint8_t bytes[kBlock] = {};
    std::memcpy(bytes, contents.data() + at, std::min<uint64_t>(kBlock, contents.size() - at));
    content.set_block(at / kBlock, SimBlock::copy_of(bytes));
  }
  content.size = contents.size();
  replace(std::move(content));
}

void SimFile::replace(SimContent content) {
  drop_changes(changes_.size());
  lost_by_failed_flush_ = false;
  seen_ = durable_ = std::move(content);
}

}  // namespace foreshard
