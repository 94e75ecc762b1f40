// shard/access_recorder.h.
#include "engine/shard/access_recorder.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

namespace foreshard {

namespace {

constexpr char kHex[] = "0123456789abcdef";
constexpr size_t kNumberMax = 20;  // digits
constexpr size_t kEncodedByte = 3;
constexpr uint64_t kMix = 0x9e3779b97f4a7c15;  // 2^64 over the golden ratio: neighbours on the ring part

// Printable, and nothing that ends a field, a line or a quotation.
constexpr std::array<bool, 256> plain_bytes() {
  std::array<bool, 256> plain{};
  for (size_t byte = 0x21; byte <= 0x7e; ++byte) plain[byte] = byte != ',' && byte != '"' && byte != '%';
  return plain;
}
constexpr std::array<bool, 256> kPlain = plain_bytes();

void append(std::string& to, uint64_t number) {
  std::array<char, kNumberMax> digits;
  to.append(digits.data(), std::to_chars(digits.data(), digits.data() + digits.size(), number).ptr);
}

}  // namespace

AccessRecorder::AccessRecorder(const Options& options) : options_(options) { lines_.reserve(options.buffer_bytes); }

// By other bits of the hash than those that say where on the ring a key lies: the keys of a part lie all around it.
bool AccessRecorder::wants(uint64_t hash) const {
  constexpr double kWhole = 4294967296.0;
  return static_cast<double>((hash * kMix) >> 32) < options_.key_share * kWhole;
}

void AccessRecorder::note(uint64_t now_ms, Access kind, uint64_t hash, Bytes key, uint64_t size) {
  if (kind == Access::absent || !wants(hash)) return;
  const size_t longest = 2 * kNumberMax + 8 + std::max<size_t>(kEncodedByte * key.size(), 16);
  if (lines_.size() + longest > options_.buffer_bytes) {
    ++counts_.dropped;
    return;
  }
  if (!std::exchange(begun_, true)) first_ms_ = now_ms;
  append(lines_, now_ms - first_ms_);
  lines_ += ',';
  write_key(hash, key);
  lines_ += kind == Access::write ? ",w," : ",r,";
  append(lines_, size);
  lines_ += '\n';
  ++counts_.recorded;
}

void AccessRecorder::write_key(uint64_t hash, Bytes key) {
  if (options_.hashed) {
    for (int shift = 60; shift >= 0; shift -= 4) lines_ += kHex[hash >> shift & 15];
    return;
  }
  for (const uint8_t byte : key) {
    if (kPlain[byte]) lines_ += static_cast<char>(byte);
    else lines_.append({'%', kHex[byte >> 4], kHex[byte & 15]});
  }
}

std::string AccessRecorder::take() {
  std::string lines = lines_;
  lines_.clear();
  return lines;
}

}  // namespace foreshard
