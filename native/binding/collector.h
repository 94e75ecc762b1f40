// Hears of completions while the engine runs and keeps them until JavaScript takes them all at once: rows of numbers
// and, behind them, the bytes they speak of (native/constants.json: row, completion). It never calls JavaScript, so
// the engine is never re-entered.
#pragma once
#include <optional>
#include <vector>

#include "engine/store/types.h"

namespace foreshard::binding {

class Collector final : public StoreListener {
 public:
  void on_durable(uint64_t sequence) override;
  void on_rejected(uint64_t first_sequence, uint64_t last_sequence, const Status& status) override;
  void on_value(uint64_t ticket, const Status& status, const ValueView* value) override;
  void on_done(uint64_t ticket, const Status& status, uint64_t value) override;
  void on_entries(uint64_t ticket, const Status& status, std::span<const EntryView> entries, bool end,
                  uint64_t gap_first, uint64_t gap_last) override;
  void on_event(const std::string& json) override;

  bool empty() const { return rows_.empty(); }
  // Nothing but one durable mark, by far the most frequent case: then no packet is needed.
  bool only_durable() const { return rows_.size() == layout::row::width && last_is_durable_; }
  uint64_t durable() const { return durable_; }

  size_t rows() const { return rows_.size() / layout::row::width; }
  size_t packet_size() const { return rows_.size() * sizeof(double) + bytes_.size(); }
  void write_packet(uint8_t* to) const;
  void clear();

  // How the request with this ticket ended, also after its row was taken; nothing while it has not.
  void watch(uint64_t ticket) {
    watched_ = ticket;
    watched_end_.reset();
  }
  std::optional<Errc> watched_end() const { return watched_end_; }

 private:
  struct Row {
    uint32_t kind = 0;
    uint64_t ticket = 0;
    uint32_t code = 0;
    Bytes detail = {};
    Bytes key = {};
    Bytes value = {};
    uint64_t sequence = 0;
    uint64_t other = 0;
  };
  void add(const Row& one);
  void add_bytes(Bytes bytes) { bytes_.insert(bytes_.end(), bytes.begin(), bytes.end()); }

  std::vector<double> rows_;
  std::vector<uint8_t> bytes_;
  uint64_t durable_ = 0;
  bool last_is_durable_ = false;
  uint64_t watched_ = 0;
  std::optional<Errc> watched_end_;
};

}  // namespace foreshard::binding
