// For who predicts what will be wanted: windows of the accesses go out, predictions come in.
#include <cstring>

#include "binding/call.h"
#include "binding/functions.h"

namespace foreshard::binding {

namespace {

// Left out, it is the standard; outside of its bounds, `good` becomes false.
template <class T>
double read_option(napi_env env, napi_value value, const OptionRange<T>& range, bool& good) {
  napi_valuetype type = napi_undefined;
  napi_typeof(env, value, &type);
  double number = static_cast<double>(range.standard);
  if (type != napi_undefined && napi_get_value_double(env, value, &number) != napi_ok) good = false;
  good = good && number >= static_cast<double>(range.min) && number <= static_cast<double>(range.max);
  return number;
}

}  // namespace

// watchAccesses(windowLength, windowsPerSecond, windowsMax)
napi_value watch_accesses(napi_env env, napi_callback_info info) {
  Call<3> call(env, info);
  if (call.store() == nullptr) return call.refuse(Errc::closed);
  bool good = true;
  const double length = read_option(env, call[0], option::access_window_length, good);
  const double per_second = read_option(env, call[1], option::access_windows_per_second, good);
  const double most = read_option(env, call[2], option::access_windows_max, good);
  if (!good) return call.refuse(Errc::bad_argument);
  call.store()->watch_accesses({.length = to_whole(length), .per_second = per_second, .most = to_whole(most)});
  return call.undefined();
}

// takeWindows(): those that are finished, one after the other.
napi_value take_windows(napi_env env, napi_callback_info info) {
  Call<0> call(env, info);
  const size_t bytes = call.store() == nullptr ? 0 : call.store()->windows_ready();
  if (bytes == 0) return call.undefined();
  void* data = nullptr;
  napi_value buffer = nullptr;
  if (napi_create_buffer(env, bytes, &data, &buffer) != napi_ok) return call.undefined();
  call.store()->take_windows(static_cast<uint8_t*>(data));
  return buffer;
}

// stopWatching()
napi_value stop_watching(napi_env env, napi_callback_info info) {
  Call<0> call(env, info);
  if (call.store() != nullptr) call.store()->stop_watching();
  return call.undefined();
}

// setPredicted(hashes, budgetShare)
napi_value set_predicted(napi_env env, napi_callback_info info) {
  Call<2> call(env, info);
  if (call.store() == nullptr) return call.refuse(Errc::closed);
  MutableBytes bytes;
  bool good = read_bytes(env, call[0], bytes) && bytes.size() % sizeof(uint64_t) == 0;
  const double share = read_option(env, call[1], option::predicted_share, good);
  if (!good) return call.refuse(Errc::bad_argument);
  if (bytes.size() / sizeof(uint64_t) > option::predicted_keys.max) return call.refuse(Errc::too_large);
  std::vector<uint64_t> hashes(bytes.size() / sizeof(uint64_t));
  if (!hashes.empty()) std::memcpy(hashes.data(), bytes.data(), bytes.size());
  call.store()->set_predicted(std::move(hashes), share);
  return call.undefined();
}

}  // namespace foreshard::binding
