// SPDX-License-Identifier: Apache-2.0
#include "dataset/list_writer.h"

#include <gtest/gtest.h>

#include "base/random.h"
#include "dataset/list_file.h"

namespace seg {
namespace {

ImageAndLabel pair(const std::string& image, const std::string& label) {
  return {.image = image, .label = label, .stem = {}};
}

TEST(ListWriter, WritesALineForEachPair) {
  EXPECT_EQ(list_text(std::vector{pair("a/1.png", "b/1.png"), pair("a/2.png", "b/2.png")}),
            "a/1.png,b/1.png\na/2.png,b/2.png\n");
}

TEST(ListWriter, RefusesNamesThatWouldNotComeBack) {
  for (const std::string name : {"a\nb.png", "a\r.png", "\xff.png", "", "a.png\r\n", "\n"}) {
    EXPECT_FALSE(can_be_listed(pair(name, "b.png"))) << name;
    EXPECT_FALSE(can_be_listed(pair("b.png", name))) << name;
  }
  EXPECT_FALSE(can_be_listed(pair(std::string("a\0b", 3), "b.png")));
  EXPECT_FALSE(can_be_listed(pair(std::string(70000, 'x'), "b.png")));
  EXPECT_TRUE(can_be_listed(pair("my street/1 (2).png", "Straße/#ü.png")));
}

// Whatever a file system may hold as a name: what is said to be listable is read back as it was.
TEST(ListWriter, WhatIsListedComesBack) {
  Random random(3, RandomStream::synthetic, 1);
  const std::string_view characters[] = {"a", "_",  ".",  "/", " ", "é",    "🚗",  "\"",
                                         ",", "\t", "\\", ";", "#", "\xff", "\n", "\xef\xbb\xbf"};
  std::size_t listed = 0, refused = 0;
  for (int round = 0; round < 2000; ++round) {
    std::vector<ImageAndLabel> pairs;
    for (std::uint64_t i = 0; i < 1 + random.below(4); ++i) {
      std::string names[2];
      for (std::string& name : names)
        for (std::uint64_t k = 0; k < 1 + random.below(6); ++k) name += characters[random.below(std::size(characters))];
      if (can_be_listed(pair(names[0], names[1])))
        pairs.push_back(pair(names[0], names[1]));
      else
        ++refused;
    }
    if (pairs.empty()) continue;
    listed += pairs.size();
    const SampleList list = parse_list(list_text(pairs), "list", "");
    ASSERT_EQ(list.size(), pairs.size());
    for (std::size_t i = 0; i < pairs.size(); ++i) {
      ASSERT_EQ(list.image(i), pairs[i].image);
      ASSERT_EQ(list.label(i), pairs[i].label);
    }
  }
  EXPECT_GT(listed, 500u);
  EXPECT_GT(refused, 500u);
}

}  // namespace
}  // namespace seg
