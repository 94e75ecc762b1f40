// shard/access_windows.h.
#include "engine/shard/access_windows.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>

namespace foreshard {

static_assert(std::endian::native == std::endian::little);
static_assert(sizeof(AccessWindows::Row) == layout::window_row::width * sizeof(uint32_t));

namespace {
constexpr size_t kHeaderBytes = layout::window::width * sizeof(double);
}

AccessWindows::AccessWindows(const Options& options, uint64_t now_ms)
    : options_(options), windows_(options.most), rows_(std::make_unique_for_overwrite<Row[]>(options.length * options.most)),
      refilled_ms_(now_ms) {}

bool AccessWindows::wants(uint64_t now_ms) {
  if (open_ || begin(now_ms)) return true;
  at_ += kLookEvery;
  passing_ = kLookEvery;
  return false;
}

bool AccessWindows::begin(uint64_t now_ms) {
  const double passed_ms = static_cast<double>(now_ms - std::min(refilled_ms_, now_ms));
  tokens_ = std::min(kBurst, tokens_ + passed_ms * options_.per_second / 1000);
  refilled_ms_ = now_ms;
  if (tokens_ < 1) return false;
  tokens_ -= 1;
  if (ready_ == options_.most) {
    ++skipped_;
    return false;
  }
  windows_[place(ready_)] = {.first = at_, .start_ms = now_ms, .rows = 0};
  open_ = true;
  return true;
}

void AccessWindows::note(uint64_t now_ms, Access kind, uint64_t hash, uint64_t size) {
  const uint64_t index = place(ready_);
  Window& window = windows_[index];
  const uint64_t age_ms = now_ms - std::min(window.start_ms, now_ms);
  rows_[index * options_.length + window.rows] = {
      .hash = hash,
      .at_ms = static_cast<uint32_t>(std::min<uint64_t>(age_ms, UINT32_MAX)),
      .access = static_cast<uint32_t>(std::min<uint64_t>(size, kWrite - 1)) | (kind == Access::write ? kWrite : 0),
  };
  ++at_;
  passing_ = 1;
  if (++window.rows == options_.length) end();
}

size_t AccessWindows::ready_bytes(uint64_t now_ms) {
  const Window& last = windows_[place(ready_)];
  if (open_ && last.rows > 0 && now_ms >= last.start_ms + kYoungMs) {
    tokens_ = std::min(kBurst, tokens_ + 1 - static_cast<double>(last.rows) / static_cast<double>(options_.length));
    end();
  }
  size_t bytes = 0;
  for (uint64_t i = 0; i < ready_; ++i) bytes += kHeaderBytes + windows_[place(i)].rows * sizeof(Row);
  return bytes;
}

uint8_t* AccessWindows::write_header(const Window& window, uint8_t* to) const {
  std::array<double, layout::window::width> header{};
  header[layout::window::first] = static_cast<double>(window.first);
  header[layout::window::start] = static_cast<double>(window.start_ms);
  header[layout::window::rows] = static_cast<double>(window.rows);
  header[layout::window::skipped] = static_cast<double>(skipped_);
  std::memcpy(to, header.data(), kHeaderBytes);
  return to + kHeaderBytes;
}

void AccessWindows::take(uint8_t* to) {
  for (; ready_ > 0; --ready_) {
    const Window& window = windows_[oldest_];
    to = write_header(window, to);
    std::memcpy(to, rows_.get() + oldest_ * options_.length, window.rows * sizeof(Row));
    to += window.rows * sizeof(Row);
    oldest_ = place(1);
  }
}

}  // namespace foreshard
