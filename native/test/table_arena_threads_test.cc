// Records are copied by helpers while their owner goes on: a place on disk is read whole, and what is freed stays.
#include <doctest/doctest.h>

#include <thread>

#include "engine/table/arena.h"

using namespace foreshard;

TEST_CASE("a helper never reads half of a new place and half of the old one") {
  constexpr int kChanges = 200'000;
  constexpr int kReads = 1'000;  // at least: the helper may start late
  const Address places[2] = {Address::disk(0x1234, 0xabcdec), Address::disk(0x7001, 0x10)};
  Arena arena(16u << 20);
  Address address;
  uint8_t* record = arena.allocate(64, address);
  arena.set_disk_address(address, places[0]);
  std::atomic<bool> ended{false};
  std::atomic<int> reads{0};
  uint64_t seen[2] = {}, neither = 0;
  std::thread helper([&] {
    while (!ended.load(std::memory_order_relaxed)) {
      const Address read = read_address_cell_elsewhere(record);
      if (read == places[0]) ++seen[0];
      else if (read == places[1]) ++seen[1];
      else ++neither;
      reads.fetch_add(1, std::memory_order_relaxed);
    }
  });
  for (int i = 1; i <= kChanges || reads.load(std::memory_order_relaxed) < kReads; ++i) arena.set_disk_address(address, places[i % 2]);
  ended = true;
  helper.join();
  CHECK(neither == 0);
  CHECK(seen[0] + seen[1] >= kReads);
}
