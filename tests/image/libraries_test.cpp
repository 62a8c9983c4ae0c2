// SPDX-License-Identifier: Apache-2.0
#include "image/libraries.h"

#include <gtest/gtest.h>

namespace seg {
namespace {

TEST(Libraries, EachHasAVersion) {
  const auto libraries = image_libraries();
  ASSERT_FALSE(libraries.empty());
  EXPECT_EQ(libraries.front().first, "libpng");
  for (const auto& [name, version] : libraries) EXPECT_NE(version.find('.'), std::string::npos) << name;
}

}  // namespace
}  // namespace seg
