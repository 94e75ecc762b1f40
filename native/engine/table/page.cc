// See page.h.
#include "engine/table/page.h"

#include <algorithm>

namespace foreshard {

namespace {

// What a page without entries reads: all slots empty. Never written.
alignas(4096) uint8_t empty_block[kPageBlockBytes];

// Any base of an image is taken (heat is no truth), but none that arithmetic with a clock could overflow.
constexpr int64_t kHeatBaseMin = -(1 << 29);
constexpr int64_t kHeatBaseMax = 1 << 30;

constexpr auto kHeatMass = [] {
  std::array<float, kHeatLevelMax + 1> mass{};
  for (int level = 1; level <= kHeatLevelMax; ++level) mass[level] = static_cast<float>(detail::heat_power(level));
  return mass;
}();

}  // namespace

Page::Page(PageBlocks& blocks, uint64_t page_prefix, uint8_t page_depth, ShardSlot page_shard, State initial)
    : block_(empty_block),
      random_(page_prefix ^ page_depth),
      prefix(page_prefix),
      depth(page_depth),
      state(initial),
      shard(page_shard),
      blocks_(blocks) {}

Page::~Page() { drop_block(); }

void Page::take_block() {
  if (block_ == empty_block) block_ = blocks_.take();
}

void Page::drop_block() {
  if (block_ != empty_block) blocks_.give(block_);
  block_ = empty_block;
  count_ = 0;
}

bool Page::reserve_slot() {
  assert(state == State::loaded);
  if (count_ == kPageMaxCount) return false;
  take_block();
  ++count_;
  ++changes;
  return true;
}

// Into the first empty slot of the probe sequence. The caller has counted it.
int Page::place(uint64_t word, uint16_t side) {
  uint32_t slot = home(word, side);
  while (words()[slot] != 0) slot = (slot + 1) & kSlotMask;
  words()[slot] = word;
  sides()[slot] = side;
  return static_cast<int>(slot);
}

int Page::insert_oldest(uint32_t tag, Address address, uint8_t heat) {
  assert(owns(static_cast<uint64_t>(tag) << 32));
  if (!reserve_slot()) return kNone;
  return place(make_word(tag, address), make_side(tag, heat));
}

int Page::insert_newest(uint32_t tag, Address address, uint8_t heat) {
  assert(owns(static_cast<uint64_t>(tag) << 32));
  if (!reserve_slot()) return kNone;
  uint64_t word = make_word(tag, address);
  uint16_t side = make_side(tag, heat);
  const int first = find(tag);
  // Each entry of the tag goes to the place of the next older one, the oldest to an empty slot.
  for (int slot = first; slot != kNone; slot = find_next(tag, slot)) {
    std::swap(word, words()[slot]);
    std::swap(side, sides()[slot]);
  }
  const int placed = place(word, side);
  return first == kNone ? placed : first;
}

// Backward shift: each following entry that may stand in the hole moves there and leaves the next hole. Entries of
// equal tag have the same home, so that they pass through holes in their order.
void Page::erase(int slot) {
  assert(occupied(slot));
  uint32_t hole = static_cast<uint32_t>(slot);
  for (uint32_t next = (hole + 1) & kSlotMask; words()[next] != 0; next = (next + 1) & kSlotMask) {
    const uint32_t from_home = (next - home(words()[next], sides()[next])) & kSlotMask;
    if (from_home < ((next - hole) & kSlotMask)) continue;
    words()[hole] = words()[next];
    sides()[hole] = sides()[next];
    hole = next;
  }
  words()[hole] = 0;
  sides()[hole] = 0;
  --count_;
  ++changes;
}

void Page::copy_to(PageCopy& copy) const {
  copy.count = count_;
  copy.heat_base = heat_base_;
  if (count_ > 0) std::memcpy(copy.block, block_, kPageBlockBytes);
}

uint32_t Page::behind_empty(const uint64_t* words) {
  uint32_t slot = 0;
  while (words[slot] != 0) ++slot;
  return (slot + 1) & kSlotMask;
}

bool Page::accepts(Bytes in) const {
  if (!right_length(in)) return false;
  const uint64_t count = load<uint32_t>(in.data());
  constexpr uint64_t kInMemory = 1ull << 39;
  // The prefix has at most 20 bits and lies wholly in the word.
  const uint64_t checked = prefix_mask() | kInMemory;
  uint64_t wrong = 0;
  bool empty = false;
  for (uint64_t i = 0; i < count; ++i) {
    const uint64_t word = load<uint64_t>(in.data() + kImageHeader + i * sizeof(uint64_t));
    wrong |= (word ^ prefix) & checked;
    empty |= (word & kAddressMask) == 0;
  }
  return wrong == 0 && !empty;
}

Status Page::decode(Bytes in, HeatClock clock, std::span<const NewerEntry> newer) {
  if (!accepts(in)) return {Errc::corrupt, "page image"};
  const uint32_t count = load<uint32_t>(in.data());
  const uint8_t* words_in = in.data() + kImageHeader;
  fill_merged(words_in, words_in + count * sizeof(uint64_t), count, newer);
  const int64_t base = load<int32_t>(in.data() + 4) + static_cast<int64_t>(clock.now_quanta);
  heat_base_ = static_cast<int32_t>(std::clamp(base, kHeatBaseMin, kHeatBaseMax));
  state = State::loaded;
  return {};
}

void Page::assign(std::span<const NewerEntry> entries) {
  fill_merged(nullptr, nullptr, 0, entries);
  state = State::loaded;
}

// Places count_ entries into the zeroed block, first come first. In the order of a probe sequence almost every entry
// stands at its home or right behind its predecessor, so that its slot is known without looking and without branches;
// the others (behind entries that a mapping or a split left out) probe. Any order gives a valid page.
void Page::place_all(const uint8_t* words_in, const uint8_t* sides_in) {
  const uint32_t start = home(load<uint64_t>(words_in), load<uint16_t>(sides_in));
  uint32_t end = 0;        // behind the last entry placed without looking; slots counted from `start`
  uint32_t run_start = 0;  // slots from here to `end` are occupied, those from `end` on empty
  for (uint32_t i = 0; i < count_; ++i) {
    const uint64_t word = load<uint64_t>(words_in + i * sizeof(uint64_t));
    const uint16_t side = load<uint16_t>(sides_in + i * sizeof(uint16_t));
    const uint32_t wanted = (home(word, side) - start) & kSlotMask;
    if (wanted < run_start || end == kPageSlots) [[unlikely]] {
      const uint32_t placed = (static_cast<uint32_t>(place(word, side)) - start) & kSlotMask;
      end += placed == end ? 1 : 0;
      continue;
    }
    run_start = wanted > end ? wanted : run_start;
    end = wanted > end ? wanted : end;
    const uint32_t slot = (start + end) & kSlotMask;
    words()[slot] = word;
    sides()[slot] = side;
    ++end;
  }
}

namespace {

struct EntryList {
  uint32_t count = 0;
  uint64_t word[kPageSlots];
  uint16_t side[kPageSlots];
  const uint8_t* words() const { return reinterpret_cast<const uint8_t*>(word); }
  const uint8_t* sides() const { return reinterpret_cast<const uint8_t*>(side); }
  void add(uint64_t one_word, uint16_t one_side) {
    word[count] = one_word;
    side[count++] = one_side;
  }
};

}  // namespace

void Page::split_to(Page& high) {
  const uint64_t upper = high.prefix ^ prefix;
  high.heat_base_ = heat_base_;
  high.image_index = image_index;
  high.changes = ++changes;
  depth = high.depth;
  EntryList half[2];
  for_each_in_order([&](uint64_t word, uint16_t side) {
    half[(word & upper) != 0].add(word, side);
  });
  fill(half[0].words(), half[0].sides(), half[0].count);
  high.fill(half[1].words(), half[1].sides(), half[1].count);
  share_usage(high);
}

// Replaces the entries.
void Page::fill(const uint8_t* words_in, const uint8_t* sides_in, uint32_t count) {
  drop_block();
  count_ = count;
  if (count == 0) return;
  take_block();
  place_all(words_in, sides_in);
}

// As fill, with what is newer. An image begins behind an empty slot, so that no entry's home lies before that of its
// first one. Each newer entry goes before the first of the image whose home is not before its own: so before those of its
// tag, and almost all entries stay in the order of their homes.
void Page::fill_merged(const uint8_t* words_in, const uint8_t* sides_in, uint32_t count,
                       std::span<const NewerEntry> newer) {
  if (newer.empty()) return fill(words_in, sides_in, count);
  assert(count + newer.size() <= kPageMaxCount);
  const uint32_t start = count == 0 ? 0 : home(load<uint64_t>(words_in), load<uint16_t>(sides_in));
  const auto below = [start](const NewerEntry& entry) { return entry.home() < start; };
  const auto first = std::partition_point(newer.begin(), newer.end(), below);
  size_t next = static_cast<size_t>(first - newer.begin()) % newer.size();
  size_t left = newer.size();
  EntryList list;
  const auto add_newer = [&](uint32_t until) {  // slots counted from `start`
    for (; left > 0 && ((newer[next].home() - start) & kSlotMask) <= until; --left) {
      list.add(make_word(newer[next].tag, newer[next].address), make_side(newer[next].tag, 0));
      next = next + 1 == newer.size() ? 0 : next + 1;
    }
  };
  for (uint32_t i = 0; i < count; ++i) {
    const uint64_t word = load<uint64_t>(words_in + i * sizeof(uint64_t));
    const uint16_t side = load<uint16_t>(sides_in + i * sizeof(uint16_t));
    add_newer((home(word, side) - start) & kSlotMask);
    list.add(word, side);
  }
  add_newer(kSlotMask);
  fill(list.words(), list.sides(), list.count);
}

// Reads and writes of a page that split, in proportion to the heat of the entries (to their number, if all are cold); bytes
// in proportion to their number.
void Page::share_usage(Page& high) {
  const uint32_t both = count_ + high.count_;
  const double count_share = both > 0 ? static_cast<double>(count_) / both : 0.5;
  const double low_mass = heat_mass();
  const double high_mass = high.heat_mass();
  const double share = low_mass + high_mass > 0 ? low_mass / (low_mass + high_mass) : count_share;
  high.usage = usage;
  usage.scale(static_cast<float>(share));
  high.usage.scale(static_cast<float>(1 - share));
  for (size_t kind = 0; kind < kAccessKinds; ++kind) {
    const uint32_t all = accesses[kind];
    accesses[kind] = static_cast<uint32_t>(share * all);
    high.accesses[kind] = all - accesses[kind];
  }
  const uint64_t all = bytes;
  bytes = static_cast<uint64_t>(count_share * static_cast<double>(all));
  high.bytes = all - bytes;
}

// The sum of the entries' heat, relative to the page's base.
double Page::heat_mass() const {
  double mass = 0;
  for (uint32_t slot = 0; slot < kPageSlots; ++slot) mass += kHeatMass[sides()[slot] >> 8];  // of empty slots: 0
  return mass;
}

// Moves the base up to `history` quanta before now, if that is up. Returns the level of now.
int Page::raise_base(HeatClock clock, int history) {
  const int64_t by = static_cast<int64_t>(clock.now_quanta) - history - heat_base_;
  if (by > 0) {
    lower_levels(static_cast<int>(std::min<int64_t>(by, kHeatLevelMax + 1)));
    heat_base_ += static_cast<int32_t>(by);
  }
  return static_cast<int>(static_cast<int64_t>(clock.now_quanta) - heat_base_);
}

// The same level relative to a base that is moved up until it fits; kHeatLevelMax if it cannot.
int Page::make_room(int level, HeatClock clock) {
  for (const int history : {kHeatHistory, kHeatHistoryMin}) {
    const int32_t before = heat_base_;
    raise_base(clock, history);
    level -= heat_base_ - before;
    if (level <= kHeatLevelMax) return level;
  }
  return kHeatLevelMax;
}

void Page::lower_levels(int by) {
  if (count_ == 0) return;
  const uint32_t amount = static_cast<uint32_t>(by) << 8;
  uint16_t* side = sides();
  for (uint32_t slot = 0; slot < kPageSlots; ++slot) {
    const uint32_t level = side[slot] & 0xff00u;
    side[slot] = static_cast<uint16_t>((level > amount ? level - amount : 0) | (side[slot] & 0xffu));
  }
}

}  // namespace foreshard
