// A record, the same bytes on disk and in memory. Aligned to 4 bytes.
//
//   0   u32  checksum    of all that follows, padding excluded
//   4   u16  kind << 13 | key length (1 to 4,096)
//   6   u48  sequence number: store-wide, never reused
//   12  u32  has_expiry << 31 | value length (up to 64 MiB)
//   16  [u64 expiry, Unix milliseconds]   if has_expiry
//       key, value, zeros up to a multiple of 4
//
// The sequence number is absolute, so that a record says all about itself wherever it is copied to.
#pragma once
#include "engine/base/bytes.h"
#include "engine/base/hash.h"
#include "engine/base/status.h"

namespace foreshard {

constexpr uint32_t kRecordHeader = 16;
constexpr uint32_t kRecordAlignment = 4;
constexpr uint64_t kSequenceMax = (1ull << 48) - 1;
constexpr uint32_t kValueLengthMask = (1u << 27) - 1;
constexpr uint32_t kExpiryFlag = 1u << 31;

struct RecordFields {
  RecordKind kind = RecordKind::put;
  uint64_t sequence = 0;
  uint64_t expiry_ms = 0;  // 0: never
  Bytes key;
  Bytes value;
};

inline uint64_t record_size(uint64_t key_length, uint64_t value_length, bool has_expiry) {
  return align_up(kRecordHeader + (has_expiry ? 8 : 0) + key_length + value_length, kRecordAlignment);
}

// A record in memory that is known to be whole.
class RecordView {
 public:
  explicit RecordView(const uint8_t* at) : at_(at) {}

  RecordKind kind() const { return static_cast<RecordKind>(load<uint16_t>(at_ + 4) >> 13); }
  uint64_t sequence() const { return load<uint64_t>(at_ + 4) >> 16 & kSequenceMax; }
  bool has_expiry() const { return load<uint32_t>(at_ + 12) & kExpiryFlag; }
  uint64_t expiry_ms() const { return has_expiry() ? load<uint64_t>(at_ + kRecordHeader) : 0; }
  uint32_t key_length() const { return load<uint16_t>(at_ + 4) & 0x1fff; }
  uint32_t value_length() const { return load<uint32_t>(at_ + 12) & kValueLengthMask; }
  uint64_t size() const { return record_size(key_length(), value_length(), has_expiry()); }
  Bytes key() const { return {at_ + body(), key_length()}; }
  Bytes value() const { return {at_ + body() + key_length(), value_length()}; }
  Bytes bytes() const { return {at_, static_cast<size_t>(size())}; }
  const uint8_t* data() const { return at_; }
  bool expired(uint64_t now_ms) const { return has_expiry() && expiry_ms() <= now_ms; }

 private:
  uint32_t body() const { return kRecordHeader + (has_expiry() ? 8 : 0); }
  const uint8_t* at_;
};

// Writes a record at `to` (record_size bytes).
inline void write_record(uint8_t* to, const RecordFields& fields) {
  const bool has_expiry = fields.expiry_ms != 0;
  const uint64_t size = record_size(fields.key.size(), fields.value.size(), has_expiry);
  store<uint32_t>(to + size - 4, 0);  // the padding; what is not padding is overwritten below
  const auto kind_and_key = static_cast<uint64_t>(static_cast<uint16_t>(fields.kind) << 13 | fields.key.size());
  store<uint64_t>(to + 4, fields.sequence << 16 | kind_and_key);
  store<uint32_t>(to + 12, static_cast<uint32_t>(fields.value.size()) | (has_expiry ? kExpiryFlag : 0));
  uint8_t* body = to + kRecordHeader;
  if (has_expiry) {
    store<uint64_t>(body, fields.expiry_ms);
    body += 8;
  }
  std::memcpy(body, fields.key.data(), fields.key.size());
  body += fields.key.size();
  if (!fields.value.empty()) std::memcpy(body, fields.value.data(), fields.value.size());
  body += fields.value.size();
  store<uint32_t>(to, checksum32({to + 4, body}));
}

// Bytes that ought to begin with a record: `end` if there are not even header bytes, `short_read` if the record is
// longer than what is there (then `needed` says how much), `corrupt` for impossible lengths, `checksum_mismatch`.
struct RecordCheck {
  Errc code = Errc::ok;
  uint64_t needed = kRecordHeader;
};

inline RecordCheck check_record(Bytes bytes) {
  if (bytes.size() < kRecordHeader) return {Errc::end, kRecordHeader};
  RecordView view(bytes.data());
  const uint32_t key_length = view.key_length();
  if (key_length == 0 || key_length > 4096 || view.value_length() > (64u << 20)) return {Errc::corrupt, 0};
  if (view.kind() != RecordKind::put && view.kind() != RecordKind::del) return {Errc::corrupt, 0};
  if (view.size() > bytes.size()) return {Errc::short_read, view.size()};
  const uint64_t body = kRecordHeader + (view.has_expiry() ? 8 : 0) + key_length + view.value_length();
  if (checksum32({bytes.data() + 4, static_cast<size_t>(body - 4)}) != load<uint32_t>(bytes.data()))
    return {Errc::checksum_mismatch, view.size()};
  return {Errc::ok, view.size()};
}

static_assert(kRecordHeader % kRecordAlignment == 0);

}  // namespace foreshard
