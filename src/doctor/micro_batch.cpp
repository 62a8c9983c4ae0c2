// SPDX-License-Identifier: Apache-2.0
#include "doctor/micro_batch.h"

#include <string>

namespace seg {
namespace {

constexpr std::int64_t kFewImages = 8;

}  // namespace

std::optional<LargerMicroBatch> larger_micro_batch(const Figures& figures) {
  const std::int64_t now = figures.images_of_micro_batch.value_or(kFewImages), samples = figures.samples_per_step();
  if (now < 1 || now >= kFewImages) return std::nullopt;
  std::int64_t images = now;
  while (images < kFewImages && samples % (2 * images) == 0 && samples > 0) images *= 2;
  if (images == now) return LargerMicroBatch{.images = 2 * now, .change = {{"ims_per_gpu", std::to_string(2 * now)}}};
  return LargerMicroBatch{.images = images,
                          .keeps_batch = true,
                          .change = {{"ims_per_gpu", std::to_string(images)},
                                     {"gradient_accumulation_steps", std::to_string(samples / images)}}};
}

}  // namespace seg
