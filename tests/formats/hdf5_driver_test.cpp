// SPDX-License-Identifier: Apache-2.0
#include "formats/hdf5_driver.h"

#include <gtest/gtest.h>

#include <array>

#include "tests/formats/hdf5_maker.h"
#include "tests/support/temporary_folder.h"

namespace seg {
namespace {

using testing::Hdf5Maker;

class Hdf5DriverTest : public ::testing::Test {
 protected:
  testing::TemporaryFolder folder_;
  std::filesystem::path path_ = folder_ / "a.h5";
};

// The library's slow way is the expectation.
TEST_F(Hdf5DriverTest, FindsChunksWhereTheLibraryFindsThem) {
  { Hdf5Maker(path_).add("a", {.shape = {3, 10, 12}, .chunk = {1, 4, 5}, .deflate = 1, .has_check = true}); }
  const Hdf5Driver driver(path_);
  const Hdf5Id file(driver.open(), H5Fclose);
  ASSERT_TRUE(file.is_good());
  const Hdf5Id array(H5Dopen2(file.get(), "a", H5P_DEFAULT), H5Dclose);
  for (hsize_t i = 0; i < 3; ++i)
    for (hsize_t y = 0; y < 10; y += 4)
      for (hsize_t x = 0; x < 12; x += 5) {
        const std::array<hsize_t, 3> corner = {i, y, x};
        unsigned skipped = 9;
        haddr_t at = 0;
        hsize_t bytes = 0;
        ASSERT_GE(H5Dget_chunk_info_by_coord(array.get(), corner.data(), &skipped, &at, &bytes), 0);
        const auto place = Hdf5Driver::place_of_chunk(array.get(), corner.data());
        ASSERT_TRUE(place);
        EXPECT_EQ(place->at, at);
        EXPECT_EQ(place->bytes, bytes);
        EXPECT_EQ(place->skipped_filters, skipped);
      }
}

TEST_F(Hdf5DriverTest, ChunksThatWereNeverWrittenHaveNoBytes) {
  { Hdf5Maker(path_).add_empty("a", H5T_STD_U8LE, {.shape = {3, 4, 5}, .chunk = {1, 4, 5}}); }
  const Hdf5Driver driver(path_);
  const Hdf5Id file(driver.open(), H5Fclose);
  const Hdf5Id array(H5Dopen2(file.get(), "a", H5P_DEFAULT), H5Dclose);
  const std::array<hsize_t, 3> corner = {1, 0, 0};
  const auto place = Hdf5Driver::place_of_chunk(array.get(), corner.data());
  ASSERT_TRUE(place);
  EXPECT_EQ(place->bytes, 0U);
}

TEST_F(Hdf5DriverTest, OpensNoOtherFileThanItsOwn) {
  { Hdf5Maker(folder_ / "other.h5").add("b", {.shape = {1, 2, 3}}); }
  {
    const Hdf5Id file(H5Fcreate(path_.c_str(), H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT), H5Fclose);
    H5Lcreate_external("other.h5", "b", file.get(), "link", H5P_DEFAULT, H5P_DEFAULT);
  }
  H5Eset_auto2(H5E_DEFAULT, nullptr, nullptr);
  const Hdf5Driver driver(path_);
  const Hdf5Id file(driver.open(), H5Fclose);
  ASSERT_TRUE(file.is_good());
  EXPECT_LT(H5Dopen2(file.get(), "link", H5P_DEFAULT), 0);
  EXPECT_LT(Hdf5Driver(folder_.path()).open(), 0);
  EXPECT_LT(Hdf5Driver(folder_ / "none.h5").open(), 0);
}

}  // namespace
}  // namespace seg
