// The layout of an index image, shared by its writer and its reader; its meaning is in checkpoint/index_image.h.
#pragma once
#include <vector>

#include "engine/base/buffer.h"
#include "engine/base/status.h"
#include "engine/checkpoint/index_image.h"
#include "engine/table/page.h"

namespace foreshard {

constexpr uint64_t kIndexHeaderBytes = 32;
constexpr uint64_t kIndexEntryBytes = 96;  // of the directory
constexpr uint64_t kPageImageMax = 64 * 1024;

static_assert(Page::max_encoded_size() <= kPageImageMax);

// The header block, filled up with zeros.
void write_index_header(uint8_t* block, uint64_t store_id, uint64_t generation);
// As check_file_header, or `wrong_store`.
Errc check_index_header(Bytes block, uint64_t store_id, uint64_t generation);

std::vector<uint8_t> encode_index_directory(const std::vector<PageImageFacts>& pages);
std::vector<PageImageFacts> decode_index_directory(Bytes bytes);

// Pages in order that do not overlap, each with its bytes between the header block and `pages_end`.
bool index_directory_holds(const std::vector<PageImageFacts>& pages, uint64_t pages_end);

}  // namespace foreshard
