// SPDX-License-Identifier: Apache-2.0
#include "training/run_events.h"

#include <cmath>

#include "image/png.h"
#include "image/shrink.h"
#include "metrics/confusion_picture.h"

namespace seg {
namespace {

constexpr std::int64_t kLongestSide = 1024;
constexpr const char* kEvaluation = "eval/";

// An absent class has no value, and a curve of it no point.
void add_known(std::vector<EventScalar>& scalars, const std::string& tag, double value) {
  if (!std::isnan(value)) scalars.push_back({tag, value});
}

}  // namespace

EventFile& RunEvents::file() {
  if (!file_) file_.emplace(folder_.path());
  return *file_;
}

void RunEvents::step(const StepReport& report) {
  if (!is_on_) return;
  std::vector<EventScalar> scalars = {{"loss", report.total_loss}};
  for (const auto& [name, value] : report.losses) scalars.push_back({"losses/" + name, value});
  scalars.push_back({"lr", report.rate});
  for (std::size_t i = 0; i < report.group_rates.size(); ++i)
    scalars.push_back({"lr_groups/" + std::to_string(i), report.group_rates[i]});
  scalars.push_back({"gradient_norm", report.gradient_norm});
  scalars.push_back({"images_per_second", report.images_per_second});
  scalars.push_back({"skipped", static_cast<double>(report.skipped)});
  if (report.loss_scaling) {
    scalars.push_back({"loss_scale", report.loss_scaling->scale});
    scalars.push_back({"skipped_steps", static_cast<double>(report.loss_scaling->skipped_steps)});
  }
  for (std::size_t i = 0; i < kNumPhases; ++i)
    scalars.push_back({"phases/" + std::string(kPhaseNames[i]), report.phases.share(static_cast<Phase>(i))});
  file().add_scalars(report.step, scalars);
}

void RunEvents::evaluation(std::int64_t step, const std::vector<ProtocolResult>& results,
                           const std::vector<std::string>& class_names) {
  if (!is_on_) return;
  std::vector<EventScalar> scalars;
  for (const ProtocolResult& result : results) {
    const Metrics metrics = metrics_of(result);
    const std::string tag = kEvaluation + result.protocol + "/";
    add_known(scalars, tag + "miou", metrics.miou);
    add_known(scalars, tag + "fw_miou", metrics.fw_miou);
    add_known(scalars, tag + "pixel_accuracy", metrics.pixel_accuracy);
    add_known(scalars, tag + "mean_accuracy", metrics.mean_accuracy);
    add_known(scalars, tag + "macro_f1", metrics.macro_f1);
    add_known(scalars, tag + "micro_f1", metrics.micro_f1);
    if (result.boundary) {
      const BoundaryMetrics boundary = metrics_of(result.boundary->counts, result.absent_class);
      add_known(scalars, tag + "boundary_iou", boundary.miou);
      add_known(scalars, tag + "boundary_f1", boundary.mean_f1);
    }
    for (std::size_t k = 0; k < metrics.iou.size(); ++k)
      add_known(scalars, tag + "iou/" + (k < class_names.size() ? class_names[k] : std::to_string(k)), metrics.iou[k]);
  }
  file().add_scalars(step, scalars);
  // At its full size: its figures are to be read.
  for (const ProtocolResult& result : results)
    picture(step, kEvaluation + result.protocol + "/confusion_matrix",
            encode_png(confusion_picture(result.matrix, class_names)));
}

void RunEvents::picture(std::int64_t step, const std::string& tag, std::span<const std::byte> png) {
  if (!is_on_) return;
  const ImageLayout layout = png_layout(png, tag);
  file().add_picture(
      step, {.tag = tag, .height = layout.height, .width = layout.width, .channels = layout.channels, .png = png});
}

void RunEvents::picture(std::int64_t step, const std::string& tag, const Image& image) {
  if (is_on_) picture(step, tag, encode_png(shrunk(image, kLongestSide)));
}

void RunEvents::cut(const RunFolder& folder, std::int64_t step, bool with_evaluation) {
  cut_events_after(folder.path(), step);
  if (with_evaluation) cut_events_of(folder.path(), step, kEvaluation);
}

}  // namespace seg
