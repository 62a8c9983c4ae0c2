// SPDX-License-Identifier: Apache-2.0
#include "tests/engine/support/loss_case.h"

#include <ATen/core/Tensor.h>
#include <ATen/ops/rand.h>
#include <ATen/ops/randint.h>
#include <ATen/ops/randn.h>
#include <ATen/ops/zeros.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <string_view>

namespace seg::testing {
namespace {

// How a case of the oracle enlarges; most are bilinear without aligned corners.
UpsampleRule rule_of(const std::string& name) {
  return {.mode = name == "nearest_2" ? Interpolation::nearest : Interpolation::bilinear,
          .align_corners = name == "corners_4"};
}

// Relative, but never to less than `smallest`.
double error_of(const at::Tensor& ours, const at::Tensor& expected, double smallest) {
  const double norm = expected.norm().item<double>();
  return relative_error(ours, expected) * (norm == 0.0 ? 1.0 : norm) / std::max(norm, smallest);
}

struct Variant {
  std::string_view name;
  bool has_weights;
  double smoothing;
  bool has_pixel_weights;
};
constexpr Variant kVariants[] = {{"plain", false, 0.0, false},
                                 {"weighted", true, 0.0, false},
                                 {"smooth", false, 0.1, false},
                                 {"both", true, 0.2, false},
                                 {"all", true, 0.2, true}};

struct Kind {
  std::string_view name;
  LossOptions options;
  bool is_of_pixels = true;
  double slack = 1;  // times the tolerance
};
std::vector<Kind> kinds() {
  return {{"ohem", {.kind = LossKind::ohem}},
          {"cross_entropy", {.kind = LossKind::cross_entropy}},
          {"focal", {.kind = LossKind::focal}},
          // Where the network is sure, 1 - p is rounding, and a small power of it is not small.
          {"mild_focal", {.kind = LossKind::focal, .focal_gamma = 0.7}, true, 30},
          {"dice", {.kind = LossKind::dice}, false},
          {"lovasz", {.kind = LossKind::lovasz}, false}};
}

KernelCase case_of(const Oracle& oracle, const std::string& name, const Kind& kind, const Variant& variant) {
  LossOptions options = kind.options;
  options.label_smoothing = variant.smoothing;
  options.upsample = rule_of(name);
  if (variant.has_weights) {
    const at::Tensor weights = oracle.at(name + "/weights");
    options.class_weights.assign(weights.const_data_ptr<double>(), weights.const_data_ptr<double>() + weights.numel());
  }
  KernelCase c{
      .op = Op::loss, .options = options, .inputs = {oracle.at(name + "/logits"), oracle.at(name + "/labels")}};
  if (variant.has_pixel_weights) c.inputs.push_back(oracle.at(name + "/pixel_weights"));
  return c;
}

std::vector<std::string> names_of_cases(const Oracle& oracle) {
  std::vector<std::string> names;
  for (const auto& [key, tensor] : oracle.tensors())
    if (key.ends_with("/logits")) names.push_back(key.substr(0, key.size() - 7));
  return names;
}

}  // namespace

KernelCase random_loss(const LossSize& size, at::ScalarType type) {
  const at::Tensor logits =
      at::randn({size.images, size.classes, size.height, size.width}, at::TensorOptions(type)).mul(2);
  at::Tensor labels = at::randint(0, size.classes, {size.images, size.height * size.factor, size.width * size.factor},
                                  at::TensorOptions(at::kByte));
  labels.masked_fill_(at::rand(labels.sizes()).lt(0.1), 255);
  KernelCase c{
      .op = Op::loss, .options = LossOptions{}, .inputs = {logits.contiguous(at::MemoryFormat::ChannelsLast), labels}};
  c.context.full = c.context.compute = type;
  return c;
}

void expect_losses_equal_to_python(const LossCheck& check) {
  const Oracle& oracle = Oracle::get("loss_cases");
  const std::vector<std::string> names = names_of_cases(oracle);
  ASSERT_GT(names.size(), 10U);
  for (const std::string& name : names)
    for (const Kind& kind : kinds())
      for (const Variant& variant : kVariants) {
        if (!kind.is_of_pixels && variant.smoothing > 0) continue;
        KernelCase c = case_of(oracle, name, kind, variant);
        c.inputs[0] = c.inputs[0].to(check.type).contiguous(check.layout);
        c.composite = check.composite;
        c.context.full = c.context.compute = check.type;
        const KernelResults results = run_kernels(c);
        const std::string key = name + "/" + std::string(kind.name) + "/" + std::string(variant.name);
        const bool is_lovasz = kind.options.kind == LossKind::lovasz;
        // Where the network is sure of itself, a loss is the difference of nearly equal numbers: absolute there.
        constexpr double kSmall = 0.01;
        EXPECT_LT(error_of(results.output, oracle.at(key + "/value"), is_lovasz ? 1.0 : kSmall),
                  kind.slack * check.tolerance)
            << key;
        EXPECT_LT(error_of(results.saved.at(0), oracle.at(key + "/gradient"), kSmall),
                  is_lovasz ? check.lovasz_gradient : kind.slack * check.tolerance)
            << key;
        EXPECT_EQ(results.output.dim(), 0);
      }
}

void expect_scaling_of_the_gradient(bool composite) {
  KernelCase c = random_loss({});
  c.composite = composite;
  const KernelResults plain = run_kernels(c);
  c.options = LossOptions{.weight = 0.5};
  c.context.loss_weight = 0.25;
  const KernelResults scaled = run_kernels(c);
  EXPECT_TRUE(scaled.output.equal(plain.output));
  EXPECT_LT(relative_error(scaled.saved[0], plain.saved[0].mul(0.125)), 1e-6);
}

void expect_nan_for_a_label_out_of_range(bool composite) {
  for (const Kind& kind : kinds()) {
    KernelCase c = random_loss({});
    c.options = kind.options;
    c.composite = composite;
    c.inputs[1][0][0][0] = 5;  // classes are 0 … 4
    EXPECT_TRUE(std::isnan(run_kernels(c).output.item<double>())) << kind.name;
  }
}

void expect_nan_to_show(bool composite) {
  std::vector<Kind> losses = kinds();
  losses.push_back({"ohem of all", {.ohem_min_kept = 1.0}});  // the largest of all, beside few hard pixels
  for (const Kind& kind : losses) {
    KernelCase c = random_loss({});
    c.composite = composite;
    c.options = kind.options;
    c.inputs[0][1][2][3][4] = std::numeric_limits<float>::quiet_NaN();
    c.inputs[1].fill_(0);
    EXPECT_TRUE(std::isnan(run_kernels(c).output.item<double>())) << kind.name;
  }
}

void expect_nothing_where_no_weight_is_left(bool composite) {
  for (const Kind& kind : kinds()) {
    KernelCase c = random_loss({});
    c.composite = composite;
    LossOptions options = kind.options;
    options.class_weights = {0, 0, 0, 0, 0};
    if (kind.is_of_pixels) {
      options.label_smoothing = 0.1;
      c.inputs.push_back(at::zeros(c.inputs[1].sizes()));
    }
    c.options = options;
    const KernelResults results = run_kernels(c);
    EXPECT_EQ(results.output.item<double>(), 0.0) << kind.name;
    EXPECT_EQ(results.saved[0].abs().max().item<double>(), 0.0) << kind.name;
  }
}

void expect_nothing_without_a_valid_pixel(bool composite) {
  for (const Kind& kind : kinds()) {
    KernelCase c = random_loss({});
    c.composite = composite;
    c.options = kind.options;
    c.inputs[1].fill_(255);
    const KernelResults results = run_kernels(c);
    EXPECT_EQ(results.output.item<double>(), 0.0) << kind.name;
    EXPECT_EQ(results.saved[0].abs().max().item<double>(), 0.0) << kind.name;
  }
}

}  // namespace seg::testing
