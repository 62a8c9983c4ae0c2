// SPDX-License-Identifier: Apache-2.0
#include "report/class_looks.h"

#include <gtest/gtest.h>

#include "image/color_map.h"

namespace seg {
namespace {

TEST(ClassLooks, TheRunSaysThemElseItsConfigElseNumbers) {
  const KeptConfig config = kept_config_of("class_names = [\"c0\", \"\"]\npalette = [[1, 2, 3], [400, 5, 6]]\n");
  RunHistory history;
  history.class_names = {"sky"};
  history.palette = {{9, 8, 7}};
  EXPECT_EQ(ClassLooks(history, config).name(0), "sky");
  EXPECT_EQ(ClassLooks(history, config).color(0), (Rgb{9, 8, 7}));
  const ClassLooks of_config({}, config);
  EXPECT_EQ(of_config.name(0), "c0");
  EXPECT_EQ(of_config.name(1), "class 1");
  EXPECT_EQ(of_config.color(0), (Rgb{1, 2, 3}));
  const ClassLooks of_nothing({}, {});
  EXPECT_EQ(of_nothing.name(300), "class 300");
  EXPECT_EQ(of_nothing.color(2), default_palette(256)[2]);
  EXPECT_EQ(of_nothing.color(300), Rgb{});
}

}  // namespace
}  // namespace seg
