// The predicted class of the fast-restore images: first and in its order, within the budget, and gone when it should be.
#include <doctest/doctest.h>

#include <algorithm>

#include "engine/log/names.h"
#include "engine/store/warmer.h"
#include "test/support/report.h"
#include "test/support/small_store.h"

namespace foreshard::test {

namespace {

constexpr int kKeys = 8'000, kBatch = 100;
constexpr uint64_t kSecond = 1'000'000'000;
constexpr uint64_t kBudget = 2u << 20;  // the keys need twice that

std::string key(int number) { return "key" + std::to_string(number); }
std::string value(int number) { return "<" + std::to_string(number) + ">" + std::string(480, '.'); }

// Keys on several pages; the first tenth of them is hot.
struct PredictedStore : SmallStore {
  explicit PredictedStore(uint64_t budget = kBudget) {
    options.segment_bytes = 1u << 20;
    options.memory_limit = 64u << 20;
    options.fast_budget = budget;
    CrashLife life(machine, model, options);
    REQUIRE(life.open()->ok());
    for (int first = 0; first < kKeys; first += kBatch) put(life, first, kBatch);
    for (int round = 0; round < 6; ++round) read(life, 0, kKeys / 10);
    REQUIRE(life.close()->ok());
  }

  static void put(CrashLife& life, int first, int count) {
    std::vector<ModelWrite> writes;
    for (int i = first; i < first + count; ++i) writes.push_back({RecordKind::put, key(i), value(i), 0});
    REQUIRE(life.write(writes).ok());
    REQUIRE(life.flush()->ok());
  }
  static void read(CrashLife& life, int first, int count) {
    for (int i = first; i < first + count; ++i) life.get(key(i), CrashLife::How::at_once);
  }
  // A few reads a second.
  static void live_on(CrashLife& life, uint64_t seconds) {
    for (uint64_t i = 0; i < seconds && !life.over(); ++i) {
      read(life, static_cast<int>(i % kKeys), 3);
      life.run_for(kSecond);
    }
  }
  static void predict(CrashLife& life, const std::vector<int>& keys, double share = 1) {
    std::vector<uint64_t> hashes;
    for (const int number : keys) hashes.push_back(life.store().hash_of(as_bytes(key(number))) & ~uint64_t{0xfff});
    life.store().set_predicted(std::move(hashes), share);
  }
  static void checkpoint(CrashLife& life) {
    const uint64_t ticket = life.take_ticket();
    life.store().checkpoint(ticket);
    REQUIRE(life.await(ticket, "checkpoint")->ok());
  }
  static std::unique_ptr<CrashLife> opened(PredictedStore& store) {
    auto life = std::make_unique<CrashLife>(store.machine, store.model, store.options);
    REQUIRE(life->open()->ok());
    life->wait_full();
    REQUIRE(life->violation() == "");
    return life;
  }

  std::string image(uint32_t number) {
    const std::vector<uint8_t> bytes = machine.contents("store/fast/" + names::fast_class(number));
    return std::string(bytes.begin(), bytes.end());
  }
  // Which keys a class holds, in its order.
  std::vector<int> keys_of(uint32_t number) {
    const std::string bytes = image(number);
    std::vector<int> keys;
    for (size_t at = bytes.find('<'); at != std::string::npos; at = bytes.find('<', at + 1)) {
      const size_t end = bytes.find(">..", at);
      const bool digits = end != std::string::npos && end > at + 1 && end < at + 6 &&
                          std::all_of(bytes.begin() + static_cast<long>(at) + 1, bytes.begin() + static_cast<long>(end), ::isdigit);
      if (digits) keys.push_back(std::stoi(bytes.substr(at + 1)));
    }
    return keys;
  }
};

std::vector<int> shuffled(int first, int count, uint64_t seed) {
  std::vector<int> keys;
  for (int i = first; i < first + count; ++i) keys.push_back(i);
  Random random(seed);
  for (size_t i = keys.size(); i > 1; --i) std::swap(keys[i - 1], keys[random.below(i)]);
  return keys;
}

}  // namespace

TEST_CASE("predicted keys are not restored first, or not in their order") {
  PredictedStore store;
  const std::vector<int> wanted = shuffled(6'000, 1'000, 3);
  {
    const auto life = PredictedStore::opened(store);
    PredictedStore::predict(*life, wanted);
    PredictedStore::live_on(*life, 4);
    const std::vector<int> fit = store.keys_of(1);  // where the bands have left room
    CHECK(std::equal(fit.begin(), fit.end(), wanted.begin()));
    PredictedStore::live_on(*life, 8);
    CHECK(store.keys_of(1) == wanted);
    store.machine.crash(CrashKind::process_killed);
  }
  const auto life = PredictedStore::opened(store);
  for (int i = 0; i < 500; ++i) life->get(key(wanted[static_cast<size_t>(i)]), CrashLife::How::at_once);
  const std::string report = life->store().recovery_json();
  CAPTURE(report);
  CHECK(number_in(report, "predicted", "admitted") == 1'000);
  CHECK(number_in(report, "early", "restored") == 500);
  CHECK(number_in(report, "first", "restored") == 500);
  CHECK(report.find("\"byClass\":[0,500,0,0,0,0]") != std::string::npos);
}

TEST_CASE("the budget is spent twice on predicted keys") {
  PredictedStore store;
  {
    const auto life = PredictedStore::opened(store);
    std::vector<int> hot = shuffled(0, kKeys / 10, 4);
    hot.insert(hot.end(), hot.begin(), hot.end());  // each is named twice
    PredictedStore::predict(*life, hot);
    PredictedStore::live_on(*life, 12);
    PredictedStore::checkpoint(*life);
    store.machine.crash(CrashKind::process_killed);
  }
  uint64_t bytes = 0;
  for (uint32_t number = 0; number < kFastClasses; ++number) bytes += store.image(number).size();
  CHECK(bytes < kBudget + kBudget / 8 + 12 * kBlock);
  CHECK(bytes > kBudget / 4 * 3);
  CHECK(store.keys_of(1).size() == kKeys / 10);
  const auto life = PredictedStore::opened(store);
  const std::string report = life->store().recovery_json();
  CAPTURE(report);
  const int twice = number_in(report, "fast", "records") - number_in(report, "fast", "admitted");
  CHECK(twice <= static_cast<int>(store.keys_of(0).size()));  // class 0 may name what is behind
}

TEST_CASE("bands of heat are left over where a prediction takes the whole budget") {
  PredictedStore store;
  {
    const auto life = PredictedStore::opened(store);
    PredictedStore::predict(*life, shuffled(0, kKeys, 5));
    PredictedStore::live_on(*life, 20);
    store.machine.crash(CrashKind::process_killed);
  }
  uint64_t bands = 0;  // they may have what class 0 did not need after all
  for (uint32_t number = kFirstBand; number < kFastClasses; ++number) bands += store.image(number).size();
  CHECK(bands < kBudget / 8 + 8 * kBlock);
  CHECK(store.image(1).size() + store.image(0).size() < kBudget + 8 * kBlock);
  CHECK(store.image(1).size() > kBudget / 2);
  const auto life = PredictedStore::opened(store);
  PredictedStore::predict(*life, shuffled(0, kKeys, 5), 0.25);
  PredictedStore::live_on(*life, 30);
  CHECK(store.image(1).size() < kBudget / 4 + 4 * kBlock);
  CHECK(store.keys_of(kFastClasses - 1).size() > 100);
}

TEST_CASE("a prediction of unknown keys does harm") {
  PredictedStore store(8u << 20);  // room for all keys
  {
    const auto life = PredictedStore::opened(store);
    Random random(6);
    std::vector<uint64_t> hashes(50'000);
    for (size_t i = 1; i < hashes.size(); ++i) hashes[i] = i % 3 == 0 ? hashes[i / 2] : random.next();
    for (size_t i = 1; i < 5'000; ++i) hashes[i] = i << 44;
    life->store().set_predicted(std::move(hashes), 1);
    PredictedStore::live_on(*life, 12);
    PredictedStore::checkpoint(*life);
    store.machine.crash(CrashKind::process_killed);
  }
  const auto life = PredictedStore::opened(store);
  const std::string report = life->store().recovery_json();
  CAPTURE(report);
  CHECK(number_in(report, "fast", "admitted") == kKeys);
  life->check_all(CrashLife::How::later);
  CHECK(life->violation() == "");
}

TEST_CASE("a prediction that is taken back leaves its class") {
  PredictedStore store(8u << 20);
  {
    const auto life = PredictedStore::opened(store);
    PredictedStore::predict(*life, shuffled(6'000, 1'000, 7));
    PredictedStore::live_on(*life, 20);
    CHECK(store.keys_of(1).size() == 1'000);
    PredictedStore::predict(*life, {});
    life->run_for(20 * kSecond);  // without traffic
    CHECK(store.image(1).empty());
    CHECK(number_in(life->store().stats_json(), "predicted", "keys") == 0);
    CHECK(number_in(life->store().stats_json(), "predicted", "bytes") == 0);
    store.machine.crash(CrashKind::process_killed);
  }
  const auto life = PredictedStore::opened(store);
  CHECK(number_in(life->store().recovery_json(), "fast", "admitted") == kKeys);
}

TEST_CASE("a prediction is lost by a restart, or stays for ever when nobody predicts any more") {
  PredictedStore store;
  const std::vector<int> wanted = shuffled(5'000, 1'000, 8);
  {
    const auto life = PredictedStore::opened(store);
    PredictedStore::predict(*life, wanted);
    REQUIRE(life->close()->ok());
  }
  CHECK(store.keys_of(1) == wanted);
  for (int restart = 0; restart < 3; ++restart) {
    const auto life = PredictedStore::opened(store);
    CHECK(number_in(life->store().stats_json(), "predicted", "keys") == 1'000);
    PredictedStore::put(*life, wanted[0], 1);
    PredictedStore::live_on(*life, restart == 1 ? 40 : 1);
    if (restart == 2) store.machine.crash(CrashKind::process_killed);
    else REQUIRE(life->close()->ok());
    CHECK(store.keys_of(1) == wanted);
  }
  const auto life = PredictedStore::opened(store);
  life->run_for(640 * kSecond);
  CHECK(store.image(1).empty());
}

TEST_CASE("a prediction that is set while the store is restored is lost, or that of an earlier process overwrites it") {
  PredictedStore store;
  const std::vector<int> wanted = shuffled(4'000, 500, 9);
  {
    const auto life = PredictedStore::opened(store);
    PredictedStore::predict(*life, shuffled(6'000, 500, 9));
    REQUIRE(life->close()->ok());
  }
  CrashLife life(store.machine, store.model, store.options);
  REQUIRE(life.open()->ok());
  PredictedStore::predict(life, wanted);
  life.wait_full();
  life.run_for(12 * kSecond);
  CHECK(store.keys_of(1) == wanted);
}

TEST_CASE("a prediction is written again and again while nothing happens") {
  PredictedStore store;
  const auto life = PredictedStore::opened(store);
  PredictedStore::predict(*life, shuffled(6'000, 500, 10));
  life->run_for(12 * kSecond);
  const int images = number_in(life->store().stats_json(), "work", "fastImages");
  life->run_for(60 * kSecond);
  CHECK(number_in(life->store().stats_json(), "work", "fastImages") == images);
}

TEST_CASE("what is written again falls out of the predicted class and of the others") {
  PredictedStore store(8u << 20);
  {
    const auto life = PredictedStore::opened(store);
    PredictedStore::predict(*life, shuffled(5'000, 1'000, 11));
    PredictedStore::live_on(*life, 14);
    for (int first = 5'000; first < 5'300; first += kBatch) PredictedStore::put(*life, first, kBatch);
    PredictedStore::live_on(*life, 4);
    PredictedStore::put(*life, 5'300, kBatch);
    store.machine.crash(CrashKind::process_killed);
  }
  const auto life = PredictedStore::opened(store);
  const std::string report = life->store().recovery_json();
  CAPTURE(report);
  CHECK(number_in(report, "fast", "admitted") + number_in(report, "tail", "records") >= kKeys);
  life->check_all(CrashLife::How::later);
  CHECK(life->violation() == "");
}

TEST_CASE("what is written all the time leaves no room for what is predicted") {
  PredictedStore store(64u << 10);  // about 120 keys
  const std::vector<int> wanted = shuffled(6'000, 80, 13);
  {
    const auto life = PredictedStore::opened(store);
    PredictedStore::predict(*life, wanted);
    for (int second = 0; second < 40; ++second) {
      PredictedStore::put(*life, 1'000 + second * kBatch, kBatch);
      PredictedStore::live_on(*life, 1);
    }
    store.machine.crash(CrashKind::process_killed);
  }
  CHECK(store.keys_of(1) == wanted);
  CHECK(store.image(0).size() < (64u << 10) / 2);
}

TEST_CASE("a crash while the predicted class is written") {
  PredictedStore store;
  Random random(12);
  for (int round = 0; round < 40; ++round) {
    {
      CrashLife life(store.machine, store.model, store.options);
      REQUIRE(life.open()->ok());
      if (round % 2 == 0) life.wait_full();
      store.machine.crash_after(1 + random.below(600), round % 3 == 0 ? CrashKind::power_cut : CrashKind::process_killed);
      const int first = static_cast<int>(random.below(4'000));
      PredictedStore::predict(life, round % 5 == 4 ? std::vector<int>() : shuffled(first, 3'000, random.next()));
      while (!life.over()) {
        life.store().checkpoint(life.take_ticket());
        life.run_for(kSecond / 10);
      }
      CHECK(life.violation() == "");
    }
    store.machine.cancel_crash();
  }
  const auto life = PredictedStore::opened(store);
  life->check_all(CrashLife::How::later);
  CHECK(life->violation() == "");
}

}  // namespace foreshard::test
