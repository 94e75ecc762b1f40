// See table.h.
#include "engine/table/table.h"

#include <algorithm>
#include <string>

namespace foreshard {

namespace {

// Positions on the ring in units of the smallest page, so that the end of the ring is a number too.
constexpr uint32_t kUnitShift = 64 - kMaxPageDepth;
constexpr uint64_t kRingUnits = 1ull << kMaxPageDepth;

uint64_t units(uint8_t depth) { return kRingUnits >> depth; }
uint64_t end_unit(uint64_t prefix, uint8_t depth) { return (prefix >> kUnitShift) + units(depth); }

// The deepest page's depth if the descriptors tile the ring in order; else an error.
Result<uint32_t> check_tiling(const std::vector<PageDescriptor>& pages) {
  uint64_t position = 0;
  uint32_t deepest = 0;
  for (size_t i = 0; i < pages.size(); ++i) {
    const PageDescriptor& page = pages[i];
    if (page.depth > kMaxPageDepth || position == kRingUnits || page.prefix != position << kUnitShift ||
        position % units(page.depth) != 0)
      return Status(Errc::corrupt, "pages do not tile the hash ring, at page " + std::to_string(i));
    position += units(page.depth);
    deepest = std::max<uint32_t>(deepest, page.depth);
  }
  if (position != kRingUnits) return Status(Errc::corrupt, "pages do not cover the hash ring");
  return deepest;
}

}  // namespace

Table::Table(uint32_t initial_depth) {
  assert(initial_depth <= kMaxPageDepth);
  const uint32_t depth = std::max(initial_depth, 1u);
  shift_ = 64 - depth;
  directory_.resize(size_t{1} << depth);
  for (uint64_t i = 0; i < 1ull << initial_depth; ++i) {
    const uint64_t prefix = initial_depth == 0 ? 0 : i << (64 - initial_depth);
    enter(pages_.emplace_back(blocks_, prefix, static_cast<uint8_t>(initial_depth), ShardSlot{0}, Page::State::loaded));
  }
}

void Table::enter(Page& page) {
  const auto at = directory_.begin() + static_cast<ptrdiff_t>(page.prefix >> shift_);
  std::fill_n(at, size_t{1} << (directory_depth() - page.depth), &page);
}

Page* Table::next(const Page& page) {
  const uint64_t end = end_unit(page.prefix, page.depth);
  return end == kRingUnits ? nullptr : &page_for(end << kUnitShift);
}

void Table::double_directory() {
  std::vector<Page*> doubled(directory_.size() * 2);
  for (size_t i = 0; i < doubled.size(); ++i) doubled[i] = directory_[i / 2];
  directory_ = std::move(doubled);
  --shift_;
}

void Table::split(Page& page) {
  assert(page.state == Page::State::loaded && page.depth < kMaxPageDepth);
  if (before_split) before_split(page);
  if (page.depth == directory_depth()) double_directory();
  const uint8_t depth = page.depth + 1;
  Page& high = pages_.emplace_back(blocks_, page.prefix | 1ull << (64 - depth), depth, page.shard, page.state);
  page.split_to(high);
  enter(high);
}

Page& Table::split_full(uint64_t hash) {
  Page* page = &page_for(hash);
  while (page->full() && page->state == Page::State::loaded && page->depth < kMaxPageDepth) {
    split(*page);
    page = &page_for(hash);
  }
  return *page;
}

Status Table::rebuild(const std::vector<PageDescriptor>& pages) {
  const Result<uint32_t> deepest = check_tiling(pages);
  if (!deepest.ok()) return deepest.status();
  pages_.clear();
  shift_ = 64 - std::max(deepest.value(), 1u);
  directory_.assign(size_t{1} << directory_depth(), nullptr);
  for (const PageDescriptor& from : pages) {
    Page& page = pages_.emplace_back(blocks_, from.prefix, from.depth, ShardSlot{0}, Page::State::unloaded);
    page.image_index = from.image_index;
    enter(page);
  }
  return {};
}

Status Table::make_boundary(uint64_t start) {
  Status status;
  while (status.ok() && !page_begins_at(start)) status = split_towards(start);
  return status;
}

Status Table::split_towards(uint64_t start) {
  if (start << kMaxPageDepth != 0) return {Errc::bad_argument, "finer than pages can be"};
  Page& page = page_for(start);
  if (page.state != Page::State::loaded) return {Errc::busy, "a page that must split is not loaded yet"};
  split(page);
  return {};
}

void Table::label(uint64_t start, uint64_t last, ShardSlot shard) {
  Page* page = &page_for(start);
  if (page->prefix != start) page = next(*page);
  for (; page != nullptr && page->prefix <= last; page = next(*page)) page->shard = shard;
}

uint64_t Table::entry_count() const {
  uint64_t entries = 0;
  for (const Page& page : pages_) entries += page.count() + page.overlay.size();
  return entries;
}

uint64_t Table::memory_bytes() const {
  uint64_t bytes = blocks_.memory_bytes() + pages_.size() * sizeof(Page) + directory_.size() * sizeof(Page*);
  for (const Page& page : pages_) bytes += page.overlay.capacity() * sizeof(OverlayEntry);
  return bytes;
}

}  // namespace foreshard
