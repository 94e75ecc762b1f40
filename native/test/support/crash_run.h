// A store's lives one after the other on one simulated machine, all drawn from a seed: random operations, crashes at
// any step (inside recovery, compaction, checkpoints and closing too), and from many states many crashes at once, each
// opened and compared. A run that fails is run again by its seed.
#pragma once
#include <algorithm>

#include "engine/base/hash.h"
#include "engine/checkpoint/manifest.h"
#include "test/support/crash_life.h"

namespace foreshard::test {

struct CrashSettings {
  bool faults = false;         // EIO now and then
  bool full_device = false;    // ENOSPC now and then
  uint64_t lives = 4;
  uint64_t steps = 250;        // of a life
  uint64_t copies = 4;         // crashes tried from one state
};

struct CrashTally {
  uint64_t reshardings = 0;
  uint64_t crashes = 0;
  uint64_t opens = 0;
  uint64_t operations = 0;
};

class CrashRun {
 public:
  CrashRun(uint64_t seed, CrashSettings settings, CrashTally& tally)
      : seed_(seed), settings_(settings), tally_(tally), random_(seed), machine_({.seed = seed ^ 0x5eed, .late_ns_max = 5'000'000}) {
    options_.directory = "store";
    options_.segment_bytes = random_.chance(0.7) ? 64u << 10 : (64u << 10) + kBlock * random_.below(64);
    options_.shards = 1u << random_.below(3);
    big_values_ = random_.chance(0.15);
    keys_ = random_.chance(0.7) ? 5 + random_.below(60) : 100 + random_.below(400);
    if (random_.chance(0.04)) keys_ = 9000;
  }

  // Empty, or what is wrong.
  std::string run() {
    for (uint64_t life = 0; life < settings_.lives && violation_.empty(); ++life) live(life);
    if (violation_.empty()) last_life();
    if (violation_.empty()) return {};
    return "seed " + std::to_string(seed_) + ": " + where_ + ": " + violation_;
  }

 private:
  StoreOptions draw_options(Random& random) {
    StoreOptions options = options_;
    options.memory_limit = random.chance(0.5) ? 3u << 20 : 16u << 20;
    options.fast_budget = random.chance(0.5) ? 0 : 256u << 10;
    options.inflight_groups = 1 + static_cast<uint32_t>(random.below(4));
    options.background_bytes_per_second = random.chance(0.5) ? 1ull << 40 : 50u << 20;
    options.compaction_garbage_share = random.chance(0.5) ? 0.3 : 0.9;
    options.compaction_rests_ns = random.chance(0.8) ? 0 : 20'000'000;
    options.checkpoints = random.chance(0.9);
    options.use_fast = random.chance(0.9);
    options.use_standard = random.chance(0.95);
    options.track_heat = random.chance(0.9);
    options.durability = random.chance(0.8) ? Durability::commit : Durability::interval;
    if (random.chance(0.05)) options.standard_directory = "standard";
    return options;
  }

  CrashKind draw_kind(Random& random) { return random.chance(0.5) ? CrashKind::power_cut : CrashKind::process_killed; }
  // Few steps and many are both common.
  uint64_t draw_steps(Random& random, uint64_t most) { return 1 + random.below(1 + random.below(most)); }

  void live(uint64_t number) {
    where_ = "life " + std::to_string(number);
    if (random_.chance(0.6)) machine_.crash_after(draw_steps(random_, 4000), draw_kind(random_));
    if (settings_.faults) draw_faults();
    CrashLife life(machine_, model_, draw_options(random_));
    life.errors_expected = settings_.faults || settings_.full_device;
    step_through(life);
    if (!life.dead() && !life.violated() && random_.chance(0.5)) {
      machine_.crash(draw_kind(random_));
      note("crash at the end");
    }
    if (life.dead()) ++tally_.crashes;
    machine_.cancel_crash();
    machine_.faults().clear();
    take(life);
  }

  void last_life() {
    where_ = "last life";
    CrashLife life(machine_, model_, draw_options(random_));
    if (opens(life)) {
      life.check_all(CrashLife::How::later);
      life.wait_full();
      life.check_all(CrashLife::How::blocking);
      life.iterate([] {});
      life.read_changes(0);
      const std::optional<Status> closed = life.close();
      if (closed && !closed->ok()) life.fail("close: " + std::string(errc_code(closed->code)) + " " + closed->detail);
    }
    take(life);
  }

  void take(CrashLife& life) {
    if (violation_.empty()) violation_ = life.violation();
    tally_.reshardings += life.reshardings;
  }
  void note(const char* text) { where_ += std::string(", ") + text; }

  bool opens(CrashLife& life) {
    ++tally_.opens;
    const std::optional<Status> opened = life.open();
    if (opened && !opened->ok() && !life.errors_expected)
      life.fail("open: " + std::string(errc_code(opened->code)) + " " + opened->detail);
    return opened && opened->ok() && !life.over();
  }

  void step_through(CrashLife& life) {
    if (!opens(life)) return;
    if (random_.chance(0.5)) life.check_all(draw_how());
    if (random_.chance(0.1)) life.iterate([] {});
    if (collisions_.empty() && random_.chance(0.1)) find_collisions();
    const bool waits_full = random_.chance(0.3);
    const uint64_t steps = draw_steps(random_, settings_.steps);
    for (uint64_t i = 0; i < steps && !life.over(); ++i) {
      if (waits_full && i == steps / 3) {
        life.wait_full();
        life.check_all(draw_how());
      }
      step(life);
      ++tally_.operations;
    }
    if (life.over()) return;
    if (random_.chance(0.3)) life.check_all(draw_how());
    if (random_.chance(0.2)) life.read_changes(0);
    if (random_.chance(0.4)) close(life);
  }

  void close(CrashLife& life) {
    if (life.over()) return;
    const std::optional<Status> closed = life.close();
    if (closed && !closed->ok() && !life.errors_expected)
      life.fail("close: " + std::string(errc_code(closed->code)) + " " + closed->detail);
  }

  CrashLife::How draw_how() { return random_.chance(0.5) ? CrashLife::How::later : CrashLife::How::blocking; }

  std::string draw_key() {
    if (!collisions_.empty() && random_.chance(0.2)) return collisions_[random_.below(collisions_.size())];
    return "key" + std::to_string(random_.below(keys_));
  }

  ModelWrite draw_write(bool may_expire) {
    ModelWrite write;
    write.key = draw_key();
    if (random_.chance(0.25)) {
      write.kind = RecordKind::del;
      return write;
    }
    write.value = std::to_string(++values_) + ":";
    uint64_t length = random_.below(200);
    if (big_values_ && random_.chance(0.5)) length = random_.below(20'000);
    if (random_.chance(0.003)) length = random_.below(150'000);
    write.value.resize(std::max<size_t>(write.value.size(), length), static_cast<char>('a' + values_ % 26));
    if (may_expire && random_.chance(0.1)) write.expiry_ms = machine_.wall_ms() + random_.below(300);
    return write;
  }

  void write(CrashLife& life, std::vector<ModelWrite> writes) {
    const Status written = life.write(std::move(writes));
    if (!written.ok() && !life.errors_expected && !life.over())
      life.fail("write: " + std::string(errc_code(written.code)) + " " + written.detail);
  }

  void step(CrashLife& life) {
    const uint64_t dice = random_.below(1000);
    if (dice < 330) return write(life, {draw_write(true)});
    if (dice < 390) return write_batch(life, 2 + random_.below(random_.chance(0.1) ? 400 : 8));
    if (dice < 440) return write_conditionally(life);
    if (dice < 600) return life.get(draw_key(), draw_how());
    if (dice < 720) return life.store().submit();
    if (dice < 900) return static_cast<void>(life.disk().wait());
    if (dice < 925) return life.run_for(1'000'000 * (1 + random_.below(60)));
    if (dice < 950) return static_cast<void>(life.start_flush());
    if (dice < 960) return static_cast<void>(life.flush());
    if (dice < 965) return life.iterate([&] { small_step(life); });
    if (dice < 970) return life.read_changes(random_.below(model_.accepted() + 1));
    if (dice < 978) return life.store().checkpoint(life.take_ticket());
    if (dice < 986) return life.store().compact(0.05 + 0.1 * static_cast<double>(random_.below(6)), life.take_ticket());
    if (dice < 988) return back_up(life);
    if (dice < 990) return life.run_for(1'000'000'000);
    if (dice < 992) return crash_copies(life);
    if (dice < 993) return life.check_shards();
    if (dice < 994) return predict(life, random_);
    reshard(life, random_);
  }

  // Up to some shards; cuts are often deep inside a page, and often ones that were there before.
  void reshard(CrashLife& life, Random& random) {
    const Shards& shards = life.store().shards();
    if (shards.count() > 1 && random.chance(shards.count() > 12 ? 0.9 : 0.4))
      return life.merge(shards.all()[1 + random.below(shards.count() - 1)].start);
    const uint64_t bits = 1 + random.below(16);
    life.split(random.next() >> (64 - bits) << (64 - bits));
  }

  // Some keys that are there and some that are not, in any order and more than once; or none, which takes it back.
  void predict(CrashLife& life, Random& random) {
    std::vector<uint64_t> hashes;
    for (uint64_t i = random.chance(0.2) ? 0 : random.below(2 * keys_); i > 0; --i) {
      const std::string key = "key" + std::to_string(random.below(keys_ + keys_ / 4));
      hashes.push_back(life.store().hash_of(as_bytes(key)));
    }
    life.store().set_predicted(std::move(hashes), random.chance(0.5) ? 1 : 0.1);
  }

  void small_step(CrashLife& life) {
    const uint64_t dice = random_.below(4);
    if (dice == 0) write(life, {draw_write(true)});
    if (dice == 1) life.get(draw_key(), draw_how());
    if (dice == 2) life.store().submit();
  }

  void write_batch(CrashLife& life, uint64_t count) {
    std::vector<ModelWrite> writes;
    for (uint64_t i = 0; i < count; ++i) writes.push_back(draw_write(false));
    write(life, std::move(writes));
  }

  void write_conditionally(CrashLife& life) {
    std::vector<ModelWrite> writes;
    std::vector<std::pair<ConditionKind, uint64_t>> conditions;
    for (uint64_t i = 1 + random_.below(3); i > 0; --i) {
      ModelWrite write = draw_write(false);
      auto known = model_.current().find(write.key);
      const bool present = known != model_.current().end();
      // A key that may expire at any moment says nothing about conditions.
      if (present && known->second.expiry_ms != 0) continue;
      const uint64_t sequence = present ? known->second.sequence - random_.below(2) : 1;
      const ConditionKind kinds[] = {ConditionKind::none, ConditionKind::absent, ConditionKind::sequence};
      conditions.emplace_back(kinds[random_.below(3)], sequence);
      writes.push_back(std::move(write));
    }
    if (!writes.empty()) life.write_if(std::move(writes), std::move(conditions));
  }

  // A backup is everything accepted before the call; nothing is written meanwhile, so it is just that.
  void back_up(CrashLife& life) {
    life.settle_conditions();
    if (life.over()) return;
    life.run_for(1);
    const std::string directory = "backup" + std::to_string(++backups_);
    CrashModel copied = model_.branch();
    const uint64_t ticket = life.take_ticket();
    life.store().backup(directory, ticket);
    const std::optional<Status> done = life.await(ticket, "backup");
    if (!done || !done->ok()) {
      if (done && !life.errors_expected) life.fail("backup: " + std::string(errc_code(done->code)) + " " + done->detail);
      return;
    }
    StoreOptions options = draw_options(random_);
    options.standard_directory.clear();
    options.directory = directory;
    options.create_if_missing = false;
    CrashLife other(machine_, copied, options);
    const uint64_t accepted = copied.accepted();
    const std::optional<Status> opened = other.open();
    if (!opened || life.errors_expected) return;
    if (!opened->ok()) return life.fail("opening a backup: " + std::string(errc_code(opened->code)) + " " + opened->detail);
    if (copied.acknowledged() < accepted) return life.fail("a backup ends before what was accepted");
    other.check_all(CrashLife::How::later);
    other.close();
    if (other.violated()) life.fail("in a backup: " + other.violation());
  }

  // Many futures of this moment: each crashes now, perhaps again in its recovery, and must then be right.
  void crash_copies(CrashLife& life) {
    if (life.over()) return;
    for (uint64_t i = 0; i < settings_.copies && violation_.empty(); ++i) {
      const uint64_t seed = random_.next();
      std::unique_ptr<SimMachine> copy = machine_.crashed_copy(draw_kind(random_), seed);
      copy->faults().clear();
      copy->options().capacity_bytes = 0;
      CrashModel model = model_.branch();
      explore(*copy, model, Random(seed));
      if (!violation_.empty()) note("in a copy that crashed");
    }
  }

  void explore(SimMachine& machine, CrashModel& model, Random random) {
    ++tally_.crashes;
    for (uint64_t again = random.below(4); again > 0 && violation_.empty(); --again) {
      machine.crash_after(draw_steps(random, 600), draw_kind(random));
      CrashLife life(machine, model, draw_options(random));
      if (opens(life)) {
        if (random.chance(0.5)) life.check_all(random.chance(0.5) ? CrashLife::How::later : CrashLife::How::blocking);
        if (random.chance(0.3)) work_a_little(life, random);
        if (random.chance(0.3)) life.close();
        while (!life.over() && machine.crash_is_due() && life.disk().wait() > 0 && machine.now_ns() % 64 != 0) {
        }
      }
      if (!life.dead() && !life.violated()) machine.crash(draw_kind(random));
      machine.cancel_crash();
      ++tally_.crashes;
      take(life);
    }
    if (!violation_.empty()) return;
    StoreOptions options = draw_options(random);
    if (random.chance(0.3)) options.use_standard = false;  // what segments alone say must be the same
    CrashLife life(machine, model, options);
    if (opens(life)) {
      life.check_all(random.chance(0.5) ? CrashLife::How::later : CrashLife::How::blocking);
      if (random.chance(0.5)) {
        life.wait_full();
        life.check_all(CrashLife::How::later);
      }
      if (random.chance(0.2)) life.iterate([] {});
    }
    take(life);
  }

  void work_a_little(CrashLife& life, Random& random) {
    for (uint64_t i = random.below(20); i > 0 && !life.over(); --i) {
      const std::string key = "key" + std::to_string(random.below(keys_));
      ModelWrite write{RecordKind::put, key, "again" + std::to_string(random.below(1000)), 0};
      if (random.chance(0.3)) write = {RecordKind::del, key, "", 0};
      static_cast<void>(life.write({write}));
      if (random.chance(0.3)) life.store().submit();
      if (random.chance(0.05)) life.store().checkpoint(life.take_ticket());
      if (random.chance(0.05)) life.store().compact(0.1, life.take_ticket());
      if (random.chance(0.1)) reshard(life, random);
      if (random.chance(0.05)) predict(life, random);
    }
    if (random.chance(0.5)) life.flush();
  }

  void draw_faults() {
    SimFaults& faults = machine_.faults();
    if (random_.chance(0.5)) faults.write_error = 0.003;
    if (random_.chance(0.5)) faults.sync_error = 0.003;
    if (random_.chance(0.2)) faults.read_error = 0.003;
  }

  // Pairs of keys that the index cannot tell apart.
  void find_collisions() {
    const Result<Manifest> manifest = decode_manifest(machine_.contents("store/MANIFEST-A"));
    if (!manifest.ok()) return;
    std::map<uint32_t, std::string> seen;
    for (uint64_t i = 0; i < 120'000 && collisions_.size() < 6; ++i) {
      std::string key = std::to_string(i) + "c";
      const auto tag = static_cast<uint32_t>(hash_key(manifest.value().hash_seed, as_bytes(key)) >> 32);
      const auto [other, fresh] = seen.emplace(tag, key);
      if (fresh) continue;
      collisions_.push_back(other->second);
      collisions_.push_back(std::move(key));
    }
  }

  uint64_t seed_;
  CrashSettings settings_;
  CrashTally& tally_;
  Random random_;
  SimMachine machine_;
  CrashModel model_;
  StoreOptions options_;
  bool big_values_ = false;
  uint64_t keys_ = 0;
  uint64_t values_ = 0;
  uint64_t backups_ = 0;
  std::vector<std::string> collisions_;
  std::string violation_;
  std::string where_;
};

}  // namespace foreshard::test
