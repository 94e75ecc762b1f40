// The generated constants: every error can be told to a caller, and the defaults keep to their own bounds.
#include "engine/base/constants.gen.h"

#include <doctest/doctest.h>

using namespace foreshard;

TEST_CASE("an error has a code and says what to do") {
  CHECK(errc_code(Errc::disk_full) == "FORESHARD_DISK_FULL");
  CHECK(errc_text(Errc::disk_full).size() > 20);
}

TEST_CASE("a number that is no error is answered, not trusted") {
  const auto unknown = static_cast<Errc>(255);
  CHECK(errc_code(unknown) == "FORESHARD_UNKNOWN");
  CHECK_FALSE(errc_text(unknown).empty());
}

TEST_CASE("a default is within its bounds, and the bounds are inclusive") {
  static_assert(option::segment_bytes.holds(option::segment_bytes.standard));
  static_assert(option::inflight_groups.holds(1) && option::inflight_groups.holds(4));
  CHECK_FALSE(option::inflight_groups.holds(0));
  CHECK_FALSE(option::inflight_groups.holds(5));
}

TEST_CASE("no kind of record is 0, which a zeroed block would hold") {
  CHECK(static_cast<int>(RecordKind::put) == 1);
  CHECK(static_cast<int>(RecordKind::del) == 2);
  CHECK(static_cast<int>(RecordKind::idle) == 3);
}
