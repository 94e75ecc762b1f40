// FORMAT.md's worked examples are what the code writes, byte for byte, and what it reads.
//
// An example is a fenced block "```hex NAME" of lines "OFFSET BYTES ; comment". Bytes that no line mentions are zeros.
#include <algorithm>
#include <fstream>
#include <iomanip>
#include <iterator>
#include <map>
#include <sstream>

#include "engine/base/cursor.h"
#include "engine/checkpoint/fast_format.h"
#include "engine/checkpoint/index_format.h"
#include "engine/log/group.h"
#include "engine/log/record.h"
#include "engine/log/run.h"
#include "engine/store/touches.h"
#include "test/file_support.h"

using namespace foreshard;
using namespace foreshard::test;

namespace {

// --- The document ---------------------------------------------------------------------------------------------------

std::string read_document() {
  const std::string here = __FILE__;
  std::ifstream file(here.substr(0, here.find_last_of('/') + 1) + "../FORMAT.md");
  return {std::istreambuf_iterator<char>(file), {}};
}

void parse_line(std::string line, std::vector<uint8_t>& bytes) {
  std::istringstream words(line.substr(0, line.find(';')));
  size_t at = 0;
  words >> std::hex >> at;
  REQUIRE(at >= bytes.size());
  bytes.resize(at);
  for (unsigned byte; words >> std::hex >> byte;) bytes.push_back(static_cast<uint8_t>(byte));
}

std::map<std::string, std::vector<uint8_t>> parse_examples(const std::string& document) {
  std::map<std::string, std::vector<uint8_t>> examples;
  std::istringstream lines(document);
  std::string line, name;
  while (std::getline(lines, line)) {
    if (line.starts_with("```")) {
      name = line.starts_with("```hex ") ? line.substr(7) : "";
      if (!name.empty()) examples[name];
    } else if (!name.empty()) {
      parse_line(line, examples[name]);
    }
  }
  return examples;
}

// All but lines of zeros.
std::string dump(const std::vector<uint8_t>& bytes) {
  std::ostringstream text;
  text << std::hex << std::setfill('0');
  for (size_t at = 0; at < bytes.size(); at += 8) {
    const Bytes line = Bytes(bytes).subspan(at, std::min<size_t>(8, bytes.size() - at));
    if (std::all_of(line.begin(), line.end(), [](uint8_t byte) { return byte == 0; })) continue;
    text << std::setw(4) << at;
    for (const uint8_t byte : line) text << ' ' << std::setw(2) << static_cast<int>(byte);
    text << '\n';
  }
  return text.str();
}

// --- What the examples are of ---------------------------------------------------------------------------------------

constexpr uint64_t kStoreId = 0x1122334455667788;
constexpr uint64_t kHashSeed = 42;
constexpr uint64_t kWallMs = 1'700'000'000'000;
constexpr Lsn kGroupLsn = make_lsn(5, 2 * kBlock);

SegmentFacts segment_facts() {
  SegmentFacts facts;
  facts.id = 5;
  facts.nonce = 0x99aabbccddeeff00;
  facts.state = SegmentState::sealed;
  facts.incarnation = 2;
  facts.data_end = 3 * kBlock;
  facts.records = 3;
  facts.first_sequence = 258;
  facts.last_sequence = 260;
  facts.record_bytes = 80;
  return facts;
}

struct ExampleRecord {
  uint32_t shard;
  uint32_t offset;  // in the group
  RecordFields fields;
};

const std::vector<ExampleRecord>& records() {
  static const std::vector<ExampleRecord> all = {
      {0, 96, {RecordKind::put, 258, kWallMs, as_bytes("user:7"), as_bytes("Ada")}},
      {3, 168, {RecordKind::put, 259, 0, as_bytes("city"), as_bytes("Oslo")}},
      {0, 132, {RecordKind::del, 260, 0, as_bytes("old"), {}}},
  };
  return all;
}

uint64_t size_of(const RecordFields& fields) {
  return record_size(fields.key.size(), fields.value.size(), fields.expiry_ms != 0);
}

std::vector<uint8_t> copy_of(const AlignedBuffer& buffer) { return {buffer.data(), buffer.data() + buffer.size()}; }

std::vector<uint8_t> record_example() {
  const RecordFields& fields = records()[0].fields;
  std::vector<uint8_t> bytes(size_of(fields));
  write_record(bytes.data(), fields);
  return bytes;
}

std::vector<uint8_t> segment_example() {
  std::vector<uint8_t> block(kBlock);
  write_segment_header(block.data(), kStoreId, segment_facts(), kWallMs);
  return block;
}

std::vector<uint8_t> group_example() {
  GroupHeader header;
  header.lsn = kGroupLsn;
  header.nonce = segment_facts().nonce;
  header.previous_link = 0x0102030405060708;
  header.first_sequence = 258;
  header.durable_lsn = kGroupLsn;
  header.wall_ms = kWallMs;
  header.length = 192;
  header.records = 3;
  header.frames = 2;
  header.incarnation = 2;
  std::vector<uint8_t> bytes(kBlock);
  write_frame_header(&bytes[80], {0, 1, 56, 2});
  write_frame_header(&bytes[152], {3, 1, 24, 1});
  for (const ExampleRecord& record : records()) write_record(&bytes[record.offset], record.fields);
  seal_group(bytes.data(), header);
  return bytes;
}

std::vector<RunEntry> run_entries() {
  std::vector<RunEntry> entries;
  for (const auto& [shard, offset, fields] : records())
    entries.push_back({hash_key(kHashSeed, fields.key), 2 * kBlock + offset, fields.kind, fields.sequence});
  return entries;
}

std::vector<uint8_t> run_example() { return copy_of(encode_run(kStoreId, segment_facts(), run_entries())); }

uint64_t segment_link() {
  const std::vector<uint8_t> group = group_example();
  return group_link(group.data());
}

Manifest manifest() {
  Manifest state;
  state.commit = 9;
  state.store_id = kStoreId;
  state.hash_seed = kHashSeed;
  state.incarnation = 2;
  state.clean = true;
  state.next_segment_id = 6;
  state.next_sequence = 261;
  state.last_link = segment_link();
  state.durable_lsn = make_lsn(5, 3 * kBlock);
  state.wall_ms = kWallMs;
  state.segment_bytes = 32u << 20;
  state.next_shard_id = 4;
  state.shards = {{0, 1, 0}, {3, 1, 1ull << 63}};
  state.segments = {segment_facts()};
  SegmentFacts& facts = state.segments[0];
  const std::vector<uint8_t> run = run_example();
  facts.run_bytes = run.size();
  facts.run_checksum = run_checksum(run);
  facts.link_before = 0x0102030405060708;
  facts.link_after = segment_link();
  return state;
}

std::vector<uint8_t> page_example() {
  PageBlocks blocks;
  Page page(blocks, 0, 0, 0, Page::State::loaded);
  for (const auto& [shard, offset, fields] : records()) {
    const uint32_t tag = tag_of(hash_key(kHashSeed, fields.key));
    if (fields.kind == RecordKind::put) page.insert_newest(tag, Address::disk(5, 2 * kBlock + offset), 1);
  }
  struct AsItIs {
    Address operator()(Address address) const { return address; }
    void prefetch(Address) const {}
  };
  std::vector<uint8_t> bytes(Page::max_encoded_size());
  bytes.resize(page.encode(bytes.data(), AsItIs()));
  return bytes;
}

Task<Result<ImageFacts>> write_index(Disk& disk) {
  IndexImageWriter writer(disk, kStore, kStoreId, 1, Pace());
  Status begun = co_await writer.begin();
  if (!begun.ok()) co_return begun;
  std::vector<PageImageFacts> facts(1);
  facts[0].captured_sequence = 260;
  facts[0].heat.sums[0][3] = 1.5;
  facts[0].heat.folded_ms = 60'000;
  co_await writer.add(std::move(facts), [](size_t, uint8_t* to) {
    const std::vector<uint8_t> page = page_example();
    std::copy(page.begin(), page.end(), to);
    return page.size();
  });
  Result<ImageFacts> finished = co_await writer.finish();
  co_return finished;
}

ImageFacts put_index(SimStore& store) {
  auto facts = finish(*store.disk, write_index(*store.disk));
  REQUIRE(facts.ok());
  return facts.value();
}

std::vector<uint8_t> index_example() {
  SimStore store;
  put_index(store);
  return store.machine.contents(in_store(names::index_image(1)));
}

std::vector<uint8_t> manifest_example() {
  SimStore store;
  Manifest state = manifest();
  state.images = {put_index(store)};
  state.images[0].begin_sequence = state.images[0].end_sequence = 260;
  return copy_of(encode_manifest(state));
}

Task<Status> write_fast(Disk& disk) {
  FastImageStamp stamp;
  stamp.store_id = kStoreId;
  stamp.incarnation = 2;
  stamp.class_number = 1;
  stamp.lsn = make_lsn(5, 3 * kBlock);
  stamp.link = segment_link();
  stamp.created_ms = kWallMs;
  stamp.below_rank = -40;
  FastImageWriter writer(disk, kStore, stamp, Pace());
  Status begun = co_await writer.begin();
  if (!begun.ok()) co_return begun;
  const std::vector<uint8_t> group = group_example();
  InMemory records;
  for (const size_t at : {96, 168}) records.add(Address::disk(5, 2 * kBlock + at), RecordView(&group[at]).bytes());
  co_await writer.add(records.records());
  std::vector<SegmentFacts> segments(1, segment_facts());
  Status finished = co_await writer.finish(std::move(segments));
  co_return finished;
}

std::vector<uint8_t> fast_example() {
  SimStore store;
  REQUIRE(finish(*store.disk, write_fast(*store.disk)).ok());
  return store.machine.contents(in_store(names::fast_class(1)));
}

// The document leaves out the zeros at the end.
std::vector<uint8_t> without_padding(std::vector<uint8_t> bytes) {
  while (!bytes.empty() && bytes.back() == 0) bytes.pop_back();
  return bytes;
}

}  // namespace

TEST_CASE("FORMAT.md's examples are what the code writes") {
  const auto documented = parse_examples(read_document());
  const std::map<std::string, std::vector<uint8_t>> written = {
      {"record", record_example()}, {"segment", segment_example()}, {"group", group_example()},
      {"run", run_example()},       {"manifest", manifest_example()}, {"index-image", index_example()},
      {"fast-image", fast_example()}, {"touches", copy_of(encode_touches({7, 8}, kStoreId))},
  };
  for (const auto& [name, bytes] : written) {
    CAPTURE(name);
    const auto example = documented.find(name);
    const bool matches = example != documented.end() && example->second.size() <= bytes.size() &&
                         without_padding(example->second) == without_padding(bytes);
    CHECK_MESSAGE(matches, "the code writes:\n" << dump(bytes));
  }
  CHECK(documented.size() == written.size());
}

TEST_CASE("FORMAT.md names every magic and version as the code has it") {
  const std::string document = read_document();
  const std::pair<uint32_t, uint32_t> formats[] = {
      {kSegmentMagic, kSegmentVersion},       {kRunMagic, kRunVersion},           {kManifestMagic, kManifestVersion},
      {kIndexImageMagic, kIndexImageVersion}, {kFastImageMagic, kFastImageVersion}};
  for (const auto& [magic, version] : formats) {
    const std::string text(reinterpret_cast<const char*>(&magic), sizeof magic);
    CHECK_MESSAGE(document.find("| `" + text + "` | " + std::to_string(version) + " |") != std::string::npos, text);
  }
  for (const uint32_t magic : {kGroupMagic, kFastChunkMagic}) {
    const std::string text(reinterpret_cast<const char*>(&magic), sizeof magic);
    CHECK_MESSAGE(document.find("`" + text + "`") != std::string::npos, text);
  }
}

TEST_CASE("FORMAT.md's record, group and segment header are read back") {
  auto documented = parse_examples(read_document());
  const std::vector<uint8_t>& record = documented["record"];
  REQUIRE(check_record(record).code == Errc::ok);
  CHECK(as_text(RecordView(record.data()).key()) == "user:7");
  CHECK(as_text(RecordView(record.data()).value()) == "Ada");
  CHECK(RecordView(record.data()).expiry_ms() == kWallMs);

  const std::vector<uint8_t>& group = documented["group"];
  GroupHeader header;
  REQUIRE(read_group_header(group, header) == Errc::ok);
  REQUIRE(check_group_body(group, header) == Errc::ok);
  std::vector<std::string> keys;
  REQUIRE(for_each_record(group, header, [&](const FrameHeader& frame, RecordView view, uint64_t) {
            keys.push_back(std::to_string(frame.shard) + " " + std::string(as_text(view.key())));
          }) == Errc::ok);
  CHECK(keys == std::vector<std::string>{"0 user:7", "0 old", "3 city"});
  CHECK(check_segment_header(to_blocks(documented["segment"]).view(), kStoreId, segment_facts()) == Errc::ok);
}

TEST_CASE("FORMAT.md's manifest and the files that it names are read back") {
  auto documented = parse_examples(read_document());
  SimStore store;
  const auto put = [&](const std::string& name, const std::string& example) {
    store.machine.replace(in_store(name), to_blocks(documented[example]).view());
  };
  put(names::manifest(0), "manifest");
  put(names::run(5), "run");
  put(names::index_image(1), "index-image");
  put(names::fast_class(1), "fast-image");

  const ManifestRead read = finish(*store.disk, read_manifest(*store.disk, kStore));
  REQUIRE(read.health == FileHealth::good);
  REQUIRE(read.manifest.segments.size() == 1);
  REQUIRE(read.manifest.images.size() == 1);
  auto run = finish(*store.disk, Run::open(*store.disk, in_store(names::run(5)), kStoreId, read.manifest.segments[0]));
  REQUIRE(run.ok());
  std::vector<RunEntry> entries;
  REQUIRE(finish(*store.disk, run.value()->read_range(0, ~0ull, entries)).ok());
  CHECK(entries.size() == 3);
  auto image = finish(*store.disk, IndexImageReader::open(*store.disk, kStore, kStoreId, read.manifest.images[0]));
  REQUIRE(image.ok());
  std::vector<uint8_t> page;
  REQUIRE(finish(*store.disk, image.value()->read_page(0, page)).ok());
  CHECK(page == page_example());
  auto fast = finish(*store.disk, FastImageReader::open(*store.disk, kStore, kStoreId, 1));
  REQUIRE(fast.ok());
  CHECK(fast.value()->records() == 2);
  CHECK(fast.value()->refers_to(read.manifest.segments[0]));
  AlignedBuffer chunk(kChunkBytes);
  REQUIRE(finish(*store.disk, fast.value()->read_chunk(0, {chunk.data(), chunk.size()})).ok());
  uint32_t used = 0;
  CHECK(fast.value()->check_chunk(0, chunk.view(), used) == Errc::ok);
}
