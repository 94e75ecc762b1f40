// For tests of a store's files: a simulated machine with a directory, a way to damage a file in every place, and a way
// to crash at every step.
#pragma once
#include <doctest/doctest.h>

#include "engine/io/sim_disk.h"
#include "engine/log/address.h"
#include "engine/log/names.h"
#include "test/io_support.h"

namespace foreshard::test {

inline const std::string kStore = "store";

inline std::string in_store(const std::string& name) { return names::join(kStore, name); }

// The result of a task that is able to end.
template <class T>
T finish(Disk& disk, Task<T> task) {
  const bool ended = run(disk, task);
  REQUIRE(ended);
  return task.take();
}

inline void finish_void(Disk& disk, Task<void> task) {
  const bool ended = run(disk, task);
  REQUIRE(ended);
}

inline void make_store_directory(Disk& disk) {
  IoRequest request;
  request.op = IoOp::make_directory;
  request.path = kStore;
  request.done = [](IoRequest&) {};
  disk.submit(request);
  while (disk.wait() != 0) {
  }
  REQUIRE(request.code == Errc::ok);
}

struct SimStore {
  explicit SimStore(uint64_t seed = 1) : machine(options_for(seed)), disk(machine.open_session()) {
    make_store_directory(*disk);
  }
  void restart() { disk = machine.open_session(); }

  SimMachine machine;
  std::unique_ptr<SimDisk> disk;

 private:
  static SimOptions options_for(uint64_t seed) {
    SimOptions options;
    options.seed = seed;
    return options;
  }
};

// Records as they lie in memory: each behind its prefix, which has its place on disk.
class InMemory {
 public:
  void add(Address disk, Bytes record) {
    std::vector<uint8_t>& entry = entries_.emplace_back(kAddressCell + record.size());
    std::copy(record.begin(), record.end(), entry.begin() + kAddressCell);
    write_address_cell(entry.data() + kAddressCell, disk);
  }
  std::vector<const uint8_t*> records() const {
    std::vector<const uint8_t*> records;
    for (const std::vector<uint8_t>& entry : entries_) records.push_back(entry.data() + kAddressCell);
    return records;
  }

 private:
  std::vector<std::vector<uint8_t>> entries_;
};

inline std::vector<uint8_t> random_bytes(Random& random, size_t length) {
  std::vector<uint8_t> bytes(length);
  for (uint8_t& byte : bytes) byte = static_cast<uint8_t>(random.next());
  return bytes;
}

// Calls check(description) for the file cut to each shorter length, and restores it.
template <class Check>
void for_each_truncation(SimMachine& machine, const std::string& path, Check&& check) {
  const std::vector<uint8_t> whole = machine.contents(path);
  for (size_t length = 0; length < whole.size(); ++length) {
    machine.replace(path, Bytes(whole.data(), length));
    check("cut to " + std::to_string(length));
  }
  machine.replace(path, whole);
}

// Calls check(description) with each bit of the file flipped in turn. Of blocks' long stretches of zeros every 61st byte.
template <class Check>
void for_each_flip(SimMachine& machine, const std::string& path, Check&& check) {
  const std::vector<uint8_t> whole = machine.contents(path);
  size_t zeros = 0;
  for (size_t byte = 0; byte < whole.size(); ++byte) {
    zeros = whole[byte] == 0 ? zeros + 1 : 0;
    if (zeros > 16 && byte % 61 != 0) continue;
    for (unsigned bit = 0; bit < 8; ++bit) {
      machine.flip(path, byte, bit);
      check("bit " + std::to_string(bit) + " of byte " + std::to_string(byte) + " flipped");
      machine.flip(path, byte, bit);
    }
  }
}

// Runs `act(store)` on a fresh store each time, with a crash after 0, 1, 2, ... effects, of both kinds, until it ends
// without one; after each crash calls `verify(store, acted)`: did it end before the crash?
template <class Prepare, class Act, class Verify>
void crash_at_each_step(uint64_t seed, Prepare&& prepare, Act&& act, Verify&& verify) {
  for (const CrashKind kind : {CrashKind::process_killed, CrashKind::power_cut}) {
    bool survived = false;
    uint64_t effects = 0;
    for (; !survived; ++effects) {
      CAPTURE(effects);
      CAPTURE(kind == CrashKind::power_cut);
      SimStore store(seed + effects);
      prepare(store);
      store.machine.crash_after(effects, kind);
      const bool acted = act(store);
      survived = store.machine.crash_is_due();
      store.machine.cancel_crash();
      if (survived) store.machine.crash(kind);
      store.restart();
      verify(store, acted);
      REQUIRE(effects < 1000);
    }
    REQUIRE(effects > 3);
  }
}

}  // namespace foreshard::test
