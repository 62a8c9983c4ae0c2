// SPDX-License-Identifier: Apache-2.0
#include "training/bench_infer.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/abs.h>
#include <ATen/ops/argmax.h>
#include <ATen/ops/linalg_vector_norm.h>

#include <algorithm>
#include <span>
#include <stdexcept>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/machine.h"
#include "base/random.h"
#include "evaluation/single_scale.h"
#include "graph/passes.h"
#include "graph/shapes.h"
#include "telemetry/progress_line.h"

namespace seg {
namespace {

using Json = nlohmann::json;

// Of logits, over their norm: what fp32 with Winograd's sums and bf16 in every layer explain.
constexpr double kRoundingOfFloat = 1e-3, kRoundingOfHalf = 0.1;

std::vector<std::byte> random_pixels(const InferenceBench& bench) {
  const std::int64_t values = bench.images * bench.height * bench.width * bench.card.in_channels;
  std::vector<std::byte> pixels(static_cast<std::size_t>(values * bytes_of(bench.card.pixels)));
  Random random(0, RandomStream::synthetic, 0);
  for (std::byte& pixel : pixels) pixel = static_cast<std::byte>(random.below(256));
  return pixels;
}

// A network that looks at images of the bench's size.
class Subject {
 public:
  Subject(const InferenceBench& bench, const Graph& graph, c10::ScalarType compute, ParameterStore& parameters)
      : network_(graph, parameters, {.compute = compute, .differentiate = false}),
        single_scale_(network_, bench.device.device, single_scale_options(bench.card)),
        steady_(network_.steady_parameters()) {}

  SingleScale& single_scale() { return single_scale_; }
  const Network& network() const { return network_; }

 private:
  Network network_;
  SingleScale single_scale_;
  const Network::SteadyParameters steady_;
};

// The peak of resident memory after that: before anything else is made, such as the network for comparison and logits
// in full resolution.
std::int64_t peak_after_looking(SingleScale& network, const HostPixels& pixels) {
  constexpr int kTimes = 2;  // the second finds what the first one left
  for (int i = 0; i < kTimes; ++i) (void)network.classes(pixels);
  return peak_resident_bytes();
}

struct Agreement {
  double relative_error = 0, largest_difference = 0;  // of the logits
  double share = 0;                                   // of pixels that get the same class
};

Agreement agreement_of(const at::Tensor& ours, const at::Tensor& expected) {
  const at::Tensor difference = ours - expected;
  const auto norm = [](const at::Tensor& x) { return at::linalg_vector_norm(x).item<double>(); };
  const at::Tensor is_same = at::argmax(ours, 1).eq(at::argmax(expected, 1));
  return {.relative_error = norm(difference) / std::max(norm(expected), 1e-30),
          .largest_difference = at::abs(difference).max().item<double>(),
          .share = is_same.to(at::kDouble).mean().item<double>()};
}

bool refines(const ModelCard& card) { return card.point_head && card.point_head->refinement.steps > 0; }

// With the network as it is without passes, in fp32. Which cells are refined may turn on rounding: they are not.
Agreement check_agreement(InferenceBench bench, std::span<const GraphPass* const> passes, ParameterStore& parameters,
                          const HostPixels& pixels) {
  if (refines(bench.card)) bench.card.point_head->refinement.steps = 0;
  const at::ScalarType compute = bench.precision.compute;
  const at::Tensor ours =
      Subject(bench, evaluation_graph(bench.card, passes, compute != c10::kFloat), compute, parameters)
          .single_scale()
          .logits_of(pixels);
  const at::Tensor expected =
      Subject(bench, evaluation_graph(bench.card, {}, false), c10::kFloat, parameters).single_scale().logits_of(pixels);
  const Agreement agreement = agreement_of(ours, expected);
  const double explained = compute == c10::kFloat ? kRoundingOfFloat : kRoundingOfHalf;
  if (!(agreement.relative_error <= explained))
    throw std::runtime_error("with passes the network says something else: relative error of its logits " +
                             std::to_string(agreement.relative_error));
  return agreement;
}

// Of a sorted list, by the nearest rank.
double at_share(const std::vector<double>& sorted, double share) {
  return sorted[static_cast<std::size_t>(share * static_cast<double>(sorted.size() - 1) + 0.5)];
}

std::vector<double> time_images(SingleScale& network, const HostPixels& pixels, const BenchLength& length,
                                Console& console) {
  std::vector<double> seconds;
  ProgressLine line(console, "images", static_cast<std::size_t>(length.warmup + length.steps));
  for (std::int64_t i = 0; i < length.warmup + length.steps; ++i) {
    const double start = seconds_now();
    (void)network.classes(pixels);
    if (i >= length.warmup) seconds.push_back(seconds_now() - start);
    line.show(static_cast<std::size_t>(i + 1));
  }
  std::ranges::sort(seconds);
  return seconds;
}

}  // namespace

Json bench_infer(const InferenceBench& bench, ParameterStore& parameters, const BenchLength& length, Console& console) {
  check_image_size(bench.height, bench.width, find_model(bench.card.model).size_divisor, bench.size_from);
  const std::vector<std::byte> bytes = random_pixels(bench);
  const HostPixels pixels{.images = bytes.data(),
                          .count = bench.images,
                          .height = bench.height,
                          .width = bench.width,
                          .channels = bench.card.in_channels,
                          .is_16_bit = bench.card.pixels == PixelType::u16};
  const std::vector<const GraphPass*> passes =
      choose_passes(bench.passes, pass_conditions(bench.device.device, bench.precision.compute, cpu_features()));
  const Graph graph = evaluation_graph(bench.card, passes, bench.precision.compute != c10::kFloat);
  const std::int64_t resident_before = resident_bytes();
  Subject subject(bench, graph, bench.precision.compute, parameters);
  const std::int64_t memory_growth = peak_after_looking(subject.single_scale(), pixels) - resident_before;
  const Agreement agreement = check_agreement(bench, passes, parameters, pixels);
  const std::vector<double> seconds = time_images(subject.single_scale(), pixels, length, console);

  const double median = at_share(seconds, 0.5);
  Json includes = {"normalisation", "network", "enlarging", "argmax"};
  if (refines(bench.card)) includes.insert(includes.begin() + 2, "refinement");
  return {
      {"fps", static_cast<double>(bench.images) / median},
      {"milliseconds",
       {{"median", 1000 * median}, {"p90", 1000 * at_share(seconds, 0.9)}, {"p99", 1000 * at_share(seconds, 0.99)}}},
      {"includes", includes},
      {"folded", std::ranges::any_of(graph.nodes, [](const Node& n) { return n.op == Op::folded_weight; })},
      {"passes", names_of(passes)},
      {"agreement",
       {{"relative_error", agreement.relative_error},
        {"max_abs_difference", agreement.largest_difference},
        {"same_class", agreement.share}}},
      {"peak_bytes", subject.network().peak_slot_bytes()},
      {"memory_growth_bytes", memory_growth},
      {"batch", {bench.images, bench.card.in_channels, bench.height, bench.width}},
      {"steps", length.steps},
      {"machine", machine_record(bench.device, bench.precision, compute_threads())}};
}

}  // namespace seg
