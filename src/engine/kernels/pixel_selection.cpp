// SPDX-License-Identifier: Apache-2.0
#include "engine/kernels/pixel_selection.h"

#include <ATen/Parallel.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <vector>

namespace seg::kernels {
namespace {

// Of the 31 bits of a number without its sign, from the top; few enough that the counts stay in the first cache.
struct Digit {
  int shift, bits;
};
constexpr std::array kDigits = {Digit{20, 11}, Digit{10, 10}, Digit{0, 10}};
constexpr std::size_t kLargestDigit = 1U << 11U;
constexpr std::int64_t kChunk = 1 << 17;  // pixels; fixed, so that sums do not depend on the number of threads

// Of numbers >= 0 the bits have the order of the numbers; the sign is that of -0 or of a NaN.
std::uint32_t bits_of(float loss) { return std::bit_cast<std::uint32_t>(loss) & 0x7FFFFFFFU; }

std::int64_t num_chunks(std::size_t count) { return (static_cast<std::int64_t>(count) + kChunk - 1) / kChunk; }

std::span<const float> chunk_of(std::span<const float> losses, std::int64_t chunk) {
  const auto begin = static_cast<std::size_t>(chunk * kChunk);
  return losses.subspan(begin, std::min(static_cast<std::size_t>(kChunk), losses.size() - begin));
}

using Counts = std::array<std::int64_t, kLargestDigit>;

// How often each value of the digit occurs among the numbers whose bits above it are `prefix`.
Counts histogram(std::span<const float> losses, Digit digit, std::uint32_t prefix) {
  std::vector<Counts> counts(static_cast<std::size_t>(at::get_num_threads()), Counts{});
  at::parallel_for(0, num_chunks(losses.size()), 1, [&](std::int64_t begin, std::int64_t end) {
    Counts& count = counts[static_cast<std::size_t>(at::get_thread_num())];
    for (std::int64_t i = begin; i < end; ++i)
      for (const float loss : chunk_of(losses, i)) {
        if (loss < 0) continue;
        const std::uint32_t bits = bits_of(loss) >> digit.shift;
        if (bits >> digit.bits == prefix) ++count[bits - (prefix << digit.bits)];
      }
  });
  Counts total{};
  for (const Counts& count : counts)
    for (std::size_t value = 0; value < count.size(); ++value) total[value] += count[value];
  return total;
}

double sum_above(std::span<const float> losses, float threshold) {
  std::vector<double> sums(static_cast<std::size_t>(num_chunks(losses.size())));
  at::parallel_for(0, static_cast<std::int64_t>(sums.size()), 1, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t i = begin; i < end; ++i)
      for (const float loss : chunk_of(losses, i))
        if (!(loss <= threshold)) sums[static_cast<std::size_t>(i)] += static_cast<double>(loss);  // a NaN, too
  });
  double total = 0.0;
  for (const double sum : sums) total += sum;
  return total;
}

}  // namespace

TopLosses top_losses(std::span<const float> losses, std::int64_t kept) {
  TopLosses result;
  std::uint32_t prefix = 0;
  for (const Digit& digit : kDigits) {
    const Counts counts = histogram(losses, digit, prefix);
    std::uint32_t value = (1U << static_cast<unsigned>(digit.bits)) - 1;
    while (value > 0 && result.above + counts[value] < kept) result.above += counts[value--];
    result.equal = counts[value];
    prefix = (prefix << static_cast<unsigned>(digit.bits)) + value;
  }
  result.smallest = std::bit_cast<float>(prefix);
  result.sum_above = sum_above(losses, result.smallest);
  return result;
}

float selection_threshold(const LossOptions& options) {
  constexpr float kBetweenIgnoredAndZero = -0.5F;
  return options.kind == LossKind::ohem ? static_cast<float>(-std::log(options.ohem_thresh)) : kBetweenIgnoredAndZero;
}

PixelSelection select_pixels(const LossOptions& options, std::span<const float> losses, const LossStatistics& total) {
  PixelSelection selection{.threshold = selection_threshold(options)};
  const bool is_ohem = options.kind == LossKind::ohem;
  const auto kept = static_cast<std::int64_t>(static_cast<double>(total.valid) * (is_ohem ? options.ohem_min_kept : 0));
  if (total.hard >= kept) {
    selection.count = static_cast<double>(total.hard);
    selection.sum = total.hard_sum;
    return selection;
  }
  const TopLosses top = top_losses(losses, kept);
  const auto tied = static_cast<double>(kept - top.above);
  selection.threshold = top.smallest;
  selection.share_at = static_cast<float>(tied / static_cast<double>(top.equal));
  selection.count = static_cast<double>(kept);
  selection.sum = top.sum_above + tied * static_cast<double>(top.smallest);
  return selection;
}

}  // namespace seg::kernels
