// SPDX-License-Identifier: Apache-2.0
// Views: pixels and labels that something else owns (an Image, a LabelMap, a mapped file).
//
// Rows are dense, `stride` bytes from one to the next. A view is valid as long as its owner keeps the memory; copies
// are cheap. Distinct threads may read one view. Windows lie within the view (programmer error otherwise).
#pragma once
#include <cassert>
#include <cstddef>
#include <cstdint>
#include <span>

#include "image/image.h"

namespace seg {

// [H,W,C] of uint8 or uint16; the data of the latter is aligned to 2 bytes.
class ImageView {
 public:
  ImageView() = default;
  ImageView(const std::byte* data, std::int64_t stride, const ImageLayout& layout) noexcept
      : data_(data), stride_(stride), layout_(layout) {
    assert(stride >= layout.row_bytes());
  }
  ImageView(const Image& image) noexcept  // NOLINT(google-explicit-constructor): an image is a view of all of it
      : ImageView(image.bytes().data(), image.layout().row_bytes(), image.layout()) {}

  const ImageLayout& layout() const noexcept { return layout_; }
  std::int64_t height() const noexcept { return layout_.height; }
  std::int64_t width() const noexcept { return layout_.width; }
  std::int64_t channels() const noexcept { return layout_.channels; }
  std::int64_t stride() const noexcept { return stride_; }

  // As Image::row().
  template <class T>
  std::span<const T> row(std::int64_t y) const noexcept {
    assert(sizeof(T) == static_cast<std::size_t>(bytes_of(layout_.type)) && y >= 0 && y < layout_.height);
    return {reinterpret_cast<const T*>(data_ + y * stride_),
            static_cast<std::size_t>(layout_.width * layout_.channels)};
  }

  ImageView part(const Window& window) const noexcept {
    assert(window.within(layout_.height, layout_.width));
    const ImageLayout layout{window.height, window.width, layout_.channels, layout_.type};
    return {data_ + window.top * stride_ + window.left * layout_.channels * bytes_of(layout_.type), stride_, layout};
  }

 private:
  const std::byte* data_ = nullptr;
  std::int64_t stride_ = 0;
  ImageLayout layout_;
};

// [H,W] of uint8.
class LabelView {
 public:
  LabelView() = default;
  LabelView(const std::uint8_t* data, std::int64_t stride, std::int64_t height, std::int64_t width) noexcept
      : data_(data), stride_(stride), height_(height), width_(width) {
    assert(stride >= width);
  }
  LabelView(const LabelMap& map) noexcept  // NOLINT(google-explicit-constructor): a map is a view of all of it
      : LabelView(map.values().data(), map.width(), map.height(), map.width()) {}

  std::int64_t height() const noexcept { return height_; }
  std::int64_t width() const noexcept { return width_; }
  std::span<const std::uint8_t> row(std::int64_t y) const noexcept {
    assert(y >= 0 && y < height_);
    return {data_ + y * stride_, static_cast<std::size_t>(width_)};
  }

  LabelView part(const Window& window) const noexcept {
    assert(window.within(height_, width_));
    return {data_ + window.top * stride_ + window.left, stride_, window.height, window.width};
  }

 private:
  const std::uint8_t* data_ = nullptr;
  std::int64_t stride_ = 0, height_ = 0, width_ = 0;
};

}  // namespace seg
