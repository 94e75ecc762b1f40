// The way from the disk's threads to the JavaScript thread: one thread-safe function a store. Many completions are one
// wake; what has completed is fetched by poll(), so a wake carries nothing.
#pragma once
#include <node_api.h>

namespace foreshard::binding {

class Wake {
 public:
  // On the JavaScript thread, as is all but call(). `on_wake` is called there without arguments, once for one or more
  // call()s. Does not keep the process alive until hold(true).
  Wake(napi_env env, napi_value on_wake);
  Wake(const Wake&) = delete;
  Wake& operator=(const Wake&) = delete;
  // No thread may call() any more.
  ~Wake();

  // From any thread.
  void call();

  // Whether the event loop stays alive for it.
  void hold(bool alive);

 private:
  napi_env env_;
  napi_threadsafe_function function_ = nullptr;  // null if the environment was already ending
};

}  // namespace foreshard::binding
