// SPDX-License-Identifier: Apache-2.0
#include "config/reference_page.h"

#include <gtest/gtest.h>

#include <cstdlib>

#include "base/file.h"
#include "tests/support/environment.h"

namespace seg {
namespace {

// docs/config.md is written from the declarations; SEG_UPDATE_DOCS=1 writes it anew.
TEST(ConfigPage, IsUpToDate) {
  const std::filesystem::path path = testing::source_folder() / "docs" / "config.md";
  if (std::getenv("SEG_UPDATE_DOCS") != nullptr) write_file(path, config_reference_page());
  EXPECT_EQ(read_text(path), config_reference_page()) << "write it anew with SEG_UPDATE_DOCS=1 ./dev test ConfigPage";
}

TEST(ConfigPage, HasALineForAKeyWithWhatItMayBe) {
  EXPECT_NE(config_reference_page().find("| `flip` | `0.5` | a number from 0 to 1 | learned | yes | probability of a "
                                         "mirror image |\n"),
            std::string::npos);
}

}  // namespace
}  // namespace seg
