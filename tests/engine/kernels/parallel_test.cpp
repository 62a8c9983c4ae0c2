// SPDX-License-Identifier: Apache-2.0
#include "engine/kernels/parallel.h"

#include <ATen/Parallel.h>
#include <gtest/gtest.h>

namespace seg::kernels {
namespace {

// Without -fopenmp in the library's units at::parallel_for is serial, and nothing says so.
TEST(Parallel, KernelsOfTheLibraryUseAllThreads) {
  const int threads = at::get_num_threads();
  at::set_num_threads(3);
  EXPECT_EQ(observed_threads(), 3);
  at::set_num_threads(1);
  EXPECT_EQ(observed_threads(), 1);
  at::set_num_threads(threads);
}

}  // namespace
}  // namespace seg::kernels
