// SPDX-License-Identifier: Apache-2.0
#include "loader/image_stream.h"

#include <algorithm>
#include <vector>

#include "loader/ring.h"

namespace seg {

class ImageStream::Impl {
 public:
  Impl(const ReaderSource& source, const ImageStreamOptions& options)
      : samples_(std::make_shared<std::vector<Sample>>(static_cast<std::size_t>(options.slots))),
        ring_({.slots = options.slots, .num_workers = options.num_workers, .memory = samples_},
              [this](const RingItem& item) { read(item); }) {
    for (int i = 0; i < std::max(options.num_workers, 1); ++i) readers_.push_back(source.reader());
    const std::size_t first = std::min(options.first, source.size());
    const std::size_t count = std::min(options.count, source.size() - first);
    ring_.start(static_cast<std::int64_t>(first), static_cast<std::int64_t>(first + count));
  }

  std::optional<WholeImage> next() {
    std::optional<Ring::Round> round = ring_.next();
    if (!round) return std::nullopt;
    const Sample& sample = (*samples_)[static_cast<std::size_t>(round->lease.slot())];
    return WholeImage(static_cast<std::size_t>(round->number), sample, std::move(round->lease));
  }

 private:
  void read(const RingItem& item) {
    const auto index = static_cast<std::size_t>(item.round);
    readers_[static_cast<std::size_t>(item.worker)]->read(index, (*samples_)[static_cast<std::size_t>(item.slot)]);
  }

  const std::shared_ptr<std::vector<Sample>> samples_;
  std::vector<std::unique_ptr<SampleReader>> readers_;  // one a worker
  Ring ring_;                                           // last: its threads end before what they use
};

ImageStream::ImageStream(const ReaderSource& source, const ImageStreamOptions& options)
    : impl_(std::make_unique<Impl>(source, options)) {}
ImageStream::~ImageStream() = default;

std::optional<WholeImage> ImageStream::next() { return impl_->next(); }

WholeImage whole_image(const ReaderSource& source, std::size_t index) {
  std::optional<WholeImage> image = ImageStream(source, {.first = index, .count = 1}).next();
  if (!image) throw std::out_of_range("no image of that number");
  return *std::move(image);
}

}  // namespace seg
