// SPDX-License-Identifier: Apache-2.0
#include "cli/program.h"

#include <ATen/Context.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <limits>
#include <nlohmann/json.hpp>
#include <span>
#include <string>
#include <vector>

#include "cli/command.h"
#include "engine/device.h"
#include "engine/memory.h"
#include "formats/safetensors.h"
#include "formats/torch_writer.h"
#include "image/png.h"
#include "tests/cli/printed.h"
#include "tests/support/temporary_folder.h"
#include "tests/training/damage.h"
#include "tests/training/small_network.h"
#include "training/weight_file.h"

namespace seg {
namespace {

using testing::Printed;
using testing::run;

TEST(Program, VersionAndHelpAreNoErrors) {
  EXPECT_EQ(run({"--version"}).code, kExitDone);
  EXPECT_NE(run({"--version"}).out.find("segtrain 0."), std::string::npos);
  const Printed help = run({"--help"});
  EXPECT_EQ(help.code, kExitDone);
  for (const Command* command : commands()) EXPECT_NE(help.out.find(command->name), std::string::npos);
  for (const Command* command : commands()) EXPECT_EQ(run({std::string(command->name), "--help"}).code, kExitDone);
}

// The commands that others rely on; one more is a line here and in docs.
TEST(Program, HasTheseCommands) {
  std::vector<std::string> names;
  for (const Command* command : commands()) names.emplace_back(command->name);
  const std::vector<std::string> expected = {"batches", "bench", "cache",  "check",   "compare", "config",
                                             "convert", "demo",  "doctor", "eval",    "forward", "info",
                                             "init",    "model", "new",    "predict", "report",  "train"};
  EXPECT_EQ(names, expected);
}

TEST(Program, WhatTheUserCanMendHasThreePartsAndExitsWithTwo) {
  const Printed result = run({"train", "no-such-file.toml"});
  EXPECT_EQ(result.code, kExitUser);
  EXPECT_NE(result.err.find("no-such-file.toml"), std::string::npos);
  EXPECT_NE(result.err.find("what:"), std::string::npos);
  EXPECT_NE(result.err.find("try:"), std::string::npos);
  EXPECT_EQ(run({"fly"}).code, kExitUser);
  EXPECT_EQ(run({}).code, kExitUser);
}

// Wherever it was: with what was done, what bounds the memory, and the exit code of its own.
TEST(Program, MemoryThatRunsOutIsToldWithTheLimitOfTheConfig) {
  if (!install_arena({.reserve = std::size_t{4} << 30})) GTEST_SKIP() << "built with a sanitizer";
  const testing::TemporaryFolder folder;
  const Printed result =
      run({"train", "dataset=Synthetic", "synthetic_size=64x64", "cropsize=64x64", "max_iter=1", "ims_per_gpu=1",
           "num_workers=0", "sanity_check=false", "memory_limit=0.1", "respth=" + (folder / "run").string()});
  EXPECT_EQ(result.code, kExitOutOfMemory);
  for (const char* part : {"error: memory\n  what: memory ran out while making the network (",
                           "); what may be used is bounded by memory_limit=0.1\n  try:  more memory for this process: "
                           "a larger memory_limit\n"})
    EXPECT_NE(result.err.find(part), std::string::npos) << result.err;
}

TEST(Program, WhatIsNoneOfTheChoicesIsRefusedByTheCommand) {
  struct Case {
    std::vector<std::string> words;
    const char* said;
  };
  for (const Case& one :
       {Case{{"bench", "wheels", "n_cats=2"}, "there is no such part"},
        Case{{"eval", "seed=1", "--weights", "w", "--per-image", "scores.txt"}, "no name of a table"},
        Case{{"eval", "seed=1", "--weights", "w", "--confusion-matrix", "a.jpg"}, "no name of a picture"},
        Case{{"train", "dataset=Synthetic", "max_iter=1", "--resume", "none.safetensors"},
             "there is no such checkpoint"}}) {
    const Printed result = run(one.words);
    EXPECT_EQ(result.code, kExitUser);
    EXPECT_NE(result.err.find(one.said), std::string::npos) << result.err;
  }
}

TEST(Program, ANetworkThatIsNotThereGetsTheNamesOfThoseThatAre) {
  for (const char* word : {"foo", "bisenetv9"}) {
    const Printed result = run({"model", word});
    EXPECT_EQ(result.code, kExitUser);
    EXPECT_NE(result.err.find("neither a network nor a config file"), std::string::npos) << result.err;
    EXPECT_NE(result.err.find("bisenetv1, bisenetv2"), std::string::npos) << result.err;
  }
  EXPECT_NE(run({"model", "foo.toml"}).err.find("No such file"), std::string::npos);
  EXPECT_NE(run({"model", "--help"}).out.find("bisenetv1, bisenetv2"), std::string::npos);
}

TEST(Program, ACountIsAWholeNumberFromOne) {
  for (const char* count : {"-1", "0", "1.5", "one"}) {
    const Printed result = run({"batches", "--preset", "fast", "--out", "x", "--first", count});
    EXPECT_EQ(result.code, kExitUser);
    EXPECT_NE(result.err.find(std::string(count) + " is not a whole number from 1"), std::string::npos) << result.err;
    EXPECT_LT(result.err.size(), 200U);
  }
}

TEST(Program, WithJsonAnErrorLeavesStandardOutputEmpty) {
  const Printed result = run({"model", "foo", "--json"});
  EXPECT_EQ(result.code, kExitUser);
  EXPECT_EQ(result.out, "");
  EXPECT_NE(result.err.find("error: segtrain model foo\n"), std::string::npos);
}

TEST(Program, WithJsonStandardOutputIsOneDocument) {
  const Printed result = run({"model", "bisenetv2", "n_cats=4", "cropsize=64x64", "ims_per_gpu=1", "--json"});
  EXPECT_EQ(result.code, kExitDone);
  const nlohmann::json json = nlohmann::json::parse(result.out);
  for (const char* member : {"parameters", "macs", "layers", "passes", "peak_bytes"})
    EXPECT_TRUE(json.contains(member)) << member;
  EXPECT_GT(json.at("layers").size(), 100U);
}

// With this network the schedule saves nothing.
TEST(Program, ModelTellsWhatPassesSaveAndWhichCanBeSwitched) {
  const std::vector<std::string> words = {"model", "bisenetv1", "n_cats=19", "cropsize=64x64", "precision=fp32"};
  const auto with = [&](const std::string& word) {
    std::vector<std::string> all = words;
    all.push_back(word);
    return run(all);
  };
  const nlohmann::json json = nlohmann::json::parse(with("--json").out);
  int num_fixed = 0;
  for (const nlohmann::json& pass : json.at("passes")) {
    const auto name = pass.at("name").get<std::string>(), saved = pass.at("saved").get<std::string>();
    EXPECT_FALSE(pass.at("does").get<std::string>().empty()) << name;
    EXPECT_EQ(saved.find('-'), std::string::npos) << name << " saves " << saved;
    const bool is_switchable = pass.at("switchable").get<bool>();
    num_fixed += is_switchable ? 0 : 1;
    EXPECT_EQ(with("passes=" + name).code, is_switchable ? kExitDone : kExitUser) << name;
  }
  EXPECT_EQ(num_fixed, 2);
  const std::string schedule = "earliest_schedule, always on, saves ";
  EXPECT_NE(with("--passes").out.find(schedule + "nothing; adds "), std::string::npos) << with("--passes").out;
}

TEST(Program, InfoTellsOfThisMachineAndBuild) {
  const Printed text = run({"info"});
  EXPECT_EQ(text.code, kExitDone);
  for (const char* part : {"LibTorch", "libpng", "processor", "AVX2", "cores", "memory", "disk", "GPU", "device=auto"})
    EXPECT_NE(text.out.find(part), std::string::npos) << part << " in\n" << text.out;
  const Printed result = run({"info", "--json"});
  const nlohmann::json json = nlohmann::json::parse(result.out);
  for (const char* member : {"version", "commit", "build_type", "compiler", "libraries", "host", "cpu", "memory",
                             "disk", "driver", "cuda", "gpus", "device"})
    EXPECT_TRUE(json.contains(member)) << member;
  EXPECT_TRUE(json.at("libraries").contains("libtorch"));
  EXPECT_GE(json.at("cpu").at("usable_processors").get<int>(), 1);
  for (const char* feature : {"avx2", "avx512", "bf16"})
    EXPECT_TRUE(json.at("cpu").at("features").at(feature).is_boolean());
  EXPECT_GT(json.at("memory").at("total_bytes").get<std::int64_t>(), 0);
  EXPECT_GT(json.at("disk").at("free_bytes").get<std::int64_t>(), 0);
  EXPECT_FALSE(json.at("device").at("reason").get<std::string>().empty());
}

TEST(Program, ConvertsWeightsBothWaysWithAllTheySay) {
  const testing::TemporaryFolder folder;
  const std::string first = folder / "a.safetensors", torch = folder / "b.pth", last = folder / "c.safetensors";
  const std::array<float, 2> numbers = {1.5F, -2.0F};
  const TensorEntry entry{
      .name = "w", .type = TensorType::f32, .shape = {2}, .data = std::as_bytes(std::span(numbers))};
  write_safetensors(first, std::array{entry}, {{"segtrain.model", "{}"}});
  const Printed result = run({"convert", first, torch, "--json"});
  EXPECT_EQ(result.code, kExitDone) << result.err;
  const nlohmann::json json = nlohmann::json::parse(result.out);
  EXPECT_EQ(json.at("file"), torch);
  EXPECT_EQ(json.at("tensors").dump(), R"([{"dtype":"F32","name":"w","shape":[2]}])");
  EXPECT_EQ(run({"convert", torch, last}).code, kExitDone);
  EXPECT_NE(run({"convert", torch, last}).err.find("is there already"), std::string::npos);
  EXPECT_EQ(run({"convert", torch, last, "--force"}).code, kExitDone);
  EXPECT_EQ(read_file(last), read_file(first));  // nothing is lost on the way

  EXPECT_NE(run({"convert", torch, torch, "--force"}).err.find("would be overwritten"), std::string::npos);
  EXPECT_NE(run({"convert", torch, folder / "d.onnx"}).err.find("no known kind"), std::string::npos);
  EXPECT_EQ(run({"convert", folder / "none.pth", last}).code, kExitUser);
  const std::filesystem::path never = folder / "e.safetensors";
  testing::flip_last_bit(first);  // what is damaged gets no new checksum
  EXPECT_NE(run({"convert", first, never}).err.find("checksum does not match"), std::string::npos);
  EXPECT_FALSE(std::filesystem::exists(never));
}

TEST(Program, ConvertTakesTheWeightsAloneOutOfACheckpoint) {
  const testing::TemporaryFolder folder;
  const std::string step = folder / "step_000002.safetensors", plain = folder / "plain.safetensors";
  testing::write_checkpoint(step, testing::state_at(2));
  const Printed text = run({"convert", step, folder / "w.pth"});
  EXPECT_EQ(text.code, kExitDone);
  EXPECT_NE(text.out.find("that only going on with training needs"), std::string::npos) << text.out;
  EXPECT_EQ(run({"convert", folder / "w.pth", plain}).code, kExitDone);
  const SafetensorsFile converted(plain), checkpoint(step);
  std::size_t num_weights = 0;
  for (const TensorEntry& entry : checkpoint.tensors()) num_weights += entry.name.starts_with("momentum.") ? 0 : 1;
  EXPECT_LT(num_weights, checkpoint.tensors().size());
  EXPECT_EQ(converted.tensors().size(), num_weights);
  for (const TensorEntry& entry : converted.tensors())
    EXPECT_TRUE(std::ranges::equal(entry.data, checkpoint.find(entry.name)->data)) << entry.name;
  EXPECT_EQ(load_weights(plain).card.model, load_weights(step).card.model);
  EXPECT_THROW((void)read_run_state(plain), UserError);  // it does not say that a run can go on from it
}

TEST(Program, ConvertsNumbersThatAreNotFiniteWithAWarningAndUsesThemNowhere) {
  const testing::TemporaryFolder folder;
  const std::string file = folder / "a.safetensors", torch = folder / "b.pth";
  const std::array<float, 2> numbers = {1.5F, std::numeric_limits<float>::quiet_NaN()};
  const TensorEntry entry{
      .name = "w", .type = TensorType::f32, .shape = {2}, .data = std::as_bytes(std::span(numbers))};
  write_safetensors(file, std::array{entry});
  const Printed result = run({"convert", file, torch});
  EXPECT_EQ(result.code, kExitDone) << result.err;
  EXPECT_NE(result.out.find("\"w\" (1 of 2)"), std::string::npos) << result.out;
  write_png(folder / "x.png", LabelMap(4, 4));
  for (const std::string& weights : {file, torch}) {
    const Printed use = run({"predict", weights, folder / "x.png", "--out", folder / "out"});
    EXPECT_EQ(use.code, kExitUser);
    EXPECT_NE(use.err.find("not finite"), std::string::npos) << use.err;
  }
}

TEST(Program, EvaluatesForeignWeightsAsTheConfigSaysAndNoneOfAnotherNetwork) {
  const testing::TemporaryFolder folder;
  const std::string own = folder / "own.safetensors", foreign = folder / "foreign.pth";
  const std::vector<std::string> keys = {"dataset=Synthetic",    "synthetic_images=2", "synthetic_val_images=2",
                                         "synthetic_size=32x64", "num_workers=0",      "max_iter=1",
                                         "cropsize=32x64"};
  const auto command = [&](std::vector<std::string> words, const std::vector<std::string>& more) {
    words.insert(words.end(), keys.begin(), keys.end());
    words.insert(words.end(), more.begin(), more.end());
    return run(words);
  };
  ASSERT_EQ(command({"init"}, {"--out", own}).code, kExitDone);
  EXPECT_NE(command({"init"}, {"--out", own}).err.find("is there already"), std::string::npos);
  {  // as other programs leave weights: no description, no auxiliary heads, a prefix
    const SafetensorsFile file(own);
    std::vector<TensorEntry> tensors;
    for (TensorEntry tensor : file.tensors())
      if (!tensor.name.starts_with("aux")) {
        tensor.name.insert(0, "module.");
        tensors.push_back(tensor);
      }
    write_torch_file(foreign, tensors);
  }
  const Printed ours = command({"eval"}, {"--weights", own, "--json"});
  const Printed theirs = command({"eval"}, {"--weights", foreign, "--json"});
  ASSERT_EQ(ours.code, kExitDone) << ours.err;
  ASSERT_EQ(theirs.code, kExitDone) << theirs.err;
  EXPECT_EQ(nlohmann::json::parse(ours.out).at("protocols"), nlohmann::json::parse(theirs.out).at("protocols"));

  const std::string table = folder / "table.csv";
  EXPECT_EQ(command({"eval"}, {"--weights", own, "--per-image", table}).code, kExitDone);
  EXPECT_NE(command({"eval"}, {"--weights", own, "--per-image", table}).err.find("is there already"),
            std::string::npos);
  EXPECT_NE(command({"eval"}, {"--weights", own, "--worst", folder.path().string()}).err.find("holds files already"),
            std::string::npos);

  const Printed other = command({"eval", "model_type=bisenetv1"}, {"--weights", own});
  EXPECT_EQ(other.code, kExitUser);
  EXPECT_NE(other.err.find("holds weights of bisenetv2"), std::string::npos) << other.err;
  EXPECT_NE(other.err.find("try:  model_type=bisenetv2"), std::string::npos) << other.err;
  const Printed misfit = command({"eval", "model_type=bisenetv1"}, {"--weights", foreign});
  EXPECT_NE(misfit.err.find("is missing"), std::string::npos) << misfit.err;
}

TEST(Program, EveryCommandThatRunsANetworkSetsTorchUpAsItIsTold) {
  const testing::TemporaryFolder folder;
  const std::string weights = folder / "w.safetensors", image = folder / "a.png";
  const std::vector<std::string> keys = {"dataset=Synthetic",      "synthetic_images=2",
                                         "synthetic_val_images=1", "synthetic_size=32x64",
                                         "num_workers=0",          "max_iter=1",
                                         "cropsize=32x64",         "ims_per_gpu=1",
                                         "sanity_check=false",     "respth=" + (folder / "res").string()};
  write_png(image, Image({32, 64, 3, PixelType::u8}));
  // Each begins with what holds without a word, so one command does not answer for the next.
  const auto answers = [&](std::vector<std::string> words, bool has_config) {
    if (has_config) words.insert(words.end(), keys.begin(), keys.end());
    words.insert(words.end(), {"threads=1", "deterministic=true", "allow_tf32=false"});
    const Printed result = run(words);
    EXPECT_EQ(result.code, kExitDone) << words.front() << ": " << result.err;
    const at::Context& torch = at::globalContext();
    return compute_threads() == 1 && torch.deterministicAlgorithms() &&
           torch.float32Precision(at::Float32Backend::CUDA, at::Float32Op::MATMUL) == at::Float32Precision::IEEE;
  };
  std::vector<std::string> init = {"init", "--out", weights};
  init.insert(init.end(), keys.begin(), keys.end());
  ASSERT_EQ(run(init).code, kExitDone);
  EXPECT_FALSE(at::globalContext().deterministicAlgorithms());
  EXPECT_TRUE(answers({"train"}, true));
  EXPECT_TRUE(answers({"eval", "--weights", weights}, true));
  EXPECT_TRUE(answers({"predict", weights, image, "--out", folder / "out"}, false));
  EXPECT_TRUE(answers({"bench", "step", "--steps", "1", "--warmup", "0"}, true));
  EXPECT_TRUE(answers({"bench", "infer", "--steps", "1", "--warmup", "0"}, true));
  EXPECT_TRUE(answers({"bench", "infer", weights, "--size", "32x64", "--steps", "1", "--warmup", "0"}, false));
  EXPECT_TRUE(answers({"bench", "kernels", "--steps", "1"}, true));
  EXPECT_EQ(run({"info"}).code, kExitDone);  // and others do not inherit it
  EXPECT_FALSE(at::globalContext().deterministicAlgorithms());
}

TEST(Program, QuietLeavesOnlyErrors) {
  const Printed result = run({"model", "bisenetv2", "cropsize=64x64", "--quiet"});
  EXPECT_EQ(result.code, kExitDone);
  EXPECT_EQ(result.out, "");
}

TEST(Program, ThePrintedConfigIsPrintedWithoutDecoration) {
  const Printed result = run({"config", "--preset", "low-memory"});
  EXPECT_EQ(result.code, kExitDone);
  EXPECT_NE(result.out.find("gradient_accumulation_steps = 2"), std::string::npos);
}

}  // namespace
}  // namespace seg
