// The checksum must be XXH3 whatever vectors a processor has: files go from one machine to another.
#include <doctest/doctest.h>

#include <vector>

#include "engine/base/hash.h"
#include "engine/base/random.h"

namespace foreshard::test {

TEST_CASE("the checksum of a piece of any length and place is the same on every processor") {
  Random random(1);
  std::vector<uint8_t> bytes(70'000);
  for (uint8_t& byte : bytes) byte = static_cast<uint8_t>(random.next());
  const auto compare = [&](size_t from, size_t length) {
    REQUIRE(checksum64({bytes.data() + from, length}) == XXH3_64bits(bytes.data() + from, length));
  };
  for (size_t length = 0; length < 3000; ++length) compare(length % 67, length);
  for (int i = 0; i < 300; ++i) compare(random.next() % 1000, random.next() % 69'000);
  CHECK(checksum64({bytes.data(), 0}) == 0x2d06800538d394c2);  // of nothing, as xxHash's specification has it
}

}  // namespace foreshard::test
