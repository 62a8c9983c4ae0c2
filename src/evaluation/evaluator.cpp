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

// Adds what is in batches to a result; image by image, if somebody wants to know of each.
class Counting {
 public:
  Counting(const EvaluatorOptions& options, const ImageObserver& observer) : options_(options), observer_(observer) {
    if (options.boundary) boundary_.emplace(options.num_classes, options.ignore_label, *options.boundary);
  }

  void add(const ImageBatch& batch, const at::Tensor& classes, ProtocolResult& result) {
    const auto* const predictions = classes.const_data_ptr<std::uint8_t>();
    if (!observer_ && !boundary_)
      return result.matrix.add(batch.labels(), {predictions, batch.labels().size()}, options_.ignore_label);
    const HostPixels pixels = batch.pixels();
    const std::int64_t size = pixels.height * pixels.width;
    for (std::size_t i = 0; i < batch.indices().size(); ++i) {
      const std::int64_t offset = static_cast<std::int64_t>(i) * size;
      add_image(batch.indices()[i], {batch.labels().data() + offset, pixels.width, pixels.height, pixels.width},
                {predictions + offset, pixels.width, pixels.height, pixels.width}, result);
    }
  }

 private:
  void add_image(std::size_t index, const LabelView& labels, const LabelView& predictions, ProtocolResult& result) {
    const auto size = static_cast<std::size_t>(labels.height() * labels.width());
    ImageCounts counts{.matrix = ConfusionMatrix(options_.num_classes)};
    counts.matrix.add({labels.row(0).data(), size}, {predictions.row(0).data(), size}, options_.ignore_label);
    result.matrix += counts.matrix;
    if (boundary_) {
      counts.boundary = boundary_->count(labels, predictions);
      result.boundary->counts += *counts.boundary;
    }
    if (observer_) observer_(index, counts);
  }

  const EvaluatorOptions& options_;
  const ImageObserver& observer_;
  std::optional<BoundaryScores> boundary_;
};

}  // namespace

Metrics metrics_of(const ProtocolResult& result) { return metrics_of(result.matrix, result.absent_class); }

ProtocolResult evaluate(const ReaderSource& source, Protocol& protocol, const EvaluatorOptions& options,
                        const EvaluationProgress& progress, const ImageObserver& observer) {
  const double start = seconds_now();
  ProtocolResult result{.protocol = std::string(protocol.name()),
                        .matrix = ConfusionMatrix(options.num_classes),
                        .absent_class = options.absent_class};
  if (options.boundary) result.boundary = BoundaryResult{.options = *options.boundary, .counts = {}};
  Counting counting(options, observer);
  ImageBatch batch;
  const auto finish_batch = [&] {
    if (batch.count() == 0) return;
    counting.add(batch, protocol.classes(batch.pixels()), result);
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
