// SPDX-License-Identifier: Apache-2.0
#include "evaluation/evaluator.h"

#include <cstring>
#include <optional>
#include <span>

#include "base/clock.h"
#include "loader/image_stream.h"

namespace seg {
namespace {

// Images of one layout and their labels, one behind the other.
class ImageBatch {
 public:
  bool takes(const WholeImage& image) const { return count_ == 0 || image.image().layout() == layout_; }
  std::int64_t count() const { return count_; }

  void add(const WholeImage& image) {
    layout_ = image.image().layout();
    const auto pixels = image.image().bytes();
    const auto labels = image.label().values();
    images_.insert(images_.end(), pixels.begin(), pixels.end());
    labels_.insert(labels_.end(), labels.begin(), labels.end());
    ++count_;
  }

  void clear() {
    images_.clear();
    labels_.clear();
    count_ = 0;
  }

  std::span<const std::uint8_t> labels() const { return labels_; }
  HostPixels pixels() const {
    return {.images = images_.data(),
            .count = count_,
            .height = layout_.height,
            .width = layout_.width,
            .channels = layout_.channels,
            .is_16_bit = layout_.type == PixelType::u16};
  }

 private:
  ImageLayout layout_;
  std::int64_t count_ = 0;
  std::vector<std::byte> images_;
  std::vector<std::uint8_t> labels_;
};

}  // namespace

ProtocolResult evaluate(const Dataset& dataset, SingleScale& network, const EvaluatorOptions& options,
                        const EvaluationProgress& progress) {
  const double start = seconds_now();
  ProtocolResult result{.protocol = "ss", .matrix = ConfusionMatrix(options.num_classes)};
  ImageBatch batch;
  const auto finish_batch = [&] {
    if (batch.count() == 0) return;
    const at::Tensor classes = network.classes(batch.pixels());
    result.matrix.add(batch.labels(), {classes.const_data_ptr<std::uint8_t>(), batch.labels().size()},
                      options.ignore_label);
    result.images += batch.count();
    batch.clear();
    const bool goes_on = !progress || progress(result.images);
    result.is_complete = goes_on || result.images == static_cast<std::int64_t>(dataset.size());
  };

  const int slots = static_cast<int>(options.images_per_batch) + options.num_workers;
  ImageStream images(dataset, {.num_workers = options.num_workers, .slots = slots});
  while (std::optional<WholeImage> image = images.next()) {
    if (!batch.takes(*image)) finish_batch();
    batch.add(*image);
    if (batch.count() == options.images_per_batch) finish_batch();
    if (!result.is_complete) return result;
  }
  finish_batch();
  result.seconds = seconds_now() - start;
  return result;
}

}  // namespace seg
