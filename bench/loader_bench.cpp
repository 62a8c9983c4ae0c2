// SPDX-License-Identifier: Apache-2.0
// From files to the batch: stages of one crop on one core, and whole loaders by number of workers.
//
// Files are PNG in memory, made of smooth shapes and noise so that they compress about as photos do. City is 2048x1024
// with crops of 512x1024 at scales 0.25 to 2, camvid 480x360 with crops of 352x480 at 0.5 to 2.
#include <benchmark/benchmark.h>

#include <cmath>
#include <memory>
#include <string>
#include <vector>

#include "base/random.h"
#include "image/png.h"
#include "loader/loader.h"

namespace seg {
namespace {

constexpr std::size_t kNumImages = 8;

struct Files {
  std::string name;
  std::int64_t height, width, crop_height, crop_width;
  double scale_low;
};
const Files kFiles[] = {{"camvid", 360, 480, 352, 480, 0.5}, {"city", 1024, 2048, 512, 1024, 0.25}};

Sample make_sample(const Files& files, std::uint64_t seed) {
  Sample sample;
  sample.image.resize({.height = files.height, .width = files.width, .channels = 3, .type = PixelType::u8});
  sample.label.resize(files.height, files.width);
  Random random(seed, RandomStream::synthetic, 0);
  const double phase = random.uniform(0, 6);
  for (std::int64_t y = 0; y < files.height; ++y) {
    std::uint8_t* pixel = sample.image.row<std::uint8_t>(y).data();
    std::uint8_t* label = sample.label.row(y).data();
    for (std::int64_t x = 0; x < files.width; ++x) {
      const double shade =
          120 + 60 * std::sin(0.013 * static_cast<double>(x) + phase) + 40 * std::cos(0.02 * static_cast<double>(y));
      for (int c = 0; c < 3; ++c)
        *pixel++ = static_cast<std::uint8_t>(shade + c * 7 + static_cast<double>(random.below(6)));
      *label++ = static_cast<std::uint8_t>((x / 90 + y / 70) % 19);
    }
  }
  return sample;
}

class PngInMemory final : public Dataset {
 public:
  explicit PngInMemory(const Files& files) : files_(files) {
    traits_.mean = {0.33, 0.37, 0.32};
    traits_.std = {0.2, 0.2, 0.2};
    for (std::size_t i = 0; i < kNumImages; ++i) {
      const Sample sample = make_sample(files, i);
      images_.push_back(encode_png(sample.image));
      labels_.push_back(encode_png(sample.label));
    }
  }

  std::size_t size() const noexcept override { return kNumImages; }
  std::string name(std::size_t i) const override { return "image " + std::to_string(i); }
  std::string label_name(std::size_t i) const override { return "label " + std::to_string(i); }
  void fetch(std::size_t i, EncodedSample& encoded) const override {
    encoded.images.resize(1);
    encoded.images[0] = images_[i];
    encoded.label = labels_[i];
    encoded.layout = {.height = files_.height, .width = files_.width, .channels = 3, .type = PixelType::u8};
  }
  void fetch_label(std::size_t i, EncodedSample& encoded) const override { fetch(i, encoded); }
  void decode_image(std::size_t, const EncodedSample& encoded, const Window& window, Image& image) const override {
    decode_png(encoded.images[0], "image", window, image);
  }
  void decode_label(std::size_t, const EncodedSample& encoded, const Window& window, LabelMap& label) const override {
    decode_png_labels(encoded.label, "label", window, label);
  }

 private:
  Files files_;
  std::vector<Bytes> images_, labels_;
};

LoaderOptions options_for(const Files& files) {
  LoaderOptions options;
  options.augmentation = {.crop_height = files.crop_height,
                          .crop_width = files.crop_width,
                          .scale_low = files.scale_low,
                          .scale_high = 2,
                          .flip = 0.5,
                          .brightness = 0.4,
                          .contrast = 0.4,
                          .saturation = 0.4};
  options.share = share_of(8, 0, 1);
  return options;
}

const PngInMemory& dataset_of(std::size_t i) {
  static const PngInMemory sets[] = {PngInMemory(kFiles[0]), PngInMemory(kFiles[1])};
  return sets[i];
}

// One crop after the other; the counters are milliseconds an image.
void crop_stages(benchmark::State& state) {
  const auto which = static_cast<std::size_t>(state.range(0));
  state.SetLabel(kFiles[which].name);
  const LoaderOptions options = options_for(kFiles[which]);
  const auto pixels = static_cast<std::size_t>(kFiles[which].crop_height * kFiles[which].crop_width);
  std::vector<std::byte> image(pixels * 3);
  std::vector<std::uint8_t> label(pixels);
  CropMaker maker(dataset_of(which), options);
  StageSeconds seconds{};
  std::uint64_t sample = 0;
  for (auto _ : state) {
    const MadeCrop made = maker.make(sample, sample % kNumImages, {.image = image, .label = label});
    for (std::size_t i = 0; i < seconds.size(); ++i) seconds[i] += 1000 * made.seconds[i];
    ++sample;
  }
  for (std::size_t i = 0; i < seconds.size(); ++i) {
    state.counters[std::string(kLoaderStageNames[i])] =
        benchmark::Counter(seconds[i], benchmark::Counter::kAvgIterations);
  }
}
BENCHMARK(crop_stages)->Arg(0)->Arg(1)->Unit(benchmark::kMillisecond);

// Batches of 8: files (0: camvid, 1: city), workers.
void batches(benchmark::State& state) {
  const auto which = static_cast<std::size_t>(state.range(0));
  state.SetLabel(kFiles[which].name);
  LoaderOptions options = options_for(kFiles[which]);
  options.num_workers = static_cast<int>(state.range(1));
  Loader loader(dataset_of(which), options, host_memory(), silent_log());
  loader.start(1);
  std::int64_t images = 0;
  for (auto _ : state) images += loader.next().count();
  state.counters["images/s"] = benchmark::Counter(static_cast<double>(images), benchmark::Counter::kIsRate);
}
BENCHMARK(batches)->ArgsProduct({{0, 1}, {0, 1, 2}})->Unit(benchmark::kMillisecond)->UseRealTime();

}  // namespace
}  // namespace seg
