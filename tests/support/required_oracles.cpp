// SPDX-License-Identifier: Apache-2.0
// Linked into both test programs: where SEG_REQUIRE_ORACLES is set, as continuous integration does, a test that skips
// itself fails. Nobody shall take a run without Python's torch for one that compared anything with it.
#include <gtest/gtest.h>

#include <cstdlib>

namespace seg::testing {
namespace {

class NoTestIsSkipped : public ::testing::EmptyTestEventListener {
  void OnTestEnd(const ::testing::TestInfo& test) override {
    if (test.result()->Skipped())
      ADD_FAILURE() << "was skipped, and SEG_REQUIRE_ORACLES is set; name a Python with torch and numpy by SEG_PYTHON, "
                       "or run `./dev setup`";
  }
};

[[maybe_unused]] const bool is_required = [] {
  if (std::getenv("SEG_REQUIRE_ORACLES") == nullptr) return false;
  ::testing::UnitTest::GetInstance()->listeners().Append(new NoTestIsSkipped);  // which owns it
  return true;
}();

}  // namespace
}  // namespace seg::testing
