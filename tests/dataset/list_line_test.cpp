// SPDX-License-Identifier: Apache-2.0
#include "dataset/list_line.h"

#include <gtest/gtest.h>

#include "base/random.h"

namespace seg {
namespace {

using Columns = std::vector<std::string>;

Columns columns_of(std::string_view line) {
  const ListLine read = list_line(line);
  EXPECT_FALSE(read.fault) << read.fault->what;
  return read.columns;
}

std::string fault_of(std::string_view line) {
  const ListLine read = list_line(line);
  EXPECT_TRUE(read.columns.empty() || !read.fault);
  return read.fault ? read.fault->what : "none";
}

const Columns kPair = {"a/1.png", "b/1.png"};

TEST(ListLine, CommasTabsOrBlanksSeparate) {
  for (const char* line : {"a/1.png,b/1.png", "a/1.png , b/1.png", "\ta/1.png,\tb/1.png ", "a/1.png\tb/1.png",
                           " a/1.png \t b/1.png", "a/1.png b/1.png", "a/1.png    b/1.png  "})
    EXPECT_EQ(columns_of(line), kPair) << line;
  EXPECT_EQ(columns_of("a.png,nir.png,label.png"), (Columns{"a.png", "nir.png", "label.png"}));
  EXPECT_EQ(columns_of("a.png nir.png label.png"), (Columns{"a.png", "nir.png", "label.png"}));
  EXPECT_EQ(columns_of("alone.png"), Columns{"alone.png"});
  EXPECT_EQ(columns_of("  \t"), Columns{});
}

TEST(ListLine, CommentsHaveNoColumnsAndNamesThatLookLikeOneAreQuoted) {
  for (const char* line : {"# of the camera in front", "#", "#a/1.png,b/1.png", "  # \"open", "#\xff"})
    EXPECT_EQ(columns_of(line), Columns{}) << line;
  EXPECT_EQ(columns_of("a#1.png,#1.png"), (Columns{"a#1.png", "#1.png"}));
  const Columns columns = {"#1.png", "b.png"};
  const auto line = line_of(columns);
  ASSERT_TRUE(line);
  EXPECT_EQ(*line, "\"#1.png\",b.png");
  EXPECT_EQ(columns_of(*line), columns);
}

TEST(ListLine, NamesWithBlanksNeedACommaOrATab) {
  EXPECT_EQ(columns_of("my street/1 (2).png,my labels/1.png"), (Columns{"my street/1 (2).png", "my labels/1.png"}));
  EXPECT_EQ(columns_of("my street/1.png\tmy labels/1.png"), (Columns{"my street/1.png", "my labels/1.png"}));
  EXPECT_EQ(fault_of("my street/1.png my labels/1.png"),
            "holds no comma, and not all between its blanks are files: \"my street/1.png my labels/1.png\"");
}

TEST(ListLine, QuotedNamesHoldAnything) {
  EXPECT_EQ(columns_of(R"("a, b.png","c.png")"), (Columns{"a, b.png", "c.png"}));
  EXPECT_EQ(columns_of(R"( "a, b.png" , c.png )"), (Columns{"a, b.png", "c.png"}));
  EXPECT_EQ(columns_of("\"a, b.png\"\t\"c, d.png\""), (Columns{"a, b.png", "c, d.png"}));
  EXPECT_EQ(columns_of("\"my a.png\" \"my b\""), (Columns{"my a.png", "my b"}));
  EXPECT_EQ(columns_of(R"("the ""big"" one.png",b.png)"), (Columns{R"(the "big" one.png)", "b.png"}));
  EXPECT_EQ(columns_of("\" a.png \",b.png"), (Columns{" a.png ", "b.png"}));
  EXPECT_EQ(columns_of(R"(5" screen.png,b".png)"), (Columns{R"(5" screen.png)", R"(b".png)"}));
}

TEST(ListLine, BackslashesAreSeparatorsOfFolders) {
  EXPECT_EQ(columns_of("a\\1.png,b\\1.png"), kPair);
  EXPECT_EQ(columns_of("\"a\\1.png\" \"b\\1.png\""), kPair);
  EXPECT_EQ(columns_of("\\\\server\\share\\a.png,b.png"), (Columns{"//server/share/a.png", "b.png"}));
}

TEST(ListLine, SaysWhatIsWrong) {
  EXPECT_EQ(fault_of("a.png,"), "names no label: \"a.png,\"");
  EXPECT_EQ(fault_of(",b.png"), "names no image: \",b.png\"");
  EXPECT_EQ(fault_of("a.png,\"\",c.png"), "has an empty column: \"a.png,\"\",c.png\"");
  EXPECT_EQ(fault_of("\"a.png,b.png"), "holds a quotation mark that is not closed: \"\"a.png,b.png\"");
  EXPECT_EQ(fault_of("\"a\"x.png,b.png"), "holds text behind a closing quotation mark: \"\"a\"x.png,b.png\"");
  EXPECT_EQ(fault_of("a,b.png\tc.png"), "holds commas and tabs, and one of them separates: \"a,b.png?c.png\"");
  EXPECT_EQ(fault_of("C:\\data\\a.png,b.png"), "names a drive of Windows: \"C:\\data\\a.png,b.png\"");
  EXPECT_EQ(fault_of("a.png,b\xff.png"), "is not UTF-8: byte 0xff in \"a.png,b?.png\", character 8");
  EXPECT_EQ(fault_of(std::string(4097, 'x') + ",b.png").substr(0, 35), "holds a name of more than 4096 byte");
  EXPECT_EQ(fault_of(std::string(70000, ',')).substr(0, 27), "holds more than 65536 bytes");
}

TEST(ListLine, WhatCannotBeWrittenIsNotWritten) {
  for (const Columns& columns : {Columns{"a\n.png", "b.png"}, Columns{"a\r.png", "b.png"}, Columns{"a\\b.png", "c.png"},
                                 Columns{"", "b.png"}, Columns{"a.png", ""}, Columns{"\xff.png", "b.png"},
                                 Columns{"C:/a.png", "b.png"}, Columns{std::string(5000, 'x'), "b.png"}})
    EXPECT_EQ(line_of(columns), std::nullopt) << columns[0];
  EXPECT_EQ(line_of(kPair), "a/1.png,b/1.png");
  EXPECT_EQ(line_of(Columns{"a, b.png", "\"c\".png"}), "\"a, b.png\",\"\"\"c\"\".png\"");
  EXPECT_EQ(line_of({}), "");
}

TEST(ListLine, AnyColumnsComeBack) {
  Random random(5, RandomStream::synthetic, 3);
  const std::string_view characters[] = {"a", ".", "/", "-", " ", "\t", "é", "街", "🚗", "\"", "'", ",", ";", "(", "#"};
  for (int round = 0; round < 20000; ++round) {
    Columns columns(1 + random.below(4));
    for (std::string& column : columns)
      for (std::uint64_t k = 0; k < 1 + random.below(8); ++k) column += characters[random.below(std::size(characters))];
    const auto line = line_of(columns);
    ASSERT_TRUE(line) << columns[0];
    ASSERT_EQ(list_line(*line).columns, columns) << *line;
  }
}

// Whatever a line is, its columns can be written and read again, and nothing takes long.
TEST(ListLine, AnyBytesAreColumnsOrAFault) {
  Random random(5, RandomStream::synthetic, 4);
  const std::string seeds[] = {"a b/1.png,\"x, \"\"y\"\".png\"", "a.png\t\"b c\"", "a.png b.jpg \"c d\""};
  std::size_t lines = 0, faults = 0;
  const auto check = [&](const std::string& text) {
    const ListLine read = list_line(text);
    (read.fault ? faults : lines) += 1;
    if (read.fault || text.find_first_of("\r\n") != std::string::npos || text.find('\0') != std::string::npos) return;
    const auto line = line_of(read.columns);
    ASSERT_TRUE(line) << text;
    ASSERT_EQ(list_line(*line).columns, read.columns) << text;
  };
  for (const std::string& seed : seeds) {
    for (std::size_t length = 0; length <= seed.size(); ++length) {
      check(seed.substr(0, length));
      for (int bit = 0; bit < 8 && length < seed.size(); ++bit) {
        std::string flipped = seed;
        flipped[length] = static_cast<char>(flipped[length] ^ (1 << bit));
        check(flipped);
      }
    }
  }
  for (int round = 0; round < 20000; ++round) {
    std::string text = seeds[random.below(3)];
    for (std::uint64_t change = 0; change <= random.below(4); ++change)
      text.insert(random.below(text.size() + 1), 1, "\",\t \\x\xc3."[random.below(8)]);
    check(text);
  }
  for (const char c : {'\t', ' ', ',', '"', '\\', 'x'}) check("a" + std::string(60000, c) + "b");
  EXPECT_GT(lines, 1000u);
  EXPECT_GT(faults, 1000u);
}

}  // namespace
}  // namespace seg
