// store/store.h: the outer face. Most calls poll first; all but a write make the entries of what was written before.
#include "engine/store/store.h"

#include "engine/store/engine.h"

namespace foreshard {

Store::Store(Disk& disk, StoreListener& listener, StoreOptions options)
    : engine_(std::make_unique<Engine>(disk, listener, std::move(options))) {}

Store::~Store() { engine_->core.disk.forget_all(); }

void Store::open(uint64_t ticket) { engine_->open(ticket); }
void Store::close(uint64_t ticket) {
  engine_->catch_up();
  engine_->close(ticket);
}
void Store::poll() { engine_->poll(); }

Found Store::try_get(Bytes key, ValueView& out) {
  engine_->enter();
  if (!engine_->serving()) {
    engine_->core.last_error = Errc::closed;
    return Found::error;
  }
  const Found found = engine_->reader.try_get(key, out);
  engine_->warmer.note_get(engine_->core, key, found == Found::yes);
  return found;
}

void Store::prefetch(std::span<const Bytes> keys) {
  if (engine_->serving()) engine_->reader.prefetch(keys.first(std::min(keys.size(), kPrefetchMax)));
}

void Store::get_later(Bytes key, uint64_t ticket) {
  engine_->catch_up();
  if (engine_->serving()) engine_->reader.get_later(key, ticket);
  else engine_->core.listener.on_value(ticket, Errc::closed, nullptr);
}

Found Store::get_blocking(Bytes key, ValueView& out) {
  engine_->catch_up();
  if (engine_->serving()) return engine_->reader.get_blocking(key, out);
  engine_->core.last_error = Errc::closed;
  return Found::error;
}

const Status& Store::last_error() const { return engine_->core.last_error; }

Result<uint64_t> Store::write(std::span<const Operation> operations) {
  engine_->enter_to_write(operations.size());
  if (!engine_->serving()) return Errc::closed;
  return engine_->writer.write(operations);
}

void Store::write_if(std::span<const Operation> operations, uint64_t ticket) {
  engine_->enter();
  if (engine_->serving()) engine_->writer.write_if(operations, ticket);
  else engine_->core.listener.on_done(ticket, Errc::closed, 0);
}

void Store::submit() {
  engine_->enter();
  if (engine_->core.log) engine_->core.log->submit();
  engine_->core.disk.send();
}

Status Store::wait_durable(uint64_t sequence) {
  engine_->catch_up();
  return engine_->wait_durable(sequence);
}

void Store::flush(uint64_t ticket) {
  engine_->catch_up();
  if (engine_->serving()) engine_->flush(ticket);
  else engine_->core.listener.on_done(ticket, Errc::closed, 0);
}

uint64_t Store::iterator_open(bool with_values) {
  engine_->catch_up();
  return engine_->iterators.open(with_values);
}

void Store::iterator_next(uint64_t iterator, uint32_t max_entries, uint64_t max_bytes, uint64_t ticket) {
  engine_->enter();
  if (engine_->serving()) engine_->iterators.next(iterator, max_entries, max_bytes, ticket);
  else engine_->core.listener.on_entries(ticket, Errc::closed, {}, true, 0, 0);
}

void Store::iterator_close(uint64_t iterator) {
  engine_->catch_up();
  engine_->iterators.close(iterator);
}

uint64_t Store::changes_open(uint64_t since_sequence) {
  engine_->catch_up();
  return engine_->changes.open(since_sequence);
}

void Store::changes_next(uint64_t reader, uint32_t max_entries, uint64_t max_bytes, bool wait, uint64_t ticket) {
  engine_->enter();
  if (engine_->serving()) engine_->changes.next(reader, max_entries, max_bytes, wait, ticket);
  else engine_->core.listener.on_entries(ticket, Errc::closed, {}, true, 0, 0);
}

void Store::changes_close(uint64_t reader) {
  engine_->catch_up();
  engine_->changes.close(reader);
}

void Store::backup(std::string directory, uint64_t ticket) {
  engine_->catch_up();
  if (engine_->serving()) engine_->backup(std::move(directory), ticket);
  else engine_->core.listener.on_done(ticket, Errc::closed, 0);
}

void Store::checkpoint(uint64_t ticket) {
  engine_->catch_up();
  if (engine_->serving()) engine_->checkpoint(ticket);
  else engine_->core.listener.on_done(ticket, Errc::closed, 0);
}

void Store::compact(double garbage_share, uint64_t ticket) {
  engine_->catch_up();
  if (engine_->serving()) engine_->compact(garbage_share, ticket);
  else engine_->core.listener.on_done(ticket, Errc::closed, 0);
}

void Store::split(uint64_t cut, uint64_t ticket) {
  engine_->catch_up();
  if (engine_->serving()) engine_->resharder.split(cut, ticket);
  else engine_->core.listener.on_done(ticket, Errc::closed, 0);
}

void Store::merge(uint64_t start, uint64_t ticket) {
  engine_->catch_up();
  if (engine_->serving()) engine_->resharder.merge(start, ticket);
  else engine_->core.listener.on_done(ticket, Errc::closed, 0);
}

const Shards& Store::shards() const { return engine_->core.shards; }

void Store::visit_heat(const std::function<void(const SliceHeat&)>& visit) {
  engine_->catch_up();
  if (!engine_->serving()) return;
  Core& core = engine_->core;
  core.heat.fold(core.heat_ms());
  for (Page* page = core.table.first(); page != nullptr; page = core.table.next(*page)) visit(core.heat.of(*page));
}

uint64_t Store::hash_of(Bytes key) const { return engine_->core.hash(key); }

void Store::visit_samples(uint64_t window_ms, const std::function<void(uint64_t)>& visit) const {
  const uint64_t now_ms = engine_->core.heat_ms();
  engine_->core.heat.for_each_sample([&](const SampledAccess& sample) {
    if (now_ms - sample.at_ms <= window_ms) visit(sample.hash);
  });
}

Store::Hottest Store::hottest(uint64_t first, uint64_t last, uint64_t window_ms) {
  engine_->catch_up();
  return engine_->serving() ? engine_->hot_keys.hottest(first, last, window_ms) : Hottest();
}

uint64_t Store::hot_keys(uint64_t cursor, size_t pages, size_t count, const std::function<void(Bytes, double)>& visit) {
  engine_->catch_up();
  return engine_->serving() && count > 0 ? engine_->hot_keys.of_pages(cursor, pages, count, visit) : 0;
}

void Store::record_accesses(const AccessRecorder::Options& options) {
  engine_->catch_up();
  engine_->core.record_accesses(std::make_unique<AccessRecorder>(options));
}

std::string Store::take_accesses(AccessRecorder::Counts& counts) {
  engine_->catch_up();
  AccessRecorder* recorder = engine_->core.recorder.get();
  if (recorder == nullptr) return {};
  std::string lines = recorder->take();
  counts = recorder->counts();
  return lines;
}

void Store::stop_recording() { engine_->core.record_accesses(nullptr); }

void Store::watch_accesses(const AccessWindows::Options& options) {
  engine_->catch_up();
  engine_->core.watch_accesses(std::make_unique<AccessWindows>(options, engine_->core.heat_ms()));
}

size_t Store::windows_ready() {
  engine_->catch_up();
  const Core& core = engine_->core;
  return core.windows == nullptr ? 0 : core.windows->ready_bytes(core.heat_ms());
}

void Store::take_windows(uint8_t* to) { engine_->core.windows->take(to); }

void Store::stop_watching() { engine_->core.watch_accesses(nullptr); }

void Store::set_predicted(std::vector<uint64_t> hashes, double budget_share) {
  engine_->fast.set_predicted(std::move(hashes), budget_share);
}

void Store::pass_heat_time(uint64_t milliseconds) {
  engine_->catch_up();
  if (engine_->core.options.manual_heat_time) engine_->core.pass_heat_time(milliseconds);
}

std::string Store::stats_json() const {
  engine_->catch_up();
  return engine_->stats_json();
}
std::string Store::recovery_json() const { return engine_->opening.json(); }
uint64_t Store::durable_sequence() const { return engine_->core.log ? engine_->core.log->durable_sequence() : 0; }

}  // namespace foreshard
