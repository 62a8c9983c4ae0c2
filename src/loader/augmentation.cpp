// SPDX-License-Identifier: Apache-2.0
#include "loader/augmentation.h"

#include <fmt/format.h>

#include <cassert>
#include <cmath>

#include "base/random.h"
#include "image/blur.h"

namespace seg {
namespace {

// The rules of one side: where the crop begins in the scaled image. Both draw one number.

std::int64_t uniform_offset(std::int64_t scaled, std::int64_t crop, Random& random) {
  const auto places = static_cast<std::uint64_t>(std::abs(scaled - crop)) + 1;
  const auto place = static_cast<std::int64_t>(random.below(places));
  return scaled < crop ? -place : place;
}

std::int64_t reference_offset(std::int64_t scaled, std::int64_t crop, Random& random) {
  const std::int64_t pad = scaled < crop ? (crop - scaled) / 2 + 1 : 0;
  const std::int64_t gap = scaled + 2 * pad - crop;
  return static_cast<std::int64_t>(random.uniform() * static_cast<double>(gap)) - pad;
}

std::int64_t scaled_size(std::int64_t size, double scale) {
  return static_cast<std::int64_t>(std::ceil(static_cast<double>(size) * scale));
}

// Orientations whose upright image is turned clockwise by so many quarters of a circle.
constexpr Orientation kQuarterTurns[] = {{1}, {6}, {3}, {8}};

// Their numbers are those of a sample that no run has: samples count from 0.
void draw_turn_and_values(const AugmentationOptions& options, std::uint64_t seed, std::uint64_t sample,
                          CropPlan& plan) {
  Random random(seed, RandomStream::augmentation, ~sample);
  const bool turns = random.uniform() < options.rot90;
  const std::uint64_t quarters = 1 + random.below(3);
  if (turns) plan.orientation = kQuarterTurns[quarters];
  const double bend = random.uniform(-options.gamma, options.gamma);
  const double exponent = bend < 0 ? 1 / (1 - bend) : 1 + bend;
  plan.gamma = static_cast<std::int32_t>(std::floor(exponent * kGammaUnit + 0.5));
  const bool blurs = random.uniform() < options.blur;
  const auto weight = static_cast<std::int32_t>(1 + random.below(kLargestBlur));
  if (blurs) plan.blur = weight;
  plan.noise.strength = noise_strength(random.uniform(0, options.noise));
  plan.noise.first = random.bits();
  plan.noise.second = random.bits();
  if (plan.noise.strength == 0) plan.noise = {};
  plan.place_key = std::uint64_t{random.bits()} << 32;
  plan.place_key |= random.bits();
}

// The order of a text is that of the changes; those that a plan does without are not named.
std::string text_of_later_changes(const CropPlan& plan) {
  std::string text;
  if (plan.gamma != kGammaUnit) text += fmt::format(", gamma {}", plan.gamma);
  if (plan.blur != 0) text += fmt::format(", blur {}", plan.blur);
  if (plan.noise.strength != 0) text += fmt::format(", noise {}", plan.noise.strength);
  return text;
}

}  // namespace

CropPlan draw_crop(const AugmentationOptions& options, std::uint64_t seed, std::uint64_t sample,
                   std::int64_t image_height, std::int64_t image_width) {
  assert(image_height > 0 && image_width > 0 && options.scale_low > 0 && options.scale_low <= options.scale_high);
  Random random(seed, RandomStream::augmentation, sample);
  const auto factor = [&](double amplitude) { return jitter_factor(random.uniform(1 - amplitude, 1 + amplitude)); };

  CropPlan plan;
  draw_turn_and_values(options, seed, sample, plan);
  const bool lies = plan.orientation.swaps_sides();
  plan.scale = random.uniform(options.scale_low, options.scale_high);
  CropGeometry& g = plan.geometry;
  const std::int64_t height = lies ? image_width : image_height, width = lies ? image_height : image_width;
  g = {.source_height = height,
       .source_width = width,
       .scaled_height = scaled_size(height, plan.scale),
       .scaled_width = scaled_size(width, plan.scale),
       .height = options.crop_height,
       .width = options.crop_width};
  g.flip = random.uniform() < options.flip;
  g.flip_vertical = random.uniform() < options.flip_vertical;
  plan.jitter.brightness = factor(options.brightness);
  plan.jitter.contrast = factor(options.contrast);
  plan.jitter.saturation = factor(options.saturation);
  draw_place(options, random, g);
  plan.source = stored_source(plan);
  return plan;
}

void draw_place(const AugmentationOptions& options, Random& random, CropGeometry& geometry) {
  const auto offset = options.crop_rule == CropRule::uniform ? uniform_offset : reference_offset;
  geometry.top = offset(geometry.scaled_height, geometry.height, random);
  geometry.left = offset(geometry.scaled_width, geometry.width, random);
}

Window stored_source(const CropPlan& plan) noexcept {
  const CropGeometry& g = plan.geometry;
  const bool lies = plan.orientation.swaps_sides();
  return stored_window(plan.orientation, source_window(g), lies ? g.source_width : g.source_height,
                       lies ? g.source_height : g.source_width);
}

std::string to_text(const CropPlan& plan) {
  const CropGeometry& g = plan.geometry;
  return fmt::format(
      "{}x{}{} scaled by {:.6f} to {}x{}, crop {}x{} at ({}, {}){}{}, source {}x{} at ({}, {}), jitter {} {} {}{}",
      g.source_height, g.source_width,
      plan.orientation.is_upright() ? "" : fmt::format(" (orientation {})", plan.orientation.number), plan.scale,
      g.scaled_height, g.scaled_width, g.height, g.width, g.top, g.left, g.flip ? ", flipped" : "",
      g.flip_vertical ? ", upside down" : "", plan.source.height, plan.source.width, plan.source.top, plan.source.left,
      plan.jitter.brightness, plan.jitter.contrast, plan.jitter.saturation, text_of_later_changes(plan));
}

}  // namespace seg
