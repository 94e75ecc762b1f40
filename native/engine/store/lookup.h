// Finding a key in the index. A tag match is not identity: candidates are compared newest first, and one whose record
// is not in memory must be read before an older one may be believed.
#pragma once
#include <vector>

#include "engine/store/core.h"

namespace foreshard {

struct Lookup {
  enum class Kind : uint8_t {
    found,      // `address`: the record in memory (a put that has not expired)
    absent,
    need_page,  // the page is not loaded and its overlay does not decide
    need_read,  // `address`: on disk; whose it is is not known
  } kind = Kind::absent;
  Address address;
};

// Addresses that were read and belong to another key; small, so a vector.
using Strangers = std::vector<Address>;

// What is there: a tombstone or an expired record is `found`, too. `page`: the one of the hash.
Lookup look_up_any(Core& core, Page& page, Bytes key, uint64_t hash, const Strangers& strangers);
inline Lookup look_up_any(Core& core, Bytes key, uint64_t hash, const Strangers& strangers) {
  return look_up_any(core, core.table.page_for(hash), key, hash, strangers);
}

// For an application that reads: those are absent. Counts as an access, unless the answer needs I/O.
Lookup look_up(Core& core, Bytes key, uint64_t hash);

// The record at this address came into memory at `memory`: its entry, if it still says so, now points there. False: no
// entry did, or it turned out to be an old version of a key whose newer one is in memory.
bool make_resident(Core& core, uint64_t hash, Address disk, Address memory);

// The same for a restored record, whose key has at least the heat of `score`, also if a read came before. Touches no record:
// behind a candidate in memory, most often a newer version of the key, the entry is left as it is.
bool link_restored(Core& core, uint64_t hash, Address disk, Address memory, int32_t score);

// The record of this hash's newest entry, if it is in memory, is on its way to the processor's cache. The page's words had
// better be there (Table::prefetch).
void prefetch_newest(const Core& core, uint64_t hash);

// Does an entry of this hash say this place on disk (and not a copy in memory)?
bool on_disk_in_index(const Core& core, uint64_t hash, Address disk);

// A record in memory becomes its key's newest version.
struct Entered {
  Address previous;    // the version in memory whose entry it took over (now marked dead); none: it has an entry of its own
  ShardSlot shard = 0;
  int unread = 0;      // candidates that were not in memory: some may be older versions of the key
};
Entered enter(Core& core, uint64_t hash, Bytes key, Address fresh);

}  // namespace foreshard
