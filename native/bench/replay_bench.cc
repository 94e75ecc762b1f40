// Replay: a store is dropped as by a kill, with one segment of records that no run and no image knows; the next open reads
// them from the device, checks them and puts them into memory and index.
#include <filesystem>

#include "bench/groups.h"
#include "bench/raw_io.h"
#include "bench/store_run.h"
#include "bench/timing.h"
#include "engine/log/names.h"
#include "engine/log/record.h"

namespace foreshard::bench {

namespace {

constexpr uint64_t kRecordBytes = 100;
constexpr uint64_t kWindow = 50'000;
constexpr uint64_t kCheckedKeys = 1000;
constexpr Pattern kTailRead{1u << 20, 8};  // recovery/scan.cc

struct Replay {
  double bytes = 0;         // of the tail
  double bytes_raw = 0;     // a second, by the raw read just before
  double seconds = 0;       // scan and replay
  double scan_seconds = 0;
  double own_cpu = 0;       // of all of open()
  double all_cpu = 0;
};

StoreOptions options_for(const Options& options) {
  StoreOptions store;
  store.directory = options.directory + "/replay";
  store.segment_bytes = option::segment_bytes.max;
  store.checkpoints = false;
  return store;
}

Replay replay_once(const Options& options, const Values& values) {
  const StoreOptions store = options_for(options);
  {
    StoreRun run(options, store);
    run.open();
    for (uint64_t i = 0; i < options.tail_records; ++i) run.put(i, values.of(i), kWindow);
    run.flush();
  }
  settle(options.directory);
  Replay replay;
  {
    RawFile log = RawFile::existing(names::join(store.directory, names::segment(1)));
    const uint64_t bytes = options.tail_records * record_size(kKeyBytes, values.bytes(), false);
    replay.bytes_raw = log.read(bytes, kTailRead);
  }
  {
    StoreRun run(options, store);
    const Stopwatch watch;
    run.open();
    replay.own_cpu = watch.own_cpu();
    replay.all_cpu = watch.all_cpu();
    const std::string recovery = run.store().recovery_json();
    const auto replayed = static_cast<uint64_t>(number_in(recovery, "tail", "records"));
    require(replayed == options.tail_records, "not all of the tail was replayed");
    replay.bytes = number_in(recovery, "tail", "bytes");
    replay.scan_seconds = number_in(recovery, "ms", "scan") / 1e3;
    replay.seconds = replay.scan_seconds + number_in(recovery, "ms", "replay") / 1e3;
    run.check(uniform_draws(kCheckedKeys, options.tail_records, options.seed), values);
  }
  std::filesystem::remove_all(store.directory);
  settle(options.directory);
  return replay;
}

Figure replay_figure(const char* name, const char* title, std::optional<Bar> bar) {
  Figure figure{.group = "replay", .name = name, .title = title, .unit = "records/s", .bar = bar};
  figure.ceilings = {{"raw read of the tail", {}}};
  return figure;
}

}  // namespace

Figures bench_replay(const Options& options) {
  const Values values(kRecordBytes - kKeyBytes, options.seed);
  Figure wall = replay_figure("replay", "replay of 100-B records", {});
  wall.notes = {"records a second of scan and replay, until they are readable; read with O_DIRECT",
                "the ceiling reads the tail with O_DIRECT (" + text_of(kTailRead) + " under way)"};
  wall.details = {{"reading and checking the tail", "ms", {}}, {"making it readable and flushing what is kept", "ms", {}}};
  Figure owner = replay_figure("replay-owner", "replay of 100-B records, by CPU time of the owner", {});
  Figure core =
      replay_figure("replay-core", "replay of 100-B records, by CPU time of all threads", Bar{Bar::Of::least, 5e6});
  owner.notes = core.notes = {
      "records a second of CPU time that all of open() takes, reading and allocation of memory included"};
  for (uint64_t repetition = 0; repetition < options.repetitions; ++repetition) {
    const Replay replay = replay_once(options, values);
    const auto records = static_cast<double>(options.tail_records);
    const double bare = replay.bytes_raw / (replay.bytes / records);
    for (Figure* figure : {&wall, &owner, &core}) figure->ceilings[0].samples.push_back(bare);
    wall.samples.push_back(records / replay.seconds);
    owner.samples.push_back(records / replay.own_cpu);
    core.samples.push_back(records / replay.all_cpu);
    wall.details[0].samples.push_back(replay.scan_seconds * 1e3);
    wall.details[1].samples.push_back((replay.seconds - replay.scan_seconds) * 1e3);
  }
  return {wall, owner, core};
}

}  // namespace foreshard::bench
