// SPDX-License-Identifier: Apache-2.0
#include "config/remedy.h"

#include <gtest/gtest.h>

#include "config/field.h"

namespace seg {
namespace {

std::string remedy_of(const std::string& key, const ConfigValue& value) {
  Config config;
  const Fields fields = fields_of(config);
  const auto problem = find_field(fields, key)->assign(value, "here");
  return problem ? problem->remedy : "";
}

TEST(Remedy, OfPyTorchsIgnoredIndexNamesIt) {
  EXPECT_NE(remedy_of("lb_ignore", {std::int64_t{-100}}).find("ignore_index"), std::string::npos);
  EXPECT_NE(remedy_of("lb_ignore", {Untyped{"-1"}}).find("lb_ignore = 255"), std::string::npos);
  EXPECT_EQ(remedy_of("lb_ignore", {std::int64_t{256}}), "lb_ignore = 255, the largest");
}

TEST(Remedy, OfOneClassCountsTheBackground) {
  const std::string remedy = remedy_of("n_cats", {std::int64_t{1}});
  for (const char* mention : {"n_cats = 2", "background", "255 = 1"})
    EXPECT_NE(remedy.find(mention), std::string::npos) << remedy;
  EXPECT_EQ(remedy_of("n_cats", {std::int64_t{0}}), "n_cats = 2, the smallest");
}

TEST(Remedy, OfOtherNumbersIsTheirBound) {
  EXPECT_EQ(remedy_for_number("seed", -100), std::nullopt);
  EXPECT_EQ(remedy_for_number("ims_per_gpu", 1), std::nullopt);
}

}  // namespace
}  // namespace seg
