// SPDX-License-Identifier: Apache-2.0
#include "telemetry/record_file.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "base/crc32c.h"
#include "base/error.h"
#include "base/file.h"
#include "tests/support/temporary_folder.h"

namespace seg {
namespace {

class Records : public ::testing::Test {
 protected:
  std::vector<std::string> records() const {
    std::vector<std::string> found;
    keep_records(path_, [&](std::string_view data) {
      found.emplace_back(data);
      return true;
    });
    return found;
  }

  testing::TemporaryFolder folder_;
  const std::filesystem::path path_ = folder_ / "records";
};

TEST_F(Records, TheFrameIsLengthChecksumDataChecksum) {
  const std::string record = framed_record("abc");
  ASSERT_EQ(record.size(), 8U + 4 + 3 + 4);
  EXPECT_EQ(record.substr(0, 8), std::string("\3\0\0\0\0\0\0\0", 8));
  EXPECT_EQ(record.substr(12, 3), "abc");
  const auto masked = [](const std::string& data) {
    const std::uint32_t crc = crc32c(data);
    return ((crc >> 15U) | (crc << 17U)) + 0xA282EAD8U;
  };
  const auto number = [&](std::size_t at) {
    std::uint32_t value = 0;
    for (int i = 3; i >= 0; --i)
      value = value << 8U | static_cast<unsigned char>(record[at + static_cast<std::size_t>(i)]);
    return value;
  };
  EXPECT_EQ(number(8), masked(record.substr(0, 8)));
  EXPECT_EQ(number(15), masked("abc"));
}

TEST_F(Records, AreReadInTheirOrderAndChosen) {
  {
    RecordFile file(path_);
    for (const char* data : {"one", "", "three"}) file.append(data);
  }
  RecordFile(path_).append("four");
  EXPECT_EQ(records(), (std::vector<std::string>{"one", "", "three", "four"}));
  EXPECT_EQ(keep_records(path_, [](std::string_view data) { return data.size() >= 4; }), 2);
  EXPECT_EQ(read_text(path_), framed_record("three") + framed_record("four"));
}

TEST_F(Records, ATornTailIsCutWhereverItIsTorn) {
  const std::string whole = framed_record("first"), last = framed_record("second");
  for (std::size_t size = 0; size < last.size(); ++size) {
    write_file(path_, whole + last.substr(0, size));
    EXPECT_EQ(records(), std::vector<std::string>{"first"}) << size;
    EXPECT_EQ(read_text(path_), whole) << size;
  }
}

TEST_F(Records, ADamagedByteAnywhereIsFound) {
  const std::string whole = framed_record("first"), last = framed_record("second");
  for (std::size_t at = 0; at < last.size(); ++at) {
    std::string damaged = last;
    damaged[at] = static_cast<char>(damaged[at] ^ 0x10);
    write_file(path_, whole + damaged + whole);
    EXPECT_EQ(records(), std::vector<std::string>{"first"}) << at;
  }
}

TEST_F(Records, WhatIsWholeIsNotWrittenAnew) {
  write_file(path_, framed_record("first"));
  const auto written = std::filesystem::last_write_time(path_);
  EXPECT_EQ(records().size(), 1U);
  EXPECT_EQ(std::filesystem::last_write_time(path_), written);
}

TEST_F(Records, AMissingFileIsAUserError) { EXPECT_THROW(records(), UserError); }

}  // namespace
}  // namespace seg
