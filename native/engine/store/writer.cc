// store/writer.h.
#include "engine/store/writer.h"

#include <algorithm>

#include "engine/io/await.h"
#include "engine/store/reader.h"

namespace foreshard {

namespace {
constexpr uint64_t kPendingBytesMax = 128u << 20;   // accepted and not durable; beyond it: busy
constexpr uint64_t kUnitBytesMax = 60u << 20;       // of a unit of several records: a group's records must be addressable
constexpr uint64_t kEvictPerWrite = 8u << 10;
constexpr uint64_t kEvictPerByte = 4;               // eviction may copy three of four bytes that it looks at
constexpr uint64_t kEvictAtLimit = 4u << 20;        // before a write is refused for want of memory
constexpr uint64_t kEvictWhenFull = 4u << 20;       // no write, no eviction: so one that would be refused makes room first
constexpr uint64_t kFlushStepMs = 25;               // a close waits no longer for the end of a flush interval
constexpr int kResolveChain = 4;                    // unresolved candidates before a key's chain is looked into
constexpr int kConditionTries = 100;
}  // namespace

Status Writer::admissible(std::span<const Operation> operations) const {
  if (core_.phase == Phase::closed || core_.phase == Phase::opening || core_.phase == Phase::closing) return Errc::closed;
  if (core_.log->failed()) return Errc::read_only;
  uint64_t bytes = 0;
  bool only_deletes = true;
  for (const Operation& operation : operations) {
    if (operation.key.empty() || operation.key.size() > option::max_key_bytes.standard) return Errc::bad_key;
    if (operation.value.size() > option::max_value_bytes.standard) return Errc::too_large;
    bytes += record_size(operation.key.size(), operation.value.size(), operation.expiry_ms != 0);
    only_deletes = only_deletes && operation.kind == RecordKind::del;
  }
  if (operations.size() > 1 && bytes > kUnitBytesMax)
    return {Errc::too_large, "a batch holds at most " + std::to_string(kUnitBytesMax) + " bytes"};
  if (core_.log->restricted() && !only_deletes) return Errc::disk_full;
  if (core_.memory_exhausted()) core_.evict(kEvictWhenFull);
  if (core_.log->pending_bytes() > kPendingBytesMax || core_.memory_exhausted()) return Errc::busy;
  return {};
}

Result<uint64_t> Writer::write(std::span<const Operation> operations) {
  if (operations.empty()) return core_.log->next_sequence() - 1;
  if (core_.memory_exhausted()) core_.evict(kEvictAtLimit);
  Status status = admissible(operations);
  if (!status.ok()) return status;
  const uint64_t used_before = core_.arena.stats().used_bytes;
  for (size_t i = 0; i < operations.size(); ++i) stage(operations[i], i + 1 == operations.size());
  if (operations.size() > 1) ++core_.counters.batches;
  core_.evict(kEvictPerWrite + kEvictPerByte * (core_.arena.stats().used_bytes - used_before));
  core_.keep_memory_ahead();
  if (core_.options.durability == Durability::interval && !flush_waits_) core_.tasks.spawn(flush_later());
  return core_.log->next_sequence() - 1;
}

void Writer::stage(const Operation& operation, bool ends_unit) {
  if (staged_count_ == kStagedMax) finish_oldest();
  const uint64_t hash = core_.hash(operation.key);
  core_.table.prefetch(hash);
  const uint64_t sequence = core_.log->take_sequence();
  const uint64_t size = record_size(operation.key.size(), operation.value.size(), operation.expiry_ms != 0);
  Address fresh;
  uint8_t* record = core_.arena.allocate(size, fresh);
  write_record(record, {operation.kind, sequence, operation.expiry_ms, operation.key, operation.value});
  core_.arena.pin(fresh, sequence);
  ++(operation.kind == RecordKind::del ? core_.counters.dels : core_.counters.puts);
  staged(staged_count_++) = {record, hash, sequence, fresh, static_cast<uint32_t>(size), operation.kind, ends_unit};
  if (staged_count_ > kRecordsAhead) prefetch_newest(core_, staged(staged_count_ - 1 - kRecordsAhead).hash);
}

void Writer::finish_oldest() {
  const Staged one = staged_[staged_first_];
  staged_first_ = (staged_first_ + 1) % kStagedMax;
  --staged_count_;
  const Entered entered = enter(core_, one.hash, RecordView(one.record).key(), one.fresh);
  core_.recent.note(one.hash);
  const Address previous = entered.previous;
  if (previous) core_.arena.hold(previous, one.sequence);
  if (entered.unread >= kResolveChain) core_.tasks.spawn(resolve_chain(one.hash));
  core_.undo.push_back({one.sequence, one.hash, one.fresh, previous, one.kind == RecordKind::del});
  core_.log->add({.record = one.record,
                  .replaced = previous ? core_.arena.record(previous) : nullptr,
                  .hash = one.hash,
                  .sequence = one.sequence,
                  .size = one.size,
                  .shard = entered.shard,
                  .kind = one.kind,
                  .ends_unit = one.ends_unit});
}

// Reads a tag's candidates, oldest last, so that versions of one key find each other in memory and the old ones go.
Task<> Writer::resolve_chain(uint64_t hash) {
  std::vector<Address> candidates;
  Page& page = core_.table.page_for(hash);
  for (int slot = page.find(tag_of(hash)); slot != Page::kNone; slot = page.find_next(tag_of(hash), slot))
    if (!page.address(slot).in_memory()) candidates.push_back(page.address(slot));
  for (Address address : candidates) {
    if (core_.stopping) co_return;
    RecordBuffer buffer;
    const Status read = co_await reader_.read_record(address, &buffer, false);
    if (read.ok()) reader_.admit(address, buffer.view(), core_.hash(buffer.view().key()));
  }
}

void Writer::write_if(std::span<const Operation> operations, uint64_t ticket) {
  // Keys and values move into one block that the coroutine owns.
  uint64_t size = 0;
  for (const Operation& operation : operations) size += operation.key.size() + operation.value.size();
  std::vector<uint8_t> bytes(size);
  std::vector<Operation> copies(operations.begin(), operations.end());
  uint8_t* at = bytes.data();
  auto take = [&at](Bytes& from) {
    if (!from.empty()) std::memcpy(at, from.data(), from.size());
    from = {at, from.size()};
    at += from.size();
  };
  for (Operation& copy : copies) {
    take(copy.key);
    take(copy.value);
  }
  core_.tasks.spawn(conditional(std::move(copies), std::move(bytes), ticket));
}

Task<> Writer::conditional(std::vector<Operation> operations, [[maybe_unused]] std::vector<uint8_t> bytes,
                          uint64_t ticket) {
  Status status = admissible(operations);
  uint64_t sequence = 0;
  if (status.ok()) status = co_await conditions_hold(operations);
  if (status.ok()) {
    const bool in_turn = core_.log->turn_open();
    const Result<uint64_t> written = write(operations);
    finish_staged();
    core_.log->restore_turn(in_turn);
    status = written.status();
    if (written.ok()) sequence = written.value();
  }
  core_.listener.on_done(ticket, status, sequence);
}

namespace {

// The state of a key that conditions are about.
struct KeyState {
  bool known = false;
  bool present = false;
  uint64_t sequence = 0;
  Address disk;  // of a record that is not resident: still true while the index says this address
};

bool holds(const Operation& operation, const KeyState& state) {
  if (operation.condition == ConditionKind::none) return true;
  if (operation.condition == ConditionKind::absent) return !state.present;
  return state.present && state.sequence == operation.sequence;
}

KeyState state_of(RecordView record, uint64_t now_ms) {
  const bool present = record.kind() == RecordKind::put && !record.expired(now_ms);
  return {true, present, record.sequence(), {}};
}

}  // namespace

// All conditions at one instant: reads whatever is missing, then looks at all of them again without a pause.
Task<Status> Writer::conditions_hold(const std::vector<Operation>& operations) {
  std::vector<KeyState> states(operations.size());
  std::vector<Strangers> strangers(operations.size());
  for (int tries = 0; tries < kConditionTries; ++tries) {
    size_t missing = operations.size();
    for (size_t i = 0; i < operations.size(); ++i) {
      if (operations[i].condition == ConditionKind::none) continue;
      KeyState& state = states[i];
      const Lookup found = look_up_any(core_, operations[i].key, core_.hash(operations[i].key), strangers[i]);
      if (found.kind == Lookup::Kind::found) state = state_of(core_.arena.view(found.address), core_.wall_ms());
      else if (found.kind == Lookup::Kind::absent) state = {true, false, 0, {}};
      else if (!(state.known && found.kind == Lookup::Kind::need_read && state.disk == found.address)) missing = i;
    }
    if (missing == operations.size()) {
      for (size_t i = 0; i < operations.size(); ++i)
        if (!holds(operations[i], states[i])) co_return Status(Errc::condition_failed);
      co_return Status();
    }
    const Bytes key = operations[missing].key;
    Fetched fetched = co_await reader_.fetch(std::string(as_text(key)), core_.hash(key), false);
    if (!fetched.status.ok()) co_return fetched.status;
    if (fetched.found && !fetched.memory) {
      states[missing] = state_of(fetched.buffer.view(), core_.wall_ms());
      states[missing].disk = fetched.disk;
    }
    strangers[missing] = std::move(fetched.strangers);
  }
  co_return Status(Errc::busy, "the keys of the conditions changed faster than they could be read");
}

Task<> Writer::flush_later() {
  flush_waits_ = true;
  for (uint64_t left = core_.options.flush_interval_ms; left > 0 && !core_.stopping;) {
    const uint64_t step = std::min(left, kFlushStepMs);
    co_await io::delay(core_.disk, step * 1'000'000);
    left -= step;
  }
  flush_waits_ = false;
  core_.log->submit();
}

}  // namespace foreshard
