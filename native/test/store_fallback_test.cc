// The recovery decision table: every combination of what may be found, and its rows with real files.
#include <doctest/doctest.h>

#include "engine/recovery/decision.h"
#include "test/support/sim_process.h"
#include "test/support/small_store.h"

using namespace foreshard;
using namespace foreshard::test;

namespace {

constexpr FileHealth kHealths[] = {FileHealth::good, FileHealth::absent, FileHealth::unreadable};
using Action = RecoveryPlan::Action;

template <class Visit>
void for_all(Visit&& visit) {
  for (FileHealth manifest : kHealths)
    for (FileHealth fast : kHealths)
      for (FileHealth index : kHealths)
        for (FileHealth runs : kHealths)
          for (FileHealth log : kHealths)
            for (bool accept_loss : {false, true}) {
              const Evidence found{manifest, fast, index, runs, log};
              visit(found, accept_loss, decide(found, accept_loss));
            }
}

// What an open of this machine's store does, compared with the model.
struct Opened {
  Errc code = Errc::ok;
  std::string detail;
  std::string violation;
  std::string json;
};

Opened open_all(SimMachine& machine, const SmallStore& store, StoreOptions options) {
  CrashModel model = store.model.branch();
  CrashLife life(machine, model, std::move(options));
  Opened out;
  const std::optional<Status> opened = life.open();
  out.code = opened ? opened->code : Errc::aborted;
  if (opened) out.detail = opened->detail;
  if (opened && opened->ok()) {
    life.check_all(CrashLife::How::later);
    life.wait_full();
    life.check_all(CrashLife::How::blocking);
    life.iterate([] {});
    out.json = life.store().recovery_json();
    life.close();
  }
  out.violation = life.violation();
  return out;
}

// Damage of a file: gone, cut to nothing, or with a byte of its beginning changed.
enum class Harm { none, removed, emptied, changed };
constexpr Harm kHarms[] = {Harm::none, Harm::removed, Harm::emptied, Harm::changed};

void harm(SimMachine& machine, const std::string& path, Harm how) {
  if (how == Harm::removed) machine.remove(path);
  if (how == Harm::emptied) machine.replace(path, {});
  if (how == Harm::changed) machine.flip(path, 20, 3);
}

void harm_all(SimMachine& machine, const char* ending, Harm how) {
  for (const std::string& path : machine.files())
    if (path.ends_with(ending)) harm(machine, path, how);
}

std::vector<std::string> files_ending(const SimMachine& machine, const char* ending) {
  std::vector<std::string> paths;
  for (const std::string& path : machine.files())
    if (path.ends_with(ending)) paths.push_back(path);
  return paths;
}

}  // namespace

TEST_CASE("every combination of what is found has a plan, and none deletes or forgets what is unreadable") {
  int rows = 0;
  for_all([&](const Evidence& found, bool accept_loss, const RecoveryPlan& plan) {
    ++rows;
    CHECK((plan.action == Action::refuse) == (plan.error != Errc::ok));
    if (found.manifest == FileHealth::unreadable) CHECK(plan.error == Errc::manifest_unreadable);
    const bool has_files = found.log != FileHealth::absent || found.runs != FileHealth::absent;
    if (found.manifest == FileHealth::absent) CHECK(plan.action == (has_files ? Action::refuse : Action::create));
    if (found.manifest == FileHealth::absent && has_files) CHECK(plan.error == Errc::manifest_missing);
    if (found.manifest != FileHealth::good) return;
    const bool lost = found.log == FileHealth::unreadable;
    CHECK(plan.action == (lost && !accept_loss ? Action::refuse : Action::open));
    if (plan.action != Action::open) return;
    CHECK(plan.report_damage == lost);
    CHECK(plan.restore_fast == (found.fast == FileHealth::good));
    CHECK(plan.rebuild_runs == (found.runs == FileHealth::unreadable));
    if (found.index == FileHealth::good) CHECK(plan.index == IndexSource::image);
    else if (found.runs == FileHealth::good) CHECK(plan.index == IndexSource::runs);
    else if (found.runs == FileHealth::unreadable) CHECK(plan.index == IndexSource::log);
  });
  CHECK(rows == 3 * 3 * 3 * 3 * 3 * 2);
}

TEST_CASE("without images, runs or fast-restore images, in any combination, a store opens with all values") {
  SmallStore store;
  store.fill();
  store.add_tail(true);
  REQUIRE(store.problems == "");
  const std::vector<std::string> images = files_ending(store.machine, ".idx");
  REQUIRE(images.size() == 2);
  for (Harm newest : kHarms)
    for (Harm oldest : kHarms)
      for (Harm runs : kHarms)
        for (Harm fast : kHarms) {
          CAPTURE(static_cast<int>(newest) * 1000 + static_cast<int>(oldest) * 100 + static_cast<int>(runs) * 10 + static_cast<int>(fast));
          std::unique_ptr<SimMachine> machine = store.copy();
          harm(*machine, images[1], newest);
          harm(*machine, images[0], oldest);
          harm_all(*machine, ".run", runs);
          harm_all(*machine, ".hot", fast);
          const Opened first = open_all(*machine, store, store.options);
          CHECK(first.violation == "");
          CHECK(first.code == Errc::ok);
          const bool has_image = newest == Harm::none || oldest == Harm::none;
          const char* index = has_image ? "index image" : runs == Harm::none ? "segment runs" : "log";
          CHECK(first.json.find(std::string("\"index\":\"") + index + "\"") != std::string::npos);
          // What was made again is good: the next open has it all, too.
          const Opened second = open_all(*machine, store, store.options);
          CHECK(second.violation == "");
          CHECK(second.code == Errc::ok);
        }
}

TEST_CASE("one copy of the manifest serves; without both, segments are an unreadable store and nothing is deleted") {
  SmallStore store;
  store.fill();
  REQUIRE(store.problems == "");
  for (Harm a : kHarms)
    for (Harm b : kHarms) {
      CAPTURE(static_cast<int>(a) * 10 + static_cast<int>(b));
      std::unique_ptr<SimMachine> machine = store.copy();
      harm(*machine, "store/MANIFEST-A", a);
      harm(*machine, "store/MANIFEST-B", b);
      const std::vector<std::string> before = files_ending(*machine, ".seg");
      const Opened opened = open_all(*machine, store, store.options);
      CHECK(opened.violation == "");
      if (a == Harm::none || b == Harm::none) {
        CHECK(opened.code == Errc::ok);
        continue;
      }
      const bool missing = a == Harm::removed && b == Harm::removed;
      CHECK(opened.code == (missing ? Errc::manifest_missing : Errc::manifest_unreadable));
      CHECK(files_ending(*machine, ".seg") == before);
    }
}

TEST_CASE("a segment that is gone is damage, named, and never a smaller store") {
  SmallStore store;
  store.fill();
  store.add_tail(true);
  REQUIRE(store.problems == "");
  for (const std::string& path : files_ending(store.machine, ".seg"))
    for (Harm how : {Harm::removed, Harm::emptied})
      for (bool standard : {true, false}) {
        CAPTURE(path);
        CAPTURE(standard);
        std::unique_ptr<SimMachine> machine = store.copy();
        harm(*machine, path, how);
        StoreOptions options = store.options;
        options.use_standard = standard;
        CrashModel model = store.model.branch();
        CrashLife life(*machine, model, options);
        life.errors_expected = true;
        const std::optional<Status> opened = life.open();
        REQUIRE(opened);
        if (opened->ok()) life.check_all(CrashLife::How::later);
        else CHECK(opened->code == Errc::corrupt);
        CHECK(life.violation() == "");
      }
}

namespace {

// A segment that compaction has emptied and that an image still needs; the new versions of its keys are in another one.
void leave_an_emptied_segment(SimMachine& machine) {
  SimProcess sim(machine);
  REQUIRE(sim.open().ok());
  for (const char* version : {"old", "new"}) {
    for (int i = 0; i < 10; ++i) REQUIRE(sim.put("key" + std::to_string(i), version).ok());
    for (int i = 0; i < 70; ++i) REQUIRE(sim.put("again", std::string(1000, 'a')).ok());
    REQUIRE(sim.flush().ok());
  }
  for (int i = 0; i < 2; ++i) REQUIRE(sim.checkpoint().ok());  // compaction takes what both images have
  for (int i = 0; i < 70; ++i) REQUIRE(sim.put("again", std::string(1000, 'a')).ok());
  REQUIRE(sim.flush().ok());
  while (sim.disk().clock().now_ns() < 1'000'000'000) REQUIRE(sim.disk().wait() > 0);  // compaction begins by itself
  REQUIRE(sim.checkpoint().ok());
  machine.crash(CrashKind::process_killed);
}

}  // namespace

TEST_CASE("a page that is made again from an emptied segment's records keeps that segment from being deleted") {
  SimMachine machine({.seed = 2});
  leave_an_emptied_segment(machine);
  const std::vector<std::string> images = files_ending(machine, ".idx");
  REQUIRE(images.size() == 2);
  for (uint64_t at = kBlock; at < 2 * kBlock; at += 64) REQUIRE(machine.flip(images.back(), at, 3));  // all of its pages
  {
    SimProcess sim(machine);
    REQUIRE(sim.open().ok());
    while (sim.store().recovery_json().find("\"phase\":\"open\"") != std::string::npos) REQUIRE(sim.disk().wait() > 0);
    CHECK(sim.store().recovery_json().find("\"pagesRebuilt\":0") == std::string::npos);
    for (int i = 0; i < 2; ++i) REQUIRE(sim.checkpoint().ok());
    machine.crash(CrashKind::process_killed);
  }
  SimProcess sim(machine);
  REQUIRE(sim.open().ok());
  Status status;
  const std::map<std::string, std::string> all = sim.all(&status);
  CHECK(status.ok());
  CHECK(all.size() == 11);
  for (int i = 0; i < 10; ++i) CHECK(all.at("key" + std::to_string(i)) == "new");
  REQUIRE(sim.close().ok());
}

TEST_CASE("fast-restore images of another day, of another store and of another history cost nothing") {
  SmallStore store;
  store.fill();
  REQUIRE(store.problems == "");
  std::map<std::string, std::vector<uint8_t>> old_images;
  for (const std::string& path : files_ending(store.machine, ".hot")) old_images[path] = store.machine.contents(path);
  REQUIRE(!old_images.empty());

  // Another history: a copy of the store that went its own way.
  std::unique_ptr<SimMachine> other = store.copy();
  {
    CrashModel model = store.model.branch();
    CrashLife life(*other, model, store.options);
    REQUIRE(life.open()->ok());
    life.wait_full();
    for (int i = 0; i < 20; ++i) REQUIRE(life.write({{RecordKind::put, "key" + std::to_string(i), "other history", 0}}).ok());
    REQUIRE(life.flush()->ok());
    REQUIRE(life.close()->ok());
  }
  SmallStore stranger(99);
  stranger.fill();

  store.add_tail(true);
  REQUIRE(store.problems == "");
  for (int kind = 0; kind < 3; ++kind) {
    CAPTURE(kind);
    std::unique_ptr<SimMachine> machine = store.copy();
    for (const auto& [path, bytes] : old_images)
      machine->replace(path, kind == 0 ? bytes : kind == 1 ? stranger.machine.contents(path) : other->contents(path));
    const Opened opened = open_all(*machine, store, store.options);
    CHECK(opened.violation == "");
    CHECK(opened.code == Errc::ok);
  }
}

TEST_CASE("files of another store are not taken for this one's") {
  SmallStore store, stranger(99);
  store.fill();
  stranger.fill();
  REQUIRE(store.problems + stranger.problems == "");
  for (const char* ending : {".run", ".idx", "TOUCHES"})
    for (const std::string& path : files_ending(store.machine, ending)) {
      CAPTURE(path);
      std::unique_ptr<SimMachine> machine = store.copy();
      machine->replace(path, stranger.machine.contents(path));
      const Opened opened = open_all(*machine, store, store.options);
      CHECK(opened.violation == "");
      CHECK(opened.code == Errc::ok);
    }
}
