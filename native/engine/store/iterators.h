// Passes over all keys, in no order that means anything. A pass goes page by page along the ring of hashes: it notes a
// page's tags when it comes to it, and gives out what the keys of those tags hold at the moment of giving. So a key that
// is there throughout comes exactly once, whatever splits, moves or is written meanwhile, in every phase of a recovery.
//
// Not by segments, as one might expect of a log: then a key that moves during the pass must be remembered, and the
// memory for that grows with the writes. Records on disk are read many at a time instead.
#pragma once
#include <map>
#include <memory>
#include <vector>

#include "engine/store/reader.h"

namespace foreshard {

class Iterators {
 public:
  Iterators(Core& core, Pages& pages, Reader& reader) : core_(core), pages_(pages), reader_(reader) {}

  uint64_t open(bool with_values);
  void next(uint64_t id, uint32_t max_entries, uint64_t max_bytes, uint64_t ticket);
  void close(uint64_t id);

 private:
  struct Pass {
    bool with_values = true;
    bool closed = false;
    uint64_t cursor = 0;        // first hash of the next page
    bool last_page = false;     // the tags at hand are of the last page
    std::vector<uint32_t> tags; // of the page at hand, still to be given out, ascending from `at`
    size_t at = 0;
    bool ended() const { return last_page && at >= tags.size(); }
  };
  // Entries to give out: offsets into one block of bytes.
  struct Batch {
    struct Item {
      size_t key_at, key_length, value_at, value_length;
      uint64_t sequence, expiry_ms;
    };
    std::vector<uint8_t> bytes;
    std::vector<Item> items;
  };
  using Buffers = std::map<uint64_t, RecordBuffer>;

  Task<> run(std::shared_ptr<Pass> pass, uint32_t max_entries, uint64_t max_bytes, uint64_t ticket);
  Task<Status> turn_page(Pass* pass);
  Task<Status> give_out(Pass* pass, size_t count, Batch* batch);
  Task<Status> read_missing(Pass* pass, size_t count, Buffers* buffers);
  bool give_tag(uint32_t tag, const Buffers& buffers, bool with_values, Batch* batch);
  void deliver(const Batch& batch, const Status& status, bool end, uint64_t ticket);

  Core& core_;
  Pages& pages_;
  Reader& reader_;
  uint64_t next_id_ = 1;
  std::map<uint64_t, std::shared_ptr<Pass>> passes_;
};

}  // namespace foreshard
