// The index: a directory, by the top bits of the hash, of pages. It grows by splitting one page at a time (the directory
// doubles when a page of the full depth splits), so there is no rehash pause.
//
// Invariants: the pages tile the ring exactly; each page stands at all directory entries of its prefix; a page that is
// not loaded is never split (its overlay grows instead), and no page is ever removed. References to pages stay valid
// for the table's life, but a split leaves a page only the lower half of its range.
#pragma once
#include <deque>
#include <functional>
#include <span>
#include <vector>

#include "engine/table/page.h"

namespace foreshard {

// A page of an index image.
struct PageDescriptor {
  uint64_t prefix = 0;
  uint8_t depth = 0;
  uint32_t image_index = 0;
};

class Table {
 public:
  explicit Table(uint32_t initial_depth);
  Table(const Table&) = delete;
  Table& operator=(const Table&) = delete;

  // Of a hash, or of a cursor: a page's prefix remains the first hash of some page, whatever splits.
  Page& page_for(uint64_t hash) { return *directory_[hash >> shift_]; }
  const Page& page_for(uint64_t hash) const { return *directory_[hash >> shift_]; }
  // Splits first if the page is full.
  Page& page_for_insert(uint64_t hash) {
    Page& page = page_for(hash);
    return page.full() ? split_full(hash) : page;
  }
  void prefetch(uint64_t hash) const { page_for(hash).prefetch(hash); }

  // In hash order. Splitting between two calls is fine: the new upper half is what comes next.
  Page* first() { return directory_.front(); }
  Page* next(const Page& page);

  // Called with a loaded page that is about to split (it keeps its lower half), before anything changes.
  std::function<void(Page&)> before_split;

  // Recovery: replaces all pages by unloaded ones. They must be in hash order and tile the ring, else `corrupt` and
  // the table is as before.
  Status rebuild(const std::vector<PageDescriptor>& pages);

  // A page begins at this hash, which has at most kMaxPageDepth significant bits: splits pages until it is so. `busy` if the
  // page that must split is not loaded.
  Status make_boundary(uint64_t start);
  // One split on the way there.
  Status split_towards(uint64_t start);
  bool page_begins_at(uint64_t start) const { return page_for(start).prefix == start; }
  // The pages that begin from `start` to `last` belong to that shard.
  void label(uint64_t start, uint64_t last, ShardSlot shard);

  // By the order in which they were made.
  Page& page(size_t index) { return pages_[index]; }
  size_t page_count() const { return pages_.size(); }
  uint64_t entry_count() const;  // loaded pages and overlays; walks all pages
  uint64_t memory_bytes() const;

 private:
  uint32_t directory_depth() const { return 64 - shift_; }
  Page& split_full(uint64_t hash);
  void split(Page& page);
  void double_directory();
  void enter(Page& page);

  PageBlocks blocks_;
  std::deque<Page> pages_;
  std::vector<Page*> directory_;  // at least two entries, so that shift_ is below 64
  uint32_t shift_ = 63;
};

}  // namespace foreshard
