// The index with its records in memory: lookups as a get makes them, the same behind the look ahead of getMany, and
// inserts as a put makes them.
#include "bench/cache_misses.h"
#include "bench/groups.h"
#include "bench/lookup_lines.h"
#include "bench/records.h"
#include "bench/store_run.h"
#include "bench/timing.h"
#include "engine/store/lookup.h"
#include "engine/store/reader.h"

namespace foreshard::bench {

namespace {

constexpr uint64_t kRecordBytes = 100;  // of key and value
constexpr size_t kAhead = 16;           // keys, as getMany looks ahead
constexpr double kTheta = 0.99;

class Nobody final : public StoreListener {
  void on_durable(uint64_t) override {}
  void on_rejected(uint64_t, uint64_t, const Status&) override {}
  void on_value(uint64_t, const Status&, const ValueView*) override {}
  void on_done(uint64_t, const Status&, uint64_t) override {}
  void on_entries(uint64_t, const Status&, std::span<const EntryView>, bool, uint64_t, uint64_t) override {}
  void on_event(const std::string&) override {}
};

// An index and an arena as an open store has them, filled without a log. A record's sequence number is its key's number
// and one. `direct`: where each record is, by number: an index that knows.
class LoadedTable {
 public:
  LoadedTable(const Options& options, Disk& disk)
      : core(disk, nobody_, store_options(options)), pages_(core), reader(core, pages_), keys_(options.keys),
        direct_(options.keys * sizeof(const uint8_t*), Mapping::Pages::huge) {
    core.hash_seed = options.seed;
    core.index_loaded = true;
    core.update_heat_clock();
    const Values values(kRecordBytes - kKeyBytes, options.seed);
    addresses_.resize(keys_);
    for (uint64_t i = 0; i < keys_; ++i) {
      const Key key = key_of(i);
      uint8_t* record = core.arena.allocate(record_size(kKeyBytes, values.bytes(), false), addresses_[i]);
      write_record(record, {RecordKind::put, i + 1, 0, key, values.of(i)});
    }
  }

  // The records' places, as a put enters them; nanoseconds each.
  double insert() {
    const Stopwatch watch;
    for (uint64_t i = 0; i < keys_; ++i) {
      const Bytes key = core.arena.view(addresses_[i]).key();
      enter(core, core.hash(key), key, addresses_[i]);
    }
    return watch.seconds() / static_cast<double>(keys_) * 1e9;
  }

  // A word for each key at a place that is as far from the last one as a hash makes it.
  double insert_bare() {
    auto* words = reinterpret_cast<uint64_t*>(direct_.data());
    std::memset(words, 0, direct_.size());
    const Stopwatch watch;
    for (uint64_t i = 0; i < keys_; ++i) {
      const Bytes key = core.arena.view(addresses_[i]).key();
      const auto at = static_cast<uint64_t>((static_cast<unsigned __int128>(core.hash(key)) * keys_) >> 64);
      words[at] = addresses_[i].raw();
    }
    keep(words);
    return watch.seconds() / static_cast<double>(keys_) * 1e9;
  }

  void fill_direct() {
    for (uint64_t i = 0; i < keys_; ++i) {
      const uint8_t* record = core.arena.record(addresses_[i]);
      std::memcpy(direct_.data() + i * sizeof record, &record, sizeof record);
    }
  }
  RecordView direct(uint64_t number) const {
    const uint8_t* record = nullptr;
    std::memcpy(&record, direct_.data() + number * sizeof record, sizeof record);
    return RecordView(record);
  }

  Core core;

 private:
  static StoreOptions store_options(const Options& options) {
    StoreOptions store;
    store.directory = options.directory;
    store.memory_limit = 1ull << 40;  // nothing is evicted
    return store;
  }

  Nobody nobody_;
  Pages pages_;

 public:
  Reader reader;

 private:
  uint64_t keys_;
  Mapping direct_;
  std::vector<Address> addresses_;
};

// What is asked for, and what the answers must add up to.
struct Draws {
  const char* name;
  std::vector<uint32_t> numbers;
  std::vector<Key> keys;  // the same, in the same order: reading a key costs no miss of its own
  uint64_t expected = 0;

  Draws(const char* name_in, std::vector<uint32_t> drawn) : name(name_in), numbers(std::move(drawn)) {
    for (const uint32_t number : numbers) {
      keys.push_back(key_of(number));
      expected += number + 1;
    }
  }
};

double finish(const Stopwatch& watch, const Draws& draws, uint64_t sum) {
  const double ns = watch.seconds() / static_cast<double>(draws.keys.size()) * 1e9;
  require(sum == draws.expected, "lookups answered wrongly");
  return ns;
}

double look_up_all(LoadedTable& table, const Draws& draws) {
  uint64_t sum = 0;
  ValueView view;
  const Stopwatch watch;
  for (const Key& key : draws.keys)
    if (table.reader.try_get(key, view) == Found::yes) sum += view.sequence;
  return finish(watch, draws, sum);
}

double look_up_ahead(LoadedTable& table, const Draws& draws) {
  uint64_t sum = 0;
  ValueView view;
  std::array<Bytes, kAhead> ahead;
  const Stopwatch watch;
  for (size_t first = 0; first < draws.keys.size(); first += kAhead) {
    const size_t count = std::min(kAhead, draws.keys.size() - first);
    for (size_t i = 0; i < count; ++i) ahead[i] = draws.keys[first + i];
    table.reader.prefetch(std::span(ahead).first(count));
    for (size_t i = 0; i < count; ++i)
      if (table.reader.try_get(ahead[i], view) == Found::yes) sum += view.sequence;
  }
  return finish(watch, draws, sum);
}

// One record after the other through an array of their places.
double read_bare(const LoadedTable& table, const Draws& draws) {
  uint64_t sum = 0;
  const Stopwatch watch;
  for (const uint32_t number : draws.numbers) sum += table.direct(number).sequence();
  return finish(watch, draws, sum);
}

Figure lookup_figure(const Options& options, LoadedTable& table, const Draws& draws, bool ahead,
                     const CacheMisses& misses) {
  Figure figure{.group = "table",
                .name = std::string(ahead ? "lookup-ahead-" : "lookup-") + draws.name,
                .title = std::string("page lookup, hits, ") + draws.name + (ahead ? ", 16 keys ahead as getMany" : ""),
                .unit = "ns",
                .less_is_better = true};
  figure.notes = {std::to_string(options.keys) +
                      " keys of 16 B, values of 84 B; hash, page, key and heat, the value is not touched",
                  "the ceiling reads the same records in the same order through an array of their places; many of its "
                  "reads are under way at a time"};
  figure.ceilings = {{"array of their places", {}}};
  if (misses.counts()) figure.details = {{"cache misses (processor's count)", "a hit", {}}};
  const auto look_up = [&] {
    const uint64_t before = misses.so_far();
    const double ns = ahead ? look_up_ahead(table, draws) : look_up_all(table, draws);
    const auto missed = static_cast<double>(misses.so_far() - before);
    if (misses.counts()) figure.details[0].samples.push_back(missed / static_cast<double>(draws.keys.size()));
    return ns;
  };
  measure(figure, options.repetitions, true, look_up, {[&] { return read_bare(table, draws); }});
  return figure;
}

// Counted by the processor, or else an upper bound from the structure.
Figure misses_figure(const Options& options, LoadedTable& table, const Draws& draws, const CacheMisses& misses) {
  Figure figure{.group = "table", .name = std::string("misses-") + draws.name,
                .title = std::string("cache misses of a hit, ") + draws.name, .unit = "a hit", .less_is_better = true,
                .bar = Bar{Bar::Of::most, 2}};
  figure.ceilings = {{"one each, index and record", {}}};
  figure.details = {{"lines of the index", "a hit", {}}, {"lines of the record", "a hit", {}}};
  const auto lookups = static_cast<double>(draws.keys.size());
  LookupLines lines;
  for (const Key& key : draws.keys) {
    const LookupLines one = lines_of_lookup(table.core, key);
    lines.index += one.index;
    lines.record += one.record;
  }
  figure.details[0].samples = {static_cast<double>(lines.index) / lookups};
  figure.details[1].samples = {static_cast<double>(lines.record) / lookups};
  const auto count = [&] {
    const uint64_t before = misses.so_far();
    if (!misses.counts()) return static_cast<double>(lines.index + lines.record) / lookups;
    look_up_all(table, draws);
    return static_cast<double>(misses.so_far() - before) / lookups;
  };
  figure.notes = {misses.counts() ? "counted by the processor (PERF_COUNT_HW_CACHE_MISSES)"
                                  : "perf_event_open: " + misses.why_not() +
                                        "; so the cache lines that a hit touches were counted: an upper bound of its misses"};
  measure(figure, misses.counts() ? options.repetitions : 1, false, count, {[] { return 2.0; }});
  return figure;
}

// A new table each time; the last one is kept.
Figure insert_figure(const Options& options, Disk& disk, std::unique_ptr<LoadedTable>& table) {
  Figure figure{.group = "table", .name = "insert", .title = "page insert, from an empty table", .unit = "ns",
                .less_is_better = true};
  figure.notes = {std::to_string(options.keys) + " new keys; hash, look for older versions, insert, splits of pages included",
                  "the ceiling writes a word for each key at the place in an array that its hash says"};
  figure.ceilings = {{"a word in an array", {}}};
  const auto insert = [&] {
    const double ns = table->insert();
    require(table->core.table.entry_count() == options.keys, "not all keys were inserted");
    return ns;
  };
  const auto bare = [&] {
    table.reset();
    table = std::make_unique<LoadedTable>(options, disk);
    return table->insert_bare();
  };
  measure(figure, options.repetitions, false, insert, {bare});
  const double bytes = static_cast<double>(table->core.table.memory_bytes());
  figure.details = {{"memory of the index", "B/key", {bytes / static_cast<double>(options.keys)}}};
  return figure;
}

}  // namespace

Figures bench_table(const Options& options) {
  const std::unique_ptr<Disk> disk = open_bench_disk(options, options.directory);
  std::unique_ptr<LoadedTable> table;
  const CacheMisses misses;
  Figures figures;
  figures.push_back(insert_figure(options, *disk, table));
  table->fill_direct();
  const std::array<Draws, 2> all = {Draws("uniform", uniform_draws(options.lookups, options.keys, options.seed)),
                                    Draws("zipf-0.99", zipf_draws(options.lookups, options.keys, kTheta, options.seed))};
  for (const Draws& draws : all)
    for (const bool ahead : {false, true}) figures.push_back(lookup_figure(options, *table, draws, ahead, misses));
  for (const Draws& draws : all) figures.push_back(misses_figure(options, *table, draws, misses));
  return figures;
}

}  // namespace foreshard::bench
