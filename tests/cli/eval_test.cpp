// SPDX-License-Identifier: Apache-2.0
// The files that `eval` writes; tests/e2e/predict.py has more of them.
#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "base/file.h"
#include "cli/evaluation_subject.h"
#include "image/lettering.h"
#include "image/png.h"
#include "tests/cli/printed.h"
#include "tests/support/temporary_folder.h"
#include "tests/training/tiny_run.h"
#include "training/weight_file.h"

namespace seg {
namespace {

using testing::Printed;
using testing::run;
using testing::Words;

class EvalCommand : public ::testing::Test {
 protected:
  Printed eval(const Words& more) const {
    Words words = testing::tiny_keys();
    words.insert(words.begin(), "eval");
    words.insert(words.end(), more.begin(), more.end());
    return run(words);
  }

  testing::TemporaryFolder folder_;
};

// How often a line of confusion_picture()'s size and colour stands in a picture.
int count_of(const std::string& line, const Image& picture) {
  Image text({.height = text_height(2), .width = text_length(line, 2), .channels = 3});
  std::ranges::fill(text.bytes(), std::byte{255});
  draw_text(text, 0, 0, line, {.color = {40, 40, 40}, .scale = 2});
  const auto stands_at = [&](std::int64_t top, std::int64_t left) {
    for (std::int64_t y = 0; y < text.height(); ++y) {
      const auto wanted = text.row<std::uint8_t>(y);
      const auto row = picture.row<std::uint8_t>(top + y).subspan(static_cast<std::size_t>(3 * left), wanted.size());
      if (!std::ranges::equal(wanted, row)) return false;
    }
    return true;
  };
  int count = 0;
  for (std::int64_t top = 0; top + text.height() <= picture.height(); ++top)
    for (std::int64_t left = 0; left + text.width() <= picture.width(); ++left) count += stands_at(top, left) ? 1 : 0;
  return count;
}

TEST_F(EvalCommand, ConfusionMatricesOfSeveralProtocolsSayWhichIsWhose) {
  const ResolvedConfig config = load_config(
      {.file = std::nullopt, .overrides = testing::tiny_keys(), .purpose = Purpose::evaluate}, silent_log());
  const EvaluationSubject subject = evaluation_subject(config, "");
  const std::string weights = folder_ / "w.safetensors";
  save_weights(weights, subject.settings.card, ParameterStore(graph_of(subject.settings.card), {.gradients = false}));
  const auto picture = [&](const std::string& protocols) {
    const std::string file = (folder_ / (protocols + ".png")).string();
    const Printed printed = eval(
        {"eval_protocols=" + protocols, "boundary_metrics=false", "--weights", weights, "--confusion-matrix", file});
    EXPECT_EQ(printed.code, kExitDone) << printed.err;
    const Bytes bytes = read_file(file);
    Image image;
    decode_png(bytes, file, whole(png_layout(bytes, file)), image);
    return image;
  };
  const Image one = picture("ss"), both = picture("ss,ssc");
  EXPECT_EQ(count_of("rows: labels, columns: predictions,", one), 1);
  EXPECT_EQ(count_of("protocol", one), 0);
  EXPECT_EQ(count_of("protocol", both), 2);
  EXPECT_EQ(count_of("protocol ssc", both), 1);
}

TEST_F(EvalCommand, AFileWithoutANameIsRefused) {
  for (const char* option : {"--per-image", "--worst", "--confusion-matrix", "--boundary-picture"}) {
    const Printed printed = eval({"--weights", "w", option, ""});
    EXPECT_EQ(printed.code, kExitUser);
    EXPECT_NE(printed.err.find(std::string(option) + ": the name is empty"), std::string::npos) << printed.err;
  }
}

}  // namespace
}  // namespace seg
