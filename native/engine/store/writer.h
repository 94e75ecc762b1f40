// Accepting writes: into memory, the index and the log, in one step that never reads.
#pragma once
#include <span>

#include "engine/store/core.h"
#include "engine/store/types.h"

namespace foreshard {

class Reader;

class Writer {
 public:
  Writer(Core& core, Reader& reader) : core_(core), reader_(reader) {}

  Result<uint64_t> write(std::span<const Operation> operations);
  void write_if(std::span<const Operation> operations, uint64_t ticket);

 private:
  Status admissible(std::span<const Operation> operations) const;
  void apply(const Operation& operation, bool ends_unit);
  Task<> resolve_chain(uint64_t hash);
  Task<> memory_ahead();
  Task<> conditional(std::vector<Operation> operations, std::vector<uint8_t> bytes, uint64_t ticket);
  Task<Status> conditions_hold(const std::vector<Operation>& operations);
  Task<> flush_later();

  Core& core_;
  Reader& reader_;
  bool flush_waits_ = false;
};

}  // namespace foreshard
