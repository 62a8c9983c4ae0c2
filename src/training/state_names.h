// SPDX-License-Identifier: Apache-2.0
// Under which names a checkpoint keeps what only going on needs: beside the weights, which have their plain names.
//
// Constants and pure functions.
#pragma once
#include <algorithm>
#include <array>
#include <string>
#include <string_view>

namespace seg {

// The metadata key of the run's state; who has it is a checkpoint.
inline constexpr std::string_view kRunStateKey = "segtrain.run";

// PREFIX.PARAMETER, of the parameter's shape.
inline constexpr std::string_view kMomentum = "momentum";  // of sgd
inline constexpr std::string_view kMeans = "exp_avg";      // of adamw, and the next
inline constexpr std::string_view kSquares = "exp_avg_sq";
inline constexpr std::string_view kUnaveraged = "unaveraged";  // where the weights are averages
// PREFIX.WHAT, scalars.
inline constexpr std::string_view kLossScaler = "loss_scaler";  // of fp16
inline constexpr std::array kStatePrefixes = {kMomentum, kMeans, kSquares, kUnaveraged, kLossScaler};

inline constexpr std::string_view kAdamSteps = "adam_steps";  // a scalar

inline std::string state_name(std::string_view prefix, std::string_view parameter) {
  return std::string(prefix) + '.' + std::string(parameter);
}

// Whether a tensor of this name is no weight.
inline bool is_training_state(std::string_view name) {
  return name == kAdamSteps || std::ranges::any_of(kStatePrefixes, [&](std::string_view prefix) {
           return name.starts_with(prefix) && name.substr(prefix.size()).starts_with('.');
         });
}

}  // namespace seg
