// SPDX-License-Identifier: Apache-2.0
#include "dataset/sample_list.h"

#include <gtest/gtest.h>
#include <malloc.h>

namespace seg {
namespace {

TEST(SampleList, JoinsNamesToTheRoot) {
  SampleList list("/data/city");
  list.add("a/1.png", "b/1.png");
  list.add("/elsewhere/2.png", "");
  EXPECT_EQ(list.image(0), "a/1.png");
  EXPECT_EQ(list.label(0), "b/1.png");
  EXPECT_EQ(list.image_path(0), "/data/city/a/1.png");
  EXPECT_EQ(list.label_path(0), "/data/city/b/1.png");
  EXPECT_EQ(list.image_path(1), "/elsewhere/2.png");
  EXPECT_EQ(list.label(1), "");
}

TEST(SampleList, HoldsSeveralImagesOfASample) {
  SampleList list("/data");
  EXPECT_EQ(list.num_images(), 0u);
  list.add(std::vector<std::string>{"a.png", "deep/a.png", "thermal.png"}, "b.png");
  list.add(std::vector<std::string>{"c.png", "/d.png", "e.png"}, "");
  EXPECT_EQ(list.num_images(), 3u);
  EXPECT_EQ(list.image(0, 2), "thermal.png");
  EXPECT_EQ(list.label(0), "b.png");
  EXPECT_EQ(list.image_path(1, 1), "/d.png");
  EXPECT_EQ(list.image_path(1, 2), "/data/e.png");
  EXPECT_EQ(list.label(1), "");
}

TEST(SampleList, APartKeepsRootAndRepeatedLines) {
  SampleList list("/data");
  for (const std::string name : {"1", "2", "3"}) list.add(std::vector{"a" + name, "b" + name}, "c" + name);
  list.note_repeated({.count = 1, .line = 2, .first_line = 1});
  const SampleList part = list.only(std::vector<std::size_t>{0, 2});
  ASSERT_EQ(part.size(), 2u);
  EXPECT_EQ(part.num_images(), 2u);
  EXPECT_EQ(part.image_path(1, 1), "/data/b3");
  EXPECT_EQ(part.label_path(1), "/data/c3");
  EXPECT_EQ(part.repeated().line, 2u);
}

TEST(SampleList, RootsMayEndInASlashOrBeEmpty) {
  SampleList with_slash("data/"), empty("");
  with_slash.add("a.png", "b.png");
  empty.add("a.png", "b.png");
  EXPECT_EQ(with_slash.image_path(0), "data/a.png");
  EXPECT_EQ(empty.label_path(0), "b.png");
}

// Long names, and still less than half of what a list may take. Sanitizers' memory is not counted here.
TEST(SampleList, OfAHundredThousandLinesTakesLittleMoreThanItsText) {
  const std::string folder(60, 'd');
  const std::size_t before = mallinfo2().uordblks;
  SampleList list("/data");
  for (int i = 0; i < 100'000; ++i) {
    const std::string number = std::to_string(i);
    list.add(folder + "/image_" + number + ".png", folder + "/label_" + number + ".png");
  }
  const std::size_t held = mallinfo2().uordblks - before;
  EXPECT_LT(held, 34'000'000u);  // 16 MB of names, in a buffer that doubles, and 12 bytes a line
  EXPECT_EQ(list.image(99'999), folder + "/image_99999.png");
}

}  // namespace
}  // namespace seg
