// SPDX-License-Identifier: Apache-2.0
#include "config/python_tokens.h"

#include <gtest/gtest.h>

#include <vector>

#include "base/error.h"

namespace seg {
namespace {

// Each token as its first letter of kind, its text and its line: "n:cfg:1".
std::vector<std::string> tokens_of(std::string_view source) {
  PythonTokens tokens(source, "my.py");
  std::vector<std::string> all;
  while (tokens.next().kind != PythonTokenKind::end) {
    const PythonToken token = tokens.take();
    const char kind = "n#ts;"[static_cast<int>(token.kind)];
    all.push_back(std::string(1, kind) + ':' + token.text + ':' + std::to_string(token.line));
  }
  return all;
}

using Texts = std::vector<std::string>;

TEST(PythonTokens, BlanksCommentsAndContinuedLinesAreGone) {
  EXPECT_EQ(tokens_of("a = 1 # one\n\n# two\nb\\\n= 2\n"),
            (Texts{"n:a:1", "s:=:1", "#:1:1", ";:end of line:1", "n:b:4", "s:=:5", "#:2:5", ";:end of line:5"}));
  EXPECT_EQ(tokens_of("f(\n1,\n[2,\n],)\nx"), (Texts{"n:f:1", "s:(:1", "#:1:2", "s:,:2", "s:[:3", "#:2:3", "s:,:3",
                                                     "s:]:4", "s:,:4", "s:):4", ";:end of line:4", "n:x:5"}));
}

TEST(PythonTokens, EditorsMayWriteAMarkAndAnyLineEnds) {
  EXPECT_EQ(tokens_of("\xef\xbb\xbf"
                      "a\r\nb\rc\n"),
            (Texts{"n:a:1", ";:end of line:1", "n:b:2", ";:end of line:2", "n:c:3", ";:end of line:3"}));
}

TEST(PythonTokens, NumbersAndSymbolsAreWhole) {
  EXPECT_EQ(tokens_of("1e-2-3.5**.5//0x1e+2"),
            (Texts{"#:1e-2:1", "s:-:1", "#:3.5:1", "s:**:1", "#:.5:1", "s://:1", "#:0x1e:1", "s:+:1", "#:2:1"}));
  EXPECT_EQ(tokens_of("a:=b==c...d"), (Texts{"n:a:1", "s::=:1", "n:b:1", "s:==:1", "n:c:1", "s:...:1", "n:d:1"}));
}

std::string text_in(std::string_view source) { return PythonTokens(source, "my.py").next().text; }

TEST(PythonTokens, TextsOfAllQuotings) {
  EXPECT_EQ(text_in(R"('it"s')"), "it\"s");
  EXPECT_EQ(text_in(R"("it's")"), "it's");
  EXPECT_EQ(text_in("''"), "");
  EXPECT_EQ(text_in("'''a\n'b''c\r\nd'''"), "a\n'b''c\nd");
  EXPECT_EQ(text_in(R"("""a"b""")"), "a\"b");
  EXPECT_EQ(text_in(R"(r'C:\new\'')"), R"(C:\new\')");
  EXPECT_EQ(text_in(R"(U"ü")"), "ü");
  EXPECT_EQ(text_in("'a\\\nb'"), "ab");
  EXPECT_EQ(text_in(R"('\\\'\"\n\t\x41\u20ac\U0001F697\101\7x\q')"), "\\'\"\n\tA€🚗A\ax\\q");
}

TEST(PythonTokens, LinesGoOnBehindALongText) {
  EXPECT_EQ(tokens_of("'''\n\n''' 'a\\\nb' c"), (Texts{"t:\n\n:1", "t:ab:3", "n:c:4"}));
}

Problem problem_of(std::string_view source) {
  try {
    tokens_of(source);
  } catch (const UserError& error) {
    return error.problems().at(0);
  }
  return {};
}

TEST(PythonTokens, WhatNoConfigHoldsIsNamedWithItsLine) {
  struct Row {
    const char *source, *where, *what;
  };
  const Row rows[] = {{"a\nf'{x}'", "my.py:2", "f-string"},
                      {"Rf\"{x}\"", "my.py:1", "f-string"},
                      {"\n\nb'x'", "my.py:3", "bytes"},
                      {"q'x'", "my.py:1", "no text"},
                      {"a\n'open\nb", "my.py:2", "does not end"},
                      {"\n'''open\nb\n\n", "my.py:2", "does not end"},
                      {"'open\\", "my.py:1", "does not end"},
                      {"a,\n\u00a0b", "my.py:2", "a blank that is none in Python"},
                      {"b\u3000", "my.py:1", "a blank that is none in Python"},
                      {"r'open\\'", "my.py:1", "does not end"},
                      {"'\\xg1'", "my.py:1", "too few digits"},
                      {"'\\ud800'", "my.py:1", "no character"},
                      {"'\\U00110000'", "my.py:1", "no character"},
                      {"'\\N{BULLET}'", "my.py:1", "\\N"},
                      {"a\n$", "my.py:2", "0x24"},
                      {"a \\ b", "my.py:1", "backslash"},
                      {"a\nb\xff", "my.py:2", "UTF-8"}};
  for (const Row& row : rows) {
    const Problem problem = problem_of(row.source);
    EXPECT_EQ(problem.where, row.where) << row.source;
    EXPECT_NE(problem.what.find(row.what), std::string::npos) << problem.what;
    EXPECT_FALSE(problem.remedy.empty());
  }
  EXPECT_NE(problem_of(std::string_view("a\n\0b", 4)).what.find("value 0"), std::string::npos);
}

TEST(PythonTokens, LinesAreShownWithoutControlCharactersAndShortened) {
  const PythonTokens tokens("a\n  \tb = \x1b" + std::string(100, 'c') + "\nd", "my.py");
  EXPECT_EQ(tokens.line_text(1), "a");
  EXPECT_EQ(tokens.line_text(2), "b =  " + std::string(55, 'c') + "…");
  EXPECT_EQ(tokens.line_text(3), "d");
  EXPECT_EQ(tokens.line_text(9), "");
}

}  // namespace
}  // namespace seg
