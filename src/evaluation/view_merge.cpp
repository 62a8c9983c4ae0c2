// SPDX-License-Identifier: Apache-2.0
#include "evaluation/view_merge.h"

#include <ATen/Parallel.h>
#include <ATen/ops/empty.h>

#include <algorithm>
#include <array>

#include "engine/kernels/class_rows.h"
#include "engine/kernels/probability_rows.h"

namespace seg {
namespace {

constexpr std::int64_t kBlock = 256;  // columns whose planes stay near the core

std::size_t size(std::int64_t n) { return static_cast<std::size_t>(n); }

bool covers(const AxisTaps& taps, std::int64_t i) { return i >= taps.first && i < taps.first + taps.count; }

// For each of `extent` pixels, one over the number of windows along the axis that it lies in.
std::vector<float> shares(const std::vector<AxisTaps>& axes, std::int64_t extent) {
  std::vector<float> result(size(extent));
  for (const AxisTaps& taps : axes)
    for (std::int64_t i = 0; i < taps.count; ++i) ++result[size(taps.first + i)];
  for (float& share : result) share = share > 0 ? 1 / share : 0;
  return result;
}

struct SharesOfScale {
  std::vector<float> rows, columns;
};

// What one thread needs; it goes through rows of the result.
class RowMerger {
 public:
  RowMerger(std::span<const ViewsOfScale> scales, std::span<const SharesOfScale> shares, const MergedSize& extent,
            MirrorRule rule)
      : scales_(scales),
        shares_(shares),
        size_(extent),
        rule_(rule),
        sums_(size(extent.num_classes * extent.width)),
        blocks_{std::vector<float>(size(extent.num_classes * kBlock)),
                std::vector<float>(size(extent.num_classes * kBlock))},
        share_(size(kBlock)) {}

  void choose(std::int64_t y, std::uint8_t* classes) {
    std::ranges::fill(sums_, 0.0F);
    for (std::size_t s = 0; s < scales_.size(); ++s) add_scale(scales_[s], shares_[s], y);
    kernels::choose_classes({.num_classes = size_.num_classes,
                             .width = size_.width,
                             .upper = sums_.data(),
                             .lower = sums_.data(),
                             .t = 0.0F},
                            classes);
  }

 private:
  void add_scale(const ViewsOfScale& scale, const SharesOfScale& shares, std::int64_t y) {
    for (std::size_t r = 0; r < scale.rows.size(); ++r) {
      if (!covers(scale.rows[r], y)) continue;
      for (std::size_t c = 0; c < scale.columns.size(); ++c) {
        const View& view = scale.views[r * scale.columns.size() + c];
        const std::int64_t row = y - scale.rows[r].first;
        mix_rows(view.values, scale.rows[r], row, rows_[0]);
        if (view.mirrored.defined()) mix_rows(view.mirrored, scale.rows[r], row, rows_[1]);
        add_view(scale, c, view, shares.rows[size(y)], shares.columns);
      }
    }
  }

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

  void add_view(const ViewsOfScale& scale, std::size_t c, const View& view, float row_share,
                const std::vector<float>& column_shares) {
    const AxisTaps& columns = scale.columns[c];
    const bool is_pair = view.mirrored.defined();
    const bool is_mean = rule_ == MirrorRule::mean_probability || !is_pair;
    for (std::int64_t begin = 0; begin < columns.count; begin += kBlock) {
      const std::int64_t count = std::min(kBlock, columns.count - begin), first = columns.first + begin;
      const float half = is_pair && is_mean ? 0.5F : 1.0F;
      for (std::int64_t i = 0; i < count; ++i) share_[size(i)] = half * row_share * column_shares[size(first + i)];
      make_block(rows_[0], view.values.size(1), columns, begin, count, blocks_[0]);
      if (is_pair) make_block(rows_[1], view.mirrored.size(1), scale.mirrored_columns[c], begin, count, blocks_[1]);
      if (is_pair && !is_mean)
        for (std::size_t i = 0; i < blocks_[0].size(); ++i) blocks_[0][i] += blocks_[1][i];
      add_block(blocks_[0], first, count, !is_mean);
      if (is_pair && is_mean) add_block(blocks_[1], first, count, false);
    }
  }

  // Probabilities of result columns begin … begin + count - 1 of the view.
  void make_block(const std::vector<float>& row, std::int64_t width, const AxisTaps& columns, std::int64_t begin,
                  std::int64_t count, std::vector<float>& block) const {
    std::array<const std::int32_t*, kernels::kMostTaps> index{};
    std::array<const float*, kernels::kMostTaps> weight{};
    for (std::size_t tap = 0; tap < columns.index.size(); ++tap) {
      index.at(tap) = columns.index[tap].data() + begin;
      weight.at(tap) = columns.weight[tap].data() + begin;
    }
    kernels::spread({.num_classes = size_.num_classes,
                     .columns = count,
                     .stride = kBlock,
                     .values = row.data(),
                     .value_stride = width,
                     .num_taps = static_cast<std::int64_t>(columns.index.size()),
                     .index = index.data(),
                     .weight = weight.data()},
                    block.data());
    kernels::softmax(size_.num_classes, count, kBlock, block.data());
  }

  void add_block(const std::vector<float>& block, std::int64_t first, std::int64_t count, bool of_exponentials) {
    kernels::add({.num_classes = size_.num_classes,
                  .columns = count,
                  .planes = block.data(),
                  .stride = kBlock,
                  .share = share_.data(),
                  .of_exponentials = of_exponentials},
                 sums_.data() + first, size_.width);
  }

  std::span<const ViewsOfScale> scales_;
  std::span<const SharesOfScale> shares_;
  MergedSize size_;
  MirrorRule rule_;
  std::vector<float> sums_;
  std::array<std::vector<float>, 2> rows_;    // of the view and its mirror image, between their rows
  std::array<std::vector<float>, 2> blocks_;  // of the result's columns
  std::vector<float> share_;
};

}  // namespace

at::Tensor merged_classes(std::span<const ViewsOfScale> scales, const MergedSize& extent, MirrorRule rule) {
  std::vector<SharesOfScale> all_shares;
  for (const ViewsOfScale& scale : scales)
    all_shares.push_back({shares(scale.rows, extent.height), shares(scale.columns, extent.width)});
  const at::Tensor result = at::empty({extent.height, extent.width}, at::kByte);
  auto* const classes = result.mutable_data_ptr<std::uint8_t>();
  constexpr std::int64_t kRowGrain = 8;
  at::parallel_for(0, extent.height, kRowGrain, [&](std::int64_t begin, std::int64_t end) {
    RowMerger merger(scales, all_shares, extent, rule);
    for (std::int64_t y = begin; y < end; ++y) merger.choose(y, classes + y * extent.width);
  });
  return result;
}

}  // namespace seg
