// SPDX-License-Identifier: Apache-2.0
#include "training/step_trial.h"

namespace seg {

double StepTrial::read_loss() {
  double total = 0;
  const LossMeter::Means means = losses_.read();
  for (std::size_t i = 0; i < means.size(); ++i) total += trained_.graph.outputs[i].loss_weight * means[i].second;
  return total;
}

}  // namespace seg
