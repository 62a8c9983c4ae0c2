// SPDX-License-Identifier: Apache-2.0
// What both kernels of the loss must do.
#pragma once
#include <c10/core/MemoryFormat.h>

#include "tests/engine/support/kernel_case.h"
#include "tests/engine/support/oracle.h"

namespace seg::testing {

struct LossSize {
  std::int64_t images = 2, classes = 5, height = 6, width = 9, factor = 4;
};
KernelCase random_loss(const LossSize& size, at::ScalarType type = at::kFloat);

struct LossCheck {
  bool composite;
  at::ScalarType type;
  double tolerance;
  double lovasz_gradient;  // where rounding can change the order of errors
  at::MemoryFormat layout = at::MemoryFormat::ChannelsLast;
};
void expect_losses_equal_to_python(const LossCheck& check);  // every case of tests/oracles/loss_cases.py

void expect_scaling_of_the_gradient(bool composite);
void expect_nan_for_a_label_out_of_range(bool composite);
void expect_nan_to_show(bool composite);
void expect_nothing_where_no_weight_is_left(bool composite);
void expect_nothing_without_a_valid_pixel(bool composite);

}  // namespace seg::testing
