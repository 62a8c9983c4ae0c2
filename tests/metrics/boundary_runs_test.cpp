// SPDX-License-Identifier: Apache-2.0
#include "metrics/boundary_runs.h"

#include <gtest/gtest.h>

#include "tests/metrics/label_maps.h"

namespace seg {
namespace {

using testing::class_at;
using testing::is_boundary;
using testing::map_of;
using testing::random_map;
using testing::runs_of;
using testing::shapes_of_maps;

std::vector<RowSpan> listed(std::span<const RowSpan> spans) { return {spans.begin(), spans.end()}; }

TEST(BoundaryRuns, AreOfEachClassFromTopToBottom) {
  const LabelMap map = map_of({"00011", "00011", "22222"});
  const BoundaryRuns runs = runs_of(map, map);
  EXPECT_EQ(listed(runs.of_class(0)), (std::vector<RowSpan>{{0, 2, 2}, {1, 0, 2}}));
  EXPECT_EQ(listed(runs.of_class(1)), (std::vector<RowSpan>{{0, 3, 3}, {1, 3, 4}}));
  EXPECT_EQ(listed(runs.of_class(2)), (std::vector<RowSpan>{{2, 0, 4}}));
  EXPECT_TRUE(runs.of_class(3).empty());
  EXPECT_EQ(runs.all().size(), 5U);
}

TEST(BoundaryRuns, NeitherTheFrameNorIgnoredPixelsMakeAny) {
  const LabelMap whole = map_of({"00", "00"}), ignored = map_of({"0..1", "0..1"}), nothing = map_of({"..", ".."});
  for (const LabelMap* map : {&whole, &ignored, &nothing}) EXPECT_TRUE(runs_of(*map, *map).all().empty());
  const LabelMap predicted = map_of({"0123", "0123"});  // of which only the outer columns count
  EXPECT_TRUE(runs_of(predicted, ignored).all().empty());
}

TEST(BoundaryRuns, EqualWhatIsFoundPixelByPixel) {
  for (const testing::RandomMap& shape : shapes_of_maps())
    for (std::uint64_t seed = 0; seed < 5; ++seed) {
      const LabelMap labels = random_map(shape, seed), classes = random_map({shape.height, shape.width, 4}, seed + 50);
      const BoundaryRuns runs = runs_of(classes, labels);
      std::int64_t found = 0, expected = 0;
      for (std::size_t k = 0; k < 4; ++k)
        for (const RowSpan& run : runs.of_class(k))
          for (std::int64_t x = run.first; x <= run.last; ++x, ++found) {
            EXPECT_TRUE(is_boundary(classes, labels, run.y, x));
            EXPECT_EQ(class_at(classes, labels, run.y, x), static_cast<int>(k));
          }
      for (std::int64_t y = 0; y < shape.height; ++y)
        for (std::int64_t x = 0; x < shape.width; ++x)
          expected += static_cast<std::int64_t>(is_boundary(classes, labels, y, x));
      EXPECT_EQ(found, expected) << shape.height << " x " << shape.width;
    }
}

}  // namespace
}  // namespace seg
