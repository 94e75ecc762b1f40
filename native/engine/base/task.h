// Coroutines of the owner thread. A Task<T> starts when it is awaited and resumes its awaiter when it ends; destroying
// a Task that has not ended destroys its frame and, through it, every Task that it awaits. So a simulated crash is:
// forget all I/O, destroy the root tasks. Nothing here takes a lock: tasks live and die on the owner thread.
//
// GCC 12 miscompiles co_await inside of a conditional operator or of && and ||: give the result a name first.
#pragma once
#include <coroutine>
#include <cstddef>
#include <cstdlib>
#include <optional>
#include <utility>
#include <vector>

namespace foreshard {

template <class T>
class Task;

namespace detail {

struct FinalAwaiter {
  bool await_ready() noexcept { return false; }
  template <class Promise>
  std::coroutine_handle<> await_suspend(std::coroutine_handle<Promise> ended) noexcept {
    const bool last = ended.promise().unjoined == nullptr || --*ended.promise().unjoined == 0;
    const std::coroutine_handle<> awaiter = ended.promise().awaiter;
    return last && awaiter ? awaiter : std::noop_coroutine();
  }
  void await_resume() noexcept {}
};

struct PromiseBase {
  std::coroutine_handle<> awaiter;
  size_t* unjoined = nullptr;  // of a Join: how many tasks have not ended
  std::suspend_always initial_suspend() noexcept { return {}; }
  FinalAwaiter final_suspend() noexcept { return {}; }
  void unhandled_exception() noexcept { std::abort(); }  // the engine does not throw; out of memory ends the process
};

template <class T>
struct Promise : PromiseBase {
  std::optional<T> value;
  Task<T> get_return_object();
  template <class U>
  void return_value(U&& result) {
    value.emplace(std::forward<U>(result));
  }
  T take() { return std::move(*value); }
};

template <>
struct Promise<void> : PromiseBase {
  Task<void> get_return_object();
  void return_void() {}
  void take() {}
};

}  // namespace detail

template <class T = void>
class [[nodiscard]] Task {
 public:
  using promise_type = detail::Promise<T>;
  using Handle = std::coroutine_handle<promise_type>;

  Task() = default;
  explicit Task(Handle handle) : handle_(handle) {}
  Task(Task&& other) noexcept : handle_(std::exchange(other.handle_, {})) {}
  Task& operator=(Task&& other) noexcept {
    if (this != &other) {
      destroy();
      handle_ = std::exchange(other.handle_, {});
    }
    return *this;
  }
  ~Task() { destroy(); }

  bool await_ready() const { return false; }
  // A task that ends without waiting hands its result over at once, on a stack that does not grow: not every build turns
  // a transfer between coroutines into a tail call, and a loop may await a million of these.
  bool await_suspend(std::coroutine_handle<> awaiter) {
    handle_.resume();
    if (handle_.done()) return false;
    handle_.promise().awaiter = awaiter;
    return true;
  }
  T await_resume() { return handle_.promise().take(); }

  // For Join: starts it; whoever ends last resumes the awaiter.
  void start_joined(std::coroutine_handle<> awaiter, size_t* unjoined) {
    handle_.promise().awaiter = awaiter;
    handle_.promise().unjoined = unjoined;
    handle_.resume();
  }

  // For a root task: run to the first suspension. The owner keeps the Task and asks done() later.
  void start() { handle_.resume(); }
  bool done() const { return !handle_ || handle_.done(); }
  T take() { return handle_.promise().take(); }

 private:
  void destroy() {
    if (handle_) handle_.destroy();
    handle_ = {};
  }
  Handle handle_;
};

namespace detail {
template <class T>
Task<T> Promise<T>::get_return_object() {
  return Task<T>(std::coroutine_handle<Promise<T>>::from_promise(*this));
}
inline Task<void> Promise<void>::get_return_object() {
  return Task<void>(std::coroutine_handle<Promise<void>>::from_promise(*this));
}
}  // namespace detail

// co_await Join(tasks): runs tasks side by side and goes on when all have ended. The tasks live in the Join.
class Join {
 public:
  explicit Join(std::vector<Task<>> tasks) : tasks_(std::move(tasks)) {}
  Join(const Join&) = delete;
  Join& operator=(const Join&) = delete;

  bool await_ready() const { return tasks_.empty(); }
  bool await_suspend(std::coroutine_handle<> awaiter) {
    unjoined_ = tasks_.size() + 1;  // one for this loop, so that nobody resumes the awaiter meanwhile
    for (Task<>& task : tasks_) task.start_joined(awaiter, &unjoined_);
    return --unjoined_ != 0;
  }
  void await_resume() {}

 private:
  std::vector<Task<>> tasks_;
  size_t unjoined_ = 0;
};

}  // namespace foreshard
