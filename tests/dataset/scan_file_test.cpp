// SPDX-License-Identifier: Apache-2.0
#include "dataset/scan_file.h"

#include <gtest/gtest.h>

#include <string>

namespace seg {
namespace {

SampleKey key(std::uint64_t number) { return {.high = number, .low = ~number, .sample = 3 * number}; }

std::string file_of(std::uint64_t count) {
  std::string file = scan_file_head();
  for (std::uint64_t i = 0; i < count; ++i)
    append_scan_entry(file, {.key = key(i), .labels = "labels", .image = i % 2 == 0 ? "image" : ""});
  return file;
}

TEST(ScanFile, HoldsItsEntries) {
  const std::string file = file_of(3);
  const auto entries = read_scan_file(file);
  ASSERT_EQ(entries.size(), 3u);
  EXPECT_EQ(entries[2].key, key(2));
  EXPECT_EQ(entries[2].labels, "labels");
  EXPECT_EQ(entries[2].image, "image");
  EXPECT_EQ(entries[1].image, "");
}

TEST(ScanFile, OfAnotherKindOrVersionHoldsNothing) {
  EXPECT_TRUE(read_scan_file("").empty());
  for (std::size_t at = 0; at < scan_file_head().size(); ++at) {
    std::string file = file_of(2);
    file[at] = static_cast<char>(file[at] ^ 1);
    EXPECT_TRUE(read_scan_file(file).empty()) << at;
  }
}

TEST(ScanFile, CutAnywhereHoldsItsWholeEntries) {
  const std::string file = file_of(3);
  const std::size_t first = file_of(1).size(), second = file_of(2).size();
  for (std::size_t size = 0; size < file.size(); ++size)
    ASSERT_EQ(read_scan_file(file.substr(0, size)).size(), size < first ? 0u : size < second ? 1u : 2u) << size;
}

TEST(ScanFile, DoesNotBelieveADamagedEntry) {
  const std::string whole = file_of(3);
  for (std::size_t at = scan_file_head().size(); at < whole.size(); ++at) {
    for (const char bit : {'\1', '\x80'}) {
      std::string file = whole;
      file[at] = static_cast<char>(file[at] ^ bit);
      const auto entries = read_scan_file(file);
      ASSERT_LE(entries.size(), 2u) << at;
      for (const ScanEntry& entry : entries) ASSERT_EQ(entry.labels, "labels") << at;
    }
  }
}

TEST(ScanFile, ADamagedEntryDoesNotHideTheOthers) {
  std::string file = file_of(3);
  file[file_of(1).size() - 1] ^= 1;  // the first one's checksum
  const auto entries = read_scan_file(file);
  ASSERT_EQ(entries.size(), 2u);
  EXPECT_EQ(entries[0].key, key(1));
}

}  // namespace
}  // namespace seg
