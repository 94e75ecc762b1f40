// Append and commit, through the whole store with its standard options: many records in flight, and one at a time.
#include <filesystem>

#include "bench/groups.h"
#include "bench/raw_io.h"
#include "bench/store_run.h"
#include "bench/timing.h"

namespace foreshard::bench {

namespace {

constexpr uint64_t kWindowBytes = 16u << 20;  // accepted and not durable
constexpr uint64_t kCheckedKeys = 1000;
constexpr Pattern kDevice{1u << 20, 8};
constexpr Pattern kSmallPages{1u << 20, 8, Mapping::Pages::small};

struct Append {
  const char* name;
  const char* title;
  uint64_t record_bytes;  // of key and value
  bool checkpoints;
  std::optional<Bar> bar;
};

const Append kAppends[] = {
    {"append-1KiB", "append and commit, 1-KiB records in flight", 1024, true, Bar{Bar::Of::share, 0.7}},
    {"append-100B", "append and commit, 100-B records in flight", 100, true, {}},
    {"append-1KiB-alone", "the same without checkpoints, 1-KiB records", 1024, false, {}},
    {"append-100B-alone", "the same without checkpoints, 100-B records", 100, false, {}},
};

StoreOptions options_for(const Options& options, const Append& append, const std::string& directory) {
  StoreOptions store;
  store.directory = directory;
  store.memory_limit = std::max(store.memory_limit, 2 * options.append_bytes);  // all stays in memory
  store.checkpoints = append.checkpoints;
  return store;
}

// A virtual machine asks its host for memory that was not used for a while, page by page, which takes several times as long as
// clearing it. So memory is used, and freed, just before: what is measured is the engine.
void have_memory_at_hand(uint64_t bytes) {
  const Mapping memory(bytes, Mapping::Pages::huge);
  Mapping::populate(memory.data(), memory.size());
}

double append_once(const Options& options, const Append& append, const Values& values, Figure& figure) {
  const std::string directory = options.directory + "/append";
  const uint64_t records = options.append_bytes / append.record_bytes;
  double seconds = 0;
  {
    StoreRun run(options, options_for(options, append, directory));
    run.open();
    have_memory_at_hand(2 * options.append_bytes);
    const Stopwatch watch;
    for (uint64_t i = 0; i < records; ++i) run.put(i, values.of(i), kWindowBytes / append.record_bytes);
    run.flush();
    seconds = watch.seconds();
    figure.details[0].samples.push_back(watch.own_cpu() / static_cast<double>(records) * 1e9);
    figure.details[1].samples.push_back(watch.all_cpu() / static_cast<double>(records) * 1e9);
    require(run.store().durable_sequence() >= records, "not all that was appended is durable");
  }
  {
    StoreRun again(options, options_for(options, append, directory));  // as after a kill
    again.open();
    again.check(uniform_draws(kCheckedKeys, records, options.seed), values);
  }
  std::filesystem::remove_all(directory);
  settle(options.directory);
  return static_cast<double>(records * append.record_bytes) / seconds;
}

Figure append_figure(const Options& options, const Append& append) {
  const Values values(append.record_bytes - kKeyBytes, options.seed);
  Figure figure{.group = "append", .name = append.name, .title = append.title, .unit = "B/s", .bar = append.bar};
  figure.notes = {"bytes of keys and values, put one by one from an empty store until all are durable; up to 16 MiB in "
                  "flight; memory for them is used and freed just before, as a virtual machine may have to ask its host for it",
                  append.checkpoints ? "standard options: checkpoints are written meanwhile, at most 300 MiB/s"
                                     : "checkpoints off, so that the log has the device for itself",
                  "the ceilings write as many bytes with O_DIRECT (" + text_of(kDevice) + " under way) into one file and "
                  "flush it at the end: into reserved space that was not written before, as the log's segments mostly are; the same from "
                  "memory of small pages, as the log's groups have it; and into space that was written before"};
  figure.ceilings = {
      {"raw write, reserved space", {}}, {"the same, small pages", {}}, {"raw write, written before", {}}};
  figure.details = {{"CPU time of the owner", "ns/record", {}}, {"CPU time of all threads", "ns/record", {}}};
  const auto bare = [&](Pattern pattern, Space space) {
    return [&options, pattern, space] { return raw_write(options.directory, options.append_bytes, pattern, space); };
  };
  measure(figure, options.repetitions, false, [&] { return append_once(options, append, values, figure); },
          {bare(kDevice, Space::reserved), bare(kSmallPages, Space::reserved), bare(kDevice, Space::written)});
  return figure;
}

}  // namespace

Figures bench_append(const Options& options) {
  Figures figures;
  for (const Append& append : kAppends) figures.push_back(append_figure(options, append));
  return figures;
}

Figures bench_commit(const Options& options) {
  constexpr uint64_t kRecordBytes = 100;
  const Values values(kRecordBytes - kKeyBytes, options.seed);
  Figure figure{.group = "commit", .name = "commit", .title = "commit, one 100-B record at a time", .unit = "commits/s"};
  figure.notes = {"each put waits until it is durable, as putSync does",
                  "the ceiling: blocks of 4 KiB, each written with O_DIRECT and O_DSYNC into space written before"};
  figure.ceilings = {{"bare durable 4-KiB write", {}}};
  StoreOptions store;
  store.directory = options.directory + "/commit";
  uint64_t written = 0;
  {
    StoreRun run(options, store);
    run.open();
    RawFile raw = RawFile::create(options.directory + "/raw", options.commits * kBlock, Space::written);
    const auto commits = [&] {
      const Stopwatch watch;
      for (uint64_t i = 0; i < options.commits; ++i, ++written) run.put_durably(written, values.of(written));
      return static_cast<double>(options.commits) / watch.seconds();
    };
    measure(figure, options.repetitions, true, commits, {[&] { return raw.write_durably(options.commits); }});
  }
  {
    StoreRun again(options, store);
    again.open();
    again.check(uniform_draws(kCheckedKeys, written, options.seed), values);
  }
  std::filesystem::remove_all(store.directory);
  return {figure};
}

}  // namespace foreshard::bench
