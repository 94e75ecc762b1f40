// Keys, values and numbers as JavaScript gives them.
#pragma once
#include <node_api.h>

#include <memory>

#include "engine/base/bytes.h"
#include "engine/base/constants.gen.h"

namespace foreshard::binding {

// A Uint8Array, lent by JavaScript for the duration of the call; false for anything else.
inline bool read_bytes(napi_env env, napi_value value, MutableBytes& out) {
  napi_typedarray_type type;
  size_t length = 0;
  void* data = nullptr;
  if (napi_get_typedarray_info(env, value, &type, &length, &data, nullptr, nullptr) != napi_ok) return false;
  if (type != napi_uint8_array) return false;
  out = {static_cast<uint8_t*>(data), length};
  return true;
}

// Numbers of a typed array; empty for anything but an array of T.
template <class T>
std::span<T> read_numbers(napi_env env, napi_value value, napi_typedarray_type wanted) {
  napi_typedarray_type type;
  size_t length = 0;
  void* data = nullptr;
  if (napi_get_typedarray_info(env, value, &type, &length, &data, nullptr, nullptr) != napi_ok) return {};
  if (type != wanted) return {};
  return {static_cast<T*>(data), length};
}

// Whole and not negative; zero for what is neither.
inline uint64_t to_whole(double number) {
  constexpr double kMax = 0x1p53;
  return number > 0 && number <= kMax ? static_cast<uint64_t>(number) : 0;
}

inline uint64_t read_number(napi_env env, napi_value value) {
  double number = 0;
  napi_get_value_double(env, value, &number);
  return to_whole(number);
}

// A string, as UTF-8, or a Uint8Array. Short strings are on the stack; bytes are not copied.
class BytesArgument {
 public:
  BytesArgument() {}  // leaves the stack buffer as it is
  BytesArgument(const BytesArgument&) = delete;
  BytesArgument& operator=(const BytesArgument&) = delete;

  // false: neither a string nor a Uint8Array.
  bool read(napi_env env, napi_value value) {
    size_t length = 0;
    if (napi_get_value_string_utf8(env, value, short_text(), sizeof stack_, &length) != napi_ok) {
      MutableBytes lent;
      const bool ok = read_bytes(env, value, lent);
      bytes_ = lent;
      return ok;
    }
    bytes_ = {stack_, length};
    return length <= kStackBytes || read_long(env, value);
  }

  Bytes bytes() const { return bytes_; }

 private:
  // With room for one more character (it is cut before the one that does not fit) and the final zero: a string that
  // left more than this was not cut.
  static constexpr size_t kStackBytes = option::max_key_bytes.standard;

  char* short_text() { return reinterpret_cast<char*>(stack_); }

  bool read_long(napi_env env, napi_value value) {
    size_t length = 0;
    if (napi_get_value_string_utf8(env, value, nullptr, 0, &length) != napi_ok) return false;
    heap_ = std::make_unique_for_overwrite<uint8_t[]>(length + 1);
    napi_get_value_string_utf8(env, value, reinterpret_cast<char*>(heap_.get()), length + 1, &length);
    bytes_ = {heap_.get(), length};
    return true;
  }

  uint8_t stack_[kStackBytes + 8];
  std::unique_ptr<uint8_t[]> heap_;
  Bytes bytes_;
};

// A key: 1 to maxKeyBytes bytes.
class KeyArgument : public BytesArgument {
 public:
  bool read(napi_env env, napi_value value) {
    return BytesArgument::read(env, value) && option::max_key_bytes.min <= bytes().size() &&
           bytes().size() <= option::max_key_bytes.standard;
  }
};

}  // namespace foreshard::binding
