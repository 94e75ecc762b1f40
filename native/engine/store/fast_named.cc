// store/fast_checkpointer.h: the classes of keys that are named one by one: remembered, changed, predicted.
#include <algorithm>

#include "engine/io/await.h"
#include "engine/io/transfer.h"
#include "engine/log/names.h"
#include "engine/log/replace_file.h"
#include "engine/store/fast_checkpointer.h"
#include "engine/store/lookup.h"
#include "engine/store/slice.h"
#include "engine/store/touches.h"

namespace foreshard {

namespace {

// Class 0 takes of the budget what it needs, within these shares; the others have the rest.
constexpr uint64_t kRememberedShare = 16;
constexpr uint64_t kChangedShare = 4;
constexpr size_t kKeysBatch = 1024;
constexpr size_t kPagesAhead = 8;

uint64_t bytes_of(RecordView record) { return kRecordPrefix + record.size(); }

}  // namespace

// Class 0: what was wanted first after past restarts, then what the other classes are behind with.
Task<Status> FastCheckpointer::add_first(FastImageWriter& writer) {
  const uint64_t budget = core_.options.fast_budget;
  const std::vector<uint64_t> remembered = remembered_;
  Status added = co_await add_keys(writer, remembered, budget / kRememberedShare, false);
  if (!added.ok()) co_return added;
  std::vector<uint64_t> changed = core_.recent.copy();
  co_await io::work(core_.disk, [&changed] {
    std::sort(changed.begin(), changed.end());
    changed.erase(std::unique(changed.begin(), changed.end()), changed.end());
  });
  co_return co_await add_keys(writer, changed, budget / kChangedShare, true);
}

// As far as so many bytes reach. `if_held`: only what one of the other classes would hold.
Task<Status> FastCheckpointer::add_keys(FastImageWriter& writer, const std::vector<uint64_t>& hashes, uint64_t budget_bytes,
                                        bool if_held) {
  Slice slice(core_);
  for (size_t first = 0; first < hashes.size() && budget_bytes > 0; first += kKeysBatch) {
    const size_t count = std::min(kKeysBatch, hashes.size() - first);
    const Status added = co_await copy(writer, resident(std::span(hashes).subspan(first, count), if_held, budget_bytes), 0, slice);
    if (!added.ok()) co_return added;
    if (slice.over()) co_await slice.pause(kCheckpointTurns);
  }
  co_return Status();
}

// Records that are in memory, until the bytes are spent; a stranger of the same tag is welcome.
std::vector<const uint8_t*> FastCheckpointer::resident(std::span<const uint64_t> hashes, bool if_held, uint64_t& bytes) const {
  std::vector<const uint8_t*> records;
  for (size_t i = 0; i < hashes.size(); ++i) {
    if (i + kPagesAhead < hashes.size()) core_.table.prefetch(hashes[i + kPagesAhead]);
    const Page& page = core_.table.page_for(hashes[i]);
    const uint32_t tag = tag_of(hashes[i]);
    for (int slot = page.find(tag); slot != Page::kNone; slot = page.find_next(tag, slot)) {
      if (!page.address(slot).in_memory() || (if_held && !held(page, slot))) continue;
      const RecordView record = core_.arena.view(page.address(slot));
      if (bytes_of(record) > bytes) bytes = 0;
      if (bytes == 0) return records;
      bytes -= bytes_of(record);
      records.push_back(record.data());
    }
  }
  return records;
}

// What is colder than the coldest band reaches is in no class, and its changes are none of theirs.
bool FastCheckpointer::held(const Page& page, int slot) const {
  if (predicted_ != nullptr && predicted_->tags.has(page.tag(slot))) return true;
  return base_rank(page) + rank_in_page(page.sides_of_all()[static_cast<size_t>(slot)]) >= floor_;
}

// A batch of the predicted class that is being looked up.
struct FastCheckpointer::Taking {
  PredictedRecords& held;
  const uint64_t budget_bytes;
  std::vector<const uint8_t*> records = {};
  bool full = false;
};

// In the order in which they will be wanted, until its bytes are spent; a key that is named again has its place already.
Task<Status> FastCheckpointer::add_predicted(FastImageWriter& writer, uint64_t budget_bytes, const Prediction& prediction,
                                             PredictedRecords& held, bool paced) {
  const std::span<const uint64_t> hashes(prediction.hashes);
  Slice slice(core_);
  bool full = false;
  for (size_t first = 0; first < hashes.size() && !full; first += kKeysBatch) {
    Taking taking{.held = held, .budget_bytes = budget_bytes};
    take_predicted(hashes.subspan(first, std::min(kKeysBatch, hashes.size() - first)), taking);
    full = taking.full;
    if (paced && core_.stopping) co_return Errc::closed;
    const Status added = co_await copy(writer, std::move(taking.records), 0, slice);
    if (!added.ok()) co_return added;
    if (slice.over()) co_await slice.pause(kCheckpointTurns);
  }
  co_return Status();
}

// Those that are in memory; a stranger of the same tag comes along. First all are found, then their records are looked at.
void FastCheckpointer::take_predicted(std::span<const uint64_t> hashes, Taking& taking) const {
  std::vector<uint32_t> fresh;
  for (size_t i = 0; i < hashes.size(); ++i) {
    if (i + kPagesAhead < hashes.size()) core_.table.prefetch(hashes[i + kPagesAhead]);
    if (taking.held.tags.has(tag_of(hashes[i]))) continue;
    prefetch_newest(core_, hashes[i]);
    fresh.push_back(tag_of(hashes[i]));
  }
  for (const uint32_t tag : fresh) {
    const Page& page = core_.table.page_for(uint64_t{tag} << 32);
    if (taking.held.tags.has(tag)) continue;
    for (int slot = page.find(tag); slot != Page::kNone && !taking.full; slot = page.find_next(tag, slot))
      take_entry(page, slot, taking);
    if (taking.full) return;
  }
}

void FastCheckpointer::take_entry(const Page& page, int slot, Taking& taking) const {
  if (!page.address(slot).in_memory()) return;
  const RecordView record = core_.arena.view(page.address(slot));
  if (record.kind() != RecordKind::put || record.size() > kFastRecordMax) return;
  const uint64_t bytes = taking.held.bytes + bytes_of(record);
  taking.full = bytes > taking.budget_bytes;
  if (taking.full) return;
  taking.held.bytes = bytes;
  taking.held.tags.add(page.tag(slot));
  taking.held.ranks.add(base_rank(page) + rank_in_page(page.sides_of_all()[static_cast<size_t>(slot)]));
  taking.records.push_back(record.data());
}

// The list of hashes: u64 magic, u64 checksum of the rest, u64 store id, u64 count, then the hashes.
Task<> FastCheckpointer::load_touches() {
  Result<io::OpenedFile> opened = co_await io::open_to_read(core_.disk, core_.path(names::first_touches()));
  if (!opened.ok()) co_return;
  AlignedBuffer bytes(opened.value().size);
  const Status read = co_await io::read_exact(core_.disk, opened.value().file, 0, bytes.data(), bytes.size());
  co_await io::close(core_.disk, opened.value().file);
  if (read.ok()) remembered_ = decode_touches(bytes.view(), core_.store_id);
}

Task<Status> FastCheckpointer::save_touches() {
  std::vector<uint64_t> merged = merge_touches(warmer_.first_touches(), remembered_);
  if (merged == remembered_) co_return Status();
  remembered_ = std::move(merged);
  const AlignedBuffer bytes = encode_touches(remembered_, core_.store_id);
  co_return co_await replace_file(core_.disk, core_.options.directory, names::first_touches(), bytes.view());
}

}  // namespace foreshard
