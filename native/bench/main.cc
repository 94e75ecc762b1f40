// foreshard-bench: the engine without Node. Each measure stands beside what the machine gives without the engine, taken
// just before it; JSON goes to the standard output, progress to the standard error. Exit code 1: something was wrong, in
// what was asked for or in what was read back.
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <exception>
#include <filesystem>

#include "bench/groups.h"
#include "bench/store_run.h"

using namespace foreshard;
using namespace foreshard::bench;

namespace {

struct Group {
  const char* name;
  Figures (*run)(const Options&);
};

constexpr Group kGroups[] = {
    {"append", bench_append}, {"commit", bench_commit},         {"hash", bench_hash},
    {"table", bench_table},   {"checkpoint", bench_checkpoint}, {"replay", bench_replay},
};

std::vector<std::string> group_names() {
  std::vector<std::string> names;
  for (const Group& group : kGroups) names.emplace_back(group.name);
  return names;
}

bool wanted(const Options& options, const std::string& name) {
  return options.groups.empty() || std::find(options.groups.begin(), options.groups.end(), name) != options.groups.end();
}

// Removed again, whatever happens.
struct Folder {
  explicit Folder(const std::string& parent) : path(parent + "/foreshard-bench-" + std::to_string(::getpid())) {
    std::filesystem::create_directories(path);
  }
  ~Folder() {
    std::error_code ignored;
    std::filesystem::remove_all(path, ignored);
  }
  std::string path;
};

void run(Options options) {
  const Folder folder(options.directory);
  options.directory = folder.path;
  std::string figures = "[";
  for (const Group& group : kGroups) {
    if (!wanted(options, group.name)) continue;
    std::fprintf(stderr, "== %s\n", group.name);
    for (const Figure& figure : group.run(options)) {
      if (figures.size() > 1) figures += ',';
      figures += figure.json().text();
    }
  }
  figures += ']';
  const std::unique_ptr<Disk> disk = open_bench_disk(options, options.directory);
  Json out;
  out.field("io", disk->name()).field("direct", disk->direct()).raw("figures", figures);
  std::printf("%s\n", out.text().c_str());
}

}  // namespace

int main(int count, char** words) {
  try {
    run(parse_options(count, words, group_names()));
  } catch (const std::exception& error) {
    std::fprintf(stderr, "foreshard-bench: %s\n", error.what());
    return 1;
  }
  return 0;
}
