// Accepting writes: into memory, the index and the log, in steps that never read.
//
// A write that was accepted stands in memory at once; its entry is made some writes later, when the page's words and the
// record that it replaces have come to the processor's cache. Until then nobody else may look at the index or the log:
// every other call of the Store, and every completion, makes the entries first (finish_staged).
#pragma once
#include <array>
#include <span>

#include "engine/store/core.h"
#include "engine/store/types.h"

namespace foreshard {

class Reader;

class Writer {
 public:
  Writer(Core& core, Reader& reader) : core_(core), reader_(reader) {}

  Result<uint64_t> write(std::span<const Operation> operations);
  void finish_staged() {
    while (staged_count_ > 0) finish_oldest();
  }
  void write_if(std::span<const Operation> operations, uint64_t ticket);

 private:
  // In memory, and without an entry.
  struct Staged {
    uint8_t* record;
    uint64_t hash;
    uint64_t sequence;
    Address fresh;
    uint32_t size;
    RecordKind kind;
    bool ends_unit;
  };
  static constexpr uint32_t kStagedMax = 16;    // a power of two
  static constexpr uint32_t kRecordsAhead = 8;  // what stands in memory is fetched so many writes before its turn

  Status admissible(std::span<const Operation> operations) const;
  void stage(const Operation& operation, bool ends_unit);
  Staged& staged(uint32_t index) { return staged_[(staged_first_ + index) % kStagedMax]; }
  void finish_oldest();
  Task<> resolve_chain(uint64_t hash);
  Task<> conditional(std::vector<Operation> operations, std::vector<uint8_t> bytes, uint64_t ticket);
  Task<Status> conditions_hold(const std::vector<Operation>& operations);
  Task<> flush_later();

  Core& core_;
  Reader& reader_;
  std::array<Staged, kStagedMax> staged_;
  uint32_t staged_first_ = 0;
  uint32_t staged_count_ = 0;
  bool flush_waits_ = false;
};

}  // namespace foreshard
