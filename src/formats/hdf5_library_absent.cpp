// SPDX-License-Identifier: Apache-2.0
// In place of hdf5_library.cpp in a build without the HDF5 library.
#include "base/error.h"
#include "formats/hdf5_library.h"

namespace seg {

std::vector<Hdf5Holding> describe_by_library(const std::filesystem::path& path, const Hdf5Query&) {
  fail(path.string(), "an HDF5 file, which this build cannot read",
       "build segtrain with -DSEG_HDF5=ON, or export the images as PNG or TIFF");
}

}  // namespace seg
