// What foreshard-bench is told on its command line.
#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "engine/io/disk.h"

namespace foreshard::bench {

struct Options {
  std::string directory;            // must be there; the program works in a folder of its own below it
  std::vector<std::string> groups;  // empty: all
  uint64_t repetitions = 5;
  uint64_t keys = 5'000'000;             // of the table and the checkpoints
  uint64_t lookups = 2'000'000;          // of a repetition
  uint64_t append_bytes = 512u << 20;    // of a repetition
  uint64_t commits = 2'000;              // of a repetition, one after the other
  uint64_t tail_records = 450'000;       // replayed
  uint64_t hash_bytes = 1u << 30;        // of a repetition
  uint64_t seed = 1;
  DiskOptions::Backend io = DiskOptions::Backend::automatic;
};

// Throws std::runtime_error with what is wrong and how to do it right.
Options parse_options(int count, char** words, const std::vector<std::string>& known_groups);

}  // namespace foreshard::bench
