// What the runs say of a page that its image does not have: collected in any order, then put into the order that a page
// wants.
#pragma once
#include <span>
#include <vector>

#include "engine/log/run.h"
#include "engine/table/page.h"

namespace foreshard {

class PageChanges {
 public:
  // Those later than `known`, a sequence number.
  void add(std::span<const RunEntry> entries, uint64_t segment_id, uint64_t known);
  // In the order of home slots, the newest of a tag first. A record that stands in its old segment and in the one that it
  // was relocated to counts once, as the relocated one: the old segment may go at any time.
  std::vector<NewerEntry> in_page_order() const;

 private:
  struct Change {
    uint64_t sequence;
    uint64_t segment_id;
    NewerEntry entry;
  };
  std::vector<Change> by_home() const;

  std::vector<Change> changes_;
};

// Whether splitting the page makes room for all: no page of the greatest depth gets more than it can hold. (If not,
// thousands of versions of a key stand in the runs.)
bool fits_when_split(Bytes image, std::span<const NewerEntry> newer, std::span<const OverlayEntry> overlay);

}  // namespace foreshard
