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

Lookup look_up_any(Core& core, Page& page, Bytes key, uint64_t hash, const Strangers& strangers) {
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

Lookup look_up(Core& core, Bytes key, uint64_t hash) {
  Page& page = core.table.page_for(hash);
  Lookup out = look_up_any(core, page, key, hash, {});
  if (out.kind == Lookup::Kind::found) {
    const RecordView record = core.arena.view(out.address);
    if (record.kind() == RecordKind::del || (record.has_expiry() && record.expired(core.wall_ms()))) out = {};
    else core.note_access(page, Access::read, hash, key, [record] { return record.value().size(); });
  }
  if (out.kind == Lookup::Kind::absent) core.note_access(page, Access::absent, hash, key, [] { return 0; });
  return out;
}

void prefetch_newest(const Core& core, uint64_t hash) {
  const Page& page = core.table.page_for(hash);
  const int slot = page.find(tag_of(hash));
  if (slot != Page::kNone && page.address(slot).in_memory()) core.arena.prefetch_entry(page.address(slot));
}

bool on_disk_in_index(const Core& core, uint64_t hash, Address disk) {
  const Page& page = core.table.page_for(hash);
  if (page.state != Page::State::loaded) return false;
  const uint32_t tag = tag_of(hash);
  for (int slot = page.find(tag); slot != Page::kNone; slot = page.find_next(tag, slot))
    if (page.address(slot) == disk) return true;
  return false;
}

namespace {

// The entry of that tag that says this address; `behind`: candidates in memory stand before it.
int slot_of(const Page& page, uint32_t tag, Address address, bool* behind) {
  int slot = page.find(tag);
  for (; slot != Page::kNone && page.address(slot) != address; slot = page.find_next(tag, slot))
    *behind |= page.address(slot).in_memory();
  return slot;
}

// The candidate before `end` that is in memory and has this key.
Address newer_version(const Core& core, const Page& page, uint32_t tag, int end, Bytes key) {
  for (int slot = page.find(tag); slot != end; slot = page.find_next(tag, slot)) {
    const Address address = page.address(slot);
    if (address.in_memory() && equal(core.arena.view(address).key(), key)) return address;
  }
  return {};
}

}  // namespace

// Almost always the entry is the first of its tag, or there is none: then no record need be touched.
bool make_resident(Core& core, uint64_t hash, Address disk, Address memory) {
  Page& page = core.table.page_for(hash);
  if (page.state != Page::State::loaded) return false;
  const uint32_t tag = tag_of(hash);
  bool behind = false;
  const int slot = slot_of(page, tag, disk, &behind);
  if (slot == Page::kNone) return false;
  const RecordView record = core.arena.view(memory);
  const Address newer = behind ? newer_version(core, page, tag, slot, record.key()) : Address();
  if (!newer) {
    page.relocate(slot, memory);
    return true;
  }
  // The entry is out of date, unless the newer version is taken back.
  if (core.arena.view(newer).sequence() > core.log->durable_sequence()) return false;
  page.erase(slot);
  page.drop_bytes(record.size());
  core.note_dead(disk, record.size());
  ++core.counters.duplicates_resolved;
  return false;
}

bool link_restored(Core& core, uint64_t hash, Address disk, Address memory, int32_t score) {
  Page& page = core.table.page_for(hash);
  if (page.state != Page::State::loaded) return false;
  const uint32_t tag = tag_of(hash);
  for (int slot = page.find(tag); slot != Page::kNone; slot = page.find_next(tag, slot)) {
    const Address address = page.address(slot);
    if (address == disk) page.relocate(slot, memory);
    else if (!address.in_memory()) continue;
    page.raise_heat(slot, score);
    return address == disk;
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
  core.note_access(page, Access::write, hash, key, [&] { return core.arena.view(fresh).value().size(); });
  Entered out{.previous = {}, .shard = page.shard, .unread = 0};
  if (page.state != Page::State::loaded) {
    out.previous = enter_overlay(core, page, hash, key, fresh);
    out.shard = core.shards.slot_of(hash);  // it may reach over the boundary of two
    return out;
  }
  page.add_bytes(core.arena.view(fresh).size());
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
    page.drop_bytes(core.arena.view(address).size());
    core.arena.mark_dead(address);
    out.previous = address;
    return out;
  }
  page.insert_newest(tag, fresh, page.fresh_heat(core.heat_now));
  return out;
}

}  // namespace foreshard
