// A page against a trivial model: lookups, the order of equal tags, images and their damage, splits.
#include "engine/table/page.h"

#include <algorithm>

#include <doctest/doctest.h>

#include "test/table_support.h"

using namespace foreshard;
using namespace foreshard::test;

namespace {

// One random change of page and model alike.
void change(Random& random, Page& page, PageModel& model) {
  const uint32_t tag = crowded_tag(random, page);
  const Address address = disk_address(random);
  const auto heat = static_cast<uint8_t>(random.next());
  std::vector<ModelEntry>& entries = model[tag];
  const uint64_t choice = random.below(10);
  if (choice < 4) {
    const int slot = page.insert_newest(tag, address, heat);
    REQUIRE(page.address(slot) == address);
    entries.insert(entries.begin(), {address.raw(), heat});
  } else if (choice < 5) {
    const int slot = page.insert_oldest(tag, address, heat);
    REQUIRE(page.address(slot) == address);
    entries.push_back({address.raw(), heat});
  } else if (!entries.empty()) {
    const size_t which = random.below(entries.size());
    int slot = page.find(tag);
    for (size_t i = 0; i < which; ++i) slot = page.find_next(tag, slot);
    REQUIRE(page.tag(slot) == tag);
    if (choice < 8) {
      page.erase(slot);
      entries.erase(entries.begin() + static_cast<ptrdiff_t>(which));
    } else {
      page.set_address(slot, address);
      entries[which].address = address.raw();
    }
  }
  if (entries.empty()) model.erase(tag);
}

uint64_t random_prefix(Random& random, uint8_t depth) { return depth == 0 ? 0 : random.next() << (64 - depth); }

void fill(Random& random, Page& page, PageModel& model, uint32_t count) {
  const auto free_bits = ~static_cast<uint32_t>(page.prefix_mask() >> 32);
  while (page.count() < count) {
    const uint32_t tag = tag_of(page.prefix) | (static_cast<uint32_t>(random.next()) & free_bits);
    const Address address = disk_address(random);
    page.insert_newest(tag, address, 7);
    model[tag].insert(model[tag].begin(), {address.raw(), 7});
  }
}

}  // namespace

TEST_CASE("a page agrees with a map of lists under random changes, at every depth") {
  for (uint64_t seed = 1; seed <= 42; ++seed) {
    CAPTURE(seed);
    Random random(seed);
    PageBlocks blocks;
    const auto depth = static_cast<uint8_t>(seed % (kMaxPageDepth + 1));
    Page page(blocks, random_prefix(random, depth), depth, 0, Page::State::loaded);
    PageModel model;
    for (int i = 0; i < 1500; ++i) {
      change(random, page, model);
      if (i % 50 == 0) REQUIRE(same(page, model));
    }
    REQUIRE(same(page, model));
  }
}

TEST_CASE("the vector scan finds what the scan by one finds, from every slot") {
  Random random(5);
  PageBlocks blocks;
  Page page(blocks, 0, 0, 0, Page::State::loaded);
  PageModel model;
  fill(random, page, model, 4000);
  std::vector<uint64_t> words(kPageSlots);
  std::vector<uint16_t> sides(kPageSlots);
  for (uint32_t slot = 0; slot < kPageSlots; ++slot)
    if (page.occupied(slot)) {
      words[slot] = static_cast<uint64_t>(page.tag(slot) >> 8) << 40 | page.address(slot).raw();
      sides[slot] = static_cast<uint16_t>(page.tag(slot) & 0xff);
    }
  for (uint32_t from = 0; from < kPageSlots; ++from) {
    const uint32_t present = static_cast<uint32_t>(from + random.below(64)) & kSlotMask;
    for (const uint32_t tag : {static_cast<uint32_t>(from), page.occupied(present) ? page.tag(present) : 0u})
      REQUIRE(scan_tags(words.data(), sides.data(), tag, from) ==
              scan_tags_by_one(words.data(), sides.data(), tag, from));
  }
}

TEST_CASE("a tag of zeros with a small address is no empty slot") {
  PageBlocks blocks;
  Page page(blocks, 0, 0, 0, Page::State::loaded);
  for (uint64_t address = 1; address <= 20; ++address) page.insert_newest(0, Address(address), 0);
  page.insert_newest(1, Address(21), 0);
  CHECK(entries_of(page, 0).size() == 20);
  CHECK(entries_of(page, 0).front().address == 20);
  CHECK(entries_of(page, 1).front().address == 21);
}

TEST_CASE("a page takes entries up to its last but one slot and refuses then") {
  Random random(7);
  PageBlocks blocks;
  Page page(blocks, 0, 0, 0, Page::State::loaded);
  PageModel model;
  fill(random, page, model, kPageMaxCount);
  CHECK(page.full());
  CHECK(page.insert_newest(9, Address(1), 0) == Page::kNone);
  CHECK(page.insert_oldest(9, Address(1), 0) == Page::kNone);
  CHECK(same(page, model));
  const std::vector<uint8_t> image = image_of(page);
  CHECK(image.size() == Page::max_encoded_size());
  REQUIRE(page.decode(image).ok());
  CHECK(same(page, model));
}

TEST_CASE("changes counts changes of the index only") {
  PageBlocks blocks;
  Page page(blocks, 0, 0, 0, Page::State::loaded);
  const int slot = page.insert_newest(3, Address(1), page.fresh_heat({5}));
  const uint64_t after_insert = page.changes;
  CHECK(after_insert == 1);
  page.touch(slot, {10});
  page.relocate(slot, Address(2));
  REQUIRE(page.decode(image_of(page)).ok());
  CHECK(page.changes == after_insert);
  page.set_address(page.find(3), Address(3));
  page.erase(page.find(3));
  CHECK(page.changes == after_insert + 2);
}

TEST_CASE("heat is raised to a score, never lowered, and saturates") {
  PageBlocks blocks;
  Page page(blocks, 0, 0, 0, Page::State::loaded);
  const int slot = page.insert_newest(3, Address(1), 0);
  const int other = page.insert_newest(4, Address(2), 9);
  const auto score = [&](int level) { return page.heat_base() + level; };
  page.raise_heat(slot, score(40));
  CHECK(page.heat(slot) == 40);
  page.raise_heat(slot, score(30));
  CHECK(page.heat(slot) == 40);
  page.raise_heat(slot, INT32_MIN);
  CHECK(page.heat(slot) == 40);
  page.raise_heat(slot, 1 << 30);
  CHECK(page.heat(slot) == kHeatLevelMax);
  CHECK(page.tag(slot) == 3);
  CHECK(page.heat(other) == 9);
}

TEST_CASE("a page without memory holds nothing and takes the first entry") {
  PageBlocks blocks;
  Page page(blocks, 0, 0, 0, Page::State::unloaded);
  CHECK(page.find(0) == Page::kNone);
  CHECK(blocks.memory_bytes() == 0);
  CHECK(page.decode(std::vector<uint8_t>(8)).ok());
  CHECK(page.state == Page::State::loaded);
  CHECK(blocks.memory_bytes() == 0);
  page.insert_newest(0, Address(1), 0);
  CHECK(page.find(0) == 0);
}

TEST_CASE("an image restores a page, and the addresses are mapped") {
  for (uint64_t seed = 1; seed <= 20; ++seed) {
    CAPTURE(seed);
    Random random(seed);
    PageBlocks blocks;
    const auto depth = static_cast<uint8_t>(random.below(kMaxPageDepth + 1));
    Page page(blocks, random_prefix(random, depth), depth, 0, Page::State::loaded);
    PageModel model;
    for (int i = 0; i < 1000; ++i) change(random, page, model);
    if (seed % 2 == 0) fill(random, page, model, kSplitCount);

    struct Map {
      void prefetch(Address address) { REQUIRE(address); }
      Address operator()(Address address) { return address.raw() % 5 == 0 ? Address() : Address(address.raw() ^ 1); }
    };
    std::vector<uint8_t> image(Page::max_encoded_size());
    image.resize(page.encode(image.data(), Map{}));
    for (auto& [tag, entries] : model) {
      std::erase_if(entries, [](const ModelEntry& entry) { return entry.address % 5 == 0; });
      for (ModelEntry& entry : entries) entry.address ^= 1;
    }
    Page restored(blocks, page.prefix, page.depth, 0, Page::State::unloaded);
    REQUIRE(restored.decode(image).ok());
    CHECK(same(restored, model));
    CHECK(restored.heat_base() == page.heat_base());
    CHECK(image_of(restored) == image_of(restored));
  }
}

TEST_CASE("an image and what is newer make the page that inserting makes") {
  for (uint64_t seed = 1; seed <= 60; ++seed) {
    CAPTURE(seed);
    Random random(seed);
    PageBlocks blocks;
    const auto depth = static_cast<uint8_t>(random.below(kMaxPageDepth + 1));
    Page page(blocks, random_prefix(random, depth), depth, 0, Page::State::loaded);
    PageModel model;
    const auto count = static_cast<uint32_t>(random.below(kSplitCount));
    if (seed % 5 != 0) fill(random, page, model, count / 2);
    for (int i = 0; i < 300 && seed % 5 != 0; ++i) change(random, page, model);
    const std::vector<uint8_t> image = image_of(page);

    std::vector<NewerEntry> newer;
    while (newer.size() < count / 2) newer.push_back({crowded_tag(random, page), disk_address(random)});
    std::stable_sort(newer.begin(), newer.end(), [](const NewerEntry& a, const NewerEntry& b) { return a.home() < b.home(); });
    for (size_t i = newer.size(); i-- > 0;) model[newer[i].tag].insert(model[newer[i].tag].begin(), {newer[i].address.raw(), 0});

    Page restored(blocks, page.prefix, page.depth, 0, Page::State::unloaded);
    if (page.count() == 0) restored.assign(newer);
    else REQUIRE(restored.decode(image, {}, newer).ok());
    CHECK(restored.state == Page::State::loaded);
    CHECK(same(restored, model));
  }
}

TEST_CASE("an image that was cut at any length, or is longer, is corrupt and changes nothing") {
  Random random(3);
  PageBlocks blocks;
  Page page(blocks, 0, 0, 0, Page::State::loaded);
  PageModel model;
  fill(random, page, model, 300);
  std::vector<uint8_t> image = image_of(page);
  for (size_t length = 0; length < image.size(); ++length) {
    const std::vector<uint8_t> cut(image.begin(), image.begin() + static_cast<ptrdiff_t>(length));
    REQUIRE(page.decode(cut).code == Errc::corrupt);
  }
  CHECK(same(page, model));
  image.push_back(0);
  CHECK(page.decode(image).code == Errc::corrupt);
}

TEST_CASE("an image with flipped bits is refused or yields a page that keeps its invariants") {
  uint64_t accepted = 0;
  for (uint64_t seed = 1; seed <= 400; ++seed) {
    CAPTURE(seed);
    Random random(seed);
    PageBlocks blocks;
    const auto depth = static_cast<uint8_t>(random.below(kMaxPageDepth + 1));
    Page page(blocks, random_prefix(random, depth), depth, 0, Page::State::loaded);
    PageModel model;
    fill(random, page, model, static_cast<uint32_t>(1 + random.below(200)));
    std::vector<uint8_t> image = image_of(page);
    for (uint64_t flips = 1 + random.below(4); flips > 0; --flips)
      image[random.below(image.size())] ^= static_cast<uint8_t>(1 << random.below(8));
    if (!page.decode(image).ok()) {
      REQUIRE(same(page, model));
      continue;
    }
    ++accepted;
    model.clear();
    for (uint32_t slot = 0; slot < kPageSlots; ++slot)
      if (page.occupied(slot)) {
        REQUIRE(page.owns(static_cast<uint64_t>(page.tag(slot)) << 32));
        REQUIRE(page.address(slot));
        REQUIRE_FALSE(page.address(slot).in_memory());
        model[page.tag(slot)] = entries_of(page, page.tag(slot));
      }
    REQUIRE(same(page, model));
  }
  CHECK(accepted > 0);
}

TEST_CASE("entries in any order make a valid page") {
  for (uint64_t seed = 1; seed <= 10; ++seed) {
    CAPTURE(seed);
    Random random(seed);
    PageBlocks blocks;
    Page page(blocks, 0, 0, 0, Page::State::loaded);
    PageModel model;
    const auto count = static_cast<uint32_t>(seed % 2 == 0 ? kPageMaxCount : 1 + random.below(kPageMaxCount));
    std::vector<uint8_t> image(Page::kImageHeader + count * Page::kImageEntry);
    store<uint32_t>(image.data(), count);
    for (uint32_t i = 0; i < count; ++i) {
      const uint32_t tag = crowded_tag(random, page);
      const ModelEntry entry{disk_address(random).raw(), static_cast<uint8_t>(random.next())};
      store<uint64_t>(image.data() + 8 + i * 8, static_cast<uint64_t>(tag >> 8) << 40 | entry.address);
      store<uint16_t>(image.data() + 8 + count * 8 + i * 2, static_cast<uint16_t>(entry.heat << 8 | (tag & 0xff)));
      model[tag].push_back(entry);
    }
    REQUIRE(page.decode(image).ok());
    CHECK(same(page, model));
  }
}

TEST_CASE("an image with a memory address, a foreign tag or an empty word is corrupt") {
  PageBlocks blocks;
  Page page(blocks, 1ull << 63, 1, 0, Page::State::loaded);
  page.insert_newest(1u << 31, Address(1), 0);
  const std::vector<uint8_t> good = image_of(page);
  const auto with_word = [&](uint64_t word) {
    std::vector<uint8_t> image = good;
    store<uint64_t>(image.data() + 8, word);
    return page.decode(image).code;
  };
  CHECK(with_word(1ull << 63 | 7) == Errc::ok);
  CHECK(with_word(1ull << 63 | 1ull << 39 | 7) == Errc::corrupt);
  CHECK(with_word(1ull << 62 | 7) == Errc::corrupt);
  CHECK(with_word(1ull << 63) == Errc::corrupt);
}

TEST_CASE("a split at every depth keeps order, heat and every entry") {
  for (uint8_t depth = 0; depth < kMaxPageDepth; ++depth) {
    CAPTURE(depth);
    Random random(100 + depth);
    PageBlocks blocks;
    Page low(blocks, random_prefix(random, depth), depth, 3, Page::State::loaded);
    PageModel model;
    for (int i = 0; i < 1000; ++i) change(random, low, model);
    if (depth % 3 == 0) fill(random, low, model, kSplitCount);
    low.accesses = {1000, 0, 77};
    low.usage.sums[0] = {10, 20, 30};
    low.bytes = 123'457;
    const auto next = static_cast<uint8_t>(depth + 1);
    Page high(blocks, low.prefix | 1ull << (64 - next), next, 3, Page::State::loaded);
    low.split_to(high);
    PageModel upper;
    for (auto at = model.begin(); at != model.end();) {
      const bool moves = high.owns(static_cast<uint64_t>(at->first) << 32);
      if (moves) upper.insert(*at);
      at = moves ? model.erase(at) : std::next(at);
    }
    CHECK(same(low, model));
    CHECK(same(high, upper));
    CHECK(low.accesses[0] + high.accesses[0] == 1000);
    CHECK(low.accesses[2] + high.accesses[2] == 77);
    CHECK(low.usage.sums[0][1] + high.usage.sums[0][1] == doctest::Approx(20));
    CHECK(low.bytes + high.bytes == 123'457);
  }
}
