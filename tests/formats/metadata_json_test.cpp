// SPDX-License-Identifier: Apache-2.0
#include "formats/metadata_json.h"

#include <gtest/gtest.h>

#include "tests/formats/problem_of.h"

namespace seg {
namespace {

using testing::expect_problem;

TEST(MetadataJson, GivesTextsBack) {
  const Metadata metadata = {{"a", "line\n\"ä\""}, {"b", ""}};
  EXPECT_EQ(metadata_from_json(to_json_text(metadata), "w.pth"), metadata);
  EXPECT_TRUE(metadata_from_json("{}", "w.pth").empty());
}

TEST(MetadataJson, RefusesEverythingElse) {
  for (const std::string text :
       {"", "[]", "{", R"({"a": 1})", R"({"a": ["b"]})", R"({"a": {"b": "c"}})", R"({"a": null})",
        R"({"a": "1", "a": "2"})", R"({"a": "b"} x)", "\xef\xbb\xbf{}", R"("a")"})
    expect_problem([&] { (void)metadata_from_json(text, "w.pth"); }, "no JSON object of texts");
  expect_problem([] { (void)metadata_from_json(std::string_view("{}\0", 3), "w.pth"); }, "no JSON object");
  expect_problem([] { (void)metadata_from_json("{\"a\":" + std::string(1'000'000, '['), "w.pth"); }, "no JSON object");
}

}  // namespace
}  // namespace seg
