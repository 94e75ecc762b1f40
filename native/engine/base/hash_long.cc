// Checksums of longer pieces with the widest vectors that this processor has: xxHash's own dispatch, a C file that is meant to
// be compiled with whoever uses it (and before xxhash.h is included). The results are those of the functions in base/hash.h.
#if defined(__x86_64__) && defined(__GNUC__)
#define XXH_DISPATCH_AVX512 0  // lowers the clock of some processors, and GCC 12 warns of its own headers
#include <xxh_x86dispatch.c>

#include "engine/base/hash.h"

namespace foreshard {

uint64_t checksum64_long(Bytes bytes) { return XXH3_64bits_dispatch(bytes.data(), bytes.size()); }

namespace {
// The first call chooses, and any thread may call later.
[[maybe_unused]] const uint64_t chosen = [] {
  const uint8_t zeros[kHashLongFrom + 1] = {};
  return checksum64_long(zeros);
}();
}  // namespace

}  // namespace foreshard
#endif
