// SPDX-License-Identifier: Apache-2.0
#include "image/noise.h"

#include <algorithm>
#include <cassert>
#include <cmath>
#include <cstddef>

// This source is compiled once for each level of instructions; what follows HWY_ONCE, once.
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "image/noise.cpp"
#include <hwy/foreach_target.h>  // IWYU pragma: keep
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace seg {
namespace HWY_NAMESPACE {
namespace {

namespace hn = hwy::HWY_NAMESPACE;

using Bits = hn::ScalableTag<std::uint32_t>;
using Signed = hn::RebindToSigned<Bits>;

class Source {
 public:
  explicit Source(const Noise& noise)
      : first_(hn::Set(Bits(), noise.first)),
        second_(hn::Set(Bits(), noise.second)),
        strength_(hn::Set(Signed(), noise.strength)) {}

  // (S - 510) strength of the numbers from this one on.
  HWY_INLINE hn::Vec<Signed> at(std::uint32_t number) const {
    auto x = hn::Xor(hn::Iota(Bits(), number), first_);
    x = hn::Xor(x, hn::ShiftRight<16>(x));
    x = hn::Mul(x, hn::Set(Bits(), 0x85ebca6bU));
    x = hn::Xor(x, hn::ShiftRight<13>(x));
    x = hn::Add(x, second_);
    x = hn::Mul(x, hn::Set(Bits(), 0xc2b2ae35U));
    x = hn::Xor(x, hn::ShiftRight<16>(x));
    const auto even = hn::Set(Bits(), 0x00ff00ffU);
    const auto pairs = hn::Add(hn::And(x, even), hn::And(hn::ShiftRight<8>(x), even));
    const auto sum = hn::Add(hn::And(pairs, hn::Set(Bits(), 0xffffU)), hn::ShiftRight<16>(pairs));
    return hn::Mul(hn::Sub(hn::BitCast(Signed(), sum), hn::Set(Signed(), 510)), strength_);
  }

 private:
  const hn::Vec<Bits> first_, second_;
  const hn::Vec<Signed> strength_;
};

template <class T>
void add(const Noise& noise, std::uint32_t number, T* HWY_RESTRICT values, std::size_t size) {
  constexpr int kShift = sizeof(T) == 1 ? 16 : 8;
  const Signed wide;
  const hn::Rebind<T, Signed> narrow;
  const Source source(noise);
  const std::size_t lanes = hn::Lanes(wide);
  const auto half = hn::Set(wide, 1 << (kShift - 1));
  const auto change = [&](std::uint32_t at, T* to) {
    const auto added = hn::ShiftRight<kShift>(hn::Add(source.at(at), half));
    const auto sum = hn::Add(hn::PromoteTo(wide, hn::LoadU(narrow, to)), added);
    hn::StoreU(hn::DemoteTo(narrow, sum), narrow, to);  // clipped
  };
  std::size_t i = 0;
  for (; i + lanes <= size; i += lanes) change(number + static_cast<std::uint32_t>(i), values + i);
  if (i == size) return;
  HWY_ALIGN T rest[HWY_MAX_BYTES / sizeof(T)] = {};
  std::copy_n(values + i, size - i, rest);
  change(number + static_cast<std::uint32_t>(i), rest);
  std::copy_n(rest, size - i, values + i);
}

void add_8(const Noise& noise, std::uint32_t number, std::uint8_t* values, std::size_t size) {
  add(noise, number, values, size);
}
void add_16(const Noise& noise, std::uint32_t number, std::uint16_t* values, std::size_t size) {
  add(noise, number, values, size);
}

}  // namespace
}  // namespace HWY_NAMESPACE
}  // namespace seg
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace seg {
namespace {

HWY_EXPORT(add_8);
HWY_EXPORT(add_16);

}  // namespace

std::int32_t noise_strength(double deviation) noexcept {
  assert(deviation >= 0 && deviation <= 1);
  constexpr double kVarianceOfByte = (256.0 * 256.0 - 1) / 12;
  return static_cast<std::int32_t>(std::floor(deviation * 255 * 65536 / std::sqrt(4 * kVarianceOfByte) + 0.5));
}

void add_noise(const Noise& noise, std::uint32_t number, std::span<std::uint8_t> values) noexcept {
  if (noise.strength != 0) HWY_DYNAMIC_DISPATCH(add_8)(noise, number, values.data(), values.size());
}

void add_noise(const Noise& noise, std::uint32_t number, std::span<std::uint16_t> values) noexcept {
  if (noise.strength != 0) HWY_DYNAMIC_DISPATCH(add_16)(noise, number, values.data(), values.size());
}

}  // namespace seg
#endif
