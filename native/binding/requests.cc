// Requests that end with a completion of their ticket, and the functions around completions and the store's end.
#include "binding/call.h"
#include "binding/functions.h"

namespace foreshard::binding {

// close(ticket)
napi_value close(napi_env env, napi_callback_info info) {
  Call<1> call(env, info);
  if (call.store_for(call.number(0)) != nullptr) call.handle().close(call.number(0));
  return call.undefined();
}

// release(): after close() has ended, or open() has failed.
napi_value release(napi_env env, napi_callback_info info) {
  Call<0> call(env, info);
  call.handle().release();
  return call.undefined();
}

napi_value poll(napi_env env, napi_callback_info info) {
  Call<0> call(env, info);
  if (call.store() != nullptr) call.store()->poll();
  return call.undefined();
}

// spin(microseconds): as poll(), once there is something to poll, or that time is over.
napi_value spin(napi_env env, napi_callback_info info) {
  Call<1> call(env, info);
  if (call.store() == nullptr) return call.undefined();
  call.handle().spin(call.number(0));
  call.store()->poll();
  return call.undefined();
}

// take(): the packet of what has completed; undefined if the durable mark in the answer array says it all.
napi_value take(napi_env env, napi_callback_info info) {
  Call<0> call(env, info);
  return call.handle().take();
}

// takeDetail(): what the last refused call had to say beside its error's number.
napi_value take_detail(napi_env env, napi_callback_info info) {
  Call<0> call(env, info);
  return call.out(call.handle().take_detail());
}

// hold(alive): whether the store keeps the process alive.
napi_value hold(napi_env env, napi_callback_info info) {
  Call<1> call(env, info);
  if (Wake* wake = call.handle().wake()) wake->hold(call.boolean(0));
  return call.undefined();
}

// flush(ticket)
napi_value flush(napi_env env, napi_callback_info info) {
  Call<1> call(env, info);
  if (Store* store = call.store_for(call.number(0))) store->flush(call.number(0));
  return call.undefined();
}

// backup(directory, ticket)
napi_value backup(napi_env env, napi_callback_info info) {
  Call<2> call(env, info);
  if (Store* store = call.store_for(call.number(1))) store->backup(call.text(0), call.number(1));
  return call.undefined();
}

// checkpoint(ticket)
napi_value checkpoint(napi_env env, napi_callback_info info) {
  Call<1> call(env, info);
  if (Store* store = call.store_for(call.number(0))) store->checkpoint(call.number(0));
  return call.undefined();
}

// compact(garbageShare, ticket)
napi_value compact(napi_env env, napi_callback_info info) {
  Call<2> call(env, info);
  double garbage_share = option::compaction_garbage_share.standard;
  napi_get_value_double(env, call[0], &garbage_share);
  if (Store* store = call.store_for(call.number(1))) store->compact(garbage_share, call.number(1));
  return call.undefined();
}

// iteratorOpen(withValues): the iterator's number.
napi_value iterator_open(napi_env env, napi_callback_info info) {
  Call<1> call(env, info);
  if (call.store() == nullptr) return call.refuse(Errc::closed);
  return call.out(call.store()->iterator_open(call.boolean(0)));
}

// iteratorNext(iterator, maxEntries, maxBytes, ticket)
napi_value iterator_next(napi_env env, napi_callback_info info) {
  Call<4> call(env, info);
  Store* store = call.store_for(call.number(3));
  if (store == nullptr) return call.undefined();
  store->iterator_next(call.number(0), static_cast<uint32_t>(call.number(1)), call.number(2), call.number(3));
  return call.undefined();
}

// iteratorClose(iterator)
napi_value iterator_close(napi_env env, napi_callback_info info) {
  Call<1> call(env, info);
  if (call.store() != nullptr) call.store()->iterator_close(call.number(0));
  return call.undefined();
}

// changesOpen(since): the reader's number.
napi_value changes_open(napi_env env, napi_callback_info info) {
  Call<1> call(env, info);
  if (call.store() == nullptr) return call.refuse(Errc::closed);
  return call.out(call.store()->changes_open(call.number(0)));
}

// changesNext(reader, maxEntries, maxBytes, wait, ticket)
napi_value changes_next(napi_env env, napi_callback_info info) {
  Call<5> call(env, info);
  Store* store = call.store_for(call.number(4));
  if (store == nullptr) return call.undefined();
  const auto max_entries = static_cast<uint32_t>(call.number(1));
  store->changes_next(call.number(0), max_entries, call.number(2), call.boolean(3), call.number(4));
  return call.undefined();
}

// changesClose(reader)
napi_value changes_close(napi_env env, napi_callback_info info) {
  Call<1> call(env, info);
  if (call.store() != nullptr) call.store()->changes_close(call.number(0));
  return call.undefined();
}

napi_value stats_json(napi_env env, napi_callback_info info) {
  Call<0> call(env, info);
  return call.store() != nullptr ? call.out(call.store()->stats_json()) : call.undefined();
}

napi_value recovery_json(napi_env env, napi_callback_info info) {
  Call<0> call(env, info);
  return call.store() != nullptr ? call.out(call.store()->recovery_json()) : call.undefined();
}

napi_value durable_sequence(napi_env env, napi_callback_info info) {
  Call<0> call(env, info);
  return call.out(call.store() != nullptr ? call.store()->durable_sequence() : uint64_t{0});
}

}  // namespace foreshard::binding
