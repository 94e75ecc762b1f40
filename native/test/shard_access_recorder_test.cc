// The recorder of accesses: its lines, which keys a part is of, and its bound.
#include <doctest/doctest.h>

#include <map>
#include <set>
#include <sstream>
#include <vector>

#include "engine/base/random.h"
#include "engine/shard/access_recorder.h"

using namespace foreshard;

namespace {

void note(AccessRecorder& recorder, uint64_t now_ms, Access kind, uint64_t hash, std::string_view key, uint64_t size = 0) {
  recorder.note(now_ms, kind, hash, as_bytes(key), size);
}

std::vector<std::string> lines_of(const std::string& text) {
  std::istringstream in(text);
  std::vector<std::string> lines;
  for (std::string line; std::getline(in, line);) lines.push_back(line);
  return lines;
}

}  // namespace

TEST_CASE("a line is milliseconds since the first, key, op and size") {
  AccessRecorder recorder({});
  note(recorder, 5'000, Access::write, 1, "user:7", 100);
  note(recorder, 5'012, Access::read, 2, "user:8", 0);
  CHECK(recorder.take() == "0,user:7,w,100\n12,user:8,r,0\n");
  CHECK(recorder.take().empty());
  note(recorder, 6'000, Access::write, 1, "user:7");
  CHECK(recorder.take() == "1000,user:7,w,0\n");
  CHECK(recorder.counts().recorded == 3);
}

TEST_CASE("a key that would break a line is encoded, byte by byte") {
  AccessRecorder recorder({});
  note(recorder, 0, Access::read, 1, std::string_view("a,b\n\"c\" %\x7f\0\xc3\xa9", 13));
  CHECK(recorder.take() == "0,a%2cb%0a%22c%22%20%25%7f%00%c3%a9,r,0\n");
}

TEST_CASE("hashed keys show the hash and nothing of the key") {
  AccessRecorder recorder({.hashed = true});
  note(recorder, 0, Access::read, 0xabc, "secret", 3);
  CHECK(recorder.take() == "0,0000000000000abc,r,3\n");
}

TEST_CASE("reads of absent keys are not recorded") {
  AccessRecorder recorder({});
  note(recorder, 0, Access::absent, 1, "nothing");
  CHECK(recorder.take().empty());
  CHECK(recorder.counts().recorded == 0);
}

TEST_CASE("a part of the traffic is a part of the keys, from all of the ring, with all accesses of each") {
  AccessRecorder recorder({.key_share = 0.1, .hashed = true});
  Random random(4);
  std::vector<uint64_t> hashes(20'000);
  for (uint64_t& hash : hashes) hash = random.next();
  for (uint64_t round = 0; round < 3; ++round)
    for (const uint64_t hash : hashes) note(recorder, round, Access::read, hash, "k");
  std::map<std::string, int> accesses;
  std::set<char> slices;  // sixteenths of the ring
  for (const std::string& line : lines_of(recorder.take())) {
    ++accesses[line.substr(2, 16)];
    slices.insert(line[2]);
  }
  CHECK(accesses.size() == doctest::Approx(2'000).epsilon(0.1));
  for (const auto& [key, count] : accesses) CHECK(count == 3);
  CHECK(slices.size() == 16);
}

TEST_CASE("what does not fit is dropped and counted, never kept") {
  AccessRecorder recorder({.buffer_bytes = 4096});
  for (int i = 0; i < 1'000; ++i) note(recorder, 0, Access::read, 1, "a key of some length", 10);
  const std::string lines = recorder.take();
  CHECK(lines.size() <= 4096);
  CHECK(lines_of(lines).size() == recorder.counts().recorded);
  CHECK(recorder.counts().recorded + recorder.counts().dropped == 1'000);
  note(recorder, 0, Access::read, 1, "again", 10);
  CHECK(recorder.take() == "0,again,r,10\n");
}
