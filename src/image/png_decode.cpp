// SPDX-License-Identifier: Apache-2.0
// Reading PNG. libpng reports errors by longjmp, so every call of it sits in guarded(), whose body holds nothing that
// would need a destructor; what owns memory lives outside, in Reader and in the functions that call it.
#include <png.h>
#include <zlib.h>

#include <algorithm>
#include <array>
#include <bit>
#include <csetjmp>
#include <cstring>
#include <string>
#include <vector>

#include "base/error.h"
#include "base/text.h"
#include "image/png.h"

namespace seg {
namespace {

constexpr std::array<unsigned char, 8> kSignature = {0x89, 'P', 'N', 'G', '\r', '\n', 0x1a, '\n'};
constexpr std::size_t kHeaderEnd = 8 + 4 + 4 + 13 + 4;  // signature; length, name, content and CRC of IHDR
constexpr std::int64_t kLargestDeflateRatio = 1032;     // 258 bytes from 2 bits

constexpr int kGray = 0, kRgb = 2, kPalette = 3, kGrayAlpha = 4, kRgba = 6;

constexpr const char* kDamagedRemedy = "copy or save the file again, or take it out of the list";

struct Header {
  std::int64_t width = 0, height = 0;
  int depth = 0, color = 0;
  bool interlaced = false;

  std::int64_t samples() const noexcept { return color == kRgb ? 3 : color == kGrayAlpha ? 2 : color == kRgba ? 4 : 1; }
  std::int64_t stored_bytes() const noexcept { return height * (1 + (width * samples() * depth + 7) / 8); }
  ImageLayout layout() const noexcept {
    const bool one = color == kGray || color == kGrayAlpha;
    return {height, width, one ? 1 : 3, depth == 16 ? PixelType::u16 : PixelType::u8};
  }
};

std::uint32_t big_endian(const std::byte* bytes) noexcept {
  std::uint32_t value = 0;
  for (int i = 0; i < 4; ++i) value = value << 8 | std::to_integer<std::uint32_t>(bytes[i]);
  return value;
}

bool valid_depth(int color, int depth) noexcept {
  switch (color) {
    case kGray: return depth == 1 || depth == 2 || depth == 4 || depth == 8 || depth == 16;
    case kPalette: return depth == 1 || depth == 2 || depth == 4 || depth == 8;
    case kRgb:
    case kGrayAlpha:
    case kRgba: return depth == 8 || depth == 16;
    default: return false;
  }
}

[[noreturn]] void fail_damaged(std::string_view where, const std::string& what) {
  fail(std::string(where), what, kDamagedRemedy);
}

// Needs the first 33 bytes only.
Header read_header(std::span<const std::byte> file, std::string_view where) {
  if (!is_png(file)) fail(std::string(where), "not a PNG file", "save it as PNG, or take it out of the list");
  if (file.size() < kHeaderEnd) fail_damaged(where, "the PNG is truncated: it ends within its header");
  const std::byte* chunk = file.data() + 8;
  const auto crc = static_cast<std::uint32_t>(crc32(0, reinterpret_cast<const Bytef*>(chunk + 4), 4 + 13));
  if (big_endian(chunk) != 13 || std::memcmp(chunk + 4, "IHDR", 4) != 0 || crc != big_endian(chunk + 21))
    fail_damaged(where, "the PNG is damaged: its header does not match its checksum");
  Header header;
  header.width = big_endian(chunk + 8);
  header.height = big_endian(chunk + 12);
  header.depth = std::to_integer<int>(chunk[16]);
  header.color = std::to_integer<int>(chunk[17]);
  header.interlaced = chunk[20] == std::byte{1};
  const bool known_methods = chunk[18] == std::byte{0} && chunk[19] == std::byte{0} && chunk[20] <= std::byte{1};
  if (header.width == 0 || header.height == 0 || !valid_depth(header.color, header.depth) || !known_methods)
    fail_damaged(where, "the PNG is damaged: its header holds impossible values");
  if (header.width > kLargestPngSide || header.height > kLargestPngSide ||
      header.width * header.height > kLargestPngPixels)
    fail(std::string(where), "the image is too large: " + size_text(header.width, header.height) + " pixels",
         "cut it into tiles of at most " + std::to_string(kLargestPngPixels >> 20) + " million pixels");
  return header;
}

// Said before memory is taken for the pixels: no compressed file can be this short.
void require_plausible_size(std::span<const std::byte> file, std::string_view where, const Header& header) {
  if (header.stored_bytes() > kLargestDeflateRatio * static_cast<std::int64_t>(file.size()))
    fail_damaged(where, "the PNG is truncated: " + std::to_string(file.size()) + " bytes cannot hold " +
                            size_text(header.width, header.height) + " pixels");
}

struct Input {
  std::span<const std::byte> rest;
  bool truncated = false;
  char message[160] = {};
};

extern "C" {

void read_input(png_structp png, png_bytep to, png_size_t count) {
  auto* input = static_cast<Input*>(png_get_io_ptr(png));
  if (count > input->rest.size()) {
    input->truncated = true;
    png_error(png, "end of file");
  }
  std::memcpy(to, input->rest.data(), count);
  input->rest = input->rest.subspan(count);
}

[[noreturn]] void on_error(png_structp png, png_const_charp message) {
  auto* input = static_cast<Input*>(png_get_error_ptr(png));
  std::strncpy(input->message, message, sizeof input->message - 1);
  png_longjmp(png, 1);
}

void on_warning(png_structp, png_const_charp) {}

}  // extern "C"

// False if libpng reported an error; Input says which. `body` must not own anything: longjmp skips destructors.
template <class Body>
bool guarded(png_structp png, const Body& body) {
  if (setjmp(png_jmpbuf(png))) return false;
  body();
  return true;
}

class Reader {
 public:
  Reader(std::span<const std::byte> file, std::string_view where, bool labels) : where_(where) {
    input_.rest = file;
    png_ = png_create_read_struct(PNG_LIBPNG_VER_STRING, &input_, on_error, on_warning);
    if (png_ != nullptr) info_ = png_create_info_struct(png_);
    if (info_ == nullptr) {
      png_destroy_read_struct(&png_, nullptr, nullptr);
      throw std::bad_alloc();
    }
    const bool good = guarded(png_, [&] { set_up(labels); });
    if (!good) {
      png_destroy_read_struct(&png_, &info_, nullptr);
      fail_input();
    }
  }
  ~Reader() { png_destroy_read_struct(&png_, &info_, nullptr); }
  Reader(const Reader&) = delete;
  Reader& operator=(const Reader&) = delete;

  std::size_t row_bytes() const noexcept { return png_get_rowbytes(png_, info_); }

  // Rows from the top; of each the bytes from `skip` go to `to` + row * `stride`, if the row is at `first` or below.
  struct Rows {
    std::int64_t first, end;
    std::size_t skip, count;
    std::byte* to;
  };
  void read_rows(const Rows& rows, std::byte* scratch) {
    const bool direct = rows.skip == 0 && rows.count == row_bytes();
    const bool good = guarded(png_, [&] {
      for (std::int64_t y = 0; y < rows.end; ++y) {
        const bool wanted = y >= rows.first;
        std::byte* target = wanted ? rows.to + static_cast<std::size_t>(y - rows.first) * rows.count : nullptr;
        png_read_row(png_, reinterpret_cast<png_bytep>(wanted && direct ? target : scratch), nullptr);
        if (wanted && !direct) std::memcpy(target, scratch + rows.skip, rows.count);
      }
    });
    if (!good) fail_input();
  }

  // All rows of an interlaced image.
  void read_passes(std::byte* to, std::int64_t height) {
    const bool good = guarded(png_, [&] {
      const int passes = png_set_interlace_handling(png_);
      for (int pass = 0; pass < passes; ++pass)
        for (std::int64_t y = 0; y < height; ++y)
          png_read_row(png_, reinterpret_cast<png_bytep>(to + static_cast<std::size_t>(y) * row_bytes()), nullptr);
    });
    if (!good) fail_input();
  }

  // Checks what follows the last row.
  void finish() {
    if (!guarded(png_, [&] { png_read_end(png_, nullptr); })) fail_input();
  }

 private:
  void set_up(bool labels) {
    // Chunks that say nothing about pixels are skipped, transparency among them; what remains must be right.
    png_set_keep_unknown_chunks(png_, PNG_HANDLE_CHUNK_NEVER, nullptr, -1);
    constexpr png_byte kTransparency[] = {'t', 'R', 'N', 'S', 0};
    png_set_keep_unknown_chunks(png_, PNG_HANDLE_CHUNK_NEVER, kTransparency, 1);
    png_set_benign_errors(png_, 0);
    png_set_check_for_invalid_index(png_, 0);  // label values need no colour in the palette
    png_set_user_limits(png_, kLargestPngSide, kLargestPngSide);
    png_set_read_fn(png_, &input_, read_input);
    png_read_info(png_, info_);
    const int color = png_get_color_type(png_, info_), depth = png_get_bit_depth(png_, info_);
    if (labels) {
      png_set_packing(png_);
    } else {
      if (color == PNG_COLOR_TYPE_PALETTE) png_set_palette_to_rgb(png_);
      if (color == PNG_COLOR_TYPE_GRAY && depth < 8) png_set_expand_gray_1_2_4_to_8(png_);
      if (depth == 16 && std::endian::native == std::endian::little) png_set_swap(png_);
    }
    if ((color & PNG_COLOR_MASK_ALPHA) != 0) png_set_strip_alpha(png_);
    if (png_get_interlace_type(png_, info_) != PNG_INTERLACE_NONE) png_set_interlace_handling(png_);
    png_read_update_info(png_, info_);
  }

  [[noreturn]] void fail_input() const {
    if (input_.truncated) fail_damaged(where_, "the PNG is truncated: it ends before its image does");
    fail_damaged(where_, std::string("the PNG is damaged: ") + input_.message);
  }

  std::string_view where_;
  Input input_;
  png_structp png_ = nullptr;
  png_infop info_ = nullptr;
};

// Decodes the window of an image whose pixels take `pixel_bytes` once decoded, densely into `to`.
void decode_window(std::span<const std::byte> file, std::string_view where, const Header& header, bool labels,
                   const Window& window, std::int64_t pixel_bytes, std::byte* to) {
  Reader reader(file, where, labels);
  const auto row_bytes = static_cast<std::size_t>(header.width * pixel_bytes);
  if (reader.row_bytes() != row_bytes) throw std::logic_error("libpng's rows differ from the layout of the header");
  const auto skip = static_cast<std::size_t>(window.left * pixel_bytes);
  const auto count = static_cast<std::size_t>(window.width * pixel_bytes);
  if (header.interlaced) {
    std::vector<std::byte> all(row_bytes * static_cast<std::size_t>(header.height));
    reader.read_passes(all.data(), header.height);
    for (std::int64_t y = 0; y < window.height; ++y)
      std::memcpy(to + static_cast<std::size_t>(y) * count,
                  all.data() + static_cast<std::size_t>(window.top + y) * row_bytes + skip, count);
    reader.finish();
    return;
  }
  std::vector<std::byte> scratch(row_bytes);
  const std::int64_t end = window.top + window.height;
  reader.read_rows({.first = window.top, .end = end, .skip = skip, .count = count, .to = to}, scratch.data());
  if (end == header.height) reader.finish();
}

void require_window(const Window& window, const Header& header) {
  if (!window.within(header.height, header.width)) throw std::logic_error("the window leaves the image");
}

// Some tools write class numbers with 16 bits; what fits into 8 is taken.
void decode_deep_labels(std::span<const std::byte> file, std::string_view where, const Window& window,
                        LabelMap& labels) {
  Image deep;
  decode_png(file, where, window, deep);
  labels.resize(window.height, window.width);
  for (std::int64_t y = 0; y < window.height; ++y) {
    const auto row = deep.row<std::uint16_t>(y);
    const auto large = std::ranges::find_if(row, [](std::uint16_t value) { return value > 255; });
    if (large != row.end())
      fail(std::string(where),
           "label " + std::to_string(*large) + " of 16 bits at row " + std::to_string(window.top + y) + ", column " +
               std::to_string(window.left + (large - row.begin())) + ", but class numbers have at most 8 bits",
           "save class numbers of 0 to 255 as an 8-bit gray or palette PNG");
    std::ranges::transform(row, labels.row(y).begin(),
                           [](std::uint16_t value) { return static_cast<std::uint8_t>(value); });
  }
}

}  // namespace

bool is_png(std::span<const std::byte> file) noexcept {
  return file.size() >= kSignature.size() && std::memcmp(file.data(), kSignature.data(), kSignature.size()) == 0;
}

ImageLayout png_layout(std::span<const std::byte> file, std::string_view where) {
  return read_header(file, where).layout();
}

void decode_png(std::span<const std::byte> file, std::string_view where, const Window& window, Image& image) {
  const Header header = read_header(file, where);
  require_window(window, header);
  require_plausible_size(file, where, header);
  ImageLayout layout = header.layout();
  layout.height = window.height;
  layout.width = window.width;
  image.resize(layout);
  decode_window(file, where, header, false, window, layout.channels * bytes_of(layout.type), image.bytes().data());
}

void decode_png_labels(std::span<const std::byte> file, std::string_view where, const Window& window,
                       LabelMap& labels) {
  const Header header = read_header(file, where);
  require_window(window, header);
  if (header.color == kRgb || header.color == kRgba)
    fail(std::string(where), "the label is a colour image, so its pixels are no class numbers",
         "label_colors = [[r, g, b], …], a colour for each class; or save class numbers as an 8-bit gray or palette "
         "PNG");
  if (header.depth == 16) return decode_deep_labels(file, where, window, labels);
  require_plausible_size(file, where, header);
  labels.resize(window.height, window.width);
  decode_window(file, where, header, true, window, 1, reinterpret_cast<std::byte*>(labels.values().data()));
}

}  // namespace seg
