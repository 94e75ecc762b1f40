// recovery/decision.h.
#include "engine/recovery/decision.h"

namespace foreshard {

namespace {

RecoveryPlan refuse(Errc error) {
  RecoveryPlan plan;
  plan.error = error;
  return plan;
}

// Files of a log without a manifest are an unreadable store, never a new one.
RecoveryPlan without_manifest(const Evidence& found) {
  if (found.log != FileHealth::absent || found.runs != FileHealth::absent) return refuse(Errc::manifest_missing);
  RecoveryPlan plan;
  plan.action = RecoveryPlan::Action::create;
  return plan;
}

IndexSource source(const Evidence& found) {
  if (found.index == FileHealth::good) return IndexSource::image;
  if (found.runs == FileHealth::good) return IndexSource::runs;
  if (found.runs == FileHealth::unreadable) return IndexSource::log;
  return found.index == FileHealth::unreadable || found.log != FileHealth::absent ? IndexSource::log : IndexSource::nothing;
}

}  // namespace

RecoveryPlan decide(const Evidence& found, bool accept_loss) {
  if (found.manifest == FileHealth::unreadable) return refuse(Errc::manifest_unreadable);
  if (found.manifest == FileHealth::absent) return without_manifest(found);
  if (found.log == FileHealth::unreadable && !accept_loss) return refuse(Errc::corrupt);
  RecoveryPlan plan;
  plan.action = RecoveryPlan::Action::open;
  plan.index = source(found);
  plan.rebuild_runs = found.runs == FileHealth::unreadable;
  plan.restore_fast = found.fast == FileHealth::good;
  plan.report_damage = found.log == FileHealth::unreadable;
  return plan;
}

const char* name_of(IndexSource source) {
  switch (source) {
    case IndexSource::nothing: return "nothing";
    case IndexSource::image: return "index image";
    case IndexSource::runs: return "segment runs";
    case IndexSource::log: return "log";
  }
  return "nothing";
}

}  // namespace foreshard
