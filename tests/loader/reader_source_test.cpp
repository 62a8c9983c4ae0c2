// SPDX-License-Identifier: Apache-2.0
#include "loader/reader_source.h"

#include <gtest/gtest.h>

#include <limits>

#include "loader/memory_store.h"
#include "tests/loader/fake_dataset.h"

namespace seg {
namespace {

using testing::FakeDataset;

TEST(ReaderSource, OfADataSetGivesItsOwnReaders) {
  const FakeDataset dataset;
  const ReaderSource source = dataset;
  EXPECT_EQ(&source.dataset(), &dataset);
  EXPECT_EQ(source.size(), 7U);
  EXPECT_EQ(source.traits().num_classes, 20);
  EXPECT_FALSE(source.is_cached());
  EXPECT_EQ(source.reader()->open(3), dataset.layout_of(3));
}

TEST(ReaderSource, WithAStoreFillsItAndReadsFromIt) {
  const FakeDataset dataset({.size = 2});
  CacheBudget budget(std::numeric_limits<std::int64_t>::max() / 2);
  MemoryStore store(dataset.size(), budget);
  const ReaderSource source(dataset, store);
  EXPECT_TRUE(source.is_cached());
  for (const bool is_kept : {false, true}) {
    const auto reader = source.reader();
    Sample sample;
    reader->read(1, sample);
    EXPECT_EQ(reader->bytes_read() == 0, is_kept);
    EXPECT_EQ(sample.label.row(0)[0], FakeDataset::label_at(1, 0, 0));
  }
}

}  // namespace
}  // namespace seg
