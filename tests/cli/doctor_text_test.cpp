// SPDX-License-Identifier: Apache-2.0
#include "cli/doctor_text.h"

#include <gtest/gtest.h>

#include <cstdio>
#include <functional>
#include <string>

#include "base/file.h"
#include "tests/support/temporary_folder.h"

namespace seg {
namespace {

std::string shown(const std::function<void(Console&)>& show) {
  const testing::TemporaryFolder folder;
  std::FILE* const stream = std::fopen((folder / "text").c_str(), "w");
  Console console({.stream = stream});
  show(console);
  std::fclose(stream);
  return read_text(folder / "text");
}

TEST(DoctorText, WhatIsNotKnownIsSaidToBeUnknown) {
  Figures figures;
  figures.run_rate = 12.34;
  figures.phases[static_cast<std::size_t>(Phase::forward)] = 0.6;
  figures.phases[static_cast<std::size_t>(Phase::logging)] = 0.004;  // too little to be told
  const std::string text = shown([&](Console& console) { show_figures(figures, console); });
  EXPECT_NE(text.find("12.3"), std::string::npos) << text;
  EXPECT_NE(text.find("unknown"), std::string::npos) << text;
  EXPECT_NE(text.find("time goes to: forward 60 %\n"), std::string::npos) << text;
}

TEST(DoctorText, AFindingStandsAboveItsAdviceWithWhatItGained) {
  const std::vector<Finding> findings = {{.rule = "slow_disk",
                                          .evidence = "reading takes long",
                                          .advice = "keep images in memory",
                                          .change = {{"cache", "ram"}},
                                          .expected_speedup = 1.5,
                                          .verified_speedup = 1.4,
                                          .is_applied = true}};
  const std::string text = shown([&](Console& console) { show_findings(findings, console); });
  EXPECT_EQ(text,
            "slow_disk: reading takes long [expected 1.50x, measured 1.40x: kept]\n"
            "    keep images in memory (cache=ram)\n");
  EXPECT_EQ(shown([](Console& console) { show_findings({}, console); }), "nothing to find fault with\n");
}

}  // namespace
}  // namespace seg
