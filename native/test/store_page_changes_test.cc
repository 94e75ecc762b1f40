// What the runs say of a page, put into the page's order.
#include "engine/store/page_changes.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <map>
#include <random>

#include "engine/base/random.h"

using namespace foreshard;

namespace {

RunEntry entry_of(uint32_t tag, uint32_t offset, uint64_t sequence) {
  return {static_cast<uint64_t>(tag) << 32, offset, RecordKind::put, sequence};
}

}  // namespace

TEST_CASE("changes come by home slot, the newest of a tag first, and none that the image has") {
  for (uint64_t seed = 1; seed <= 30; ++seed) {
    CAPTURE(seed);
    Random random(seed);
    constexpr uint64_t kKnown = 500;
    PageChanges changes;
    std::map<uint32_t, std::map<uint64_t, Address, std::greater<>>> model;  // by tag, then by sequence
    uint64_t sequence = 1;
    for (uint64_t segment = 1; segment <= 20; ++segment) {
      std::vector<RunEntry> entries;
      for (uint64_t i = random.below(100); i > 0; --i) {
        const auto tag = static_cast<uint32_t>(random.below(8) << 12 | random.below(40));
        entries.push_back(entry_of(tag, static_cast<uint32_t>(4096 + 4 * i), ++sequence));
        if (sequence > kKnown) model[tag][sequence] = Address::disk(segment, entries.back().offset);
      }
      std::shuffle(entries.begin(), entries.end(), std::minstd_rand(static_cast<uint32_t>(seed)));
      changes.add(entries, segment, kKnown);
    }
    const std::vector<NewerEntry> ordered = changes.in_page_order();
    CHECK(std::is_sorted(ordered.begin(), ordered.end(), [](const NewerEntry& a, const NewerEntry& b) { return a.home() < b.home(); }));
    for (const auto& [tag, versions] : model) {
      std::vector<Address> wanted, found;
      for (const auto& [at, address] : versions) wanted.push_back(address);
      for (const NewerEntry& entry : ordered)
        if (entry.tag == tag) found.push_back(entry.address);
      CHECK(found == wanted);
    }
  }
}

TEST_CASE("a record that was relocated counts once, at its new place") {
  PageChanges changes;
  changes.add(std::vector{entry_of(7, 8192, 41), entry_of(7, 4096, 40)}, 3, 0);
  changes.add(std::vector{entry_of(7, 4096, 41)}, 9, 0);
  const std::vector<NewerEntry> ordered = changes.in_page_order();
  REQUIRE(ordered.size() == 2);
  CHECK(ordered[0].address == Address::disk(9, 4096));
  CHECK(ordered[1].address == Address::disk(3, 4096));
}

TEST_CASE("more versions than a page of the greatest depth can hold are refused, not dropped") {
  std::vector<NewerEntry> newer(kPageMaxCount, NewerEntry{5, Address(1)});
  CHECK(fits_when_split({}, newer, {}));
  const std::vector<OverlayEntry> overlay{{static_cast<uint64_t>(5) << 32, Address(2)}};
  CHECK_FALSE(fits_when_split({}, newer, overlay));
  const std::vector<OverlayEntry> elsewhere{{static_cast<uint64_t>(5 + (1 << 12)) << 32, Address(2)}};
  CHECK(fits_when_split({}, newer, elsewhere));
  newer.push_back({6, Address(3)});
  CHECK_FALSE(fits_when_split({}, newer, {}));
}
