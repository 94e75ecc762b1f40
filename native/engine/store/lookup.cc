// store/lookup.h.
#include "engine/store/lookup.h"

#include <algorithm>

namespace foreshard {

namespace {

bool is_stranger(const Strangers& strangers, Address address) {
  return std::find(strangers.begin(), strangers.end(), address) != strangers.end();
}

// Decides on one candidate; false: look at the next.
bool judge(Core& core, Bytes key, Address address, const Strangers& strangers, Lookup& out) {
  if (!address.in_memory()) {
    if (is_stranger(strangers, address)) return false;
    out = {Lookup::Kind::need_read, address};
    return true;
  }
  if (!equal(core.arena.view(address).key(), key)) return false;
  out = {Lookup::Kind::found, address};
  return true;
}

}  // namespace

Lookup look_up_any(Core& core, Bytes key, uint64_t hash, const Strangers& strangers) {
  Page& page = core.table.page_for(hash);
  Lookup out;
  if (page.state != Page::State::loaded) {
    for (size_t i = page.overlay.size(); i-- > 0;)
      if (page.overlay[i].hash == hash && judge(core, key, page.overlay[i].address, strangers, out)) return out;
    return {Lookup::Kind::need_page, {}};
  }
  const uint32_t tag = tag_of(hash);
  for (int slot = page.find(tag); slot != Page::kNone; slot = page.find_next(tag, slot)) {
    if (!judge(core, key, page.address(slot), strangers, out)) continue;
    if (out.kind == Lookup::Kind::found && core.options.track_heat) page.touch(slot, core.heat_now);
    return out;
  }
  return {};
}

Lookup look_up(Core& core, Bytes key, uint64_t hash, const Strangers& strangers) {
  Lookup out = look_up_any(core, key, hash, strangers);
  if (out.kind != Lookup::Kind::found) return out;
  const RecordView record = core.arena.view(out.address);
  if (record.kind() == RecordKind::del || (record.has_expiry() && record.expired(core.wall_ms()))) return {};
  return out;
}

bool on_disk_in_index(const Core& core, uint64_t hash, Address disk) {
  const Page& page = core.table.page_for(hash);
  if (page.state != Page::State::loaded) return false;
  const uint32_t tag = tag_of(hash);
  for (int slot = page.find(tag); slot != Page::kNone; slot = page.find_next(tag, slot))
    if (page.address(slot) == disk) return true;
  return false;
}

bool make_resident(Core& core, uint64_t hash, Address disk, Address memory) {
  Page& page = core.table.page_for(hash);
  if (page.state != Page::State::loaded) return false;
  const Bytes key = core.arena.view(memory).key();
  const uint32_t tag = tag_of(hash);
  for (int slot = page.find(tag); slot != Page::kNone; slot = page.find_next(tag, slot)) {
    const Address address = page.address(slot);
    if (address == disk) {
      page.relocate(slot, memory);
      return true;
    }
    if (!address.in_memory() || !equal(core.arena.view(address).key(), key)) continue;
    // A newer version stands before it: whatever entry has this address is out of date, unless that one is taken back.
    if (core.arena.view(address).sequence() > core.log->durable_sequence()) return false;
    for (int old = page.find_next(tag, slot); old != Page::kNone; old = page.find_next(tag, old)) {
      if (page.address(old) != disk) continue;
      page.erase(old);
      core.note_dead(disk, core.arena.view(memory).size());
      ++core.counters.duplicates_resolved;
      break;
    }
    return false;
  }
  return false;
}

namespace {

Address enter_overlay(Core& core, Page& page, uint64_t hash, Bytes key, Address fresh) {
  for (size_t i = page.overlay.size(); i-- > 0;) {
    OverlayEntry& entry = page.overlay[i];
    if (entry.hash != hash || !entry.address.in_memory()) continue;
    if (!equal(core.arena.view(entry.address).key(), key)) continue;
    const Address previous = std::exchange(entry.address, fresh);
    core.arena.mark_dead(previous);
    return previous;
  }
  page.overlay.push_back({hash, fresh});
  return {};
}

}  // namespace

// Takes an entry over only if no unread candidate stands before it: that might be a newer version of the same key.
Entered enter(Core& core, uint64_t hash, Bytes key, Address fresh) {
  Page& page = core.table.page_for_insert(hash);
  Entered out{.previous = {}, .shard = page.shard, .unread = 0};
  if (page.state != Page::State::loaded) {
    out.previous = enter_overlay(core, page, hash, key, fresh);
    return out;
  }
  const uint32_t tag = tag_of(hash);
  for (int slot = page.find(tag); slot != Page::kNone; slot = page.find_next(tag, slot)) {
    const Address address = page.address(slot);
    if (!address.in_memory()) {
      ++out.unread;
      continue;
    }
    if (out.unread > 0 || !equal(core.arena.view(address).key(), key)) continue;
    page.set_address(slot, fresh);
    if (core.options.track_heat) page.touch(slot, core.heat_now);
    core.arena.mark_dead(address);
    out.previous = address;
    return out;
  }
  page.insert_newest(tag, fresh, page.fresh_heat(core.heat_now));
  return out;
}

}  // namespace foreshard
