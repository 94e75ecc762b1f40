// Anonymous memory straight from the system, page aligned, so that O_DIRECT can read into it and unused parts can be
// given back. Zeroed when new; undefined after release(). Out of memory ends the process, as everywhere in the engine.
#pragma once
#include <cstddef>
#include <cstdint>
#include <utility>

namespace foreshard {

class Mapping {
 public:
  // `huge`: align to 2 MiB and ask for huge pages. Worth it for big regions that are read at random (a TLB miss costs
  // as much as a cache miss), not for small ones (the first touch zeroes 2 MiB).
  enum class Pages : uint8_t { small, huge };

  Mapping() = default;
  Mapping(size_t bytes, Pages pages);
  Mapping(Mapping&& other) noexcept { swap(other); }
  Mapping& operator=(Mapping&& other) noexcept {
    swap(other);
    return *this;
  }
  ~Mapping();

  uint8_t* data() const { return data_; }
  size_t size() const { return size_; }

  // Makes the memory of a page-aligned range present, so that whoever writes there next does not wait for the system; what
  // it held is undefined then. Any thread may do it.
  static void populate(uint8_t* from, size_t bytes);
  // Gives the memory of a page-aligned range back to the system; it stays addressable.
  static void release(uint8_t* from, size_t bytes);

 private:
  void swap(Mapping& other) {
    std::swap(data_, other.data_);
    std::swap(size_, other.size_);
  }
  uint8_t* data_ = nullptr;
  size_t size_ = 0;
};

}  // namespace foreshard
