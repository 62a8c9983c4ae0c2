// SPDX-License-Identifier: Apache-2.0
// The scale that keeps gradients in fp16's range: the loss is multiplied by it, and the gradients divided again.
//
// As torch.amp.GradScaler: a step whose gradients are not finite is skipped and lowers the scale; after enough good
// steps in a row it grows. All of it happens on the device and nothing is read back: found_inf() goes into the
// optimizer, which then changes nothing. Not thread-safe.
#pragma once
#include <ATen/core/Tensor.h>

#include <cstdint>

#include "engine/tensors.h"

namespace seg {

struct LossScaleOptions {
  double init = 65536;
  double growth = 2;     // factor after `interval` good steps in a row
  double backoff = 0.5;  // factor after a step that was skipped
  std::int64_t interval = 2000;
};

class LossScaler {
 public:
  LossScaler(const LossScaleOptions& options, c10::Device device);

  // What gradients are multiplied by. Float scalar.
  const at::Tensor& scale() const { return scale_; }

  // Of each step, in this order. Divides the gradients (floats, not fp16) by the scale; found_inf() is then 1 if one of
  // them was not finite, else 0.
  void unscale(const at::Tensor& gradients);
  const at::Tensor& found_inf() const { return found_inf_; }  // float scalar; the next unscale() writes it again
  void update();                                              // takes no memory

  // 1 if the step was skipped by a scale so small that no scale is to blame. Bool scalar; between unscale and update.
  at::Tensor is_hopeless() const;

  // Skipped steps since the beginning. Double scalar.
  const at::Tensor& num_skipped() const { return num_skipped_; }

  // What an exact resume needs (state_names.h).
  const NamedTensors& state() const { return state_; }

 private:
  LossScaleOptions options_;
  at::Tensor scale_, growth_tracker_, num_skipped_, found_inf_;
  NamedTensors state_;
};

}  // namespace seg
