// SPDX-License-Identifier: Apache-2.0
// libjpeg reports errors by a call that must not return, and leaves it by longjmp; so every call of it sits in
// guarded(), whose body holds nothing that would need a destructor. What owns memory lives outside.
#include "image/jpeg_library.h"

#include <algorithm>
#include <csetjmp>
#include <cstdio>  // jpeglib.h needs it
#include <cstring>
#include <stdexcept>
#include <string>
#include <vector>

#include <jerror.h>
#include <jpeglib.h>

#include "base/error.h"

namespace seg {
namespace {

// Columns beside the window that are decoded, too: chroma is interpolated between neighbours.
constexpr std::int64_t kMargin = 32;

constexpr int kMostScans = 500;  // a real progressive file has about ten; each is a pass over the whole image

// A progressive image is held whole while it is decoded, at 6 bytes a pixel. A short file may claim many pixels; photos
// have more than a byte for 80 of them.
constexpr long kMemory = 128L << 20, kMemoryPerByte = 512;

struct Errors {
  jpeg_error_mgr manager;  // first: libjpeg knows this part only
  std::jmp_buf escape;
  bool is_truncated = false, takes_too_much = false;
  char message[JMSG_LENGTH_MAX] = {};
};

bool is_harmless(int warning) noexcept { return warning == JWRN_JFIF_MAJOR || warning == JWRN_ADOBE_XFORM; }

extern "C" {

[[noreturn]] void leave(j_common_ptr info) {
  auto* errors = reinterpret_cast<Errors*>(info->err);
  const int code = errors->manager.msg_code;
  errors->is_truncated = code == JWRN_JPEG_EOF || code == JERR_INPUT_EOF || code == JERR_INPUT_EMPTY;
  errors->takes_too_much = code == JERR_NO_BACKING_STORE || code == JERR_OUT_OF_MEMORY;
  errors->manager.format_message(info, errors->message);
  std::longjmp(errors->escape, 1);
}

void on_message(j_common_ptr info, int level) {
  if (level < 0 && !is_harmless(info->err->msg_code)) leave(info);
}

void on_progress(j_common_ptr info) {
  if (!info->is_decompressor) return;
  if (reinterpret_cast<j_decompress_ptr>(info)->input_scan_number <= kMostScans) return;
  auto* errors = reinterpret_cast<Errors*>(info->err);
  std::strncpy(errors->message, "it has more scans than any program writes", sizeof errors->message - 1);
  std::longjmp(errors->escape, 1);
}

}  // extern "C"

// False if libjpeg reported an error. `body` must not own anything: longjmp skips destructors.
template <class Body>
bool guarded(Errors& errors, const Body& body) {
  if (setjmp(errors.escape)) return false;
  body();
  return true;
}

// Multiplies values of 0 to 255 that stand for 0 to 1, rounded.
constexpr std::uint8_t product(unsigned a, unsigned b) noexcept {
  return static_cast<std::uint8_t>((a * b + 127) / 255);
}

// `light` pixels hold 255 where there is no ink, as Adobe stores them.
void cmyk_to_rgb(const std::byte* cmyk, std::int64_t pixels, bool light, std::byte* rgb) noexcept {
  const unsigned turned = light ? 0 : 255;
  for (std::int64_t i = 0; i < pixels; ++i, cmyk += 4, rgb += 3) {
    const unsigned key = std::to_integer<unsigned>(cmyk[3]) ^ turned;
    for (int c = 0; c < 3; ++c)
      rgb[c] = static_cast<std::byte>(product(std::to_integer<unsigned>(cmyk[c]) ^ turned, key));
  }
}

class Reader {
 public:
  Reader(std::span<const std::byte> file, std::string_view where) : where_(where) {
    info_.err = jpeg_std_error(&errors_.manager);
    errors_.manager.error_exit = leave;
    errors_.manager.emit_message = on_message;
    progress_.progress_monitor = on_progress;
    if (!guarded(errors_, [&] { open(file); })) {
      jpeg_destroy_decompress(&info_);
      fail_input();
    }
  }
  ~Reader() { jpeg_destroy_decompress(&info_); }
  Reader(const Reader&) = delete;
  Reader& operator=(const Reader&) = delete;

  std::int64_t height() const noexcept { return info_.output_height; }
  std::int64_t width() const noexcept { return info_.output_width; }
  int samples() const noexcept { return info_.output_components; }
  bool is_cmyk() const noexcept { return info_.out_color_space == JCS_CMYK; }
  bool is_light() const noexcept { return info_.saw_Adobe_marker; }

  // Keeps the columns of [left, end) and some beside them; returns the first one kept.
  std::int64_t keep_columns(std::int64_t left, std::int64_t end) {
    auto first = static_cast<JDIMENSION>(std::max<std::int64_t>(0, left - kMargin));
    auto count = static_cast<JDIMENSION>(std::min(width(), end + kMargin)) - first;
    if (!guarded(errors_, [&] { jpeg_crop_scanline(&info_, &first, &count); })) fail_input();
    return first;
  }

  void skip_rows(std::int64_t count) {
    if (count == 0) return;
    if (!guarded(errors_, [&] { jpeg_skip_scanlines(&info_, static_cast<JDIMENSION>(count)); })) fail_input();
  }

  void read_row(std::byte* to) {
    const bool good = guarded(errors_, [&] {
      auto* row = reinterpret_cast<JSAMPROW>(to);
      jpeg_read_scanlines(&info_, &row, 1);
    });
    if (!good) fail_input();
  }

  // Checks what follows the last row.
  void finish() {
    if (!guarded(errors_, [&] { jpeg_finish_decompress(&info_); })) fail_input();
  }

 private:
  void open(std::span<const std::byte> file) {
    jpeg_create_decompress(&info_);
    info_.progress = &progress_;
    info_.mem->max_memory_to_use = std::max(kMemory, kMemoryPerByte * static_cast<long>(file.size()));
    jpeg_mem_src(&info_, reinterpret_cast<const unsigned char*>(file.data()), static_cast<unsigned long>(file.size()));
    jpeg_read_header(&info_, TRUE);
    info_.out_color_space = info_.num_components == 1 ? JCS_GRAYSCALE : info_.num_components == 3 ? JCS_RGB : JCS_CMYK;
    jpeg_start_decompress(&info_);
  }

  [[noreturn]] void fail_input() const {
    if (errors_.takes_too_much)
      fail(std::string(where_), "the JPEG would take too much memory for a file of its size",
           "save it as a baseline JPEG or as PNG");
    if (errors_.is_truncated) fail_damaged_jpeg(where_, "the JPEG is truncated: it ends before its image does");
    fail_damaged_jpeg(where_, std::string("the JPEG is damaged: ") + errors_.message);
  }

  std::string_view where_;
  Errors errors_;
  jpeg_progress_mgr progress_{};
  jpeg_decompress_struct info_{};
};

}  // namespace

void decode_with_libjpeg(std::span<const std::byte> file, std::string_view where, const JpegHeader& header,
                         const Window& window, std::byte* to) {
  Reader reader(file, where);
  if (reader.height() != header.height || reader.width() != header.width || reader.samples() != header.components)
    throw std::logic_error("libjpeg's layout differs from that of the header");
  const std::int64_t samples = header.components, channels = header.layout().channels;
  const std::int64_t first = reader.keep_columns(window.left, window.left + window.width);
  std::vector<std::byte> row(static_cast<std::size_t>(reader.width() * samples));
  const std::byte* wanted = row.data() + (window.left - first) * samples;
  const std::int64_t row_bytes = window.width * channels;
  reader.skip_rows(window.top);
  const bool is_whole = !reader.is_cmyk() && reader.width() == window.width;
  for (std::int64_t y = 0; y < window.height; ++y, to += row_bytes) {
    reader.read_row(is_whole ? to : row.data());
    if (is_whole) continue;
    if (reader.is_cmyk())
      cmyk_to_rgb(wanted, window.width, reader.is_light(), to);
    else
      std::memcpy(to, wanted, static_cast<std::size_t>(row_bytes));
  }
  if (window.top + window.height == header.height) reader.finish();
}

}  // namespace seg
