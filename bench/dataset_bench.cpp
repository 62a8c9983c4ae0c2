// SPDX-License-Identifier: Apache-2.0
// What data sets cost: drawing synthetic streets, reading labels, scanning them before training, opening a list of
// 100,000 samples and knowing them from an earlier scan.
// Drawing first checks that a window equals that part of the whole image; the last one that nothing is read again.
#include <benchmark/benchmark.h>

#include <malloc.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <string>

#include "base/file.h"
#include "base/machine.h"
#include "config/dataset.h"
#include "dataset/dataset.h"
#include "dataset/scan.h"
#include "dataset/scan_record.h"
#include "image/png.h"

namespace seg {
namespace {

std::unique_ptr<Dataset> streets(std::int64_t height, std::int64_t width) {
  DatasetConfig config;
  config.dataset = "Synthetic";
  config.synthetic_size = {.height = height, .width = width};
  config.synthetic_images = 64;
  return open_dataset(config, Split::train);
}

bool window_equals_part(const Dataset& dataset) {
  EncodedSample encoded;
  dataset.fetch(0, encoded);
  const std::int64_t height = encoded.layout.height / 2, width = encoded.layout.width / 3;
  Image all, part;
  dataset.decode_image(0, encoded, whole(encoded.layout), all);
  dataset.decode_image(0, encoded, {height / 2, width, height, width}, part);
  for (std::int64_t y = 0; y < height; ++y) {
    const auto row = all.row<std::uint8_t>(height / 2 + y);
    if (!std::ranges::equal(part.row<std::uint8_t>(y),
                            row.subspan(static_cast<std::size_t>(3 * width), static_cast<std::size_t>(3 * width))))
      return false;
  }
  return true;
}

void draw_street(benchmark::State& state) {
  const auto dataset = streets(state.range(0), state.range(1));
  if (!window_equals_part(*dataset)) return state.SkipWithError("a window differs from that part of the whole image");
  EncodedSample encoded;
  Image image;
  std::size_t i = 0;
  for (auto _ : state) {
    dataset->fetch(i % dataset->size(), encoded);
    dataset->decode_image(i++ % dataset->size(), encoded, whole(encoded.layout), image);
  }
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(draw_street)
    ->ArgNames({"height", "width"})
    ->Args({128, 256})
    ->Args({360, 480})
    ->Unit(benchmark::kMillisecond);

void draw_street_labels(benchmark::State& state) {
  const auto dataset = streets(state.range(0), state.range(1));
  EncodedSample encoded;
  LabelMap label;
  std::size_t i = 0;
  for (auto _ : state) {
    dataset->fetch(i % dataset->size(), encoded);
    dataset->decode_label(i++ % dataset->size(), encoded, whole(encoded.layout), label);
  }
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(draw_street_labels)->ArgNames({"height", "width"})->Args({360, 480})->Unit(benchmark::kMillisecond);

void decode_png_labels_of_street(benchmark::State& state) {
  const auto dataset = streets(1024, 2048);
  EncodedSample encoded;
  LabelMap label, decoded;
  dataset->fetch(0, encoded);
  dataset->decode_label(0, encoded, whole(encoded.layout), label);
  const Bytes file = encode_png(label);
  for (auto _ : state) decode_png_labels(file, "bench", whole(encoded.layout), decoded);
  if (!std::ranges::equal(decoded.values(), label.values())) state.SkipWithError("the labels differ");
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(decode_png_labels_of_street)->Unit(benchmark::kMillisecond);

void scan_streets(benchmark::State& state) {
  const auto dataset = streets(128, 256);
  for (auto _ : state) {
    const ScanReport report = scan_labels(*dataset, {.num_classes = 11, .threads = static_cast<int>(state.range(0))});
    if (!report.problems.empty()) return state.SkipWithError("the scan found problems");
  }
  state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(dataset->size()));
}
BENCHMARK(scan_streets)->ArgName("threads")->Arg(1)->Arg(2)->UseRealTime()->Unit(benchmark::kMillisecond);

// 100,000 samples as names of a few files: a file may have only so many names.
class ManyNames {
 public:
  static constexpr std::size_t kSamples = 100'000;

  ManyNames() {
    namespace fs = std::filesystem;
    std::string name = (fs::temp_directory_path() / "segtrain-bench-XXXXXX").string();
    folder_ = mkdtemp(name.data());
    std::string list;
    for (std::size_t i = 0; i < kSamples; ++i) {
      const std::string number = std::to_string(i), city = "city" + std::to_string(i / 1000);
      if (i % 1000 == 0)
        for (const char* kind : {"images", "labels"}) fs::create_directories(folder_ / kind / city);
      if (i % 20'000 == 0) {
        write_png(folder_ / "image.png", Image({4, 4, 3, PixelType::u8}));
        write_png(folder_ / "label.png", LabelMap(4, 4));
      }
      const std::string image = "images/" + city + "/street_" + number + "_camera.png";
      const std::string label = "labels/" + city + "/street_" + number + "_classes.png";
      fs::create_hard_link(folder_ / "image.png", folder_ / image);
      fs::create_hard_link(folder_ / "label.png", folder_ / label);
      list += image + ',' + label + '\n';
    }
    write_file(folder_ / "train.txt", list);
    config_.im_root = folder_.string();
    config_.train_im_anns = "train.txt";
  }
  ~ManyNames() {
    std::error_code ignored;
    std::filesystem::remove_all(folder_, ignored);
  }

  std::unique_ptr<Dataset> open() const { return open_dataset(config_, Split::train); }
  std::filesystem::path record() const { return folder_ / "record"; }

 private:
  std::filesystem::path folder_;
  DatasetConfig config_;
};

void open_list_of_100000(benchmark::State& state) {
  const ManyNames names;
  std::size_t bytes = 0;
  for (auto _ : state) {
    const std::size_t before = mallinfo2().uordblks;
    const auto dataset = names.open();
    bytes = mallinfo2().uordblks - before;
  }
  state.counters["MB"] = static_cast<double>(bytes) / 1e6;
}
BENCHMARK(open_list_of_100000)->UseRealTime()->Unit(benchmark::kMillisecond);

// What `train` does before its first step where a scan has been.
void know_100000_from_an_earlier_scan(benchmark::State& state) {
  const ManyNames names;
  const auto dataset = names.open();
  const auto scan = [&] {
    ScanRecord record(*dataset, names.record(), {.threads = usable_processors()});
    const std::size_t known =
        scan_labels(*dataset, {.num_classes = 11, .threads = usable_processors(), .record = &record}).num_known;
    record.save();
    return known;
  };
  (void)scan();
  for (auto _ : state)
    if (scan() != ManyNames::kSamples) return state.SkipWithError("files were read again");
  state.counters["MB on disk"] = static_cast<double>(std::filesystem::file_size(names.record())) / 1e6;
}
BENCHMARK(know_100000_from_an_earlier_scan)->UseRealTime()->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace seg
