// Random operations and crashes, compared with a plain map: nothing acknowledged is lost, nothing taken back rises.
#include <doctest/doctest.h>

#include "test/support/crash_run.h"
#include "test/support/sim_process.h"

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

TEST_CASE("what an open kept of a life whose flush had failed is there after the next kill") {
  int kept = 0;
  for (uint64_t seed = 1; seed <= 40; ++seed) {
    CAPTURE(seed);
    SimMachine machine({.seed = seed});
    {
      SimProcess sim(machine);
      REQUIRE(sim.open().ok());
      REQUIRE(sim.put("first", "value").ok());
      REQUIRE(sim.flush().ok());
      machine.faults().sync_error = 1;
      REQUIRE(sim.put("key", "value").ok());
      sim.store().flush(sim.ticket());
      for (int i = 0; i < 20; ++i) sim.disk().wait();
      machine.crash(CrashKind::process_killed);
      machine.faults().clear();
    }
    std::optional<std::string> found;
    {
      SimProcess sim(machine);
      REQUIRE(sim.open().ok());
      found = sim.get("key");
      machine.crash(CrashKind::process_killed);
    }
    SimProcess sim(machine);
    REQUIRE(sim.open().ok());
    CHECK(sim.get("key") == found);
    kept += found.has_value();
    REQUIRE(sim.close().ok());
  }
  CHECK(kept > 0);
}

TEST_CASE("a device that fails now and then costs writes that were not acknowledged, and nothing else") {
  CrashTally tally;
  for (uint64_t seed = 1; seed <= 12; ++seed) {
    const std::string wrong = CrashRun(seed, {.faults = true}, tally).run();
    CHECK_MESSAGE(wrong.empty(), wrong);
  }
  MESSAGE(tally.crashes << " crashes, " << tally.operations << " operations");
}
