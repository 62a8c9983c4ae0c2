// SPDX-License-Identifier: Apache-2.0
// What the keys of the loss mean: the options of its nodes, and the weights of the classes.
#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "base/error.h"
#include "config/loss.h"
#include "dataset/scan.h"
#include "graph/passes.h"

namespace seg {

// Adds what is wrong with a list of weights for that many classes.
void check_class_weights(const LossConfig& config, std::int64_t num_classes, std::vector<Problem>& problems);

bool weighs_by_frequency(const LossConfig& config);

// Empty: all 1. By median frequency they are those of `stored` (text of class_weights_text), if that is not empty, then
// those of `counts`; without either, all 1: they take the same work.
std::vector<double> class_weights(const LossConfig& config, std::int64_t num_classes, const std::string& stored,
                                  const std::vector<ClassCount>& counts = {});

// Reads back to the same numbers. Empty for none.
std::string class_weights_text(const std::vector<double>& weights);

std::vector<LossTerm> summed_losses(const LossConfig& config, std::int64_t ignore_label,
                                    const std::vector<double>& class_weights);

// Whether its means are divided by the weights of pixels: then micro-batches count by these, not by their pixels. OHEM
// and the losses of regions are not.
bool is_divided_by_weights(const LossConfig& config);

}  // namespace seg
