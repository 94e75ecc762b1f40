// bench/store_run.h.
#include "bench/store_run.h"

#include <stdexcept>

#include "bench/timing.h"

namespace foreshard::bench {

void require(const Status& status, const std::string& what) {
  if (!status.ok()) throw std::runtime_error(what + ": " + std::string(errc_code(status.code)) + " " + status.detail);
}

void require(bool holds, const std::string& what) {
  if (!holds) throw std::runtime_error(what);
}

std::unique_ptr<Disk> open_bench_disk(const Options& options, const std::string& directory) {
  DiskOptions how;
  how.backend = options.io;
  Result<std::unique_ptr<Disk>> opened = open_disk(directory, how);
  require(opened.status(), "the disk");
  return std::move(opened.value());
}

StoreRun::StoreRun(const Options& options, StoreOptions store_options)
    : disk_(open_bench_disk(options, store_options.directory)),
      store_(std::make_unique<Store>(*disk_, *this, std::move(store_options))) {}

void StoreRun::on_event(const std::string& json) { events_.push_back({json, seconds_of(CLOCK_MONOTONIC)}); }

void StoreRun::await(uint64_t ticket, const char* what) {
  while (!done_.contains(ticket)) require(disk_->wait() > 0, std::string(what) + " does not end");
  require(done_[ticket], what);
}

void StoreRun::open() {
  const uint64_t ticket = next_ticket_++;
  store_->open(ticket);
  await(ticket, "open");
}

void StoreRun::close() {
  const uint64_t ticket = next_ticket_++;
  store_->close(ticket);
  await(ticket, "close");
}

void StoreRun::flush() {
  const uint64_t ticket = next_ticket_++;
  store_->flush(ticket);
  await(ticket, "flush");
  require(rejected_, "a write");
}

void StoreRun::checkpoint() {
  const uint64_t ticket = next_ticket_++;
  store_->checkpoint(ticket);
  await(ticket, "checkpoint");
}

void StoreRun::put(uint64_t number, Bytes value, uint64_t window) {
  const Key key = key_of(number);
  Operation operation;
  operation.key = key;
  operation.value = value;
  for (;;) {
    const Result<uint64_t> written = store_->write({&operation, 1});
    if (written.ok()) {
      while (written.value() - durable_ > window) disk_->wait();
      return;
    }
    if (written.code() != Errc::busy) require(written.status(), "write");
    disk_->wait();
  }
}

void StoreRun::put_durably(uint64_t number, Bytes value) {
  const Key key = key_of(number);
  Operation operation;
  operation.key = key;
  operation.value = value;
  const Result<uint64_t> written = store_->write({&operation, 1});
  require(written.status(), "write");
  require(store_->wait_durable(written.value()), "a commit");
}

void StoreRun::check(const std::vector<uint32_t>& numbers, const Values& values) {
  for (const uint32_t number : numbers) {
    const Key key = key_of(number);
    ValueView view;
    Found found = store_->try_get(key, view);
    if (found == Found::later) found = store_->get_blocking(key, view);
    require(found == Found::yes, "key " + std::to_string(number) + " is not there");
    require(equal(view.value, values.of(number)), "key " + std::to_string(number) + " has a wrong value");
  }
}

double number_in(const std::string& json, const std::string& after, const std::string& name) {
  const size_t from = json.find('"' + after + '"');
  const std::string field = '"' + name + "\":";
  const size_t at = from == std::string::npos ? from : json.find(field, from);
  require(at != std::string::npos, "the store does not say \"" + name + "\": " + json);
  return std::stod(json.substr(at + field.size()));
}

}  // namespace foreshard::bench
