// Shared by the tests of the table: the page that a model describes, and the entries that a page holds.
#pragma once
#include <doctest/doctest.h>

#include <map>
#include <vector>

#include "engine/base/random.h"
#include "engine/table/page.h"

namespace foreshard::test {

struct ModelEntry {
  uint64_t address = 0;
  uint8_t heat = 0;
  bool operator==(const ModelEntry&) const = default;
};

// Tag to its entries, newest first.
using PageModel = std::map<uint32_t, std::vector<ModelEntry>>;

inline std::vector<ModelEntry> entries_of(const Page& page, uint32_t tag) {
  std::vector<ModelEntry> entries;
  for (int slot = page.find(tag); slot != Page::kNone; slot = page.find_next(tag, slot))
    entries.push_back({page.address(slot).raw(), page.heat(slot)});
  return entries;
}

inline size_t model_count(const PageModel& model) {
  size_t count = 0;
  for (const auto& [tag, entries] : model) count += entries.size();
  return count;
}

// All entries can be found, in their order, and there are no others.
inline bool same(const Page& page, const PageModel& model) {
  if (page.count() != model_count(model)) return false;
  for (const auto& [tag, entries] : model)
    if (entries_of(page, tag) != entries) return false;
  return true;
}

struct KeepAddress {
  void prefetch(Address) {}
  Address operator()(Address address) { return address; }
};

inline std::vector<uint8_t> image_of(const Page& page) {
  std::vector<uint8_t> image(Page::max_encoded_size());
  image.resize(page.encode(image.data(), KeepAddress{}));
  return image;
}

// A tag of the page: near the end of the slots, so that runs wrap, often one of few, so that tags repeat.
inline uint32_t crowded_tag(Random& random, const Page& page) {
  const auto own = static_cast<uint32_t>(random.next()) & ~static_cast<uint32_t>(page.prefix_mask() >> 32);
  const uint32_t tag = tag_of(page.prefix) | own;
  if (random.chance(0.2)) return tag;
  const auto home = static_cast<uint32_t>(4088 + random.below(16)) & kSlotMask;
  const uint32_t above_home = page.depth >= kMaxPageDepth ? 0 : static_cast<uint32_t>(random.below(2)) << 12;
  return tag_of(page.prefix) | above_home | home;
}

inline Address disk_address(Random& random) { return Address(1 + random.below((1ull << 39) - 1)); }

}  // namespace foreshard::test
