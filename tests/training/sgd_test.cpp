// SPDX-License-Identifier: Apache-2.0
#include "training/sgd.h"

#include <ATen/ops/equal.h>
#include <ATen/ops/full_like.h>
#include <gtest/gtest.h>

#include <cmath>
#include <map>

#include "tests/training/optimizer_oracle.h"
#include "tests/training/two_speeds.h"

namespace seg {
namespace {

using testing::fill_gradients;
using testing::flag;
using testing::two_speeds;

std::vector<double> numbers(const at::Tensor& tensor) {
  const at::Tensor host = tensor.to(at::kDouble).contiguous();
  const double* const data = host.const_data_ptr<double>();
  return {data, data + host.numel()};
}

// The update as the header states it, number by number, keyed by the parameter's name.
class HandWrittenSgd {
 public:
  HandWrittenSgd(const ParameterStore& store, const OptimizerOptions& options) : options_(options) {
    for_each(store, [&](const std::string& name, const ParameterGroup&) {
      values[name] = numbers(store.value(name));
      momenta[name].resize(values[name].size());
    });
  }

  void step(const ParameterStore& store, double rate) {
    for_each(store, [&](const std::string& name, const ParameterGroup& group) {
      const std::vector<double> gradient = numbers(store.gradient(name));
      const double decay = name.ends_with("conv.weight") ? options_.weight_decay : 0.0;
      const double multiplier = name.starts_with("head.") ? options_.head_lr_multiplier.value_or(10.0) : 1.0;
      ASSERT_EQ(group.decays, decay != 0.0) << name;
      for (std::size_t i = 0; i < gradient.size(); ++i) {
        double& v = momenta[name][i];
        double& p = values[name][i];
        v = options_.momentum * v + gradient[i] + decay * p;
        p -= rate * multiplier * v;
      }
    });
  }

  std::map<std::string, std::vector<double>> values, momenta;

 private:
  template <class Body>
  static void for_each(const ParameterStore& store, const Body& body) {
    for (const ParameterGroup& group : store.groups())
      for (const std::string& name : group.names) body(name, group);
  }

  OptimizerOptions options_;
};

void expect_near(const std::vector<double>& found, const std::vector<double>& expected, double tolerance,
                 const std::string& what) {
  ASSERT_EQ(found.size(), expected.size()) << what;
  for (std::size_t i = 0; i < found.size(); ++i) ASSERT_NEAR(found[i], expected[i], tolerance) << what << " " << i;
}

void compare_with_hand_written(at::ScalarType type, double tolerance) {
  const OptimizerOptions options{.momentum = 0.85, .weight_decay = 0.01, .head_lr_multiplier = 7};
  const ParameterStore store(two_speeds(), {.type = type});
  Sgd optimizer(store, options);
  HandWrittenSgd expected(store, options);
  ASSERT_EQ(store.groups().size(), 4U);
  for (std::uint64_t step = 1; step <= 5; ++step) {
    fill_gradients(store, step);
    const double rate = 0.1 / static_cast<double>(step);
    optimizer.step(rate, flag(0));
    expected.step(store, rate);
  }
  for (const std::string& name : testing::trainable_names(store)) {
    const at::Tensor& momentum = *find_tensor(optimizer.state(), "momentum." + name);
    expect_near(numbers(store.value(name)), expected.values.at(name), tolerance, name);
    expect_near(numbers(momentum), expected.momenta.at(name), tolerance, "momentum of " + name);
  }
}

TEST(Sgd, EqualsAHandWrittenUpdateInDoublePrecision) { compare_with_hand_written(at::kDouble, 1e-12); }

TEST(Sgd, EqualsAHandWrittenUpdateInSinglePrecision) { compare_with_hand_written(at::kFloat, 1e-5); }

TEST(Sgd, ChangesNothingWhereSomethingWasNotFinite) {
  const ParameterStore store(two_speeds());
  Sgd optimizer(store, {});
  fill_gradients(store, 1);
  optimizer.step(0.1, flag(0));
  const at::Tensor values = store.values().clone();
  const at::Tensor momentum = optimizer.state().front().tensor.clone();
  fill_gradients(store, 2);
  store.gradients().fill_(std::nan(""));
  optimizer.step(0.1, flag(1));
  EXPECT_TRUE(at::equal(store.values(), values));
  EXPECT_TRUE(at::equal(optimizer.state().front().tensor, momentum));
}

TEST(Sgd, ASkippedFirstStepLeavesNoTrace) {
  const ParameterStore skipped(two_speeds()), fresh(two_speeds());
  Sgd skipping(skipped, {}), plain(fresh, {});
  skipped.gradients().fill_(std::nan(""));
  skipping.step(0.1, flag(1));
  for (const ParameterStore* store : {&skipped, &fresh}) fill_gradients(*store, 3);
  skipping.step(0.1, flag(0));
  plain.step(0.1, flag(0));
  EXPECT_TRUE(at::equal(skipped.values(), fresh.values()));
}

TEST(Sgd, ItsStateIsOneMomentumAParameter) {
  const ParameterStore store(two_speeds());
  Sgd optimizer(store, {.momentum = 0.5, .weight_decay = 0});
  EXPECT_EQ(optimizer.state().size(), testing::trainable_names(store).size());
  // What is written into a view is what the next step goes on with.
  store.values().zero_();
  store.gradients().zero_();
  const at::Tensor* const momentum = find_tensor(optimizer.state(), "momentum.conv.weight");
  ASSERT_NE(momentum, nullptr);
  momentum->fill_(2);
  optimizer.step(1, flag(0));
  EXPECT_TRUE(at::equal(store.value("conv.weight"), at::full_like(store.value("conv.weight"), -1)));
  EXPECT_EQ(store.value("bn.weight").abs().sum().item<double>(), 0);
}

TEST(Sgd, TwelveStepsFollowPython) {
  SEG_NEEDS_PYTHON();
  testing::expect_steps_equal_to_python("sgd", {.momentum = 0.85, .weight_decay = 0.01});
}

}  // namespace
}  // namespace seg
