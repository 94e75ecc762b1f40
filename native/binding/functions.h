// The functions of a store's handle, as JavaScript calls them (src/native/types.ts has their types). Each unpacks its
// arguments, calls the engine, and wraps the answer. A function that answers a sequence number or a value answers the
// number of an error, negative, where there is one.
#pragma once
#include <node_api.h>

namespace foreshard::binding {

class Handle;

// Reads: reads.cc
napi_value get(napi_env env, napi_callback_info info);
napi_value get_sync(napi_env env, napi_callback_info info);
napi_value get_many(napi_env env, napi_callback_info info);
napi_value has(napi_env env, napi_callback_info info);
napi_value has_sync(napi_env env, napi_callback_info info);
napi_value set_slab(napi_env env, napi_callback_info info);
napi_value view_sync(napi_env env, napi_callback_info info);
napi_value set_view(napi_env env, napi_callback_info info);

// Writes: writes.cc
napi_value put(napi_env env, napi_callback_info info);
napi_value del(napi_env env, napi_callback_info info);
napi_value write(napi_env env, napi_callback_info info);
napi_value write_if(napi_env env, napi_callback_info info);
napi_value submit(napi_env env, napi_callback_info info);
napi_value wait_durable(napi_env env, napi_callback_info info);

// Shards and heat: heat.cc
napi_value split_shard(napi_env env, napi_callback_info info);
napi_value merge_shard(napi_env env, napi_callback_info info);
napi_value shards(napi_env env, napi_callback_info info);
napi_value position_of(napi_env env, napi_callback_info info);
napi_value hash_of(napi_env env, napi_callback_info info);
napi_value heat(napi_env env, napi_callback_info info);
napi_value samples(napi_env env, napi_callback_info info);
napi_value hottest(napi_env env, napi_callback_info info);
napi_value hot_keys(napi_env env, napi_callback_info info);
napi_value record_accesses(napi_env env, napi_callback_info info);
napi_value take_accesses(napi_env env, napi_callback_info info);
napi_value stop_recording(napi_env env, napi_callback_info info);
napi_value pass_heat_time(napi_env env, napi_callback_info info);

// For who predicts: predictor.cc
napi_value watch_accesses(napi_env env, napi_callback_info info);
napi_value take_windows(napi_env env, napi_callback_info info);
napi_value stop_watching(napi_env env, napi_callback_info info);
napi_value set_predicted(napi_env env, napi_callback_info info);

// What ends with a completion, and the rest: requests.cc
napi_value close(napi_env env, napi_callback_info info);
napi_value release(napi_env env, napi_callback_info info);
napi_value poll(napi_env env, napi_callback_info info);
napi_value spin(napi_env env, napi_callback_info info);
napi_value take(napi_env env, napi_callback_info info);
napi_value take_detail(napi_env env, napi_callback_info info);
napi_value hold(napi_env env, napi_callback_info info);
napi_value flush(napi_env env, napi_callback_info info);
napi_value backup(napi_env env, napi_callback_info info);
napi_value checkpoint(napi_env env, napi_callback_info info);
napi_value compact(napi_env env, napi_callback_info info);
napi_value iterator_open(napi_env env, napi_callback_info info);
napi_value iterator_next(napi_env env, napi_callback_info info);
napi_value iterator_close(napi_env env, napi_callback_info info);
napi_value changes_open(napi_env env, napi_callback_info info);
napi_value changes_next(napi_env env, napi_callback_info info);
napi_value changes_close(napi_env env, napi_callback_info info);
napi_value stats_json(napi_env env, napi_callback_info info);
napi_value recovery_json(napi_env env, napi_callback_info info);
napi_value durable_sequence(napi_env env, napi_callback_info info);

}  // namespace foreshard::binding
