// SPDX-License-Identifier: Apache-2.0
#include "report/run_page.h"

#include <gtest/gtest.h>

#include <fstream>
#include <random>

#include "base/file.h"
#include "image/png.h"
#include "tests/report/run_lines.h"
#include "tests/report/well_formed.h"
#include "tests/support/problem_of.h"
#include "tests/support/temporary_folder.h"

namespace seg {
namespace {

std::string body_of(const std::string& html) {
  const std::size_t begin = html.find("<body>") + 6;
  return html.substr(begin, html.find("</body>") - begin);
}

class RunPage : public ::testing::Test {
 protected:
  std::string page() { return read_text(write_run_page(folder_.path())); }
  void metrics(const std::string& text) const { write_file(folder_ / "metrics.jsonl", text); }

  testing::TemporaryFolder folder_;
};

std::string whole_run() {
  return testing::start_line(1000) + testing::step_line(10, 1010, 8) + testing::step_line(20, 1014, 4, 12) +
         testing::evaluation_line(20, 1016, 0.5) + testing::end_line(20, 1017);
}

TEST_F(RunPage, HasEverySectionAndTheFiguresThatCount) {
  metrics(whole_run());
  write_file(folder_ / "config.toml", "# run\nseed = 3  # command line\n");
  write_png(folder_ / "train_batch.png", Image({8, 8, 3, PixelType::u8}));
  const std::string html = page();
  testing::expect_well_formed(body_of(html));
  for (const char* const id : {"summary", "curves", "time", "metrics", "classes", "confusion", "pictures", "happened",
                               "settings", "machine"}) {
    EXPECT_EQ(testing::count_of(html, "<section id=\"" + std::string(id) + "\">"), 1u) << id;
    EXPECT_EQ(testing::count_of(html, "<a href=\"#" + std::string(id) + "\">"), 1u) << id;
  }
  for (const char* const tile :
       {"<b>finished</b>", "<b>20</b><span>steps", "<b>50.00 %</b><span>best mIoU by ss, step 20",
        "<b>12</b><span>images per second", "<b>2.0 GB</b><span>memory at most"})
    EXPECT_NE(html.find(tile), std::string::npos) << tile;
  EXPECT_NE(html.find("the first batch as the network sees it"), std::string::npos);
  EXPECT_EQ(html.find("id=\"findings\""), std::string::npos) << "there were none";
}

TEST_F(RunPage, ARunThatGoesOnOrWasKilledHasOneToo) {
  std::string text = whole_run();
  metrics(text.substr(0, text.rfind("{\"event\":\"end\"") + 20));
  EXPECT_NE(page().find("no end yet"), std::string::npos);
  metrics("");
  testing::expect_well_formed(body_of(page()));
  metrics(testing::start_line(5));
  EXPECT_NE(page().find("No evaluation yet"), std::string::npos);
}

TEST_F(RunPage, HostileNamesStayText) {
  metrics(testing::start_line(1, {{"class_names", {"<script>alert(1)</script>", "\"><img src=x onerror=y>"}},
                                  {"host", "</table><script>"}}) +
          testing::evaluation_line(1, 2, 0.5) +
          testing::line({{"event", "<i>"}, {"step", 1}, {"<b>", "\"'><svg/onload=x>"}}));
  write_file(folder_ / "config.toml", "respth = \"</td><script>\"  # <b>\nclass_names = [\"\xff\x01\"]\n");
  write_png(folder_ / "worst_predictions.png", Image({8, 8, 3, PixelType::u8}));
  const std::string html = page();
  testing::expect_well_formed(body_of(html));
  for (const char* const markup : {"<script", "<img src=x", "<svg/", "<i>\"", "bad <one>", "\x01", "\xff"})
    EXPECT_EQ(html.find(markup), std::string::npos) << markup;
  EXPECT_NE(html.find("bad &lt;one&gt;.png (mIoU 12.5 %)"), std::string::npos);
}

TEST_F(RunPage, ItsSizeIsBoundedWhateverTheFilesHold) {
  std::mt19937 random(1);
  Image noise({1300, 1300, 3, PixelType::u8});
  for (std::byte& byte : noise.bytes()) byte = static_cast<std::byte>(random());
  for (const char* const name : {"train_batch.png", "predictions.png", "worst_predictions.png"})
    write_png(folder_ / name, noise, {.level = 1});
  nlohmann::ordered_json names = nlohmann::ordered_json::array(), shares = nlohmann::ordered_json::array();
  for (int i = 0; i < 300; ++i) {
    names.push_back(std::string(3000, '<'));
    shares.push_back(0.5);
  }
  const nlohmann::ordered_json matrix(300, nlohmann::ordered_json(300, 7));
  std::string text = testing::start_line(1, {{"class_names", names}});
  for (int i = 1; i < 3000; ++i) text += testing::step_line(i, i, i % 100);
  for (int i = 1; i < 1000; ++i)
    text += testing::line({{"event", "split"}, {"step", i}, {"why", std::string(3000, '&')}});
  text += testing::line({{"event", "eval"},
                         {"step", 3000},
                         {"protocols", {{"ss", {{"iou", shares}, {"miou", 0.5}, {"confusion_matrix", matrix}}}}}});
  metrics(text);
  std::string config;
  for (int i = 0; i < 3000; ++i) config += "key = \"" + std::string(1000, '<') + "\"  # file\n";
  write_file(folder_ / "config.toml", config);
  EXPECT_LT(page().size(), 8'000'000u);
}

TEST_F(RunPage, DamagedPicturesAreLeftOut) {
  metrics(whole_run());
  write_file(folder_ / "train_batch.png", "\x89PNG\r\n\x1a\nnothing more");
  make_folder(folder_ / "predictions.png");
  EXPECT_NE(page().find("No pictures yet"), std::string::npos);
}

TEST_F(RunPage, AnotherFolderIsRefused) {
  const Problem problem = testing::problem_of([&] { (void)write_run_page(folder_.path()); });
  EXPECT_TRUE(testing::contains(problem.what, "metrics.jsonl"));
  EXPECT_FALSE(std::filesystem::exists(folder_ / "report.html"));
}

}  // namespace
}  // namespace seg
