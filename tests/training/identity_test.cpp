// SPDX-License-Identifier: Apache-2.0
#include "training/identity.h"

#include <gtest/gtest.h>

#include <stdexcept>

namespace seg {
namespace {

// Names alone.
class NamedDataset final : public Dataset {
 public:
  explicit NamedDataset(std::vector<std::string> names) : names_(std::move(names)) {}
  std::size_t size() const noexcept override { return names_.size(); }
  std::string name(std::size_t i) const override { return names_[i] + ".png"; }
  std::string label_name(std::size_t i) const override { return names_[i] + "_label.png"; }
  void fetch(std::size_t, EncodedSample&) const override { throw std::logic_error("not needed"); }
  void fetch_label(std::size_t, EncodedSample&) const override { throw std::logic_error("not needed"); }
  void decode_image(std::size_t, const EncodedSample&, const Window&, Image&) const override {}
  void decode_label(std::size_t, const EncodedSample&, const Window&, LabelMap&) const override {}

 private:
  std::vector<std::string> names_;
};

std::vector<std::string> keys_of(const std::vector<Difference>& differences) {
  std::vector<std::string> keys;
  for (const Difference& difference : differences) keys.push_back(difference.key);
  return keys;
}

class Identity : public ::testing::Test {
 protected:
  Identity() { config_.model.n_cats = 19; }
  RunIdentity identity() const { return run_identity(config_, NamedDataset(train_), NamedDataset(validation_)); }
  std::vector<std::string> changed_since(const RunIdentity& before) const {
    return keys_of(differences(before, identity()));
  }

  Config config_;
  std::vector<std::string> train_ = {"/data/a", "/data/b"}, validation_ = {"/data/c"};
};

TEST_F(Identity, TheSameConfigAndListsAreTheSameRun) { EXPECT_TRUE(differences(identity(), identity()).empty()); }

TEST_F(Identity, ALearnedKeyMakesAnotherRunAndShowsBothValues) {
  const RunIdentity before = identity();
  config_.step.lr_start = 0.25;
  const std::vector<Difference> found = differences(before, identity());
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found.front().key, "lr_start");
  EXPECT_EQ(found.front().before, "0.005");
  EXPECT_EQ(found.front().now, "0.25");
}

TEST_F(Identity, DistancesFromElsewhereMakeAnotherRunWhereSomethingNeedsThem) {
  const RunIdentity plain = identity();
  config_.boundaries.distance_map = "cache";
  EXPECT_TRUE(changed_since(plain).empty());
  config_.boundaries.distance_map = "off";
  config_.boundaries.boundary_weight = 1;
  const RunIdentity found_online = identity();
  config_.boundaries.distance_map = "online";
  EXPECT_TRUE(changed_since(found_online).empty());
  config_.boundaries.distance_map = "cache";
  const std::vector<Difference> found = differences(found_online, identity());
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found.front().key, "distance_map");
  EXPECT_EQ(found.front().before, "\"online\"");
  EXPECT_EQ(found.front().now, "\"cache\"");
}

TEST_F(Identity, WeightsToStartFromMayLieElsewhereButNotBeOthers) {
  config_.run.finetune_from = "/old/place/net.pth";
  const RunIdentity before = identity();
  config_.run.finetune_from = "net.pth";
  EXPECT_TRUE(changed_since(before).empty());
  config_.run.finetune_from = "other.pth";
  EXPECT_EQ(changed_since(before), std::vector<std::string>{"finetune_from"});
  config_.run.finetune_from.reset();
  EXPECT_EQ(changed_since(before), std::vector<std::string>{"finetune_from"});
}

TEST_F(Identity, KeysThatDoNotChangeWhatIsLearnedMayDiffer) {
  const RunIdentity before = identity();
  config_.loader.num_workers = 7;
  config_.run.threads = 3;
  config_.precision.precision = "bf16";
  config_.run.respth = "elsewhere";
  config_.keeping.keep_checkpoints = 9;
  config_.evaluation.eval_interval = 5;
  config_.watching.log_interval = 1;
  EXPECT_TRUE(changed_since(before).empty());
}

TEST_F(Identity, WhatBecomesOfARunWithoutMemoryMayDifferAlsoFromWhatEarlierVersionsKept) {
  config_.memory.on_oom = "fail";
  RunIdentity before = identity();
  config_.memory.on_oom = "split";
  EXPECT_TRUE(changed_since(before).empty());
  before["on_oom"] = "\"fail\"";
  EXPECT_TRUE(changed_since(before).empty());
}

TEST_F(Identity, TheOrderOfTheImagesTheirNumberAndTheirLabelsCount) {
  const RunIdentity before = identity();
  train_ = {"/data/b", "/data/a"};
  EXPECT_EQ(changed_since(before), std::vector<std::string>{"training data"});
  train_ = {"/data/a"};
  EXPECT_EQ(changed_since(before), std::vector<std::string>{"training data"});
  train_ = {"/data/a", "/data/b"};
  validation_ = {"/data/d"};
  EXPECT_EQ(changed_since(before), std::vector<std::string>{"validation data"});
}

TEST_F(Identity, ADataSetMayMoveAsAWhole) {
  config_.dataset.im_root = "/data";
  const RunIdentity before = identity();
  for (const char* root : {"/elsewhere/copy", "/elsewhere/copy/"}) {
    config_.dataset.im_root = root;
    train_ = {"/elsewhere/copy/a", "/elsewhere/copy/b"};
    validation_ = {"/elsewhere/copy/c"};
    EXPECT_TRUE(changed_since(before).empty()) << root;
  }
}

TEST_F(Identity, ANeighbourOfTheRootIsNotInIt) {
  config_.dataset.im_root = "/data";
  train_ = {"/data2/a", "/data2/b"};
  const RunIdentity before = identity();
  config_.dataset.im_root = "/";
  train_ = {"/2/a", "/2/b"};
  validation_ = {"/c"};
  EXPECT_EQ(changed_since(before), std::vector<std::string>{"training data"});
}

TEST(Differences, WhatWasFoundForOtherKeysIsFoundAnew) {
  const StoredValues all = {{"class_weights", "1,2"}, {"ims_per_gpu", "8"},  {"micro_batches", "2 of 8"},
                            {"passes", "none"},       {"precision", "fp32"}, {"threads", "2"}};
  const auto kept_with = [&](const std::vector<std::string>& keys) {
    std::vector<Difference> different;
    for (const std::string& key : keys) different.push_back({key, "a", "b"});
    StoredValues values = all;
    drop_what_no_longer_holds(values, different);
    return values;
  };
  EXPECT_EQ(kept_with({}), all);
  EXPECT_EQ(kept_with({"lr_start"}).size(), 5U);
  EXPECT_FALSE(kept_with({"lr_start"}).contains("class_weights"));
  for (const char* key : {"auto_batch", "ims_per_gpu", "gradient_accumulation_steps", "cropsize", "training data"})
    EXPECT_EQ(kept_with({"lr_start", key}), (StoredValues{{"passes", "none"}, {"precision", "fp32"}, {"threads", "2"}}))
        << key;
}

TEST(Differences, AKeyThatOneOfThemLacksIsShownAsADash) {
  const std::vector<Difference> found = differences({{"a", "1"}, {"b", "2"}}, {{"b", "2"}, {"c", "3"}});
  ASSERT_EQ(found.size(), 2U);
  EXPECT_EQ(found[0].key, "a");
  EXPECT_EQ(found[0].before, "1");
  EXPECT_EQ(found[0].now, "-");
  EXPECT_EQ(found[1].key, "c");
  EXPECT_EQ(found[1].before, "-");
  EXPECT_EQ(found[1].now, "3");
}

}  // namespace
}  // namespace seg
