// The thread-safe function behind Wake.
#include "binding/wake.h"

namespace foreshard::binding {

namespace {

// On the JavaScript thread. An exception stays pending: Node reports it as uncaught. Nothing of ours is touched after
// the call, since JavaScript may have released the store in it.
void call_on_wake(napi_env env, napi_value on_wake, void*, void*) {
  napi_value undefined;
  if (env == nullptr || napi_get_undefined(env, &undefined) != napi_ok) return;
  napi_call_function(env, undefined, on_wake, 0, nullptr, nullptr);
}

}  // namespace

Wake::Wake(napi_env env, napi_value on_wake) : env_(env) {
  napi_value name;
  napi_create_string_utf8(env, "foreshard", NAPI_AUTO_LENGTH, &name);
  napi_create_threadsafe_function(env, on_wake, nullptr, name, 0, 1, nullptr, nullptr, nullptr, call_on_wake,
                                  &function_);
  hold(false);
}

Wake::~Wake() {
  if (function_ != nullptr) napi_release_threadsafe_function(function_, napi_tsfn_abort);
}

void Wake::call() {
  if (function_ != nullptr) napi_call_threadsafe_function(function_, nullptr, napi_tsfn_nonblocking);
}

void Wake::hold(bool alive) {
  if (function_ == nullptr) return;
  alive ? napi_ref_threadsafe_function(env_, function_) : napi_unref_threadsafe_function(env_, function_);
}

}  // namespace foreshard::binding
