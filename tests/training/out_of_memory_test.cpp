// SPDX-License-Identifier: Apache-2.0
#include "training/out_of_memory.h"

#include <c10/util/Exception.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <functional>
#include <memory>
#include <new>
#include <set>
#include <stdexcept>
#include <string>
#include <system_error>
#include <vector>

#include "graph/builder.h"
#include "graph/pass_catalogue.h"
#include "graph/passes.h"
#include "tests/engine/support/failing_allocator.h"
#include "tests/support/problem_of.h"
#include "tests/support/temporary_folder.h"
#include "tests/training/hand_batch.h"
#include "tests/training/small_network.h"
#include "training/checkpoint.h"
#include "training/read_back.h"

namespace seg {
namespace {

using testing::contains;
using testing::FailingAllocator;
using testing::HandBatch;
using testing::same_bits;

// Two heads, and all that a step may leave half done: statistics, counters, dropout, several contributions to one
// gradient.
Graph two_heads(bool is_bf16) {
  GraphBuilder g;
  const Value image = g.input("image", {.channels = 3});
  Value x = g.relu(g.batch_norm("stem_bn", g.convolution("stem", image, {.out_channels = 16, .stride = 2})));
  x = g.add(x, g.relu(g.batch_norm("body_bn", g.convolution("body", x, {.out_channels = 16}))));
  x = g.max_pool(x, {});
  const Value pooled =
      g.sigmoid(g.convolution("gate", g.global_pool(x), {.out_channels = 16, .kernel = 1, .padding = 0}));
  x = g.mul(x, pooled);
  GraphBuilder head = g.with({.lr_multiplier = 10});
  g.output("logits", head.convolution("head", g.dropout(x, 0.3), {.out_channels = 4, .bias = true}),
           {.upsample = {.factor = 4}});
  g.output("aux", head.convolution("aux", g.upsample(x, {}), {.out_channels = 4}),
           {.role = OutputRole::auxiliary, .upsample = {.factor = 2}});
  const Normalization normalization{.mean = {0.4, 0.5, 0.6}, .deviation = {0.2, 0.2, 0.2}};
  const Graph graph = with_passes(with_normalization(with_losses(g.build(), {}), normalization), choose_passes({}, {}));
  return is_bf16 ? with_compute_casts(graph) : graph;
}

struct Variant {
  OptimizerKind optimizer = OptimizerKind::sgd;
  bool is_bf16 = false;
  double largest_gradient_norm = 0;
};

struct Subject {
  explicit Subject(const Variant& variant, std::int64_t micro_batches)
      : graph(two_heads(variant.is_bf16)),
        parameters(graph),
        network(graph, parameters, {.compute = variant.is_bf16 ? at::kBFloat16 : at::kFloat, .phases = &phases}),
        optimizer(make_optimizer(parameters, {.kind = variant.optimizer})),
        average(graph, parameters, 0.9),
        collectives(single_process()),
        step(network, parameters, *optimizer, *collectives, phases,
             {.micro_batches = micro_batches, .largest_gradient_norm = variant.largest_gradient_norm}, &average) {}

  StepResult run(std::int64_t number, bool may_split = true) {
    const HandBatch batch({.step = number});
    return run_step(step, batch.view(), 0.05,
                    {.may_split = may_split, .tell = [this](const BatchSplit& split) { splits.push_back(split); }});
  }

  Graph graph;
  ParameterStore parameters;
  PhaseTimer phases;
  Network network;
  const std::unique_ptr<Optimizer> optimizer;
  WeightAverage average;
  const std::unique_ptr<Collectives> collectives;
  TrainingStep step;
  std::vector<BatchSplit> splits;
};

void expect_equal(const Subject& one, const Subject& other) {
  EXPECT_TRUE(same_bits(one.parameters, other.parameters));
  EXPECT_TRUE(same_bits(one.average.parameters(), other.average.parameters()));
  ASSERT_EQ(one.optimizer->state().size(), other.optimizer->state().size());
  for (std::size_t i = 0; i < one.optimizer->state().size(); ++i)
    EXPECT_TRUE(same_bits(one.optimizer->state()[i].tensor, other.optimizer->state()[i].tensor));
  EXPECT_EQ(read_back(one.step.found_not_finite()), read_back(other.step.found_not_finite()));
}

// Three steps, of which the second fails at each of its allocations in turn, against three of which the second and
// third were told to be split; and the same for the first.
void expect_a_failure_to_be_a_split(const Variant& variant) {
  for (const std::int64_t failing : {1, 2}) {
    Subject expected(variant, 1), whole(variant, 1);
    std::int64_t num_allocations = 0;
    {
      FailingAllocator allocator;
      for (std::int64_t step = 1; step <= 3; ++step) {
        if (step == failing) expected.step.set_micro_batches(2);
        (void)expected.run(step);
        allocator.fail_at(0);
        (void)whole.run(step);
        if (step == failing) num_allocations = allocator.count();
      }
    }
    EXPECT_FALSE(same_bits(whole.parameters, expected.parameters)) << "a split must show, or this test shows nothing";
    ASSERT_GT(num_allocations, 50);
    for (std::int64_t n = 1; n <= num_allocations; n += failing == 1 ? 1 : 3) {
      SCOPED_TRACE("allocation " + std::to_string(n) + " of step " + std::to_string(failing));
      Subject subject(variant, 1);
      FailingAllocator allocator;
      for (std::int64_t step = 1; step <= 3; ++step) {
        allocator.fail_at(step == failing ? n : 0);
        (void)subject.run(step);
      }
      ASSERT_EQ(subject.splits.size(), 1U);
      EXPECT_EQ(subject.splits.front().step, failing);
      EXPECT_EQ(subject.splits.front().parts, 2);
      expect_equal(subject, expected);
      if (::testing::Test::HasFailure()) return;
    }
  }
}

TEST(OutOfMemory, AnywhereInAStepLeadsToTheBitsOfAConfiguredSplit) { expect_a_failure_to_be_a_split({}); }
TEST(OutOfMemory, LikewiseWithAdamwAndAGradientOfLimitedLength) {
  expect_a_failure_to_be_a_split({.optimizer = OptimizerKind::adamw, .largest_gradient_norm = 0.1});
}
TEST(OutOfMemory, LikewiseInBf16) { expect_a_failure_to_be_a_split({.is_bf16 = true}); }

TEST(OutOfMemory, ChangingTheWeightsTakesNoMemory) {
  for (const OptimizerKind kind : {OptimizerKind::sgd, OptimizerKind::adamw}) {
    Subject subject({.optimizer = kind}, 1);
    (void)subject.run(1);
    const at::Tensor flag = testing::no_flag();
    FailingAllocator allocator;
    subject.optimizer->step(0.1, flag);
    subject.average.update(2, flag);
    EXPECT_EQ(allocator.count(), 0);
  }
}

// Of a body during which no tensor gets memory.
Problem problem_without_memory(const std::function<void()>& body) {
  const FailingAllocator restoring;
  struct Failing final : c10::Allocator {
    c10::DataPtr allocate(std::size_t) override { throw std::bad_alloc(); }
    void copy_data(void*, const void*, std::size_t) const override {}
  };
  static Failing all;
  c10::SetCPUAllocator(&all, 100);
  try {
    body();
  } catch (const UserError& error) {
    return error.problems().front();
  }
  return {};
}

TEST(OutOfMemory, AgainAndAgainItSplitsDownToSingleImagesAndThenGivesUp) {
  Subject subject({}, 1);
  const Problem problem = problem_without_memory([&] { (void)subject.run(1); });
  EXPECT_EQ(problem.where, "step 1");
  EXPECT_TRUE(contains(problem.what, "a single image of 16x16")) << problem.what;
  EXPECT_TRUE(contains(problem.what, "as it had on 4 and 2 at once")) << problem.what;
  EXPECT_TRUE(contains(problem.remedy, "cropsize")) << problem.remedy;
  ASSERT_EQ(subject.splits.size(), 2U);
  EXPECT_EQ(subject.step.micro_batches(), 4);
  Subject expected({}, 4);
  (void)expected.run(1);
  (void)subject.run(1);  // and there is going on afterwards
  expect_equal(subject, expected);
}

// Where there is no run, there is neither a step of it nor a checkpoint.
TEST(OutOfMemory, OfATrialItIsToldAsWhatItIs) {
  const HandBatch batch({.step = 2});
  const auto problem_of = [&](bool may_split) {
    Subject subject({}, 1);
    return problem_without_memory(
        [&] { (void)run_step(subject.step, batch.view(), 0, {.may_split = may_split, .trial = "the rehearsal"}); });
  };
  for (const bool may_split : {true, false}) {
    const Problem problem = problem_of(may_split);
    EXPECT_EQ(problem.where, "the rehearsal");
    EXPECT_TRUE(contains(problem.what, "nothing was trained")) << problem.what;
    EXPECT_FALSE(contains(problem.what + problem.remedy, "checkpoint")) << problem.remedy;
    EXPECT_EQ(contains(problem.remedy, "on_oom=split"), !may_split) << problem.remedy;
  }
  EXPECT_TRUE(contains(problem_of(true).what, "a single image of 16x16")) << problem_of(true).what;
  EXPECT_TRUE(contains(problem_of(true).what, "as it had on 4 and 2 at once")) << problem_of(true).what;
  EXPECT_TRUE(contains(problem_of(false).what, "4 images of 16x16")) << problem_of(false).what;
}

TEST(OutOfMemory, ASingleImageThatIsForecastToNeedMoreIsToldWithHowMuch) {
  const auto remedy_at = [](std::int64_t image_bytes) {
    Subject subject({}, 1);
    const HandBatch batch;
    const OutOfMemoryPolicy policy{.memory = {.memory_limit = 1e6}, .image_bytes = [=] { return image_bytes; }};
    return problem_without_memory([&] { (void)run_step(subject.step, batch.view(), 0, policy); }).remedy;
  };
  EXPECT_FALSE(contains(remedy_at(1), "(by ")) << remedy_at(1);
  EXPECT_TRUE(contains(remedy_at(std::int64_t{1} << 60), " at least), or precision=bf16"))
      << remedy_at(std::int64_t{1} << 60);
}

TEST(OutOfMemory, WithoutLeaveToSplitItIsToldWithWhatToTryAndNothingHasChanged) {
  Subject subject({}, 1), untouched({}, 1);
  FailingAllocator allocator;
  allocator.fail_at(40);
  try {
    (void)subject.run(1, false);
    ADD_FAILURE();
  } catch (const OutOfMemory& error) {
    ADD_FAILURE() << "a smaller batch may fit: " << error.problems().front().what;
  } catch (const UserError& error) {
    const Problem& problem = error.problems().front();
    EXPECT_TRUE(contains(problem.what, "4 images of 16x16")) << problem.what;
    for (const char* word : {"on_oom=split: the same command then goes on", "--resume FILE"})
      EXPECT_TRUE(contains(problem.remedy, word)) << problem.remedy;
  }
  EXPECT_EQ(subject.step.micro_batches(), 1);
  expect_equal(subject, untouched);
}

TEST(OutOfMemory, IsKnownByTypeAndByWords) {
  EXPECT_TRUE(is_out_of_memory(std::bad_alloc()));
  const c10::SourceLocation here{"function", "file", 1};
  EXPECT_TRUE(is_out_of_memory(c10::OutOfMemoryError(here, "CUDA out of memory")));
  EXPECT_TRUE(is_out_of_memory(c10::Error(here, "DefaultCPUAllocator: can't allocate memory: you tried …")));
  EXPECT_TRUE(is_out_of_memory(std::runtime_error("CUDA error: out of memory")));
  EXPECT_TRUE(is_out_of_memory(std::runtime_error("could not create a primitive")));
  EXPECT_FALSE(is_out_of_memory(c10::Error(here, "shapes differ")));
  EXPECT_FALSE(is_out_of_memory(std::logic_error("[step] no")));
}

TEST(OutOfMemory, OtherFailuresPass) {
  Subject subject({}, 3);  // four images in three parts
  EXPECT_THROW((void)subject.run(1), std::logic_error);
  EXPECT_TRUE(subject.splits.empty());
}

void expect_not_tried_again(const std::function<void()>& failure) {
  struct Breaking final : Optimizer {
    Breaking(const ParameterStore& parameters, const std::function<void()>& failure)
        : Optimizer(parameters, {}), fail_now(failure) {}
    void step(double, const at::Tensor&) override { fail_now(); }
    const std::function<void()>& fail_now;
  };
  Subject subject({}, 1);
  Breaking breaking(subject.parameters, failure);
  TrainingStep step(subject.network, subject.parameters, breaking, *subject.collectives, subject.phases, {});
  const HandBatch batch;
  try {
    (void)run_step(step, batch.view(), 0.05, {});
    ADD_FAILURE();
  } catch (const std::runtime_error& error) {
    EXPECT_TRUE(contains(error.what(), "while the weights were being changed")) << error.what();
  }
}

TEST(OutOfMemory, AFailureWhileTheWeightsChangeIsNotTriedAgain) {
  expect_not_tried_again([] { throw std::bad_alloc(); });
  // The words by which LibTorch tells it.
  expect_not_tried_again([] { throw std::runtime_error("DefaultCPUAllocator: can't allocate memory"); });
}

TEST(OutOfMemory, ElsewhereThanInAStepIsToldWithWhatWasDoneAndWhatBoundsIt) {
  const auto told_of = [](const auto& body) -> Problem {
    MemoryConfig config;
    config.memory_limit = 0.125;
    try {
      body();
    } catch (const std::exception& error) {
      EXPECT_TRUE(is_out_of_memory(error));
      return out_of_memory_problem(error, "doing something", config);
    }
    return {};
  };
  const Problem named = told_of(
      [] { while_doing("reading outside", [] { while_doing("reading inside", [] { throw std::bad_alloc(); }); }); });
  EXPECT_TRUE(contains(named.what,
                       "while reading inside (std::bad_alloc); what may be used is bounded by "
                       "memory_limit=0.125"))
      << named.what;
  EXPECT_EQ(named.remedy, "more memory for this process: a larger memory_limit");
  EXPECT_TRUE(contains(told_of([] { throw std::bad_alloc(); }).what, "while doing something ("));
  EXPECT_EQ(while_doing("counting", [] { return 3; }), 3);
  EXPECT_THROW(while_doing("x", [] { throw std::out_of_range("x"); }), std::out_of_range);
}

TEST(OutOfMemory, WhatIsToldAlreadyStaysAsItIs) {
  EXPECT_FALSE(is_out_of_memory(UserError(Problem{"where", "can't allocate memory", "try"})));
  EXPECT_THROW(while_doing("x", [] { throw OutOfMemory(Problem{"a", "std::bad_alloc", "c"}); }), OutOfMemory);
}

TEST(OutOfMemory, IsAThreadForWhichThereIsNoStack) {
  EXPECT_TRUE(is_out_of_memory(std::system_error(std::make_error_code(std::errc::resource_unavailable_try_again))));
  EXPECT_FALSE(is_out_of_memory(std::system_error(std::make_error_code(std::errc::permission_denied))));
}

// Each allocation in turn: what is written or read is named, and nothing is left behind.
TEST(OutOfMemory, WhereACheckpointIsWrittenOrReadNamesTheFile) {
  const testing::TemporaryFolder folder;
  const testing::SmallTraining trained(1);
  const std::filesystem::path path = folder / "step.safetensors";
  testing::SmallTraining other(2);
  const auto allocations_of = [](FailingAllocator& allocator, const auto& body) {
    allocator.fail_at(0);
    body();
    return allocator.count();
  };
  const auto doing_of = [](const auto& body) -> std::string {
    try {
      body();
    } catch (const RanOutWhile& error) {
      return error.doing();
    }
    return {};
  };
  FailingAllocator allocator;
  const auto save = [&] { save_checkpoint(path, testing::small_card(), trained.parameters, trained.optimizer, {}); };
  const std::int64_t to_save = allocations_of(allocator, save);
  ASSERT_GE(to_save, 2);  // weights and momenta that lie channels-last
  std::filesystem::remove(path);
  for (std::int64_t n = 1; n <= to_save; ++n) {
    allocator.fail_at(n);
    EXPECT_EQ(doing_of(save), "writing " + path.string());
    EXPECT_TRUE(std::filesystem::is_empty(folder.path()));
  }
  allocator.fail_at(0);
  save();
  const auto load = [&] { load_checkpoint(path, other.parameters, other.optimizer); };
  const std::int64_t to_load = allocations_of(allocator, load);
  for (std::int64_t n = 1; n <= to_load; ++n) {
    allocator.fail_at(n);
    EXPECT_EQ(doing_of(load), "reading " + path.string());
  }
}

TEST(OutOfMemory, PartsAreAtMostHalfAsLargeAndEqual) {
  EXPECT_EQ(more_parts(8, 1), 2);
  EXPECT_EQ(more_parts(8, 4), 8);
  EXPECT_EQ(more_parts(8, 8), 0);
  EXPECT_EQ(more_parts(6, 2), 6);
  EXPECT_EQ(more_parts(7, 1), 7);
  EXPECT_EQ(more_parts(10, 2), 5);
  EXPECT_EQ(more_parts(1, 1), 0);
}

}  // namespace
}  // namespace seg
