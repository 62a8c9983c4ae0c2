// SPDX-License-Identifier: Apache-2.0
#include "engine/class_map.h"

#include <ATen/Parallel.h>
#include <ATen/ops/argmax.h>
#include <ATen/ops/empty.h>

#include <array>
#include <vector>

#include "engine/full_resolution.h"
#include "engine/kernels/axis.h"
#include "engine/kernels/class_rows.h"
#include "engine/kernels/dense_map.h"

namespace seg {
namespace {

using kernels::AxisTable;

std::size_t size(std::int64_t n) { return static_cast<std::size_t>(n); }

// The rows of one map, widened; the last two that were asked for are kept. For one thread.
template <class T>
class WideRows {
 public:
  WideRows(const at::Tensor& values, const AxisTable<float>& columns)
      : from_(kernels::values_of<T>(values)), step_(values.size(3) * values.size(1)) {
    to_ = {.num_classes = values.size(1),
           .width = static_cast<std::int64_t>(columns.t.size()),
           .left = columns.left.data(),
           .right = columns.right.data(),
           .t = columns.t.data()};
    for (Row& row : rows_) row.planes.resize(size(to_.num_classes * to_.width));
  }

  // Of all images' rows, one behind the other. Neighbouring numbers do not push each other out.
  const float* row(std::int64_t number) {
    Row& kept = rows_[size(number % 2)];
    if (kept.number != number) {
      kernels::widen(to_, from_ + number * step_, kept.planes.data());
      kept.number = number;
    }
    return kept.planes.data();
  }

 private:
  struct Row {
    std::int64_t number = -1;
    std::vector<float> planes;
  };
  const T* from_;
  std::int64_t step_;
  kernels::WideRow to_;
  std::array<Row, 2> rows_;
};

template <class T>
at::Tensor chosen(const at::Tensor& values, const UpsampleRule& rule, std::int64_t height, std::int64_t width) {
  constexpr std::int64_t kRowGrain = 16;  // what precedes a thread's rows is widened again
  const AxisTable<float> rows = kernels::axis_table<float>(values.size(2), height, rule.mode, rule.align_corners, 0);
  const AxisTable<float> columns = kernels::axis_table<float>(values.size(3), width, rule.mode, rule.align_corners, 0);
  const at::Tensor result = at::empty({values.size(0), height, width}, at::kByte);
  auto* const classes = result.mutable_data_ptr<std::uint8_t>();
  at::parallel_for(0, values.size(0) * height, kRowGrain, [&](std::int64_t begin, std::int64_t end) {
    WideRows<T> wide(values, columns);
    for (std::int64_t i = begin; i < end; ++i) {
      const std::int64_t first = i / height * values.size(2);
      const std::size_t y = size(i % height);
      const float* const upper = wide.row(first + rows.left[y]);
      const float* const lower = wide.row(first + rows.right[y]);
      kernels::choose_classes(
          {.num_classes = values.size(1), .width = width, .upper = upper, .lower = lower, .t = rows.t[y]},
          classes + i * width);
    }
  });
  return result;
}

}  // namespace

at::Tensor class_map(const at::Tensor& values, const Output& output, std::int64_t height, std::int64_t width) {
  const bool is_served = values.device().is_cpu() && kernels::is_dense_map(values) && values.size(1) <= 256;
  if (!is_served) return at::argmax(full_resolution(values, output, height, width), 1).to(at::kByte);
  return values.scalar_type() == at::kFloat ? chosen<float>(values, output.upsample, height, width)
                                            : chosen<std::uint16_t>(values, output.upsample, height, width);
}

}  // namespace seg
