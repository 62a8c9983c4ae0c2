// SPDX-License-Identifier: Apache-2.0
#include "training/validation.h"

#include <algorithm>
#include <optional>
#include <string>
#include <utility>

#include "base/clock.h"
#include "base/counted.h"
#include "base/error.h"
#include "base/out_of_memory.h"
#include "evaluation/prediction_picture.h"
#include "training/memory_bound.h"
#include "training/out_of_memory.h"
#include "training/protocols.h"

namespace seg {
namespace {

// A forward pass with running statistics and one head costs less than a third of a training step on as many pixels.
constexpr double kEvaluationOverTraining = 1.0 / 3;

// As its authors took them: narrower for the large and finely labelled images of Cityscapes.
constexpr double kBandOfCityscapes = 0.005, kBandOfOthers = 0.02;

std::optional<BoundaryOptions> boundary_options(const EvaluationConfig& config, const std::string& dataset) {
  if (!config.boundary_metrics) return std::nullopt;
  const double band = dataset == "CityScapes" ? kBandOfCityscapes : kBandOfOthers;
  BoundaryOptions options{.iou_width = config.boundary_iou_width.value_or(band),
                          .f1_tolerance = config.boundary_f1_tolerance,
                          .trimap_radii = config.trimap_radii};
  std::ranges::sort(options.trimap_radii);
  const auto repeated = std::ranges::unique(options.trimap_radii);
  options.trimap_radii.erase(repeated.begin(), repeated.end());
  return options;
}

constexpr std::size_t kWorstImages = 3;

}  // namespace

Validation::Validation(const Config& config, const RunSettings& settings, const ReaderSource& source,
                       ParameterStore& parameters, Log& log)
    : source_(source),
      memory_(config.memory),
      options_{.num_classes = settings.card.num_classes,
               .ignore_label = settings.card.ignore_label,
               .images_per_batch = config.evaluation.eval_ims_per_gpu,
               .num_workers = settings.shares.num_workers,
               .absent_class = absent_class_of(config.evaluation.absent_class),
               .boundary = boundary_options(config.evaluation, config.dataset.dataset)},
      network_(evaluation_graph(settings.card, settings.passes, settings.precision.compute != c10::kFloat), parameters,
               {.compute = settings.precision.compute, .differentiate = false}),
      protocols_(make_protocols(config, settings.card, network_, settings.device.device, log)) {}

std::int64_t Validation::images_to_see() const { return static_cast<std::int64_t>(protocols_.size() * source_.size()); }

// As evaluate() does it; where memory runs out, what would make it do.
ProtocolResult Validation::evaluate_in_memory(Protocol& protocol, const EvaluatorOptions& options,
                                              const EvaluationProgress& progress, const ImageObserver& observer) const {
  try {
    return evaluate(source_, protocol, options, progress, observer);
  } catch (const std::exception& error) {
    if (!is_out_of_memory(error)) throw;
    const std::int64_t images =
        protocol.images_at_once(std::min(options.images_per_batch, static_cast<std::int64_t>(source_.size())));
    const std::string of_protocol = " by " + std::string(protocol.name());
    const std::string why = " (" + text_without_backtrace(error) + ")";
    if (images == 1)
      throw OutOfMemory(
          Problem{"eval_protocols", "memory ran out in the evaluation of a single image" + of_protocol + why,
                  smaller_views_remedy(protocol.name()) + ", smaller validation images, or " + memory_remedy(memory_)});
    fail("eval_ims_per_gpu",
         "memory ran out in an evaluation of " + counted(images, "image") + " at once" + of_protocol + why,
         "a smaller eval_ims_per_gpu");
  }
}

bool Validation::run(const EvaluationProgress& progress, const ImageObserver& observer) {
  const double start = seconds_now();
  const auto steady = network_.steady_parameters();
  std::vector<ProtocolResult> results;
  std::vector<ImageScore> worst;
  const ImageObserver of_first = [&](std::size_t index, const ImageCounts& counts) {
    worst.push_back(score_of(index, source_.dataset().name(index), counts));
    if (worst.size() > 2 * kWorstImages) worst = worst_of(worst, kWorstImages);
    if (observer) observer(index, counts);
  };
  for (const std::unique_ptr<Protocol>& protocol : protocols_) {
    const auto done = static_cast<std::int64_t>(results.size() * source_.size());
    const auto in_all = [&](std::int64_t images) { return !progress || progress(done + images); };
    results.push_back(evaluate_in_memory(*protocol, options_, in_all, results.empty() ? of_first : ImageObserver()));
    if (!results.back().is_complete) return false;
  }
  results_ = std::move(results);
  worst_ = worst_of(worst, kWorstImages);
  last_seconds_ = seconds_now() - start;
  return true;
}

std::int64_t Validation::rehearse(std::int64_t images, const std::function<bool()>& may_go_on) {
  const auto steady = network_.steady_parameters();
  EvaluatorOptions few = options_;
  few.images_per_batch = std::min(few.images_per_batch, images);
  const auto progress = [&](std::int64_t done) { return done < images && may_go_on(); };
  std::int64_t seen = images;
  for (const std::unique_ptr<Protocol>& protocol : protocols_)
    seen = std::min(seen, evaluate_in_memory(*protocol, few, progress).images);
  return seen;
}

Image Validation::picture(std::span<const Rgb> palette, std::span<const std::size_t> images, std::int64_t longest) {
  const auto steady = network_.steady_parameters();
  return prediction_picture(source_, first_protocol(), palette, images, longest);
}

bool Validation::fits_into_its_share(const Spent& spent) const {
  double expected = last_seconds_;
  if (results_.empty()) {
    EncodedSample sample;
    source_.dataset().fetch_label(0, sample);
    double views = 0;
    for (const std::unique_ptr<Protocol>& protocol : protocols_)
      views += protocol->views_a_pixel(sample.layout.height, sample.layout.width);
    const double pixels =
        views * static_cast<double>(sample.layout.height * sample.layout.width) * static_cast<double>(source_.size());
    expected = kEvaluationOverTraining * pixels / std::max(spent.training_pixels_per_second, 1.0);
  }
  return spent.evaluation_seconds + expected <= kLargestEvaluationShare * (spent.run_seconds + expected);
}

}  // namespace seg
