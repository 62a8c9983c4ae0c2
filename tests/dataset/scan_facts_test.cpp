// SPDX-License-Identifier: Apache-2.0
#include "dataset/scan_facts.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

namespace seg {
namespace {

LabelFacts labels_of_street() {
  LabelFacts facts{.height = 1024, .width = 2048};
  facts.in_files[7] = 2'000'000;
  facts.in_files[0] = 97'151;
  facts.in_files[255] = 1;
  facts.classes[0] = 2'000'000;
  facts.classes[255] = 97'152;
  return facts;
}

ImageFacts image_of_street() {
  return {.fingerprint = 0x0123456789abcdef,
          .moments = {.pixels = 12, .sum = {1.0 / 3, 5, 12}, .squares = {0.1, 0, 11.9999}}};
}

TEST(LabelFacts, ComeBackAsTheyWere) {
  const auto facts = label_facts(packed(labels_of_street()));
  ASSERT_TRUE(facts);
  EXPECT_EQ(facts->height, 1024);
  EXPECT_EQ(facts->width, 2048);
  EXPECT_EQ(facts->in_files, labels_of_street().in_files);
  EXPECT_EQ(facts->classes, labels_of_street().classes);
}

TEST(LabelFacts, TakeFewBytesAndFewerWithoutAMap) {
  LabelFacts facts = labels_of_street();
  EXPECT_LE(packed(facts).size(), 30u);
  facts.classes = facts.in_files;
  EXPECT_LE(packed(facts).size(), 20u);
  EXPECT_EQ(label_facts(packed(facts))->classes, facts.in_files);
}

TEST(LabelFacts, OfAllValuesComeBack) {
  LabelFacts facts{.height = 16, .width = 32};
  facts.in_files.fill(2);
  facts.classes[3] = 512;
  EXPECT_EQ(label_facts(packed(facts))->in_files, facts.in_files);
}

TEST(LabelFacts, OfWhichAByteIsMissingOrTooManyAreNone) {
  const std::string bytes = packed(labels_of_street());
  const std::size_t without_map = [] {
    LabelFacts facts = labels_of_street();
    facts.classes = facts.in_files;
    return packed(facts).size();
  }();
  for (std::size_t size = 0; size < bytes.size(); ++size)
    EXPECT_EQ(label_facts(bytes.substr(0, size)).has_value(), size == without_map) << size;
  EXPECT_FALSE(label_facts(bytes + '\0'));
  EXPECT_FALSE(label_facts(bytes + bytes));
}

TEST(LabelFacts, ThatCannotBeAreNotBelieved) {
  const auto believed = [](std::initializer_list<unsigned char> bytes) {
    return label_facts(std::string(bytes.begin(), bytes.end())).has_value();
  };
  EXPECT_TRUE(believed({2, 3, 1, 9, 6}));            // 2 x 3 pixels of class 9
  EXPECT_FALSE(believed({0, 3, 0}));                 // no pixel
  EXPECT_FALSE(believed({2, 3, 1, 9, 5}));           // one is missing
  EXPECT_FALSE(believed({2, 3, 1, 9, 7}));           // one too many
  EXPECT_FALSE(believed({2, 3, 2, 9, 3, 9, 3}));     // a class twice
  EXPECT_FALSE(believed({2, 3, 1, 0x89, 0x02, 6}));  // class 265
  EXPECT_FALSE(believed({2, 3, 2, 9, 6, 8, 0}));     // a class of no pixel
  EXPECT_FALSE(believed({0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 3, 1, 9, 6}));
}

TEST(ImageFacts, ComeBackBitForBit) {
  const auto facts = image_facts(packed(image_of_street()));
  ASSERT_TRUE(facts);
  EXPECT_EQ(facts->fingerprint, image_of_street().fingerprint);
  EXPECT_EQ(facts->moments.pixels, 12);
  EXPECT_EQ(facts->moments.sum, image_of_street().moments.sum);
  EXPECT_EQ(facts->moments.squares, image_of_street().moments.squares);
}

TEST(ImageFacts, OfWhichAByteIsMissingOrTooManyAreNone) {
  const std::string bytes = packed(image_of_street());
  for (std::size_t size = 0; size < bytes.size(); ++size)
    EXPECT_EQ(image_facts(bytes.substr(0, size)).has_value(), size == 32 || size == 48) << size;  // fewer channels
  EXPECT_FALSE(image_facts(bytes + '\0'));
}

TEST(ImageFacts, ThatCannotBeAreNotBelieved) {
  for (const double bad : {std::nan(""), -1.0, 13.0, std::numeric_limits<double>::infinity()}) {
    ImageFacts facts = image_of_street();
    facts.moments.squares[1] = bad;
    EXPECT_FALSE(image_facts(packed(facts))) << bad;
  }
  ImageFacts facts = image_of_street();
  facts.moments.pixels = std::nan("");
  EXPECT_FALSE(image_facts(packed(facts)));
}

}  // namespace
}  // namespace seg
