// SPDX-License-Identifier: Apache-2.0
#include "dataset/sample_reader.h"

#include <algorithm>

namespace seg {
namespace {

class FileReader final : public SampleReader {
 public:
  explicit FileReader(const Dataset& dataset) : dataset_(dataset) {}

  void announce(std::size_t index) override { dataset_.announce(index); }

  const ImageLayout& open(std::size_t index) override {
    index_ = index;
    dataset_.fetch(index, encoded_);
    return encoded_.layout;
  }

  std::int64_t bytes_read() const noexcept override {
    std::size_t size = encoded_.label.size();
    for (const Bytes& image : encoded_.images) size += image.size();
    return static_cast<std::int64_t>(size);
  }

  void reserve(std::int64_t height, std::int64_t width) override {
    ImageLayout largest = encoded_.layout;
    largest.height = height;
    largest.width = width;
    image_.resize(largest);
    reserve_label(height, width);
  }
  void reserve_label(std::int64_t height, std::int64_t width) override { label_.resize(height, width); }

  ImageView image(const Window& window) override {
    dataset_.decode_image(index_, encoded_, window, image_);
    return image_;
  }

  LabelView label(const Window& window) override {
    dataset_.decode_label(index_, encoded_, window, label_);
    return label_;
  }

  void read(std::size_t index, Sample& sample) override {
    open(index);
    dataset_.decode_image(index, encoded_, whole(encoded_.layout), sample.image);
    dataset_.decode_label(index, encoded_, whole(encoded_.layout), sample.label);
  }

 private:
  const Dataset& dataset_;
  std::size_t index_ = 0;
  EncodedSample encoded_;
  Image image_;
  LabelMap label_;
};

template <class T>
void copy_rows(const ImageView& from, Image& to) {
  to.resize(from.layout());
  for (std::int64_t y = 0; y < from.height(); ++y) std::ranges::copy(from.row<T>(y), to.row<T>(y).begin());
}

}  // namespace

void SampleReader::read(std::size_t index, Sample& sample) {
  const ImageLayout layout = open(index);
  const ImageView image = this->image(whole(layout));
  if (layout.type == PixelType::u8)
    copy_rows<std::uint8_t>(image, sample.image);
  else
    copy_rows<std::uint16_t>(image, sample.image);
  const LabelView label = this->label(whole(layout));
  sample.label.resize(layout.height, layout.width);
  for (std::int64_t y = 0; y < layout.height; ++y) std::ranges::copy(label.row(y), sample.label.row(y).begin());
}

std::unique_ptr<SampleReader> file_reader(const Dataset& dataset) { return std::make_unique<FileReader>(dataset); }

}  // namespace seg
