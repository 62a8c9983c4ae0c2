// SPDX-License-Identifier: Apache-2.0
#include "dataset/list_file.h"

#include <gtest/gtest.h>

#include <utility>

#include "base/random.h"
#include "tests/dataset/image_folder.h"

namespace seg {
namespace {

using Names = std::vector<std::pair<std::string, std::string>>;

Names names_of(const SampleList& list) {
  Names names;
  for (std::size_t i = 0; i < list.size(); ++i) names.emplace_back(list.image(i), list.label(i));
  return names;
}

Names parsed(const std::string& text) { return names_of(parse_list(text, "train.txt", "root")); }

std::vector<Problem> problems_of(const std::string& text) {
  try {
    parse_list(text, "train.txt", "root");
  } catch (const UserError& error) {
    return error.problems();
  }
  return {};
}

const Names kTwo = {{"a/1.png", "b/1.png"}, {"a/2.png", "b/2.png"}};

TEST(ListFile, ReadsOnePairALine) { EXPECT_EQ(parsed("a/1.png,b/1.png\na/2.png,b/2.png\n"), kTwo); }

TEST(ListFile, NotesLinesThatRepeatOthers) {
  const auto repeated = [](const std::string& text) { return parse_list(text, "train.txt", "root").repeated(); };
  EXPECT_EQ(repeated("a,b\na,c\nd,b\n").count, 0u);
  const RepeatedLines once = repeated("# list\na,b\nc,d\n\na\tb\n");
  EXPECT_EQ(once.count, 1u);
  EXPECT_EQ(once.line, 5u);
  EXPECT_EQ(once.first_line, 2u);
  const RepeatedLines many = repeated("e,f\na,b\nc,d\nc,d\na,b\na,b\n\"e\",f\n");
  EXPECT_EQ(many.count, 4u);
  EXPECT_EQ(many.line, 4u);
  EXPECT_EQ(many.first_line, 3u);
  EXPECT_EQ(repeated("a,b,c\na,b,d\na,b,c\n").count, 1u);
}

TEST(ListFile, ToleratesWhatEditorsDo) {
  EXPECT_EQ(parsed("a/1.png,b/1.png\na/2.png,b/2.png"), kTwo);        // no newline at the end
  EXPECT_EQ(parsed("a/1.png,b/1.png\r\na/2.png,b/2.png\r\n"), kTwo);  // CRLF
  EXPECT_EQ(parsed("a/1.png,b/1.png\ra/2.png,b/2.png\r"), kTwo);      // CR
  EXPECT_EQ(parsed("\xef\xbb\xbf"
                   "a/1.png,b/1.png\na/2.png,b/2.png"),
            kTwo);  // byte order mark
  EXPECT_EQ(parsed("\n\n  a/1.png , b/1.png\t\n \t\n\r\na/2.png,b/2.png\n\n"), kTwo);
}

TEST(ListFile, NamesMayHoldSpacesAndAnyLanguage) {
  EXPECT_EQ(parsed("my street/1 (2).png,Straße/ü.png\n街道/图.png,🚗/é.png"),
            (Names{{"my street/1 (2).png", "Straße/ü.png"}, {"街道/图.png", "🚗/é.png"}}));
}

TEST(ListFile, AllBrokenLinesAreReportedAtOnce) {
  const auto problems = problems_of("a.png\n\nx.png,y.png\na.png,\n,b.png\na.png,b.png,c.png\n\xff.png,b.png\n");
  ASSERT_EQ(problems.size(), 5u);
  EXPECT_EQ(problems[0].where, "train.txt, line 1");
  EXPECT_EQ(problems[0].what, "names one file only: \"a.png\"");
  EXPECT_EQ(problems[1].where, "train.txt, line 4");
  EXPECT_EQ(problems[1].what, "names no label: \"a.png,\"");
  EXPECT_EQ(problems[2].what, "names no image: \",b.png\"");
  EXPECT_EQ(problems[3].what, "holds 3 columns, the first line 2: \"a.png,b.png,c.png\"");
  EXPECT_EQ(problems[4].where, "train.txt, line 7");
  EXPECT_EQ(problems[4].what, "is not UTF-8: byte 0xff in \"?.png,b.png\", character 1");
  for (const Problem& problem : problems) EXPECT_FALSE(problem.remedy.empty());
}

TEST(ListFile, BrokenLinesDoNotHideFilesThatAreMissing) {
  const testing::ImageFolder folder;
  folder.write("here.png", "x");
  folder.write("train.txt", "# comment\nhere.png,here.png\nalone.png\nhere.png,gone.png\n");
  try {
    read_list(folder / "train.txt", folder.text());
    FAIL();
  } catch (const UserError& error) {
    ASSERT_EQ(error.problems().size(), 2u) << error.what();
    EXPECT_EQ(error.problems()[0].what, "names one file only: \"alone.png\"");
    EXPECT_EQ(error.problems()[1].where, (folder / "gone.png").string());
  }
  folder.write("train.txt", "alone.png\n");
  EXPECT_THROW(read_list(folder / "train.txt", folder.text()), UserError);
}

TEST(ListFile, SeveralImagesMayStandBeforeTheLabel) {
  const SampleList list = parse_list("a.png,deep/a.png,b.png\nc.png,deep/c.png,d.png\n", "train.txt", "");
  ASSERT_EQ(list.size(), 2u);
  EXPECT_EQ(list.num_images(), 2u);
  EXPECT_EQ(list.image(1, 0), "c.png");
  EXPECT_EQ(list.image(1, 1), "deep/c.png");
  EXPECT_EQ(list.label(1), "d.png");
  EXPECT_EQ(problems_of("a.png,deep/a.png,b.png\nc.png,d.png\n").at(0).where, "train.txt, line 2");
}

TEST(ListFile, ManyBrokenLinesAreCounted) {
  std::string text;
  for (int i = 0; i < 400; ++i) text += "alone\n";
  const auto problems = problems_of(text);
  ASSERT_EQ(problems.size(), 11u);
  EXPECT_EQ(problems.back().where, "train.txt");
  EXPECT_EQ(problems.back().what, "and 390 more lines that name one file only");
}

TEST(ListFile, WhatIsNoListSaysSo) {
  EXPECT_EQ(problems_of("").at(0).what, "the list is empty");
  EXPECT_EQ(problems_of("\xef\xbb\xbf\r\n \t\n").at(0).what, "the list is empty");
  EXPECT_NE(problems_of(std::string("\xff\xfe"
                                    "a\0,\0b\0",
                                    8))
                .at(0)
                .what.find("UTF-16"),
            std::string::npos);
  EXPECT_NE(problems_of(std::string("\x89PNG\r\n\x1a\n\0\0\0\rIHDR", 16)).at(0).what.find("not a list"),
            std::string::npos);
  const Problem zero = problems_of(std::string("a,b\na,\0b", 8)).at(0);
  EXPECT_NE(zero.where.find(", line 2"), std::string::npos) << zero.where;
  EXPECT_NE(zero.what.find("bytes of value 0"), std::string::npos) << zero.what;
  EXPECT_NE(problems_of(std::string(5000, 'x') + ".png,b.png").at(0).what.find("4096"), std::string::npos);
}

TEST(ListFile, NamesAreAsListLineReadsThem) {
  EXPECT_EQ(parsed("\xef\xbb\xbf"
                   "a\\1.png\tb\\1.png\r\na/2.png b/2.png\r\n\r\n"),
            kTwo);
  EXPECT_EQ(parsed("\"a, b.png\",my label.png\n"), (Names{{"a, b.png", "my label.png"}}));
}

TEST(ListFile, MessagesNeverHoldControlCharacters) {
  const std::string what = problems_of(
                               "\x1b[31mred\x07 and a very long line without what it needs, no wait; "
                               "still more of it,,,")[0]
                               .what;
  EXPECT_EQ(what.find('\x1b'), std::string::npos);
  EXPECT_LT(what.size(), 120u);
}

TEST(ListFile, IsFoundAsNamedOrBelowTheRoot) {
  const testing::ImageFolder folder;
  folder.write("train.txt", "x");
  EXPECT_EQ(find_list("train.txt", folder.text()), folder / "train.txt");
  EXPECT_EQ(find_list((folder / "train.txt").string(), "nowhere"), folder / "train.txt");
  try {
    find_list("no-such-list.txt", folder.text());
    FAIL();
  } catch (const UserError& error) {
    EXPECT_NE(error.problems()[0].what.find(folder.text()), std::string::npos);
  }
}

TEST(ListFile, AllMissingFilesAreReportedAtOnce) {
  const testing::ImageFolder folder;
  folder.write("there.png", "x");
  std::string text;
  for (int i = 0; i < 400; ++i) text += "there.png,there.png\n";
  for (int i = 0; i < 15; ++i) text += "image" + std::to_string(i) + ".png,there.png\nthere.png,label.png\n";
  folder.write("train.txt", text);
  try {
    read_list(folder / "train.txt", folder.text());
    FAIL();
  } catch (const UserError& error) {
    const auto& problems = error.problems();
    ASSERT_EQ(problems.size(), 22u);
    EXPECT_EQ(problems[0].where, (folder / "image0.png").string());
    EXPECT_NE(problems[0].what.find("No such file"), std::string::npos);
    EXPECT_EQ(problems[20].what, "and 5 more image files that cannot be read (of 430)");
    EXPECT_EQ(problems[21].what, "and 5 more label files that cannot be read (of 430)");
  }
}

TEST(ListFile, AnyListOfNamesComesBack) {
  Random random(5, RandomStream::synthetic, 1);
  const std::string_view characters[] = {"a", "7", "_", ".", "/", "-", " ", "é", "街", "🚗", "\"", ";", "(", "#"};
  for (int round = 0; round < 200; ++round) {
    Names names;
    std::string text = random.below(2) == 0 ? "\xef\xbb\xbf" : "";
    const std::string_view ends[] = {"\n", "\r\n", "\r", "\n\n", " \t\r\n"};
    const std::string_view end = ends[random.below(5)];
    for (std::uint64_t i = 0; i < 1 + random.below(20); ++i) {
      std::string pair[2];
      for (std::string& name : pair) {
        name.assign(1, 'x');
        for (std::uint64_t k = 0; k < random.below(30); ++k) name += characters[random.below(std::size(characters))];
        name += "y";
      }
      text += pair[0] + (random.below(4) == 0 ? " , " : ",") + pair[1];
      text += end;
      names.emplace_back(pair[0], pair[1]);
    }
    ASSERT_EQ(parsed(text), names) << text;
  }
}

TEST(ListFile, AnyBytesAreAListOrAnError) {
  Random random(5, RandomStream::synthetic, 2);
  const std::string good =
      "\xef\xbb\xbftrain/1.png,labels/1.png\r\nStra\xc3\x9f"
      "e/2.png , b.png\n\n";
  const std::string seeds[] = {good, good + ",\nx\n"};
  std::size_t lists = 0, errors = 0;
  for (int round = 0; round < 20000; ++round) {
    std::string text = seeds[round % 2];
    for (std::uint64_t change = 0; change <= random.below(8); ++change) {
      const std::size_t at = random.below(text.size() + 1);
      switch (random.below(4)) {
        case 0: text.insert(at, 1, static_cast<char>(random.bits())); break;
        case 1: text.erase(at, random.below(6)); break;
        case 2: text.insert(at, text.substr(random.below(text.size() + 1), random.below(40))); break;
        default: text.insert(at, std::string(random.below(3), "\n\r,\t \0\xff"[random.below(7)])); break;
      }
    }
    try {
      const Names names = parsed(text);
      ++lists;
      for (const auto& [image, label] : names) {
        ASSERT_FALSE(image.empty() || label.empty());
        ASSERT_EQ((image + label).find_first_of("\r\n"), std::string::npos);
      }
    } catch (const UserError& error) {
      ++errors;
      ASSERT_LE(error.problems().size(), 60u);
    }
  }
  EXPECT_GT(lists, 100u);
  EXPECT_GT(errors, 100u);
}

}  // namespace
}  // namespace seg
