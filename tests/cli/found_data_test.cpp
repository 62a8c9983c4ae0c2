// SPDX-License-Identifier: Apache-2.0
#include "cli/found_data.h"

#include <gtest/gtest.h>

namespace seg {
namespace {

TEST(FoundData, SaysWhatImagesAreLike) {
  Survey survey;
  survey.smallest_height = survey.largest_height = 64;
  survey.smallest_width = survey.largest_width = 96;
  survey.channels = 3;
  EXPECT_EQ(images_text(survey), "96 x 64, colour, 8 bits");
  survey.largest_width = 100;
  survey.channels = 1;
  survey.type = PixelType::u16;
  EXPECT_EQ(images_text(survey), "96 x 64 to 100 x 64, gray, 16 bits");
  survey.channels = 5;
  EXPECT_EQ(images_text(survey), "96 x 64 to 100 x 64, 5 channels, 16 bits");
}

}  // namespace
}  // namespace seg
