// SPDX-License-Identifier: Apache-2.0
#include "image/tiff_directory.h"

#include <algorithm>
#include <utility>

#include "base/error.h"
#include "base/rounding.h"
#include "base/text.h"
#include "image/tiff_entries.h"
#include "image/tiff_numbers.h"

namespace seg {
namespace {

// Tags of a directory, by their numbers in the specification.
using Tag = TiffTag;
constexpr Tag kPageKind = 254;
constexpr Tag kWidth = 256;
constexpr Tag kHeight = 257;
constexpr Tag kBits = 258;
constexpr Tag kCompression = 259;
constexpr Tag kColor = 262;
constexpr Tag kStripPlaces = 273;
constexpr Tag kOrientation = 274;
constexpr Tag kSamples = 277;
constexpr Tag kStripRows = 278;
constexpr Tag kStripSizes = 279;
constexpr Tag kPlanes = 284;
constexpr Tag kTileWidth = 322;
constexpr Tag kTileHeight = 323;
constexpr Tag kTilePlaces = 324;
constexpr Tag kTileSizes = 325;
constexpr Tag kExtraSamples = 338;
constexpr Tag kSampleKind = 339;

constexpr std::uint64_t kReducedOrMask = 1 | 4;  // bits of kPageKind
constexpr std::uint64_t kAssociatedAlpha = 1, kUnassociatedAlpha = 2;
constexpr std::uint64_t kSeparatePlanes = 2;
constexpr std::uint64_t kSigned = 2, kFloat = 3;  // kinds of samples
constexpr int kJpegCompression = 7;

constexpr int kMostPages = 64;  // that are passed over

// Of the ways to compress: what a byte may become at most, so that a short file cannot claim many pixels. LZW's longest
// text of a 12-bit code, 258 bytes from 2 bits, 128 from 2 bytes, 128 KiB from a block of 4 bytes; JPEG as for its own
// files.
struct Compression {
  int number;
  std::uint64_t largest_ratio;
};
constexpr Compression kCompressions[] = {{1, 1},      {5, 4096 * 8 / 12},  {8, 1032},     {32946, 1032},
                                         {32773, 64}, {7, 3 * 8 * 64 * 2}, {50000, 32768}};

// Scaling, which is what images want, would make other classes of them.
constexpr const char* kSaveClassNumbers =
    "save the class numbers as they are, unscaled, with 8 bits: in Python, x.astype(np.uint8)";

std::string_view name_of_compression(std::uint64_t number) {
  switch (number) {
    case 2:
    case 3:
    case 4: return "fax";
    case 6: return "old JPEG";
    case 34712: return "JPEG 2000";
    case 34887: return "LERC";
    case 34925: return "LZMA";
    case 50001: return "WebP";
    default: return "unknown";
  }
}

std::string_view name_of_color(std::uint64_t number) {
  switch (number) {
    case 4: return "a mask of transparency";
    case 5: return "CMYK";
    case 6: return "YCbCr outside of JPEG";
    case 8:
    case 9:
    case 10: return "CIE Lab";
    case 32803: return "a camera's colour filter";
    default: return "unknown";
  }
}

class DirectoryWalk {
 public:
  DirectoryWalk(std::span<const std::byte> file, std::string_view where, TiffUse use)
      : entries_(file, where), where_(where), use_(use) {}

  TiffDirectory run() {
    read_size();
    read_samples();
    read_color();
    read_compression();
    read_pieces();
    directory_.orientation = orientation();
    check_other_pages();
    return std::move(directory_);
  }

 private:
  void require(bool is_possible) const { entries_.require(is_possible); }
  std::uint64_t first(Tag tag, std::uint64_t otherwise) const { return entries_.first(tag, otherwise); }

  void read_size() {
    const std::uint64_t width = first(kWidth, 0), height = first(kHeight, 0);
    require(width != 0 && height != 0);
    constexpr auto kLargest = static_cast<std::uint64_t>(kLargestTiffPixels);
    if (width > kLargest || height > kLargest / width)
      fail(std::string(where_),
           "the image is too large: " + std::to_string(width) + " x " + std::to_string(height) + " pixels",
           "cut it into tiles of at most " + std::to_string(kLargestTiffPixels >> 20) + " million pixels");
    directory_.width = static_cast<std::int64_t>(width);
    directory_.height = static_cast<std::int64_t>(height);
  }

  // Of tags that give a number for each sample, where all must be equal.
  std::uint64_t equal_values(Tag tag, std::uint64_t otherwise) const {
    const auto values = entries_.find(tag);
    if (!values) return otherwise;
    const std::uint64_t count = std::min<std::uint64_t>(values->count, static_cast<std::uint64_t>(directory_.samples));
    for (std::uint64_t i = 1; i < count; ++i)
      if (entries_.value(*values, i) != entries_.value(*values, 0))
        fail(std::string(where_), "a TIFF whose channels are of different kinds, which this version does not read",
             "save all channels with 8 or 16 bits");
    return entries_.value(*values, 0);
  }

  void read_samples() {
    const std::uint64_t samples = first(kSamples, 1);
    require(samples != 0);
    if (samples > kMostTiffSamples)
      fail(std::string(where_), "a TIFF of " + std::to_string(samples) + " channels, which this version does not read",
           "save the channels that matter, at most " + std::to_string(kMostTiffSamples));
    directory_.samples = static_cast<int>(samples);
    const std::uint64_t bits = equal_values(kBits, 1), kind = equal_values(kSampleKind, 1);
    const bool is_label = use_ == TiffUse::label;
    if (kind == kSigned || kind == kFloat)
      fail(std::string(where_),
           "a TIFF of " + std::to_string(bits) + "-bit " + (kind == kFloat ? "floating-point" : "signed") +
               " values, which this version does not read",
           is_label ? kSaveClassNumbers
                    : "scale it to whole numbers of 16 bits: in Python, with the lowest and highest value that occur "
                      "in the data set, np.clip((x - low) / (high - low) * 65535, 0, 65535).astype(np.uint16)");
    const bool is_fine = samples == 1 && (bits == 1 || bits == 2 || bits == 4);
    if (kind > kFloat + 1 || (bits != 8 && bits != 16 && !is_fine))
      fail(std::string(where_),
           "a TIFF of " + std::to_string(bits) + " bits a channel, which this version does not read",
           is_label ? kSaveClassNumbers : "save it with 8 or 16 bits a channel");
    directory_.bits = static_cast<int>(bits);
    take_channels();
  }

  // Extra samples come last.
  void take_channels() {
    const auto extra = entries_.find(kExtraSamples);
    const int num_extra = extra ? static_cast<int>(std::min<std::uint64_t>(extra->count, kMostTiffSamples)) : 0;
    require(num_extra < directory_.samples);
    for (int i = 0; i < directory_.samples; ++i) {
      const int number = i - (directory_.samples - num_extra);
      const std::uint64_t kind = number < 0 ? 0 : entries_.value(*extra, static_cast<std::uint64_t>(number));
      if (kind != kAssociatedAlpha && kind != kUnassociatedAlpha) directory_.channels.push_back(i);
    }
    num_colors_ = directory_.samples - num_extra;
  }

  void read_color() {
    constexpr std::uint64_t kYcbcr = 6;
    const std::uint64_t number = first(kColor, 1);
    const bool is_jpeg = first(kCompression, 1) == kJpegCompression;
    if (number > 3 && !(number == kYcbcr && is_jpeg))
      fail(std::string(where_),
           "a TIFF with colours as " + std::string(name_of_color(number)) + ", which this version does not read",
           "save it as gray or RGB");
    directory_.color = number == kYcbcr ? TiffColor::ycbcr : static_cast<TiffColor>(number);
    switch (directory_.color) {
      case TiffColor::rgb: return require(num_colors_ >= 3);
      case TiffColor::ycbcr: return require(directory_.samples == 3 && first(kPlanes, 1) != kSeparatePlanes);
      case TiffColor::palette: return require(directory_.samples == 1 && directory_.bits <= 8);
      default: break;
    }
  }

  void read_compression() {
    const std::uint64_t number = first(kCompression, 1);
    const auto* const known = std::ranges::find_if(
        kCompressions, [&](const Compression& way) { return static_cast<std::uint64_t>(way.number) == number; });
    if (known == std::end(kCompressions))
      fail(std::string(where_),
           "a TIFF of " + std::string(name_of_compression(number)) + " compression (" + std::to_string(number) +
               "), which this version does not read",
           "save it without compression, or with LZW or deflate");
    directory_.compression = known->number;
    require(directory_.compression != kJpegCompression || directory_.bits == 8);
    const auto row_bytes =
        static_cast<std::uint64_t>((directory_.width * directory_.samples * directory_.bits + 7) / 8);
    if (row_bytes * static_cast<std::uint64_t>(directory_.height) > known->largest_ratio * entries_.file_size())
      fail_damaged_tiff(where_, "the TIFF is truncated: " + std::to_string(entries_.file_size()) +
                                    " bytes cannot hold " + size_text(directory_.width, directory_.height) + " pixels");
    largest_piece_ = std::max<std::uint64_t>(known->largest_ratio * entries_.file_size(), std::uint64_t{1} << 20);
  }

  // Strips or tiles.
  void read_pieces() {
    directory_.is_planar = first(kPlanes, 1) == kSeparatePlanes && directory_.samples > 1;
    directory_.is_tiled = entries_.find(kTileWidth).has_value();
    std::int64_t pieces = 0;
    if (directory_.is_tiled) {
      pieces = read_tile_size();
    } else {
      const std::uint64_t rows =
          std::min(first(kStripRows, ~std::uint64_t{0}), static_cast<std::uint64_t>(directory_.height));
      require(rows != 0);
      directory_.strip_rows = static_cast<std::int64_t>(rows);
      pieces = divided_up(directory_.height, directory_.strip_rows);
    }
    if (directory_.is_planar) pieces *= directory_.samples;
    const auto places = entries_.find(directory_.is_tiled ? kTilePlaces : kStripPlaces);
    const auto sizes = entries_.find(directory_.is_tiled ? kTileSizes : kStripSizes);
    if (!places || !sizes || places->count < static_cast<std::uint64_t>(pieces) || sizes->count < places->count)
      fail_damaged_tiff(where_, "the TIFF is damaged: it does not say where all of its pixels lie");
    for (std::uint64_t i = 0; i < static_cast<std::uint64_t>(pieces); ++i) {
      const std::uint64_t at = entries_.value(*places, i), size = entries_.value(*sizes, i);
      if (at > entries_.file_size() || size > entries_.file_size() - at) entries_.fail_truncated();
      if (size == 0) fail_damaged_tiff(where_, "the TIFF is damaged: a part of its pixels is missing");
    }
  }

  std::int64_t read_tile_size() {
    const std::uint64_t width = first(kTileWidth, 0), height = first(kTileHeight, 0);
    constexpr auto kLargest = static_cast<std::uint64_t>(kLargestTiffPixels);
    require(width != 0 && height != 0 && width <= kLargest && height <= kLargest / width);
    const std::uint64_t samples = directory_.is_planar ? 1 : static_cast<std::uint64_t>(directory_.samples);
    require(width * height * samples * static_cast<std::uint64_t>(directory_.bits) / 8 <= largest_piece_);
    directory_.tile_width = static_cast<std::int64_t>(width);
    directory_.tile_height = static_cast<std::int64_t>(height);
    return divided_up(directory_.width, directory_.tile_width) * divided_up(directory_.height, directory_.tile_height);
  }

  Orientation orientation() const {
    const std::uint64_t number = first(kOrientation, 1);
    return number >= 1 && number <= 8 ? Orientation{static_cast<int>(number)} : Orientation{};
  }

  void check_other_pages() {
    for (int page = 0; entries_.has_next(); ++page) {
      if (page == kMostPages) fail_damaged_tiff(where_, "the TIFF is damaged: its directories do not end");
      entries_.open_next();
      if ((first(kPageKind, 0) & kReducedOrMask) == 0)
        fail(std::string(where_), "a TIFF of several pages, of which only one can be the image",
             "save each page as a file of its own; channels belong into one page");
    }
  }

  TiffEntries entries_;
  std::string_view where_;
  TiffUse use_;
  int num_colors_ = 0;               // samples before the extra ones
  std::uint64_t largest_piece_ = 0;  // bytes
  TiffDirectory directory_;
};

}  // namespace

bool TiffDirectory::changes_values() const noexcept { return compression == kJpegCompression; }

ImageLayout TiffDirectory::layout() const noexcept {
  ImageLayout layout{.height = height,
                     .width = width,
                     .channels = color == TiffColor::palette ? 3 : static_cast<std::int64_t>(channels.size()),
                     .type = bits == 16 ? PixelType::u16 : PixelType::u8};
  if (orientation.swaps_sides()) std::swap(layout.height, layout.width);
  return layout;
}

bool is_tiff(std::span<const std::byte> file) noexcept {
  const TiffNumbers numbers(file);
  return numbers.is_known() && (numbers.number(2, 2) == 42 || numbers.number(2, 2) == 43);
}

TiffDirectory read_tiff_directory(std::span<const std::byte> file, std::string_view where, TiffUse use) {
  if (!is_tiff(file)) fail(std::string(where), "not a TIFF file", "save it as TIFF or PNG, or take it out of the list");
  return DirectoryWalk(file, where, use).run();
}

}  // namespace seg
