// SPDX-License-Identifier: Apache-2.0
// Every test begins with the same random numbers, whichever ran before it: ATen's are others at each start of a
// program, and of some of them a sum nearly cancels, which leaves no digits to compare.
#include <ATen/Context.h>
#include <gtest/gtest.h>

namespace seg::testing {
namespace {

class Seed : public ::testing::EmptyTestEventListener {
  void OnTestStart(const ::testing::TestInfo& /*test*/) override { at::manual_seed(1); }
};

const bool kIsSet = [] {
  ::testing::UnitTest::GetInstance()->listeners().Append(new Seed);  // owned by the list
  return true;
}();

}  // namespace
}  // namespace seg::testing
