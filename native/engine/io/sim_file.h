// A file of the simulated machine: what a reader sees now, what a power cut would leave, and the changes in between.
// Contents are shared, immutable blocks: copying a file (to try many crashes from one state) copies pointers only.
//
// Invariant: unless a flush failed, `seen` equals `durable` with all `changes` applied in order.
#pragma once
#include <utility>
#include <vector>

#include "engine/base/buffer.h"
#include "engine/base/random.h"

namespace foreshard {

constexpr uint64_t kSector = 512;
constexpr uint64_t kSectorsPerBlock = kBlock / kSector;

// A counted reference to an immutable block; none is a block of zeros. Not for use by several threads.
class SimBlock {
 public:
  SimBlock() = default;
  SimBlock(const SimBlock& other) : body_(other.body_) {
    if (body_ != nullptr) ++body_->references;
  }
  SimBlock(SimBlock&& other) noexcept : body_(std::exchange(other.body_, nullptr)) {}
  SimBlock& operator=(SimBlock other) noexcept {
    std::swap(body_, other.body_);
    return *this;
  }
  ~SimBlock() {
    if (body_ != nullptr && --body_->references == 0) delete body_;
  }

  static SimBlock copy_of(const uint8_t* bytes);
  // The sectors in `mask` from `ours`, the others from `theirs`.
  static SimBlock mixed(const SimBlock& ours, const SimBlock& theirs, uint8_t mask);

  bool is_hole() const { return body_ == nullptr; }
  const uint8_t* bytes() const { return body_ != nullptr ? body_->bytes : zeros(); }
  // For a block that nobody else refers to yet.
  uint8_t* own_bytes() { return body_->bytes; }

 private:
  struct Body {
    uint32_t references = 1;
    uint8_t bytes[kBlock];
  };
  static const uint8_t* zeros();
  Body* body_ = nullptr;
};

struct SimContent {
  std::vector<SimBlock> blocks;
  uint64_t size = 0;
  uint64_t reserved_blocks = 0;  // [0, reserved_blocks) hold space even where nothing was written

  bool holds_space(uint64_t block) const {
    return block < reserved_blocks || (block < blocks.size() && !blocks[block].is_hole());
  }
  uint64_t held_blocks() const;
  const SimBlock& block(uint64_t index) const;
  uint64_t read(uint64_t offset, uint8_t* data, uint64_t length) const;
  void set_block(uint64_t index, SimBlock block);
  void resize(uint64_t length);
  void reserve(uint64_t length);
  void forget_beyond_size();
};

// What becomes of one write: all of it, none, or some of its blocks or sectors.
enum class SimFate : uint8_t { whole, lost, torn_at_blocks, torn_at_sectors };

// How much of what was not flushed a crash spares; drawn once a crash, so that both extremes are common.
struct SimSurvival {
  double keep = 0.5;
  double tear = 0.3;
  static SimSurvival draw(Random& random);
  SimFate fate(Random& random) const;
  // The sectors of one block (a bit each) that reached the medium.
  static uint8_t sectors(SimFate fate, Random& random);
};

class SimFile {
 public:
  uint64_t size() const { return seen_.size; }
  uint64_t held_blocks() const { return seen_.held_blocks(); }
  uint64_t blocks_wanted(uint64_t offset, uint64_t length) const;
  uint64_t read(uint64_t offset, uint8_t* data, uint64_t length) const { return seen_.read(offset, data, length); }

  // Offset and length are multiples of kBlock. Of a write that did not end, only some sectors arrive.
  void write(uint64_t offset, const uint8_t* data, uint64_t length);
  void write_torn(uint64_t offset, const uint8_t* data, uint64_t length, SimFate fate, Random& random);
  void resize(uint64_t length) { change({Change::resize, false, length, {}}); }
  void reserve(uint64_t length) { change({Change::reserve, false, length, {}}); }

  // The changes made until now, as a bound for flush(): a flush covers what had completed when it was issued.
  uint64_t changes_until_now() const { return next_change_; }
  void flush(uint64_t until);
  // As a device does that forces one write through (FUA): earlier writes may stay behind.
  void flush_only(uint64_t from, uint64_t until);
  // The kernel reports an error once: what was dirty is on the medium or not, and clean either way.
  void fail_flush(uint64_t until, Random& random);

  void cut_power(const SimSurvival& survival, Random& random);
  // What a failed flush lost may still be in the page cache; a crash of the process is when it may go.
  void evict_lost(Random& random);
  void forget_lost();

  // Damage and surgery, on what is seen and on what is durable.
  void flip_bit(uint64_t byte, unsigned bit);
  void replace(Bytes contents);
  void replace_with(const SimFile& other) { replace(other.seen_); }

  const SimContent& seen() const { return seen_; }
  const SimContent& durable() const { return durable_; }
  size_t unflushed_changes() const { return changes_.size(); }

  uint32_t handles = 0;  // open in sessions

 private:
  struct Change {
    enum Kind : uint8_t { write, resize, reserve } kind;
    bool continues;  // the same write as the change before
    uint64_t where;  // block index, or a length
    SimBlock block;
    uint64_t number = 0;
    void apply(SimContent& content) const;
  };
  void change(Change change);
  uint64_t count_until(uint64_t until) const;
  void drop_changes(uint64_t count);
  void replace(SimContent content);
  void spare(const Change& change, SimFate fate, Random& random);

  SimContent seen_;
  SimContent durable_;
  std::vector<Change> changes_;  // not flushed, by number
  uint64_t next_change_ = 0;
  bool lost_by_failed_flush_ = false;
};

}  // namespace foreshard
