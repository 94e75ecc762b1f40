// Checkpoints: written by a whole store on demand, its background rate at the maximum; and its images read back as a
// recovery reads them.
#include <filesystem>

#include "bench/groups.h"
#include "bench/raw_io.h"
#include "bench/store_run.h"
#include "bench/timing.h"
#include "engine/base/hash.h"
#include "engine/checkpoint/fast_image.h"
#include "engine/checkpoint/index_image.h"
#include "engine/io/await.h"
#include "engine/log/names.h"
#include "engine/store/warmer.h"
#include "engine/table/page.h"

namespace foreshard::bench {

namespace {

constexpr uint64_t kRecordBytes = 100;
constexpr uint64_t kWindow = 100'000;
constexpr Pattern kDevice{1u << 20, 8};
constexpr Pattern kImageWrite{1u << 20, 4, Mapping::Pages::small};  // log/replace_file.h: kUnlimitedWrites
constexpr Pattern kIndexRead{1u << 20, 6};     // checkpoint/index_image_reader.cc: kReadDepth of each of the lanes
constexpr Pattern kFastRead{1u << 20, 12};     // store/warmer.cc: kReadsAhead
constexpr size_t kBatchPages = 128;            // store/pages.cc
constexpr uint32_t kIndexLanes = 3;            // store/pages.cc: kImageLanes

StoreOptions options_for(const Options& options) {
  StoreOptions store;
  store.directory = options.directory + "/checkpoint";
  store.memory_limit = options.keys * 400 + (1u << 30);  // all stays in memory
  store.fast_budget = options.keys * 400;                // and all goes into the fast-restore images
  store.background_bytes_per_second = 1ull << 40;        // no pauses
  store.checkpoints = false;                             // none but those asked for
  return store;
}

// What one checkpoint wrote, and in which time.
struct Written {
  double index_bytes = 0, index_seconds = 0;
  double fast_bytes = 0, fast_seconds = 0, fast_records = 0;
};

Written write_once(StoreRun& run) {
  run.forget_events();
  const double started = seconds_of(CLOCK_MONOTONIC);
  run.checkpoint();
  Written written;
  double index_at = started;
  for (const Event& event : run.events()) {
    if (event.json.find("\"kind\":\"standard\"") != std::string::npos) {
      written.index_bytes = number_in(event.json, "kind", "bytes");
      index_at = event.at;
    } else if (event.json.find("\"kind\":\"fast\"") != std::string::npos) {
      written.fast_bytes += number_in(event.json, "kind", "bytes");
      written.fast_records += number_in(event.json, "kind", "records");
    }
  }
  written.index_seconds = index_at - started;
  written.fast_seconds = seconds_of(CLOCK_MONOTONIC) - index_at;
  return written;
}

Figure write_figure(const char* name, const char* title) {
  Figure figure{.group = "checkpoint", .name = name, .title = title, .unit = "B/s", .bar = Bar{Bar::Of::share, 0.85}};
  figure.notes = {"by Store::checkpoint with backgroundBytesPerSecond at its maximum, from its begin until the image is in "
                  "place; the ceilings write as many bytes with O_DIRECT and flush them: into reserved space as fast as the "
                  "device can, and into a growing file in the pieces and the memory of an image"};
  figure.ceilings = {{"raw write, " + text_of(kDevice), {}}, {"raw write, " + text_of(kImageWrite), {}}};
  return figure;
}

void add_raw_writes(Figure& figure, const std::string& directory, double bytes) {
  const auto length = static_cast<uint64_t>(bytes);
  figure.ceilings[0].samples.push_back(raw_write(directory, length, kDevice, Space::reserved));
  figure.ceilings[1].samples.push_back(raw_write(directory, length, kImageWrite, Space::none));
}

// Both figures from the same checkpoints. The first one does not count: it says how many bytes there are.
Figures write_figures(const Options& options, StoreRun& run) {
  Figure index = write_figure("index-image-write", "checkpoint write: index image");
  Figure fast = write_figure("fast-image-write", "checkpoint write: fast-restore images");
  Written last = write_once(run);
  for (uint64_t repetition = 0; repetition < options.repetitions; ++repetition) {
    add_raw_writes(index, options.directory, last.index_bytes);
    add_raw_writes(fast, options.directory, last.fast_bytes);
    last = write_once(run);
    require(last.index_bytes > 0 && last.fast_records > 0, "a checkpoint wrote nothing");
    index.samples.push_back(last.index_bytes / last.index_seconds);
    fast.samples.push_back(last.fast_bytes / last.fast_seconds);
  }
  index.details = {{"bytes of the image", "B", {last.index_bytes}}};
  fast.details = {{"bytes of the images", "B", {last.fast_bytes}}};
  return {index, fast};
}

// Runs a task to its end.
void finish(Disk& disk, Task<> task) {
  task.start();
  while (!task.done()) require(disk.wait() > 0, "a task does not end");
}

// The entries of all pages of an image, in batches as a recovery reads them.
struct IndexRead {
  IndexImageReader* reader = nullptr;
  size_t next = 0;
  uint64_t entries = 0;
  bool good = true;
};

Task<> read_pages(IndexRead* all) {
  const size_t total = all->reader->pages().size();
  while (all->next < total && all->good) {
    const size_t first = all->next, count = std::min(kBatchPages, total - first);
    all->next += count;
    auto batch = co_await all->reader->read_batch(first, count);
    all->good = all->good && batch.ok();
    if (!batch.ok()) break;
    for (const Bytes page : batch.value().pages) {
      all->good = all->good && !page.empty();
      all->entries += Page::entries_in(page);
    }
  }
}

// UINT64_MAX if one page is damaged.
Task<> read_index(Disk* disk, std::string directory, uint64_t store_id, ImageFacts facts, uint64_t* entries) {
  auto opened = co_await IndexImageReader::open(*disk, directory, store_id, facts);
  *entries = UINT64_MAX;
  if (!opened.ok()) co_return;
  IndexRead all{.reader = opened.value().get()};
  std::vector<Task<>> lanes;
  for (uint32_t lane = 0; lane < kIndexLanes; ++lane) lanes.push_back(read_pages(&all));
  co_await Join(std::move(lanes));
  co_await all.reader->close();
  if (all.good) *entries = all.entries;
}

// A lane that takes the next chunk until none is left: read, checked and walked, as a restore does before it links.
struct FastRead {
  Disk* disk = nullptr;
  FastImageReader* reader = nullptr;
  uint32_t next = 0;
  uint64_t records = 0;
  bool good = true;
};

Task<> read_chunks(FastRead* all, uint8_t* memory) {
  const MutableBytes chunk(memory, kChunkBytes);
  while (all->next < all->reader->chunks()) {
    const uint32_t index = all->next++;
    const Status read = co_await all->reader->read_chunk(index, chunk);
    uint64_t found = 0, hashes = 0;
    bool good = false;
    const std::function<void()> check = [&] {
      uint32_t used = 0;
      good = all->reader->check_chunk(index, chunk, used) == Errc::ok &&
             FastImageReader::for_each(chunk, used, [&](Address, RecordView record, uint32_t) {
               hashes += hash_key(0, record.key());
               ++found;
             });
      keep(&hashes);
    };
    if (read.ok()) co_await io::work(*all->disk, check);
    all->good = all->good && good;
    all->records += found;
  }
}

Task<> read_fast(Disk* disk, std::string directory, uint64_t store_id, uint8_t* memory, uint64_t* records) {
  *records = 0;
  for (uint32_t number = 0; number < kFastClasses; ++number) {
    auto opened = co_await FastImageReader::open(*disk, directory, store_id, number);
    if (!opened.ok()) continue;
    FastRead all{.disk = disk, .reader = opened.value().get()};
    std::vector<Task<>> lanes;
    for (uint32_t lane = 0; lane < kFastRead.depth; ++lane) lanes.push_back(read_chunks(&all, memory + lane * kChunkBytes));
    co_await Join(std::move(lanes));
    const bool whole = all.good && all.records == opened.value()->records();
    co_await opened.value()->close();
    *records = whole ? *records + all.records : UINT64_MAX / 2;
  }
}

Figure read_figure(const char* name, const char* title, Pattern pattern) {
  Figure figure{.group = "checkpoint", .name = name, .title = title, .unit = "B/s", .bar = Bar{Bar::Of::share, 0.85}};
  figure.notes = {"read with O_DIRECT in the pieces and batches of a recovery, checksums and lengths checked on helper "
                  "threads; not merged into an index",
                  "the ceilings read the same files with O_DIRECT: as fast as the device can, and in the same pieces"};
  figure.ceilings = {{"raw read, " + text_of(kDevice), {}}, {"raw read, " + text_of(pattern), {}}};
  return figure;
}

// The files of the last checkpoint.
struct Images {
  Manifest manifest;
  std::string index_path;
  std::vector<std::string> fast_paths;
};

Task<> find_images(Disk* disk, std::string directory, Images* images) {
  const ManifestRead read = co_await read_manifest(*disk, directory);
  images->manifest = read.manifest;
}

Images images_of(Disk& disk, const std::string& directory) {
  Images images;
  finish(disk, find_images(&disk, directory, &images));
  require(!images.manifest.images.empty(), "there is no index image");
  images.index_path = names::join(directory, names::index_image(images.manifest.images.front().generation));
  for (uint32_t number = 0; number < kFastClasses; ++number) {
    const std::string path = names::join(directory + "/fast", names::fast_class(number));
    if (std::filesystem::exists(path)) images.fast_paths.push_back(path);
  }
  return images;
}

double bytes_of(const std::vector<std::string>& paths) {
  double bytes = 0;
  for (const std::string& path : paths) bytes += static_cast<double>(std::filesystem::file_size(path));
  return bytes;
}

Figure index_read_figure(const Options& options, Disk& disk, const std::string& directory, const Images& images) {
  Figure figure = read_figure("index-image-read", "image read: index image", kIndexRead);
  const std::vector<std::string> paths = {images.index_path};
  const auto read = [&] {
    uint64_t entries = 0;
    const Stopwatch watch;
    finish(disk, read_index(&disk, directory, images.manifest.store_id, images.manifest.images.front(), &entries));
    const double seconds = watch.seconds();
    require(entries == options.keys, "an index image that was read back does not have all keys");
    return bytes_of(paths) / seconds;
  };
  measure(figure, options.repetitions, true, read,
          {[&] { return raw_read(paths, kDevice); }, [&] { return raw_read(paths, kIndexRead); }});
  return figure;
}

Figure fast_read_figure(const Options& options, Disk& disk, const std::string& directory, const Images& images,
                        double records) {
  Figure figure = read_figure("fast-image-read", "image read: fast-restore images", kFastRead);
  const Mapping memory(kFastRead.depth * uint64_t{kChunkBytes}, Mapping::Pages::huge);
  Mapping::populate(memory.data(), memory.size());
  const auto read = [&] {
    uint64_t found = 0;
    const Stopwatch watch;
    finish(disk, read_fast(&disk, directory + "/fast", images.manifest.store_id, memory.data(), &found));
    const double seconds = watch.seconds();
    require(static_cast<double>(found) == records, "fast-restore images that were read back do not have all their records");
    return bytes_of(images.fast_paths) / seconds;
  };
  measure(figure, options.repetitions, true, read,
          {[&] { return raw_read(images.fast_paths, kDevice); }, [&] { return raw_read(images.fast_paths, kFastRead); }});
  return figure;
}

}  // namespace

Figures bench_checkpoint(const Options& options) {
  const StoreOptions store = options_for(options);
  const Values values(kRecordBytes - kKeyBytes, options.seed);
  Figures figures;
  double fast_records = 0;
  {
    StoreRun run(options, store);
    run.open();
    for (uint64_t i = 0; i < options.keys; ++i) run.put(i, values.of(i), kWindow);
    run.flush();
    figures = write_figures(options, run);
    for (const Event& event : run.events())
      if (event.json.find("\"kind\":\"fast\"") != std::string::npos) fast_records += number_in(event.json, "kind", "records");
    run.close();
  }
  settle(options.directory);
  const std::unique_ptr<Disk> disk = open_bench_disk(options, store.directory);
  const Images images = images_of(*disk, store.directory);
  figures.push_back(index_read_figure(options, *disk, store.directory, images));
  figures.push_back(fast_read_figure(options, *disk, store.directory, images, fast_records));
  std::filesystem::remove_all(store.directory);
  return figures;
}

}  // namespace foreshard::bench
