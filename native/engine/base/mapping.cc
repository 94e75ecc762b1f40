// See mapping.h. Linux and other POSIX systems map; elsewhere an aligned allocation serves.
#include "engine/base/mapping.h"

#include <cstdlib>
#include <cstring>
#include <new>

#include "engine/base/buffer.h"

#if !defined(_WIN32)
#include <sys/mman.h>
#endif

namespace foreshard {

#if defined(_WIN32)

Mapping::Mapping(size_t bytes, Pages) : size_(align_up(bytes, kBlock)) {
  data_ = static_cast<uint8_t*>(::operator new(size_, std::align_val_t(kBlock)));
  std::memset(data_, 0, size_);
}

Mapping::~Mapping() {
  if (data_) ::operator delete(data_, std::align_val_t(kBlock));
}

void Mapping::release(uint8_t*, size_t) {}

#else

namespace {

constexpr size_t kHugePage = 2u << 20;

uint8_t* map(size_t bytes) {
  void* at = mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (at == MAP_FAILED) std::abort();
  return static_cast<uint8_t*>(at);
}

// Maps more than asked for and cuts both ends off, so that the region begins at a huge page.
uint8_t* map_aligned(size_t bytes) {
  uint8_t* at = map(bytes + kHugePage);
  const size_t before = align_up(reinterpret_cast<uintptr_t>(at), kHugePage) - reinterpret_cast<uintptr_t>(at);
  if (before > 0) munmap(at, before);
  if (before < kHugePage) munmap(at + before + bytes, kHugePage - before);
  return at + before;
}

}  // namespace

Mapping::Mapping(size_t bytes, Pages pages) : size_(align_up(bytes, kBlock)) {
  data_ = pages == Pages::huge ? map_aligned(size_) : map(size_);
#if defined(MADV_HUGEPAGE)
  if (pages == Pages::huge) madvise(data_, size_, MADV_HUGEPAGE);  // advice: refusal changes speed only
#endif
}

Mapping::~Mapping() {
  if (data_) munmap(data_, size_);
}

void Mapping::release(uint8_t* from, size_t bytes) {
#if defined(__linux__)
  madvise(from, bytes, MADV_DONTNEED);
#else
  madvise(from, bytes, MADV_FREE);
#endif
}

#endif

// By touching: a fault holds a lock of the one mapping. madvise(MADV_POPULATE_WRITE) would hold that of the whole address
// space, and with it stop every thread that maps or unmaps, for as long as the memory takes to come.
void Mapping::populate(uint8_t* from, size_t bytes) {
  for (size_t at = 0; at < bytes; at += kBlock) static_cast<volatile uint8_t*>(from)[at] = 0;
}

}  // namespace foreshard
