// The remembered class: which keys were asked for first after past restarts, as hashes in that order, in one small file.
//
//   0 u64 magic   8 u64 checksum of bytes 16 on   16 u64 store id   24 u64 count   32 u64 hash[count]
//   zeros up to kBlock
#pragma once
#include <vector>

#include "engine/base/buffer.h"
#include "engine/base/bytes.h"

namespace foreshard {

constexpr uint64_t kTouchesMagic = 0x3148435554534646;  // "FFSTUCH1"
constexpr size_t kTouchesKept = 65'536;

AlignedBuffer encode_touches(const std::vector<uint64_t>& hashes, uint64_t store_id);
// Empty if the file is damaged or another store's: it is a hint.
std::vector<uint64_t> decode_touches(Bytes file, uint64_t store_id);
// The newest restart's first, then what older ones add, each hash once, at most kTouchesKept.
std::vector<uint64_t> merge_touches(const std::vector<uint64_t>& newest, const std::vector<uint64_t>& older);

}  // namespace foreshard
