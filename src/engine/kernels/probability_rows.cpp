// SPDX-License-Identifier: Apache-2.0
#include "engine/kernels/probability_rows.h"

// This source is compiled once for each level of instructions; what follows HWY_ONCE, once.
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "engine/kernels/probability_rows.cpp"
#include <hwy/foreach_target.h>  // IWYU pragma: keep
#include <hwy/highway.h>

#include "engine/kernels/float_lanes.h"

#include <hwy/contrib/math/math-inl.h>

HWY_BEFORE_NAMESPACE();
namespace seg::kernels {
namespace HWY_NAMESPACE {
namespace {

void spread_row(const SpreadRow& row, float* planes) {
  for_each_vector(row.columns, [&](auto d, std::int64_t i) {
    const hn::RebindToSigned<decltype(d)> places;
    for (std::int64_t k = 0; k < row.num_classes; ++k) {
      const float* const values = row.values + k * row.value_stride;
      auto sum = hn::Mul(load(d, row.weight[0] + i), hn::GatherIndex(d, values, hn::LoadU(places, row.index[0] + i)));
      for (std::int64_t j = 1; j < row.num_taps; ++j)
        sum = hn::MulAdd(load(d, row.weight[j] + i), hn::GatherIndex(d, values, hn::LoadU(places, row.index[j] + i)),
                         sum);
      store(sum, d, planes + k * row.stride + i);
    }
  });
}

void softmax_row(std::int64_t num_classes, std::int64_t columns, std::int64_t stride, float* planes) {
  for_each_vector(columns, [&](auto d, std::int64_t i) {
    float* const from = planes + i;
    auto largest = load(d, from);
    for (std::int64_t k = 1; k < num_classes; ++k) largest = hn::Max(largest, load(d, from + k * stride));
    auto sum = hn::Zero(d);
    for (std::int64_t k = 0; k < num_classes; ++k) {
      const auto e = hn::Exp(d, hn::Sub(load(d, from + k * stride), largest));
      sum = hn::Add(sum, e);
      store(e, d, from + k * stride);
    }
    const auto share = hn::Div(hn::Set(d, 1.0F), sum);
    for (std::int64_t k = 0; k < num_classes; ++k)
      store(hn::Mul(load(d, from + k * stride), share), d, from + k * stride);
  });
}

void add_row(const AddedRow& row, float* sums, std::int64_t sum_stride) {
  for_each_vector(row.columns, [&](auto d, std::int64_t i) {
    const auto share = load(d, row.share + i);
    for (std::int64_t k = 0; k < row.num_classes; ++k) {
      auto v = load(d, row.planes + k * row.stride + i);
      if (row.of_exponentials) v = hn::Exp(d, v);
      float* const to = sums + k * sum_stride + i;
      store(hn::MulAdd(share, v, load(d, to)), d, to);
    }
  });
}

}  // namespace
}  // namespace HWY_NAMESPACE
}  // namespace seg::kernels
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace seg::kernels {
namespace {

HWY_EXPORT(spread_row);
HWY_EXPORT(softmax_row);
HWY_EXPORT(add_row);

}  // namespace

void spread(const SpreadRow& row, float* planes) noexcept { HWY_DYNAMIC_DISPATCH(spread_row)(row, planes); }

void softmax(std::int64_t num_classes, std::int64_t columns, std::int64_t stride, float* planes) noexcept {
  HWY_DYNAMIC_DISPATCH(softmax_row)(num_classes, columns, stride, planes);
}

void add(const AddedRow& row, float* sums, std::int64_t sum_stride) noexcept {
  HWY_DYNAMIC_DISPATCH(add_row)(row, sums, sum_stride);
}

}  // namespace seg::kernels
#endif
