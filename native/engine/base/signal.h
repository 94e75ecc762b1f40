// Where coroutines of the owner thread wait for a state to change. wake_all() resumes, in order, those who wait at
// that moment; each checks its condition again (`while (!ready) co_await signal.wait();`). A waiter whose frame is
// destroyed takes itself off the list, and a Signal that is destroyed lets go of its waiters (they are never resumed):
// frames may be torn down in any order.
#pragma once
#include <coroutine>

namespace foreshard {

class Signal {
  struct Link {
    Link* previous = this;
    Link* next = this;
    void unlink() {
      previous->next = next;
      next->previous = previous;
      previous = next = this;
    }
    void link_before(Link* at) {
      previous = at->previous;
      next = at;
      previous->next = this;
      at->previous = this;
    }
  };

 public:
  class Waiter : Link {
   public:
    explicit Waiter(Signal& signal) : signal_(signal) {}
    Waiter(const Waiter&) = delete;
    Waiter& operator=(const Waiter&) = delete;
    ~Waiter() { unlink(); }
    bool await_ready() const { return false; }
    void await_suspend(std::coroutine_handle<> handle) {
      handle_ = handle;
      link_before(&signal_.head_);
    }
    void await_resume() {}

   private:
    friend class Signal;
    Signal& signal_;
    std::coroutine_handle<> handle_;
  };

  Signal() = default;
  Signal(const Signal&) = delete;
  Signal& operator=(const Signal&) = delete;
  ~Signal() {
    while (head_.next != &head_) head_.next->unlink();
  }

  Waiter wait() { return Waiter(*this); }

  // Those woken may wait again, on this Signal too, without being woken twice.
  void wake_all() {
    Link woken;
    if (head_.next == &head_) return;
    woken.next = head_.next;
    woken.previous = head_.previous;
    woken.next->previous = &woken;
    woken.previous->next = &woken;
    head_.next = head_.previous = &head_;
    while (woken.next != &woken) {
      auto* waiter = static_cast<Waiter*>(woken.next);
      waiter->unlink();
      waiter->handle_.resume();
    }
  }

 private:
  Link head_;
};

}  // namespace foreshard
