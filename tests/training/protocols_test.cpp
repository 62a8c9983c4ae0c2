// SPDX-License-Identifier: Apache-2.0
#include "training/protocols.h"

#include <gtest/gtest.h>

#include "base/random.h"
#include "engine/parameter_store.h"
#include "evaluation/memory_notice.h"
#include "evaluation/several_views.h"
#include "evaluation/single_scale.h"
#include "evaluation/summed_windows.h"
#include "tests/loader/fake_dataset.h"
#include "tests/support/recording_log.h"
#include "training/settings.h"

namespace seg {
namespace {

class ProtocolsTest : public ::testing::Test {
 protected:
  ProtocolsTest() {
    config_.augmentation.cropsize = {32, 64};
    config_.precision.precision = "fp32";
    config_.evaluation.eval_protocols = {"ss", "ssc", "msf", "mscf"};
    config_.evaluation.eval_scales = {0.5, 1.0};
  }

  std::vector<std::unique_ptr<Protocol>> make() {
    const ModelCard card = resolve_settings(config_, data_).card;
    return make_protocols(config_, card, network_, c10::Device(c10::kCPU), silent_log());
  }

  Config config_;
  testing::FakeDataset data_{{.size = 3, .sizes_differ = false}};
  RunSettings settings_ = resolve_settings(config_, data_);
  ParameterStore parameters_{graph_of(settings_.card)};
  Network network_{evaluation_graph(settings_.card, {}, false), parameters_, {.differentiate = false}};
};

template <class Kind>
bool is(const std::unique_ptr<Protocol>& protocol) {
  const auto* const told = dynamic_cast<const MemoryNotice*>(protocol.get());
  return dynamic_cast<const Kind*>(told != nullptr ? &told->protocol() : protocol.get()) != nullptr;
}

TEST_F(ProtocolsTest, AreTheConfigsInItsOrder) {
  const auto protocols = make();
  ASSERT_EQ(protocols.size(), 4U);
  for (std::size_t i = 0; i < 4; ++i) EXPECT_EQ(protocols[i]->name(), config_.evaluation.eval_protocols[i]);
  EXPECT_TRUE(is<SingleScale>(protocols[0]));
  for (std::size_t i = 1; i < 4; ++i) EXPECT_TRUE(is<SeveralViews>(protocols[i]));
}

// What the network sees tells scales, flips and windows apart.
TEST_F(ProtocolsTest, FollowTheKeys) {
  const auto views = [&] {
    std::vector<double> all;
    for (const auto& protocol : make()) all.push_back(protocol->views_a_pixel(64, 128));
    return all;
  };
  // Windows of 32x64 of 64x128 pixels: 3 along either side.
  EXPECT_EQ(views(), (std::vector<double>{1.0, 9 / 4.0, 2 * 1.25, 2 * (1 / 4.0 + 9 / 4.0)}));
  config_.evaluation.eval_flip = false;
  config_.evaluation.eval_crop = PixelSize{64, 128};
  EXPECT_EQ(views(), (std::vector<double>{1.0, 1.0, 1.25, 1.25}));
  config_.evaluation.eval_start_shape = PixelSize{128, 256};
  EXPECT_EQ(views()[0], 4.0);
}

TEST_F(ProtocolsTest, WindowsAreSummedIfAskedAndOthersAreNot) {
  config_.evaluation.window_overlap = "sum";
  const auto protocols = make();
  EXPECT_TRUE(is<SingleScale>(protocols[0]));
  EXPECT_TRUE(is<SummedWindows>(protocols[1]));
  EXPECT_TRUE(is<SeveralViews>(protocols[2]));
  EXPECT_TRUE(is<SummedWindows>(protocols[3]));
}

// All rules arrive: the classes are those of objects made by hand.
TEST_F(ProtocolsTest, UnderTheReferencesRulesAreTheReferences) {
  config_.evaluation.window_overlap = "sum";
  config_.evaluation.mscf_rule = "exp_of_probability";
  config_.evaluation.eval_resize = "align_corners";
  config_.evaluation.eval_pad = "resize";
  config_.evaluation.eval_start_shortside = 50;
  const auto protocols = make();
  std::vector<std::byte> pixels(40 * 60 * 3);
  Random random(1, RandomStream::synthetic, 1);
  for (std::byte& value : pixels) value = static_cast<std::byte>(random.bits() & 255U);
  const HostPixels image{.images = pixels.data(), .count = 1, .height = 40, .width = 60, .channels = 3};
  ViewOptions options{.name = "mscf",
                      .scales = {0.5, 1.0},
                      .flips = true,
                      .window = PixelExtent{32, 64},
                      .mirror_rule = MirrorRule::exp_of_probability,
                      .start = {.short_side = 50},
                      .size_divisor = 32,
                      .padding = single_scale_options(settings_.card).padding,
                      .resizes = true,
                      .align_corners = true};
  const c10::Device cpu(c10::kCPU);
  const at::Tensor mscf = SummedWindows(network_, cpu, options).classes(image);
  EXPECT_TRUE(protocols[3]->classes(image).equal(mscf));
  options.window.reset();
  options.mirror_rule = MirrorRule::mean_probability;
  const at::Tensor msf = SeveralViews(network_, cpu, options, silent_log()).classes(image);
  EXPECT_TRUE(protocols[2]->classes(image).equal(msf));
  EXPECT_FALSE(msf.equal(mscf));
}

// As little as may be said, of which the process holds more already.
TEST_F(ProtocolsTest, ThatCannotLookAtLessTellWhatTheyTakeWhereThatIsTooMuch) {
  config_.memory.memory_limit = 0.1;
  config_.evaluation.window_overlap = "sum";
  testing::RecordingLog log;
  std::vector<std::byte> pixels(2 * 40 * 60 * 3);
  const auto warnings_of = [&](const char* protocol, std::int64_t count) {
    config_.evaluation.eval_protocols = {protocol};
    log.warnings.clear();
    const ModelCard card = resolve_settings(config_, data_).card;
    (void)make_protocols(config_, card, network_, c10::Device(c10::kCPU), log)
        .front()
        ->classes({.images = pixels.data(), .count = count, .height = 40, .width = 60, .channels = 3});
    return log.warnings.size() == 1 ? log.warnings.front() : std::to_string(log.warnings.size()) + " warnings";
  };
  for (const char* protocol : {"ssc", "mscf"}) {
    const std::string told = warnings_of(protocol, 1);
    EXPECT_TRUE(told.starts_with(protocol + std::string(": 1 image of 40x60 takes about "))) << told;
    EXPECT_NE(told.find("Less: window_overlap=divide, which may cut windows, a smaller eval_crop"), std::string::npos);
  }
  EXPECT_NE(warnings_of("ss", 1).find("Less: eval_protocols=ssc with a small eval_crop"), std::string::npos);
  EXPECT_NE(warnings_of("ss", 2).find("Less: a smaller eval_ims_per_gpu"), std::string::npos);
  EXPECT_TRUE(warnings_of("ss", 1).ends_with("or a larger memory_limit"));
  config_.memory.memory_limit.reset();
  EXPECT_EQ(warnings_of("mscf", 1), "0 warnings");
}

TEST_F(ProtocolsTest, KeepToTheMemoryThatTheyMayUse) {
  config_.memory.memory_limit = 2;
  EXPECT_LE(view_options("msf", config_, settings_.card, c10::Device(c10::kCPU)).memory_bytes, 1'100'000'000);
}

}  // namespace
}  // namespace seg
