// store/checkpointer.h.
#include "engine/store/checkpointer.h"

#include <algorithm>

#include "engine/base/prefetch.h"
#include "engine/io/await.h"
#include "engine/log/names.h"
#include "engine/store/slice.h"

namespace foreshard {

namespace {

constexpr uint64_t kRecordsLeast = 250'000;  // since the last image, before the next is due
constexpr uint64_t kPageImageBytes = 28u << 10;  // on average
constexpr size_t kLanes = 2;  // where nothing limits the pace

// The address that an image holds, on a helper thread: the place on disk. A record that had none when the page was captured
// is left out; the log brings it.
struct OnDisk {
  const std::vector<uint8_t*>& bases;
  const uint64_t captured_sequence;
  LiveMaps& live;

  const uint8_t* record(Address address) const { return bases[address.chunk()] + address.chunk_offset(); }
  Address operator()(Address address) const {
    const Address disk = address.in_memory() ? of_record(record(address)) : address;
    if (disk) live.note(disk);
    return disk;
  }
  Address of_record(const uint8_t* at) const {
    return RecordView(at).sequence() > captured_sequence ? Address() : read_address_cell_elsewhere(at);
  }
  void prefetch(Address address) const {
    if (!address.in_memory()) return;
    prefetch_line(record(address) - kAddressCell);
    prefetch_line(record(address) + kRecordHeader);
  }
};

}  // namespace

// Half the keys changed (an image then costs a third of what the log wrote), and never for a trifle; or space waits for it, and
// it costs at most half of that.
bool Checkpointer::due() const {
  if (!core_.index_loaded) return false;
  const uint64_t pages = core_.table.page_count();
  if (core_.records_since_image >= std::max(kRecordsLeast, pages * 1000)) return true;
  return core_.bytes_since_image >= std::max(core_.segment_bytes, pages * 2 * kPageImageBytes) && core_.crowded();
}

void Checkpointer::consider() {
  if (!core_.options.checkpoints || core_.stopping || running_ || !due()) return;
  background_.spawn(run());
}

Task<> Checkpointer::run() {
  const Status written = co_await write_image(true);
  if (!written.ok() && written.code != Errc::aborted)
    core_.event("warning", Json().field("detail", "an index image could not be written: " + written.detail));
}

uint64_t Checkpointer::oldest_begin() const {
  uint64_t oldest = UINT64_MAX;
  for (const ImageFacts& image : core_.images) oldest = std::min(oldest, image.begin_sequence);
  if (in_progress_ != 0) oldest = std::min(oldest, in_progress_begin_);
  return oldest;
}

Task<Status> Checkpointer::write_image(bool paced) {
  while (running_) co_await done_.wait();
  running_ = true;
  in_progress_ = core_.next_image++;
  in_progress_begin_ = core_.log->placed_sequence();
  const uint64_t started_ns = core_.disk.clock().now_ns();
  const uint64_t rollbacks = core_.counters.rollbacks;
  core_.records_since_image = core_.bytes_since_image = 0;
  const Pace pace = core_.pace(paced && !core_.crowded());
  IndexImageWriter writer(core_.disk, core_.options.directory, core_.store_id, in_progress_, pace);
  Status status = co_await writer.begin();
  LiveMaps live(core_.segments);
  uint64_t end_sequence = 0;
  if (status.ok()) status = co_await capture(writer, live, pace.limited() ? 1 : kLanes, end_sequence);
  if (status.ok()) status = co_await wait_durable(end_sequence, rollbacks);
  ImageFacts facts;
  if (status.ok()) {
    Result<ImageFacts> finished = co_await writer.finish();
    status = finished.status();
    if (status.ok()) facts = finished.value();
  } else {
    co_await writer.abandon();
  }
  if (status.ok()) {
    facts.generation = in_progress_;
    facts.begin_sequence = in_progress_begin_;
    facts.end_sequence = end_sequence;
    status = co_await publish(facts);
  }
  in_progress_ = 0;
  running_ = false;
  if (status.ok()) {
    live.hand_over(core_.segments);
    ++core_.counters.images;
    core_.counters.image_bytes += facts.file_bytes;
    core_.event("checkpoint", Json().field("kind", "standard").field("generation", facts.generation).field("bytes", facts.file_bytes)
                                  .field("ms", static_cast<double>(core_.disk.clock().now_ns() - started_ns) / 1e6));
    co_await drop_old_images();
    co_await delete_emptied();
  }
  done_.wake_all();
  co_return status;
}

// The walk over all pages, shared by its lanes.
struct Checkpointer::Capture {
  IndexImageWriter& writer;
  LiveMaps& live;
  uint64_t cursor = 0;
  bool ended = false;
  uint64_t end_sequence = 0;  // of everything accepted at the last capture
  Status status = {};
};

Task<Status> Checkpointer::capture(IndexImageWriter& writer, LiveMaps& live, size_t lanes, uint64_t& end_sequence) {
  Capture all{.writer = writer, .live = live};
  std::vector<Task<>> tasks;
  while (tasks.size() < lanes) tasks.push_back(capture_lane(all));
  co_await Join(std::move(tasks));
  end_sequence = all.end_sequence;
  co_return all.status;
}

// Copies some pages, in one step; what is in them is looked up elsewhere.
Task<> Checkpointer::capture_lane(Capture& all) {
  std::vector<PageCopy> copies(IndexImageWriter::kPagesMax);
  Slice slice(core_);
  while (!all.ended && all.status.ok()) {
    std::vector<PageImageFacts> facts;
    while (facts.size() < copies.size() && !all.ended) {
      core_.table.page_for(all.cursor).copy_to(copies[facts.size()]);
      facts.push_back(next_page(all));
    }
    const IndexImageWriter::Encode encode = [&copies, &live = all.live, bases = core_.arena.bases(),
                                             captured = core_.log->placed_sequence(), clock = core_.heat_now](size_t page, uint8_t* to) {
      return Page::encode(copies[page], to, OnDisk{bases, captured, live}, clock);
    };
    const uint64_t reading = core_.arena.begin_reading();
    slice.wait_begins();
    Status added = co_await all.writer.add(std::move(facts), encode);
    slice.wait_ended();
    core_.arena.end_reading(reading);
    if (!added.ok()) all.status = std::move(added);
    if (slice.over()) co_await slice.pause(kCheckpointTurns);
  }
}

PageImageFacts Checkpointer::next_page(Capture& all) const {
  const Page& page = core_.table.page_for(all.cursor);
  const uint64_t last = page.prefix | ~page.prefix_mask();
  all.cursor = last + 1;
  all.ended = last == UINT64_MAX;
  all.end_sequence = core_.log->next_sequence() - 1;
  return {.prefix = page.prefix,
          .depth = page.depth,
          .record_bytes = page.bytes,
          .captured_sequence = core_.log->placed_sequence(),
          .heat = core_.heat.at(page, core_.heat_ms())};
}

Task<Status> Checkpointer::wait_durable(uint64_t sequence, uint64_t rollbacks) {
  core_.log->submit();
  while (core_.log->durable_sequence() < sequence && core_.counters.rollbacks == rollbacks && !core_.log->idle())
    co_await core_.changed.wait();
  if (core_.counters.rollbacks != rollbacks) co_return Status(Errc::aborted, "a write failed while the image was made");
  co_return Status();
}

Task<Status> Checkpointer::publish(ImageFacts facts) {
  core_.images.insert(core_.images.begin(), facts);
  const Status committed = co_await core_.commit_manifest();
  if (!committed.ok()) core_.images.erase(core_.images.begin());
  co_return committed;
}

Task<> Checkpointer::drop_old_images() {
  const size_t kept = core_.crowded() ? 1 : 2;
  while (core_.images.size() > kept && core_.image_pins == 0) {
    const uint64_t generation = core_.images.back().generation;
    core_.images.pop_back();
    const Status committed = co_await core_.commit_manifest();
    if (!committed.ok()) co_return;
    co_await io::on_path(core_.disk, IoOp::unlink, core_.path(names::index_image(generation)));
  }
}

// A segment leaves the manifest first; its files go when that is durable.
Task<> Checkpointer::delete_emptied() {
  if (deleting_) co_return;
  deleting_ = true;
  uint64_t oldest = in_progress_ != 0 ? in_progress_ : UINT64_MAX;
  for (const ImageFacts& image : core_.images) oldest = std::min(oldest, image.generation);
  std::vector<std::pair<uint64_t, FileId>> gone;
  for (const auto& [id, segment] : core_.segments.all()) {
    const SegmentFacts& facts = segment->facts;
    if (facts.emptied_at_image != 0 && facts.emptied_at_image <= oldest && segment->pins == 0)
      gone.emplace_back(id, segment->file);
  }
  std::vector<SegmentFacts> facts;
  for (const auto& [id, file] : gone) {
    facts.push_back(core_.segments.by_id(id)->facts);
    core_.compacted_sequence = std::max(core_.compacted_sequence, core_.segments.by_id(id)->facts.last_sequence);
    core_.segments.remove(id);
  }
  Status committed;
  if (!gone.empty()) committed = co_await core_.commit_manifest();
  if (!committed.ok()) {  // the manifest still names them
    for (size_t i = 0; i < gone.size(); ++i) core_.segments.add(facts[i]).file = gone[i].second;
    gone.clear();
  }
  for (const auto& [id, file] : gone) {
    if (file != 0) co_await io::on_file(core_.disk, IoOp::close, file);
    co_await io::on_path(core_.disk, IoOp::unlink, core_.path(names::segment(id)));
    co_await io::on_path(core_.disk, IoOp::unlink, core_.path(names::run(id)));
    ++core_.counters.deleted_segments;
  }
  deleting_ = false;
}

}  // namespace foreshard
