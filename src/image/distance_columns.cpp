// SPDX-License-Identifier: Apache-2.0
#include "image/distance_columns.h"

// This source is compiled once for each level of instructions; what follows HWY_ONCE, once.
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "image/distance_columns.cpp"
#include <hwy/foreach_target.h>  // IWYU pragma: keep
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace seg {
namespace HWY_NAMESPACE {
namespace {

namespace hn = hwy::HWY_NAMESPACE;

using Bytes = hn::CappedTag<std::uint8_t, kDistanceBlock>;
using BytesVector = hn::Vec<Bytes>;

HWY_INLINE BytesVector marks_of(hn::Mask<Bytes> sources) {
  return hn::IfThenZeroElse(sources, hn::Set(Bytes(), std::uint8_t{255}));
}

void mark_boundaries(const LabelRows& rows, std::uint8_t ignored, std::uint8_t* HWY_RESTRICT marks) {
  const Bytes d;
  const BytesVector none = hn::Set(d, ignored);
  for (std::size_t x = 0; x < rows.width; x += hn::Lanes(d)) {
    const BytesVector label = hn::LoadU(d, rows.row + x);
    const auto other = [&](const std::uint8_t* of) HWY_ATTR {
      const BytesVector neighbour = hn::LoadU(d, of);
      return hn::And(hn::Ne(neighbour, label), hn::Ne(neighbour, none));
    };
    const auto beside = hn::Or(other(rows.row + x - 1), other(rows.row + x + 1));
    const auto over = hn::Or(other(rows.above + x), other(rows.below + x));
    hn::StoreU(marks_of(hn::And(hn::Or(beside, over), hn::Ne(label, none))), d, marks + x);
  }
}

void mark_label(const LabelRows& rows, std::uint8_t wanted, std::uint8_t* HWY_RESTRICT marks) {
  const Bytes d;
  for (std::size_t x = 0; x < rows.width; x += hn::Lanes(d)) {
    hn::StoreU(marks_of(hn::Eq(hn::LoadU(d, rows.row + x), hn::Set(d, wanted))), d, marks + x);
  }
}

void mark_other_labels(const LabelRows& rows, std::uint8_t label, std::uint8_t ignored,
                       std::uint8_t* HWY_RESTRICT marks) {
  const Bytes d;
  for (std::size_t x = 0; x < rows.width; x += hn::Lanes(d)) {
    const BytesVector found = hn::LoadU(d, rows.row + x);
    const auto is_other = hn::And(hn::Ne(found, hn::Set(d, label)), hn::Ne(found, hn::Set(d, ignored)));
    hn::StoreU(marks_of(is_other), d, marks + x);
  }
}

template <class D>
HWY_INLINE hn::Vec<D> one_further(D d, hn::Vec<D> distances) {
  return hn::SaturatedAdd(distances, hn::Set(d, hn::TFromD<D>{1}));
}

void walk_narrow(const std::uint8_t* HWY_RESTRICT marks, const std::uint8_t* before, std::uint8_t* row,
                 std::size_t width) {
  const Bytes d;
  for (std::size_t x = 0; x < width; x += hn::Lanes(d)) {
    hn::StoreU(hn::Min(one_further(d, hn::LoadU(d, before + x)), hn::LoadU(d, marks + x)), d, row + x);
  }
}

void walk_wide(const std::uint8_t* HWY_RESTRICT marks, const std::uint16_t* before, std::uint16_t* row,
               std::size_t width) {
  const hn::CappedTag<std::uint16_t, kDistanceBlock> d;
  const hn::RebindToSigned<decltype(d)> is_signed;
  const hn::Rebind<std::int8_t, decltype(d)> narrow;
  for (std::size_t x = 0; x < width; x += hn::Lanes(d)) {
    // 255 is -1, and so becomes 65535.
    const auto mark = hn::PromoteTo(is_signed, hn::LoadU(narrow, reinterpret_cast<const std::int8_t*>(marks + x)));
    hn::StoreU(hn::Min(one_further(d, hn::LoadU(d, before + x)), hn::BitCast(d, mark)), d, row + x);
  }
}

template <class Square>
HWY_INLINE void walk_back(const ColumnDistance<Square>* HWY_RESTRICT down, ColumnDistance<Square>* HWY_RESTRICT row,
                          Square* HWY_RESTRICT squares, std::size_t width) {
  using Distance = ColumnDistance<Square>;
  const hn::CappedTag<Square, kDistanceBlock> d;
  const hn::Rebind<Distance, decltype(d)> narrow;
  const auto farthest = hn::Set(d, Square{std::numeric_limits<Distance>::max()});
  for (std::size_t x = 0; x < width; x += hn::Lanes(d)) {
    const auto distance = hn::Min(one_further(narrow, hn::LoadU(narrow, row + x)), hn::LoadU(narrow, down + x));
    hn::StoreU(distance, narrow, row + x);
    const auto wide = hn::PromoteTo(d, distance);
    const auto square = hn::IfThenElse(hn::Eq(wide, farthest), hn::Set(d, kNoSource<Square>), hn::Mul(wide, wide));
    hn::StoreU(square, d, squares + x);
  }
}

void walk_back_narrow(const std::uint8_t* down, std::uint8_t* row, std::uint16_t* squares, std::size_t width) {
  walk_back(down, row, squares, width);
}

void walk_back_wide(const std::uint16_t* down, std::uint16_t* row, std::uint32_t* squares, std::size_t width) {
  walk_back(down, row, squares, width);
}

}  // namespace
}  // namespace HWY_NAMESPACE
}  // namespace seg
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace seg {
namespace {

HWY_EXPORT(mark_boundaries);
HWY_EXPORT(mark_label);
HWY_EXPORT(mark_other_labels);
HWY_EXPORT(walk_narrow);
HWY_EXPORT(walk_wide);
HWY_EXPORT(walk_back_narrow);
HWY_EXPORT(walk_back_wide);

}  // namespace

void mark_boundaries(const LabelRows& rows, std::uint8_t ignored, std::uint8_t* marks) noexcept {
  HWY_DYNAMIC_DISPATCH(mark_boundaries)(rows, ignored, marks);
}

void mark_label(const LabelRows& rows, std::uint8_t label, std::uint8_t* marks) noexcept {
  HWY_DYNAMIC_DISPATCH(mark_label)(rows, label, marks);
}

void mark_other_labels(const LabelRows& rows, std::uint8_t label, std::uint8_t ignored, std::uint8_t* marks) noexcept {
  HWY_DYNAMIC_DISPATCH(mark_other_labels)(rows, label, ignored, marks);
}

void walk_column(const std::uint8_t* marks, const std::uint8_t* before, std::uint8_t* row, std::size_t width) noexcept {
  HWY_DYNAMIC_DISPATCH(walk_narrow)(marks, before, row, width);
}

void walk_column(const std::uint8_t* marks, const std::uint16_t* before, std::uint16_t* row,
                 std::size_t width) noexcept {
  HWY_DYNAMIC_DISPATCH(walk_wide)(marks, before, row, width);
}

void walk_column_back(const std::uint8_t* down, std::uint8_t* row, std::uint16_t* squares, std::size_t width) noexcept {
  HWY_DYNAMIC_DISPATCH(walk_back_narrow)(down, row, squares, width);
}

void walk_column_back(const std::uint16_t* down, std::uint16_t* row, std::uint32_t* squares,
                      std::size_t width) noexcept {
  HWY_DYNAMIC_DISPATCH(walk_back_wide)(down, row, squares, width);
}

}  // namespace seg
#endif
