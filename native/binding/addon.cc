// The addon's entry: what JavaScript sees of the engine. Unpack, call, wrap; nothing else happens here.
#include <napi.h>

namespace {

constexpr uint32_t kInterfaceVersion = 1;

Napi::Object init(Napi::Env env, Napi::Object exports) {
  exports.Set("version", Napi::Number::New(env, kInterfaceVersion));
  return exports;
}

}  // namespace

NODE_API_MODULE(foreshard, init)
