// SPDX-License-Identifier: Apache-2.0
#include "image/row_mix.h"

#include <algorithm>
#include <cassert>
#include <cstring>

// This source is compiled once for each level of instructions; what follows HWY_ONCE, once.
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "image/row_mix.cpp"
#include <hwy/foreach_target.h>  // IWYU pragma: keep
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace seg {
namespace HWY_NAMESPACE {
namespace {

namespace hn = hwy::HWY_NAMESPACE;

using Wide = hn::ScalableTag<std::int16_t>;
using Narrow = hn::Rebind<std::uint8_t, Wide>;
using WideVector = hn::Vec<Wide>;

// MulFixedPoint15(x, y) is (x y + 2^14) / 2^15, rounded down. So with a doubled weight w of 14 bits it is
// (x w + 2^13) / 2^14: a mix rounded to where x stands.
HWY_INLINE WideVector mixed(WideVector low, WideVector high, WideVector weight_2) {
  return hn::Add(low, hn::MulFixedPoint15(hn::Sub(high, low), weight_2));
}

HWY_INLINE WideVector whole_levels(WideVector v) {
  return hn::MulFixedPoint15(v, hn::Set(Wide(), 1 << (15 - kFractionBits)));
}

void mix_rows(const std::uint8_t* HWY_RESTRICT low, const std::uint8_t* HWY_RESTRICT high, std::int16_t weight,
              std::int16_t* HWY_RESTRICT out, std::size_t size) {
  const Wide wide;
  const Narrow narrow;
  const std::size_t lanes = hn::Lanes(wide);
  const auto weight_2 = static_cast<std::int16_t>(2 * weight);
  if (size < lanes) {
    for (std::size_t i = 0; i < size; ++i) {
      const int a = low[i] << kFractionBits, b = high[i] << kFractionBits;
      out[i] = static_cast<std::int16_t>(a + (((b - a) * weight_2 + (1 << 14)) >> 15));
    }
    return;
  }
  const auto weights = hn::Set(wide, weight_2);
  for (std::size_t i = 0;; i = std::min(i + lanes, size - lanes)) {  // the last ones may be done twice
    const auto a = hn::ShiftLeft<kFractionBits>(hn::PromoteTo(wide, hn::LoadU(narrow, low + i)));
    const auto b = hn::ShiftLeft<kFractionBits>(hn::PromoteTo(wide, hn::LoadU(narrow, high + i)));
    hn::StoreU(mixed(a, b, weights), wide, out + i);
    if (i + lanes == size) return;
  }
}

// The neighbours side by side, by way of memory. Three channels are copied as four: a copy of 8 bytes is one
// instruction, and the fourth is overwritten by the next pixel.
template <std::size_t Channels>
void gather_pixels(const std::int16_t* row, ColumnMix::Tables& t) {
  constexpr std::size_t kBytes = (Channels == 3 ? 4 : Channels) * sizeof(std::int16_t);
  const std::int32_t* HWY_RESTRICT pixels = t.low.data();
  std::int16_t* HWY_RESTRICT low = t.low_values.data();
  std::int16_t* HWY_RESTRICT high = t.high_values.data();
  for (std::size_t i = 0; i < t.low.size(); ++i) {
    const std::int16_t* pixel = row + static_cast<std::size_t>(pixels[i]) * Channels;
    std::memcpy(low + i * Channels, pixel, kBytes);
    std::memcpy(high + i * Channels, pixel + Channels, kBytes);
  }
}

void gather_pixels_of_any(const std::int16_t* row, ColumnMix::Tables& t) {
  for (std::size_t i = 0; i < t.low.size(); ++i) {
    const std::int16_t* pixel = row + static_cast<std::size_t>(t.low[i]) * t.channels;
    std::copy_n(pixel, t.channels, t.low_values.data() + i * t.channels);
    std::copy_n(pixel + t.channels, t.channels, t.high_values.data() + i * t.channels);
  }
}

void mix_by_memory(ColumnMix::Tables& t, const std::int16_t* row, std::uint8_t* HWY_RESTRICT out, std::size_t size) {
  if (t.channels == 3) {
    gather_pixels<3>(row, t);
  } else if (t.channels == 1) {
    gather_pixels<1>(row, t);
  } else {
    gather_pixels_of_any(row, t);
  }
  const Wide wide;
  const Narrow narrow;
  const std::size_t lanes = hn::Lanes(wide);
  const auto at = [&](std::size_t i) {
    const auto v = mixed(hn::LoadU(wide, t.low_values.data() + i), hn::LoadU(wide, t.high_values.data() + i),
                         hn::LoadU(wide, t.weight_2.data() + i));
    return hn::DemoteTo(narrow, whole_levels(v));
  };
  std::size_t i = 0;
  for (; i + lanes <= size; i += lanes) hn::StoreU(at(i), narrow, out + i);
  if (i == size) return;
  HWY_ALIGN std::uint8_t rest[HWY_MAX_BYTES];
  hn::Store(at(i), narrow, rest);  // the tables have room behind their ends
  std::copy_n(rest, size - i, out + i);
}

#if HWY_ARCH_X86 && HWY_TARGET <= HWY_AVX3
// AVX-512 picks any 16-bit values from one or two registers; Highway has no name for that.
template <int Registers>
HWY_INLINE WideVector picked(const std::int16_t* from, __m512i index) {
  const __m512i a = _mm512_loadu_si512(from);
  if constexpr (Registers == 1) return WideVector{_mm512_permutexvar_epi16(index, a)};
  __m512i result = _mm512_permutex2var_epi16(a, index, _mm512_loadu_si512(from + 32));
  if constexpr (Registers == 4) {
    const __m512i other =
        _mm512_permutex2var_epi16(_mm512_loadu_si512(from + 64), index, _mm512_loadu_si512(from + 96));
    result = _mm512_mask_mov_epi16(result, _mm512_test_epi16_mask(index, _mm512_set1_epi16(64)), other);
  }
  return WideVector{result};
}

template <int Registers>
void mix_by_registers(const ColumnMix::Tables& t, const std::int16_t* row, std::uint8_t* HWY_RESTRICT out,
                      std::size_t size) {
  const Wide wide;
  const auto group = [&](std::size_t g) {
    const std::size_t i = g * t.group_values;
    const __m512i index = _mm512_loadu_si512(t.index.data() + i);
    const std::int16_t* from = row + t.first[g];
    const auto v = mixed(picked<Registers>(from, index), picked<Registers>(from + t.channels, index),
                         hn::LoadU(wide, t.weight_2.data() + i));
    return _mm512_cvtepi16_epi8(whole_levels(v).raw);
  };
  std::size_t g = 0, i = 0;
  for (; i + 32 <= size; ++g, i += t.group_values) {  // what is too much is overwritten by the next group
    _mm256_storeu_si256(reinterpret_cast<__m256i*>(out + i), group(g));
  }
  for (; i < size; ++g, i += t.group_values) {
    const std::size_t rest = std::min(t.group_values, size - i);
    _mm256_mask_storeu_epi8(out + i, static_cast<__mmask32>((std::uint64_t{1} << rest) - 1), group(g));
  }
}
#endif

void mix_columns(ColumnMix::Tables& t, const std::int16_t* row, std::uint8_t* out, std::size_t size) {
#if HWY_ARCH_X86 && HWY_TARGET <= HWY_AVX3
  if (t.registers == 1) return mix_by_registers<1>(t, row, out, size);
  if (t.registers == 2) return mix_by_registers<2>(t, row, out, size);
  if (t.registers == 4) return mix_by_registers<4>(t, row, out, size);
#endif
  mix_by_memory(t, row, out, size);
}

}  // namespace
}  // namespace HWY_NAMESPACE
}  // namespace seg
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace seg {
namespace {

HWY_EXPORT(mix_rows);
HWY_EXPORT(mix_columns);

constexpr std::size_t kLanes = 32;         // of 16 bits in the largest register that `index` is for
constexpr std::size_t kRoom = 2 * kLanes;  // behind the tables, so that whole registers can be read

}  // namespace

void mix_rows(std::span<const std::uint8_t> low, std::span<const std::uint8_t> high, std::int16_t weight,
              std::int16_t* out) noexcept {
  assert(low.size() == high.size());
  HWY_DYNAMIC_DISPATCH(mix_rows)(low.data(), high.data(), weight, out, low.size());
}

void ColumnMix::reserve(std::size_t pixels, std::size_t channels) {
  const std::size_t values = pixels * channels + kRoom;
  tables_.low.reserve(pixels);
  tables_.weight_2.reserve(values);
  tables_.first.reserve(pixels);  // at most one group a pixel
  tables_.index.reserve(values);
  tables_.low_values.reserve(values);
  tables_.high_values.reserve(values);
}

void ColumnMix::prepare(std::span<const std::int32_t> low, std::span<const std::int16_t> weight, std::size_t channels) {
  assert(low.size() == weight.size());
  Tables& t = tables_;
  t.channels = channels;
  t.low.assign(low.begin(), low.end());
  const std::size_t values = low.size() * channels + kRoom;
  t.weight_2.resize(values);
  t.low_values.resize(values);
  t.high_values.resize(values);
  auto to = t.weight_2.begin();
  for (const std::int16_t w : weight) to = std::fill_n(to, channels, static_cast<std::int16_t>(2 * w));
  prepare_groups();
}

void ColumnMix::prepare_groups() {
  Tables& t = tables_;
  const std::size_t channels = t.channels, pixels = kLanes / channels;
  t.first.clear();
  t.registers = 0;
  if (pixels == 0) return;
  t.group_values = pixels * channels;
  t.index.resize(t.low.size() * channels + kRoom);
  std::size_t widest = 0;  // what a group reads
  for (std::size_t begin = 0; begin < t.low.size(); begin += pixels) {
    const std::size_t end = std::min(begin + pixels, t.low.size());
    const auto [lowest, highest] = std::minmax(t.low[begin], t.low[end - 1]);  // they rise or fall all along
    t.first.push_back(lowest * static_cast<std::int32_t>(channels));
    widest = std::max(widest, static_cast<std::size_t>(highest - lowest + 1) * channels);
    for (std::size_t i = begin; i < end; ++i) {
      const std::size_t first = static_cast<std::size_t>(t.low[i] - lowest) * channels;
      for (std::size_t c = 0; c < channels; ++c) t.index[i * channels + c] = static_cast<std::uint16_t>(first + c);
    }
  }
  for (const std::size_t registers : {std::size_t{4}, std::size_t{2}, std::size_t{1}}) {
    if (widest <= registers * kLanes) t.registers = registers;
  }
}

void ColumnMix::mix(const std::int16_t* row, std::span<std::uint8_t> out) {
  assert(out.size() == tables_.low.size() * tables_.channels);
  HWY_DYNAMIC_DISPATCH(mix_columns)(tables_, row, out.data(), out.size());
}

}  // namespace seg
#endif
