// Options by name, as src/native/types.ts types them.
#include "binding/options.h"

namespace foreshard::binding {

namespace {

void read(const Napi::Object& given, const char* name, std::string& out) {
  if (given.Has(name)) out = given.Get(name).As<Napi::String>().Utf8Value();
}

void read(const Napi::Object& given, const char* name, bool& out) {
  if (given.Has(name)) out = given.Get(name).As<Napi::Boolean>().Value();
}

void read(const Napi::Object& given, const char* name, double& out) {
  if (given.Has(name)) out = given.Get(name).As<Napi::Number>().DoubleValue();
}

template <class Integer>
void read(const Napi::Object& given, const char* name, Integer& out) {
  if (given.Has(name)) out = static_cast<Integer>(given.Get(name).As<Napi::Number>().DoubleValue());
}

void read(const Napi::Object& given, const char* name, HeatMap::HalfLives& out) {
  if (!given.Has(name)) return;
  const Napi::Array list = given.Get(name).As<Napi::Array>();
  for (uint32_t i = 0; i < out.size(); ++i) out[i] = static_cast<uint64_t>(list.Get(i).As<Napi::Number>().DoubleValue());
}

template <class Enum>
void read_flag(const Napi::Object& given, const char* name, Enum& out, Enum if_true) {
  bool flag = false;
  read(given, name, flag);
  if (flag) out = if_true;
}

DiskOptions::Backend backend_named(const std::string& name) {
  if (name == "ring") return DiskOptions::Backend::ring;
  if (name == "pool") return DiskOptions::Backend::pool;
  return DiskOptions::Backend::automatic;
}

}  // namespace

HandleOptions read_options(const Napi::Object& given) {
  HandleOptions out;
  read(given, "directory", out.store.directory);
  read(given, "fastDirectory", out.store.fast_directory);
  read(given, "standardDirectory", out.store.standard_directory);
  read(given, "shards", out.store.shards);
  read(given, "segmentBytes", out.store.segment_bytes);
  read(given, "memoryLimit", out.store.memory_limit);
  read(given, "fastBudget", out.store.fast_budget);
  read(given, "heatHalfLife", out.store.heat_half_life_ms);
  read(given, "heatHalfLives", out.store.heat_half_lives_ms);
  read(given, "manualHeatTime", out.store.manual_heat_time);
  read(given, "inflightGroups", out.store.inflight_groups);
  read(given, "flushInterval", out.store.flush_interval_ms);
  read(given, "backgroundBytesPerSecond", out.store.background_bytes_per_second);
  read(given, "compactionGarbageShare", out.store.compaction_garbage_share);
  read(given, "createIfMissing", out.store.create_if_missing);
  read(given, "errorIfExists", out.store.error_if_exists);
  read(given, "checkpoints", out.store.checkpoints);
  read(given, "trackHeat", out.store.track_heat);
  read(given, "useFast", out.store.use_fast);
  read(given, "useStandard", out.store.use_standard);
  read_flag(given, "intervalDurability", out.store.durability, Durability::interval);
  read_flag(given, "skipDamage", out.store.on_damage, DamagePolicy::skip);
  read(given, "textValues", out.text_values);
  std::string io;
  read(given, "io", io);
  out.disk.backend = backend_named(io);
  return out;
}

}  // namespace foreshard::binding
