// The data: keys of 16 bytes, values that follow from the key's number and can be checked, and the order in which keys are
// asked for.
#pragma once
#include <algorithm>
#include <array>
#include <cmath>
#include <vector>

#include "engine/base/bytes.h"
#include "engine/base/random.h"

namespace foreshard::bench {

constexpr uint64_t kKeyBytes = 16;
using Key = std::array<uint8_t, kKeyBytes>;

inline Key key_of(uint64_t number) {
  Key key;
  store<uint64_t>(key.data(), number);
  store<uint64_t>(key.data() + 8, (number + 1) * 0x9e3779b97f4a7c15u);
  return key;
}

// Values of one length, each a part of the same noise: nothing is copied to make one.
class Values {
 public:
  Values(uint64_t bytes, uint64_t seed) : bytes_(bytes), noise_(kPlaces + bytes) {
    Random random(seed);
    for (uint8_t& byte : noise_) byte = static_cast<uint8_t>(random.next());
  }
  Bytes of(uint64_t number) const { return {noise_.data() + number * 61 % kPlaces, bytes_}; }
  uint64_t bytes() const { return bytes_; }

 private:
  static constexpr uint64_t kPlaces = 64 * 1024;
  uint64_t bytes_;
  std::vector<uint8_t> noise_;
};

inline std::vector<uint32_t> uniform_draws(uint64_t count, uint64_t keys, uint64_t seed) {
  Random random(seed);
  std::vector<uint32_t> draws(count);
  for (uint32_t& draw : draws) draw = static_cast<uint32_t>(random.below(keys));
  return draws;
}

// Zipf's law (Gray et al., "Quickly generating billion-record synthetic databases"); ranks are spread over the keys.
inline std::vector<uint32_t> zipf_draws(uint64_t count, uint64_t keys, double theta, uint64_t seed) {
  double zeta = 0;
  for (uint64_t rank = 1; rank <= keys; ++rank) zeta += std::pow(static_cast<double>(rank), -theta);
  const double alpha = 1 / (1 - theta), zeta_two = 1 + std::pow(0.5, theta), n = static_cast<double>(keys);
  const double eta = (1 - std::pow(2 / n, 1 - theta)) / (1 - zeta_two / zeta);
  constexpr uint64_t kSpread = 15'485'863;  // a prime
  Random random(seed);
  std::vector<uint32_t> draws(count);
  for (uint32_t& draw : draws) {
    const double u = static_cast<double>(random.next() >> 11) * 0x1p-53;
    const double scaled = u * zeta;
    const double rank = scaled < 1 ? 0 : scaled < zeta_two ? 1 : std::floor(n * std::pow(eta * u - eta + 1, alpha));
    draw = static_cast<uint32_t>(static_cast<uint64_t>(std::min(rank, n - 1)) * kSpread % keys);
  }
  return draws;
}

}  // namespace foreshard::bench
