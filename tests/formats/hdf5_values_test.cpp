// SPDX-License-Identifier: Apache-2.0
#include "formats/hdf5_values.h"

#include <gtest/gtest.h>

#include <cstring>

#include "base/file.h"
#include "tests/formats/hdf5_maker.h"
#include "tests/support/problem_of.h"
#include "tests/support/temporary_folder.h"

namespace seg {
namespace {

using testing::contains;
using testing::Hdf5Maker;
using testing::Hdf5Recipe;
using testing::problem_of;

class Hdf5Values : public ::testing::Test {
 protected:
  Hdf5Array described() const { return describe_hdf5(PositionedFile(path_), {.names = {"pixels"}}).at(0).arrays.at(0); }

  // Every window of a few, against the values that the library was given.
  void expect_values(const Hdf5Recipe& recipe) {
    std::vector<std::uint16_t> values;
    { values = Hdf5Maker(path_).add("pixels", recipe); }
    const Hdf5Array array = described();
    const PositionedFile file(path_);
    const auto [count, height, width, channels] = array.shape;
    for (std::int64_t image = 0; image < count; ++image)
      for (const Hdf5Window& window :
           {Hdf5Window{image, 0, 0, height, width}, Hdf5Window{image, 1, 2, height - 1, width - 3},
            Hdf5Window{image, height - 1, width - 1, 1, 1}, Hdf5Window{image, height / 2, 0, 2, width},
            Hdf5Window{image, 0, 0, 0, 0}}) {
        const auto num_values = static_cast<std::size_t>(window.height * window.width * channels);
        Bytes bytes(num_values * static_cast<std::size_t>(array.value_bytes));
        read_hdf5_window(file, array, window, bytes);
        for (std::size_t i = 0; i < num_values; ++i) {
          std::uint16_t value = 0;
          std::memcpy(&value, &bytes[i * static_cast<std::size_t>(array.value_bytes)],
                      static_cast<std::size_t>(array.value_bytes));
          const auto pixel = static_cast<std::int64_t>(i) / channels, c = static_cast<std::int64_t>(i) % channels;
          const std::int64_t y = window.top + pixel / window.width, x = window.left + pixel % window.width;
          const std::int64_t at = ((image * height + y) * width + x) * channels + c;
          ASSERT_EQ(value, values[static_cast<std::size_t>(at)]) << image << ", " << y << ", " << x << ", " << c;
        }
      }
  }

  testing::TemporaryFolder folder_;
  std::filesystem::path path_ = folder_ / "a.h5";
};

TEST_F(Hdf5Values, OfArraysInOnePieceAreRead) {
  expect_values({.shape = {3, 9, 11, 3}});
  expect_values({.shape = {3, 9, 11}, .is_deep = true});
  expect_values({.shape = {3, 9, 11, 2}, .is_deep = true, .is_big_endian = true});
}

TEST_F(Hdf5Values, OfChunksOfEveryShapeAndFilterAreRead) {
  for (const bool is_deep : {false, true})
    for (const std::vector<hsize_t>& chunk :
         {std::vector<hsize_t>{1, 9, 11, 3}, {2, 4, 5, 2}, {3, 9, 11, 3}, {1, 9, 8, 1}, {1, 3, 4, 3}})
      for (int filters = 0; filters < 8; ++filters)
        expect_values({.shape = {3, 9, 11, 3},
                       .chunk = chunk,
                       .is_deep = is_deep,
                       .is_big_endian = is_deep && filters % 2 == 1,
                       .deflate = filters & 1 ? 6 : 0,
                       .has_shuffle = (filters & 2) != 0,
                       .has_check = (filters & 4) != 0});
}

// Some bits of a deflate stream mean nothing: those that fill its last byte.
TEST_F(Hdf5Values, AFlippedBitIsFoundByAnyCheckOrChangesNothing) {
  for (const int filters : {1, 2, 3}) {
    const Hdf5Recipe recipe{.shape = {1, 40, 40},
                            .chunk = {1, 40, 40},
                            .deflate = (filters & 1) != 0 ? 6 : 0,
                            .has_check = (filters & 2) != 0};
    std::vector<std::uint16_t> values;
    { values = Hdf5Maker(path_).add("pixels", recipe); }
    const Hdf5Array array = described();
    const Bytes good = read_file(path_);
    int refused = 0, flipped = 0;
    for (std::size_t bit = 0; bit < array.chunks[0].bytes * 8; bit += 11, ++flipped) {
      Bytes damaged = good;
      damaged[array.chunks[0].at + bit / 8] ^= static_cast<std::byte>(1 << bit % 8);
      testing::write_bytes(path_, damaged);
      Bytes to(1600);
      const auto problem = testing::refusal_of([&] {
        read_hdf5_window(PositionedFile(path_), array, {0, 0, 0, 40, 40}, to);
      });
      if (problem) {
        ++refused;
        EXPECT_EQ(problem->what, "array pixels is damaged: chunk 0");
      } else {
        for (std::size_t i = 0; i < to.size(); ++i) ASSERT_EQ(std::to_integer<int>(to[i]), values[i]) << bit;
      }
    }
    EXPECT_GE(refused, flipped - 2);
  }
}

TEST_F(Hdf5Values, ChunksOfAnotherLengthThanTheyShouldHaveAreDamaged) {
  { Hdf5Maker(path_).add("pixels", {.shape = {1, 8, 8}, .chunk = {1, 8, 8}, .has_check = true}); }
  Hdf5Array array = described();
  Bytes to(64);
  for (const std::uint32_t bytes : {0U, 3U, 40U}) {
    array.chunks[0].bytes = bytes;
    EXPECT_TRUE(contains(problem_of([&] {
                           read_hdf5_window(PositionedFile(path_), array, {0, 0, 0, 8, 8}, to);
                         }).what,
                         "is damaged"));
  }
  array.chunks[0].bytes = 40;
  array.chunks[0].skipped_filters = 1;
  EXPECT_TRUE(contains(problem_of([&] {
                         read_hdf5_window(PositionedFile(path_), array, {0, 0, 0, 8, 8}, to);
                       }).what,
                       "is damaged"));
}

}  // namespace
}  // namespace seg
