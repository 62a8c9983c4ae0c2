// SPDX-License-Identifier: Apache-2.0
#include "image/jpeg_marks.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <memory>

#include "tests/image/jpeg_maker.h"
#include "tests/loader/counted_allocations.h"

namespace seg {
namespace {

using testing::make_jpeg, testing::noise_image;

class JpegMarksOfAFile : public ::testing::Test {
 protected:
  static constexpr std::int64_t kRows = 100;  // of units; there is a mark every four

  // Walks from where the file may be entered to `row`. Returns where that was.
  std::int64_t walk_to(std::int64_t row, const Bytes& file) {
    const auto scan = read_jpeg_scan(file);
    EXPECT_TRUE(scan && units_->begin(file, *scan));
    marks_.begin(file, *scan, index_);
    const std::int64_t entered = marks_.enter(row, *units_);
    for (std::int64_t y = entered; y < row; ++y) {
      marks_.note(y, *units_);
      EXPECT_TRUE(units_->pass(scan->units_across()));
    }
    marks_.note(row, *units_);
    marks_.keep();
    place_ = units_->place();
    return entered;
  }

  const Bytes file_ = make_jpeg(noise_image(8 * kRows, 24, 3), {.restart_units = 7});
  JpegIndex index_;
  JpegMarks marks_;
  const std::unique_ptr<JpegUnits> units_ = std::make_unique<JpegUnits>();
  JpegPlace place_;
};

TEST_F(JpegMarksOfAFile, LeadToWhereWalkingDoes) {
  std::vector<JpegPlace> places;
  for (std::int64_t row = 0; row < kRows; ++row) {
    const auto scan = read_jpeg_scan(file_);
    ASSERT_TRUE(scan && units_->begin(file_, *scan) && units_->pass(row * scan->units_across()));
    places.push_back(units_->place());
  }
  EXPECT_EQ(walk_to(50, file_), 0);
  for (std::int64_t row = 0; row < kRows; ++row) {
    EXPECT_EQ(walk_to(row, file_), std::min<std::int64_t>(row / 4 * 4, std::max<std::int64_t>(48, (row - 1) / 4 * 4)));
    EXPECT_EQ(place_, places[static_cast<std::size_t>(row)]) << row;
  }
}

TEST_F(JpegMarksOfAFile, AnyChangeBeforeThePlaceIsSeen) {
  EXPECT_EQ(walk_to(40, file_), 0);
  const std::size_t before = place_.offset;
  for (std::size_t byte = before - 300; byte < before + 20; ++byte) {
    Bytes changed = file_;
    changed[byte] ^= std::byte{16};
    const auto scan = read_jpeg_scan(changed);
    ASSERT_TRUE(scan && units_->begin(changed, *scan));
    marks_.begin(changed, *scan, index_);
    const bool is_before = byte < before + (place_.bit != 0 ? 1 : 0);
    EXPECT_EQ(marks_.enter(40, *units_), is_before ? 0 : 40) << byte;
    EXPECT_EQ(walk_to(40, file_), 40);  // which forgets nothing
  }
}

TEST_F(JpegMarksOfAFile, PlacesBehindACutAreNotUsed) {
  EXPECT_EQ(walk_to(40, file_), 0);
  const Bytes start(file_.begin(), file_.begin() + static_cast<std::ptrdiff_t>(place_.offset));
  const auto scan = read_jpeg_scan(start);
  ASSERT_TRUE(scan && units_->begin(start, *scan));
  marks_.begin(start, *scan, index_);
  EXPECT_EQ(marks_.enter(40, *units_), 0);
}

// A name may stand for two files, and an index may hold anything: without the digest nothing is believed.
TEST_F(JpegMarksOfAFile, ThoseOfAnotherFileAreNotUsed) {
  EXPECT_EQ(walk_to(40, file_), 0);
  const Bytes other = make_jpeg(noise_image(8 * kRows, 24, 3, 2), {.restart_units = 7});
  Bytes mixed(file_.begin(), file_.begin() + static_cast<std::ptrdiff_t>(place_.offset / 2));
  mixed.insert(mixed.end(), other.begin() + static_cast<std::ptrdiff_t>(place_.offset / 2), other.end());
  mixed.resize(file_.size());  // header, start and size are the same: so is the name
  const auto scan = read_jpeg_scan(mixed);
  ASSERT_TRUE(scan && units_->begin(mixed, *scan));
  marks_.begin(mixed, *scan, index_);
  EXPECT_EQ(marks_.enter(40, *units_), 0);
  EXPECT_EQ(index_.size(), 1U);
}

TEST_F(JpegMarksOfAFile, AKnownFileAllocatesNothing) {
  EXPECT_EQ(walk_to(10, file_), 0);
  const std::int64_t before = testing::allocations();
  const std::int64_t entered = walk_to(99, file_);
  const std::int64_t allocated = testing::allocations() - before;
  EXPECT_EQ(entered, 8);
  EXPECT_EQ(allocated, 0);
}

}  // namespace
}  // namespace seg
