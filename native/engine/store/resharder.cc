// store/resharder.h.
#include "engine/store/resharder.h"

#include <algorithm>

namespace foreshard {

namespace {
constexpr uint32_t kWaitingMax = 64;
// A cut that no page begins at may be this fine. The directory has an entry for every prefix as long as the longest: finer cuts
// would make it large for a store of few pages.
constexpr uint32_t kCutBits = 16;

// Positions on the ring, for those who read JSON: in units of a slice.
uint64_t units(uint64_t hash) { return hash / kSliceUnit; }

std::string list_json(const std::vector<ShardFacts>& shards, size_t first, size_t count) {
  std::string list = "[";
  for (size_t i = first; i < first + count; ++i) {
    const uint64_t end = i + 1 < shards.size() ? units(shards[i + 1].start) : uint64_t{1} << kMaxPageDepth;
    if (list.size() > 1) list += ",";
    list += Json().field("id", shards[i].id).field("epoch", shards[i].epoch).field("from", units(shards[i].start)).field("to", end).text();
  }
  return list + "]";
}
}  // namespace

void Resharder::split(uint64_t cut, uint64_t ticket) { begin(Kind::split, cut, ticket); }
void Resharder::merge(uint64_t start, uint64_t ticket) { begin(Kind::merge, start, ticket); }

void Resharder::begin(Kind kind, uint64_t at, uint64_t ticket) {
  if (waiting_ < kWaitingMax) return background_.spawn(run(kind, at, ticket));
  core_.listener.on_done(ticket, {Errc::busy, std::to_string(kWaitingMax) + " changes of shards wait"}, 0);
}

Task<> Resharder::run(Kind kind, uint64_t at, uint64_t ticket) {
  ++waiting_;
  for (const uint64_t turn = drawn_++; served_ != turn;) co_await core_.changed.wait();
  Status status = Errc::closed;
  if (!core_.stopping) status = co_await reshard(kind, at);
  ++served_;
  --waiting_;
  core_.listener.on_done(ticket, status, status.ok() ? core_.log->next_sequence() : 0);
  core_.changed.wake_all();
}

Task<Status> Resharder::reshard(Kind kind, uint64_t at) {
  Status status = plan(kind, at).status();
  if (status.ok()) status = cut_possible(kind, at);
  pause_ns_ = 0;
  if (status.ok() && kind == Kind::split) status = co_await make_boundary(at);
  if (!status.ok()) co_return status;
  const Result<Shards::Change> change = plan(kind, at);
  core_.shards_to_be = &change.value();
  status = co_await core_.commit_manifest();
  core_.shards_to_be = nullptr;
  if (status.ok()) {
    change_over(change.value(), kind, at);
    co_return status;
  }
  static_cast<void>(co_await core_.commit_manifest());  // what failed may be on disk all the same
  co_return status;
}

Task<Status> Resharder::make_boundary(uint64_t at) {
  while (!core_.table.page_begins_at(at)) {
    if (core_.stopping) co_return Status(Errc::closed);
    Status status;
    if (core_.table.page_for(at).state == Page::State::loaded) {
      const uint64_t begun_ns = core_.disk.clock().now_ns();
      status = core_.table.split_towards(at);
      note_step(begun_ns);
      co_await core_.give_way(core_.disk.clock().now_ns() - begun_ns, 1);
    } else {
      status = co_await pages_.load(at, true);
    }
    if (!status.ok()) co_return status;
  }
  co_return Status();
}

void Resharder::note_step(uint64_t begun_ns) {
  pause_ns_ = std::max(pause_ns_, core_.disk.clock().now_ns() - begun_ns);
  longest_pause_ns_ = std::max(longest_pause_ns_, pause_ns_);
}

// The part with more bytes keeps its id: the other is what another node would have to be given.
Result<Shards::Change> Resharder::plan(Kind kind, uint64_t at) const {
  const Sides sides = sides_of(kind, at);
  const bool lower_keeps = sides.below >= sides.above;
  return kind == Kind::split ? core_.shards.split_at(at, lower_keeps) : core_.shards.merge_at(at, lower_keeps);
}

// Bytes of the two shards that there are on one side of a change, before it or after.
Resharder::Sides Resharder::sides_of(Kind kind, uint64_t at) const {
  const Shards& shards = core_.shards;
  const size_t index = shards.index_of(at);
  const size_t lower = kind == Kind::merge && index > 0 ? index - 1 : index;
  const uint64_t start = shards.all()[lower].start;
  return {start == at ? 0 : bytes_between(start, at - 1), bytes_between(at, shards.last_of(index))};
}

Status Resharder::cut_possible(Kind kind, uint64_t at) const {
  if (kind == Kind::merge || at << kCutBits == 0 || core_.table.page_for(at).prefix == at) return {};
  return {Errc::bad_argument, "a shard begins where a page of the index does, or at a multiple of 1/65536 of the ring"};
}

// Of a page that lies there in part, as much as of the ring.
uint64_t Resharder::bytes_between(uint64_t first, uint64_t last) const {
  double bytes = 0;
  Page* page = &core_.table.page_for(first);
  for (; page != nullptr && page->prefix <= last; page = core_.table.next(*page)) {
    const uint64_t page_last = page->prefix | ~page->prefix_mask();
    const uint64_t inside = std::min(last, page_last) - std::max(first, page->prefix);
    bytes += static_cast<double>(page->bytes) * (static_cast<double>(inside) + 1) / (static_cast<double>(~page->prefix_mask()) + 1);
  }
  return static_cast<uint64_t>(bytes);
}

void Resharder::change_over(const Shards::Change& change, Kind kind, uint64_t at) {
  const Sides sides = sides_of(kind, at);
  const uint64_t begun_ns = core_.disk.clock().now_ns();
  const std::string before = list_json(core_.shards.all(), change.first, change.before);
  const uint64_t cut_sequence = core_.log->next_sequence();
  core_.shards.apply(change, cut_sequence - 1, core_.log->placed_sequence());
  core_.shards.enter_into(core_.table, change.first, change.after);
  note_step(begun_ns);
  ++(kind == Kind::split ? splits_ : merges_);
  core_.event(kind == Kind::split ? "split" : "merge",
              Json().field("at", units(at)).raw("before", before).raw("after", list_json(change.facts, change.first, change.after))
                  .field("sequence", cut_sequence).field("pauseUs", static_cast<double>(pause_ns_) / 1e3)
                  .field("movedBytes", std::min(sides.below, sides.above)).field("keptBytes", std::max(sides.below, sides.above))
                  .field("shards", static_cast<uint64_t>(core_.shards.count())));
}

}  // namespace foreshard
