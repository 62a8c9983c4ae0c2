// SPDX-License-Identifier: Apache-2.0
#include "dataset/scan_facts.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <vector>

#include "base/little_endian.h"

namespace seg {
namespace {

constexpr std::uint64_t kLongestSide = std::uint64_t{1} << 20;  // sums over a million samples stay far from overflow
constexpr std::size_t kMostChannels = 4096;

// Seven bits a byte, the lowest first; the top bit says that more follow. Counts of pixels take three bytes, not eight.
void append_short(std::string& text, std::uint64_t number) {
  for (; number >= 0x80; number >>= 7) text += static_cast<char>(number | 0x80);
  text += static_cast<char>(number);
}

class ShortNumbers {
 public:
  explicit ShortNumbers(std::string_view text) : rest_(text) {}

  // 0 once something is wrong, and then ever after.
  std::uint64_t take() noexcept {
    std::uint64_t number = 0;
    for (unsigned shift = 0; shift < 63 && !rest_.empty(); shift += 7) {
      const auto byte = static_cast<unsigned char>(rest_.front());
      rest_.remove_prefix(1);
      number |= static_cast<std::uint64_t>(byte & 0x7f) << shift;
      if (byte < 0x80) return number;
    }
    is_wrong_ = true;
    rest_ = {};
    return 0;
  }
  bool is_used_up() const noexcept { return rest_.empty() && !is_wrong_; }

 private:
  std::string_view rest_;
  bool is_wrong_ = false;
};

// Most labels show few classes.
void append_histogram(std::string& text, const LabelHistogram& counts) {
  append_short(text, static_cast<std::uint64_t>(256 - std::ranges::count(counts, 0)));
  for (std::size_t value = 0; value < 256; ++value) {
    if (counts[value] == 0) continue;
    append_short(text, value);
    append_short(text, static_cast<std::uint64_t>(counts[value]));
  }
}

// Whether it is one, of so many pixels.
bool take_histogram(ShortNumbers& numbers, std::uint64_t pixels, LabelHistogram& counts) noexcept {
  std::uint64_t left = pixels;
  for (std::uint64_t n = numbers.take(); n > 0; --n) {
    const std::uint64_t value = numbers.take(), count = numbers.take();
    if (value > 255 || count == 0 || count > left || counts[value] != 0) return false;
    counts[value] = static_cast<std::int64_t>(count);
    left -= count;
  }
  return left == 0;
}

}  // namespace

std::string packed(const LabelFacts& facts) {
  std::string text;
  append_short(text, static_cast<std::uint64_t>(facts.height));
  append_short(text, static_cast<std::uint64_t>(facts.width));
  append_histogram(text, facts.in_files);
  if (facts.classes != facts.in_files) append_histogram(text, facts.classes);
  return text;
}

std::optional<LabelFacts> label_facts(std::string_view bytes) {
  ShortNumbers numbers(bytes);
  const std::uint64_t height = numbers.take(), width = numbers.take();
  if (height == 0 || width == 0 || height > kLongestSide || width > kLongestSide) return std::nullopt;
  LabelFacts facts{.height = static_cast<std::int64_t>(height), .width = static_cast<std::int64_t>(width)};
  if (!take_histogram(numbers, height * width, facts.in_files)) return std::nullopt;
  if (numbers.is_used_up())
    facts.classes = facts.in_files;
  else if (!take_histogram(numbers, height * width, facts.classes) || !numbers.is_used_up())
    return std::nullopt;
  return facts;
}

std::string packed(const ImageFacts& facts) {
  std::string text;
  append_number(text, facts.fingerprint);
  append_number(text, facts.moments.pixels);
  for (const std::vector<double>* values : {&facts.moments.sum, &facts.moments.squares})
    for (const double value : *values) append_number(text, value);
  return text;
}

std::optional<ImageFacts> image_facts(std::string_view bytes) {
  constexpr std::size_t kHead = sizeof(Fingerprint) + sizeof(double), kChannel = 2 * sizeof(double);
  if (bytes.size() <= kHead || (bytes.size() - kHead) % kChannel != 0) return std::nullopt;
  const std::size_t channels = (bytes.size() - kHead) / kChannel;
  if (channels > kMostChannels) return std::nullopt;
  ImageFacts facts{.fingerprint = number_at<Fingerprint>(bytes, 0), .moments = {}};
  facts.moments.pixels = number_at<double>(bytes, sizeof(Fingerprint));
  bool is_possible = facts.moments.pixels >= 1 && std::isfinite(facts.moments.pixels);
  std::size_t at = kHead;
  for (std::vector<double>* values : {&facts.moments.sum, &facts.moments.squares})
    for (std::size_t c = 0; c < channels; ++c, at += sizeof(double)) {
      values->push_back(number_at<double>(bytes, at));
      is_possible &= values->back() >= 0 && values->back() <= facts.moments.pixels * (1 + 1e-9);
    }
  if (!is_possible) return std::nullopt;
  return facts;
}

}  // namespace seg
