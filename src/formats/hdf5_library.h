// SPDX-License-Identifier: Apache-2.0
// The description of an HDF5 file, read by the HDF5 library in this process: for the child process of
// formats/hdf5_child.h, because the library may crash on a damaged file.
//
// Not for two threads at once: Debian's library is not made for them. A build without the library (SEG_HDF5=OFF)
// refuses every file. UserError names the file and the array; std::bad_alloc if memory ran out, in the library, too.
#pragma once
#include <filesystem>
#include <vector>

#include "formats/hdf5.h"

namespace seg {

std::vector<Hdf5Holding> describe_by_library(const std::filesystem::path& path, const Hdf5Query& query);

}  // namespace seg
