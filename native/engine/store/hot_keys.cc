// store/hot_keys.h.
#include "engine/store/hot_keys.h"

#include <algorithm>
#include <cmath>

namespace foreshard {

Store::Hottest HotKeys::hottest(uint64_t first, uint64_t last, uint64_t window_ms) {
  const uint64_t now_ms = core_.heat_ms();
  const uint64_t since_ms = now_ms > window_ms ? now_ms - window_ms : 0;
  hashes_.clear();
  core_.heat.for_each_sample([&](const SampledAccess& sample) {
    if (sample.hash >= first && sample.hash <= last && sample.at_ms >= since_ms) hashes_.push_back(sample.hash);
  });
  std::sort(hashes_.begin(), hashes_.end());
  Store::Hottest found{.samples = hashes_.size(), .of_hash = 0, .hash = 0, .key = {}};
  for (size_t begin = 0, end = 0; begin < hashes_.size(); begin = end) {
    while (end < hashes_.size() && hashes_[end] == hashes_[begin]) ++end;
    if (end - begin <= found.of_hash) continue;
    found.of_hash = end - begin;
    found.hash = hashes_[begin];
  }
  if (found.of_hash > 0) found.key = key_of(found.hash);
  return found;
}

std::string HotKeys::key_of(uint64_t hash) const {
  const Page& page = core_.table.page_for(hash);
  if (page.state != Page::State::loaded) return {};
  for (int slot = page.find(tag_of(hash)); slot != Page::kNone; slot = page.find_next(tag_of(hash), slot)) {
    if (!page.address(slot).in_memory()) continue;
    const Bytes key = core_.arena.view(page.address(slot)).key();
    if (core_.hash(key) == hash) return std::string(as_text(key));
  }
  return {};
}

uint64_t HotKeys::of_pages(uint64_t cursor, size_t pages, size_t count, const std::function<void(Bytes, double)>& visit) {
  candidates_.clear();
  Page* page = &core_.table.page_for(cursor);
  for (; page != nullptr && pages > 0; page = core_.table.next(*page), --pages)
    if (page->state == Page::State::loaded) collect(*page, count);
  for (const Candidate& candidate : candidates_) {
    const RecordView record = core_.arena.view(candidate.address);
    if (record.kind() == RecordKind::del || record.expired(core_.wall_ms())) continue;
    const double octaves = (candidate.score - static_cast<double>(core_.heat_now.now_quanta)) / kHeatQuantaPerOctave;
    visit(record.key(), std::exp2(octaves));
  }
  return page == nullptr ? 0 : page->prefix;
}

void HotKeys::collect(const Page& page, size_t count) {
  const auto hotter = [](const Candidate& a, const Candidate& b) { return a.score > b.score; };
  const auto sides = page.sides_of_all();
  for (int slot = 0; slot < static_cast<int>(kPageSlots); ++slot) {
    if (sides[static_cast<size_t>(slot)] < 0x100) continue;  // empty, or cold
    const int32_t score = page.heat_score(slot);
    if (candidates_.size() == count && score <= candidates_.front().score) continue;
    if (!page.address(slot).in_memory()) continue;
    if (candidates_.size() == count) {
      std::pop_heap(candidates_.begin(), candidates_.end(), hotter);
      candidates_.pop_back();
    }
    candidates_.push_back({score, page.address(slot)});
    std::push_heap(candidates_.begin(), candidates_.end(), hotter);
  }
}

}  // namespace foreshard
