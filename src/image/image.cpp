// SPDX-License-Identifier: Apache-2.0
#include "image/image.h"

namespace seg {

void Image::resize(const ImageLayout& layout) {
  assert(layout.height >= 0 && layout.width >= 0 && layout.channels >= 0);
  layout_ = layout;
  // Never shrinks: a smaller image in between must not make the next large one touch fresh pages.
  if (size() > data_.size()) data_.resize(size());
}

void LabelMap::resize(std::int64_t height, std::int64_t width) {
  assert(height >= 0 && width >= 0);
  height_ = height;
  width_ = width;
  if (size() > data_.size()) data_.resize(size());
}

namespace {

template <class T>
void repeat_backwards(std::byte* data, std::size_t pixels) {
  T* values = reinterpret_cast<T*>(data);
  for (std::size_t i = pixels; i-- > 0;) {  // from the back, so that no gray value is overwritten before it is read
    const T gray = values[i];
    values[3 * i] = values[3 * i + 1] = values[3 * i + 2] = gray;
  }
}

}  // namespace

void gray_to_rgb(Image& image) {
  ImageLayout layout = image.layout();
  assert(layout.channels == 1);
  const auto pixels = static_cast<std::size_t>(layout.height * layout.width);
  layout.channels = 3;
  image.resize(layout);
  if (layout.type == PixelType::u8)
    repeat_backwards<std::uint8_t>(image.bytes().data(), pixels);
  else
    repeat_backwards<std::uint16_t>(image.bytes().data(), pixels);
}

}  // namespace seg
