// The recovery decision table: what is done for every combination of what is found. Pure; a test runs all of them.
#pragma once
#include "engine/base/status.h"
#include "engine/checkpoint/manifest.h"

namespace foreshard {

// What was found. For `runs` and `log`: good if all that are needed are, unreadable if any is not, absent if none is
// needed.
struct Evidence {
  FileHealth manifest = FileHealth::absent;
  FileHealth fast = FileHealth::absent;   // fast-restore images
  FileHealth index = FileHealth::absent;  // newest readable index image
  FileHealth runs = FileHealth::absent;   // of sealed segments
  FileHealth log = FileHealth::absent;    // unsealed segments: unreadable means damage to what had been durable
};

enum class IndexSource : uint8_t {
  nothing,   // a new store
  image,     // index image, then the runs since, then the tail
  runs,      // no image: every segment's run, then the tail
  log,       // runs missing too: they are made again by scanning their segments
};

struct RecoveryPlan {
  enum class Action : uint8_t { create, open, refuse } action = Action::refuse;
  Errc error = Errc::ok;     // of a refusal
  IndexSource index = IndexSource::nothing;
  bool restore_fast = false;
  bool rebuild_runs = false;  // some runs are made again by scanning
  bool report_damage = false; // opened, but not everything that had been durable is there
};

// `accept_loss`: the caller prefers an open store with a reported hole to none.
RecoveryPlan decide(const Evidence& found, bool accept_loss);

const char* name_of(IndexSource source);

}  // namespace foreshard
