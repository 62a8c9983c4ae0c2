// SPDX-License-Identifier: Apache-2.0
#include "dataset/hdf5_pack.h"

#include <algorithm>
#include <atomic>
#include <mutex>
#include <span>
#include <string>

#include "base/error.h"
#include "base/parallel.h"
#include "base/text.h"
#include "dataset/sample_reader.h"

namespace seg {
namespace {

constexpr const char* kImages = "images";
constexpr const char* kLabels = "labels";
constexpr std::size_t kDigits = 6;  // of a name in a group, at least: names are sorted as texts

// Calls make() once on each thread, and what it returns with the number of every sample. False if it was stopped.
template <class Make>
bool for_each_sample(const Dataset& dataset, const PackOptions& options, const Make& make) {
  std::atomic<std::size_t> next = 0;
  std::atomic<bool> stops = false;
  std::mutex mutex;
  std::size_t done = 0;
  const auto helpers = static_cast<std::size_t>(std::max(options.threads, 1));
  parallel_for_each(helpers, static_cast<int>(helpers), [&](std::size_t /*thread*/) {
    auto use = make();
    for (std::size_t i = next++; i < dataset.size() && !stops; i = next++) {
      try {
        use(i);
      } catch (...) {
        stops = true;  // for the others
        throw;
      }
      const std::lock_guard lock(mutex);
      ++done;
      if (options.go_on && !options.go_on(done)) stops = true;
    }
  });
  return !stops;
}

// The rows one after the other; copied only if they are not already.
std::span<const std::byte> dense(const std::byte* first, std::int64_t stride, std::int64_t row_bytes, std::int64_t rows,
                                 Bytes& memory) {
  const auto size = static_cast<std::size_t>(row_bytes * rows);
  if (stride == row_bytes) return {first, size};
  memory.resize(size);
  for (std::int64_t y = 0; y < rows; ++y) std::copy_n(first + y * stride, row_bytes, memory.begin() + y * row_bytes);
  return memory;
}

std::span<const std::byte> dense(const ImageView& image, Bytes& memory) {
  const std::byte* const first = image.layout().type == PixelType::u8
                                     ? std::as_bytes(image.row<std::uint8_t>(0)).data()
                                     : std::as_bytes(image.row<std::uint16_t>(0)).data();
  return dense(first, image.stride(), image.layout().row_bytes(), image.height(), memory);
}

std::span<const std::byte> dense(const LabelView& label, Bytes& memory) {
  const std::byte* const first = std::as_bytes(label.row(0)).data();
  const std::int64_t stride = label.height() > 1 ? std::as_bytes(label.row(1)).data() - first : label.width();
  return dense(first, stride, label.width(), label.height(), memory);
}

Hdf5NewArray image_array(std::string name, std::int64_t count, const ImageLayout& layout) {
  return {.name = std::move(name),
          .shape = {count, layout.height, layout.width, layout.channels},
          .value_bytes = static_cast<int>(bytes_of(layout.type))};
}
Hdf5NewArray label_array(std::string name, std::int64_t count, const ImageLayout& layout) {
  return {.name = std::move(name), .shape = {count, layout.height, layout.width, 1}, .is_compressed = true};
}

// The file, and where in it samples go. Thread-safe.
class Packer {
 public:
  Packer(const PackPlan& plan, Hdf5Writer& writer) : plan_(plan), writer_(writer) {
    if (!plan.is_stacked) return;
    const auto count = static_cast<std::int64_t>(plan.layouts.size());
    Hdf5NewArray images = image_array(kImages, count, plan.layouts.front());
    Hdf5NewArray labels = label_array(kLabels, count, plan.layouts.front());
    images.is_stacked = labels.is_stacked = true;
    images_ = writer_.add(images);
    labels_ = writer_.add(labels);
  }

  void put(std::size_t i, std::span<const std::byte> image, std::span<const std::byte> label) {
    const std::lock_guard lock(mutex_);
    if (plan_.is_stacked) {
      writer_.write(images_, static_cast<std::int64_t>(i), image);
      writer_.write(labels_, static_cast<std::int64_t>(i), label);
      return;
    }
    const std::size_t digits = std::max(kDigits, std::to_string(plan_.layouts.size()).size());
    const std::string name = '/' + padded(static_cast<std::int64_t>(i), static_cast<int>(digits));
    writer_.add_image(image_array(kImages + name, 1, plan_.layouts[i]), image);
    writer_.add_image(label_array(kLabels + name, 1, plan_.layouts[i]), label);
  }

 private:
  const PackPlan& plan_;
  std::mutex mutex_;
  Hdf5Writer& writer_;
  std::size_t images_ = 0, labels_ = 0;
};

// Reads and packs samples, on one thread.
class PackingReader {
 public:
  PackingReader(const Dataset& dataset, const PackPlan& plan, Packer& packer)
      : dataset_(dataset), plan_(plan), packer_(packer), reader_(dataset.reader()) {}

  void operator()(std::size_t i) {
    const ImageLayout layout = reader_->open(i);
    if (layout != plan_.layouts[i])
      fail(dataset_.name(i), "has changed while the data set was packed",
           "leave the files alone, and run the same command again");
    reader_->reserve(layout.height, layout.width);
    const ImageView image = reader_->image(whole(layout));
    const LabelView label = reader_->label(whole(layout));
    packer_.put(i, dense(image, image_rows_), dense(label, label_rows_));
  }

 private:
  const Dataset& dataset_;
  const PackPlan& plan_;
  Packer& packer_;
  std::unique_ptr<SampleReader> reader_;
  Bytes image_rows_, label_rows_;
};

}  // namespace

std::optional<PackPlan> plan_hdf5(const Dataset& dataset, const PackOptions& options) {
  if (dataset.size() == 0)
    fail("the data set to pack", "holds no images",
         "a config whose lists, or synthetic_images and the like, have some");
  PackPlan plan;
  plan.layouts.resize(dataset.size());
  const bool came_to_end = for_each_sample(dataset, options, [&] {
    return [&, encoded = EncodedSample()](std::size_t i) mutable {
      dataset.fetch_label(i, encoded);
      plan.layouts[i] = encoded.layout;
    };
  });
  if (!came_to_end) return std::nullopt;
  plan.is_stacked =
      std::ranges::all_of(plan.layouts, [&](const ImageLayout& layout) { return layout == plan.layouts.front(); });
  for (const ImageLayout& layout : plan.layouts) {
    plan.image_bytes += layout.size_bytes();
    plan.label_bytes += layout.height * layout.width;
  }
  return plan;
}

std::unique_ptr<Hdf5Writer> write_hdf5(const Dataset& dataset, const PackPlan& plan, const std::filesystem::path& path,
                                       const PackOptions& options) {
  auto writer = std::make_unique<Hdf5Writer>(path);
  Packer packer(plan, *writer);
  if (!for_each_sample(dataset, options, [&] { return PackingReader(dataset, plan, packer); })) return nullptr;
  writer->finish();
  return writer;
}

DatasetConfig packed_config(const DatasetConfig& config, const DatasetTraits& traits, const PackedFiles& files) {
  DatasetConfig packed = config;
  packed.dataset = "HDF5";
  packed.im_root = files.train.parent_path().string();
  packed.train_im_anns = files.train.filename().string();
  packed.val_im_anns = files.validation.filename().string();
  packed.hdf5_images = kImages;
  packed.hdf5_labels = kLabels;
  packed.label_map = "none";
  packed.label_colors.clear();
  packed.class_names = traits.class_names;
  packed.palette.clear();
  for (const Rgb& color : traits.palette) packed.palette.push_back({color.r, color.g, color.b});
  packed.mean = traits.mean;
  packed.std = traits.std;
  return packed;
}

}  // namespace seg
