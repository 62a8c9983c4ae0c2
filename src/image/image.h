// SPDX-License-Identifier: Apache-2.0
// Pixels in host memory: images of C interleaved channels of uint8 or uint16, and label maps of one uint8 a pixel.
//
// Rows are dense, from top to bottom: Image is [H,W,C], LabelMap is [H,W]. Both own their memory and are meant to be
// reused: resize() keeps the capacity and leaves the content unspecified. Distinct objects may be used by distinct
// threads. Sides are at least 0; a Window lies within its image (programmer error otherwise).
#pragma once
#include <cassert>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace seg {

enum class PixelType : std::uint8_t { u8, u16 };

constexpr std::int64_t bytes_of(PixelType type) noexcept { return type == PixelType::u8 ? 1 : 2; }
constexpr std::int64_t largest_value(PixelType type) noexcept { return type == PixelType::u8 ? 255 : 65535; }

struct ImageLayout {
  std::int64_t height = 0, width = 0, channels = 0;
  PixelType type = PixelType::u8;

  std::int64_t row_bytes() const noexcept { return width * channels * bytes_of(type); }
  std::int64_t size_bytes() const noexcept { return height * row_bytes(); }
  bool operator==(const ImageLayout&) const = default;
};

// A rectangle of pixels.
struct Window {
  std::int64_t top = 0, left = 0, height = 0, width = 0;

  bool within(std::int64_t image_height, std::int64_t image_width) const noexcept {
    return top >= 0 && left >= 0 && height >= 0 && width >= 0 && height <= image_height - top &&
           width <= image_width - left;
  }
  bool operator==(const Window&) const = default;
};

inline Window whole(const ImageLayout& layout) noexcept { return {0, 0, layout.height, layout.width}; }

class Image {
 public:
  Image() = default;
  explicit Image(const ImageLayout& layout) { resize(layout); }

  void resize(const ImageLayout& layout);
  const ImageLayout& layout() const noexcept { return layout_; }
  std::int64_t height() const noexcept { return layout_.height; }
  std::int64_t width() const noexcept { return layout_.width; }
  std::int64_t channels() const noexcept { return layout_.channels; }
  PixelType type() const noexcept { return layout_.type; }

  std::span<std::byte> bytes() noexcept { return {data_.data(), size()}; }
  std::span<const std::byte> bytes() const noexcept { return {data_.data(), size()}; }

  // Row y: width * channels values. T is std::uint8_t or std::uint16_t and must be the image's type.
  template <class T>
  std::span<T> row(std::int64_t y) noexcept {
    return {reinterpret_cast<T*>(row_bytes<T>(y)), values_in_row()};
  }
  template <class T>
  std::span<const T> row(std::int64_t y) const noexcept {
    return {reinterpret_cast<const T*>(row_bytes<T>(y)), values_in_row()};
  }

 private:
  std::size_t size() const noexcept { return static_cast<std::size_t>(layout_.size_bytes()); }
  std::size_t values_in_row() const noexcept { return static_cast<std::size_t>(layout_.width * layout_.channels); }
  template <class T>
  std::byte* row_bytes(std::int64_t y) const noexcept {
    assert(sizeof(T) == static_cast<std::size_t>(bytes_of(layout_.type)) && y >= 0 && y < layout_.height);
    return const_cast<std::byte*>(data_.data()) + y * layout_.row_bytes();
  }

  ImageLayout layout_;
  std::vector<std::byte> data_;
};

class LabelMap {
 public:
  LabelMap() = default;
  LabelMap(std::int64_t height, std::int64_t width) { resize(height, width); }

  void resize(std::int64_t height, std::int64_t width);
  std::int64_t height() const noexcept { return height_; }
  std::int64_t width() const noexcept { return width_; }

  std::span<std::uint8_t> values() noexcept { return {data_.data(), size()}; }
  std::span<const std::uint8_t> values() const noexcept { return {data_.data(), size()}; }
  std::span<std::uint8_t> row(std::int64_t y) noexcept {
    assert(y >= 0 && y < height_);
    return {data_.data() + y * width_, static_cast<std::size_t>(width_)};
  }
  std::span<const std::uint8_t> row(std::int64_t y) const noexcept {
    assert(y >= 0 && y < height_);
    return {data_.data() + y * width_, static_cast<std::size_t>(width_)};
  }

 private:
  std::size_t size() const noexcept { return static_cast<std::size_t>(height_ * width_); }

  std::int64_t height_ = 0, width_ = 0;
  std::vector<std::uint8_t> data_;
};

// Repeats the one channel of a gray image three times, in place; for gray files in a data set of colour images.
void gray_to_rgb(Image& image);

}  // namespace seg
