// store/iterators.h.
#include "engine/store/iterators.h"

#include <algorithm>

namespace foreshard {

namespace {
constexpr size_t kTagsPerRound = 64;  // as many records are read at a time
}

uint64_t Iterators::open(bool with_values) {
  auto pass = std::make_shared<Pass>();
  pass->with_values = with_values;
  passes_[next_id_] = std::move(pass);
  return next_id_++;
}

void Iterators::close(uint64_t id) {
  auto found = passes_.find(id);
  if (found == passes_.end()) return;
  found->second->closed = true;
  passes_.erase(found);
}

void Iterators::next(uint64_t id, uint32_t max_entries, uint64_t max_bytes, uint64_t ticket) {
  auto found = passes_.find(id);
  if (found == passes_.end()) {
    core_.listener.on_entries(ticket, Status(Errc::bad_argument, "the iterator is closed"), {}, true, 0, 0);
    return;
  }
  core_.tasks.spawn(run(found->second, max_entries, max_bytes, ticket));
}

Task<> Iterators::run(std::shared_ptr<Pass> pass, uint32_t max_entries, uint64_t max_bytes, uint64_t ticket) {
  Batch batch;
  Status status;
  while (status.ok() && !pass->closed && !pass->ended() && batch.items.size() < max_entries && batch.bytes.size() < max_bytes) {
    if (core_.stopping) {
      status = Status(Errc::closed);
      break;
    }
    if (pass->at >= pass->tags.size()) {
      status = co_await turn_page(pass.get());
      continue;
    }
    const size_t left = std::min<size_t>(max_entries - batch.items.size(), pass->tags.size() - pass->at);
    status = co_await give_out(pass.get(), std::min(left, kTagsPerRound), &batch);
  }
  deliver(batch, status, pass->ended() || pass->closed, ticket);
}

Task<Status> Iterators::turn_page(Pass* pass) {
  const Status loaded = co_await pages_.load(pass->cursor, false);
  if (!loaded.ok()) co_return loaded;
  const Page& page = core_.table.page_for(pass->cursor);
  pass->tags.clear();
  pass->at = 0;
  for (int slot = 0; slot < static_cast<int>(kPageSlots); ++slot)
    if (page.occupied(slot)) pass->tags.push_back(page.tag(slot));
  std::sort(pass->tags.begin(), pass->tags.end());
  pass->tags.erase(std::unique(pass->tags.begin(), pass->tags.end()), pass->tags.end());
  const uint64_t last = page.prefix | ~page.prefix_mask();
  pass->last_page = last == UINT64_MAX;
  pass->cursor = last + 1;
  co_return Status();
}

Task<Status> Iterators::give_out(Pass* pass, size_t count, Batch* batch) {
  Buffers buffers;
  for (size_t given = 0; given < count;) {
    const uint32_t tag = pass->tags[pass->at];
    if (give_tag(tag, buffers, pass->with_values, batch)) {
      ++pass->at;
      ++given;
      continue;
    }
    const Status read = co_await read_missing(pass, count - given, &buffers);
    if (pass->closed) co_return Status();
    if (read.ok()) continue;
    ++pass->at;  // the damaged record is reported once; the pass can go on behind it
    co_return read;
  }
  co_return Status();
}

// What the next tags have on disk, read side by side.
Task<Status> Iterators::read_missing(Pass* pass, size_t count, Buffers* buffers) {
  struct Reading {
    Address address;
    RecordBuffer buffer;
    Status status;
  };
  std::vector<std::unique_ptr<Reading>> readings;
  for (size_t i = 0; i < count && pass->at + i < pass->tags.size(); ++i) {
    const uint32_t tag = pass->tags[pass->at + i];
    const Page& page = core_.table.page_for(static_cast<uint64_t>(tag) << 32);
    for (int slot = page.find(tag); slot != Page::kNone; slot = page.find_next(tag, slot)) {
      const Address address = page.address(slot);
      if (address.in_memory() || buffers->contains(address.raw())) continue;
      readings.push_back(std::make_unique<Reading>(Reading{address, {}, {}}));
    }
  }
  auto read = [](Reader* reader, Reading* reading) -> Task<> {
    reading->status = co_await reader->read_record(reading->address, &reading->buffer, false);
  };
  std::vector<Task<>> lanes;
  for (auto& reading : readings) lanes.push_back(read(&reader_, reading.get()));
  co_await Join(std::move(lanes));
  for (auto& reading : readings) {
    if (reading->status.ok()) {
      (*buffers)[reading->address.raw()] = std::move(reading->buffer);
      continue;
    }
    // A record that moved meanwhile is read at its new place in the next round; one that still stands there is damaged.
    const uint32_t tag = pass->tags[pass->at];
    const Page& page = core_.table.page_for(static_cast<uint64_t>(tag) << 32);
    for (int slot = page.find(tag); slot != Page::kNone; slot = page.find_next(tag, slot))
      if (page.address(slot) == reading->address) co_return reading->status;
  }
  co_return Status();
}

// All keys of a tag; false if a record of it is neither in memory nor among the buffers.
bool Iterators::give_tag(uint32_t tag, const Buffers& buffers, bool with_values, Batch* batch) {
  const Page& page = core_.table.page_for(static_cast<uint64_t>(tag) << 32);
  std::vector<RecordView> records;
  for (int slot = page.find(tag); slot != Page::kNone; slot = page.find_next(tag, slot)) {
    const Address address = page.address(slot);
    if (address.in_memory()) {
      records.push_back(core_.arena.view(address));
      continue;
    }
    auto read = buffers.find(address.raw());
    if (read == buffers.end()) return false;
    records.push_back(read->second.view());
  }
  for (size_t i = 0; i < records.size(); ++i) {
    const RecordView record = records[i];
    const bool older = std::any_of(records.begin(), records.begin() + static_cast<ptrdiff_t>(i),
                                   [&](const RecordView& newer) { return equal(newer.key(), record.key()); });
    if (older || record.kind() == RecordKind::del || record.expired(core_.wall_ms())) continue;
    const Bytes value = with_values ? record.value() : Bytes();
    const size_t at = batch->bytes.size();
    batch->bytes.insert(batch->bytes.end(), record.key().begin(), record.key().end());
    batch->bytes.insert(batch->bytes.end(), value.begin(), value.end());
    batch->items.push_back({at, record.key_length(), at + record.key_length(), value.size(), record.sequence(), record.expiry_ms()});
  }
  return true;
}

void Iterators::deliver(const Batch& batch, const Status& status, bool end, uint64_t ticket) {
  std::vector<EntryView> entries;
  entries.reserve(batch.items.size());
  for (const Batch::Item& item : batch.items)
    entries.push_back({RecordKind::put, Bytes(batch.bytes.data() + item.key_at, item.key_length),
                       Bytes(batch.bytes.data() + item.value_at, item.value_length), item.sequence, item.expiry_ms});
  core_.listener.on_entries(ticket, status, entries, end, 0, 0);
}

}  // namespace foreshard
