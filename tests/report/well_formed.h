// SPDX-License-Identifier: Apache-2.0
// Is a piece of HTML whole, does it stand alone, and can its numbers be drawn?
#pragma once
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <string>
#include <string_view>
#include <vector>

namespace seg::testing {

// Each tag is closed in the order of nesting, attributes are quoted, nothing comes from elsewhere.
inline void expect_well_formed(std::string_view html) {
  constexpr std::array<std::string_view, 5> kVoid = {"meta", "img", "circle/", "path/", "!doctype"};
  std::vector<std::string> open;
  for (std::size_t begin = html.find('<'); begin != std::string_view::npos; begin = html.find('<', begin + 1)) {
    const std::size_t end = html.find('>', begin);
    ASSERT_NE(end, std::string_view::npos) << html.substr(begin, 80);
    std::string_view tag = html.substr(begin + 1, end - begin - 1);
    ASSERT_EQ(std::ranges::count(tag, '"') % 2, 0) << tag;
    const bool is_closed = tag.ends_with('/');
    const std::string name(tag.substr(0, tag.find_first_of(" \n/", 1)));
    if (tag.starts_with('/')) {
      ASSERT_FALSE(open.empty()) << "nothing to close for " << tag;
      ASSERT_EQ("/" + open.back(), std::string(tag));
      open.pop_back();
    } else if (!is_closed && std::ranges::count(kVoid, std::string_view(name)) == 0) {
      open.push_back(name);
    }
  }
  EXPECT_TRUE(open.empty()) << open.back() << " is left open";
  for (const char* const loader : {"http:", "https:", "<script", "<link", "@import", "url(", "javascript:"})
    EXPECT_EQ(html.find(loader), std::string_view::npos) << loader;
  for (const char* const no_number : {"\"nan", "nan\"", " nan", "Mnan", "Lnan", "-inf", " inf ", "inf\""})
    EXPECT_EQ(html.find(no_number), std::string_view::npos) << no_number;
}

inline std::size_t count_of(std::string_view text, std::string_view part) {
  std::size_t count = 0;
  for (std::size_t i = text.find(part); i != std::string_view::npos; i = text.find(part, i + 1)) ++count;
  return count;
}

}  // namespace seg::testing
