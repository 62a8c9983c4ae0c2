// SPDX-License-Identifier: Apache-2.0
// Crops by the reference's rules beside its transform as NumPy describes it (tests/oracles/reference_transform.py),
// given the same drawn numbers.
#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>

#include "loader/crop_maker.h"
#include "tests/loader/fake_dataset.h"
#include "tests/support/environment.h"
#include "tests/support/temporary_folder.h"

namespace seg {
namespace {

using testing::FakeDataset;

CropOptions options_of(std::int64_t side, double colors) {
  CropOptions options;
  options.seed = 4;
  options.augmentation = {.crop_height = side,
                          .crop_width = side + 7,
                          .scale_low = 0.5,
                          .scale_high = 2,
                          .flip = 0.5,
                          .brightness = colors,
                          .contrast = colors,
                          .saturation = colors,
                          .crop_rule = CropRule::reference};
  options.jitter_rounding = Rounding::truncate;
  options.jitter_pivots = {74, 74, 74};
  options.jitter_padding = true;
  return options;
}

template <class Bytes>
void append(std::ofstream& file, const Bytes& bytes) {
  file.write(reinterpret_cast<const char*>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
}

void append_crop(std::ofstream& file, const Dataset& dataset, const CropOptions& options, std::uint64_t sample,
                 bool has_label) {
  CropMaker maker(dataset, options);
  const auto pixels = static_cast<std::size_t>(options.augmentation.crop_height * options.augmentation.crop_width);
  std::vector<std::byte> image(pixels * 3);
  std::vector<std::uint8_t> label(pixels);
  maker.make(sample, sample % dataset.size(), {.image = image, .label = label});
  append(file, image);
  if (has_label) append(file, label);
}

void append_case(std::ofstream& file, const FakeDataset& dataset, std::int64_t side, std::uint64_t sample) {
  EncodedSample encoded;
  Image image;
  LabelMap label;
  const std::size_t index = sample % dataset.size();
  dataset.fetch(index, encoded);
  dataset.decode_image(index, encoded, whole(encoded.layout), image);
  dataset.decode_label(index, encoded, whole(encoded.layout), label);
  const CropOptions plain = options_of(side, 0), colored = options_of(side, 0.4);
  const CropPlan plan =
      draw_crop(colored.augmentation, colored.seed, sample, encoded.layout.height, encoded.layout.width);
  const CropGeometry& g = plan.geometry;
  const auto factor = [](std::int16_t units) { return static_cast<double>(units) / kJitterUnit; };
  file.precision(17);
  file << g.source_height << ' ' << g.source_width << ' ' << g.scaled_height << ' ' << g.scaled_width << ' ' << g.height
       << ' ' << g.width << ' ' << g.top << ' ' << g.left << ' ' << (g.flip ? 1 : 0) << ' '
       << factor(plan.jitter.brightness) << ' ' << factor(plan.jitter.contrast) << ' ' << factor(plan.jitter.saturation)
       << '\n';
  append(file, image.bytes());
  append(file, label.values());
  append_crop(file, dataset, plain, sample, true);
  append_crop(file, dataset, colored, sample, false);
}

TEST(ReferenceTransform, EqualsItsDescriptionInNumPyWithinAGreyLevel) {
  if (testing::python().empty()) GTEST_SKIP() << "no SEG_PYTHON";
  const testing::TemporaryFolder folder;
  const std::string cases = (folder / "cases").string();
  {
    std::ofstream file(cases, std::ios::binary);
    const FakeDataset dataset;
    for (const std::int64_t side : {24, 48, 96})  // smaller than every image, about as large, larger
      for (std::uint64_t sample = 0; sample < 24; ++sample) append_case(file, dataset, side, sample);
  }
  const std::string script = (testing::source_folder() / "tests/oracles/reference_transform.py").string();
  EXPECT_EQ(std::system(("'" + testing::python().string() + "' '" + script + "' '" + cases + "'").c_str()), 0);
}

}  // namespace
}  // namespace seg
