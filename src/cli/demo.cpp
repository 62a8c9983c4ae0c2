// SPDX-License-Identifier: Apache-2.0
#include <filesystem>
#include <memory>

#include "cli/command.h"
#include "cli/program.h"
#include "config/resolve.h"
#include "training/run.h"

namespace seg {
namespace {

// Small enough for a minute on two cores, large enough to learn streets.
const std::vector<std::string> kDemoConfig = {
    "dataset=Synthetic", "synthetic_images=600", "synthetic_val_images=40",  "synthetic_size=96x192",
    "cropsize=96x192",   "scales=0.75,1.5",      "color_jitter=0.2,0.2,0.2", "ims_per_gpu=4",
    "max_iter=200",      "warmup_iters=20",      "lr_start=0.008",           "loss=ce",
    "dropout=0",         "eval_interval=0",      "log_interval=20",          "eval_ims_per_gpu=8"};

RunCommand declare(CLI::App& app) {
  const auto folder = std::make_shared<std::string>("segtrain-demo");
  app.add_option("--out", *folder, "the run folder")->type_name("DIR")->capture_default_str();
  return [folder](Session& session) {
    TrainRequest request{.config = {}, .arguments = session.arguments};
    std::vector<std::string> keys = kDemoConfig;
    keys.push_back("respth=" + *folder);
    request.config = load_config({.file = std::nullopt, .overrides = keys, .purpose = Purpose::train}, session.console);
    session.console.info("Streets are made as they are needed; nothing is downloaded. This takes about a minute.");
    const TrainResult result = train(request, session.console);
    if (result.is_complete)
      session.console.info("image, label and prediction of three streets that it has never seen: " +
                           (std::filesystem::path(*folder) / "predictions.png").string());
    return Outcome{result.json, result.is_complete ? kExitDone : kExitStopped};
  };
}

}  // namespace

extern const Command demo_command = {"demo", "train on built-in synthetic streets, evaluate, draw the predictions",
                                     declare};

}  // namespace seg
