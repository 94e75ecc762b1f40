// Standard checkpoints: index images, written in the background while the store runs, and the deletion of segments that
// no image needs any more.
//
// A page is captured, as a copy, in one step; helper threads make its image of that. Its captured sequence is that of the
// last record placed in the log, and entries of records that had no place then are left out, so replaying what is later
// completes it. The image is published once the log is durable to everything that had been accepted at its last capture; if
// a write failed meanwhile, it is abandoned. On the way, helpers note which places on disk its entries point at, so that
// compaction need not ask for each record (log/live_map.h).
#pragma once
#include "engine/checkpoint/index_image.h"
#include "engine/log/live_map.h"
#include "engine/store/core.h"

namespace foreshard {

class Checkpointer {
 public:
  Checkpointer(Core& core, TaskGroup& background) : core_(core), background_(background) {}

  // Starts an image if enough has changed since the last one.
  void consider();
  bool due() const;
  // Writes one now; waits for one that is under way first. `paced`: under the background rate limit.
  Task<Status> write_image(bool paced);
  // Deletes segments that were emptied and that no kept image refers to.
  Task<> delete_emptied();

  // Segments with records after this may not be compacted: an image, kept or in progress, replays them.
  uint64_t oldest_begin() const;

 private:
  Task<> run();
  struct Capture;
  Task<Status> capture(IndexImageWriter& writer, LiveMaps& live, size_t lanes, uint64_t& end_sequence);
  Task<> capture_lane(Capture& all);
  PageImageFacts next_page(Capture& all) const;
  Task<Status> publish(ImageFacts facts);
  Task<Status> wait_durable(uint64_t sequence, uint64_t rollbacks);
  Task<> drop_old_images();

  Core& core_;
  TaskGroup& background_;
  bool running_ = false;
  uint64_t in_progress_ = 0;        // generation, 0: none
  uint64_t in_progress_begin_ = 0;
  bool deleting_ = false;
  Signal done_;
};

}  // namespace foreshard
