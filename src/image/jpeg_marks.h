// SPDX-License-Identifier: Apache-2.0
// Enters a JPEG file at a place near the rows that are wanted, if the file was seen before (image/jpeg_index.h), and
// notes such places for the next time.
//
// Not thread-safe; the file, and the index while it is in use, must outlive the reading. Nothing is allocated after the
// first time, but by the index.
#pragma once
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "image/jpeg_index.h"
#include "image/jpeg_scan.h"
#include "image/jpeg_units.h"

namespace seg {

class JpegMarks {
 public:
  void begin(std::span<const std::byte> file, const JpegScan& scan, JpegIndex& index);

  // Moves `units`, which are before the first row of units, to one that is not behind `row`, and returns its number.
  std::int64_t enter(std::int64_t row, JpegUnits& units);

  // To be called at the beginning of each row from then on.
  void note(std::int64_t row, const JpegUnits& units);

  // For the next time.
  void keep() const;

 private:
  bool extend(const JpegPlace& place);
  std::int64_t forget();

  std::span<const std::byte> file_;
  JpegIndex* index_ = nullptr;
  std::uint64_t name_ = 0;
  std::int64_t spacing_ = 1;             // rows of units from one mark to the next
  std::size_t header_ = 0, behind_ = 0;  // digested so far
  std::uint64_t digest_ = 0;
  std::vector<JpegMark> marks_;
  bool is_new_ = false;
};

}  // namespace seg
