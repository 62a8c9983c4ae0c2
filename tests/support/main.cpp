// SPDX-License-Identifier: Apache-2.0
// The main of both test programs: as the program's own, it is also that of children that describe HDF5 files.
#include <gtest/gtest.h>

#include "formats/hdf5_child.h"

int main(int argc, char** argv) {
  if (const auto code = seg::hdf5_child_main(argc, argv)) return *code;
  ::testing::InitGoogleTest(&argc, argv);
  return RUN_ALL_TESTS();
}
