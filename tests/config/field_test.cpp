// SPDX-License-Identifier: Apache-2.0
#include "config/field.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>

namespace seg {
namespace {

// The frozen surface: configs in use name these keys. A key may be added here; none may go or change its name.
const std::vector<std::string_view> kKeys = {
    // run
    "preset", "respth", "seed", "device", "devices", "threads", "deterministic", "max_iter", "max_epochs", "max_hours",
    "backbone_from", "finetune_from", "sanity_check",
    // model
    "model_type", "n_cats", "num_aux_heads", "in_channels", "dropout", "classifier_init", "passes", "point_rend",
    "point_rend_points", "point_rend_oversampling", "point_rend_importance", "point_rend_weight", "point_rend_steps",
    "point_rend_step_points", "point_rend_padding",
    // data set
    "dataset", "im_root", "train_im_anns", "val_im_anns", "hdf5_images", "hdf5_labels", "lb_ignore", "label_map",
    "label_colors", "class_names", "palette", "mean", "std", "image_range", "on_bad_sample", "max_bad_samples",
    "synthetic_images", "synthetic_val_images", "synthetic_size",
    // augmentation
    "scales", "cropsize", "flip", "flip_vertical", "rot90", "color_jitter", "gamma", "blur", "noise",
    "foreground_crops", "crop_max_class_share", "crop_rule", "pad_label", "jitter_pivot", "jitter_rounding",
    "jitter_padding",
    // loader
    "ims_per_gpu", "num_workers", "pin_memory", "persistent_workers", "prefetch_factor", "cache", "cache_dir",
    "cache_budget_gb",
    // precision
    "use_fp16", "precision", "loss_scale_init", "loss_scale_growth", "loss_scale_backoff", "loss_scale_interval",
    "allow_tf32",
    // step
    "gradient_accumulation_steps", "exact_accumulation", "optimizer", "lr_start", "lr_multiplier", "momentum",
    "adam_betas", "adam_eps", "weight_decay", "warmup_iters", "lr_schedule", "lr_milestones", "lr_gamma",
    "clip_grad_norm", "ema_decay", "channels_last", "cudnn_benchmark", "cudnn_deterministic", "cuda_graph",
    "use_sync_bn",
    // loss
    "loss", "ohem_thresh", "ohem_min_kept", "class_weights", "label_smoothing", "focal_gamma", "aux_weight", "on_nan",
    // boundaries
    "distance_map", "distance_map_radius", "boundary_weight", "boundary_sigma", "distance_head", "distance_head_weight",
    "distance_head_limit", "point_source",
    // memory
    "auto_batch", "on_oom", "memory_limit",
    // evaluation
    "eval_interval", "eval_protocols", "eval_scales", "eval_flip", "eval_crop", "eval_ims_per_gpu", "eval_start_shape",
    "eval_start_shortside", "eval_start_longside", "absent_class", "boundary_metrics", "boundary_iou_width",
    "boundary_f1_tolerance", "trimap_radii", "window_overlap", "mscf_rule", "eval_resize", "eval_pad",
    "early_stop_patience", "early_stop_min_delta", "early_stop_metric",
    // keeping
    "checkpoint_interval", "keep_checkpoints", "save_best",
    // watching
    "log_interval", "log_lr", "advise", "auto_tune", "trace_steps", "tensorboard", "report", "progress",
    "prometheus_file"};

TEST(Field, TheKeysAreThese) {
  Config config;
  std::vector<std::string_view> names;
  for (const auto& field : fields_of(config)) names.push_back(field->key().name);
  EXPECT_EQ(names, kKeys);
}

TEST(Field, EveryKeyIsWellDeclared) {
  Config config;
  std::set<std::string_view> names;
  for (const auto& field : fields_of(config)) {
    const Key& key = field->key();
    SCOPED_TRACE(std::string(key.name));
    EXPECT_TRUE(names.insert(key.name).second);
    EXPECT_FALSE(key.help.empty());
    EXPECT_FALSE(key.help.ends_with('.'));
  }
}

// Otherwise a config that spells out a default would be refused.
TEST(Field, EveryDefaultIsAValueOfItsKey) {
  Config config;
  const Config standard;
  for (const auto& field : fields_of(config)) {
    SCOPED_TRACE(std::string(field->key().name));
    const std::string before = field->toml();
    // Quotation marks are allowed on the command line, brackets and braces too.
    const auto problem = field->assign({Untyped{before}}, "");
    EXPECT_FALSE(problem) << problem->what;
    EXPECT_EQ(field->toml(), before);
  }
}

TEST(Field, RefusesWithoutTouchingTheField) {
  Config config;
  const Fields fields = fields_of(config);
  const auto problem = find_field(fields, "color_jitter")->assign({Untyped{"0.1,0.2,9"}}, "my.toml:3");
  ASSERT_TRUE(problem);
  EXPECT_EQ(problem->where, "my.toml:3");
  EXPECT_EQ(problem->what, "color_jitter = 0.1,0.2,9 is not a list of 3 numbers from 0 to 1");
  EXPECT_EQ(config.augmentation.color_jitter, (std::vector<double>{0.4, 0.4, 0.4}));
}

TEST(Field, RemediesNameTheBoundTheNeighbourOrTheDefault) {
  Config config;
  const Fields fields = fields_of(config);
  const auto remedy = [&](std::string_view key, const ConfigValue& value) {
    return find_field(fields, key)->assign(value, "").value().remedy;
  };
  EXPECT_EQ(remedy("flip", {1.5}), "flip = 1, the largest");
  EXPECT_EQ(remedy("prefetch_factor", {Untyped{"0"}}), "prefetch_factor = 1, the smallest");
  EXPECT_EQ(remedy("precision", {std::string("fp-32")}), "fp32, if that was meant");
  EXPECT_EQ(remedy("label_map", {std::string("citiscapes")}), "cityscapes, if that was meant");
  EXPECT_EQ(remedy("cache", {std::string("foo")}), "cache = off or ram or disk or auto");
  EXPECT_EQ(remedy("seed", {std::string("now")}), "seed = 0");
  EXPECT_EQ(remedy("max_iter", {std::string("ten")}), "max_iter = 1 or more, or \"none\"");
  EXPECT_EQ(remedy("threads", {std::string("many")}), "threads = 1 or more, or \"auto\"");
  EXPECT_EQ(remedy("threads", {std::int64_t{4000}}), "threads = 1024, the largest");
  EXPECT_EQ(remedy("flip", {std::string("often")}), "flip = 0.5");
  EXPECT_EQ(remedy("n_cats", {std::string("19")}), "n_cats = 19, without quotation marks");
  EXPECT_EQ(remedy("use_fp16", {std::string("true")}), "use_fp16 = true, without quotation marks");
}

TEST(Field, UnknownNamesHaveNoField) {
  Config config;
  EXPECT_EQ(find_field(fields_of(config), "no_such_key"), nullptr);
}

TEST(Field, GivesJson) {
  Config config;
  const Fields fields = fields_of(config);
  EXPECT_EQ(find_field(fields, "cropsize")->json().dump(), "[512,1024]");
  EXPECT_EQ(find_field(fields, "num_workers")->json().dump(), "\"auto\"");
}

TEST(Field, AMessageShowsTheBeginningOfALongValue) {
  Config config;
  const Fields fields = fields_of(config);
  const ConfigValue::List many(100000, ConfigValue{std::int64_t{1}});
  const auto list = find_field(fields, "seed")->assign({many}, "my.toml:1");
  ASSERT_TRUE(list);
  EXPECT_LT(list->what.size(), 300U);
  std::string accents;
  for (int i = 0; i < 300; ++i) accents += "é";
  const auto text = find_field(fields, "seed")->assign({accents}, "my.toml:1");
  ASSERT_TRUE(text);
  EXPECT_NE(text->what.find("é… is not an integer"), std::string::npos) << text->what;
}

}  // namespace
}  // namespace seg
