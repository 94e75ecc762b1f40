// The inner loop of the table: along a page's probe sequence to the next entry of a tag, or to the empty slot that ends
// it. Most hits are in the first two slots: those are compared one by one, so that the processor runs ahead of the
// loads. From there, with SSE2, four slots a step: misses and long runs take about half the time, because a branch is
// mispredicted once a lookup and not once a slot.
#pragma once
#include <bit>
#include <cstdint>

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

namespace foreshard {

constexpr uint32_t kPageSlots = 4096;
constexpr uint32_t kSlotMask = kPageSlots - 1;
constexpr int kNoSlot = -1;

inline bool tag_matches(const uint64_t* words, const uint16_t* sides, uint32_t tag, uint32_t slot) {
  return words[slot] >> 40 == tag >> 8 && (sides[slot] & 0xff) == (tag & 0xff);
}

inline int scan_tags_by_one(const uint64_t* words, const uint16_t* sides, uint32_t tag, uint32_t slot) {
  for (; words[slot] != 0; slot = (slot + 1) & kSlotMask)
    if (tag_matches(words, sides, tag, slot)) return static_cast<int>(slot);
  return kNoSlot;
}

#if defined(__SSE2__)

inline int scan_tags_by_four(const uint64_t* words, const uint16_t* sides, uint32_t tag, uint32_t slot) {
  const __m128i tag_bits = _mm_set1_epi32(static_cast<int>(~0xffu));
  const __m128i wanted = _mm_set1_epi32(static_cast<int>(tag & ~0xffu));
  for (; slot <= kPageSlots - 4; slot += 4) {
    const __m128 first = _mm_castsi128_ps(_mm_loadu_si128(reinterpret_cast<const __m128i*>(words + slot)));
    const __m128 second = _mm_castsi128_ps(_mm_loadu_si128(reinterpret_cast<const __m128i*>(words + slot + 2)));
    const __m128i low = _mm_castps_si128(_mm_shuffle_ps(first, second, _MM_SHUFFLE(2, 0, 2, 0)));
    const __m128i high = _mm_castps_si128(_mm_shuffle_ps(first, second, _MM_SHUFFLE(3, 1, 3, 1)));
    const __m128i same = _mm_cmpeq_epi32(_mm_and_si128(high, tag_bits), wanted);
    const __m128i none = _mm_cmpeq_epi32(_mm_or_si128(low, high), _mm_setzero_si128());
    const auto empty = static_cast<uint32_t>(_mm_movemask_ps(_mm_castsi128_ps(none)));
    auto candidates = static_cast<uint32_t>(_mm_movemask_ps(_mm_castsi128_ps(same)));
    candidates &= (empty & (0 - empty)) - 1;  // those before the first empty slot
    for (; candidates != 0; candidates &= candidates - 1) {
      const uint32_t at = slot + static_cast<uint32_t>(std::countr_zero(candidates));
      if ((sides[at] & 0xff) == (tag & 0xff)) return static_cast<int>(at);
    }
    if (empty != 0) return kNoSlot;
  }
  return scan_tags_by_one(words, sides, tag, slot & kSlotMask);  // around the end
}

#else

inline int scan_tags_by_four(const uint64_t* words, const uint16_t* sides, uint32_t tag, uint32_t slot) {
  return scan_tags_by_one(words, sides, tag, slot);
}

#endif

inline int scan_tags(const uint64_t* words, const uint16_t* sides, uint32_t tag, uint32_t slot) {
  for (int i = 0; i < 2; ++i, slot = (slot + 1) & kSlotMask) {
    if (words[slot] == 0) return kNoSlot;
    if (tag_matches(words, sides, tag, slot)) return static_cast<int>(slot);
  }
  return scan_tags_by_four(words, sides, tag, slot);
}

}  // namespace foreshard
