// SPDX-License-Identifier: Apache-2.0
#include "report/main_figures.h"

#include <gtest/gtest.h>

namespace seg {
namespace {

TEST(MainFigures, HaveNamesForPeople) {
  EXPECT_EQ(name_of_figure("miou"), "mIoU");
  for (const char* const figure : kMainFigures) EXPECT_NE(name_of_figure(figure), figure);
}

TEST(MainFigures, AnUnknownFigureKeepsItsName) { EXPECT_EQ(name_of_figure("brand_new"), "brand_new"); }

}  // namespace
}  // namespace seg
