// SPDX-License-Identifier: Apache-2.0
#include "image/jpeg_scan.h"

#include <algorithm>
#include <cstring>
#include <numeric>

namespace seg {
namespace {

using Segment = std::span<const std::uint8_t>;

constexpr std::uint8_t kBaseline = 0xc0, kExtended = 0xc1, kHuffman = 0xc4, kScan = 0xda, kQuanta = 0xdb,
                       kRestart = 0xdd, kAdobe = 0xee, kComment = 0xfe;
constexpr std::int64_t kLongestSide = 65500;  // libjpeg's

constexpr bool is_application(std::uint8_t marker) noexcept { return marker >= 0xe0 && marker <= 0xef; }
constexpr int word(Segment bytes, std::size_t i) { return bytes[i] << 8 | bytes[i + 1]; }

class HeaderReader {
 public:
  explicit HeaderReader(Segment file) : file_(file) {}

  // False at the first thing that is not as usual.
  bool run() {
    std::size_t at = 2;
    while (at + 4 <= file_.size() && file_[at] == 0xff) {
      const std::uint8_t marker = file_[at + 1];
      const auto length = static_cast<std::size_t>(word(file_, at + 2));  // counts itself
      if (length < 2 || length > file_.size() - at - 2) return false;
      const Segment segment = file_.subspan(at + 4, length - 2);
      at += 2 + length;
      if (!read(marker, segment)) return false;
      if (marker != kScan) continue;
      scan_.data = at;
      return true;
    }
    return false;
  }

  const JpegScan& scan() const noexcept { return scan_; }

 private:
  bool read(std::uint8_t marker, Segment segment) {
    switch (marker) {
      case kBaseline:
      case kExtended: return read_frame(segment);
      case kHuffman: return read_codes(segment);
      case kQuanta: return read_quanta(segment);
      case kScan: return read_scan(segment);
      case kRestart:
        if (segment.size() != 2) return false;
        scan_.restart_units = word(segment, 0);
        return true;
      case kAdobe: return is_ycbcr_for_adobe(segment);
      default: return marker == kComment || is_application(marker);
    }
  }

  static bool is_ycbcr_for_adobe(Segment segment) {
    constexpr std::size_t kTransform = 11;  // 0: none; 1: YCbCr
    const bool says = segment.size() > kTransform && std::memcmp(segment.data(), "Adobe", 5) == 0;
    return !says || segment[kTransform] == 1;
  }

  bool read_frame(Segment segment) {
    if (scan_.num_channels != 0 || segment.size() < 6 || segment[0] != 8) return false;
    scan_.height = word(segment, 1);
    scan_.width = word(segment, 3);
    const std::size_t channels = segment[5];
    if ((channels != 1 && channels != 3) || segment.size() != 6 + 3 * channels) return false;
    if (std::min(scan_.height, scan_.width) == 0 || std::max(scan_.height, scan_.width) > kLongestSide) return false;
    scan_.num_channels = channels;
    for (std::size_t c = 0; c < channels; ++c) {
      const Segment entry = segment.subspan(6 + 3 * c, 3);
      ids_[c] = entry[0];
      scan_.channels[c].across = entry[1] >> 4;
      scan_.channels[c].down = entry[1] & 15;
      quanta_of_[c] = entry[2];
    }
    return channels == 1 ? take_gray() : has_usual_sampling();
  }

  // Blocks of a lone channel follow one another row by row, whatever its sampling says.
  bool take_gray() {
    JpegChannel& gray = scan_.channels[0];
    const bool is_known = gray.across >= 1 && gray.across <= 4 && gray.down >= 1 && gray.down <= 4;
    gray.across = gray.down = 1;
    return is_known;
  }

  bool has_usual_sampling() const {
    const JpegChannel& luma = scan_.channels[0];
    const bool is_rgb = ids_[0] == 'R' && ids_[1] == 'G' && ids_[2] == 'B';
    const bool are_distinct = ids_[0] != ids_[1] && ids_[1] != ids_[2] && ids_[0] != ids_[2];
    if (is_rgb || !are_distinct) return false;
    for (std::size_t c = 1; c < 3; ++c)
      if (scan_.channels[c].across != 1 || scan_.channels[c].down != 1) return false;
    if (luma.across < 1 || luma.across > 2 || luma.down < 1 || luma.down > 2) return false;
    return luma.across == 1 || scan_.width > 4;  // chroma of one or two columns is not smoothed by libjpeg
  }

  bool read_quanta(Segment segment) {
    while (!segment.empty()) {
      const std::size_t bytes = 1 + static_cast<std::size_t>(segment[0] >> 4), table = segment[0] & 15;
      if (bytes > 2 || table >= quanta_.size() || segment.size() < 1 + 64 * bytes) return false;
      for (std::size_t i = 0; i < 64; ++i) {
        const int quantum = bytes == 1 ? segment[1 + i] : word(segment, 1 + 2 * i);
        if (quantum > INT16_MAX) return false;
        quanta_[table][kJpegOrder[i]] = static_cast<std::int16_t>(quantum);
      }
      has_quanta_ |= 1U << table;
      segment = segment.subspan(1 + 64 * bytes);
    }
    return true;
  }

  bool read_codes(Segment segment) {
    while (!segment.empty()) {
      const std::size_t kind = segment[0] >> 4, table = segment[0] & 15;
      if (kind > 1 || table >= 4 || segment.size() < 17) return false;
      JpegCode code;
      std::ranges::copy(segment.subspan(1, 16), code.counts.begin());
      const auto symbols = static_cast<std::size_t>(std::accumulate(code.counts.begin(), code.counts.end(), 0));
      if (symbols > code.symbols.size() || segment.size() < 17 + symbols) return false;
      std::ranges::copy(segment.subspan(17, symbols), code.symbols.begin());
      (kind == 0 ? scan_.dc_codes : scan_.ac_codes)[table] = code;
      has_codes_ |= 1U << (4 * kind + table);
      segment = segment.subspan(17 + symbols);
    }
    return true;
  }

  // All channels in the frame's order, all coefficients at once and in full.
  bool read_scan(Segment segment) {
    const std::size_t channels = scan_.num_channels;
    if (channels == 0 || segment.size() != 4 + 2 * channels || segment[0] != channels) return false;
    for (std::size_t c = 0; c < channels; ++c) {
      JpegChannel& channel = scan_.channels[c];
      channel.dc_code = segment[2 + 2 * c] >> 4;
      channel.ac_code = segment[2 + 2 * c] & 15;
      if (segment[1 + 2 * c] != ids_[c] || channel.dc_code >= 4 || channel.ac_code >= 4) return false;
      if ((has_codes_ >> channel.dc_code & 1) == 0 || (has_codes_ >> (4 + channel.ac_code) & 1) == 0) return false;
      if (quanta_of_[c] >= quanta_.size() || (has_quanta_ >> quanta_of_[c] & 1) == 0) return false;
      channel.quanta = quanta_[quanta_of_[c]];
    }
    const Segment rest = segment.last(3);
    return rest[0] == 0 && rest[1] == 63 && rest[2] == 0;
  }

  Segment file_;
  JpegScan scan_;
  std::array<std::uint8_t, 3> ids_{}, quanta_of_{};
  std::array<std::array<std::int16_t, 64>, 4> quanta_{};
  unsigned has_quanta_ = 0, has_codes_ = 0;
};

}  // namespace

std::optional<JpegScan> read_jpeg_scan(std::span<const std::byte> file) {
  HeaderReader reader({reinterpret_cast<const std::uint8_t*>(file.data()), file.size()});
  return reader.run() ? std::optional(reader.scan()) : std::nullopt;
}

}  // namespace seg
