// A queue in one piece of memory that is used again: for what comes and goes with every record.
#pragma once
#include <cstddef>
#include <memory>
#include <type_traits>
#include <utility>

namespace foreshard {

// Grows as it is needed, and shrinks by half where less than an eighth was needed from one time that it was empty to the next.
template <class T>
class RingQueue {
  static_assert(std::is_trivially_copyable_v<T>);

 public:
  bool empty() const { return size_ == 0; }
  size_t size() const { return size_; }
  size_t capacity() const { return capacity_; }

  T& operator[](size_t index) { return slots_[(first_ + index) & (capacity_ - 1)]; }
  const T& operator[](size_t index) const { return slots_[(first_ + index) & (capacity_ - 1)]; }
  T& front() { return (*this)[0]; }
  T& back() { return (*this)[size_ - 1]; }

  void push_back(const T& value) {
    if (size_ == capacity_) return grow_with(value);
    (*this)[size_++] = value;
    if (size_ > most_) most_ = size_;
  }
  void pop_front() {
    first_ = (first_ + 1) & (capacity_ - 1);
    if (--size_ == 0) emptied();
  }
  void pop_back() {
    if (--size_ == 0) emptied();
  }

 private:
  static constexpr size_t kLeast = 64;  // a power of two, as every capacity

  void grow_with(T value) {  // a copy: it may be one of these
    resize(capacity_ == 0 ? kLeast : capacity_ * 2);
    push_back(value);
  }
  void resize(size_t capacity) {
    std::unique_ptr<T[]> slots(new T[capacity]);
    for (size_t i = 0; i < size_; ++i) slots[i] = (*this)[i];
    slots_ = std::move(slots);
    capacity_ = capacity;
    first_ = 0;
  }
  void emptied() {
    if (capacity_ > kLeast && most_ < capacity_ / 8) resize(capacity_ / 2);
    most_ = 0;
  }

  std::unique_ptr<T[]> slots_;
  size_t capacity_ = 0;
  size_t first_ = 0;
  size_t size_ = 0;
  size_t most_ = 0;  // since it was empty
};

}  // namespace foreshard
