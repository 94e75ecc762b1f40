// One flipped bit, or a file cut short, anywhere: the store opens with every value, or says what is damaged.
#include <doctest/doctest.h>

#include "engine/log/group.h"
#include "engine/log/names.h"
#include "test/support/small_store.h"

using namespace foreshard;
using namespace foreshard::test;

namespace {

constexpr uint64_t kZerosTested = 509;  // of bytes that are zero, one in so many

struct Outcome {
  Errc open = Errc::ok;
  std::string detail;
  std::string violation;
  bool cut = false;
};

// Opens the machine's store and compares what it says. `may_err`: a read may end in an error.
Outcome judge(SimMachine& machine, const SmallStore& store, bool may_err, StoreOptions options) {
  CrashModel model = store.model.branch();
  CrashLife life(machine, model, std::move(options));
  life.errors_expected = may_err;
  Outcome out;
  const std::optional<Status> opened = life.open();
  out.open = opened ? opened->code : Errc::aborted;
  if (opened) out.detail = opened->detail;
  if (opened && opened->ok()) {
    life.check_all(CrashLife::How::later);
    life.wait_full();
    life.check_all(CrashLife::How::later);
    life.iterate([] {});
    out.cut = life.store().recovery_json().find("\"cut\":true") != std::string::npos;
  }
  out.violation = life.violation();
  return out;
}

bool is_segment(const std::string& path) { return path.ends_with(".seg"); }
// A copy of a version that is not known: the other copy may be older, so the store stays closed (FORMAT.md, Manifest).
bool is_version(const std::string& path, uint64_t at) { return path.find("MANIFEST") != std::string::npos && at / 4 == 1; }
bool is_data(const std::string& path) { return !path.ends_with("LOCK") && !path.ends_with("RESERVE"); }

std::string flip_everywhere(const SmallStore& store, uint64_t& flips) {
  for (const std::string& path : store.machine.files()) {
    if (!is_data(path)) continue;
    const std::vector<uint8_t> bytes = store.machine.contents(path);
    for (uint64_t at = 0; at < bytes.size(); ++at) {
      if (bytes[at] == 0 && at % kZerosTested != 0) continue;
      std::unique_ptr<SimMachine> machine = store.copy();
      machine->flip(path, at, static_cast<unsigned>(at % 8));
      ++flips;
      StoreOptions options = store.options;
      options.use_fast = path.ends_with(".hot");  // the others open faster without
      const Outcome out = judge(*machine, store, is_segment(path), options);
      const std::string where = path + " at byte " + std::to_string(at) + ": ";
      if (!out.violation.empty()) return where + out.violation;
      if (out.open == Errc::ok || (is_version(path, at) && out.open == Errc::unsupported_version)) continue;
      if (!is_segment(path)) return where + "refused: " + std::string(errc_code(out.open)) + " " + out.detail;
      if (out.open != Errc::corrupt || out.detail.find("segment") == std::string::npos) return where + "not precise: " + out.detail;
    }
  }
  return {};
}

}  // namespace

TEST_CASE("a flipped bit in a store that was closed never gives a wrong value, and costs none outside of segments") {
  SmallStore store;
  store.fill();
  REQUIRE(store.problems == "");
  uint64_t flips = 0;
  CHECK(flip_everywhere(store, flips) == "");
  MESSAGE(flips << " flips");
}

TEST_CASE("a flipped bit in a store that was killed never gives a wrong value, and costs none outside of segments") {
  SmallStore store;
  store.fill();
  store.add_tail(true);
  REQUIRE(store.problems == "");
  uint64_t flips = 0;
  CHECK(flip_everywhere(store, flips) == "");
  MESSAGE(flips << " flips");
}

namespace {

// The last group of the tail: its segment's path, and where it begins and ends.
struct LastGroup {
  std::string path;
  uint64_t from = 0, to = 0;
};

LastGroup last_group(const SimMachine& machine) {
  LastGroup last;
  for (const std::string& path : machine.files()) {
    if (!is_segment(path)) continue;
    const std::vector<uint8_t> bytes = machine.contents(path);
    for (uint64_t at = kBlock; at + kGroupHeader <= bytes.size();) {
      GroupHeader header;
      if (read_group_header({bytes.data() + at, bytes.size() - at}, header) != Errc::ok) break;
      last = {path, at, at + header.length};
      at += header.padded();
    }
  }
  return last;
}

}  // namespace

TEST_CASE("the last commit group cut at any length is a torn tail if nothing proves it durable: cut, and reported") {
  SmallStore store;
  store.fill();
  store.add_tail(false);
  REQUIRE(store.problems == "");
  const LastGroup last = last_group(store.machine);
  REQUIRE(last.to > last.from);
  const std::vector<uint8_t> whole = store.machine.contents(last.path);
  for (uint64_t end = last.from; end <= last.to; ++end) {
    CAPTURE(end - last.from);
    std::unique_ptr<SimMachine> machine = store.copy();
    machine->replace(last.path, {whole.data(), static_cast<size_t>(end)});
    CrashModel model;  // knows nothing: what may be there is told by the number that was recovered
    CrashLife life(*machine, model, store.options);
    const std::optional<Status> opened = life.open();
    REQUIRE(opened);
    CHECK(opened->ok());
    const uint64_t missing = store.model.acknowledged() - model.acknowledged();
    CHECK(missing == (end == last.to ? 0 : 2));
    const bool reported = life.store().recovery_json().find("\"cut\":true") != std::string::npos;
    CHECK(reported == (end > last.from && end < last.to));
  }
}

TEST_CASE("the last commit group cut at any length is damage if an idle mark proves that it had been durable") {
  SmallStore store;
  store.fill();
  store.add_tail(true);
  REQUIRE(store.problems == "");
  const LastGroup mark = last_group(store.machine);
  const std::vector<uint8_t> whole = store.machine.contents(mark.path);
  const uint64_t from = mark.from - kBlock;  // the group before it, of one block
  for (uint64_t end = from; end < from + kBlock; end += end < from + 400 ? 1 : 97) {
    CAPTURE(end - from);
    std::vector<uint8_t> bytes = whole;
    std::fill(bytes.begin() + static_cast<ptrdiff_t>(end), bytes.begin() + static_cast<ptrdiff_t>(from + kBlock), uint8_t{0});
    if (bytes == whole) break;
    std::unique_ptr<SimMachine> machine = store.copy();
    machine->replace(mark.path, bytes);
    const Outcome out = judge(*machine, store, false, store.options);
    CHECK(out.violation == "");
    CHECK(out.open == Errc::corrupt);
    CHECK(out.detail.find("bytes " + std::to_string(from)) != std::string::npos);
    StoreOptions accepting = store.options;
    accepting.on_damage = DamagePolicy::skip;
    CrashModel model;
    CrashLife life(*machine, model, accepting);
    const std::optional<Status> opened = life.open();
    CHECK((opened && opened->ok()));
    CHECK(life.store().recovery_json().find("\"damage\":[]") == std::string::npos);
  }
}
