// SPDX-License-Identifier: Apache-2.0
// Optimizers beside those of Python: tests/oracles/optimizers.py, in double precision.
#pragma once
#include <gtest/gtest.h>

#include <functional>
#include <string>

#include "tests/engine/support/oracle.h"
#include "tests/training/two_speeds.h"
#include "training/optimizer.h"

namespace seg::testing {

inline void load_start(ParameterStore& store) {
  NamedTensors start;
  for (const std::string& name : trainable_names(store))
    start.push_back({name, Oracle::get("optimizers").at("param:" + name)});
  ASSERT_EQ(store.load(start).num_loaded, static_cast<std::int64_t>(start.size()));
}

inline void expect_values_equal_to_python(const ParameterStore& store, const std::string& which) {
  const Oracle& oracle = Oracle::get("optimizers");
  for (const std::string& name : trainable_names(store)) {
    EXPECT_LT(relative_error(store.value(name), oracle.at(which + ":" + name)), 1e-12) << name;
    EXPECT_GT(relative_error(store.value(name), oracle.at("param:" + name)), 1e-3) << name << " has not moved";
  }
}

// Runs the oracle's twelve steps. `before` and `after` (each may be empty) are called around the optimizer's step with
// its number from 0.
using AtStep = std::function<void(std::int64_t step)>;
inline void run_python_steps(const ParameterStore& store, Optimizer& optimizer, const AtStep& before = {},
                             const AtStep& after = {}) {
  const Oracle& oracle = Oracle::get("optimizers");
  const at::Tensor& rates = oracle.at("rates");
  ASSERT_GE(rates.numel(), 10);
  for (std::int64_t step = 0; step < rates.numel(); ++step) {
    for (const std::string& name : trainable_names(store))
      store.gradient(name).copy_(oracle.at("gradient:" + std::to_string(step) + ":" + name));
    if (before) before(step);
    optimizer.step(rates[step].item<double>(), flag(0));
    if (after) after(step);
  }
}

inline void expect_steps_equal_to_python(const std::string& which, const OptimizerOptions& options) {
  ParameterStore store(two_speeds(), {.type = at::kDouble});
  load_start(store);
  run_python_steps(store, *make_optimizer(store, options));
  expect_values_equal_to_python(store, which);
}

}  // namespace seg::testing
