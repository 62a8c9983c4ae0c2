// SPDX-License-Identifier: Apache-2.0
#include "config/printer.h"

#include <gtest/gtest.h>

#include <cmath>
#include <nlohmann/json.hpp>

#include "base/file.h"
#include "base/random.h"
#include "config/field.h"
#include "tests/support/temporary_folder.h"

namespace seg {
namespace {

// Draws a value of each type, within the key's range.
class Draw {
 public:
  explicit Draw(std::uint64_t seed) : random_(seed, RandomStream::synthetic, 0) {}

  void operator()(bool& field, const Key&) { field = random_.below(2) == 0; }
  void operator()(std::int64_t& field, const Key& key) {
    const auto low = static_cast<std::int64_t>(std::max(std::ceil(key.minimum), -1e6));
    const auto high = static_cast<std::int64_t>(std::min(std::floor(key.maximum), 1e6));
    field = low + static_cast<std::int64_t>(random_.below(static_cast<std::uint64_t>(high - low + 1)));
  }
  void operator()(double& field, const Key& key) {
    const double low = std::max(key.minimum, -1e6), high = std::min(key.maximum, 1e6);
    field = random_.below(4) == 0 ? low : random_.uniform(low, high);
  }
  void operator()(std::string& field, const Key& key) {
    if (!key.choices.empty()) {
      field = key.choices[random_.below(key.choices.size())];
    } else if (key.name == "loss") {
      field = "ce + 0.5*dice";
    } else if (key.name == "early_stop_metric") {
      field = random_.below(2) == 0 ? "ss.miou" : "msf.macro_f1";
    } else {
      constexpr std::string_view kLetters = "ab \"\\'#=[]{},\n\t\x01ß€";
      field.clear();
      for (std::uint64_t i = random_.below(12); i > 0; --i) {
        std::uint64_t at = random_.below(kLetters.size());
        while ((static_cast<unsigned char>(kLetters[at]) & 0xC0) == 0x80) --at;  // whole characters of UTF-8
        do field += kLetters[at++];
        while (at < kLetters.size() && (static_cast<unsigned char>(kLetters[at]) & 0xC0) == 0x80);
      }
    }
  }
  void operator()(PixelSize& field, const Key& key) {
    (*this)(field.height, key);
    (*this)(field.width, key);
  }
  void operator()(Color& field, const Key&) {
    for (auto& channel : field) channel = static_cast<std::uint8_t>(random_.below(256));
  }
  void operator()(LabelTable& field, const Key&) {
    for (std::uint64_t i = 1 + random_.below(5); i > 0; --i) field[static_cast<std::int64_t>(random_.below(256))] = 255;
  }
  template <class T>
  void operator()(std::vector<T>& field, const Key& key) {
    field.resize(key.length != 0 ? key.length : random_.below(5));
    for (T& element : field) (*this)(element, key);
  }
  template <class T>
  void operator()(std::optional<T>& field, const Key& key) {
    field.reset();
    if (random_.below(2) == 0) (*this)(field.emplace(), key);
  }
  template <class T>
  void operator()(std::variant<std::string, T>& field, const Key& key) {
    if (random_.below(2) == 0) {
      field = std::string(key.choices[random_.below(key.choices.size())]);
    } else {
      T value{};
      (*this)(value, key);
      field = value;
    }
  }

 private:
  Random random_;
};

std::vector<std::string> texts_of(Config config) {
  std::vector<std::string> texts;
  for (const auto& field : fields_of(config)) texts.push_back(field->json().dump() + ' ' + field->toml());
  return texts;
}

TEST(Printer, WhatItPrintsReadsBackToTheSameValues) {
  const testing::TemporaryFolder folder;
  for (std::uint64_t seed = 0; seed < 50; ++seed) {
    ResolvedConfig drawn = load_config({.purpose = Purpose::show}, silent_log());
    Draw draw(seed);
    Config::fields(drawn.config, draw);
    // What check_together would refuse.
    drawn.config.augmentation.scales = {0.5, 2};
    drawn.config.run.max_epochs.reset();
    drawn.config.run.respth += "x";
    drawn.config.dataset.mean.reset();
    drawn.config.augmentation.pad_label.reset();
    drawn.config.loss.class_weights = "none";
    drawn.config.evaluation.eval_protocols = {"msf", "ss"};
    drawn.config.evaluation.eval_scales = {1, 1.5};
    drawn.config.dataset.lb_ignore = 255;
    drawn.config.augmentation.pad_label.reset();
    drawn.origins["seed"].text = "a comment\nof two lines";

    write_file(folder / "config.toml", config_as_toml(drawn));
    const ResolvedConfig read = load_config({.file = folder / "config.toml", .purpose = Purpose::show}, silent_log());
    ASSERT_EQ(texts_of(read.config), texts_of(drawn.config)) << seed;
  }
}

TEST(Printer, SaysWhereEachValueCameFrom) {
  const ResolvedConfig resolved = load_config(
      {.overrides = {"preset=fast", "scales=0.75,1.5", "n_cats=4"}, .purpose = Purpose::show}, silent_log());
  const std::string text = config_as_toml(resolved);
  const auto line_of = [&](const std::string& key) {
    const std::size_t start = text.find('\n' + key + " = ") + 1;
    return text.substr(start, text.find('\n', start) - start);
  };
  EXPECT_EQ(line_of("scales"), "scales = [0.75, 1.5]                        # command line");
  EXPECT_EQ(line_of("ims_per_gpu"), "ims_per_gpu = 64                            # preset fast");
  EXPECT_EQ(line_of("threads"), "threads = \"auto\"                            # default");
  EXPECT_EQ(text.substr(0, 6), "# run\n");
}

TEST(Printer, JsonHoldsEveryKeyAndItsOrigin) {
  const ResolvedConfig resolved =
      load_config({.overrides = {"cropsize=64x96"}, .purpose = Purpose::show}, silent_log());
  const nlohmann::json json = config_as_json(resolved);
  Config config;
  EXPECT_EQ(json["keys"].size(), fields_of(config).size());
  EXPECT_EQ(json["keys"]["cropsize"], nlohmann::json({64, 96}));
  EXPECT_EQ(json["origins"]["cropsize"], "command line");
  EXPECT_EQ(json["origins"]["flip"], "default");
}

}  // namespace
}  // namespace seg
