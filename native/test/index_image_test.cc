// Index images: every page comes back as it was added, alone or in a batch; damage costs the page it is in and no
// other; a crash leaves no image or the whole one.
#include "engine/checkpoint/index_image.h"

#include <algorithm>

#include "engine/base/cursor.h"
#include "engine/base/file_header.h"
#include "engine/checkpoint/index_format.h"
#include "test/file_support.h"

using namespace foreshard;
using namespace foreshard::test;

namespace {

constexpr uint64_t kStoreId = 0x1de;
constexpr uint64_t kGeneration = 12;
const std::string kPath = in_store(names::index_image(kGeneration));

struct SourcePage {
  PageImageFacts facts;
  std::vector<uint8_t> bytes;
};

// Pages that tile the hash space, some split deeper than others.
std::vector<SourcePage> random_pages(Random& random, uint8_t depth, size_t bytes_max) {
  std::vector<SourcePage> pages;
  for (uint64_t i = 0; i < 1ull << depth; ++i) {
    const uint8_t deeper = random.chance(0.3) ? 1 : 0;
    for (uint64_t half = 0; half < 1u + deeper; ++half) {
      SourcePage& page = pages.emplace_back();
      page.facts.depth = static_cast<uint8_t>(depth + deeper);
      page.facts.prefix = page.facts.depth == 0 ? 0 : (i << deeper | half) << (64 - page.facts.depth);
      page.facts.record_bytes = random.below(1u << 30) * 64;
      page.facts.captured_sequence = random.next();
      page.bytes = random_bytes(random, 1 + random.below(bytes_max));
    }
  }
  return pages;
}

Task<Result<ImageFacts>> write_image(Disk& disk, std::vector<SourcePage> pages, uint64_t bytes_per_second = 0) {
  IndexImageWriter writer(disk, kStore, kStoreId, kGeneration, Pace{bytes_per_second});
  Status begun = co_await writer.begin();
  if (!begun.ok()) co_return begun;
  for (size_t first = 0, count = 1; first < pages.size(); first += count, count = count % IndexImageWriter::kPagesMax + 1) {
    std::vector<PageImageFacts> facts;
    for (size_t i = first; i < std::min(first + count, pages.size()); ++i) facts.push_back(pages[i].facts);
    co_await writer.add(std::move(facts), [&pages, first](size_t page, uint8_t* to) {
      const std::vector<uint8_t>& bytes = pages[first + page].bytes;
      std::copy(bytes.begin(), bytes.end(), to);
      return bytes.size();
    });
  }
  Result<ImageFacts> finished = co_await writer.finish();
  co_return finished;
}

Result<std::unique_ptr<IndexImageReader>> open_image(SimDisk& disk, const ImageFacts& facts,
                                                     uint64_t store_id = kStoreId) {
  return finish(disk, IndexImageReader::open(disk, kStore, store_id, facts));
}

ImageFacts put_image(SimStore& store, const std::vector<SourcePage>& pages) {
  auto facts = finish(*store.disk, write_image(*store.disk, pages));
  REQUIRE(facts.ok());
  return facts.value();
}

void sort_by_prefix(std::vector<SourcePage>& pages) {
  std::sort(pages.begin(), pages.end(),
            [](const SourcePage& a, const SourcePage& b) { return a.facts.prefix < b.facts.prefix; });
}

template <class T>
void shuffle(Random& random, std::vector<T>& items) {
  for (size_t i = items.size(); i > 1; --i) std::swap(items[i - 1], items[random.below(i)]);
}

void check_singly(SimDisk& disk, IndexImageReader& reader, const std::vector<SourcePage>& sorted) {
  for (size_t i = 0; i < sorted.size(); ++i) {
    std::vector<uint8_t> page;
    REQUIRE(finish(disk, reader.read_page(i, page)).ok());
    REQUIRE(page == sorted[i].bytes);
    page.clear();
    REQUIRE(reader.read_page_now(i, page).ok());
    REQUIRE(page == sorted[i].bytes);
  }
}

void check_batch(SimDisk& disk, IndexImageReader& reader, const std::vector<SourcePage>& sorted, size_t first,
                 size_t count) {
  auto batch = finish(disk, reader.read_batch(first, count));
  REQUIRE(batch.ok());
  REQUIRE(batch.value().pages.size() == count);
  for (size_t i = 0; i < count; ++i) REQUIRE(equal(batch.value().pages[i], sorted[first + i].bytes));
}

// How many pages are readable, all of them as they were; or why the image cannot be opened.
Result<size_t> readable_pages(SimDisk& disk, const ImageFacts& facts, const std::vector<SourcePage>& sorted) {
  auto opened = open_image(disk, facts);
  if (!opened.ok()) return opened.status();
  IndexImageReader& reader = *opened.value();
  REQUIRE(reader.pages().size() == sorted.size());
  auto batch = finish(disk, reader.read_batch(0, sorted.size()));
  REQUIRE(batch.ok());
  size_t readable = 0;
  for (size_t i = 0; i < sorted.size(); ++i) {
    REQUIRE(reader.pages()[i].prefix == sorted[i].facts.prefix);
    REQUIRE(reader.pages()[i].captured_sequence == sorted[i].facts.captured_sequence);
    std::vector<uint8_t> page;
    const bool single = finish(disk, reader.read_page(i, page)).ok();
    REQUIRE(single == !batch.value().pages[i].empty());
    if (!single) continue;
    REQUIRE(page == sorted[i].bytes);
    REQUIRE(equal(batch.value().pages[i], page));
    ++readable;
  }
  finish_void(disk, reader.close());
  return readable;
}

}  // namespace

TEST_CASE("the pages of an image come back as they were added, in any order") {
  for (uint64_t seed = 1; seed <= 12; ++seed) {
    CAPTURE(seed);
    Random random(seed);
    SimStore store(seed);
    std::vector<SourcePage> pages = random_pages(random, static_cast<uint8_t>(seed % 6), Page::max_encoded_size());
    if (seed % 2 == 0) shuffle(random, pages);
    const ImageFacts facts = put_image(store, pages);
    sort_by_prefix(pages);
    CHECK(facts.pages == pages.size());
    CHECK(facts.file_bytes == store.machine.contents(kPath).size());
    auto opened = open_image(*store.disk, facts);
    REQUIRE(opened.ok());
    IndexImageReader& reader = *opened.value();
    check_singly(*store.disk, reader, pages);
    check_batch(*store.disk, reader, pages, 0, pages.size());
    for (int i = 0; i < 10; ++i) {
      const size_t first = random.below(pages.size() + 1);
      check_batch(*store.disk, reader, pages, first, random.below(pages.size() - first + 1));
    }
    finish_void(*store.disk, reader.close());
  }
}

TEST_CASE("an image of no pages is an image") {
  SimStore store;
  const ImageFacts facts = put_image(store, {});
  CHECK(facts.pages == 0);
  CHECK(readable_pages(*store.disk, facts, {}).value() == 0);
}

TEST_CASE("pages that are not there cannot be read") {
  Random random(1);
  SimStore store;
  const ImageFacts facts = put_image(store, random_pages(random, 2, 100));
  auto opened = open_image(*store.disk, facts);
  REQUIRE(opened.ok());
  IndexImageReader& reader = *opened.value();
  std::vector<uint8_t> page;
  CHECK(finish(*store.disk, reader.read_page(facts.pages, page)).code == Errc::bad_argument);
  CHECK(reader.read_page_now(facts.pages, page).code == Errc::bad_argument);
  CHECK(finish(*store.disk, reader.read_batch(1, facts.pages)).code() == Errc::bad_argument);
  CHECK(finish(*store.disk, reader.read_batch(1, ~size_t{0})).code() == Errc::bad_argument);
  finish_void(*store.disk, reader.close());
}

TEST_CASE("an image cut short or with a bit flipped is refused, or loses the one page it hits") {
  Random random(9);
  SimStore store;
  std::vector<SourcePage> pages = random_pages(random, 2, 60);
  const ImageFacts facts = put_image(store, pages);
  sort_by_prefix(pages);
  const auto check = [&](const std::string& damage) {
    const Result<size_t> readable = readable_pages(*store.disk, facts, pages);
    if (readable.ok() && readable.value() + 1 >= pages.size()) return;
    INFO(damage);
    REQUIRE_FALSE(readable.ok());
    REQUIRE(readable.code() != Errc::not_found);
  };
  for_each_truncation(store.machine, kPath, check);
  for_each_flip(store.machine, kPath, check);
  CHECK(readable_pages(*store.disk, facts, pages).value() == pages.size());
}

TEST_CASE("a sector that cannot be read costs the pages in its read only") {
  Random random(10);
  SimStore store;
  std::vector<SourcePage> pages = random_pages(random, 7, Page::max_encoded_size());
  const ImageFacts facts = put_image(store, pages);
  auto opened = open_image(*store.disk, facts);
  REQUIRE(opened.ok());
  store.machine.faults().plan.push_back(
      {.op = IoOp::read, .path_part = ".idx", .count = 99, .offset = facts.directory_offset / 2, .length = 1});
  auto batch = finish(*store.disk, opened.value()->read_batch(0, facts.pages));
  REQUIRE(batch.ok());
  const std::vector<Bytes>& views = batch.value().pages;
  const auto lost = std::count_if(views.begin(), views.end(), [](Bytes view) { return view.empty(); });
  CHECK(lost > 0);
  CHECK(static_cast<size_t>(lost) < pages.size() * 2 / 3);
  finish_void(*store.disk, opened.value()->close());
}

TEST_CASE("another store's image, another generation and another directory are not taken for this one") {
  Random random(2);
  SimStore store;
  const ImageFacts facts = put_image(store, random_pages(random, 2, 100));
  CHECK(open_image(*store.disk, facts, kStoreId + 1).code() == Errc::wrong_store);
  ImageFacts other = facts;
  ++other.directory_checksum;
  CHECK(open_image(*store.disk, other).code() == Errc::checksum_mismatch);
  for (uint64_t ImageFacts::*field : {&ImageFacts::pages, &ImageFacts::directory_bytes, &ImageFacts::directory_offset})
    for (const uint64_t value : {uint64_t{0}, uint64_t{1} << 60, facts.*field + 1, facts.*field + kBlock}) {
      other = facts;
      other.*field = value;
      CHECK_FALSE(open_image(*store.disk, other).ok());
    }
  other = facts;
  other.generation = kGeneration + 1;
  CHECK(open_image(*store.disk, other).code() == Errc::not_found);
  store.machine.replace(in_store(names::index_image(other.generation)), store.machine.contents(kPath));
  CHECK(open_image(*store.disk, other).code() == Errc::wrong_store);
}

TEST_CASE("a directory whose pages do not fit together is refused, though its checksum holds") {
  Random random(2);
  SimStore store;
  const ImageFacts facts = put_image(store, random_pages(random, 2, 100));
  const std::vector<uint8_t> good = store.machine.contents(kPath);
  for (const size_t field : {0, 8, 24, 32})
    for (const uint32_t value : {1u, 21u, 1u << 30, ~0u}) {
      CAPTURE(field);
      CAPTURE(value);
      std::vector<uint8_t> bad = good;
      foreshard::store<uint32_t>(&bad[facts.directory_offset + kIndexEntryBytes + field], value);
      ImageFacts sealed = facts;
      sealed.directory_checksum = checksum64({&bad[facts.directory_offset], facts.directory_bytes});
      store.machine.replace(kPath, bad);
      if (field == 32 && value <= 21) continue;  // a shorter page is possible; its own checksum fails
      CHECK(open_image(*store.disk, sealed).code() == Errc::corrupt);
    }
}

TEST_CASE("pages that overlap are not written as an image") {
  SimStore store;
  Random random(3);
  std::vector<SourcePage> pages = random_pages(random, 2, 100);
  pages.push_back(pages.back());
  CHECK(finish(*store.disk, write_image(*store.disk, pages)).code() == Errc::internal);
  CHECK(store.machine.files().empty());
}

TEST_CASE("an image is written no faster than allowed, in chunks") {
  Random random(3);
  SimStore store;
  const std::vector<SourcePage> pages = random_pages(random, 6, Page::max_encoded_size());
  const uint64_t rate = 10'000'000, started_ns = store.machine.now_ns();
  const auto facts = finish(*store.disk, write_image(*store.disk, pages, rate));
  REQUIRE(facts.ok());
  const uint64_t taken_ns = store.machine.now_ns() - started_ns;
  CHECK(taken_ns >= facts.value().file_bytes * 1'000'000'000 / rate);
  CHECK(store.machine.counters().of(IoOp::write) >= facts.value().file_bytes / kPacedChunk);
}

TEST_CASE("an image whose writing failed is not there, and what was begun is removed") {
  for (const IoOp op : {IoOp::open, IoOp::write, IoOp::sync, IoOp::rename}) {
    CAPTURE(name_of(op));
    Random random(3);
    SimStore store;
    store.machine.faults().plan.push_back({.op = op, .path_part = ".idx", .system_errno = ENOSPC});
    CHECK(finish(*store.disk, write_image(*store.disk, random_pages(random, 2, 100))).code() == Errc::disk_full);
    CHECK(store.machine.files().empty());
  }
}

TEST_CASE("an image that is given up leaves nothing") {
  SimStore store;
  IndexImageWriter writer(*store.disk, kStore, kStoreId, kGeneration, Pace());
  REQUIRE(finish(*store.disk, writer.begin()).ok());
  REQUIRE(finish(*store.disk, writer.add({{}}, [](size_t, uint8_t* to) { return *to = 7, size_t{1}; })).ok());
  finish_void(*store.disk, writer.abandon());
  CHECK(store.machine.files().empty());
  CHECK_FALSE(finish(*store.disk, writer.finish()).ok());
}

TEST_CASE("a crash at any step of an image leaves none or the whole one") {
  Random random(7);
  std::vector<SourcePage> pages = random_pages(random, 3, Page::max_encoded_size());
  std::vector<SourcePage> sorted = pages;
  sort_by_prefix(sorted);
  ImageFacts facts;
  {
    SimStore store;
    facts = put_image(store, pages);
  }
  const auto act = [&](SimStore& store) {
    Task<Result<ImageFacts>> task = write_image(*store.disk, pages);
    return run(*store.disk, task) && task.take().ok();
  };
  const auto verify = [&](SimStore& store, bool acted) {
    const Result<size_t> readable = readable_pages(*store.disk, facts, sorted);
    if (acted || readable.code() != Errc::not_found) {
      REQUIRE(readable.ok());
      REQUIRE(readable.value() == sorted.size());
    }
    REQUIRE(act(store));  // over what was left
    REQUIRE(readable_pages(*store.disk, facts, sorted).value() == sorted.size());
  };
  for (uint64_t seed = 1; seed <= 10'000; seed += 1'000) crash_at_each_step(seed, [](SimStore&) {}, act, verify);
}
