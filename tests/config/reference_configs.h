// SPDX-License-Identifier: Apache-2.0
// The values of the Python trainer's seven configs, and a config file made of them.
#pragma once
#include <array>
#include <cstdint>
#include <string>

#include "config/key.h"

namespace seg::testing {

struct ReferenceConfig {
  const char *name, *model_type;
  std::int64_t n_cats, num_aux_heads;
  const char *lr_start, *weight_decay;  // as they are written
  std::int64_t max_iter;
  const char* dataset;
  double smallest_scale;
  PixelSize cropsize, eval_crop;
  std::int64_t ims_per_gpu, eval_ims_per_gpu;
  bool use_sync_bn;
  std::int64_t eval_start_shortside;  // 0: not set
};

inline constexpr std::array<ReferenceConfig, 7> kReferenceConfigs = {
    {{"v1 city",
      "bisenetv1",
      19,
      2,
      "1e-2",
      "5e-4",
      80000,
      "CityScapes",
      0.75,
      {1024, 1024},
      {1024, 1024},
      8,
      2,
      false,
      0},
     {"v2 city",
      "bisenetv2",
      19,
      4,
      "5e-3",
      "5e-4",
      150000,
      "CityScapes",
      0.25,
      {512, 1024},
      {1024, 1024},
      8,
      2,
      true,
      0},
     {"v1 coco", "bisenetv1", 171, 2, "1e-2", "1e-4", 90000, "CocoStuff", 0.5, {512, 512}, {512, 512}, 4, 1, true, 0},
     {"v2 coco", "bisenetv2", 171, 4, "5e-3", "1e-4", 180000, "CocoStuff", 0.75, {640, 640}, {640, 640}, 2, 1, true, 0},
     {"v1 ade", "bisenetv1", 150, 2, "4e-2", "1e-4", 40000, "ADE20k", 0.5, {512, 512}, {512, 512}, 8, 1, true, 512},
     {"v2 ade", "bisenetv2", 150, 4, "5e-3", "1e-4", 160000, "ADE20k", 0.5, {640, 640}, {640, 640}, 2, 1, true, 640},
     {"v1 customer",
      "bisenetv1",
      20,
      2,
      "1e-2",
      "5e-4",
      80000,
      "CustomerDataset",
      0.75,
      {512, 512},
      {512, 512},
      8,
      2,
      false,
      0}}};

// As dict(...), one entry a line, with their text marks and commas.
inline std::string python_config(const ReferenceConfig& c) {
  const auto size = [](PixelSize s) { return '[' + std::to_string(s.height) + ", " + std::to_string(s.width) + ']'; };
  std::string text = "\n## " + std::string(c.name) + "\ncfg = dict(\n";
  const auto add = [&](const std::string& key, const std::string& value) {
    text += "    " + key + '=' + value + ",\n";
  };
  add("model_type", '\'' + std::string(c.model_type) + '\'');
  add("n_cats", std::to_string(c.n_cats));
  add("num_aux_heads", std::to_string(c.num_aux_heads));
  add("lr_start", c.lr_start);
  add("weight_decay", c.weight_decay);
  add("warmup_iters", "1000");
  add("max_iter", std::to_string(c.max_iter));
  add("dataset", '\'' + std::string(c.dataset) + '\'');
  add("im_root", "'./datasets/a'");
  add("train_im_anns", "'./datasets/a/train.txt'");
  add("val_im_anns", "'./datasets/a/val.txt'");
  add("scales", '[' + std::to_string(c.smallest_scale) + ", 2.]");
  add("cropsize", size(c.cropsize));
  add("eval_crop", size(c.eval_crop));
  if (c.eval_start_shortside != 0) add("eval_start_shortside", std::to_string(c.eval_start_shortside));
  add("eval_scales", "[0.5, 0.75, 1.0, 1.25, 1.5, 1.75]");
  add("ims_per_gpu", std::to_string(c.ims_per_gpu));
  add("eval_ims_per_gpu", std::to_string(c.eval_ims_per_gpu));
  add("use_fp16", "True");
  add("use_sync_bn", c.use_sync_bn ? "True" : "False");
  return text + "    respth='./res',\n)\n";
}

}  // namespace seg::testing
