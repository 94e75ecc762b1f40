// The recovery decision table, total: every combination of what can be found.
#include <doctest/doctest.h>

#include <array>

#include "engine/recovery/decision.h"

namespace foreshard {

namespace {

constexpr std::array<FileHealth, 3> kAll = {FileHealth::good, FileHealth::absent, FileHealth::unreadable};

template <class Visit>
void for_each_combination(Visit&& visit) {
  for (FileHealth manifest : kAll)
    for (FileHealth fast : kAll)
      for (FileHealth index : kAll)
        for (FileHealth runs : kAll)
          for (FileHealth log : kAll)
            for (bool accept_loss : {false, true}) visit(Evidence{manifest, fast, index, runs, log}, accept_loss);
}

using Action = RecoveryPlan::Action;

}  // namespace

TEST_CASE("every combination of files has a plan, and a refusal a reason") {
  int combinations = 0;
  for_each_combination([&](const Evidence& found, bool accept_loss) {
    ++combinations;
    const RecoveryPlan plan = decide(found, accept_loss);
    CHECK((plan.action == Action::refuse) == (plan.error != Errc::ok));
  });
  CHECK(combinations == 3 * 3 * 3 * 3 * 3 * 2);
}

TEST_CASE("without a readable manifest nothing is opened, and only an empty directory becomes a store") {
  for_each_combination([](const Evidence& found, bool accept_loss) {
    if (found.manifest == FileHealth::good) return;
    const RecoveryPlan plan = decide(found, accept_loss);
    const bool empty = found.log == FileHealth::absent && found.runs == FileHealth::absent;
    const Errc error = found.manifest == FileHealth::unreadable ? Errc::manifest_unreadable
                       : empty                                  ? Errc::ok
                                                                : Errc::manifest_missing;
    CHECK(plan.error == error);
    CHECK((plan.action == Action::create) == (error == Errc::ok));
  });
}

TEST_CASE("damage to the log is refused, or accepted and reported, whatever else is there") {
  for_each_combination([](const Evidence& found, bool accept_loss) {
    if (found.manifest != FileHealth::good) return;
    const RecoveryPlan plan = decide(found, accept_loss);
    const bool damaged = found.log == FileHealth::unreadable;
    CHECK((plan.action == Action::open) == (!damaged || accept_loss));
    CHECK(plan.report_damage == (damaged && accept_loss));
  });
}

TEST_CASE("the index comes from the first good source, and an unreadable cache never keeps a store closed") {
  for_each_combination([](const Evidence& found, bool accept_loss) {
    const RecoveryPlan plan = decide(found, accept_loss);
    if (plan.action != Action::open) return;
    CHECK(plan.restore_fast == (found.fast == FileHealth::good));
    CHECK((plan.index == IndexSource::image) == (found.index == FileHealth::good));
    CHECK(plan.rebuild_runs == (found.runs == FileHealth::unreadable));
    CHECK((plan.index != IndexSource::nothing || found.log == FileHealth::absent));
  });
}

}  // namespace foreshard
