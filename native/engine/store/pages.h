// Loading the index's pages after an open: a page is its image, then its slice of every later run, then the overlay of
// what the tail and the traffic wrote meanwhile. On demand for a key that is asked for, and all of them in the
// background. A page without a readable image is made from the runs of all segments.
#pragma once
#include <deque>
#include <functional>
#include <memory>
#include <vector>

#include "engine/checkpoint/index_image.h"
#include "engine/log/run.h"
#include "engine/store/core.h"
#include "engine/store/page_changes.h"

namespace foreshard {

class Pages {
 public:
  explicit Pages(Core& core) : core_(core) {}

  // Set by opening, before traffic. `log_runs`: of log segments; `relocated`: of relocated ones, which only a page
  // without an image needs.
  void set_image(std::unique_ptr<IndexImageReader> image, ImageFacts facts);
  void add_run(std::unique_ptr<Run> run, const SegmentFacts& facts);
  // The same for a segment that was scanned.
  void add_entries(std::vector<RunEntry> entries, const SegmentFacts& facts);
  // Up to this sequence number the page's image says it all; 0 without an image.
  uint64_t captured(const Page& page) const;
  bool has_image() const { return image_ != nullptr; }
  const ImageFacts& image_facts() const { return facts_; }
  // Unloaded pages over the whole ring: those of the image, or as many as these records want.
  Status cover_ring(uint64_t records);

  // The page that owns this hash is loaded when it ends ok. While all pages are being loaded, only a few go out of
  // their turn, unless `now`: single reads would take from the device what the large ones need.
  Task<Status> load(uint64_t hash, bool now);
  // All pages, in large reads; then gives the readers back.
  Task<Status> load_all();

  // Where a segment's entries come from if its run is damaged.
  std::function<Task<Result<std::vector<RunEntry>>>(const SegmentFacts&)> rescan;

  // Called by load_all() when all runs and page images are read: the device is free for others.
  std::function<void()> all_read = [] {};

  // What the pages said of a segment when they were loaded: an estimate, a page image that is made again counts twice.
  struct Entries {
    uint32_t all = 0;
    uint32_t absent = 0;  // the record is not in memory
  };
  Entries loaded_entries(uint64_t segment_id) const { return entries_[segment_id % kSegmentSlots]; }

  uint64_t loaded() const { return loaded_; }
  uint64_t rebuilt() const { return rebuilt_; }

 private:
  struct Source {
    std::unique_ptr<Run> run;
    std::vector<RunEntry> entries;  // instead of a run: by hash
    SegmentFacts facts;
    bool run_damaged = false;       // `entries` instead; others may be reading from the run yet
    Run::Cursor cursor;             // pages are loaded in ascending order, but for those that are asked for
  };
  // What is read of a source for a page.
  struct Part {
    Source* source;
    std::vector<RunEntry> entries;
    Status status;
  };
  static bool in_memory(const Source& source);
  static Status collect(Source& source, const Page& page, std::vector<RunEntry>& out);
  Task<> read_part(Part* part, const Page* page);
  Task<Status> gather(const Page& page, bool whole, PageChanges& changes);
  Task<Status> load_page(Page& page);
  Task<Status> open_older_runs();
  Task<Status> complete(Page& page, Bytes image);
  Status build(Page& page, Bytes image, std::span<const NewerEntry> newer);
  void take_heat_over();
  uint64_t mean_bytes(std::span<const NewerEntry> entries) const;
  void insert(std::span<const NewerEntry> newer);
  void apply_overlay(std::vector<OverlayEntry> overlay);
  bool later_than_image(const Source& source, uint64_t captured) const;
  // Page images that were read before their turn.
  struct Ahead {
    size_t first = 0, count = 0;
    bool read = false;
    IndexImageReader::Batch batch;
    std::vector<uint32_t> entries;  // by slot of the segment
  };
  Task<> read_images();
  Task<> read_images_from(size_t* next);
  Task<> read_batch(Ahead* ahead);
  Task<> load_images(Status* status);
  Task<> load_batch(Ahead* ahead, Status* status);
  void count(const Ahead& ahead);
  void note_read(bool& what);
  Task<> load_runs();
  Task<> load_runs_from(size_t* next);
  Task<> load_runs_and_images(Status* status);
  Task<Status> scan_instead(Source& source);
  Page* unloaded_at(const PageImageFacts& facts);
  Task<> release();

  Core& core_;
  std::unique_ptr<IndexImageReader> image_;
  ImageFacts facts_;
  std::deque<Source> sources_;  // stay where they are while more are added
  std::vector<RunEntry> collected_;  // of one source
  bool opening_older_ = false, older_open_ = false;
  bool loading_all_ = false;
  uint32_t demanded_ = 0;  // pages loaded out of their turn
  std::vector<Entries> entries_ = std::vector<Entries>(kSegmentSlots);
  std::deque<Ahead> ahead_;
  bool runs_begun_ = false;  // all are read, or being read
  bool runs_read_ = false, images_read_ = false;
  bool images_taken_ = false;  // from `ahead_`, the last one
  Signal ahead_moved_;
  uint64_t loaded_ = 0;
  uint64_t rebuilt_ = 0;
  Signal arrived_;
};

}  // namespace foreshard
