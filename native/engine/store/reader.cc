// store/reader.h.
#include "engine/store/reader.h"

#include <array>

#include "engine/io/await.h"
#include "engine/log/names.h"

namespace foreshard {

namespace {
constexpr uint64_t kMinRead = kBlock;
// Larger records are not kept in memory after a read: one of them would push out thousands.
constexpr uint64_t kResidentShare = 16;
constexpr uint64_t kEvictPerRead = 16u << 10;
}  // namespace

Found Reader::try_get(Bytes key, ValueView& out) {
  ++core_.counters.gets;
  const Lookup found = look_up(core_, key, core_.hash(key));
  if (found.kind == Lookup::Kind::found) {
    const RecordView record = core_.arena.view(found.address);
    out = {record.value(), record.sequence(), record.expiry_ms()};
    ++core_.counters.hits;
    return Found::yes;
  }
  if (found.kind != Lookup::Kind::absent) return Found::later;
  ++core_.counters.absent;
  return Found::no;
}

// The page's words first, for all keys; then they can be read, and say where the record is.
void Reader::prefetch(std::span<const Bytes> keys) {
  std::array<uint64_t, kPrefetchMax> hashes;
  for (size_t i = 0; i < keys.size(); ++i) {
    hashes[i] = core_.hash(keys[i]);
    core_.table.prefetch(hashes[i]);
  }
  for (size_t i = 0; i < keys.size(); ++i) prefetch_newest(core_, hashes[i]);
}

bool Reader::set_value(const Fetched& fetched, ValueView& out) {
  if (!fetched.found) return false;
  const RecordView record = fetched.memory ? core_.arena.view(fetched.memory) : fetched.buffer.view();
  if (record.kind() == RecordKind::del || record.expired(core_.wall_ms())) return false;
  out = {record.value(), record.sequence(), record.expiry_ms()};
  return true;
}

void Reader::get_later(Bytes key, uint64_t ticket) {
  ++core_.counters.misses;
  ++pending_;
  core_.tasks.spawn(answer(std::string(as_text(key)), core_.hash(key), ticket));
}

Task<> Reader::answer(std::string key, uint64_t hash, uint64_t ticket) {
  Fetched fetched = co_await fetch(key, hash, false);
  --pending_;
  ValueView value;
  const bool found = fetched.status.ok() && set_value(fetched, value);
  if (fetched.status.ok()) note_access(as_bytes(key), found ? &value : nullptr);
  core_.listener.on_value(ticket, fetched.status, found ? &value : nullptr);
  core_.changed.wake_all();
}

// Between the end of a fetch and now others had their turn: the record may have moved, or be another one, or there is one
// where there was none.
bool Reader::still_true(Bytes key, Fetched* fetched) {
  const Lookup again = look_up_any(core_, key, core_.hash(key), fetched->strangers);
  if (again.kind == Lookup::Kind::need_read) return fetched->found && !fetched->memory && again.address == fetched->disk;
  if (again.kind == Lookup::Kind::need_page) return false;
  fetched->found = again.kind == Lookup::Kind::found;
  fetched->memory = again.address;
  return true;
}

// Runs a fetch to its end here: completions of others are delivered meanwhile, but the wait is for this one only.
Found Reader::get_blocking(Bytes key, ValueView& out) {
  ++core_.counters.misses;
  blocks_ = true;
  struct Outcome {
    Fetched fetched;
    bool done = false;
  } outcome;
  auto run = [](Reader* reader, std::string text, uint64_t hash, Outcome* to) -> Task<> {
    to->fetched = co_await reader->fetch(std::move(text), hash, true);
    to->done = true;
  };
  for (bool moved = true; moved;) {
    outcome = {};
    Task<> task = run(this, std::string(as_text(key)), core_.hash(key), &outcome);
    task.start();
    while (!outcome.done && core_.disk.wait() > 0) {
    }
    moved = outcome.done && outcome.fetched.status.ok() && !still_true(key, &outcome.fetched);
  }
  blocks_ = false;
  if (!outcome.done) outcome.fetched.status = Status(Errc::aborted, "the read was abandoned");
  core_.last_error = outcome.fetched.status;
  if (!outcome.fetched.status.ok()) return Found::error;
  blocking_buffer_ = std::move(outcome.fetched.buffer);
  outcome.fetched.buffer = {};
  const bool found = set_blocking_value(outcome.fetched, out);
  note_access(key, found ? &out : nullptr);
  return found ? Found::yes : Found::no;
}

bool Reader::set_blocking_value(const Fetched& fetched, ValueView& out) {
  if (!fetched.found || fetched.memory) return set_value(fetched, out);
  const RecordView record = blocking_buffer_.view();
  if (record.kind() == RecordKind::del || record.expired(core_.wall_ms())) return false;
  out = {record.value(), record.sequence(), record.expiry_ms()};
  return true;
}

void Reader::note_access(Bytes key, const ValueView* found) {
  const uint64_t hash = core_.hash(key);
  core_.note_access(core_.table.page_for(hash), found != nullptr ? Access::read : Access::absent, hash, key,
                    [found] { return found != nullptr ? found->value.size() : 0; });
}

Task<Fetched> Reader::fetch(std::string key, uint64_t hash, bool now) {
  Fetched result;
  Address failed;
  for (;;) {
    const Lookup found = look_up_any(core_, as_bytes(key), hash, result.strangers);
    if (found.kind == Lookup::Kind::absent) co_return result;
    if (found.kind == Lookup::Kind::found) {
      result.found = true;
      result.memory = found.address;
      co_return result;
    }
    if (found.kind == Lookup::Kind::need_page) {
      result.status = co_await pages_.load(hash, now);
      if (!result.status.ok()) co_return result;
      continue;
    }
    RecordBuffer buffer;
    bool resident = false;
    const Status read = co_await bring(found.address, &buffer, &resident, now);
    if (!read.ok()) {
      // It may have moved while it was read; a second failure at the same place counts.
      if (failed == found.address) {
        result.status = read;
        co_return result;
      }
      failed = found.address;
      continue;
    }
    if (resident) continue;
    const Lookup again = look_up_any(core_, as_bytes(key), hash, result.strangers);
    if (again.kind != Lookup::Kind::need_read || again.address != found.address) continue;
    if (!equal(buffer.view().key(), as_bytes(key))) {
      result.strangers.push_back(found.address);
      continue;
    }
    result.found = true;
    result.buffer = std::move(buffer);
    result.disk = found.address;
    co_return result;
  }
}

bool Reader::admit(Address disk, RecordView record, uint64_t hash) {
  const uint64_t size = record.size();
  if (size > core_.options.memory_limit / kResidentShare || core_.memory_exhausted()) return false;
  Address memory;
  uint8_t* to = core_.arena.allocate(size, memory);
  std::memcpy(to, record.data(), size);
  core_.arena.set_disk_address(memory, disk);
  const bool linked = make_resident(core_, hash, disk, memory);
  if (!linked) core_.arena.mark_dead(memory);
  core_.evict(kEvictPerRead + size);
  core_.keep_memory_ahead();
  return linked;
}

// One read for all who want this address at the same time; the others look it up again.
Task<Status> Reader::bring(Address at, RecordBuffer* out, bool* resident, bool now) {
  auto under_way = reading_.find(at.raw());
  if (under_way != reading_.end() && !now) {
    *resident = true;
    co_await under_way->second->wait();
    co_return Status();
  }
  Signal arrived;
  const bool leads = under_way == reading_.end();
  if (leads) reading_[at.raw()] = &arrived;
  const Status status = co_await read_record(at, out, now);
  if (leads) reading_.erase(at.raw());
  *resident = status.ok() && admit(at, out->view(), core_.hash(out->view().key()));
  arrived.wake_all();
  co_return status;
}

Task<Status> Reader::read_record(Address at, RecordBuffer* out, bool now) {
  Segment* segment = core_.segments.of(at);
  if (segment == nullptr) co_return damaged(at, Errc::corrupt);
  ++segment->pins;
  Status status = co_await open_segment(segment);
  const uint64_t offset = at.segment_offset();
  const uint64_t from = align_down(offset, kBlock);
  const uint64_t mean = segment->facts.mean_record_bytes();
  const uint64_t guess = mean > 0 ? mean * 2 : kMinRead;
  uint64_t length = align_up(offset - from + std::min<uint64_t>(guess, 4 * kBlock), kBlock);
  for (int tries = 0; status.ok() && tries < 2; ++tries) {
    out->bytes = AlignedBuffer(length);
    out->offset = offset - from;
    status = co_await read_span(segment, from, &out->bytes, now);
    if (!status.ok()) break;
    if (out->bytes.size() <= out->offset) {
      status = damaged(at, Errc::short_read);
      break;
    }
    const RecordCheck check = check_record(out->bytes.view(out->offset, out->bytes.size() - out->offset));
    if (check.code == Errc::ok) break;
    const bool longer = check.code == Errc::short_read || check.code == Errc::end;
    if (!longer || tries == 1) status = damaged(at, check.code);
    length = align_up(out->offset + check.needed, kBlock);
  }
  --segment->pins;
  co_return status;
}

Task<Status> Reader::read_span(Segment* segment, uint64_t from, AlignedBuffer* bytes, bool now) {
  ++core_.counters.disk_reads;
  core_.counters.disk_read_bytes += bytes->size();
  uint64_t got = 0;
  Errc code;
  if (now) {
    code = core_.disk.read_now(segment->file, from, bytes->data(), bytes->size(), got);
  } else {
    const IoRequest read = co_await io::read_batched(core_.disk, segment->file, from, bytes->data(), bytes->size());
    code = read.code;
    got = read.value;
  }
  if (code != Errc::ok) co_return Status(code, "reading segment " + std::to_string(segment->facts.id));
  bytes->shrink(got);
  co_return Status();
}

Task<Status> Reader::open_segment(Segment* segment) {
  if (segment->file != 0) co_return Status();
  const IoRequest opened =
      co_await io::open(core_.disk, core_.path(names::segment(segment->facts.id)), OpenMode::read);
  if (opened.code == Errc::not_found) co_return missing(*segment);
  if (opened.code != Errc::ok) co_return Status(opened.code, names::segment(segment->facts.id));
  if (segment->file != 0) co_await io::on_file(core_.disk, IoOp::close, static_cast<FileId>(opened.value));
  else segment->file = static_cast<FileId>(opened.value);
  co_return Status();
}

// A key of it is not absent: so not_found must not be the answer.
Status Reader::missing(const Segment& segment) {
  ++core_.counters.corrupt_reads;
  Status status(Errc::corrupt, "the file " + names::segment(segment.facts.id) + " of the log is missing");
  core_.event("corruption", Json().field("segment", segment.facts.id).field("detail", status.detail));
  return status;
}

Status Reader::damaged(Address at, Errc code) {
  ++core_.counters.corrupt_reads;
  const Segment* segment = core_.segments.of(at);
  const uint64_t id = segment != nullptr ? segment->facts.id : at.slot();
  Status status(Errc::corrupt, "the record in segment " + std::to_string(id) + " at byte " +
                                   std::to_string(at.segment_offset()) + " cannot be read (" +
                                   std::string(errc_code(code)) + ")");
  core_.event("corruption", Json().field("segment", id).field("offset", at.segment_offset()).field("detail", status.detail));
  return status;
}

}  // namespace foreshard
