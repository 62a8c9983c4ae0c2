// SPDX-License-Identifier: Apache-2.0
#include "image/tiff_reader.h"

#include <tiffio.h>

#include <algorithm>
#include <cstdarg>
#include <cstdio>
#include <cstring>

#include "image/tiff_entries.h"

namespace seg {
namespace {

constexpr tmsize_t kMemory = tmsize_t{64} << 20;  // that libtiff may take at once, beside what the file's size allows

// What libtiff gets as the file, and what it says of it.
struct Input {
  std::span<const std::byte> file;
  std::uint64_t at = 0;
  std::string problem;

  void take(std::string message) {
    if (problem.empty()) problem = std::move(message);
  }
};

extern "C" {

tmsize_t read_tiff_input(thandle_t handle, void* to, tmsize_t count) {
  auto* input = static_cast<Input*>(handle);
  if (count <= 0 || input->at >= input->file.size()) return 0;
  const std::size_t size = std::min(static_cast<std::size_t>(count), input->file.size() - input->at);
  std::memcpy(to, input->file.data() + input->at, size);
  input->at += size;
  return static_cast<tmsize_t>(size);
}

tmsize_t write_no_tiff(thandle_t, void*, tmsize_t) { return 0; }

toff_t seek_tiff_input(thandle_t handle, toff_t offset, int from) {
  auto* input = static_cast<Input*>(handle);
  const std::uint64_t base = from == SEEK_CUR ? input->at : from == SEEK_END ? input->file.size() : 0;
  return input->at = base + offset;
}

int close_no_tiff(thandle_t) { return 0; }

toff_t size_of_tiff_input(thandle_t handle) { return static_cast<Input*>(handle)->file.size(); }

__attribute__((format(printf, 4, 0))) int on_tiff_error(TIFF*, void* user, const char*, const char* format,
                                                        va_list values) {
  char message[256];
  std::vsnprintf(message, sizeof message, format, values);
  static_cast<Input*>(user)->take(message);
  return 1;  // it is dealt with
}

// Most warnings are of tags that nobody needs. Those of libjpeg are of data that are missing or fit no code.
__attribute__((format(printf, 4, 0))) int on_tiff_warning(TIFF* tiff, void* user, const char* module,
                                                          const char* format, va_list values) {
  if (module != nullptr && std::strcmp(module, "JPEGLib") == 0) on_tiff_error(tiff, user, module, format, values);
  return 1;
}

}  // extern "C"

TIFF* open_input(Input& input) {
  // Some of its messages know no file: those would be printed.
  [[maybe_unused]] static const bool is_silent = [] {
    TIFFSetErrorHandler(nullptr);
    TIFFSetWarningHandler(nullptr);
    return true;
  }();
  TIFFOpenOptions* options = TIFFOpenOptionsAlloc();
  if (options == nullptr) return nullptr;
  TIFFOpenOptionsSetErrorHandlerExtR(options, on_tiff_error, &input);
  TIFFOpenOptionsSetWarningHandlerExtR(options, on_tiff_warning, &input);
  TIFFOpenOptionsSetMaxSingleMemAlloc(options, kMemory + 2 * static_cast<tmsize_t>(input.file.size()));
  // "m": it shall not map the file, "c": nor pretend that a large strip were many.
  TIFF* tiff = TIFFClientOpenExt("", "rmc", &input, read_tiff_input, write_no_tiff, seek_tiff_input, close_no_tiff,
                                 size_of_tiff_input, nullptr, nullptr, options);
  TIFFOpenOptionsFree(options);
  return tiff;
}

template <class T>
bool holds(TIFF* tiff, std::uint32_t tag, std::int64_t expected) {
  T value = 0;
  return TIFFGetFieldDefaulted(tiff, tag, &value) == 1 && static_cast<std::int64_t>(value) == expected;
}

// Old files have colours of 8 bits where 16 are due.
std::uint8_t byte_of(std::uint16_t color, bool is_deep) {
  return static_cast<std::uint8_t>(is_deep ? color >> 8 : color);
}

}  // namespace

struct TiffReader::Handle {
  Input input;
  TIFF* tiff = nullptr;

  explicit Handle(std::span<const std::byte> file) : input{.file = file, .at = 0, .problem = {}} {
    tiff = open_input(input);
  }
  ~Handle() {
    if (tiff != nullptr) TIFFClose(tiff);
  }
  Handle(const Handle&) = delete;
  Handle& operator=(const Handle&) = delete;
};

TiffReader::TiffReader(std::span<const std::byte> file, std::string_view where, const TiffDirectory& directory)
    : where_(where), directory_(directory), handle_(std::make_unique<Handle>(file)) {
  TIFF* tiff = handle_->tiff;
  if (tiff == nullptr) fail_input();
  if (directory.color == TiffColor::ycbcr) TIFFSetField(tiff, TIFFTAG_JPEGCOLORMODE, JPEGCOLORMODE_RGB);
  const bool agrees = holds<std::uint32_t>(tiff, TIFFTAG_IMAGEWIDTH, directory.width) &&
                      holds<std::uint32_t>(tiff, TIFFTAG_IMAGELENGTH, directory.height) &&
                      holds<std::uint16_t>(tiff, TIFFTAG_BITSPERSAMPLE, directory.bits) &&
                      holds<std::uint16_t>(tiff, TIFFTAG_SAMPLESPERPIXEL, directory.samples) &&
                      holds<std::uint16_t>(tiff, TIFFTAG_COMPRESSION, directory.compression) &&
                      (TIFFIsTiled(tiff) != 0) == directory.is_tiled;
  if (!agrees) {
    handle_->input.take("its directory contradicts itself");
    fail_input();
  }
  row_bytes_ = static_cast<std::size_t>(std::max<tmsize_t>(0, TIFFScanlineSize(tiff)));
  if (directory.is_tiled) {
    tile_row_bytes_ = static_cast<std::size_t>(std::max<tmsize_t>(0, TIFFTileRowSize(tiff)));
    tile_bytes_ = static_cast<std::size_t>(std::max<tmsize_t>(0, TIFFTileSize(tiff)));
  }
  check_sizes();
}

TiffReader::~TiffReader() = default;

void TiffReader::read_row(std::int64_t y, int plane, std::span<std::byte> to) {
  const int result =
      TIFFReadScanline(handle_->tiff, to.data(), static_cast<std::uint32_t>(y), static_cast<std::uint16_t>(plane));
  if (result != 1 || !handle_->input.problem.empty()) fail_input();
}

void TiffReader::read_tile(std::int64_t y, std::int64_t x, int plane, std::span<std::byte> to) {
  TIFF* tiff = handle_->tiff;
  const std::uint32_t tile = TIFFComputeTile(tiff, static_cast<std::uint32_t>(x), static_cast<std::uint32_t>(y), 0,
                                             static_cast<std::uint16_t>(plane));
  const auto size = static_cast<tmsize_t>(to.size());
  if (TIFFReadEncodedTile(tiff, tile, to.data(), size) != size || !handle_->input.problem.empty()) fail_input();
}

std::vector<Rgb> TiffReader::palette() {
  std::uint16_t *red = nullptr, *green = nullptr, *blue = nullptr;
  if (TIFFGetField(handle_->tiff, TIFFTAG_COLORMAP, &red, &green, &blue) != 1) fail_input();
  const std::size_t count = std::size_t{1} << directory_.bits;
  const auto largest = [&](const std::uint16_t* colors) { return *std::max_element(colors, colors + count); };
  const bool is_deep = std::max(std::max(largest(red), largest(green)), largest(blue)) > 255;
  std::vector<Rgb> palette;
  for (std::size_t i = 0; i < count; ++i)
    palette.push_back({byte_of(red[i], is_deep), byte_of(green[i], is_deep), byte_of(blue[i], is_deep)});
  return palette;
}

void TiffReader::fail_input() const {
  const std::string& problem = handle_->input.problem;
  fail_damaged_tiff(where_, "the TIFF is damaged: " + (problem.empty() ? "libtiff cannot read it" : problem));
}

// What the directory promises must be what libtiff is going to write.
void TiffReader::check_sizes() const {
  const std::int64_t samples = directory_.is_planar ? 1 : directory_.samples;
  const auto bytes = [&](std::int64_t pixels) {
    return static_cast<std::size_t>((pixels * samples * directory_.bits + 7) / 8);
  };
  const bool is_right = directory_.is_tiled
                            ? tile_row_bytes_ == bytes(directory_.tile_width) &&
                                  tile_bytes_ == tile_row_bytes_ * static_cast<std::size_t>(directory_.tile_height)
                            : row_bytes_ == bytes(directory_.width);
  if (is_right) return;
  handle_->input.take("its directory contradicts itself");
  fail_input();
}

}  // namespace seg
