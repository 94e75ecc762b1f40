// Properties of simulated crashes, over many seeds: what was flushed survives, nothing is invented, torn and late
// writes stay within their bounds, and names survive as a prefix of what was done to them.
#include <doctest/doctest.h>

#include <algorithm>
#include <map>
#include <vector>

#include "engine/io/sim_disk.h"
#include "test/io_support.h"

using namespace foreshard;
using namespace foreshard::test;

namespace {

constexpr uint32_t kBlocks = 12;

// What the test knows of a file: per block the newest version known durable, and the newest one ever submitted.
struct Model {
  uint32_t durable[kBlocks] = {};
  uint32_t submitted[kBlocks] = {};
  uint32_t seen[kBlocks] = {};  // the newest version that completed
};

// Writers of disjoint blocks, so that versions of a block grow in order. What failed promises nothing; and after a
// failed flush all that was not known durable is in doubt.
struct Life {
  SimMachine& machine;
  Disk& disk;
  Model& model;
  FileId file = 0;
  std::vector<Task<>> writers;
  uint64_t doubts = 0;

  Task<> open() {
    IoRequest opened = co_await io::open(disk, "f", OpenMode::create);
    if (opened.code == Errc::exists) opened = co_await io::open(disk, "f", OpenMode::write);
    file = static_cast<FileId>(opened.value);
    co_await io::on_path(disk, IoOp::sync_directory, "");
    for (uint32_t lane = 0; lane < 3; ++lane) writers.push_back(write(lane));
    for (Task<>& writer : writers) writer.start();
  }

  Task<> write(uint32_t lane) {
    Random random(machine.random().next());
    for (;;) {
      uint32_t first = lane * 4 + static_cast<uint32_t>(random.below(4));
      uint32_t count = 1 + static_cast<uint32_t>(random.below(lane * 4 + 4 - first));
      uint32_t version = ++model.submitted[first];
      for (uint32_t i = first; i < first + count; ++i) version = std::max(version, model.submitted[i] + 1);
      AlignedBuffer data(count * uint64_t{kBlock});
      for (uint32_t i = 0; i < count; ++i) {
        stamp(data.data() + i * uint64_t{kBlock}, first + i, version);
        model.submitted[first + i] = version;
      }
      IoOp op = random.chance(0.3) ? IoOp::write_durable : IoOp::write;
      IoRequest written = co_await io::transfer(disk, op, file, first * uint64_t{kBlock}, data.data(), data.size());
      if (written.code != Errc::ok) {
        doubt_all();
        continue;
      }
      for (uint32_t i = first; i < first + count; ++i) {
        model.seen[i] = version;
        if (op == IoOp::write_durable) model.durable[i] = version;
      }
      if (random.chance(0.2)) co_await flush();
    }
  }

  Task<> flush() {
    Model before = model;
    uint64_t doubts_before = doubts;
    IoRequest flushed = co_await io::on_file(disk, IoOp::sync, file);
    if (flushed.code != Errc::ok) co_return doubt_all();
    if (doubts != doubts_before) co_return;
    for (uint32_t i = 0; i < kBlocks; ++i) model.durable[i] = std::max(model.durable[i], before.seen[i]);
  }

  void doubt_all() {
    ++doubts;
    std::copy(std::begin(model.durable), std::end(model.durable), std::begin(model.seen));
  }
};

uint32_t version_at(const std::vector<uint8_t>& bytes, uint32_t block, uint64_t sector) {
  uint64_t at = block * uint64_t{kBlock} + sector * kSector;
  return at + kSector <= bytes.size() ? load<uint32_t>(bytes.data() + at) : 0;
}

// Every sector is whole and bears a version between the two.
bool sectors_within(const std::vector<uint8_t>& bytes, const uint32_t* oldest, const uint32_t* newest) {
  for (uint32_t block = 0; block < kBlocks; ++block) {
    for (uint64_t sector = 0; sector < kSectorsPerBlock; ++sector) {
      uint32_t version = version_at(bytes, block, sector);
      if (version < oldest[block] || version > newest[block]) return false;
      uint64_t at = block * uint64_t{kBlock} + sector * kSector;
      if (at >= bytes.size()) continue;
      uint64_t expected = version == 0 ? 0 : static_cast<uint64_t>(block) << 32 | version;
      for (uint64_t i = 0; i < kSector; i += 8) {
        if (load<uint64_t>(bytes.data() + at + i) != expected) return false;
      }
    }
  }
  return true;
}

bool any_torn(const std::vector<uint8_t>& bytes) {
  for (uint32_t block = 0; block < kBlocks; ++block) {
    for (uint64_t sector = 1; sector < kSectorsPerBlock; ++sector) {
      if (version_at(bytes, block, sector) != version_at(bytes, block, 0)) return true;
    }
  }
  return false;
}

// After a crash the file is what the next life starts from.
void adopt(Model& model, const std::vector<uint8_t>& bytes, bool all_durable) {
  for (uint32_t block = 0; block < kBlocks; ++block) {
    uint32_t oldest = UINT32_MAX;
    for (uint64_t sector = 0; sector < kSectorsPerBlock; ++sector) {
      oldest = std::min(oldest, version_at(bytes, block, sector));
    }
    model.seen[block] = oldest;
    if (all_durable) model.durable[block] = oldest;
  }
}

void live_until_crash(SimMachine& machine, Model& model, CrashKind kind, uint64_t effects) {
  auto disk = machine.open_session();
  Life life{machine, *disk, model, 0, {}, 0};
  Task<> opening = life.open();
  machine.crash_after(effects, kind);
  opening.start();
  while (disk->wait() != 0) {
  }
  REQUIRE(disk->dead());
  disk->forget_all();
  life.writers.clear();
}

}  // namespace

TEST_CASE("sim crash: what was flushed survives and nothing is invented, over lives that end in either way") {
  int torn = 0;
  for (uint64_t seed = 0; seed < 3000; ++seed) {
    CAPTURE(seed);
    SimMachine machine({.seed = seed, .trace_length = 0});
    Model model;
    for (int life = 0; life < 4; ++life) {
      CAPTURE(life);
      CrashKind kind = machine.random().chance(0.5) ? CrashKind::power_cut : CrashKind::process_killed;
      live_until_crash(machine, model, kind, machine.random().below(60));
      bool killed = kind == CrashKind::process_killed;
      machine.land_late_writes();  // later they may land on top of newer ones: see the test of late writes
      std::vector<uint8_t> left = machine.contents("f");
      REQUIRE(sectors_within(left, model.durable, model.submitted));
      torn += any_torn(left) ? 1 : 0;
      adopt(model, left, !killed);
    }
  }
  CHECK(torn > 500);
}

TEST_CASE("sim crash: on a failing device, too, what was flushed survives and nothing is invented") {
  uint64_t faults = 0;
  for (uint64_t seed = 0; seed < 2000; ++seed) {
    CAPTURE(seed);
    SimMachine machine({.seed = seed, .trace_length = 0});
    machine.faults().write_error = 0.05;
    machine.faults().sync_error = 0.1;
    Model model;
    live_until_crash(machine, model, CrashKind::power_cut, machine.random().below(100));
    REQUIRE(sectors_within(machine.contents("f"), model.durable, model.submitted));
    faults += machine.counters().faults;
  }
  CHECK(faults > 1000);
}

TEST_CASE("sim crash: a killed process loses nothing that completed") {
  for (uint64_t seed = 0; seed < 2000; ++seed) {
    CAPTURE(seed);
    SimMachine machine({.seed = seed, .trace_length = 0});
    Model model;
    live_until_crash(machine, model, CrashKind::process_killed, machine.random().below(80));
    REQUIRE(sectors_within(machine.contents("f"), model.seen, model.submitted));
  }
}

TEST_CASE("sim crash: late writes land within their bound, also under a later life, and then no more") {
  uint64_t landed = 0;
  for (uint64_t seed = 0; seed < 2000; ++seed) {
    CAPTURE(seed);
    SimMachine machine({.seed = seed, .trace_length = 0});
    Model model;
    live_until_crash(machine, model, CrashKind::process_killed, 5 + machine.random().below(60));
    std::vector<uint8_t> at_crash = machine.contents("f");
    size_t late = machine.late_writes_pending();
    landed += late;
    auto next = machine.open_session();
    machine.advance(machine.options().late_ns_max + 1);
    REQUIRE(machine.late_writes_pending() == 0);
    std::vector<uint8_t> after = machine.contents("f");
    REQUIRE(sectors_within(after, model.seen, model.submitted));
    if (late == 0) REQUIRE(after == at_crash);
    machine.advance(10'000'000'000);
    REQUIRE(machine.contents("f") == after);
  }
  CHECK(landed > 500);
}

TEST_CASE("sim crash: after a power cut nothing is left to lose") {
  for (uint64_t seed = 0; seed < 1000; ++seed) {
    CAPTURE(seed);
    SimMachine machine({.seed = seed, .trace_length = 0});
    Model model;
    live_until_crash(machine, model, CrashKind::power_cut, machine.random().below(80));
    std::vector<std::string> files = machine.files();
    std::vector<uint8_t> left = machine.contents("f");
    REQUIRE(machine.durable_contents("f") == left);
    machine.crash(CrashKind::power_cut);
    machine.advance(1'000'000'000);
    REQUIRE(machine.contents("f") == left);
    REQUIRE(machine.files() == files);
  }
}

TEST_CASE("sim crash: a copy crashes alone, the machine goes on, and the same seed gives the same copy") {
  for (uint64_t seed = 0; seed < 300; ++seed) {
    CAPTURE(seed);
    SimMachine machine({.seed = seed, .trace_length = 0});
    Model model;
    auto disk = machine.open_session();
    Life life{machine, *disk, model, 0, {}, 0};
    Task<> opening = life.open();
    opening.start();
    for (uint64_t steps = machine.random().below(40); steps > 0; --steps) REQUIRE(disk->wait() != 0);
    for (CrashKind kind : {CrashKind::power_cut, CrashKind::process_killed}) {
      for (uint64_t copy_seed = 0; copy_seed < 5; ++copy_seed) {
        auto copy = machine.crashed_copy(kind, copy_seed);
        bool killed = kind == CrashKind::process_killed;
        REQUIRE(sectors_within(copy->contents("f"), killed ? model.seen : model.durable, model.submitted));
        REQUIRE(machine.crashed_copy(kind, copy_seed)->contents("f") == copy->contents("f"));
        Model after = model;
        adopt(after, copy->contents("f"), !killed);
        live_until_crash(*copy, after, kind, 20);
      }
    }
    REQUIRE(disk->wait() != 0);
    REQUIRE_FALSE(disk->dead());
    disk->forget_all();
    life.writers.clear();
    opening = Task<>();
    REQUIRE(sectors_within(machine.contents("f"), model.seen, model.submitted));
  }
}

namespace {

// Creates n0, n1, ... and renames each to r0, r1, ..., flushing the directory now and then.
struct Names {
  int done = 0;     // operations that completed: create and rename alternate
  int durable = 0;  // of these, known durable
  Task<> run(Disk& disk) {
    for (int i = 0;; ++i) {
      std::string name = std::to_string(i);
      IoRequest opened = co_await io::open(disk, "d/n" + name, OpenMode::create);
      ++done;
      co_await io::on_file(disk, IoOp::close, static_cast<FileId>(opened.value));
      co_await io::on_path(disk, IoOp::rename, "d/n" + name, "d/r" + name);
      ++done;
      if (i % 3 != 2) continue;
      co_await io::on_path(disk, IoOp::sync_directory, "d");
      durable = done;
    }
  }
};

// How many operations the names that are left bear witness to; -1 if no prefix of them leaves these.
int operations_behind(const std::vector<std::string>& names) {
  int renamed = 0;
  while (std::binary_search(names.begin(), names.end(), "d/r" + std::to_string(renamed))) ++renamed;
  bool created = std::binary_search(names.begin(), names.end(), "d/n" + std::to_string(renamed));
  if (names.size() != static_cast<size_t>(renamed) + (created ? 1 : 0)) return -1;
  return 2 * renamed + (created ? 1 : 0);
}

}  // namespace

TEST_CASE("sim crash: names survive as a prefix of the operations, at least those flushed") {
  int lost = 0;
  for (uint64_t seed = 0; seed < 2000; ++seed) {
    CAPTURE(seed);
    SimMachine machine({.seed = seed, .trace_length = 0});
    auto disk = machine.open_session();
    Task<> setup = [](Disk& on) -> Task<> { co_await io::on_path(on, IoOp::make_directory, "d"); }(*disk);
    REQUIRE(run(*disk, setup));
    Names names;
    CrashKind kind = seed % 2 == 0 ? CrashKind::power_cut : CrashKind::process_killed;
    machine.crash_after(machine.random().below(60), kind);
    Task<> task = names.run(*disk);
    run(*disk, task);
    disk->forget_all();
    std::vector<std::string> left = machine.files();
    int operations = operations_behind(left);
    REQUIRE(operations >= (kind == CrashKind::power_cut ? names.durable : names.done));
    REQUIRE(operations <= names.done + 1);
    lost += operations < names.done ? 1 : 0;
  }
  CHECK(lost > 300);
}

TEST_CASE("sim crash: a rename between directories loses neither name nor file once one of them is flushed") {
  for (uint64_t seed = 0; seed < 200; ++seed) {
    CAPTURE(seed);
    SimMachine machine(SimOptions{.seed = seed});
    machine.replace("a/f", as_bytes("contents"));
    machine.replace("b/other", as_bytes("other"));
    auto disk = machine.open_session();
    bool flushed = seed % 2 == 0;
    Task<> move = [](Disk& on, bool flush) -> Task<> {
      co_await io::on_path(on, IoOp::rename, "a/f", "b/f");
      if (flush) co_await io::on_path(on, IoOp::sync_directory, "b");
    }(*disk, flushed);
    REQUIRE(run(*disk, move));
    machine.crash(CrashKind::power_cut);
    CHECK((machine.exists("a/f") != machine.exists("b/f")));
    if (flushed) CHECK(machine.exists("b/f"));
    CHECK(machine.contents(machine.exists("b/f") ? "b/f" : "a/f").size() == 8);
  }
}

TEST_CASE("sim crash: a copy that completed is whole; one that did not may be there in part, without a promise") {
  int partial = 0;
  std::vector<uint8_t> bytes(8 * kBlock + 17, 5);
  for (uint64_t seed = 0; seed < 500; ++seed) {
    CAPTURE(seed);
    SimMachine machine(SimOptions{.seed = seed});
    machine.replace("a", bytes);
    auto disk = machine.open_session();
    bool done = false;
    Task<> copy = [](Disk& on, bool& finished) -> Task<> {
      co_await io::on_path(on, IoOp::copy, "a", "b");
      co_await io::on_path(on, IoOp::sync_directory, "");
      finished = true;
      co_await io::delay(on, 1'000'000);
    }(*disk, done);
    machine.crash_after(seed % 3, seed % 2 == 0 ? CrashKind::power_cut : CrashKind::process_killed);
    run(*disk, copy);
    disk->forget_all();
    CHECK(machine.contents("a") == bytes);
    if (done) CHECK(machine.contents("b") == bytes);
    partial += machine.exists("b") && machine.contents("b") != bytes ? 1 : 0;
  }
  CHECK(partial > 10);
}
