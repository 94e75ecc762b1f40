// The cache lines that a lookup touches, from the structure of a page and of a record: an upper bound of its cache misses
// where the processor's own count is not to be had. Left out is what is small enough to stay in the cache: the directory,
// the heads of the pages, and the list of the arena's chunks (some 70 bytes for each 2,400 keys).
#pragma once
#include "engine/store/core.h"

namespace foreshard::bench {

struct LookupLines {
  uint64_t index = 0;   // of a page's words and sides
  uint64_t record = 0;  // from a record's header to the end of its key
};

// As tag_scan.h reads along the probe sequence: two slots one by one, then four at a time.
inline uint64_t index_lines(const Page& page, uint32_t tag, int from, int to) {
  constexpr uint32_t kLine = 64, kWordsInLine = kLine / 8, kSidesInLine = kLine / 2;
  uint64_t lines = 0;
  uint32_t last_word = UINT32_MAX, last_side = UINT32_MAX;
  const auto touch = [&lines](uint32_t line, uint32_t& last) {
    if (line != last) ++lines;
    last = line;
  };
  auto slot = static_cast<uint32_t>(from);
  for (uint32_t step = 0;; ++step, slot = (slot + 1) & kSlotMask) {
    touch(slot / kWordsInLine, last_word);
    const bool four = step >= 2 && (step - 2) % 4 == 0 && slot <= kPageSlots - 4;
    if (four) touch((slot + 3) / kWordsInLine, last_word);
    const int at = static_cast<int>(slot);
    if (page.occupied(at) && page.tag(at) >> 8 == tag >> 8) touch(slot / kSidesInLine, last_side);
    if (at == to) return lines;
  }
}

inline LookupLines lines_of_lookup(const Core& core, Bytes key) {
  const uint64_t hash = core.hash(key);
  const uint32_t tag = tag_of(hash);
  const Page& page = core.table.page_for(hash);
  LookupLines lines;
  int from = static_cast<int>(tag & kSlotMask);
  for (int slot = page.find(tag); slot != Page::kNone; slot = page.find_next(tag, slot)) {
    lines.index += index_lines(page, tag, from, slot);
    const auto begin = reinterpret_cast<uintptr_t>(core.arena.record(page.address(slot)));
    const Bytes found = core.arena.view(page.address(slot)).key();
    lines.record += reinterpret_cast<uintptr_t>(found.data() + found.size() - 1) / 64 - (begin + 4) / 64 + 1;
    if (equal(found, key)) return lines;
    from = (slot + 1) & static_cast<int>(kSlotMask);
  }
  return lines;
}

}  // namespace foreshard::bench
