// Completed requests on their way to the owner thread: pushed by helpers, taken by the owner all at once. The wake
// callback runs only when the list was empty and the owner does not sleep in wait(): one wake for many completions.
#pragma once
#include <atomic>
#include <functional>
#include <mutex>

#include "engine/io/disk.h"

namespace foreshard {

// A singly linked chain of requests, first in, first out. Not for several threads.
class RequestQueue {
 public:
  bool empty() const { return first_ == nullptr; }
  IoRequest* front() { return first_; }
  void push(IoRequest& request) {
    request.next = nullptr;
    *last_ = &request;
    last_ = &request.next;
  }
  IoRequest& pop() {
    IoRequest& request = *first_;
    first_ = request.next;
    if (first_ == nullptr) last_ = &first_;
    return request;
  }
  void move_to(RequestQueue& other) {
    while (!empty()) other.push(pop());
  }
  void clear() {
    first_ = nullptr;
    last_ = &first_;
  }

  RequestQueue() = default;
  RequestQueue(const RequestQueue&) = delete;
  RequestQueue& operator=(const RequestQueue&) = delete;

 private:
  IoRequest* first_ = nullptr;
  IoRequest** last_ = &first_;
};

class Completions {
 public:
  // Any thread. Once pushed, a request may be gone.
  void push(IoRequest& request) { push_chain(&request, &request); }
  void push_all(RequestQueue& queue) {
    if (queue.empty()) return;
    IoRequest* oldest = queue.front();
    IoRequest* newest = nullptr;
    while (!queue.empty()) {
      IoRequest& request = queue.pop();
      request.next = newest;
      newest = &request;
    }
    push_chain(newest, oldest);
  }

  // Owner thread.
  bool any() const { return newest_.load(std::memory_order_acquire) != nullptr; }

  void take(RequestQueue& queue) {
    IoRequest* oldest = nullptr;
    for (IoRequest* request = newest_.exchange(nullptr, std::memory_order_acquire); request != nullptr;) {
      IoRequest* next = request->next;
      request->next = oldest;
      oldest = request;
      request = next;
    }
    while (oldest != nullptr) {
      IoRequest* next = oldest->next;
      queue.push(*oldest);
      oldest = next;
    }
  }

  void wait() {
    while (!any()) {
      sleeping_.store(1, std::memory_order_seq_cst);
      if (newest_.load(std::memory_order_seq_cst) != nullptr) break;
      sleeping_.wait(1, std::memory_order_seq_cst);
    }
    sleeping_.store(0, std::memory_order_seq_cst);
  }

  // After it returns the earlier callback neither runs nor will run.
  void set_wake(std::function<void()> wake) {
    std::lock_guard guard(wake_mutex_);
    wake_ = std::move(wake);
  }

 private:
  void push_chain(IoRequest* newest, IoRequest* oldest) {
    IoRequest* before = newest_.load(std::memory_order_relaxed);
    do {
      oldest->next = before;
    } while (!newest_.compare_exchange_weak(before, newest, std::memory_order_seq_cst, std::memory_order_relaxed));
    if (before == nullptr) ring();
  }

  void ring() {
    if (sleeping_.exchange(0, std::memory_order_seq_cst) != 0) {
      sleeping_.notify_one();
      return;
    }
    std::lock_guard guard(wake_mutex_);
    if (wake_) wake_();
  }

  std::atomic<IoRequest*> newest_{nullptr};
  std::atomic<uint32_t> sleeping_{0};
  std::mutex wake_mutex_;
  std::function<void()> wake_;
};

}  // namespace foreshard
