// SPDX-License-Identifier: Apache-2.0
#include "evaluation/view_merge.h"

#include <ATen/Parallel.h>
#include <ATen/ops/empty.h>

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

#include "engine/kernels/class_rows.h"
#include "engine/kernels/probability_rows.h"

namespace seg {
namespace {

constexpr std::int64_t kBlock = 256;  // columns whose planes stay near the core

std::size_t size(std::int64_t n) { return static_cast<std::size_t>(n); }

bool covers(const AxisTaps& taps, std::int64_t i) { return i >= taps.first && i < taps.first + taps.count; }

struct BlockSize {
  std::int64_t num_classes = 0, columns = 0;
};

// Columns begin … begin + columns - 1 of what the taps make of a row of planes.
void spread_block(const float* row, std::int64_t width, const AxisTaps& taps, std::int64_t begin, const BlockSize& of,
                  std::vector<float>& block) {
  std::array<const std::int32_t*, kernels::kMostTaps> index{};
  std::array<const float*, kernels::kMostTaps> weight{};
  for (std::size_t tap = 0; tap < taps.index.size(); ++tap) {
    index.at(tap) = taps.index[tap].data() + begin;
    weight.at(tap) = taps.weight[tap].data() + begin;
  }
  kernels::spread({.num_classes = of.num_classes,
                   .columns = of.columns,
                   .stride = kBlock,
                   .values = row,
                   .value_stride = width,
                   .num_taps = static_cast<std::int64_t>(taps.index.size()),
                   .index = index.data(),
                   .weight = weight.data()},
                  block.data());
}

// For each of `extent` pixels the share of a window that it lies in: one over their number along the axis, or all.
std::vector<float> shares(const std::vector<AxisTaps>& axes, std::int64_t extent, OverlapRule rule) {
  if (rule == OverlapRule::sum) return std::vector<float>(size(extent), 1.0F);
  std::vector<float> result(size(extent));
  for (const AxisTaps& taps : axes)
    for (std::int64_t i = 0; i < taps.count; ++i) ++result[size(taps.first + i)];
  for (float& share : result) share = share > 0 ? 1 / share : 0;
  return result;
}

// Sums of probabilities along a row, a plane for each class.
struct SumRow {
  float* sums = nullptr;
  std::int64_t stride = 0;
};

// What the views of a scale say of the rows that their taps give. All threads read it.
struct ScaleRows {
  ScaleRows(const ViewsOfScale& of, const MergedSize& result)
      : scale(of),
        width(of.map ? of.map->width : result.width),
        row_shares(shares(of.rows, of.map ? of.map->height : result.height, of.overlap)),
        column_shares(shares(of.columns, width, of.overlap)) {}

  const ViewsOfScale& scale;
  std::int64_t width;
  std::vector<float> row_shares, column_shares;
};

// Adds to a row what the views of a scale say of it. Of one thread.
class ViewAdder {
 public:
  ViewAdder(std::int64_t num_classes, MirrorRule rule)
      : num_classes_(num_classes),
        rule_(rule),
        blocks_{std::vector<float>(size(num_classes * kBlock)), std::vector<float>(size(num_classes * kBlock))},
        share_(size(kBlock)) {}

  void add(const ScaleRows& of, std::int64_t y, const SumRow& to) {
    const ViewsOfScale& scale = of.scale;
    for (std::size_t r = 0; r < scale.rows.size(); ++r) {
      if (!covers(scale.rows[r], y)) continue;
      for (std::size_t c = 0; c < scale.columns.size(); ++c) {
        const View& view = scale.views[r * scale.columns.size() + c];
        const std::int64_t row = y - scale.rows[r].first;
        mix_rows(view.values, scale.rows[r], row, rows_[0]);
        if (view.mirrored.defined()) mix_rows(view.mirrored, scale.rows[r], row, rows_[1]);
        add_view(of, c, view, of.row_shares[size(y)], to);
      }
    }
  }

 private:
  // Row `row` of the result from the view's rows, as planes.
  void mix_rows(const at::Tensor& values, const AxisTaps& taps, std::int64_t row, std::vector<float>& planes) const {
    const std::int64_t width = values.size(1), classes = values.size(2);
    planes.assign(size(classes * width), 0.0F);
    for (std::size_t tap = 0; tap < taps.index.size(); ++tap) {
      const float weight = taps.weight[tap][size(row)];
      const float* const from = values.const_data_ptr<float>() + taps.index[tap][size(row)] * width * classes;
      for (std::int64_t x = 0; x < width; ++x)
        for (std::int64_t k = 0; k < classes; ++k) planes[size(k * width + x)] += weight * from[x * classes + k];
    }
  }

  void add_view(const ScaleRows& of, std::size_t c, const View& view, float row_share, const SumRow& to) {
    const AxisTaps& columns = of.scale.columns[c];
    const bool is_pair = view.mirrored.defined();
    const bool is_mean = rule_ == MirrorRule::mean_probability || !is_pair;
    for (std::int64_t begin = 0; begin < columns.count; begin += kBlock) {
      const std::int64_t count = std::min(kBlock, columns.count - begin), first = columns.first + begin;
      const float half = is_pair && is_mean ? 0.5F : 1.0F;
      for (std::int64_t i = 0; i < count; ++i) share_[size(i)] = half * row_share * of.column_shares[size(first + i)];
      make_block(rows_[0], view.values.size(1), columns, begin, count, blocks_[0]);
      if (is_pair) make_block(rows_[1], view.mirrored.size(1), of.scale.mirrored_columns[c], begin, count, blocks_[1]);
      if (is_pair && !is_mean)
        for (std::size_t i = 0; i < blocks_[0].size(); ++i) blocks_[0][i] += blocks_[1][i];
      add_block(blocks_[0], first, count, !is_mean, to);
      if (is_pair && is_mean) add_block(blocks_[1], first, count, false, to);
    }
  }

  // Probabilities of result columns begin … begin + count - 1 of the view.
  void make_block(const std::vector<float>& row, std::int64_t width, const AxisTaps& columns, std::int64_t begin,
                  std::int64_t count, std::vector<float>& block) const {
    spread_block(row.data(), width, columns, begin, {.num_classes = num_classes_, .columns = count}, block);
    kernels::softmax(num_classes_, count, kBlock, block.data());
  }

  void add_block(const std::vector<float>& block, std::int64_t first, std::int64_t count, bool of_exponentials,
                 const SumRow& to) {
    kernels::add({.num_classes = num_classes_,
                  .columns = count,
                  .planes = block.data(),
                  .stride = kBlock,
                  .share = share_.data(),
                  .of_exponentials = of_exponentials},
                 to.sums + first, to.stride);
  }

  std::int64_t num_classes_;
  MirrorRule rule_;
  std::array<std::vector<float>, 2> rows_;    // of the view and its mirror image, between their rows
  std::array<std::vector<float>, 2> blocks_;  // of the result's columns
  std::vector<float> share_;
};

// Two rows of a scale's map at a time: those that a row of the result lies between. Of one thread, which asks for rows
// in ascending order.
class MapRows {
 public:
  MapRows(const ScaleRows& scale, std::int64_t num_classes)
      : scale_(scale),
        num_classes_(num_classes),
        mixed_(size(num_classes * scale.width)),
        block_(size(num_classes * kBlock)) {
    for (std::vector<float>& row : rows_) row.resize(mixed_.size());
  }

  void add(std::int64_t y, ViewAdder& adder, const SumRow& to) {
    const ProbabilityMap& map = *scale_.scale.map;
    const std::int64_t upper = map.rows.index[0][size(y)], lower = map.rows.index[1][size(y)];
    const float* const above = row(upper, adder);
    const float* const below = row(lower, adder);
    const float weight_above = map.rows.weight[0][size(y)], weight_below = map.rows.weight[1][size(y)];
    for (std::size_t i = 0; i < mixed_.size(); ++i) mixed_[i] = weight_above * above[i] + weight_below * below[i];
    for (std::int64_t begin = 0; begin < map.columns.count; begin += kBlock) {
      const std::int64_t count = std::min(kBlock, map.columns.count - begin);
      spread_block(mixed_.data(), scale_.width, map.columns, begin, {.num_classes = num_classes_, .columns = count},
                   block_);
      kernels::add({.num_classes = num_classes_,
                    .columns = count,
                    .planes = block_.data(),
                    .stride = kBlock,
                    .share = ones_.data()},
                   to.sums + begin, to.stride);
    }
  }

 private:
  // Neighbours have different parity.
  const float* row(std::int64_t y, ViewAdder& adder) {
    std::vector<float>& sums = rows_.at(size(y % 2));
    if (std::exchange(held_.at(size(y % 2)), y) == y) return sums.data();
    std::ranges::fill(sums, 0.0F);
    adder.add(scale_, y, {.sums = sums.data(), .stride = scale_.width});
    return sums.data();
  }

  const ScaleRows& scale_;
  std::int64_t num_classes_;
  std::array<std::vector<float>, 2> rows_;
  std::array<std::int64_t, 2> held_{-1, -1};
  std::vector<float> mixed_, block_;
  const std::vector<float> ones_ = std::vector<float>(size(kBlock), 1.0F);
};

// What one thread needs; it goes through rows of the result.
class RowMerger {
 public:
  RowMerger(std::span<const ScaleRows> scales, const MergedSize& extent, MirrorRule rule)
      : scales_(scales),
        size_(extent),
        adder_(extent.num_classes, rule),
        sums_(size(extent.num_classes * extent.width)) {
    for (const ScaleRows& scale : scales)
      maps_.push_back(scale.scale.map ? std::optional<MapRows>(std::in_place, scale, extent.num_classes)
                                      : std::nullopt);
  }

  // To a row of sums.
  void add(std::int64_t y, float* sums) {
    const SumRow to{.sums = sums, .stride = size_.width};
    for (std::size_t s = 0; s < scales_.size(); ++s) {
      if (maps_[s])
        maps_[s]->add(y, adder_, to);
      else
        adder_.add(scales_[s], y, to);
    }
  }

  // `before`: a row of sums that these scales are added to, or null.
  void choose(std::int64_t y, const float* before, std::uint8_t* classes) {
    if (before == nullptr)
      std::ranges::fill(sums_, 0.0F);
    else
      std::copy_n(before, sums_.size(), sums_.begin());
    add(y, sums_.data());
    kernels::choose_classes({.num_classes = size_.num_classes,
                             .width = size_.width,
                             .upper = sums_.data(),
                             .lower = sums_.data(),
                             .t = 0.0F},
                            classes);
  }

 private:
  std::span<const ScaleRows> scales_;
  MergedSize size_;
  ViewAdder adder_;
  std::vector<std::optional<MapRows>> maps_;
  std::vector<float> sums_;
};

// Calls with a merger of the thread and each row of the result.
template <class Body>
void for_each_row(std::span<const ViewsOfScale> scales, const MergedSize& extent, MirrorRule rule, const Body& body) {
  std::vector<ScaleRows> rows;
  for (const ViewsOfScale& scale : scales) rows.emplace_back(scale, extent);
  constexpr std::int64_t kRowGrain = 8;
  at::parallel_for(0, extent.height, kRowGrain, [&](std::int64_t begin, std::int64_t end) {
    RowMerger merger(rows, extent, rule);
    for (std::int64_t y = begin; y < end; ++y) body(merger, y);
  });
}

}  // namespace

at::Tensor merged_classes(std::span<const ViewsOfScale> scales, const MergedSize& extent, MirrorRule rule,
                          const at::Tensor& sums) {
  const at::Tensor result = at::empty({extent.height, extent.width}, at::kByte);
  auto* const classes = result.mutable_data_ptr<std::uint8_t>();
  const float* const before = sums.defined() ? sums.const_data_ptr<float>() : nullptr;
  for_each_row(scales, extent, rule, [&](RowMerger& merger, std::int64_t y) {
    merger.choose(y, before == nullptr ? nullptr : before + y * extent.num_classes * extent.width,
                  classes + y * extent.width);
  });
  return result;
}

void add_to_sums(std::span<const ViewsOfScale> scales, const MergedSize& extent, MirrorRule rule, at::Tensor& sums) {
  auto* const to = sums.mutable_data_ptr<float>();
  for_each_row(scales, extent, rule,
               [&](RowMerger& merger, std::int64_t y) { merger.add(y, to + y * extent.num_classes * extent.width); });
}

}  // namespace seg
