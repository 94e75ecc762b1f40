// foreshard-soak: runs seeds, one after the other, until enough crashes were simulated or the time is over, and says how
// to run again what failed. --crashes N --seconds S (either ends it) --seed N (the first) --runs N (how many seeds).
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <string_view>

#include "test/support/crash_run.h"

using namespace foreshard::test;

namespace {

struct Limits {
  uint64_t crashes = UINT64_MAX;
  uint64_t seconds = UINT64_MAX;
  uint64_t seed = 1;
  uint64_t runs = UINT64_MAX;
};

bool parse(int count, char** words, Limits& limits) {
  for (int i = 1; i + 1 < count; i += 2) {
    const std::string_view name = words[i];
    uint64_t* to = name == "--crashes"   ? &limits.crashes
                   : name == "--seconds" ? &limits.seconds
                   : name == "--seed"    ? &limits.seed
                   : name == "--runs"    ? &limits.runs
                                         : nullptr;
    if (to == nullptr) return false;
    *to = std::strtoull(words[i + 1], nullptr, 10);
  }
  return count % 2 == 1;
}

// Every seed means the same run always, so that it can be run alone.
CrashSettings settings_of(uint64_t seed) {
  CrashSettings settings;
  settings.faults = seed % 4 == 3;
  settings.copies = 12;
  return settings;
}

}  // namespace

int main(int count, char** words) {
  Limits limits;
  if (!parse(count, words, limits)) {
    std::fprintf(stderr, "usage: foreshard-soak [--crashes N] [--seconds S] [--seed N] [--runs N]\n");
    return 2;
  }
  std::printf("first seed %llu\n", static_cast<unsigned long long>(limits.seed));
  const auto started = std::chrono::steady_clock::now();
  auto seconds = [&] { return std::chrono::duration<double>(std::chrono::steady_clock::now() - started).count(); };
  CrashTally tally;
  uint64_t violations = 0, runs = 0, reported_s = 0;
  for (; runs < limits.runs && tally.crashes < limits.crashes && seconds() < static_cast<double>(limits.seconds); ++runs) {
    const uint64_t seed = limits.seed + runs;
    const std::string wrong = CrashRun(seed, settings_of(seed), tally).run();
    if (!wrong.empty()) {
      ++violations;
      std::printf("violation: %s\nreplay: npm run soak -- --seed %llu --runs 1\n", wrong.c_str(),
                  static_cast<unsigned long long>(seed));
    }
    const auto now_s = static_cast<uint64_t>(seconds());
    if (now_s < reported_s + 10) continue;
    reported_s = now_s;
    std::printf("%llu s: %llu seeds, %llu crashes, %llu violations\n", static_cast<unsigned long long>(now_s),
                static_cast<unsigned long long>(runs + 1), static_cast<unsigned long long>(tally.crashes),
                static_cast<unsigned long long>(violations));
    std::fflush(stdout);
  }
  std::printf("seeds %llu to %llu: %llu crashes simulated, %llu opens, %llu operations, %llu violations in %.1f s\n",
              static_cast<unsigned long long>(limits.seed), static_cast<unsigned long long>(limits.seed + runs - 1),
              static_cast<unsigned long long>(tally.crashes), static_cast<unsigned long long>(tally.opens),
              static_cast<unsigned long long>(tally.operations), static_cast<unsigned long long>(violations), seconds());
  return violations == 0 ? 0 : 1;
}
