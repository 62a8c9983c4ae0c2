// SPDX-License-Identifier: Apache-2.0
#include "loader/segment_map.h"

#include <gtest/gtest.h>

#include <cerrno>
#include <cstring>
#include <fstream>
#include <string>
#include <system_error>

#include "base/opened_file.h"
#include "tests/support/temporary_folder.h"

namespace seg {
namespace {

constexpr std::uint64_t kSegment = 4096;

class MappedSegments : public ::testing::Test {
 protected:
  MappedSegments() { append(std::string(kSegment, 'a') + "bcd"); }
  void append(const std::string& text) { std::ofstream(path_, std::ios::binary | std::ios::app) << text; }

  testing::TemporaryFolder folder_;
  const std::filesystem::path path_ = folder_ / "file";
};

std::string text_of(std::span<const std::byte> bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

TEST_F(MappedSegments, AreReadWhereverTheyLie) {
  const Descriptor file = open_for_reading(path_);
  SegmentMap map(file.get(), kSegment);
  EXPECT_EQ(text_of(map.at(kSegment, 3)), "bcd");
  EXPECT_EQ(text_of(map.at(kSegment - 2, 2)), "aa");
}

TEST_F(MappedSegments, GrowWithTheFileAndOutliveItsName) {
  const Descriptor file = open_for_reading(path_);
  SegmentMap map(file.get(), kSegment);
  const auto later = map.at(kSegment + 3, 2);  // is not there yet
  append("ef");
  std::filesystem::remove(path_);
  EXPECT_EQ(text_of(later), "ef");
}

TEST_F(MappedSegments, ThatTheSystemDoesNotMapAreAnErrorOfIts) {
  const Descriptor file = open_for_reading(path_);
  SegmentMap huge(file.get(), std::uint64_t{1} << 60);
  try {
    (void)huge.at(0, 1);
    FAIL() << "no error";
  } catch (const std::system_error& error) {
    EXPECT_EQ(error.code().value(), ENOMEM);
  }
  SegmentMap far(file.get(), kSegment);
  EXPECT_THROW((void)far.at(kSegment << 20, 1), std::system_error);
}

}  // namespace
}  // namespace seg
