// SPDX-License-Identifier: Apache-2.0
// Configs of the Python trainer, from the file to the resolved keys.
#include <gtest/gtest.h>

#include "base/error.h"
#include "base/file.h"
#include "config/field.h"
#include "config/resolve.h"
#include "tests/config/reference_configs.h"
#include "tests/support/recording_log.h"
#include "tests/support/temporary_folder.h"

namespace seg {
namespace {

class PythonConfigs : public ::testing::Test {
 protected:
  ResolvedConfig load(std::string_view source, std::vector<std::string> overrides = {}) {
    write_file(folder_ / "my.py", source);
    return load_config({.file = folder_ / "my.py", .overrides = std::move(overrides), .purpose = Purpose::show}, log_);
  }

  // The texts of all keys that differ from their defaults.
  std::map<std::string, std::string> changed(std::string_view source) {
    Config config = load(source).config, standard;
    std::map<std::string, std::string> texts;
    const Fields fields = fields_of(config), standards = fields_of(standard);
    for (std::size_t i = 0; i < fields.size(); ++i)
      if (fields[i]->toml() != standards[i]->toml()) texts.emplace(fields[i]->key().name, fields[i]->toml());
    return texts;
  }

  testing::TemporaryFolder folder_;
  testing::RecordingLog log_;
};

TEST_F(PythonConfigs, TheSevenOfTheReferenceKeepTheirValues) {
  for (const testing::ReferenceConfig& expected : testing::kReferenceConfigs) {
    SCOPED_TRACE(expected.name);
    const ResolvedConfig resolved = load(testing::python_config(expected));
    const Config& c = resolved.config;
    EXPECT_EQ(c.model.model_type, expected.model_type);
    EXPECT_EQ(c.model.n_cats, expected.n_cats);
    EXPECT_EQ(c.model.num_aux_heads, expected.num_aux_heads);
    EXPECT_EQ(c.step.lr_start, std::stod(expected.lr_start));
    EXPECT_EQ(c.step.weight_decay, std::stod(expected.weight_decay));
    EXPECT_EQ(c.step.warmup_iters, 1000);
    EXPECT_EQ(c.step.use_sync_bn, expected.use_sync_bn);
    EXPECT_EQ(c.run.max_iter, expected.max_iter);
    EXPECT_EQ(c.run.respth, "./res");
    EXPECT_EQ(c.dataset.dataset, expected.dataset);
    EXPECT_EQ(c.dataset.im_root, "./datasets/a");
    EXPECT_EQ(c.dataset.train_im_anns, "./datasets/a/train.txt");
    EXPECT_EQ(c.dataset.val_im_anns, "./datasets/a/val.txt");
    EXPECT_EQ(c.augmentation.scales, (std::vector<double>{expected.smallest_scale, 2}));
    EXPECT_EQ(c.augmentation.cropsize, expected.cropsize);
    EXPECT_EQ(c.loader.ims_per_gpu, expected.ims_per_gpu);
    EXPECT_TRUE(c.precision.use_fp16);
    EXPECT_EQ(c.evaluation.eval_crop, expected.eval_crop);
    EXPECT_EQ(c.evaluation.eval_scales, (std::vector<double>{0.5, 0.75, 1, 1.25, 1.5, 1.75}));
    EXPECT_EQ(c.evaluation.eval_ims_per_gpu, expected.eval_ims_per_gpu);
    EXPECT_EQ(c.evaluation.eval_start_shortside.value_or(0), expected.eval_start_shortside);
    EXPECT_EQ(c.evaluation.eval_interval, 0);
    EXPECT_EQ(resolved.origins.at("n_cats").text, (folder_ / "my.py").string() + ":5");
    EXPECT_EQ(resolved.origins.at("eval_interval").text,
              (folder_ / "my.py").string() + ": a Python config evaluates at the end");
  }
  EXPECT_TRUE(log_.texts.empty());
}

TEST_F(PythonConfigs, OddFormsAreTheSameValues) {
  const std::map<std::string, std::string> same = {{"cropsize", "[256, 512]"}, {"eval_interval", "0"},
                                                   {"lr_start", "0.01"},       {"n_cats", "19"},
                                                   {"scales", "[0.25, 2.0]"},  {"use_fp16", "false"}};
  for (const char* source :
       {"cfg = dict(n_cats=19, lr_start=1e-2, scales=[0.25, 2], cropsize=[256, 512], use_fp16=False)",
        "cfg = {'n_cats': 19, 'lr_start': .01, 'scales': (0.25, 2.), 'cropsize': (256, 512), 'use_fp16': False}",
        "cfg = dict(class_num=19, lr_start=1E-02, scales=[1/4, 2], crop_size='256x512', use_fp16=False)",
        "cfg = dict(categories=0x13, lr_start=1e-4*100, scales=[.25, 2], cropsize=[2**8, 2*256], use_fp16=False)",
        "cfg = dict(n_cats=19.0, lr_start=0.01, scales=[+.25, 2_0/10], cropsize=[2_56, 5_12], use_fp16=False, "
        "finetune_from=None, eval_interval=0, mean=None, label_map='auto', dataset='CustomerDataset')",
        "'doc'\r\ncfg = dict(\r\n  n_cats=(19),\r\n  lr_start=1e-2,\r\n  scales=[0.25,\r\n 2],\r\n  cropsize=(256, "
        "512,),\r\n  use_fp16=False,\r\n)\r\n"})
    EXPECT_EQ(changed(source), same) << source;
}

TEST_F(PythonConfigs, FormsOfForksAreTheSameValues) {
  const std::map<std::string, std::string> same = {{"eval_interval", "0"}, {"n_cats", "19"}, {"use_fp16", "false"}};
  for (const char* source : {"cfg = dict(n_cats=19, use_fp16=0)", "config = {'n_cats': 19, 'use_fp16': False}",
                             "cfg: dict = dict(n_cats=3)\ncfg['n_cats'] = 19\ncfg['use_fp16'] = False",
                             "cfg = {}\ncfg.update(dict(n_cats=19, use_fp16=1))\ncfg.update({'use_fp16': 0})"})
    EXPECT_EQ(changed(source), same) << source;
  ASSERT_EQ(log_.texts.size(), 3u);  // the data set that is not set, and two numbers for truth values
}

TEST_F(PythonConfigs, NumbersForTruthValuesAreToldAsWhatTheyAreReadAs) {
  EXPECT_TRUE(load("cfg = dict(dataset='Synthetic', use_sync_bn=1)").config.step.use_sync_bn);
  ASSERT_EQ(log_.texts.size(), 1u);
  EXPECT_NE(log_.texts[0].find("use_sync_bn = 1"), std::string::npos);
  EXPECT_NE(log_.texts[0].find("is read as true"), std::string::npos);
  EXPECT_THROW(load("cfg = dict(use_sync_bn=2)"), UserError);
}

TEST_F(PythonConfigs, ALaterValueCountsWithItsOwnLine) {
  const ResolvedConfig resolved = load("cfg = dict(seed=3,\n  n_cats=4)\ncfg['seed'] = 5\n");
  EXPECT_EQ(resolved.config.run.seed, 5);
  EXPECT_EQ(resolved.origins.at("seed").text, (folder_ / "my.py").string() + ":3");
  EXPECT_EQ(resolved.origins.at("n_cats").text, (folder_ / "my.py").string() + ":2");
}

TEST_F(PythonConfigs, NoneIsAKeyThatIsNotSet) {
  EXPECT_EQ(changed("cfg = dict(eval_start_shape=None, finetune_from=None, class_weights=None, num_workers=None)"),
            (std::map<std::string, std::string>{{"eval_interval", "0"}}));
  EXPECT_THROW(load("cfg = dict(lr_start=None)"), UserError);
  EXPECT_THROW(load("cfg = dict(respth=None)"), UserError);
}

TEST_F(PythonConfigs, WithoutADatasetListsAreMeantAndTheNoticeSaysSo) {
  EXPECT_EQ(load("cfg = dict(n_cats=3)").config.dataset.dataset, "CustomerDataset");
  ASSERT_EQ(log_.texts.size(), 1u);
  EXPECT_NE(log_.texts[0].find("CustomerDataset"), std::string::npos);
}

TEST_F(PythonConfigs, OverridesAndUnknownKeysAreAsWithToml) {
  EXPECT_EQ(load("cfg = dict(seed=3)", {"seed=4", "eval_interval=auto"}).config.run.seed, 4);
  try {
    load("cfg = dict(\n  lr_strat=3)");
    FAIL();
  } catch (const UserError& error) {
    EXPECT_EQ(error.problems()[0].where, (folder_ / "my.py").string() + ":2");
    EXPECT_EQ(error.problems()[0].remedy, "lr_start, if that was meant");
  }
}

}  // namespace
}  // namespace seg
