// Shards and heat: changes of shards, rows of figures, and the keys that are hot. Positions on the ring are counted in slices'
// units (kSliceUnit), 2^20 of them.
#include "binding/call.h"
#include "binding/functions.h"

namespace foreshard::binding {

namespace {

uint64_t hash_at(uint64_t unit) { return unit * kSliceUnit; }
uint64_t last_before(uint64_t unit) { return hash_at(unit) - 1; }  // of the end of the ring: the last hash
double unit_of(uint64_t hash) { return static_cast<double>(hash / kSliceUnit); }

void write_row(double* row, const SliceHeat& page, const Shards& shards) {
  namespace heat = layout::heat;
  row[heat::from] = unit_of(page.prefix);
  row[heat::shard] = static_cast<double>(shards.index_of(page.prefix));
  row[heat::keys] = static_cast<double>(page.entries);
  row[heat::bytes] = static_cast<double>(page.bytes);
  double* rate = row + heat::reads0;
  for (const auto& kind : page.rates)
    for (const double value : kind) *rate++ = value;
}
static_assert(layout::heat::width == layout::heat::reads0 + kAccessKinds * kHeatWindows);

}  // namespace

// splitShard(cut, ticket)
napi_value split_shard(napi_env env, napi_callback_info info) {
  Call<2> call(env, info);
  if (Store* store = call.store_for(call.number(1))) store->split(hash_at(call.number(0)), call.number(1));
  return call.undefined();
}

// mergeShard(start, ticket): with the one before it.
napi_value merge_shard(napi_env env, napi_callback_info info) {
  Call<2> call(env, info);
  if (Store* store = call.store_for(call.number(1))) store->merge(hash_at(call.number(0)), call.number(1));
  return call.undefined();
}

// shards(out): fills rows as far as there is room; answers how many there are.
napi_value shards(napi_env env, napi_callback_info info) {
  Call<1> call(env, info);
  if (call.store() == nullptr) return call.refuse(Errc::closed);
  const auto out = read_numbers<double>(env, call[0], napi_float64_array);
  const std::vector<ShardFacts>& all = call.store()->shards().all();
  for (size_t i = 0; i < all.size() && (i + 1) * layout::shard::width <= out.size(); ++i) {
    double* row = out.data() + i * layout::shard::width;
    row[layout::shard::id] = all[i].id;
    row[layout::shard::epoch] = all[i].epoch;
    row[layout::shard::from] = unit_of(all[i].start);
  }
  return call.out(uint64_t{all.size()});
}

// positionOf(key): where on the ring it lies.
napi_value position_of(napi_env env, napi_callback_info info) {
  Call<1> call(env, info);
  KeyArgument key;
  if (call.store() == nullptr) return call.refuse(Errc::closed);
  if (!key.read(env, call[0])) return call.refuse(Errc::bad_key);
  return call.out(call.store()->hash_of(key.bytes()) / kSliceUnit);
}

// hashOf(key): the upper bits of its hash that a double holds.
napi_value hash_of(napi_env env, napi_callback_info info) {
  Call<1> call(env, info);
  KeyArgument key;
  if (call.store() == nullptr) return call.refuse(Errc::closed);
  if (!key.read(env, call[0])) return call.refuse(Errc::bad_key);
  return call.out(call.store()->hash_of(key.bytes()) >> 12);
}

// heat(out): the same of pages.
napi_value heat(napi_env env, napi_callback_info info) {
  Call<1> call(env, info);
  if (call.store() == nullptr) return call.refuse(Errc::closed);
  const auto out = read_numbers<double>(env, call[0], napi_float64_array);
  uint64_t pages = 0;
  call.store()->visit_heat([&](const SliceHeat& page) {
    if (++pages * layout::heat::width <= out.size())
      write_row(out.data() + (pages - 1) * layout::heat::width, page, call.store()->shards());
  });
  return call.out(pages);
}

// hottest(from, to, windowMs, out): out is samples, those of the hottest hash, its position; the answer its key, if it is known.
napi_value hottest(napi_env env, napi_callback_info info) {
  Call<4> call(env, info);
  const auto out = read_numbers<double>(env, call[3], napi_float64_array);
  if (call.store() == nullptr) return call.refuse(Errc::closed);
  if (out.size() < layout::hottest::width) return call.refuse(Errc::bad_argument);
  const Store::Hottest found = call.store()->hottest(hash_at(call.number(0)), last_before(call.number(1)), call.number(2));
  out[layout::hottest::samples] = static_cast<double>(found.samples);
  out[layout::hottest::of_key] = static_cast<double>(found.of_hash);
  out[layout::hottest::at] = unit_of(found.hash);
  if (found.key.empty()) return call.undefined();
  napi_value key = nullptr;
  napi_create_buffer_copy(env, found.key.size(), found.key.data(), nullptr, &key);
  return key;
}

// samples(from, to, windowMs, out): where the accesses of that slice lie that were sampled in the last so many milliseconds, as far
// as there is room. Answers how many there are in out.
napi_value samples(napi_env env, napi_callback_info info) {
  Call<4> call(env, info);
  const auto out = read_numbers<double>(env, call[3], napi_float64_array);
  if (call.store() == nullptr) return call.refuse(Errc::closed);
  const uint64_t first = hash_at(call.number(0)), last = last_before(call.number(1)), window_ms = call.number(2);
  size_t count = 0;
  call.store()->visit_samples(window_ms, [&](uint64_t hash) {
    if (hash >= first && hash <= last && count < out.size()) out[count++] = unit_of(hash);
  });
  return call.out(uint64_t{count});
}

// hotKeys(from, pages, count, out): keys and their decayed accesses, one after the other, are appended to the array `out`. Answers
// where the next pages begin; 0: nowhere.
napi_value hot_keys(napi_env env, napi_callback_info info) {
  Call<4> call(env, info);
  if (call.store() == nullptr) return call.refuse(Errc::closed);
  bool is_array = false;
  if (napi_is_array(env, call[3], &is_array) != napi_ok || !is_array) return call.refuse(Errc::bad_argument);
  uint32_t at = 0;
  napi_get_array_length(env, call[3], &at);
  const uint64_t next = call.store()->hot_keys(hash_at(call.number(0)), call.number(1), call.number(2), [&](Bytes bytes, double accesses) {
    napi_value key = nullptr, number = nullptr;
    napi_create_buffer_copy(env, bytes.size(), bytes.data(), nullptr, &key);
    napi_create_double(env, accesses, &number);
    napi_set_element(env, call[3], at++, key);
    napi_set_element(env, call[3], at++, number);
  });
  return call.out(next / kSliceUnit);
}

// recordAccesses(keyShare, hashed, bufferBytes)
napi_value record_accesses(napi_env env, napi_callback_info info) {
  Call<3> call(env, info);
  if (call.store() == nullptr) return call.refuse(Errc::closed);
  double share = 0;
  napi_get_value_double(env, call[0], &share);
  const uint64_t buffer = call.number(2);
  if (!(share > 0) || buffer < option::recording_buffer_bytes.min || buffer > option::recording_buffer_bytes.max)
    return call.refuse(Errc::bad_argument);
  call.store()->record_accesses({share, call.boolean(1), buffer});
  return call.undefined();
}

// takeAccesses(out): the lines since the last call; out is how many were recorded and dropped in all.
napi_value take_accesses(napi_env env, napi_callback_info info) {
  Call<1> call(env, info);
  const auto out = read_numbers<double>(env, call[0], napi_float64_array);
  if (call.store() == nullptr) return call.refuse(Errc::closed);
  if (out.size() < 2) return call.refuse(Errc::bad_argument);
  AccessRecorder::Counts counts;
  const std::string lines = call.store()->take_accesses(counts);
  out[0] = static_cast<double>(counts.recorded);
  out[1] = static_cast<double>(counts.dropped);
  napi_value buffer = nullptr;
  napi_create_buffer_copy(env, lines.size(), lines.data(), nullptr, &buffer);
  return buffer;
}

// stopRecording()
napi_value stop_recording(napi_env env, napi_callback_info info) {
  Call<0> call(env, info);
  if (call.store() != nullptr) call.store()->stop_recording();
  return call.undefined();
}

// passHeatTime(milliseconds): of a store that was opened with manualHeatTime.
napi_value pass_heat_time(napi_env env, napi_callback_info info) {
  Call<1> call(env, info);
  if (call.store() != nullptr) call.store()->pass_heat_time(call.number(0));
  return call.undefined();
}

}  // namespace foreshard::binding
