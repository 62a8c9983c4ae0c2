// SPDX-License-Identifier: Apache-2.0
#include "image/distance_values.h"

#include <cstddef>

// This source is compiled once for each level of instructions; what follows HWY_ONCE, once.
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "image/distance_values.cpp"
#include <hwy/foreach_target.h>  // IWYU pragma: keep
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace seg {
namespace HWY_NAMESPACE {
namespace {

namespace hn = hwy::HWY_NAMESPACE;

// Calls change(tag, i) for vectors that cover `size` values, and with a tag of one lane for what is left.
template <class D, class Change>
HWY_INLINE void for_all(D d, std::size_t size, const Change& change) {
  std::size_t i = 0;
  for (; i + hn::Lanes(d) <= size; i += hn::Lanes(d)) change(d, i);
  for (; i < size; ++i) change(hn::CappedTag<hn::TFromD<D>, 1>(), i);
}

void limit_narrow(const std::uint16_t* HWY_RESTRICT squares, std::uint16_t limit, std::uint16_t* HWY_RESTRICT out,
                  std::size_t size) {
  for_all(hn::ScalableTag<std::uint16_t>(), size, [&](auto d, std::size_t i) HWY_ATTR {
    hn::StoreU(hn::Min(hn::LoadU(d, squares + i), hn::Set(d, limit)), d, out + i);
  });
}

void limit_wide(const std::uint32_t* HWY_RESTRICT squares, std::uint32_t limit, std::uint32_t* HWY_RESTRICT out,
                std::size_t size) {
  for_all(hn::ScalableTag<std::uint32_t>(), size, [&](auto d, std::size_t i) HWY_ATTR {
    hn::StoreU(hn::Min(hn::LoadU(d, squares + i), hn::Set(d, limit)), d, out + i);
  });
}

template <class Square>
HWY_INLINE void put_negative(const std::uint8_t* HWY_RESTRICT labels, std::uint8_t label,
                             const Square* HWY_RESTRICT squares, Square limit, Square* HWY_RESTRICT out,
                             std::size_t size) {
  for_all(hn::ScalableTag<Square>(), size, [&](auto d, std::size_t i) HWY_ATTR {
    const hn::Rebind<std::uint8_t, decltype(d)> narrow;
    const auto there = hn::PromoteTo(d, hn::LoadU(narrow, labels + i));
    const auto inside = hn::Sub(hn::Zero(d), hn::Min(hn::LoadU(d, squares + i), hn::Set(d, limit)));
    const auto is_inside = hn::Eq(there, hn::Set(d, Square{label}));
    hn::StoreU(hn::IfThenElse(is_inside, inside, hn::LoadU(d, out + i)), d, out + i);
  });
}

void put_narrow(const std::uint8_t* labels, std::uint8_t label, const std::uint16_t* squares, std::uint16_t limit,
                std::uint16_t* out, std::size_t size) {
  put_negative(labels, label, squares, limit, out, size);
}

void put_wide(const std::uint8_t* labels, std::uint8_t label, const std::uint32_t* squares, std::uint32_t limit,
              std::uint32_t* out, std::size_t size) {
  put_negative(labels, label, squares, limit, out, size);
}

// 8 sqrt(n) is rounded to the largest r with (r - 1/2)^2 <= 64 n; in whole numbers: with r (r - 1) < 64 n. It is found
// bit by bit, and all fits into 16 bits.
template <class D>
HWY_INLINE hn::Vec<D> eighths_of(D d, hn::Vec<D> square) {
  const auto sought = hn::ShiftLeft<6>(square);
  auto root = hn::Zero(d);
#pragma GCC unroll 8
  for (int bit = 128; bit > 0; bit /= 2) {
    const auto larger = hn::Or(root, hn::Set(d, static_cast<std::uint16_t>(bit)));
    const auto product = hn::Mul(larger, hn::Sub(larger, hn::Set(d, std::uint16_t{1})));
    root = hn::IfThenElse(hn::Eq(hn::Min(product, sought), sought), root, larger);
  }
  return root;
}

void eighths(const std::uint16_t* HWY_RESTRICT squares, std::uint8_t* HWY_RESTRICT out, std::size_t size) {
  for_all(hn::ScalableTag<std::uint16_t>(), size, [&](auto d, std::size_t i) HWY_ATTR {
    const hn::Rebind<std::uint8_t, decltype(d)> narrow;
    const hn::RebindToSigned<decltype(d)> is_signed;
    const auto largest = hn::Set(d, kLargestInEighths);
    const auto square = hn::Min(hn::LoadU(d, squares + i), largest);
    if (hn::AllTrue(d, hn::Eq(square, largest))) {  // the most of many maps
      hn::StoreU(hn::Set(narrow, std::uint8_t{255}), narrow, out + i);
    } else {
      hn::StoreU(hn::DemoteTo(narrow, hn::BitCast(is_signed, eighths_of(d, square))), narrow, out + i);
    }
  });
}

}  // namespace
}  // namespace HWY_NAMESPACE
}  // namespace seg
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace seg {
namespace {

HWY_EXPORT(limit_narrow);
HWY_EXPORT(limit_wide);
HWY_EXPORT(put_narrow);
HWY_EXPORT(put_wide);
HWY_EXPORT(eighths);

}  // namespace

void limit_squares(const std::uint16_t* squares, std::uint16_t limit, std::span<std::uint16_t> out) noexcept {
  HWY_DYNAMIC_DISPATCH(limit_narrow)(squares, limit, out.data(), out.size());
}

// Signed values may be written as the unsigned ones of the same bits.
void limit_squares(const std::uint16_t* squares, std::uint16_t limit, std::span<std::int16_t> out) noexcept {
  limit_squares(squares, limit, std::span(reinterpret_cast<std::uint16_t*>(out.data()), out.size()));
}

void limit_squares(const std::uint32_t* squares, std::uint32_t limit, std::span<std::int32_t> out) noexcept {
  HWY_DYNAMIC_DISPATCH(limit_wide)(squares, limit, reinterpret_cast<std::uint32_t*>(out.data()), out.size());
}

void put_negative_squares(const std::uint8_t* labels, std::uint8_t label, const std::uint16_t* squares,
                          std::uint16_t limit, std::span<std::int16_t> out) noexcept {
  HWY_DYNAMIC_DISPATCH(put_narrow)
  (labels, label, squares, limit, reinterpret_cast<std::uint16_t*>(out.data()), out.size());
}

void put_negative_squares(const std::uint8_t* labels, std::uint8_t label, const std::uint32_t* squares,
                          std::uint32_t limit, std::span<std::int32_t> out) noexcept {
  HWY_DYNAMIC_DISPATCH(put_wide)
  (labels, label, squares, limit, reinterpret_cast<std::uint32_t*>(out.data()), out.size());
}

void write_eighths(const std::uint16_t* squares, std::span<std::uint8_t> out) noexcept {
  HWY_DYNAMIC_DISPATCH(eighths)(squares, out.data(), out.size());
}

}  // namespace seg
#endif
