// SPDX-License-Identifier: Apache-2.0
#include "tests/doctor/judged.h"

namespace seg::testing {
namespace {

TEST(ComputingRules, HalfPrecisionGainsWhatTheLoaderLetsIt) {
  Figures figures = healthy_figures();
  figures.precision = "fp32";
  figures.half_step_rate = 80;
  const auto finding = found(figures, "half_precision");
  ASSERT_TRUE(finding);
  EXPECT_EQ(finding->change, (Change{{"precision", "bf16"}}));
  EXPECT_NEAR(finding->expected_speedup.value(), 50.0 / 30, 1e-9);  // the loader gives no more
  EXPECT_TRUE(contains(finding->evidence, "30.0 images/s in fp32, 80.0 in bf16")) << finding->evidence;
  figures.half_step_rate = 30.2;
  EXPECT_FALSE(found(figures, "half_precision"));
  EXPECT_FALSE(found(healthy_figures(), "half_precision"));
}

TEST(ComputingRules, WithoutNativeHalfPrecisionThereIsNoneToWant) {
  Figures figures = healthy_figures();
  figures.precision = "fp32";
  figures.half_precision = "none";
  EXPECT_FALSE(found(figures, "half_precision"));
  figures.half_precision.reset();
  EXPECT_FALSE(found(figures, "half_precision"));
}

TEST(ComputingRules, WhatWasNotMeasuredIsNotPromised) {
  Figures figures = healthy_figures();
  figures.precision = "fp32";
  const auto finding = found(figures, "half_precision");
  ASSERT_TRUE(finding);
  EXPECT_FALSE(finding->expected_speedup);
}

TEST(ComputingRules, DeterministicKernelsCostSomethingOnAGpu) {
  Figures figures = healthy_figures();
  figures.deterministic = true;
  EXPECT_FALSE(found(figures, "deterministic_kernels"));  // a CPU's always are
  figures.computes_on_cpu = false;
  figures.free_kernels_step_rate = 33;
  const auto finding = found(figures, "deterministic_kernels");
  ASSERT_TRUE(finding);
  EXPECT_NEAR(finding->expected_speedup.value(), 1.1, 1e-9);
  EXPECT_EQ(effect_of(finding->change), Effect::numeric);
  figures.free_kernels_step_rate = 30;
  EXPECT_FALSE(found(figures, "deterministic_kernels"));
}

TEST(ComputingRules, SmallMicroBatchesCanBeFewerAndLarger) {
  Figures figures = healthy_figures();
  figures.images_of_micro_batch = 1;
  figures.micro_batches = 8;
  EXPECT_FALSE(found(figures, "small_micro_batch"));  // not measured
  figures.larger_batch_step_rate = 36;
  const auto finding = found(figures, "small_micro_batch");
  ASSERT_TRUE(finding);
  EXPECT_EQ(finding->change, (Change{{"gradient_accumulation_steps", "1"}, {"ims_per_gpu", "8"}}));
  EXPECT_EQ(effect_of(finding->change), Effect::statistical);
  EXPECT_NEAR(finding->expected_speedup.value(), 1.2, 1e-9);
  EXPECT_TRUE(contains(finding->evidence, "micro-batches of 1 take 30.0 images/s, those of 8 take 36.0"));
  figures.larger_batch_step_rate = 30;
  EXPECT_FALSE(found(figures, "small_micro_batch"));
  EXPECT_FALSE(found(healthy_figures(), "small_micro_batch"));
}

TEST(ComputingRules, ALargerBatchThanTheConfigsChangesWhatIsLearned) {
  Figures figures = healthy_figures();
  figures.images_of_micro_batch = 2;
  figures.larger_batch_step_rate = 40;
  const auto finding = found(figures, "small_micro_batch");
  ASSERT_TRUE(finding);
  EXPECT_EQ(finding->change, (Change{{"ims_per_gpu", "4"}}));
  EXPECT_EQ(effect_of(finding->change), Effect::learned);
}

TEST(ComputingRules, ThreadsThatWaitForProcessorsHaveCompany) {
  Figures figures = healthy_figures();
  figures.processor_wait_share = 0.4;
  figures.busy_elsewhere = 5;
  const auto finding = found(figures, "oversubscribed");
  ASSERT_TRUE(finding);
  EXPECT_EQ(finding->change, (Change{{"num_workers", "1"}, {"threads", "2"}}));  // three processors are left
  EXPECT_NEAR(finding->expected_speedup.value(), 1 / 0.6, 1e-9);
  EXPECT_TRUE(contains(finding->evidence, "8 threads of this run on 8 processors, of which others keep 5.0 busy"))
      << finding->evidence;
  figures.busy_elsewhere = 20;
  EXPECT_EQ(found(figures, "oversubscribed").value().change, (Change{{"num_workers", "0"}, {"threads", "1"}}));
  figures.processor_quota = 2;  // of a machine that is much larger
  EXPECT_TRUE(found(figures, "oversubscribed").value().change.empty());
  figures.processor_quota.reset();
  figures.busy_elsewhere.reset();
  EXPECT_TRUE(found(figures, "oversubscribed").value().change.empty());
  EXPECT_FALSE(found(healthy_figures(), "oversubscribed"));
}

TEST(ComputingRules, TooManyThreadsOfItsOwnAreCutDown) {
  Figures figures = healthy_figures();
  figures.threads = 8;
  figures.workers = 3;
  const auto finding = found(figures, "oversubscribed");
  ASSERT_TRUE(finding);
  EXPECT_EQ(finding->change, (Change{{"num_workers", "3"}, {"threads", "5"}}));
  EXPECT_EQ(finding->advice, "fewer compute threads, so that each thread has a processor of its own");
  figures.workers = 20;
  EXPECT_EQ(found(figures, "oversubscribed").value().change, (Change{{"num_workers", "7"}, {"threads", "1"}}));
  EXPECT_TRUE(contains(found(figures, "oversubscribed").value().advice, "fewer compute threads and fewer workers, so"));
}

TEST(ComputingRules, ASingleComputeThreadKeepsItsProcessorAndWorkersGo) {
  Figures figures = recorded_figures("oversubscribed");  // two processors
  figures.threads = 1;
  figures.workers = 3;
  const auto finding = found(figures, "oversubscribed");
  ASSERT_TRUE(finding);
  EXPECT_EQ(finding->change, (Change{{"num_workers", "1"}}));
  EXPECT_EQ(finding->advice, "fewer workers, so that each thread has a processor of its own");
  EXPECT_TRUE(contains(finding->evidence, "4 threads of this run on 2 processors")) << finding->evidence;
  figures.processors = 1;
  EXPECT_EQ(found(figures, "oversubscribed").value().change, (Change{{"num_workers", "0"}}));
  EXPECT_TRUE(contains(found(figures, "oversubscribed").value().evidence, "on 1 processor, of which"));
}

TEST(ComputingRules, WhereNoThreadCanBeSparedNothingIsSaidOfThreads) {
  Figures figures = recorded_figures("oversubscribed");
  EXPECT_EQ(found(figures, "oversubscribed").value().advice,
            "end what runs beside, or give this run fewer compute threads");
  figures.threads = 1;
  EXPECT_FALSE(found(figures, "oversubscribed"));
  figures.workers = 1;
  EXPECT_EQ(found(figures, "oversubscribed").value().advice, "end what runs beside, or give this run fewer workers");
  figures.computes_on_cpu = false;
  figures.threads = 8;  // of a run whose GPU computes
  EXPECT_TRUE(contains(found(figures, "oversubscribed").value().evidence, "2 threads of this run"));
  figures.workers = 0;
  EXPECT_FALSE(found(figures, "oversubscribed"));
}

TEST(ComputingRules, AGpuThatIdlesHasTooLittleToDo) {
  Figures figures = healthy_figures();
  figures.computes_on_cpu = false;
  figures.gpu_utilisation = 0.55;
  figures.gpu_memory_share = 0.3;
  figures.larger_batch_step_rate = 20;  // of larger micro-batches of the same batch, which is another change
  const auto finding = found(figures, "idle_gpu");
  ASSERT_TRUE(finding);
  EXPECT_EQ(finding->change, (Change{{"ims_per_gpu", "16"}}));
  EXPECT_FALSE(finding->expected_speedup);
  for (const Amount& share : {Amount(0.7), Amount()}) {  // a larger batch may not fit
    figures.gpu_memory_share = share;
    EXPECT_TRUE(found(figures, "idle_gpu").value().change.empty());
    EXPECT_EQ(found(figures, "idle_gpu").value().advice,
              "fewer, larger kernels: a larger crop in place of more images");  // it is in bf16 already
  }
  figures.precision = "fp32";
  EXPECT_TRUE(contains(found(figures, "idle_gpu").value().advice, "half precision, or a larger crop"));
  figures.gpu_utilisation = 0.95;
  EXPECT_FALSE(found(figures, "idle_gpu"));
  figures.gpu_utilisation = 0.55;
  set(figures, Phase::data_wait, 0.5);  // that is the loader's fault
  EXPECT_FALSE(found(figures, "idle_gpu"));
  figures.gpu_utilisation.reset();
  EXPECT_FALSE(found(figures, "idle_gpu"));
}

TEST(ComputingRules, NumbersReadBackInEveryStepAreCounted) {
  Figures figures = healthy_figures();
  figures.reads_back_per_step = 3;
  EXPECT_FALSE(found(figures, "reads_back"));  // nobody waits on a CPU
  figures.computes_on_cpu = false;
  figures.reads_back_by = "trainer.cpp:7 3.0";
  EXPECT_EQ(found(figures, "reads_back").value().evidence,
            "3.0 times a step numbers are read back from the device: trainer.cpp:7 3.0");
  figures.reads_back_per_step = 0.1;
  EXPECT_FALSE(found(figures, "reads_back"));
}

}  // namespace
}  // namespace seg::testing
