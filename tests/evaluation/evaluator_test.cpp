// SPDX-License-Identifier: Apache-2.0
#include "evaluation/evaluator.h"

#include <gtest/gtest.h>

#include "base/error.h"
#include "tests/evaluation/tiny_segmenter.h"
#include "tests/loader/fake_dataset.h"

namespace seg {
namespace {

using testing::FakeDataset;
using testing::TinySegmenter;

constexpr std::int64_t kClasses = 20;

TinySegmenter segmenter() { return TinySegmenter({.num_classes = kClasses}); }

std::vector<std::int64_t> counts(const ConfusionMatrix& matrix) {
  std::vector<std::int64_t> all;
  for (std::int64_t label = 0; label < kClasses; ++label)
    for (std::int64_t prediction = 0; prediction < kClasses; ++prediction)
      all.push_back(matrix.count(label, prediction));
  return all;
}

// Image by image, pixel by pixel.
std::vector<std::int64_t> counted_by_hand(const Dataset& data, TinySegmenter& network) {
  std::vector<std::int64_t> all(kClasses * kClasses);
  for (std::size_t i = 0; i < data.size(); ++i) {
    EncodedSample encoded;
    Image image;
    LabelMap label;
    data.fetch(i, encoded);
    data.decode_image(i, encoded, whole(encoded.layout), image);
    data.decode_label(i, encoded, whole(encoded.layout), label);
    const std::vector<std::uint8_t> predicted = network.classes(image);
    for (std::size_t p = 0; p < predicted.size(); ++p)
      if (label.values()[p] != 255)
        ++all[static_cast<std::size_t>(label.values()[p]) * kClasses + static_cast<std::size_t>(predicted[p])];
  }
  return all;
}

TEST(Evaluator, CountsEveryPixelOfEveryImageOnceWhateverTheirSizes) {
  TinySegmenter network = segmenter();
  const FakeDataset data({.size = 7});
  const ProtocolResult result = evaluate(data, network.single_scale(), {.num_classes = kClasses});
  EXPECT_EQ(result.protocol, "ss");
  EXPECT_EQ(result.images, 7);
  EXPECT_GT(result.seconds, 0);
  EXPECT_EQ(counts(result.matrix), counted_by_hand(data, network));
}

TEST(Evaluator, TheResultDoesNotDependOnHowImagesAreBatchedOrRead) {
  TinySegmenter network = segmenter();
  for (const bool sizes_differ : {false, true}) {
    const FakeDataset data({.size = 7, .sizes_differ = sizes_differ, .is_slow = true});
    const std::vector<std::int64_t> expected = counted_by_hand(data, network);
    for (const std::int64_t images_per_batch : {1, 2, 3, 100})
      for (const int num_workers : {0, 1, 3}) {
        const ProtocolResult result =
            evaluate(data, network.single_scale(),
                     {.num_classes = kClasses, .images_per_batch = images_per_batch, .num_workers = num_workers});
        EXPECT_EQ(counts(result.matrix), expected) << images_per_batch << " a batch, " << num_workers << " workers";
        EXPECT_EQ(result.images, 7);
      }
  }
}

TEST(Evaluator, CountsOfEachImageAddUpToThoseOfAll) {
  TinySegmenter network = segmenter();
  for (const std::int64_t images_per_batch : {1, 3, 100})
    for (const bool sizes_differ : {false, true}) {
      const FakeDataset images({.size = 7, .sizes_differ = sizes_differ});
      ConfusionMatrix sum(kClasses);
      std::vector<std::size_t> seen;
      const ProtocolResult result =
          evaluate(images, network.single_scale(), {.num_classes = kClasses, .images_per_batch = images_per_batch}, {},
                   [&](std::size_t index, const ImageCounts& image) {
                     seen.push_back(index);
                     sum += image.matrix;
                     EXPECT_FALSE(image.boundary);
                     const FakeDataset one({.size = index + 1, .sizes_differ = sizes_differ});
                     std::vector<std::int64_t> before = counted_by_hand(one, network);
                     if (index > 0) {
                       const FakeDataset less({.size = index, .sizes_differ = sizes_differ});
                       const std::vector<std::int64_t> others = counted_by_hand(less, network);
                       for (std::size_t i = 0; i < before.size(); ++i) before[i] -= others[i];
                     }
                     EXPECT_EQ(counts(image.matrix), before) << "image " << index;
                   });
      EXPECT_EQ(seen, (std::vector<std::size_t>{0, 1, 2, 3, 4, 5, 6}));
      EXPECT_EQ(counts(sum), counts(result.matrix));
      EXPECT_EQ(counts(result.matrix), counted_by_hand(images, network));
    }
}

// The measures themselves, of the maps of each image by itself.
TEST(Evaluator, MeasuresBoundariesOfEachImageHoweverTheyAreBatched) {
  TinySegmenter network = segmenter();
  const BoundaryOptions boundary{.iou_width = 0.05, .trimap_radii = {2}};
  for (const bool sizes_differ : {false, true}) {
    const FakeDataset data({.size = 5, .sizes_differ = sizes_differ});
    BoundaryScores scores(kClasses, 255, boundary);
    std::vector<BoundaryCounts> expected;
    BoundaryCounts sum;
    for (std::size_t i = 0; i < data.size(); ++i) {
      EncodedSample encoded;
      Image image;
      LabelMap label;
      data.fetch(i, encoded);
      data.decode_image(i, encoded, whole(encoded.layout), image);
      data.decode_label(i, encoded, whole(encoded.layout), label);
      LabelMap prediction(label.height(), label.width());
      std::ranges::copy(network.classes(image), prediction.values().begin());
      expected.push_back(scores.count(label, prediction));
      sum += expected.back();
    }
    for (const std::int64_t images_per_batch : {1, 2, 100}) {
      const auto observer = [&](std::size_t index, const ImageCounts& image) {
        ASSERT_TRUE(image.boundary);
        EXPECT_EQ(image.boundary->bands, expected[index].bands);
        EXPECT_EQ(image.boundary->f1_of_images.sum, expected[index].f1_of_images.sum);
      };
      const EvaluatorOptions options{
          .num_classes = kClasses, .images_per_batch = images_per_batch, .boundary = boundary};
      for (const ImageObserver& listening : {ImageObserver(observer), ImageObserver()}) {
        const ProtocolResult result = evaluate(data, network.single_scale(), options, {}, listening);
        EXPECT_EQ(counts(result.matrix), counted_by_hand(data, network));
        ASSERT_TRUE(result.boundary);
        EXPECT_EQ(result.boundary->counts.bands, sum.bands);
        EXPECT_EQ(result.boundary->counts.f1_of_images.sum, sum.f1_of_images.sum);
        EXPECT_EQ(counts(result.boundary->counts.trimaps[0]), counts(sum.trimaps[0]));
      }
    }
  }
}

TEST(Evaluator, TellsHowFarItIs) {
  TinySegmenter network = segmenter();
  const FakeDataset data({.size = 5, .sizes_differ = false});
  std::vector<std::int64_t> done;
  (void)evaluate(data, network.single_scale(), {.num_classes = kClasses, .images_per_batch = 2},
                 [&](std::int64_t images) {
                   done.push_back(images);
                   return true;
                 });
  EXPECT_EQ(done, (std::vector<std::int64_t>{2, 4, 5}));
}

TEST(Evaluator, StopsWhereItIsAskedTo) {
  TinySegmenter network = segmenter();
  const FakeDataset data({.size = 5, .sizes_differ = false});
  const ProtocolResult result = evaluate(data, network.single_scale(), {.num_classes = kClasses, .images_per_batch = 2},
                                         [](std::int64_t images) { return images < 4; });
  EXPECT_FALSE(result.is_complete);
  EXPECT_EQ(result.images, 4);
}

TEST(Evaluator, ABadImageIsNamed) {
  TinySegmenter network = segmenter();
  const FakeDataset data({.size = 5, .bad = {3}});
  try {
    (void)evaluate(data, network.single_scale(), {.num_classes = kClasses});
    ADD_FAILURE();
  } catch (const UserError& error) {
    EXPECT_EQ(error.problems().front().where, data.name(3));
  }
}

}  // namespace
}  // namespace seg
