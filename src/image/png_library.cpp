// SPDX-License-Identifier: Apache-2.0
// libpng reports errors by longjmp, so every call of it sits in guarded(), whose body holds nothing that would need a
// destructor; what owns memory lives outside, in Reader and in the function that uses it.
#include "image/png_library.h"

#include <png.h>

#include <bit>
#include <csetjmp>
#include <cstring>
#include <string>
#include <vector>

#include "base/error.h"
#include "image/png.h"

namespace seg {
namespace {

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
  Reader(std::span<const std::byte> file, std::string_view where, PngUse use) : where_(where) {
    input_.rest = file;
    png_ = png_create_read_struct(PNG_LIBPNG_VER_STRING, &input_, on_error, on_warning);
    if (png_ != nullptr) info_ = png_create_info_struct(png_);
    if (info_ == nullptr) {
      png_destroy_read_struct(&png_, nullptr, nullptr);
      throw std::bad_alloc();
    }
    const bool good = guarded(png_, [&] { set_up(use); });
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
  void set_up(PngUse use) {
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
    if (use == PngUse::labels) {
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
    if (input_.truncated)
      fail(std::string(where_), "the PNG is truncated: it ends before its image does", kDamagedPngRemedy);
    fail(std::string(where_), std::string("the PNG is damaged: ") + input_.message, kDamagedPngRemedy);
  }

  std::string_view where_;
  Input input_;
  png_structp png_ = nullptr;
  png_infop info_ = nullptr;
};

}  // namespace

void decode_with_libpng(std::span<const std::byte> file, std::string_view where, const PngHeader& header, PngUse use,
                        const Window& window, std::byte* to) {
  Reader reader(file, where, use);
  const ImageLayout layout = header.layout();
  const std::int64_t pixel_bytes = use == PngUse::labels ? 1 : layout.channels * bytes_of(layout.type);
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

}  // namespace seg
