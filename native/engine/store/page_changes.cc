// store/page_changes.h.
#include "engine/store/page_changes.h"

#include <algorithm>
#include <array>
#include <utility>

#include "engine/log/record.h"

namespace foreshard {

void PageChanges::add(std::span<const RunEntry> entries, uint64_t segment_id, uint64_t known) {
  for (const RunEntry& entry : entries)
    if (entry.sequence > known)
      changes_.push_back({entry.sequence, segment_id, {tag_of(entry.hash), Address::disk(segment_id, entry.offset)}});
}

// A counting sort: a page has as many homes as it has slots, and this is done for every page while users wait.
std::vector<PageChanges::Change> PageChanges::by_home() const {
  std::array<uint32_t, kPageSlots> at{};
  for (const Change& change : changes_) ++at[change.entry.home()];
  uint32_t before = 0;
  for (uint32_t& slot : at) before += std::exchange(slot, before);
  std::vector<Change> sorted(changes_.size());
  for (const Change& change : changes_) sorted[at[change.entry.home()]++] = change;
  return sorted;
}

std::vector<NewerEntry> PageChanges::in_page_order() const {
  std::vector<Change> sorted = by_home();
  std::vector<NewerEntry> entries;
  entries.reserve(sorted.size());
  for (auto first = sorted.begin(); first != sorted.end();) {
    const auto elsewhere = [home = first->entry.home()](const Change& change) { return change.entry.home() != home; };
    const auto last = std::find_if(first, sorted.end(), elsewhere);
    std::sort(first, last, [](const Change& a, const Change& b) {
      return a.sequence != b.sequence ? a.sequence > b.sequence : a.segment_id > b.segment_id;
    });
    uint64_t previous = kSequenceMax + 1;
    for (; first != last; ++first)
      if (std::exchange(previous, first->sequence) != first->sequence) entries.push_back(first->entry);
  }
  return entries;
}

bool fits_when_split(Bytes image, std::span<const NewerEntry> newer, std::span<const OverlayEntry> overlay) {
  constexpr uint32_t kBelow = kTagBits - kMaxPageDepth;  // the bits before name a page of the greatest depth
  std::vector<uint32_t> deepest;
  Page::for_each_word(image, [&](uint64_t word) { deepest.push_back(static_cast<uint32_t>(word >> 32) >> kBelow); });
  for (const NewerEntry& entry : newer) deepest.push_back(entry.tag >> kBelow);
  for (const OverlayEntry& entry : overlay) deepest.push_back(tag_of(entry.hash) >> kBelow);
  std::sort(deepest.begin(), deepest.end());
  for (size_t i = kPageMaxCount; i < deepest.size(); ++i)
    if (deepest[i] == deepest[i - kPageMaxCount]) return false;
  return true;
}

}  // namespace foreshard
