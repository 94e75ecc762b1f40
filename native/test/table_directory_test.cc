// The directory: growth, iteration, rebuilding from an image's descriptors, shard boundaries.
#include "engine/table/table.h"

#include <doctest/doctest.h>

#include <set>

#include "test/table_support.h"

using namespace foreshard;
using namespace foreshard::test;

namespace {

// The pages in order tile the ring, and each hash leads to its page.
void check_tiling(Table& table) {
  uint64_t end = 0;  // modulo 2^64
  size_t pages = 0;
  for (Page* page = table.first(); page; page = table.next(*page), ++pages) {
    REQUIRE(page->prefix == end);
    REQUIRE(&table.page_for(page->prefix) == page);
    REQUIRE(&table.page_for(page->prefix | ~page->prefix_mask()) == page);
    end = (page->prefix | ~page->prefix_mask()) + 1;
  }
  REQUIRE(end == 0);
  REQUIRE(pages == table.page_count());
}

void insert(Table& table, uint64_t hash, uint64_t address) {
  table.page_for_insert(hash).insert_newest(tag_of(hash), Address(address), 1);
}

}  // namespace

TEST_CASE("a growing table keeps every entry, newest first") {
  for (const uint32_t depth : {0u, 1u, 5u}) {
    CAPTURE(depth);
    Random random(20 + depth);
    Table table(depth);
    std::vector<uint64_t> hashes;
    for (uint64_t i = 1; i <= 60'000; ++i) {
      hashes.push_back(i % 10 == 0 ? hashes[random.below(hashes.size())] : random.next());
      insert(table, hashes.back(), i);
    }
    check_tiling(table);
    CHECK(table.entry_count() == 60'000);
    std::map<uint32_t, std::vector<uint64_t>> model;
    for (size_t i = hashes.size(); i-- > 0;) model[tag_of(hashes[i])].push_back(i + 1);
    for (const auto& [tag, addresses] : model) {
      std::vector<uint64_t> found;
      for (const ModelEntry& entry : entries_of(table.page_for(static_cast<uint64_t>(tag) << 32), tag))
        found.push_back(entry.address);
      REQUIRE(found == addresses);
    }
  }
}

TEST_CASE("a skewed table splits down to the deepest page and then fills it to the end") {
  Table table(0);
  Random random(9);
  int splits = 0;
  table.before_split = [&](Page& page) {
    ++splits;
    CHECK(page.full());
  };
  const uint64_t prefix = random.next() & ~0ull << 44;
  for (uint64_t i = 1; i <= kPageMaxCount; ++i) insert(table, prefix | random.next() >> 20, i);
  CHECK(splits == kMaxPageDepth);
  check_tiling(table);
  Page& page = table.page_for_insert(prefix);
  CHECK(page.depth == kMaxPageDepth);
  CHECK(page.count() == kPageMaxCount);
  CHECK(page.insert_newest(tag_of(prefix), Address(1), 0) == Page::kNone);
}

TEST_CASE("a cursor stays good while pages split") {
  Table table(1);
  Random random(4);
  std::set<uint64_t> left;
  for (uint64_t i = 1; i <= 20'000; ++i) {
    left.insert(i);
    insert(table, random.next(), i);
  }
  for (uint64_t cursor = 0;;) {
    Page& page = table.page_for(cursor);
    REQUIRE(page.prefix == cursor);
    page.for_each_in_order([&](uint64_t word, uint16_t) { REQUIRE(left.erase(word & 0xffffffffff) == 1); });
    // Growth between two steps, with addresses that are not asked for; the page itself may split, too.
    Page* next = table.next(page);
    if (!next) break;
    cursor = next->prefix;
    for (int i = 0; i < 500; ++i) {
      const uint64_t hash = random.next();
      if (hash < cursor) insert(table, hash, 1 << 30);
    }
  }
  CHECK(left.empty());
}

TEST_CASE("a page that is not loaded does not split; its overlay grows") {
  Table table(1);
  REQUIRE(table.rebuild({{0, 1, 5}, {1ull << 63, 1, 6}}).ok());
  Page& page = table.page_for_insert(1ull << 63);
  CHECK(page.image_index == 6);
  for (uint64_t i = 1; i <= 2 * kPageSlots; ++i) table.page_for_insert(~0ull).overlay.push_back({~0ull, Address(i)});
  CHECK(table.page_count() == 2);
  CHECK(table.entry_count() == 2 * kPageSlots);
  CHECK(table.memory_bytes() > 2 * kPageSlots * sizeof(OverlayEntry));
}

TEST_CASE("descriptors that do not tile the ring are corrupt, and the table is as before") {
  using List = std::vector<PageDescriptor>;
  const uint64_t half = 1ull << 63, quarter = 1ull << 62;
  Table table(3);
  const auto rebuild = [&](const List& pages) { return table.rebuild(pages).code; };
  CHECK(rebuild({}) == Errc::corrupt);
  CHECK(rebuild({{0, 1, 0}}) == Errc::corrupt);
  CHECK(rebuild({{half, 1, 0}}) == Errc::corrupt);
  CHECK(rebuild({{half, 1, 0}, {0, 1, 0}}) == Errc::corrupt);
  CHECK(rebuild({{0, 1, 0}, {0, 1, 0}, {half, 1, 0}}) == Errc::corrupt);
  CHECK(rebuild({{0, 1, 0}, {half, 1, 0}, {half, 1, 0}}) == Errc::corrupt);
  CHECK(rebuild({{0, 2, 0}, {quarter, 1, 0}, {half + quarter, 2, 0}}) == Errc::corrupt);
  CHECK(rebuild({{0, 1, 0}, {half, 21, 0}}) == Errc::corrupt);
  CHECK(rebuild({{0, 1, 0}, {half, 255, 0}}) == Errc::corrupt);
  CHECK(rebuild({{0, 1, 0}, {half + 1, 1, 0}}) == Errc::corrupt);
  CHECK(table.page_count() == 8);
  check_tiling(table);
  CHECK(rebuild({{0, 0, 0}}) == Errc::ok);
  check_tiling(table);
  CHECK(rebuild({{0, 1, 0}, {half, 2, 0}, {half + quarter, 2, 0}}) == Errc::ok);
  CHECK(table.page_count() == 3);
  check_tiling(table);
}

TEST_CASE("the descriptors of any table rebuild its pages") {
  Random random(31);
  Table table(0);
  for (uint64_t i = 1; i <= 30'000; ++i) insert(table, random.next() >> random.below(8), i);
  std::vector<PageDescriptor> pages;
  for (Page* page = table.first(); page; page = table.next(*page))
    pages.push_back({page->prefix, page->depth, static_cast<uint32_t>(pages.size())});
  Table rebuilt(1);
  REQUIRE(rebuilt.rebuild(pages).ok());
  check_tiling(rebuilt);
  for (const PageDescriptor& page : pages) {
    CHECK(rebuilt.page_for(page.prefix).image_index == page.image_index);
    CHECK(rebuilt.page_for(page.prefix).state == Page::State::unloaded);
  }
}

TEST_CASE("pages begin where they are told to, and the others keep their shard") {
  Table table(2);
  Random random(6);
  for (uint64_t i = 1; i <= 1000; ++i) insert(table, random.next(), i);
  const std::vector<uint64_t> starts = {0, 5ull << 44, 1ull << 62, 3ull << 61, 0xfffffull << 44};
  for (ShardSlot i = 0; i < starts.size(); ++i) {
    REQUIRE(table.make_boundary(starts[i]).ok());
    table.label(starts[i], ~0ull, i);
  }
  check_tiling(table);
  CHECK(table.entry_count() == 1000);
  for (Page* page = table.first(); page; page = table.next(*page)) {
    uint32_t shard = 0;
    while (shard + 1 < starts.size() && starts[shard + 1] <= page->prefix) ++shard;
    REQUIRE(page->shard == shard);
  }
  table.label(1ull << 62, (3ull << 61) - 1, 9);
  CHECK(table.page_for(5ull << 44).shard == 1);
  CHECK(table.page_for(1ull << 62).shard == 9);
  CHECK(table.page_for(3ull << 61).shard == 3);
}

TEST_CASE("a page that reaches over a boundary belongs to the shard of its first hash") {
  Table table(1);
  table.label(0, ~0ull, 4);
  table.label(1ull << 62, (1ull << 63) - 1, 7);
  CHECK(table.page_for(1ull << 62).shard == 4);
  CHECK(table.page_for(1ull << 63).shard == 4);
}

TEST_CASE("boundaries that cannot be are refused") {
  Table table(2);
  CHECK(table.make_boundary(1ull << 43).code == Errc::bad_argument);
  REQUIRE(table.rebuild({{0, 0, 0}}).ok());
  CHECK(table.make_boundary(0).ok());
  CHECK(table.make_boundary(1ull << 63).code == Errc::busy);
  CHECK(table.page_count() == 1);
}
