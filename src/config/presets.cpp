// SPDX-License-Identifier: Apache-2.0
#include "config/presets.h"

#include <string>

namespace seg {
namespace {

struct Assignment {
  std::string_view key, value;  // as on the command line
};
struct Preset {
  std::string_view name;
  std::vector<Assignment> values;
};

// The first three are steps between what most machines can bear and what a large one can; the machine bounds them
// (share_processors). The last is parity with the Python trainer, its bugs included.
const std::vector<Preset>& presets() {
  static const std::vector<Preset> all = {
      {"fast",
       {{"ims_per_gpu", "64"},
        {"gradient_accumulation_steps", "1"},
        {"num_workers", "8"},
        {"prefetch_factor", "2"},
        {"pin_memory", "true"},
        {"persistent_workers", "true"},
        {"use_fp16", "true"},
        {"cudnn_deterministic", "false"}}},
      {"low-memory",
       {{"ims_per_gpu", "32"},
        {"gradient_accumulation_steps", "2"},
        {"num_workers", "8"},
        {"prefetch_factor", "2"},
        {"pin_memory", "true"},
        {"persistent_workers", "true"},
        {"use_fp16", "true"},
        {"cudnn_deterministic", "false"}}},
      {"max",
       {{"ims_per_gpu", "128"},
        {"gradient_accumulation_steps", "1"},
        {"num_workers", "16"},
        {"prefetch_factor", "4"},
        {"pin_memory", "true"},
        {"persistent_workers", "true"},
        {"use_fp16", "true"},
        {"cudnn_deterministic", "false"}}},
      {"reference",
       {{"crop_rule", "reference"},
        {"jitter_pivot", "74"},
        {"jitter_rounding", "truncate"},
        {"jitter_padding", "true"},
        {"absent_class", "reference"},
        {"window_overlap", "sum"},
        {"mscf_rule", "exp_of_probability"},
        {"eval_resize", "align_corners"},
        {"eval_pad", "resize"},
        {"eval_interval", "0"},
        {"eval_protocols", "ss,ssc,msf,mscf"},
        {"log_lr", "group_mean"}}},
  };
  return all;
}

}  // namespace

std::vector<KeyValue> preset_values(std::string_view name) {
  std::vector<KeyValue> values;
  for (const Preset& preset : presets()) {
    if (preset.name != name) continue;
    for (const Assignment& one : preset.values) {
      values.push_back({std::string(one.key), {Untyped{std::string(one.value)}}, "preset " + std::string(name)});
    }
  }
  return values;
}

}  // namespace seg
