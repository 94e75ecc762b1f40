// One life of a store on a simulated machine, compared with the model at every answer: what is read, iterated, told as
// changes and backed up. The first thing that is wrong ends it, in words.
#pragma once
#include <algorithm>
#include <memory>
#include <optional>
#include <set>
#include <string>

#include "engine/io/sim_disk.h"
#include "engine/store/store.h"
#include "test/support/crash_model.h"

namespace foreshard::test {

constexpr uint64_t kPatienceNs = 60'000'000'000;  // of virtual time; whoever waits longer is stuck

class CrashLife final : public StoreListener {
 public:
  CrashLife(SimMachine& machine, CrashModel& model, StoreOptions options)
      : machine_(machine), model_(model), disk_(machine.open_session()),
        store_(std::make_unique<Store>(*disk_, *this, std::move(options))) {}

  bool errors_expected = false;  // faults are on: an answer may be an error, but never a wrong value
  const std::string& violation() const { return violation_; }
  bool violated() const { return !violation_.empty(); }
  bool dead() const { return disk_->dead(); }
  bool over() const { return dead() || violated(); }
  Store& store() { return *store_; }
  SimDisk& disk() { return *disk_; }
  const std::vector<std::string>& events() const { return events_; }

  void fail(std::string why) {
    if (violation_.empty()) violation_ = std::move(why);
  }

  // --- calls that wait -------------------------------------------------------------------------------------------
  // The status, or nothing if the machine crashed first.
  std::optional<Status> open() {
    const uint64_t ticket = take_ticket();
    store_->open(ticket);
    const std::optional<Status> opened = await(ticket, "open");
    if (!opened || !opened->ok()) return opened;
    const std::string wrong = model_.recover(values_[ticket]);
    if (!wrong.empty()) fail(wrong);
    const std::string wrong_shards = model_.shards.recover(store_->shards().all());
    if (!wrong_shards.empty()) fail(wrong_shards);
    check_shards();
    return opened;
  }
  std::optional<Status> close() {
    const uint64_t ticket = take_ticket();
    store_->close(ticket);
    return await(ticket, "close");
  }
  std::optional<Status> flush() {
    const uint64_t ticket = start_flush();
    return await(ticket, "flush");
  }
  std::optional<Status> await(uint64_t ticket, const char* what) {
    const uint64_t give_up_ns = machine_.now_ns() + kPatienceNs;
    while (!done_.contains(ticket) && !over()) {
      if (disk_->wait() > 0 && machine_.now_ns() < give_up_ns) continue;
      if (!dead() && !done_.contains(ticket)) fail(std::string(what) + " does not end");
    }
    if (over()) return std::nullopt;
    return done_[ticket];
  }
  bool is_done(uint64_t ticket) const { return done_.contains(ticket); }
  uint64_t value_of(uint64_t ticket) { return values_[ticket]; }

  // --- calls that end later ----------------------------------------------------------------------------------------
  uint64_t take_ticket() { return next_ticket_++; }
  uint64_t start_flush() {
    const uint64_t ticket = take_ticket();
    store_->flush(ticket);
    return ticket;
  }

  // --- writes ------------------------------------------------------------------------------------------------------
  Status write(std::vector<ModelWrite> writes) {
    const std::vector<Operation> operations = operations_of(writes);
    const Result<uint64_t> written = store_->write(operations);
    if (written.ok()) accept(written.value(), std::move(writes));
    return written.status();
  }

  void write_if(std::vector<ModelWrite> writes, std::vector<std::pair<ConditionKind, uint64_t>> conditions) {
    const uint64_t ticket = take_ticket();
    std::vector<Operation> operations = operations_of(writes);
    for (size_t i = 0; i < operations.size(); ++i) {
      operations[i].condition = conditions[i].first;
      operations[i].sequence = conditions[i].second;
    }
    conditional_[ticket] = {std::move(writes), std::move(conditions)};
    store_->write_if(operations, ticket);
  }

  // Until no conditional write is under way.
  void settle_conditions() { settle(conditional_, "a conditional write does not end"); }

  // --- shards ------------------------------------------------------------------------------------------------------
  void split(uint64_t cut) {
    const uint64_t ticket = take_ticket();
    model_.shards.expect_split(ticket, cut);
    store_->split(cut, ticket);
  }
  void merge(uint64_t start) {
    const uint64_t ticket = take_ticket();
    model_.shards.expect_merge(ticket, start);
    store_->merge(start, ticket);
  }
  // Every loaded page lies in the shard that it says.
  void check_shards() {
    if (over()) return;
    const Shards& shards = store_->shards();
    store_->visit_heat([&](const SliceHeat& page) {
      const uint64_t last = page.prefix | (page.depth == 0 ? ~0ull : ~0ull >> page.depth);
      if (page.shard != shards.slot_of(page.prefix)) fail("a page is not in its shard");
      if (page.loaded && shards.index_of(page.prefix) != shards.index_of(last)) fail("a page is in two shards");
    });
  }

  // --- reads -------------------------------------------------------------------------------------------------------
  enum class How { at_once, blocking, later };

  void get(const std::string& key, How how) {
    if (over()) return;
    const uint64_t before_ms = machine_.wall_ms();
    ValueView view;
    const Found found = store_->try_get(as_bytes(key), view);
    if (dead()) return;
    if (found == Found::yes) return check(key, &view, before_ms);
    if (found == Found::no) return check(key, nullptr, before_ms);
    if (found == Found::error) return fail("try_get of " + key + ": " + text_of(store_->last_error()));
    if (how == How::blocking) {
      const Found read = store_->get_blocking(as_bytes(key), view);
      if (dead()) return;
      if (read == Found::error) return refused("get_blocking", key, store_->last_error());
      return check(key, read == Found::yes ? &view : nullptr, before_ms);
    }
    const uint64_t ticket = take_ticket();
    gets_[ticket] = key;
    store_->get_later(as_bytes(key), ticket);
  }

  // Every key that ever was, deleted ones too, and one that never was.
  void check_all(How how) {
    for (const std::string& key : known_keys()) get(key, how);
    settle_gets();
  }

  void settle_gets() { settle(gets_, "a get does not end"); }

  // A pass over all keys; `between` is called now and then meanwhile. Keys that nothing happened to come exactly once.
  template <class Between>
  void iterate(Between between) {
    if (over()) return;
    touched_.clear();
    passing_ = true;
    pass_.clear();
    pass_failed_ = false;
    const ModelState before = model_.current();
    const uint64_t before_ms = machine_.wall_ms();
    const uint64_t pass = store_->iterator_open(true);
    for (pass_ended_ = false; !pass_ended_ && !over();) {
      const uint64_t ticket = take_ticket();
      pass_ticket_ = ticket;
      store_->iterator_next(pass, 20, 1u << 20, ticket);
      await_entries(ticket, "iterator_next");
      if (!over() && !pass_ended_) between();
    }
    store_->iterator_close(pass);
    passing_ = false;
    if (over() || pass_failed_) return;
    for (const auto& [key, version] : before) {
      if (touched_.contains(key) || version.expired(machine_.wall_ms()) || version.expired(before_ms)) continue;
      auto given = pass_.find(key);
      if (given == pass_.end()) return fail("the iterator left out " + key);
      if (given->second.value != version.value || given->second.sequence != version.sequence)
        return fail("the iterator gave " + key + " wrongly: " + brief(given->second) + " instead of " + brief(version));
    }
    for (const auto& [key, version] : pass_)
      if (!before.contains(key) && !touched_.contains(key)) return fail("the iterator invented " + key);
  }

  // All changes since `since` up to the end of the log, against the history.
  void read_changes(uint64_t since) {
    if (over()) return;
    change_next_ = since + 1;
    const uint64_t reader = store_->changes_open(since);
    for (changes_ended_ = false; !changes_ended_ && !over();) {
      const uint64_t ticket = take_ticket();
      changes_ticket_ = ticket;
      const uint64_t durable = model_.acknowledged();
      store_->changes_next(reader, 50, 1u << 20, false, ticket);
      await_entries(ticket, "changes_next");
      if (!over() && changes_ended_ && !change_failed_) skip_to(durable + 1, "the end of the log");
    }
    change_failed_ = false;
    store_->changes_close(reader);
  }

  bool reached(const char* phase) const {
    const std::string mark = std::string("\"phase\":\"") + phase + "\"";
    for (const std::string& event : events_)
      if (event.find(mark) != std::string::npos) return true;
    return false;
  }
  void wait_full() {
    const uint64_t give_up_ns = machine_.now_ns() + kPatienceNs;
    while (!full_ && !over()) {
      if (disk_->wait() > 0 && machine_.now_ns() < give_up_ns) continue;
      if (!dead() && !full_) fail("the recovery does not end");
    }
  }
  void run_for(uint64_t nanoseconds) {
    const uint64_t until = machine_.now_ns() + nanoseconds;
    while (!over() && machine_.now_ns() < until && disk_->wait() > 0) {
    }
  }

  std::vector<std::string> known_keys() const {
    std::vector<std::string> keys{"never written"};
    keys.insert(keys.end(), model_.keys().begin(), model_.keys().end());
    return keys;
  }

  // --- StoreListener -----------------------------------------------------------------------------------------------
  void on_durable(uint64_t sequence) override {
    if (sequence < durable_) fail("durable went back from " + std::to_string(durable_) + " to " + std::to_string(sequence));
    durable_ = sequence;
    if (!model_.acknowledge(sequence)) fail("durable up to " + std::to_string(sequence) + ", within a batch");
  }
  void on_rejected(uint64_t first, uint64_t last, const Status&) override {
    ++rejections;
    if (!model_.reject(first, last)) fail("rejected what was durable: " + std::to_string(first));
  }
  void on_value(uint64_t ticket, const Status& status, const ValueView* value) override {
    auto found = gets_.find(ticket);
    if (found == gets_.end()) return fail("an answer to nobody");
    const std::string key = std::move(found->second);
    gets_.erase(found);
    if (!status.ok()) return refused("get_later", key, status);
    check(key, value, machine_.wall_ms());
  }
  void on_done(uint64_t ticket, const Status& status, uint64_t value) override {
    done_[ticket] = status;
    values_[ticket] = value;
    if (model_.shards.awaits(ticket)) return end_resharding(ticket, status);
    auto found = conditional_.find(ticket);
    if (found == conditional_.end()) return;
    Conditional wanted = std::move(found->second);
    conditional_.erase(found);
    const bool holds = conditions_hold(wanted), sure = !may_expire(wanted);
    if (sure && status.ok() && !holds) fail("a write went ahead against its condition on " + wanted.writes[0].key);
    if (sure && status.code == Errc::condition_failed && holds) fail("a write was refused although its condition held");
    if (status.ok()) accept(value, std::move(wanted.writes));
  }
  void on_entries(uint64_t ticket, const Status& status, std::span<const EntryView> entries, bool end, uint64_t gap_first,
                  uint64_t gap_last) override {
    done_[ticket] = status;
    if (ticket == pass_ticket_) take_pass(status, entries, end);
    if (ticket == changes_ticket_) take_changes(status, entries, end, gap_first, gap_last);
  }
  void on_event(const std::string& json) override {
    if (json.find("write-failed") != std::string::npos) {
      model_.roll_back();
      if (passing_) pass_failed_ = true;  // values of the pass may be of what was taken back
    }
    if (json.find("\"phase\":\"full\"") != std::string::npos) full_ = true;
    if (events_.size() < 200) events_.push_back(json);
  }

  uint64_t rejections = 0;
  uint64_t reshardings = 0;

 private:
  template <class Pending>
  void settle(const Pending& pending, const char* otherwise) {
    const uint64_t give_up_ns = machine_.now_ns() + kPatienceNs;
    while (!pending.empty() && !over())
      if (disk_->wait() == 0 || machine_.now_ns() > give_up_ns)
        if (!dead() && !pending.empty()) fail(otherwise);
  }

  struct Conditional {
    std::vector<ModelWrite> writes;
    std::vector<std::pair<ConditionKind, uint64_t>> conditions;
  };

  static std::vector<Operation> operations_of(const std::vector<ModelWrite>& writes) {
    std::vector<Operation> operations;
    for (const ModelWrite& write : writes) {
      Operation operation;
      operation.kind = write.kind;
      operation.key = as_bytes(write.key);
      operation.value = as_bytes(write.value);
      operation.expiry_ms = write.expiry_ms;
      operations.push_back(operation);
    }
    return operations;
  }

  void end_resharding(uint64_t ticket, const Status& status) {
    const std::string wrong = model_.shards.ended(ticket, status.ok(), store_->shards().all());
    if (!wrong.empty()) fail(wrong);
    const bool asked_wrongly = status.code == Errc::bad_argument || status.code == Errc::closed || status.code == Errc::busy;
    if (!status.ok() && !asked_wrongly && !errors_expected) fail("a change of shards: " + text_of(status));
    if (status.ok()) ++reshardings;
  }

  void accept(uint64_t last, std::vector<ModelWrite> writes) {
    for (const ModelWrite& write : writes) touched_.insert(write.key);
    if (last < writes.size() || last + 1 - writes.size() <= model_.accepted()) return fail("a sequence number came twice");
    model_.accept(last, std::move(writes));
  }

  // A key that may expire at any moment says nothing about conditions; it may have come after they were drawn.
  bool may_expire(const Conditional& wanted) const {
    return std::any_of(wanted.writes.begin(), wanted.writes.end(), [this](const ModelWrite& write) {
      auto found = model_.current().find(write.key);
      return found != model_.current().end() && found->second.expiry_ms != 0;
    });
  }

  bool conditions_hold(const Conditional& wanted) const {
    for (size_t i = 0; i < wanted.writes.size(); ++i) {
      const auto [kind, sequence] = wanted.conditions[i];
      auto found = model_.current().find(wanted.writes[i].key);
      const bool present = found != model_.current().end();
      if (kind == ConditionKind::absent && present) return false;
      if (kind == ConditionKind::sequence && (!present || found->second.sequence != sequence)) return false;
    }
    return true;
  }

  static std::string brief(const ModelVersion& version) {
    return "'" + version.value.substr(0, 24) + "' (" + std::to_string(version.value.size()) + " bytes, number " +
           std::to_string(version.sequence) + ")";
  }
  static std::string text_of(const Status& status) { return std::string(errc_code(status.code)) + " " + status.detail; }

  void refused(const char* call, const std::string& key, const Status& status) {
    if (dead() || status.code == Errc::closed || status.code == Errc::aborted) return;
    if (!errors_expected) fail(std::string(call) + " of " + key + ": " + text_of(status));
  }

  void check(const std::string& key, const ValueView* got, uint64_t before_ms) {
    auto found = model_.current().find(key);
    const bool present = found != model_.current().end();
    if (got == nullptr) {
      if (present && !found->second.expired(machine_.wall_ms())) fail("lost: " + key + " is absent, not " + brief(found->second));
      return;
    }
    const ModelVersion version{std::string(as_text(got->value)), got->expiry_ms, got->sequence};
    if (!present) return fail("risen: " + key + " is " + brief(version) + ", not absent");
    if (version.value != found->second.value || version.sequence != found->second.sequence)
      return fail("wrong: " + key + " is " + brief(version) + ", not " + brief(found->second));
    if (version.expired(before_ms)) fail("expired: " + key + " was given out after its time");
  }

  void await_entries(uint64_t ticket, const char* what) {
    const std::optional<Status> status = await(ticket, what);
    if (status && !status->ok() && !errors_expected) fail(std::string(what) + ": " + text_of(*status));
  }

  void take_pass(const Status& status, std::span<const EntryView> entries, bool end) {
    pass_ended_ = end || !status.ok();
    if (!status.ok()) pass_failed_ = true;
    for (const EntryView& entry : entries) {
      const std::string key(as_text(entry.key));
      const bool fresh = pass_.emplace(key, ModelVersion{std::string(as_text(entry.value)), entry.expiry_ms, entry.sequence}).second;
      if (!fresh) fail("the iterator gave " + key + " twice");
    }
  }

  // The changes from change_next_ to before `sequence` were not given: right only if no such record is known.
  void skip_to(uint64_t sequence, const std::string& where) {
    auto missed = model_.history().lower_bound(change_next_);
    if (missed != model_.history().end() && missed->first < sequence)
      fail("changes left out number " + std::to_string(missed->first) + " before " + where);
  }

  void take_changes(const Status& status, std::span<const EntryView> entries, bool end, uint64_t gap_first, uint64_t gap_last) {
    changes_ended_ = end || !status.ok();
    change_failed_ = change_failed_ || !status.ok();
    if (gap_first != 0) {
      if (gap_first < change_next_ || gap_last < gap_first) fail("changes named a gap that makes no sense");
      skip_to(gap_first, "a gap");
      change_next_ = gap_last + 1;
    }
    for (const EntryView& entry : entries) {
      if (entry.sequence < change_next_) return fail("changes went back to number " + std::to_string(entry.sequence));
      skip_to(entry.sequence, "number " + std::to_string(entry.sequence));
      change_next_ = entry.sequence + 1;
      auto known = model_.history().find(entry.sequence);
      if (known == model_.history().end()) return fail("changes gave number " + std::to_string(entry.sequence) + ", which is not durable");
      const ModelWrite& write = known->second;
      if (write.kind != entry.kind || as_text(entry.key) != write.key || as_text(entry.value) != write.value)
        return fail("changes gave number " + std::to_string(entry.sequence) + " wrongly");
    }
  }

  SimMachine& machine_;
  CrashModel& model_;
  std::string violation_;
  std::vector<std::string> events_;
  uint64_t next_ticket_ = 1;
  uint64_t durable_ = 0;
  bool full_ = false;
  std::map<uint64_t, Status> done_;
  std::map<uint64_t, uint64_t> values_;
  std::map<uint64_t, std::string> gets_;
  std::map<uint64_t, Conditional> conditional_;
  std::set<std::string> touched_;
  uint64_t pass_ticket_ = 0, changes_ticket_ = 0, change_next_ = 0;
  bool passing_ = false, pass_ended_ = false, pass_failed_ = false, changes_ended_ = false, change_failed_ = false;
  ModelState pass_;
  std::unique_ptr<SimDisk> disk_;
  std::unique_ptr<Store> store_;
};

}  // namespace foreshard::test
