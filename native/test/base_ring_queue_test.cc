// RingQueue against a plain deque.
#include <doctest/doctest.h>

#include <deque>

#include "engine/base/random.h"
#include "engine/base/ring_queue.h"

namespace foreshard::test {

namespace {

void check_same(RingQueue<uint64_t>& queue, std::deque<uint64_t>& model) {
  REQUIRE(queue.size() == model.size());
  REQUIRE(queue.empty() == model.empty());
  if (model.empty()) return;
  REQUIRE(queue.front() == model.front());
  REQUIRE(queue.back() == model.back());
  const size_t middle = model.size() / 2;
  REQUIRE(queue[middle] == model[middle]);
}

}  // namespace

TEST_CASE("a ring queue holds what a deque would, through growing, wrapping and taking back") {
  Random random(11);
  RingQueue<uint64_t> queue;
  std::deque<uint64_t> model;
  for (int step = 0; step < 200'000; ++step) {
    const uint64_t phase = step / 20'000 % 2;  // fills, then empties
    if (model.empty() || random.below(10) < (phase == 0 ? 6u : 4u)) {
      queue.push_back(static_cast<uint64_t>(step));
      model.push_back(static_cast<uint64_t>(step));
    } else if (random.below(4) == 0) {
      queue.pop_back();
      model.pop_back();
    } else {
      queue.pop_front();
      model.pop_front();
    }
    check_same(queue, model);
  }
}

TEST_CASE("a ring queue that grows while it takes one of its own keeps the value") {
  RingQueue<uint64_t> queue;
  for (uint64_t i = 0; i < 64; ++i) queue.push_back(i + 1);
  REQUIRE(queue.size() == queue.capacity());
  queue.push_back(queue.front());
  CHECK(queue.back() == 1);
}

TEST_CASE("the memory of a burst does not stay with a ring queue for ever") {
  RingQueue<uint64_t> queue;
  for (uint64_t i = 0; i < 100'000; ++i) queue.push_back(i);
  while (!queue.empty()) queue.pop_front();
  CHECK(queue.capacity() >= 100'000);
  for (int round = 0; round < 20; ++round) {
    queue.push_back(1);
    queue.pop_front();
  }
  CHECK(queue.capacity() <= 64);
}

}  // namespace foreshard::test
