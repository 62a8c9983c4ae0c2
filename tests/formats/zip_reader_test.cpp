// SPDX-License-Identifier: Apache-2.0
#include "formats/zip_reader.h"

#include <gtest/gtest.h>

#include "base/random.h"
#include "tests/formats/problem_of.h"
#include "tests/formats/zip_maker.h"

namespace seg {
namespace {

using testing::expect_problem;
using testing::refusal_of;
using testing::ZipMaker;
using testing::ZipPart;

std::span<const std::byte> bytes_of_text(const std::string& text) { return std::as_bytes(std::span(text)); }

std::string text_of(std::span<const std::byte> bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

// Reads all that can be read, for the sanitizer to watch.
void read_all(const std::string& file) {
  const ZipReader zip(bytes_of_text(file), "w.pth");
  for (const ZipEntry& entry : zip.entries()) (void)zip.read(entry);
}

void expect_refused(const ZipMaker& maker, const std::string& part) {
  const std::string file = maker.bytes();
  expect_problem([&] { read_all(file); }, part);
}

const std::vector<ZipPart> kTwoParts = {{.name = "a", .data = "alpha"}, {.name = "b/c", .data = "be"}};

TEST(ZipReader, GivesEveryEntryInTheOrderOfTheDirectory) {
  const std::string file = ZipMaker{.parts = kTwoParts}.bytes();
  const ZipReader zip(bytes_of_text(file), "w.pth");
  ASSERT_EQ(zip.entries().size(), 2u);
  EXPECT_EQ(zip.entries()[0].name, "a");
  EXPECT_EQ(text_of(zip.read(zip.entries()[1])), "be");
  ASSERT_NE(zip.find("a"), nullptr);
  EXPECT_EQ(text_of(zip.read(*zip.find("a"))), "alpha");
  EXPECT_EQ(zip.find("c"), nullptr);
}

TEST(ZipReader, ReadsDescriptorsLargeNumbersCommentsAndAnEmptyContainer) {
  std::vector<ZipPart> parts = kTwoParts;
  for (ZipPart& part : parts) part.has_descriptor = part.has_wide_directory = true;
  parts[1].has_wide_descriptor = true;
  parts.push_back({.name = "empty", .data = "", .has_descriptor = true});
  const std::string file = ZipMaker{.parts = parts, .has_wide_end = true, .comment = "PK\5\6 is here, too"}.bytes();
  const ZipReader zip(bytes_of_text(file), "w.pth");
  ASSERT_EQ(zip.entries().size(), 3u);
  EXPECT_EQ(text_of(zip.read(*zip.find("b/c"))), "be");
  const std::string empty = ZipMaker{}.bytes();
  EXPECT_TRUE(ZipReader::looks_like_zip(bytes_of_text(empty)));
  EXPECT_TRUE(ZipReader(bytes_of_text(empty), "w.pth").entries().empty());
}

TEST(ZipReader, RefusesWhatWeightFilesNeverHaveByName) {
  ZipMaker maker{.parts = kTwoParts};
  maker.parts[1].method = 8;
  expect_refused(maker, R"("b/c" is compressed (method 8))");
  maker.parts[1] = {.name = "b/c", .data = "be", .flags = 1};
  expect_refused(maker, R"("b/c" is encrypted)");
  maker.parts[1] = kTwoParts[0];
  expect_refused(maker, R"(holds "a" twice)");
}

TEST(ZipReader, RefusesAContradictionBetweenHeaderAndDirectory) {
  const auto with = [](ZipPart part) { return ZipMaker{.parts = {std::move(part)}}; };
  expect_refused(with({.name = "a", .data = "alpha", .local_name = "b"}), "contradicts");
  expect_refused(with({.name = "a", .data = "alpha", .local_size = 4}), "contradicts");
  expect_refused(with({.name = "a", .data = "alpha", .has_descriptor = true, .descriptor_size = 4}), "contradicts");
  expect_refused(with({.name = "a", .data = "alpha", .size = 0xfffffff0}), "leaves the file");
  expect_refused(with({.name = "a", .data = "alpha", .header = 1}), "is not where");
  expect_refused(with({.name = "a", .data = "alpha", .header = 0xfffffff0}), "is not where");
}

TEST(ZipReader, RefusesDataThatAreNotWhatWasWritten) {
  expect_refused(ZipMaker{.parts = {{.name = "a", .data = "alpha", .checksum = 7}}}, "checksum");
}

TEST(ZipReader, RefusesEntriesThatOverlap) {
  // The second entry's directory line points at the first one's header, which carries the same name and size.
  ZipMaker maker{.parts = {{.name = "a", .data = "alpha"}, {.name = "b", .data = "alpha", .header = 0}}};
  expect_refused(maker, "contradicts");
  // An entry that lies inside of another one's data.
  const std::string inner = ZipMaker{.parts = {{.name = "b", .data = "x"}}}.bytes().substr(0, 32);
  maker = {.parts = {{.name = "a", .data = inner}, {.name = "b", .data = "x", .header = 31}}};
  expect_refused(maker, R"("b" overlaps)");
}

TEST(ZipReader, RefusesADirectoryThatCannotBe) {
  expect_refused({.parts = kTwoParts, .count = 3}, "more entries");
  expect_refused({.parts = kTwoParts, .count = 1}, "not as long as it says");
  expect_refused({.parts = kTwoParts, .count = 65535}, "more entries");
  expect_refused({.parts = kTwoParts, .directory_offset = 0xfffffff0}, "ends within its directory");
  expect_refused({.parts = kTwoParts, .directory_size = 0xfffffff0}, "ends within its directory");
  expect_refused({.parts = kTwoParts, .directory_offset = 0}, "damaged directory");
  expect_problem([] { read_all("no container at all, but long enough for one"); }, "no directory");
  expect_problem([] { read_all(""); }, "no directory");
}

TEST(ZipReader, RefusesAFileThatWasCutAnywhere) {
  std::vector<ZipPart> parts = kTwoParts;
  parts[0].has_descriptor = parts[1].has_wide_directory = true;
  for (const bool has_wide_end : {false, true}) {
    const std::string file = ZipMaker{.parts = parts, .has_wide_end = has_wide_end}.bytes();
    for (std::size_t length = 0; length < file.size(); ++length) {
      const std::string cut = file.substr(0, length);
      EXPECT_TRUE(refusal_of([&] { read_all(cut); })) << "cut to " << length << " of " << file.size();
    }
  }
}

TEST(ZipReader, SurvivesEveryFlippedBitAndRandomDamage) {
  std::vector<ZipPart> parts = kTwoParts;
  parts[0].has_descriptor = parts[1].has_wide_directory = true;
  const std::string file = ZipMaker{.parts = parts, .has_wide_end = true}.bytes();
  for (std::size_t bit = 0; bit < 8 * file.size(); ++bit) {
    std::string damaged = file;
    damaged[bit / 8] = static_cast<char>(damaged[bit / 8] ^ (1 << bit % 8));
    (void)refusal_of([&] { read_all(damaged); });
  }
  Random random(1, RandomStream::synthetic, 0);
  for (int round = 0; round < 2000; ++round) {
    std::string damaged = file;
    for (int i = 0; i < 4; ++i) damaged[random.below(damaged.size())] = static_cast<char>(random.below(2) * 255);
    (void)refusal_of([&] { read_all(damaged); });
  }
}

}  // namespace
}  // namespace seg
