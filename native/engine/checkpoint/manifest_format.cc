// Encoding and decoding a manifest (checkpoint/manifest.h).
#include <bitset>
#include <set>

#include "engine/base/cursor.h"
#include "engine/base/file_header.h"
#include "engine/checkpoint/manifest.h"

namespace foreshard {
namespace {

constexpr uint64_t kHeaderBytes = 32;
constexpr uint64_t kLengthOffset = 24;
constexpr uint64_t kShardBytes = 16;
constexpr uint64_t kSegmentFactsBytes = 112;
constexpr uint64_t kImageFactsBytes = 64;

void put_shard(ByteWriter& writer, const ShardFacts& shard) {
  writer.put<uint32_t>(shard.id);
  writer.put<uint32_t>(shard.epoch);
  writer.put<uint64_t>(shard.start);
}

ShardFacts take_shard(ByteReader& reader) {
  ShardFacts shard;
  shard.id = reader.take<uint32_t>();
  shard.epoch = reader.take<uint32_t>();
  shard.start = reader.take<uint64_t>();
  return shard;
}

void put_segment(ByteWriter& writer, const SegmentFacts& facts) {
  writer.put<uint64_t>(facts.id);
  writer.put<uint64_t>(facts.nonce);
  writer.put<uint16_t>(static_cast<uint16_t>(facts.kind));
  writer.put<uint16_t>(static_cast<uint16_t>(facts.state));
  writer.put<uint32_t>(facts.incarnation);
  writer.put<uint64_t>(facts.data_end);
  writer.put<uint64_t>(facts.records);
  writer.put<uint64_t>(facts.first_sequence);
  writer.put<uint64_t>(facts.last_sequence);
  writer.put<uint64_t>(facts.run_bytes);
  writer.put<uint64_t>(facts.run_checksum);
  writer.put<uint64_t>(facts.link_before);
  writer.put<uint64_t>(facts.link_after);
  writer.put<uint64_t>(facts.dead_bytes);
  writer.put<uint64_t>(facts.emptied_at_image);
  writer.put<uint64_t>(facts.record_bytes);
}

SegmentFacts take_segment(ByteReader& reader) {
  SegmentFacts facts;
  facts.id = reader.take<uint64_t>();
  facts.nonce = reader.take<uint64_t>();
  facts.kind = static_cast<SegmentKind>(reader.take<uint16_t>());
  facts.state = static_cast<SegmentState>(reader.take<uint16_t>());
  facts.incarnation = reader.take<uint32_t>();
  facts.data_end = reader.take<uint64_t>();
  facts.records = reader.take<uint64_t>();
  facts.first_sequence = reader.take<uint64_t>();
  facts.last_sequence = reader.take<uint64_t>();
  facts.run_bytes = reader.take<uint64_t>();
  facts.run_checksum = reader.take<uint64_t>();
  facts.link_before = reader.take<uint64_t>();
  facts.link_after = reader.take<uint64_t>();
  facts.dead_bytes = reader.take<uint64_t>();
  facts.emptied_at_image = reader.take<uint64_t>();
  facts.record_bytes = reader.take<uint64_t>();
  return facts;
}

void put_image(ByteWriter& writer, const ImageFacts& image) {
  writer.put<uint64_t>(image.generation);
  writer.put<uint64_t>(image.begin_sequence);
  writer.put<uint64_t>(image.end_sequence);
  writer.put<uint64_t>(image.pages);
  writer.put<uint64_t>(image.directory_offset);
  writer.put<uint64_t>(image.directory_bytes);
  writer.put<uint64_t>(image.directory_checksum);
  writer.put<uint64_t>(image.file_bytes);
}

ImageFacts take_image(ByteReader& reader) {
  ImageFacts image;
  image.generation = reader.take<uint64_t>();
  image.begin_sequence = reader.take<uint64_t>();
  image.end_sequence = reader.take<uint64_t>();
  image.pages = reader.take<uint64_t>();
  image.directory_offset = reader.take<uint64_t>();
  image.directory_bytes = reader.take<uint64_t>();
  image.directory_checksum = reader.take<uint64_t>();
  image.file_bytes = reader.take<uint64_t>();
  return image;
}

template <class T>
void put_list(ByteWriter& writer, const std::vector<T>& list, void (*put)(ByteWriter&, const T&)) {
  writer.put<uint64_t>(list.size());
  for (const T& item : list) put(writer, item);
}

template <class T>
std::vector<T> take_list(ByteReader& reader, uint64_t item_bytes, T (*take)(ByteReader&)) {
  std::vector<T> list(reader.take_count(item_bytes));
  for (T& item : list) item = take(reader);
  return list;
}

bool segments_hold(const Manifest& manifest) {
  std::bitset<kSegmentSlots> slots;
  uint64_t smallest = 1;
  for (const SegmentFacts& facts : manifest.segments) {
    const auto kind = static_cast<uint8_t>(facts.kind), state = static_cast<uint8_t>(facts.state);
    const bool known = kind >= 1 && kind <= 2 && state >= 1 && state <= 3;
    const uint64_t slot = facts.id % kSegmentSlots;
    if (!known || facts.id < smallest || slots.test(slot)) return false;
    slots.set(slot);
    smallest = facts.id + 1;
  }
  return manifest.segments.empty() || manifest.segments.back().id < manifest.next_segment_id;
}

bool shards_hold(const Manifest& manifest) {
  std::set<uint32_t> ids;
  for (size_t i = 0; i < manifest.shards.size(); ++i) {
    const uint64_t start = manifest.shards[i].start;
    if (i == 0 ? start != 0 : start <= manifest.shards[i - 1].start) return false;
    if (manifest.shards[i].id >= manifest.next_shard_id || !ids.insert(manifest.shards[i].id).second) return false;
  }
  return true;
}

bool images_hold(const Manifest& manifest) {
  for (size_t i = 1; i < manifest.images.size(); ++i)
    if (manifest.images[i].generation >= manifest.images[i - 1].generation) return false;
  return true;
}

void put_numbers(ByteWriter& writer, const Manifest& manifest) {
  writer.put<uint64_t>(manifest.store_id);
  writer.put<uint64_t>(manifest.hash_seed);
  writer.put<uint32_t>(manifest.incarnation);
  writer.put<uint32_t>(manifest.clean ? 1 : 0);
  writer.put<uint64_t>(manifest.next_segment_id);
  writer.put<uint64_t>(manifest.next_sequence);
  writer.put<uint64_t>(manifest.last_link);
  writer.put<uint64_t>(manifest.durable_lsn);
  writer.put<uint64_t>(manifest.wall_ms);
  writer.put<uint64_t>(manifest.segment_bytes);
  writer.put<uint64_t>(manifest.next_shard_id);
}

// false: a number is none that it can be.
bool take_numbers(ByteReader& reader, Manifest& manifest) {
  manifest.store_id = reader.take<uint64_t>();
  manifest.hash_seed = reader.take<uint64_t>();
  manifest.incarnation = reader.take<uint32_t>();
  const uint32_t clean = reader.take<uint32_t>();
  manifest.clean = clean == 1;
  manifest.next_segment_id = reader.take<uint64_t>();
  manifest.next_sequence = reader.take<uint64_t>();
  manifest.last_link = reader.take<uint64_t>();
  manifest.durable_lsn = reader.take<uint64_t>();
  manifest.wall_ms = reader.take<uint64_t>();
  manifest.segment_bytes = reader.take<uint64_t>();
  const uint64_t next_shard_id = reader.take<uint64_t>();
  manifest.next_shard_id = static_cast<uint32_t>(next_shard_id);
  return clean <= 1 && next_shard_id <= UINT32_MAX;
}

}  // namespace

AlignedBuffer encode_manifest(const Manifest& manifest) {
  ByteWriter writer;
  writer.zeros(kFileHeaderStart);
  writer.put<uint64_t>(manifest.commit);
  writer.put<uint64_t>(0);  // the length, below
  put_numbers(writer, manifest);
  put_list(writer, manifest.shards, put_shard);
  put_list(writer, manifest.segments, put_segment);
  put_list(writer, manifest.images, put_image);
  writer.patch<uint64_t>(kLengthOffset, writer.size());
  seal_file_header({writer.data(), writer.size()}, kManifestMagic, kManifestVersion);
  return to_blocks(writer.view());
}

Result<Manifest> decode_manifest(Bytes bytes) {
  if (bytes.empty()) return Errc::end;
  if (bytes.size() < kHeaderBytes) return Errc::short_read;
  const uint64_t length = load<uint64_t>(bytes.data() + kLengthOffset);
  if (length < kHeaderBytes) return Errc::corrupt;
  const Errc checked = check_file_header(bytes, length, kManifestMagic, kManifestVersion);
  if (checked != Errc::ok) return checked;

  Manifest manifest;
  manifest.commit = load<uint64_t>(bytes.data() + kFileHeaderStart);
  ByteReader reader(bytes.first(length).subspan(kHeaderBytes));
  const bool numbers_hold = take_numbers(reader, manifest);
  manifest.shards = take_list(reader, kShardBytes, take_shard);
  manifest.segments = take_list(reader, kSegmentFactsBytes, take_segment);
  manifest.images = take_list(reader, kImageFactsBytes, take_image);
  if (!reader.at_end() || !numbers_hold) return Errc::corrupt;
  if (!shards_hold(manifest) || !segments_hold(manifest) || !images_hold(manifest)) return Errc::corrupt;
  return manifest;
}

}  // namespace foreshard
