// What a test may ask of the simulated machine: latencies, faults by plan and by probability, and what it counted.
#pragma once
#include <array>
#include <cerrno>
#include <string>
#include <vector>

#include "engine/io/disk.h"

namespace foreshard {

constexpr size_t kIoOps = static_cast<size_t>(IoOp::delay) + 1;

struct SimLatency {
  uint64_t min_ns;
  uint64_t max_ns;
};

struct SimOptions {
  uint64_t seed = 1;
  uint64_t wall_ms = 1'700'000'000'000;  // at virtual time zero
  uint64_t capacity_bytes = 0;           // 0: no limit
  SimLatency read{20'000, 120'000};
  SimLatency write{15'000, 150'000};
  SimLatency flush{30'000, 200'000};
  SimLatency metadata{10'000, 300'000};
  SimLatency work{5'000, 500'000};
  double slow_chance = 0.02;  // of a request taking slow_factor times as long
  uint64_t slow_factor = 20;
  uint64_t late_ns_max = 20'000'000;  // how long after its process was killed a write may land
  size_t trace_length = 64;
};

// Requests of one kind that fail: after `skip` that match, the next `count`. A failing write may have landed in part; a
// failing write_durable may have failed at its flush (choose with `at_flush`).
struct SimFault {
  IoOp op = IoOp::write;
  std::string path_part;  // the path contains it
  uint64_t skip = 0;
  uint64_t count = 1;
  int system_errno = EIO;
  uint64_t offset = 0;  // only requests that touch [offset, offset + length)
  uint64_t length = UINT64_MAX;
  bool at_flush = false;
};

struct SimFaults {
  double read_error = 0;  // EIO, by probability
  double write_error = 0;
  double sync_error = 0;
  double short_read = 0;  // fewer bytes than there are, in whole blocks
  std::vector<SimFault> plan;

  void clear() { *this = SimFaults(); }
};

struct SimCounters {
  std::array<uint64_t, kIoOps> requests{};
  uint64_t bytes_read = 0;
  uint64_t bytes_written = 0;
  uint64_t flushes = 0;
  uint64_t faults = 0;
  uint64_t crashes = 0;
  uint64_t late_landings = 0;
  uint64_t effects = 0;  // what crash_after() counts

  uint64_t of(IoOp op) const { return requests[static_cast<size_t>(op)]; }
};

struct SimTraceEntry {
  uint64_t time_ns;
  const char* what;  // the operation, "land late", "crash"
  uint32_t inode;
  std::string path;  // where the operation named one
  uint64_t offset;
  uint64_t length;
  Errc code;
};

const char* name_of(IoOp op);

}  // namespace foreshard
