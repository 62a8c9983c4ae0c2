// SPDX-License-Identifier: Apache-2.0
#include "dataset/decoding.h"

#include <gtest/gtest.h>

#include <string>

#include "config/dataset.h"
#include "image/libraries.h"

namespace seg {
namespace {

TEST(DecodingText, ChangesWithWhatChangesPixelsOrLabels) {
  const DatasetConfig config;
  const DatasetTraits traits;
  const std::string text = decoding_text(config, traits);
  const auto with = [&](const auto& change) {
    DatasetConfig changed = config;
    change(changed);
    return decoding_text(changed, traits);
  };
  EXPECT_NE(with([](DatasetConfig& c) { c.lb_ignore = 254; }), text);
  EXPECT_NE(with([](DatasetConfig& c) { c.label_map = "cityscapes"; }), text);
  EXPECT_NE(with([](DatasetConfig& c) {
              c.label_map = LabelTable{{0, 0}, {255, 1}};
            }),
            with([](DatasetConfig& c) {
              c.label_map = LabelTable{{0, 1}, {255, 0}};
            }));
  EXPECT_NE(with([](DatasetConfig& c) { c.label_colors = {{1, 2, 3}}; }), text);
  EXPECT_NE(with([](DatasetConfig& c) { c.image_range = std::vector<double>{0, 4095}; }), text);
  EXPECT_NE(with([](DatasetConfig& c) { c.dataset = "CityScapes"; }), text);
  DatasetTraits other = traits;
  other.type = PixelType::u16;
  EXPECT_NE(decoding_text(config, other), text);
  other = traits;
  other.channels = 1;
  EXPECT_NE(decoding_text(config, other), text);

  DatasetConfig small, large;
  small.dataset = large.dataset = "Synthetic";
  large.synthetic_size.height *= 2;
  EXPECT_NE(decoding_text(small, traits), decoding_text(large, traits));
}

TEST(DecodingText, NamesTheLibrariesThatDecode) {
  const std::string text = decoding_text(DatasetConfig(), DatasetTraits());
  for (const auto& [name, version] : image_libraries())
    EXPECT_NE(text.find("; " + name + " " + version), std::string::npos) << name;
}

TEST(CacheText, TellsFoldersOfImagesApartButNotLists) {
  DatasetConfig config;
  const std::string text = cache_text(config, DatasetTraits());
  EXPECT_TRUE(text.starts_with(decoding_text(config, DatasetTraits())));
  config.train_im_anns = "other.txt";
  EXPECT_EQ(cache_text(config, DatasetTraits()), text);
  config.im_root = "/elsewhere";
  const std::string elsewhere = cache_text(config, DatasetTraits());
  EXPECT_NE(elsewhere, text);
  config.im_root = "/somewhere/../elsewhere";
  EXPECT_EQ(cache_text(config, DatasetTraits()), elsewhere);
}

TEST(DecodingText, StaysWhenOnlyTheListOrTheNormalisationChanges) {
  DatasetConfig config;
  const std::string text = decoding_text(config, DatasetTraits());
  config.train_im_anns = "other.txt";
  config.im_root = "/elsewhere";
  config.mean = std::vector<double>{0.1, 0.2, 0.3};
  config.on_bad_sample = "skip";
  EXPECT_EQ(decoding_text(config, DatasetTraits()), text);
}

}  // namespace
}  // namespace seg
