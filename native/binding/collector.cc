// Completions as rows and bytes.
#include "binding/collector.h"

namespace foreshard::binding {

namespace row = layout::row;
namespace completion = layout::completion;

namespace {

uint32_t number_of(const Status& status) { return static_cast<uint32_t>(status.code); }

// What a burst needed is not kept for ever.
constexpr size_t kKeptBytes = 1u << 20;

template <class T>
void empty_and_shrink(std::vector<T>& vector) {
  vector.clear();
  if (vector.capacity() * sizeof(T) > kKeptBytes) vector.shrink_to_fit();
}

}  // namespace

void Collector::add(const Row& one) {
  const size_t at = rows_.size();
  rows_.resize(at + row::width);
  double* numbers = rows_.data() + at;
  numbers[row::kind] = one.kind;
  numbers[row::ticket] = static_cast<double>(one.ticket);
  numbers[row::code] = one.code;
  numbers[row::detail_length] = static_cast<double>(one.detail.size());
  numbers[row::key_length] = static_cast<double>(one.key.size());
  numbers[row::value_length] = static_cast<double>(one.value.size());
  numbers[row::sequence] = static_cast<double>(one.sequence);
  numbers[row::other] = static_cast<double>(one.other);
  add_bytes(one.detail);
  add_bytes(one.key);
  add_bytes(one.value);
  last_is_durable_ = one.kind == completion::durable;
}

void Collector::on_durable(uint64_t sequence) {
  durable_ = sequence;
  if (last_is_durable_) {
    rows_[rows_.size() - row::width + row::sequence] = static_cast<double>(sequence);
  } else {
    add({.kind = completion::durable, .sequence = sequence});
  }
}

void Collector::on_rejected(uint64_t first_sequence, uint64_t last_sequence, const Status& status) {
  add({.kind = completion::rejected,
       .code = number_of(status),
       .detail = as_bytes(status.detail),
       .sequence = first_sequence,
       .other = last_sequence});
}

void Collector::on_value(uint64_t ticket, const Status& status, const ValueView* value) {
  Row one{.kind = completion::value, .ticket = ticket, .code = number_of(status), .detail = as_bytes(status.detail)};
  if (value != nullptr) {
    one.value = value->value;
    one.sequence = value->sequence;
    one.other = value->expiry_ms;
  } else if (status.ok()) {
    one.code = number_of(Errc::not_found);
  }
  add(one);
}

void Collector::on_done(uint64_t ticket, const Status& status, uint64_t value) {
  add({.kind = completion::done,
       .ticket = ticket,
       .code = number_of(status),
       .detail = as_bytes(status.detail),
       .sequence = value});
  if (ticket == watched_) watched_end_ = status.code;
}

void Collector::on_entries(uint64_t ticket, const Status& status, std::span<const EntryView> entries, bool end,
                           uint64_t gap_first, uint64_t gap_last) {
  if (gap_last != 0) add({.kind = completion::gap, .ticket = ticket, .sequence = gap_first, .other = gap_last});
  add({.kind = completion::entries,
       .ticket = ticket,
       .code = number_of(status),
       .detail = as_bytes(status.detail),
       .sequence = entries.size(),
       .other = end});
  for (const EntryView& entry : entries) {
    add({.kind = completion::entry,
         .ticket = ticket,
         .code = static_cast<uint32_t>(entry.kind),
         .key = entry.key,
         .value = entry.value,
         .sequence = entry.sequence,
         .other = entry.expiry_ms});
  }
}

void Collector::on_event(const std::string& json) { add({.kind = completion::event, .value = as_bytes(json)}); }

void Collector::write_packet(uint8_t* to) const {
  const size_t numbers = rows_.size() * sizeof(double);
  std::memcpy(to, rows_.data(), numbers);
  if (!bytes_.empty()) std::memcpy(to + numbers, bytes_.data(), bytes_.size());
}

void Collector::clear() {
  empty_and_shrink(rows_);
  empty_and_shrink(bytes_);
  last_is_durable_ = false;
}

}  // namespace foreshard::binding
