// bench/options.h: pairs of "--name value", each checked.
#include "bench/options.h"

#include <algorithm>
#include <charconv>
#include <sstream>
#include <stdexcept>

namespace foreshard::bench {

namespace {

struct Number {
  const char* name;
  uint64_t Options::* to;
  uint64_t least;
  uint64_t most;
};

constexpr Number kNumbers[] = {
    {"--repetitions", &Options::repetitions, 1, 1000},
    {"--keys", &Options::keys, 10'000, 200'000'000},
    {"--lookups", &Options::lookups, 1'000, 1'000'000'000},
    {"--append-bytes", &Options::append_bytes, 1u << 20, 1ull << 40},
    {"--commits", &Options::commits, 10, 1'000'000},
    {"--tail-records", &Options::tail_records, 1'000, 490'000},  // so many fit into one segment
    {"--hash-bytes", &Options::hash_bytes, 1u << 20, 1ull << 40},
    {"--seed", &Options::seed, 0, UINT64_MAX},
};

[[noreturn]] void refuse(const std::string& what) { throw std::runtime_error(what); }

uint64_t number_of(const Number& rule, const std::string& text) {
  uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || value < rule.least || value > rule.most)
    refuse(std::string(rule.name) + " must be a whole number from " + std::to_string(rule.least) + " to " +
           std::to_string(rule.most) + ", not \"" + text + "\"");
  return value;
}

std::vector<std::string> groups_of(const std::string& text, const std::vector<std::string>& known) {
  std::vector<std::string> groups;
  std::istringstream list(text);
  for (std::string name; std::getline(list, name, ',');) {
    if (std::find(known.begin(), known.end(), name) == known.end()) {
      std::string names;
      for (const std::string& one : known) names += (names.empty() ? "" : ", ") + one;
      refuse("--groups: there is no \"" + name + "\"; there are " + names);
    }
    groups.push_back(name);
  }
  return groups;
}

DiskOptions::Backend backend_of(const std::string& text) {
  if (text == "auto") return DiskOptions::Backend::automatic;
  if (text == "ring") return DiskOptions::Backend::ring;
  if (text == "pool") return DiskOptions::Backend::pool;
  refuse("--io must be auto, ring or pool, not \"" + text + "\"");
}

void take(Options& options, const std::string& name, const std::string& value, const std::vector<std::string>& groups) {
  if (name == "--dir") {
    options.directory = value;
    return;
  }
  if (name == "--groups") {
    options.groups = groups_of(value, groups);
    return;
  }
  if (name == "--io") {
    options.io = backend_of(value);
    return;
  }
  for (const Number& rule : kNumbers) {
    if (name != rule.name) continue;
    options.*rule.to = number_of(rule, value);
    return;
  }
  std::string names = "--dir, --groups, --io";
  for (const Number& rule : kNumbers) names += std::string(", ") + rule.name;
  refuse("there is no option " + name + "; there are " + names);
}

}  // namespace

Options parse_options(int count, char** words, const std::vector<std::string>& known_groups) {
  Options options;
  for (int i = 1; i < count; i += 2) {
    if (i + 1 == count) refuse(std::string(words[i]) + " needs a value");
    take(options, words[i], words[i + 1], known_groups);
  }
  if (options.directory.empty()) refuse("--dir DIR is needed: where the files go");
  return options;
}

}  // namespace foreshard::bench
