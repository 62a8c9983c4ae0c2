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
  bool takes(const WholeImage& image) const { return count() == 0 || image.image().layout() == layout_; }
  std::int64_t count() const { return static_cast<std::int64_t>(indices_.size()); }

  void add(const WholeImage& image) {
    layout_ = image.image().layout();
    const auto pixels = image.image().bytes();
    const auto labels = image.label().values();
    images_.insert(images_.end(), pixels.begin(), pixels.end());
    labels_.insert(labels_.end(), labels.begin(), labels.end());
    indices_.push_back(image.index());
  }

  void clear() {
    images_.clear();
    labels_.clear();
    indices_.clear();
  }

  const std::vector<std::size_t>& indices() const { return indices_; }
  std::span<const std::uint8_t> labels() const { return labels_; }
  HostPixels pixels() const {
    return {.images = images_.data(),
            .count = count(),
            .height = layout_.height,
            .width = layout_.width,
            .channels = layout_.channels,
            .is_16_bit = layout_.type == PixelType::u16};
  }

 private:
  ImageLayout layout_;
  std::vector<std::size_t> indices_;
  std::vector<std::byte> images_;
  std::vector<std::uint8_t> labels_;
};

// Image by image, if somebody wants to know of each.
void count(const ImageBatch& batch, const at::Tensor& classes, const EvaluatorOptions& options,
           const ImageObserver& observer, ConfusionMatrix& sum) {
  const std::span<const std::uint8_t> labels = batch.labels();
  const std::span predictions(classes.const_data_ptr<std::uint8_t>(), labels.size());
  if (!observer) return sum.add(labels, predictions, options.ignore_label);
  const std::size_t pixels = labels.size() / batch.indices().size();
  for (std::size_t i = 0; i < batch.indices().size(); ++i) {
    ConfusionMatrix own(options.num_classes);
    own.add(labels.subspan(i * pixels, pixels), predictions.subspan(i * pixels, pixels), options.ignore_label);
    observer(batch.indices()[i], own);
    sum += own;
  }
}

}  // namespace

Metrics metrics_of(const ProtocolResult& result) { return metrics_of(result.matrix, result.absent_class); }

ProtocolResult evaluate(const ReaderSource& source, SingleScale& network, const EvaluatorOptions& options,
                        const EvaluationProgress& progress, const ImageObserver& observer) {
  const double start = seconds_now();
  ProtocolResult result{
      .protocol = "ss", .matrix = ConfusionMatrix(options.num_classes), .absent_class = options.absent_class};
  ImageBatch batch;
  const auto finish_batch = [&] {
    if (batch.count() == 0) return;
    count(batch, network.classes(batch.pixels()), options, observer, result.matrix);
    result.images += batch.count();
    batch.clear();
    const bool goes_on = !progress || progress(result.images);
    result.is_complete = goes_on || result.images == static_cast<std::int64_t>(source.size());
  };

  const int slots = static_cast<int>(options.images_per_batch) + options.num_workers;
  ImageStream images(source, {.num_workers = options.num_workers, .slots = slots});
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
