// A store on a simulated machine: one process's life at a time, driven to completion call by call. What it reports is
// collected, and every acknowledged write can be checked against a plain model.
#pragma once
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "engine/io/sim_disk.h"
#include "engine/store/store.h"

namespace foreshard::test {

// Remembers what the store says.
class Recorder final : public StoreListener {
 public:
  struct Value {
    Status status;
    std::optional<std::string> value;
    uint64_t sequence = 0;
  };
  struct Done {
    Status status;
    uint64_t value = 0;
  };
  struct Entries {
    Status status;
    std::vector<std::pair<std::string, std::string>> entries;
    std::vector<uint64_t> sequences;
    std::vector<RecordKind> kinds;
    bool end = false;
    uint64_t gap_first = 0, gap_last = 0;
  };

  void on_durable(uint64_t sequence) override { durable = sequence; }
  void on_rejected(uint64_t first, uint64_t last, const Status& status) override {
    rejected.push_back({first, last});
    last_rejection = status;
  }
  void on_value(uint64_t ticket, const Status& status, const ValueView* value) override {
    Value& out = values[ticket];
    out.status = status;
    if (value == nullptr) return;
    out.value = std::string(as_text(value->value));
    out.sequence = value->sequence;
  }
  void on_done(uint64_t ticket, const Status& status, uint64_t value) override { done[ticket] = {status, value}; }
  void on_entries(uint64_t ticket, const Status& status, std::span<const EntryView> list, bool end, uint64_t gap_first,
                  uint64_t gap_last) override {
    Entries& out = entries[ticket];
    out.status = status;
    out.end = end;
    out.gap_first = gap_first;
    out.gap_last = gap_last;
    for (const EntryView& entry : list) {
      out.entries.emplace_back(as_text(entry.key), as_text(entry.value));
      out.sequences.push_back(entry.sequence);
      out.kinds.push_back(entry.kind);
    }
  }
  void on_event(const std::string& json) override { events.push_back(json); }

  uint64_t durable = 0;
  std::vector<std::pair<uint64_t, uint64_t>> rejected;
  Status last_rejection;
  std::map<uint64_t, Value> values;
  std::map<uint64_t, Done> done;
  std::map<uint64_t, Entries> entries;
  std::vector<std::string> events;
};

inline StoreOptions small_options() {
  StoreOptions options;
  options.directory = "store";
  options.segment_bytes = 64u << 10;
  options.memory_limit = 8u << 20;
  options.fast_budget = 1u << 20;
  options.shards = 2;
  options.background_bytes_per_second = 1ull << 40;
  options.compaction_rests_ns = 0;
  return options;
}

class SimProcess {
 public:
  explicit SimProcess(SimMachine& machine, StoreOptions options = small_options())
      : disk_(machine.open_session()), store_(std::make_unique<Store>(*disk_, recorder_, std::move(options))) {}

  Store& store() { return *store_; }
  SimDisk& disk() { return *disk_; }
  Recorder& recorder() { return recorder_; }
  bool dead() const { return disk_->dead(); }

  Status open() {
    const uint64_t ticket = next_ticket_++;
    store_->open(ticket);
    return done(ticket).status;
  }
  Status close() {
    const uint64_t ticket = next_ticket_++;
    store_->close(ticket);
    return done(ticket).status;
  }
  Status flush() {
    const uint64_t ticket = next_ticket_++;
    store_->flush(ticket);
    return done(ticket).status;
  }
  Status checkpoint() {
    const uint64_t ticket = next_ticket_++;
    store_->checkpoint(ticket);
    return done(ticket).status;
  }
  Status compact(double share) {
    const uint64_t ticket = next_ticket_++;
    store_->compact(share, ticket);
    return done(ticket).status;
  }
  Status backup(const std::string& directory) {
    const uint64_t ticket = next_ticket_++;
    store_->backup(directory, ticket);
    return done(ticket).status;
  }

  Result<uint64_t> put(const std::string& key, const std::string& value) { return write(RecordKind::put, key, value); }
  Result<uint64_t> del(const std::string& key) { return write(RecordKind::del, key, {}); }
  Result<uint64_t> write(RecordKind kind, const std::string& key, const std::string& value) {
    Operation operation;
    operation.kind = kind;
    operation.key = as_bytes(key);
    operation.value = as_bytes(value);
    return store_->write({&operation, 1});
  }

  // The value, or nothing if absent; `status` says whether the answer can be believed.
  std::optional<std::string> get(const std::string& key, Status* status = nullptr) {
    ValueView view;
    const Found found = store_->try_get(as_bytes(key), view);
    if (status != nullptr) *status = {};
    if (found == Found::yes) return std::string(as_text(view.value));
    if (found == Found::no) return std::nullopt;
    const uint64_t ticket = next_ticket_++;
    store_->get_later(as_bytes(key), ticket);
    while (!recorder_.values.contains(ticket) && disk_->wait() > 0) {
    }
    Recorder::Value value;
    if (recorder_.values.contains(ticket)) value = recorder_.values[ticket];
    else value.status = Errc::aborted;
    if (status != nullptr) *status = value.status;
    return value.value;
  }

  // All entries, by the iterator.
  std::map<std::string, std::string> all(Status* status = nullptr) {
    std::map<std::string, std::string> out;
    const uint64_t pass = store_->iterator_open(true);
    for (bool end = false; !end;) {
      const uint64_t ticket = next_ticket_++;
      store_->iterator_next(pass, 100, 1u << 20, ticket);
      while (!recorder_.entries.contains(ticket) && disk_->wait() > 0) {
      }
      if (!recorder_.entries.contains(ticket)) break;
      const Recorder::Entries& batch = recorder_.entries[ticket];
      if (status != nullptr && !batch.status.ok()) *status = batch.status;
      for (const auto& [key, value] : batch.entries) out[key] = value;
      end = batch.end || !batch.status.ok();
    }
    store_->iterator_close(pass);
    return out;
  }

  // Until the background has nothing more to restore.
  void wait_full() {
    while (store_->recovery_json().find("\"phase\":\"full\"") == std::string::npos && disk_->wait() > 0) {
    }
  }

  Recorder::Done done(uint64_t ticket) {
    while (!recorder_.done.contains(ticket) && disk_->wait() > 0) {
    }
    if (!recorder_.done.contains(ticket)) return {Status(Errc::aborted), 0};
    return recorder_.done[ticket];
  }
  uint64_t ticket() { return next_ticket_++; }

 private:
  Recorder recorder_;
  std::unique_ptr<SimDisk> disk_;
  std::unique_ptr<Store> store_;
  uint64_t next_ticket_ = 1;
};

// A segment whose one live record is "key", and that compaction may take.
inline Status fill_a_segment(SimProcess& sim) {
  Status status = sim.put("key", "old").status();
  for (int i = 0; i < 70 && status.ok(); ++i) status = sim.put("again", std::string(1000, 'a')).status();
  if (status.ok()) status = sim.flush();
  for (int i = 0; i < 2 && status.ok(); ++i) status = sim.checkpoint();  // compaction takes what both images have
  return status;
}

}  // namespace foreshard::test
