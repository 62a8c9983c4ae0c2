// SPDX-License-Identifier: Apache-2.0
#include "image/jpeg_rows.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <vector>

#include "image/jpeg_marks.h"
#include "image/jpeg_pixels.h"
#include "image/jpeg_scan.h"
#include "image/jpeg_units.h"

namespace seg {
namespace {

struct Range {
  std::int64_t first = 0, last = 0;  // both in it
};

// Samples of a channel that `pixels` are made of: with half as many there are neighbours beside them.
Range samples_of(Range pixels, bool are_halved, std::int64_t size) noexcept {
  if (!are_halved) return pixels;
  return {std::max<std::int64_t>(pixels.first / 2 - 1, 0), std::min(pixels.last / 2 + 1, size - 1)};
}

// Samples of a channel: two rows of units, the one that is decoded and the one above it.
class Plane {
 public:
  void begin(std::int64_t width, int unit_height) {
    stride_ = width + 2 * static_cast<std::int64_t>(kJpegSlack);
    rows_ = std::int64_t{2} * unit_height;
    samples_.resize(std::max(samples_.size(), static_cast<std::size_t>(stride_ * rows_)));
  }
  std::int64_t stride() const noexcept { return stride_; }
  std::uint8_t* row(std::int64_t y) noexcept {
    return samples_.data() + y % rows_ * stride_ + static_cast<std::int64_t>(kJpegSlack);
  }

 private:
  std::int64_t stride_ = 0, rows_ = 0;
  std::vector<std::uint8_t> samples_;
};

class WindowReader {
 public:
  bool read(std::span<const std::byte> file, const JpegScan& scan, const Window& window, JpegIndex* index,
            std::byte* to) {
    scan_ = &scan;
    window_ = window;
    to_ = reinterpret_cast<std::uint8_t*>(to);
    if (!units_.begin(file, scan)) return false;
    plan();
    next_row_ = window.top;
    const bool has_marks = index != nullptr && (unit_rows_.first > 0 || unit_rows_.last + 1 < scan.unit_rows());
    if (has_marks) marks_.begin(file, scan, *index);
    for (std::int64_t y = has_marks ? marks_.enter(unit_rows_.first, units_) : 0; y <= unit_rows_.last; ++y) {
      if (has_marks) marks_.note(y, units_);
      if (!read_unit_row(y)) return false;
      if (y >= unit_rows_.first) write_rows(y);
    }
    if (has_marks) marks_.keep();
    return unit_rows_.last + 1 < scan.unit_rows() || units_.finish();
  }

 private:
  struct Channel {
    bool has_half_width = false, has_half_height = false;
    std::int64_t height = 0, width = 0;  // in samples
    Range unit_rows;
    Plane plane;
    std::vector<std::uint8_t> full_row;  // widened or mixed
  };

  void plan() {
    const JpegChannel& luma = scan_->channels[0];
    units_across_ = {scan_->units_across(), 0};
    unit_rows_ = {scan_->unit_rows(), 0};
    for (std::size_t c = 0; c < scan_->num_channels; ++c) {
      const JpegChannel& coded = scan_->channels[c];
      Channel& channel = channels_[c];
      channel.has_half_width = coded.across < luma.across;
      channel.has_half_height = coded.down < luma.down;
      channel.width = channel.has_half_width ? (scan_->width + 1) / 2 : scan_->width;
      channel.height = channel.has_half_height ? (scan_->height + 1) / 2 : scan_->height;
      const Range columns =
          samples_of({window_.left, window_.left + window_.width - 1}, channel.has_half_width, channel.width);
      const Range rows =
          samples_of({window_.top, window_.top + window_.height - 1}, channel.has_half_height, channel.height);
      channel.unit_rows = {rows.first / (8 * coded.down), rows.last / (8 * coded.down)};
      units_across_ = {std::min(units_across_.first, columns.first / (8 * coded.across)),
                       std::max(units_across_.last, columns.last / (8 * coded.across))};
      unit_rows_ = {std::min(unit_rows_.first, channel.unit_rows.first),
                    std::max(unit_rows_.last, channel.unit_rows.last)};
    }
    const auto units = static_cast<std::int64_t>(units_across_.last - units_across_.first + 1);
    for (std::size_t c = 0; c < scan_->num_channels; ++c) {
      const JpegChannel& coded = scan_->channels[c];
      channels_[c].plane.begin(units * 8 * coded.across, 8 * coded.down);
      if (c != 0) channels_[c].full_row.resize(static_cast<std::size_t>(window_.width) + 2 * kJpegSlack);
    }
    sums_.resize(static_cast<std::size_t>(window_.width) + 2 * kJpegSlack);
  }

  // The channels of which the window needs this row.
  unsigned channels_of(std::int64_t unit_row) const noexcept {
    unsigned channels = 0;
    for (std::size_t c = 0; c < scan_->num_channels; ++c) {
      const Range& rows = channels_[c].unit_rows;
      if (unit_row >= rows.first && unit_row <= rows.last) channels |= 1U << c;
    }
    return channels;
  }

  bool read_unit_row(std::int64_t unit_row) {
    const unsigned channels = channels_of(unit_row);
    const std::int64_t across = scan_->units_across();
    if (channels == 0) return units_.pass(across);
    if (!units_.pass(units_across_.first)) return false;
    for (std::int64_t unit = units_across_.first; unit <= units_across_.last; unit += JpegTile::kUnits) {
      const std::int64_t count = std::min<std::int64_t>(JpegTile::kUnits, units_across_.last + 1 - unit);
      tile_.coefficients.fill(0);
      tile_.reach.fill(0);
      if (!units_.read(count, channels, tile_) || !transform(unit_row, unit, channels)) return false;
    }
    extend_chroma(unit_row, channels);
    return units_.pass(across - 1 - units_across_.last);
  }

  bool transform(std::int64_t unit_row, std::int64_t unit, unsigned channels) {
    for (std::size_t c = 0; c < scan_->num_channels; ++c) {
      if ((channels >> c & 1) == 0) continue;
      const JpegChannel& coded = scan_->channels[c];
      Plane& plane = channels_[c].plane;
      for (int down = 0; down < coded.down; ++down) {
        const std::size_t first = JpegTile::first_group(*scan_, c, down);
        const bool is_good = transform_jpeg_blocks(
            {.coefficients = tile_.coefficients.data() + first * JpegTile::kGroupSize,
             .reach = std::span(tile_.reach).subspan(first, JpegTile::groups_across(*scan_, c)),
             .quanta = coded.quanta.data(),
             .to = plane.row((unit_row * coded.down + down) * 8) + (unit - units_across_.first) * 8 * coded.across,
             .stride = plane.stride()});
        if (!is_good) return false;
      }
    }
    return true;
  }

  // Beyond the image's sides there are the samples at its sides.
  void extend_chroma(std::int64_t unit_row, unsigned channels) {
    for (std::size_t c = 1; c < scan_->num_channels; ++c) {
      Channel& channel = channels_[c];
      if (!channel.has_half_width || (channels >> c & 1) == 0) continue;
      const int height = 8 * scan_->channels[c].down;
      const std::int64_t end = channel.width - first_column(c);
      for (std::int64_t y = unit_row * height; y < (unit_row + 1) * height; ++y) {
        std::uint8_t* row = channel.plane.row(y);
        row[-1] = row[0];
        if (units_across_.last + 1 == scan_->units_across()) row[end] = row[end - 1];
      }
    }
  }

  // Where a channel's plane begins.
  std::int64_t first_column(std::size_t c) const noexcept {
    return units_across_.first * 8 * scan_->channels[c].across;
  }

  // All that the rows of units up to this one allow for: the last row of pixels may need chroma of the next.
  void write_rows(std::int64_t unit_row) {
    const bool waits = channels_[scan_->num_channels - 1].has_half_height && unit_row + 1 < scan_->unit_rows();
    const std::int64_t end =
        std::min(window_.top + window_.height, (unit_row + 1) * scan_->unit_height() - (waits ? 1 : 0));
    for (; next_row_ < end; ++next_row_) write_row(next_row_);
  }

  void write_row(std::int64_t y) {
    const auto pixels = static_cast<std::size_t>(window_.width);
    const std::uint8_t* luma = channels_[0].plane.row(y) + window_.left - first_column(0);
    if (scan_->num_channels == 1) {
      std::memcpy(to_, luma, pixels);
      to_ += pixels;
      return;
    }
    jpeg_colors({luma, chroma_row(1, y), chroma_row(2, y)}, pixels, to_);
    to_ += 3 * pixels;
  }

  // As long as luma's.
  const std::uint8_t* chroma_row(std::size_t c, std::int64_t y) {
    Channel& channel = channels_[c];
    const std::int64_t left = (channel.has_half_width ? window_.left / 2 : window_.left) - first_column(c);
    const std::int64_t near_row = channel.has_half_height ? y / 2 : y;
    const std::uint8_t* near = channel.plane.row(near_row) + left;
    const std::uint8_t* far = nullptr;
    const bool is_lower = y % 2 != 0;
    if (channel.has_half_height) {
      const std::int64_t far_row = std::clamp<std::int64_t>(near_row + (is_lower ? 1 : -1), 0, channel.height - 1);
      far = channel.plane.row(far_row) + left;
    }
    std::uint8_t* full = channel.full_row.data();
    if (channel.has_half_width) {
      const std::int64_t odd = window_.left % 2;
      widen_chroma(near, far, static_cast<std::size_t>((window_.width + odd + 1) / 2), sums_.data(), full);
      return full + odd;
    }
    if (far == nullptr) return near;
    mix_chroma_rows(near, far, is_lower, static_cast<std::size_t>(window_.width), full);
    return full;
  }

  const JpegScan* scan_ = nullptr;
  Window window_;
  std::uint8_t* to_ = nullptr;
  std::int64_t next_row_ = 0;
  Range units_across_, unit_rows_;  // that the window needs
  JpegUnits units_;
  JpegMarks marks_;
  JpegTile tile_;
  std::array<Channel, 3> channels_;
  std::vector<std::int16_t> sums_;
};

}  // namespace

bool decode_jpeg_rows(std::span<const std::byte> file, const JpegHeader& header, const Window& window, JpegIndex* index,
                      std::byte* to) {
  if (!has_jpeg_pixels()) return false;
  const auto scan = read_jpeg_scan(file);
  if (!scan || scan->height != header.height || scan->width != header.width ||
      scan->num_channels != static_cast<std::size_t>(header.components))
    return false;
  thread_local WindowReader reader;
  return reader.read(file, *scan, window, index, to);
}

std::int64_t jpeg_rows_bytes(std::int64_t width) noexcept {
  constexpr std::int64_t kUnit = 16, kPlaneRows = 2 * kUnit, kPlanes = 3, kRows = 4;  // two widened ones and sums
  return static_cast<std::int64_t>(sizeof(WindowReader)) + JpegBits::kBytes +
         (width + kUnit + 2 * static_cast<std::int64_t>(kJpegSlack)) * (kPlanes * kPlaneRows + kRows);
}

}  // namespace seg
