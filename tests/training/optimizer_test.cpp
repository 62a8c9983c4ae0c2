// SPDX-License-Identifier: Apache-2.0
#include "training/optimizer.h"

#include <ATen/ops/equal.h>
#include <ATen/ops/full.h>
#include <ATen/ops/full_like.h>
#include <ATen/ops/zeros.h>
#include <gtest/gtest.h>

#include <cmath>
#include <map>

#include "base/random.h"
#include "graph/builder.h"

namespace seg {
namespace {

// A body and a head that learns faster, each with weights that decay and numbers that do not: four groups.
Graph two_speeds() {
  GraphBuilder g;
  const Value image = g.input("image", {.channels = 3});
  const Value x = g.relu(g.batch_norm("bn", g.convolution("conv", image, {.out_channels = 4})));
  const GraphBuilder head = g.with({.lr_multiplier = 10});
  g.output("logits",
           head.scope("head").convolution("conv", x, {.out_channels = 2, .kernel = 1, .padding = 0, .bias = true}));
  return g.build();
}

at::Tensor flag(float value) { return at::full({}, value, at::TensorOptions(at::kFloat)); }

std::vector<double> numbers(const at::Tensor& tensor) {
  const at::Tensor host = tensor.to(at::kDouble).contiguous();
  const double* const data = host.const_data_ptr<double>();
  return {data, data + host.numel()};
}

void fill_gradients(const ParameterStore& store, std::uint64_t step) {
  for (const ParameterGroup& group : store.groups())
    for (const std::string& name : group.names) {
      const at::Tensor row_major = at::zeros(store.gradient(name).sizes(), at::TensorOptions(at::kDouble));
      Random random(step, RandomStream::synthetic, hash_of(name.data(), name.size()));
      for (std::int64_t i = 0; i < row_major.numel(); ++i) row_major.mutable_data_ptr<double>()[i] = random.normal();
      store.gradient(name).copy_(row_major);
    }
}

// The update as the header states it, number by number, keyed by the parameter's name.
class HandWrittenSgd {
 public:
  HandWrittenSgd(const ParameterStore& store, const SgdOptions& options) : options_(options) {
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

  SgdOptions options_;
};

void expect_near(const std::vector<double>& found, const std::vector<double>& expected, double tolerance,
                 const std::string& what) {
  ASSERT_EQ(found.size(), expected.size()) << what;
  for (std::size_t i = 0; i < found.size(); ++i) ASSERT_NEAR(found[i], expected[i], tolerance) << what << " " << i;
}

void compare_with_hand_written(at::ScalarType type, double tolerance) {
  const SgdOptions options{.momentum = 0.85, .weight_decay = 0.01, .head_lr_multiplier = 7};
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
  for (const NamedTensor& momentum : optimizer.momenta()) {
    expect_near(numbers(store.value(momentum.name)), expected.values.at(momentum.name), tolerance, momentum.name);
    expect_near(numbers(momentum.tensor), expected.momenta.at(momentum.name), tolerance, "momentum " + momentum.name);
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
  const at::Tensor momentum = optimizer.momenta().front().tensor.clone();
  fill_gradients(store, 2);
  store.gradients().fill_(std::nan(""));
  optimizer.step(0.1, flag(1));
  EXPECT_TRUE(at::equal(store.values(), values));
  EXPECT_TRUE(at::equal(optimizer.momenta().front().tensor, momentum));
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

TEST(Sgd, MomentaAreNamedViewsOfEveryTrainableParameter) {
  const ParameterStore store(two_speeds());
  Sgd optimizer(store, {.momentum = 0.5, .weight_decay = 0});
  std::size_t num_trainable = 0;
  for (const ParameterGroup& group : store.groups()) num_trainable += group.names.size();
  ASSERT_EQ(optimizer.momenta().size(), num_trainable);
  for (const NamedTensor& momentum : optimizer.momenta()) {
    EXPECT_EQ(momentum.tensor.sizes(), store.value(momentum.name).sizes()) << momentum.name;
    EXPECT_EQ(momentum.tensor.strides(), store.value(momentum.name).strides()) << momentum.name;
  }
  // What is written into a view is what the next step goes on with.
  store.values().zero_();
  store.gradients().zero_();
  const at::Tensor* const momentum = find_tensor(optimizer.momenta(), "conv.weight");
  ASSERT_NE(momentum, nullptr);
  momentum->fill_(2);
  optimizer.step(1, flag(0));
  EXPECT_TRUE(at::equal(store.value("conv.weight"), at::full_like(store.value("conv.weight"), -1)));
  EXPECT_EQ(store.value("bn.weight").abs().sum().item<double>(), 0);
}

TEST(Sgd, MultipliesTheRateOfTheFasterGroupsOnly) {
  const ParameterStore store(two_speeds());
  const Sgd optimizer(store, {.head_lr_multiplier = 3});
  for (const ParameterGroup& group : store.groups())
    EXPECT_EQ(optimizer.lr_multiplier(group), group.names.front().starts_with("head.") ? 3 : 1);
}

}  // namespace
}  // namespace seg
