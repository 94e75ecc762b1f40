// Tasks and Signals: nesting, results, destruction in mid-flight, waking.
#include <doctest/doctest.h>

#include <memory>
#include <string>
#include <vector>

#include "engine/base/signal.h"
#include "engine/base/task.h"

using namespace foreshard;

namespace {

Task<int> answer() { co_return 42; }

Task<int> answer_later(Signal& signal) {
  co_await signal.wait();
  co_return 42;
}

Task<int> sum(Signal& signal, int depth) {
  if (depth == 0) co_return co_await answer_later(signal);
  co_return 1 + co_await sum(signal, depth - 1);
}

struct Witness {
  int& alive;
  explicit Witness(int& count) : alive(count) { ++alive; }
  Witness(const Witness&) = delete;
  Witness& operator=(const Witness&) = delete;
  ~Witness() { --alive; }
};

Task<> hold(Signal& signal, int& alive, int depth) {
  Witness witness(alive);
  if (depth == 0) {
    co_await signal.wait();
  } else {
    co_await hold(signal, alive, depth - 1);
  }
}

Task<> note(Signal& signal, std::vector<int>& order, int name, int times) {
  for (int i = 0; i < times; ++i) {
    co_await signal.wait();
    order.push_back(name);
  }
}

}  // namespace

TEST_CASE("a task does not start before it is awaited or started") {
  bool ran = false;
  auto body = [&]() -> Task<> {
    ran = true;
    co_return;
  };
  Task<> task = body();
  CHECK_FALSE(ran);
  CHECK_FALSE(task.done());
  task.start();
  CHECK(ran);
  CHECK(task.done());
}

TEST_CASE("a task without suspension ends within start() and gives its result") {
  Task<int> task = answer();
  task.start();
  REQUIRE(task.done());
  CHECK(task.take() == 42);
}

TEST_CASE("an empty task is done") {
  Task<int> task;
  CHECK(task.done());
}

TEST_CASE("awaited tasks hand their results up through every level") {
  Signal signal;
  Task<int> task = sum(signal, 20);
  task.start();
  CHECK_FALSE(task.done());
  signal.wake_all();
  REQUIRE(task.done());
  CHECK(task.take() == 62);
}

TEST_CASE("awaiting many tasks that end at once does not grow the stack") {
  auto many = []() -> Task<int> {
    int total = 0;
    for (int i = 0; i < 1'000'000; ++i) total += co_await answer();
    co_return total;
  };
  Task<int> task = many();
  task.start();
  CHECK(task.take() == 42'000'000);
}

TEST_CASE("a result that cannot be copied is moved out") {
  auto make = []() -> Task<std::unique_ptr<std::string>> { co_return std::make_unique<std::string>("moved"); };
  auto outer = [&]() -> Task<std::unique_ptr<std::string>> { co_return co_await make(); };
  Task<std::unique_ptr<std::string>> task = outer();
  task.start();
  CHECK(*task.take() == "moved");
}

TEST_CASE("destroying a task in mid-flight destroys every task that it awaits") {
  Signal signal;
  int alive = 0;
  {
    Task<> task = hold(signal, alive, 5);
    task.start();
    CHECK(alive == 6);
  }
  CHECK(alive == 0);
  signal.wake_all();  // nobody is there any more
}

TEST_CASE("destroying a task that never started runs nothing") {
  Signal signal;
  int alive = 0;
  {
    Task<> task = hold(signal, alive, 5);
  }
  CHECK(alive == 0);
}

TEST_CASE("a Signal destroyed before those who wait for it leaves them unresumed") {
  auto signal = std::make_unique<Signal>();
  int alive = 0;
  {
    Task<> first = hold(*signal, alive, 1);
    Task<> second = hold(*signal, alive, 0);
    first.start();
    second.start();
    signal.reset();
    CHECK(alive == 3);
    CHECK(!first.done());
  }
  CHECK(alive == 0);
}

TEST_CASE("assigning over a task in mid-flight destroys the old one only") {
  Signal signal;
  int alive = 0;
  int other_alive = 0;
  Task<> task = hold(signal, alive, 2);
  task.start();
  Task<> other = hold(signal, other_alive, 0);
  other.start();
  task = std::move(other);
  CHECK(alive == 0);
  CHECK(other_alive == 1);
  signal.wake_all();
  CHECK(task.done());
}

TEST_CASE("wake_all resumes in the order of waiting") {
  Signal signal;
  std::vector<int> order;
  std::vector<Task<>> tasks;
  for (int name = 0; name < 4; ++name) {
    tasks.push_back(note(signal, order, name, 1));
    tasks.back().start();
  }
  signal.wake_all();
  CHECK(order == std::vector<int>{0, 1, 2, 3});
}

TEST_CASE("a waiter that waits again is not woken twice by one wake_all") {
  Signal signal;
  std::vector<int> order;
  Task<> twice = note(signal, order, 1, 2);
  Task<> once = note(signal, order, 2, 1);
  twice.start();
  once.start();
  signal.wake_all();
  CHECK(order == std::vector<int>{1, 2});
  signal.wake_all();
  CHECK(order == std::vector<int>{1, 2, 1});
  CHECK(twice.done());
}

TEST_CASE("a waiter whose frame goes away takes itself off the list, also while others are woken") {
  Signal signal;
  int alive = 0;
  Task<> victim;
  auto killer = [&]() -> Task<> {
    co_await signal.wait();
    victim = Task<>();
  };
  Task<> first = killer();
  first.start();
  victim = hold(signal, alive, 3);
  victim.start();
  std::vector<int> order;
  Task<> last = note(signal, order, 7, 1);
  last.start();
  signal.wake_all();
  CHECK(alive == 0);
  CHECK(order == std::vector<int>{7});
}

TEST_CASE("a woken task may destroy its Signal once nobody else waits on it") {
  auto signal = std::make_unique<Signal>();
  auto body = [&]() -> Task<> {
    co_await signal->wait();
    signal.reset();
  };
  Task<> task = body();
  task.start();
  signal->wake_all();
  CHECK(task.done());
  CHECK(signal == nullptr);
}

TEST_CASE("wake_all with nobody waiting is not remembered") {
  Signal signal;
  signal.wake_all();
  std::vector<int> order;
  Task<> task = note(signal, order, 1, 1);
  task.start();
  CHECK(order.empty());
  signal.wake_all();
  CHECK(order.size() == 1);
}

TEST_CASE("a join goes on when the last of its tasks has ended, in whatever order they end") {
  Signal first;
  Signal second;
  std::vector<int> order;
  auto body = [&]() -> Task<int> {
    std::vector<Task<>> tasks;
    tasks.push_back(note(second, order, 2, 1));
    tasks.push_back(note(first, order, 1, 2));
    tasks.push_back(note(first, order, 0, 0));  // ends at once
    co_await Join(std::move(tasks));
    co_return static_cast<int>(order.size());
  };
  Task<int> task = body();
  task.start();
  first.wake_all();
  second.wake_all();
  CHECK_FALSE(task.done());
  first.wake_all();
  REQUIRE(task.done());
  CHECK(task.take() == 3);
  CHECK(order == std::vector<int>{1, 2, 1});
}

TEST_CASE("a join of nothing, or of tasks that end at once, does not wait") {
  auto body = [](int count) -> Task<bool> {
    std::vector<Task<>> tasks;
    for (int i = 0; i < count; ++i) tasks.push_back([]() -> Task<> { co_return; }());
    co_await Join(std::move(tasks));
    co_return true;
  };
  for (int count : {0, 1, 3}) {
    Task<bool> task = body(count);
    task.start();
    REQUIRE(task.done());
    CHECK(task.take());
  }
}

TEST_CASE("destroying a task that waits for a join destroys what was joined") {
  Signal signal;
  int alive = 0;
  {
    auto body = [&]() -> Task<> {
      std::vector<Task<>> tasks;
      for (int depth = 0; depth < 3; ++depth) tasks.push_back(hold(signal, alive, depth));
      co_await Join(std::move(tasks));
    };
    Task<> task = body();
    task.start();
    CHECK(alive == 6);
  }
  CHECK(alive == 0);
}
