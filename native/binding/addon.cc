// The addon's entry: what JavaScript sees of the engine. Unpack, call, wrap; nothing else happens in this folder.
// There is no mutable state outside of a store's handle, so any number of environments (worker threads) may load it.
#include <memory>

#include "binding/arguments.h"
#include "binding/functions.h"
#include "binding/napi_wrapper.h"
#include "binding/options.h"
#include "engine/io/thread.h"

namespace foreshard::binding {

namespace {

constexpr napi_type_tag kHandleTag{0x7f1b1c5ae5f04c0b, 0x9d6e0f3a8b52c741};

struct Entry {
  const char* name;
  napi_callback function;
};

constexpr Entry kFunctions[] = {
    {"get", get},
    {"getSync", get_sync},
    {"getMany", get_many},
    {"has", has},
    {"hasSync", has_sync},
    {"setSlab", set_slab},
    {"viewSync", view_sync},
    {"setView", set_view},
    {"put", put},
    {"del", del},
    {"write", write},
    {"writeIf", write_if},
    {"submit", submit},
    {"waitDurable", wait_durable},
    {"splitShard", split_shard},
    {"mergeShard", merge_shard},
    {"shards", shards},
    {"positionOf", position_of},
    {"hashOf", hash_of},
    {"heat", heat},
    {"samples", samples},
    {"hottest", hottest},
    {"hotKeys", hot_keys},
    {"recordAccesses", record_accesses},
    {"takeAccesses", take_accesses},
    {"stopRecording", stop_recording},
    {"watchAccesses", watch_accesses},
    {"takeWindows", take_windows},
    {"stopWatching", stop_watching},
    {"setPredicted", set_predicted},
    {"passHeatTime", pass_heat_time},
    {"close", close},
    {"release", release},
    {"poll", poll},
    {"spin", spin},
    {"take", take},
    {"takeDetail", take_detail},
    {"hold", hold},
    {"flush", flush},
    {"backup", backup},
    {"checkpoint", checkpoint},
    {"compact", compact},
    {"iteratorOpen", iterator_open},
    {"iteratorNext", iterator_next},
    {"iteratorClose", iterator_close},
    {"changesOpen", changes_open},
    {"changesNext", changes_next},
    {"changesClose", changes_close},
    {"statsJson", stats_json},
    {"recoveryJson", recovery_json},
    {"durableSequence", durable_sequence},
};

// A function is bound to its store by its data, so a hot call needs no `this`, and keeps the store's object alive.
void define_functions(Napi::Env env, Napi::Object object, Handle* handle) {
  for (const auto& [name, function] : kFunctions) {
    napi_value bound;
    NAPI_THROW_IF_FAILED_VOID(env, napi_create_function(env, name, NAPI_AUTO_LENGTH, function, handle, &bound));
    Napi::Object(env, bound).DefineProperty(Napi::PropertyDescriptor::Value("store", object));
    object.DefineProperty(Napi::PropertyDescriptor::Value(name, Napi::Value(env, bound), napi_enumerable));
  }
}

// What JavaScript holds; it owns the handle.
Napi::Object make_object(Napi::Env env, std::unique_ptr<Handle> owned) {
  const Napi::Object object = Napi::Object::New(env);
  const auto destroy = [](napi_env, void* data, void*) { delete static_cast<Handle*>(data); };
  NAPI_THROW_IF_FAILED(env, napi_wrap(env, object, owned.get(), destroy, nullptr, nullptr), object);
  Handle* handle = owned.release();
  object.TypeTag(&kHandleTag);
  define_functions(env, object, handle);
  const Napi::Value answer(env, handle->share_answer());
  const Napi::Value slab_value_max = Napi::Number::New(env, Handle::kSlabValueMax);
  object.DefineProperty(Napi::PropertyDescriptor::Value("answer", answer, napi_enumerable));
  object.DefineProperty(Napi::PropertyDescriptor::Value("slabValueMax", slab_value_max, napi_enumerable));
  return object;
}

// lowerPriority(): where it competes for a processor, the calling thread lets others go first from now on. Answers whether the
// system does that.
Napi::Value lower_priority(const Napi::CallbackInfo& info) { return Napi::Boolean::New(info.Env(), give_way()); }

// open(options, onWake, ticket): the store's handle at once; whether it opened is the completion of the ticket.
Napi::Value open(const Napi::CallbackInfo& info) {
  if (!info[0].IsObject() || !info[1].IsFunction())
    throw Napi::TypeError::New(info.Env(), "open(options, onWake, ticket)");
  HandleOptions options = read_options(info[0].As<Napi::Object>());
  auto owned = std::make_unique<Handle>(info.Env());
  Handle* handle = owned.get();
  const Napi::Object object = make_object(info.Env(), std::move(owned));
  handle->open(object, info[1], std::move(options), read_number(info.Env(), info[2]));
  handle->publish();
  return object;
}

// isHandle(value): whether it is what open() returned.
Napi::Value is_handle(const Napi::CallbackInfo& info) {
  const bool tagged = info[0].IsObject() && info[0].As<Napi::Object>().CheckTypeTag(&kHandleTag);
  return Napi::Boolean::New(info.Env(), tagged);
}

}  // namespace

Napi::Object init(Napi::Env env, Napi::Object exports) {
  exports.Set("open", Napi::Function::New<open>(env, "open"));
  exports.Set("isHandle", Napi::Function::New<is_handle>(env, "isHandle"));
  exports.Set("lowerPriority", Napi::Function::New<lower_priority>(env, "lowerPriority"));
  return exports;
}

}  // namespace foreshard::binding

static Napi::Object init_addon(Napi::Env env, Napi::Object exports) { return foreshard::binding::init(env, exports); }

NODE_API_MODULE(foreshard, init_addon)
