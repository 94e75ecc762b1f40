// A page of the table: 4,096 slots in one block, found by linear probing.
//
//   word[4096]   u64   tag, high 24 bits (hash bits 63..40) << 40 | Address (40 bits); 0: the slot is empty
//   side[4096]   u16   heat level << 8 | tag, low 8 bits (hash bits 39..32)
//
// Invariants: an entry's home slot is the low 12 bits of its tag (hash bits 43..32), and all slots from there to the
// entry, around the end, are occupied; at least one slot is empty; all tags begin with the page's prefix; among
// entries of equal tag (different keys, or versions of one key not yet resolved) the newest comes first.
// Slots move when entries are inserted or erased; nobody keeps a slot across that.
#pragma once
#include <cassert>
#include <span>
#include <vector>

#include "engine/base/bytes.h"
#include "engine/base/prefetch.h"
#include "engine/base/status.h"
#include "engine/log/address.h"
#include "engine/table/heat.h"
#include "engine/table/page_blocks.h"
#include "engine/table/page_heat.h"
#include "engine/table/tag_scan.h"

namespace foreshard {

constexpr uint32_t kPageMaxCount = kPageSlots - 1;
constexpr uint32_t kSplitCount = 3584;  // 7/8: the most that keeps misses cheap; half of it is 23 bytes a key
constexpr uint8_t kMaxPageDepth = 20;   // prefix (hash bits 63..44) and home (43..32) do not overlap
constexpr uint32_t kTagBits = 32;

static_assert(kPageBlockBytes == kPageSlots * (sizeof(uint64_t) + sizeof(uint16_t)));
static_assert(kMaxPageDepth + 12 == kTagBits && kPageSlots == 1u << 12);

constexpr uint32_t tag_of(uint64_t hash) { return static_cast<uint32_t>(hash >> 32); }

// A shard of a certain epoch (shard/shards.h).
using ShardSlot = uint16_t;

// What an image of a page is made of, for another thread.
struct PageCopy {
  uint32_t count = 0;
  int32_t heat_base = 0;
  alignas(64) uint8_t block[kPageBlockBytes];  // of a page without entries: anything
};

struct OverlayEntry {
  uint64_t hash = 0;
  Address address;
};

// An entry that is later than all of a page's image.
struct NewerEntry {
  uint32_t tag = 0;
  Address address;

  uint32_t home() const { return tag & kSlotMask; }
  uint64_t hash() const { return static_cast<uint64_t>(tag) << 32; }  // its bits that place an entry
};

class alignas(64) Page {
 public:
  static constexpr int kNone = kNoSlot;
  enum class State : uint8_t { unloaded, loading, loaded };

  Page(PageBlocks& blocks, uint64_t page_prefix, uint8_t page_depth, ShardSlot page_shard, State initial);
  ~Page();
  Page(const Page&) = delete;
  Page& operator=(const Page&) = delete;

  // --- lookup -----------------------------------------------------------------------------------------------------
  // The newest entry of a tag, and the next older one; kNone if there is none. A page without memory has no entries.
  int find(uint32_t tag) const { return scan(tag, tag & kSlotMask); }
  int find_next(uint32_t tag, int after) const { return scan(tag, (static_cast<uint32_t>(after) + 1) & kSlotMask); }
  void prefetch(uint64_t hash) const;

  Address address(int slot) const { return Address(words()[slot] & kAddressMask); }
  uint32_t tag(int slot) const { return high_tag(words()[slot]) << 8 | (sides()[slot] & 0xff); }
  bool occupied(int slot) const { return words()[slot] != 0; }
  // By slot: heat level << 8 | low 8 bits of the tag; 0 where the slot is empty.
  std::span<const uint16_t, kPageSlots> sides_of_all() const { return std::span<const uint16_t, kPageSlots>(sides(), kPageSlots); }
  uint32_t count() const { return count_; }
  bool full() const { return count_ >= kSplitCount; }

  // --- change (the page is loaded) -------------------------------------------------------------------------------
  // Before, or behind, all entries of that tag. kNone if the page has no slot left, which only a page at the maximal
  // depth can come to. Returns the slot of the new entry.
  int insert_newest(uint32_t tag, Address address, uint8_t heat);
  int insert_oldest(uint32_t tag, Address address, uint8_t heat);
  void erase(int slot);
  // Another record. (For another place of the same record, relocate.)
  void set_address(int slot, Address address) {
    put_address(slot, address);
    ++changes;
  }
  // The same record at another place (memory to disk, disk to memory, memory to memory): no change of the index, since
  // an image holds disk addresses.
  void relocate(int slot, Address address) { put_address(slot, address); }

  // --- heat -------------------------------------------------------------------------------------------------------
  void touch(int slot, HeatClock clock);
  uint8_t heat(int slot) const { return static_cast<uint8_t>(sides()[slot] >> 8); }
  int32_t heat_base() const { return heat_base_; }
  // log2 of the undecayed sum, in quanta: comparable between pages without a clock.
  int32_t heat_score(int slot) const { return heat_base_ + heat(slot); }
  double heat_count(int slot, HeatClock clock) const { return decayed_count(heat(slot), heat_base_, clock); }
  // At least that score, as far as levels go.
  void raise_heat(int slot, int32_t score);
  // The level of a single access now: the heat of an entry that is inserted for a new key.
  uint8_t fresh_heat(HeatClock clock) { return static_cast<uint8_t>(present_level(clock)); }

  // --- image ------------------------------------------------------------------------------------------------------
  //   u32 count, i32 heat base, u64 word[count], u16 side[count]
  // in the order of the probe sequence (from behind an empty slot, around the end), so that placing one entry after
  // the other restores the page. The base is relative to the clock that is given, so that a clock may start anew at a
  // restart, and the time between does not cool.
  static constexpr size_t kImageHeader = 8;
  static constexpr size_t kImageEntry = sizeof(uint64_t) + sizeof(uint16_t);
  static constexpr size_t max_encoded_size() { return kImageHeader + kPageMaxCount * kImageEntry; }
  // `map` turns each address into the one to write: `Address map(Address)`, Address() to leave the entry out, and
  // `void map.prefetch(Address)`, called some entries ahead. Returns the bytes written.
  template <class Map>
  size_t encode(uint8_t* out, Map&& map, HeatClock clock = {}) const {
    return encode_block(block_, count_, heat_base_, out, map, clock);
  }
  void copy_to(PageCopy& copy) const;
  template <class Map>
  static size_t encode(const PageCopy& copy, uint8_t* out, Map&& map, HeatClock clock) {
    return encode_block(copy.block, copy.count, copy.heat_base, out, map, clock);
  }
  // Calls visit(word) for each entry of an image; for none if its length is wrong.
  template <class Visit>
  static void for_each_word(Bytes image, Visit&& visit);
  // Whether that is an image of this page.
  bool accepts(Bytes image) const;
  // How many entries an image holds; 0 if its length is wrong.
  static uint32_t entries_in(Bytes image) { return right_length(image) ? load<uint32_t>(image.data()) : 0; }
  // Replaces what the page holds by the image and what is newer, and sets it loaded; on `corrupt` the page is as
  // before. `newer` stands in the order of home slots, the newest of a tag first; with the image's, it is at most
  // kPageMaxCount entries.
  Status decode(Bytes in, HeatClock clock = {}, std::span<const NewerEntry> newer = {});
  // The same without an image.
  void assign(std::span<const NewerEntry> entries);
  // Gives all entries up.
  void clear() { fill(nullptr, nullptr, 0); }

  // --- identity ----------------------------------------------------------------------------------------------------
  bool owns(uint64_t hash) const { return ((hash ^ prefix) & prefix_mask()) == 0; }
  // All ones in the bits of the prefix.
  uint64_t prefix_mask() const { return depth == 0 ? 0 : ~0ull << (64 - depth); }

  // Gives the upper half of the range, entries with heat and all, to `high` (an empty page of that prefix), and keeps
  // the lower half. Reads no key; keeps the order of equal tags; counters and bytes are shared out.
  void split_to(Page& high);

  // Calls visit(word, side) for all entries, in image order.
  template <class Visit>
  void for_each_in_order(Visit&& visit) const;

 private:
  static constexpr uint32_t kEncodeAhead = 12;

  static uint32_t high_tag(uint64_t word) { return static_cast<uint32_t>(word >> 40); }
  static uint32_t home(uint64_t word, uint16_t side) { return (high_tag(word) << 8 | (side & 0xffu)) & kSlotMask; }
  static uint64_t make_word(uint32_t tag, Address address) {
    assert(address && address.raw() <= kAddressMask);
    return static_cast<uint64_t>(tag >> 8) << 40 | address.raw();
  }
  static uint16_t make_side(uint32_t tag, uint8_t heat) { return static_cast<uint16_t>(heat << 8 | (tag & 0xff)); }

  static const uint64_t* words_of(const uint8_t* block) { return reinterpret_cast<const uint64_t*>(block); }
  static const uint16_t* sides_of(const uint8_t* block) {
    return reinterpret_cast<const uint16_t*>(block + kPageSlots * sizeof(uint64_t));
  }
  uint64_t* words() { return const_cast<uint64_t*>(words_of(block_)); }
  const uint64_t* words() const { return words_of(block_); }
  uint16_t* sides() { return const_cast<uint16_t*>(sides_of(block_)); }
  const uint16_t* sides() const { return sides_of(block_); }

  int scan(uint32_t tag, uint32_t slot) const { return scan_tags(words(), sides(), tag, slot); }
  void put_address(int slot, Address address) {
    assert(address && address.raw() <= kAddressMask && occupied(slot));
    words()[slot] = (words()[slot] & ~kAddressMask) | address.raw();
  }
  bool reserve_slot();
  int place(uint64_t word, uint16_t side);
  void fill(const uint8_t* words_in, const uint8_t* sides_in, uint32_t count);
  void fill_merged(const uint8_t* words_in, const uint8_t* sides_in, uint32_t count, std::span<const NewerEntry> newer);
  void place_all(const uint8_t* words_in, const uint8_t* sides_in);
  static uint32_t behind_empty(const uint64_t* words);
  template <class Map>
  static size_t encode_block(const uint8_t* block, uint32_t entries, int32_t heat_base, uint8_t* out, Map&& map,
                             HeatClock clock);
  static bool right_length(Bytes image);
  int present_level(HeatClock clock);
  int raise_base(HeatClock clock, int history);
  int make_room(int level, HeatClock clock);
  void lower_levels(int by);
  void share_usage(Page& high);
  double heat_mass() const;
  void take_block();
  void drop_block();
  uint32_t next_random() {
    random_ = random_ * 6364136223846793005u + 1442695040888963407u;
    return static_cast<uint32_t>(random_ >> 32);
  }

  // The first cache line is all that a read or a write touches.
  uint8_t* block_;  // without entries: a shared block of zeros, never written
  uint64_t random_;
  int32_t heat_base_ = -kHeatHistory;
  uint32_t count_ = 0;

 public:
  uint64_t prefix = 0;  // left-aligned: the smallest hash of the page
  uint8_t depth = 0;
  State state = State::loaded;
  ShardSlot shard = 0;
  // What others note here.
  AccessCounts accesses{};  // since the last fold into `usage`
  uint64_t changes = 0;  // grows with each change of the index, never with reads, heat, relocation or loading
  uint64_t bytes = 0;    // of the records that its entries point at: an estimate

  PageHeat usage;
  uint32_t image_index = 0;
  std::vector<OverlayEntry> overlay;  // while not loaded: what was written meanwhile, newest last

  void add_bytes(uint64_t more) { bytes += more; }
  void drop_bytes(uint64_t less) { bytes -= less < bytes ? less : bytes; }

 private:
  PageBlocks& blocks_;
};

static_assert(sizeof(Page) == 192);

inline void Page::prefetch(uint64_t hash) const {
  const uint32_t slot = tag_of(hash) & kSlotMask;
  prefetch_line(words() + slot);
  prefetch_line(words() + slot + 7);  // behind the last word come the sides: inside of the block
  prefetch_line(sides() + slot);
}

// The level of a single access now, 1 to kHeatLevelMax.
inline int Page::present_level(HeatClock clock) {
  const int64_t elapsed = static_cast<int64_t>(clock.now_quanta) - heat_base_;
  if (elapsed > kHeatLevelMax) [[unlikely]]
    return raise_base(clock, kHeatHistory);
  return elapsed < 1 ? 1 : static_cast<int>(elapsed);
}

inline void Page::touch(int slot, HeatClock clock) {
  const int now = present_level(clock);
  const int level = heat(slot);
  int next = heat_after_access(level, now, next_random());  // whether it is another level cannot be predicted: no branch
  if (next > kHeatLevelMax) [[unlikely]]
    next = make_room(next, clock);
  sides()[slot] = static_cast<uint16_t>(next << 8 | (sides()[slot] & 0xff));
}

inline void Page::raise_heat(int slot, int32_t score) {
  const int64_t level = static_cast<int64_t>(score) - heat_base_;
  if (level <= heat(slot)) return;
  const auto next = static_cast<uint32_t>(level < kHeatLevelMax ? level : kHeatLevelMax);
  sides()[slot] = static_cast<uint16_t>(next << 8 | (sides()[slot] & 0xffu));
}

template <class Visit>
void Page::for_each_in_order(Visit&& visit) const {
  if (count_ == 0) return;
  uint32_t slot = behind_empty(words());
  for (uint32_t left = kPageSlots; left > 0; --left, slot = (slot + 1) & kSlotMask)
    if (words()[slot] != 0) visit(words()[slot], sides()[slot]);
}

inline bool Page::right_length(Bytes image) {
  if (image.size() < kImageHeader) return false;
  const uint64_t count = load<uint32_t>(image.data());
  return count <= kPageMaxCount && image.size() == kImageHeader + count * kImageEntry;
}

template <class Visit>
void Page::for_each_word(Bytes image, Visit&& visit) {
  if (!right_length(image)) return;
  const uint32_t count = load<uint32_t>(image.data());
  for (uint32_t i = 0; i < count; ++i)
    visit(load<uint64_t>(image.data() + kImageHeader + i * sizeof(uint64_t)));
}

template <class Map>
size_t Page::encode_block(const uint8_t* block, uint32_t entries, int32_t heat_base, uint8_t* out, Map&& map,
                          HeatClock clock) {
  const uint64_t* words = words_of(block);
  uint16_t side[kPageSlots];
  uint32_t count = 0;
  const uint32_t start = entries == 0 ? 0 : behind_empty(words);
  const uint32_t steps = entries == 0 ? 0 : kPageSlots;
  for (uint32_t step = 0; step < steps; ++step) {
    const uint64_t ahead = words[(start + step + kEncodeAhead) & kSlotMask];
    if (ahead != 0) map.prefetch(Address(ahead & kAddressMask));
    const uint32_t slot = (start + step) & kSlotMask;
    if (words[slot] == 0) continue;
    const Address mapped = map(Address(words[slot] & kAddressMask));
    if (!mapped) continue;
    store<uint64_t>(out + kImageHeader + count * sizeof(uint64_t), (words[slot] & ~kAddressMask) | mapped.raw());
    side[count++] = sides_of(block)[slot];
  }
  store<uint32_t>(out, count);
  store<int32_t>(out + 4, heat_base - static_cast<int32_t>(clock.now_quanta));
  std::memcpy(out + kImageHeader + count * sizeof(uint64_t), side, count * sizeof(uint16_t));
  return kImageHeader + count * kImageEntry;
}

}  // namespace foreshard
