// Random operations and crashes, compared with a plain map: nothing acknowledged is lost, nothing taken back rises.
#include <doctest/doctest.h>

#include "test/support/crash_run.h"

using namespace foreshard;
using namespace foreshard::test;

TEST_CASE("no crash loses what was acknowledged, brings back what was not there, or parts a batch") {
  CrashTally tally;
  for (uint64_t seed = 1; seed <= 25; ++seed) {
    const std::string wrong = CrashRun(seed, {}, tally).run();
    CHECK_MESSAGE(wrong.empty(), wrong);
  }
  MESSAGE(tally.crashes << " crashes, " << tally.operations << " operations");
}

TEST_CASE("a device that fails now and then costs writes that were not acknowledged, and nothing else") {
  CrashTally tally;
  for (uint64_t seed = 1; seed <= 12; ++seed) {
    const std::string wrong = CrashRun(seed, {.faults = true}, tally).run();
    CHECK_MESSAGE(wrong.empty(), wrong);
  }
  MESSAGE(tally.crashes << " crashes, " << tally.operations << " operations");
}
