// One call from JavaScript: its arguments, the store it is for, and its answer. At its end JavaScript sees whether
// completions wait.
#pragma once
#include "binding/arguments.h"
#include "binding/handle.h"

namespace foreshard::binding {

template <size_t kArguments>
class Call {
 public:
  Call(napi_env env, napi_callback_info info) : env_(env) {
    size_t count = kArguments;
    void* handle = nullptr;
    napi_get_cb_info(env, info, &count, arguments_, nullptr, &handle);
    handle_ = static_cast<Handle*>(handle);
  }
  Call(const Call&) = delete;
  Call& operator=(const Call&) = delete;
  ~Call() { handle_->publish(); }

  napi_env env() const { return env_; }
  Handle& handle() const { return *handle_; }
  Store* store() const { return handle_->store(); }
  napi_value operator[](size_t index) const { return arguments_[index]; }

  uint64_t number(size_t index) const { return read_number(env_, arguments_[index]); }
  bool boolean(size_t index) const {
    bool value = false;
    napi_get_value_bool(env_, arguments_[index], &value);
    return value;
  }
  std::string text(size_t index) const {
    BytesArgument value;
    return value.read(env_, arguments_[index]) ? std::string(as_text(value.bytes())) : std::string();
  }

  // For requests: the store, or null after the request was answered with `closed`.
  Store* store_for(uint64_t ticket) const {
    if (store() == nullptr) handle_->collector().on_done(ticket, Errc::closed, 0);
    return store();
  }

  napi_value undefined() const { return nullptr; }
  napi_value null() const {
    napi_value out = nullptr;
    napi_get_null(env_, &out);
    return out;
  }
  napi_value out(bool value) const {
    napi_value out = nullptr;
    napi_get_boolean(env_, value, &out);
    return out;
  }
  napi_value out(uint64_t value) const {
    napi_value out = nullptr;
    napi_create_double(env_, static_cast<double>(value), &out);
    return out;
  }
  napi_value out(const std::string& value) const {
    napi_value out = nullptr;
    napi_create_string_utf8(env_, value.data(), value.size(), &out);
    return out;
  }
  napi_value out(const Result<uint64_t>& result) const {
    return result.ok() ? out(result.value()) : refuse(result.status());
  }
  // The number of the error, negative; zero if there is none.
  napi_value refuse(const Status& status) const { return handle_->refuse(status); }

 private:
  napi_env env_;
  napi_value arguments_[kArguments == 0 ? 1 : kArguments];
  Handle* handle_;
};

}  // namespace foreshard::binding
