// SPDX-License-Identifier: Apache-2.0
#include "engine/kernels/pixel_selection.h"

#include <ATen/Parallel.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <type_traits>
#include <vector>

namespace seg::kernels {
namespace {

constexpr int kDigitBits = 16;
constexpr std::size_t kNumDigits = std::size_t{1} << kDigitBits;
constexpr std::int64_t kChunk = 1 << 17;  // pixels; fixed, so that sums do not depend on the number of threads

template <class T>
using BitsOf = std::conditional_t<sizeof(T) == 4, std::uint32_t, std::uint64_t>;

// Of numbers >= 0 the bits have the order of the numbers.
template <class T>
BitsOf<T> bits_of(T loss) {
  return std::bit_cast<BitsOf<T>>(loss) & ~(BitsOf<T>{1} << (sizeof(T) * 8 - 1));
}

std::int64_t num_chunks(std::size_t count) { return (static_cast<std::int64_t>(count) + kChunk - 1) / kChunk; }

template <class T>
std::span<const T> chunk_of(std::span<const T> losses, std::int64_t chunk) {
  const auto begin = static_cast<std::size_t>(chunk * kChunk);
  return losses.subspan(begin, std::min(static_cast<std::size_t>(kChunk), losses.size() - begin));
}

// How often each digit occurs at `shift` among the numbers whose higher bits are `prefix`.
template <class T>
std::vector<std::int64_t> histogram(std::span<const T> losses, int shift, BitsOf<T> prefix) {
  std::vector<std::vector<std::uint32_t>> counts(static_cast<std::size_t>(at::get_num_threads()));
  const int above = shift + kDigitBits;
  const bool is_first = above == static_cast<int>(sizeof(T) * 8);
  at::parallel_for(0, num_chunks(losses.size()), 1, [&](std::int64_t begin, std::int64_t end) {
    std::vector<std::uint32_t>& count = counts[static_cast<std::size_t>(at::get_thread_num())];
    count.resize(kNumDigits);
    for (std::int64_t i = begin; i < end; ++i)
      for (const T loss : chunk_of(losses, i)) {
        if (loss < 0) continue;
        const BitsOf<T> bits = bits_of(loss);
        if (is_first || bits >> above == prefix) ++count[static_cast<std::size_t>(bits >> shift) % kNumDigits];
      }
  });
  std::vector<std::int64_t> total(kNumDigits);
  for (const std::vector<std::uint32_t>& count : counts)
    for (std::size_t digit = 0; digit < count.size(); ++digit) total[digit] += count[digit];
  return total;
}

template <class T>
double sum_above(std::span<const T> losses, T threshold) {
  std::vector<double> sums(static_cast<std::size_t>(num_chunks(losses.size())));
  at::parallel_for(0, static_cast<std::int64_t>(sums.size()), 1, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t i = begin; i < end; ++i)
      for (const T loss : chunk_of(losses, i))
        if (!(loss <= threshold)) sums[static_cast<std::size_t>(i)] += static_cast<double>(loss);  // a NaN, too
  });
  double total = 0.0;
  for (const double sum : sums) total += sum;
  return total;
}

}  // namespace

template <class T>
TopLosses<T> top_losses(std::span<const T> losses, std::int64_t kept) {
  TopLosses<T> result;
  BitsOf<T> prefix = 0;
  for (int shift = static_cast<int>(sizeof(T) * 8) - kDigitBits; shift >= 0; shift -= kDigitBits) {
    const std::vector<std::int64_t> counts = histogram(losses, shift, prefix);
    std::size_t digit = kNumDigits - 1;
    while (digit > 0 && result.above + counts[digit] < kept) result.above += counts[digit--];
    result.equal = counts[digit];
    // The first shift by all bits of a 32-bit number would be undefined; its prefix is 0 anyway.
    prefix = static_cast<BitsOf<T>>(shift + kDigitBits == static_cast<int>(sizeof(T) * 8) ? 0 : prefix << kDigitBits);
    prefix |= static_cast<BitsOf<T>>(digit);
  }
  result.smallest = std::bit_cast<T>(prefix);
  result.sum_above = sum_above(losses, result.smallest);
  return result;
}

template <class T>
T selection_threshold(const LossOptions& options) {
  constexpr T kBetweenIgnoredAndZero = static_cast<T>(-0.5);
  return options.kind == LossKind::ohem ? static_cast<T>(-std::log(options.ohem_thresh)) : kBetweenIgnoredAndZero;
}

template <class T>
PixelSelection<T> select_pixels(const LossOptions& options, std::span<const T> losses, const RowStatistics& total) {
  PixelSelection<T> selection{.threshold = selection_threshold<T>(options)};
  const bool is_ohem = options.kind == LossKind::ohem;
  const auto kept = static_cast<std::int64_t>(static_cast<double>(total.valid) * (is_ohem ? options.ohem_min_kept : 0));
  if (total.hard >= kept) {
    if (total.hard == 0) return selection;
    const auto count = static_cast<double>(total.hard);
    selection.weight_above = static_cast<T>(1.0 / count);
    selection.value = total.hard_sum / count;
    return selection;
  }
  const TopLosses<T> top = top_losses(losses, kept);
  const auto count = static_cast<double>(kept), tied = static_cast<double>(kept - top.above);
  selection.threshold = top.smallest;
  selection.weight_above = static_cast<T>(1.0 / count);
  selection.weight_at = static_cast<T>(tied / static_cast<double>(top.equal) / count);
  selection.value = (top.sum_above + tied * static_cast<double>(top.smallest)) / count;
  return selection;
}

template TopLosses<float> top_losses(std::span<const float>, std::int64_t);
template TopLosses<double> top_losses(std::span<const double>, std::int64_t);
template float selection_threshold<float>(const LossOptions&);
template double selection_threshold<double>(const LossOptions&);
template PixelSelection<float> select_pixels(const LossOptions&, std::span<const float>, const RowStatistics&);
template PixelSelection<double> select_pixels(const LossOptions&, std::span<const double>, const RowStatistics&);

}  // namespace seg::kernels
