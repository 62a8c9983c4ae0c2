// SPDX-License-Identifier: Apache-2.0
#include "config/new_config.h"

#include <algorithm>
#include <cmath>
#include <stdexcept>
#include <string_view>

#include "config/field.h"
#include "config/present.h"

namespace seg {
namespace {

// The crops of the network halve five times.
constexpr std::int64_t kLargestCrop = 512, kCropStep = 32;

// Small data sets are seen more often, up to a point; large ones about as often as the steps of the Python trainer's
// shorter runs allow.
constexpr double kImagesSeen = 20000 * 8, kFewestEpochs = 10, kMostEpochs = 300;
constexpr std::int64_t kLongestWarmup = 1000;

void fill(const NewConfig& from, Config& config) {
  config.dataset = from.dataset;
  config.model.n_cats = from.n_cats;
  const std::int64_t side = std::min(kLargestCrop, from.smallest_side / kCropStep * kCropStep);
  config.augmentation.cropsize.height = config.augmentation.cropsize.width = std::max(kCropStep, side);
  const auto images = static_cast<double>(std::max<std::size_t>(1, from.num_train));
  config.loader.ims_per_gpu = std::min<std::int64_t>(config.loader.ims_per_gpu, static_cast<std::int64_t>(images));
  config.run.max_epochs = std::round(std::clamp(kImagesSeen / images, kFewestEpochs, kMostEpochs));
  const double steps = std::ceil(*config.run.max_epochs * images / static_cast<double>(config.loader.ims_per_gpu));
  config.step.warmup_iters = std::min(kLongestWarmup, static_cast<std::int64_t>(steps) / 10);
  config.run.respth = from.respth;
  config.model.classifier_init = "small";
}

class Writer {
 public:
  explicit Writer(const NewConfig& from) : from_(from), fields_(fields_of(config_)), defaults_(fields_of(standard_)) {
    fill(from, config_);
  }

  std::string run() {
    text_ = toml_comment(from_.heading) +
            "\n# `segtrain config` with this file shows all keys; docs/config.md tells of them.\n";
    put("model_type", "or \"bisenetv1\"");
    put("n_cats");
    put("classifier_init", "no first steps lost on logits that chance made large; the Python trainer's is fan_out");
    section();
    put("dataset");
    put("im_root");
    put("train_im_anns");
    put("val_im_anns");
    for (const char* key : {"lb_ignore", "label_map", "label_colors", "class_names", "palette", "mean", "std"})
      if (differs(key) || !reason_of(key).empty()) put(key);
    section();
    put("cropsize", "a square that fits into the smallest image, at most 512");
    put("ims_per_gpu", "images a step; fewer if memory does not suffice");
    put("max_epochs", "a start: about 160000 images seen, from 10 to 300 epochs");
    put("warmup_iters", "a tenth of the steps, at most 1000");
    section();
    put("respth", "the run folder");
    return text_;
  }

 private:
  std::string reason_of(std::string_view key) const {
    const auto found = std::ranges::find(from_.reasons, key, &KeyReason::key);
    return found == from_.reasons.end() ? std::string() : found->reason;
  }

  bool differs(std::string_view key) const {
    return find_field(fields_, key)->toml() != find_field(defaults_, key)->toml();
  }

  void put(std::string_view key, std::string_view reason = {}) {
    const Field* field = find_field(fields_, key);
    if (field == nullptr) throw std::logic_error("new_config: no key " + std::string(key));
    text_ += toml_line(key, field->toml(), reason.empty() ? reason_of(key) : std::string(reason)) + '\n';
  }

  void section() { text_ += '\n'; }

  const NewConfig& from_;
  Config config_, standard_;
  Fields fields_, defaults_;
  std::string text_;
};

}  // namespace

std::string new_config_text(const NewConfig& config) { return Writer(config).run(); }

}  // namespace seg
