// SPDX-License-Identifier: Apache-2.0
#include <ATen/Parallel.h>
#include <ATen/ops/empty.h>

#include <algorithm>
#include <span>
#include <stdexcept>
#include <vector>

#include "engine/kernels/dense_map.h"
#include "engine/kernels/dropout.h"
#include "engine/kernels/kernels.h"
#include "engine/kernels/margins.h"
#include "engine/kernels/point_choice.h"
#include "engine/kernels/point_places.h"

namespace seg::kernels {
namespace {

std::size_t size(std::int64_t n) { return static_cast<std::size_t>(n); }

bool serves(const Call& call) {
  return call.context.full == at::kFloat && call.reads[0].scalar_type() == at::kFloat && is_dense_map(call.reads[0]) &&
         call.reads[0].size(1) > 1;
}

at::Tensor empty_points(std::int64_t images, std::int64_t count) {
  return at::empty({images, count, 2}, at::TensorOptions(at::kFloat));
}

// Chooses an image's points. The sums of place_of()'s parts are in the order of the composite's.
class Chooser {
 public:
  Chooser(const ChoosePointsOptions& options, const at::Tensor& logits)
      : options_(options),
        classes_(logits.size(1)),
        map_{logits.size(2), logits.size(3)},
        candidates_(size(2 * options.candidates)),
        values_(size(classes_)),
        margins_(size(options.candidates)),
        chosen_(size(options.uncertain)) {}

  void choose(DropoutKey key, const float* logits, float* points) {
    for (std::size_t i = 0; i < candidates_.size(); ++i) candidates_[i] = coordinate(key, i);
    for (std::size_t i = 0; i < margins_.size(); ++i) margins_[i] = margin(logits, i);
    least_of(margins_, chosen_);
    for (const std::int32_t place : chosen_) points = std::copy_n(candidates_.data() + 2 * place, 2, points);
    for (std::size_t i = 0; i < size(2 * options_.uniform); ++i) *points++ = coordinate(key, candidates_.size() + i);
  }

 private:
  static float coordinate(DropoutKey key, std::size_t position) {
    const std::uint32_t bits = dropout_bits(key, static_cast<std::uint32_t>(position)) >> kDroppedBits;
    return static_cast<float>(bits) * static_cast<float>(kCoordinateStep);
  }

  float margin(const float* logits, std::size_t candidate) {
    const PointPlace place =
        place_of(candidates_[2 * candidate], candidates_[2 * candidate + 1], map_, options_.padding);
    const float* row[4];
    for (int i = 0; i < 4; ++i) row[i] = logits + place.cell[i] * classes_;
    for (std::size_t k = 0; k < values_.size(); ++k)
      values_[k] = row[0][k] * place.weight[0] + row[1][k] * place.weight[1] + row[2][k] * place.weight[2] +
                   row[3][k] * place.weight[3];
    float result = 0;
    margins(values_.data(), classes_, 1, &result);
    return result;
  }

  const ChoosePointsOptions& options_;
  const std::int64_t classes_;
  const MapExtent map_;
  std::vector<float> candidates_, values_, margins_;
  std::vector<std::int32_t> chosen_;
};

}  // namespace

Tensors choose_points_cpu(const Call& call) {
  if (!serves(call)) return choose_points(call);
  const auto& o = options_of<ChoosePointsOptions>(call.node);
  const at::Tensor& logits = call.reads[0];
  const std::int64_t images = logits.size(0), of_image = logits.numel() / images, own = o.uncertain + o.uniform;
  const std::int64_t given = call.reads.size() > 1 ? call.reads[1].size(1) : 0;
  const at::Tensor points = empty_points(images, own + given);
  if (call.context.sample_numbers.size() != size(images))
    throw std::logic_error("[choose_points] " + call.node.name + ": needs one sample number an image");
  at::parallel_for(0, images, 1, [&](std::int64_t begin, std::int64_t end) {
    Chooser chooser(o, logits);
    for (std::int64_t n = begin; n < end; ++n)
      chooser.choose(dropout_key(call.context.dropout_seed, call.node.name, call.context.sample_numbers[size(n)]),
                     values_of<float>(logits) + n * of_image, values_to<float>(points) + 2 * n * points.size(1));
  });
  if (given > 0) points.narrow(1, own, given).copy_(call.reads[1]);
  return {points};
}

Tensors choose_cells_cpu(const Call& call) {
  if (!serves(call)) return choose_cells(call);
  const at::Tensor &logits = call.reads[0], points = empty_points(logits.size(0), call.output_shape()[1]);
  const std::int64_t classes = logits.size(1), height = logits.size(2), width = logits.size(3), cells = height * width;
  std::vector<float> all(size(cells));
  std::vector<std::int32_t> chosen(size(points.size(1)));
  float* to = values_to<float>(points);
  for (std::int64_t n = 0; n < logits.size(0); ++n) {
    const float* const from = values_of<float>(logits) + n * cells * classes;
    constexpr std::int64_t kGrain = 4096;
    at::parallel_for(0, cells, kGrain, [&](std::int64_t begin, std::int64_t end) {
      margins(from + begin * classes, classes, end - begin, all.data() + begin);
    });
    least_of(all, chosen);
    for (const std::int32_t cell : chosen) {
      *to++ = (static_cast<float>(cell % width) + 0.5F) / static_cast<float>(width);
      *to++ = (static_cast<float>(cell / width) + 0.5F) / static_cast<float>(height);
    }
  }
  return {points};
}

}  // namespace seg::kernels
