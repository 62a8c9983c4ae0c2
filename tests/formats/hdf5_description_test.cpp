// SPDX-License-Identifier: Apache-2.0
#include "formats/hdf5_description.h"

#include <gtest/gtest.h>

#include <functional>

namespace seg {
namespace {

constexpr std::uint64_t kFileBytes = 10000;

Hdf5Array piece() { return {.name = "a", .shape = {5, 6, 7, 3}, .at = 2048}; }
Hdf5Array chunked() {
  Hdf5Array array{.name = "b",
                  .shape = {2, 6, 7, 1},
                  .value_bytes = 2,
                  .is_big_endian = true,
                  .chunk_shape = {1, 6, 4, 1},
                  .filters = {Hdf5Filter::shuffle, Hdf5Filter::deflate}};
  for (std::uint32_t i = 0; i < 4; ++i)
    array.chunks.push_back({.at = 3000 + 100 * i, .bytes = 90 + i, .skipped_filters = i});
  return array;
}
Hdf5Description all() {
  Hdf5Array member = piece();
  member.shape[0] = 1;
  return {.refusal = {},
          .holdings = {{.is_group = false, .members = {}, .arrays = {piece()}},
                       {.is_group = false, .members = {}, .arrays = {chunked()}},
                       {.is_group = true, .members = {"x", "y"}, .arrays = {member, member}}}};
}
const Hdf5Query& query() {
  static const Hdf5Query query{.names = {"a", "b", "c"}, .most_members = 2};
  return query;
}
std::optional<Hdf5Description> read(std::string_view bytes) {
  return read_hdf5_description(bytes, {kFileBytes, query()});
}

TEST(Hdf5Description, IsReadAsItWasWritten) {
  const auto read_back = read(hdf5_description_bytes(all()));
  ASSERT_TRUE(read_back);
  EXPECT_FALSE(read_back->refusal);
  ASSERT_EQ(read_back->holdings.size(), 3U);
  EXPECT_EQ(read_back->holdings[0].arrays[0].at, 2048U);
  EXPECT_EQ(read_back->holdings[0].arrays[0].shape, (Hdf5Shape{5, 6, 7, 3}));
  const Hdf5Array& array = read_back->holdings[1].arrays[0];
  EXPECT_EQ(array.name, "b");
  EXPECT_EQ(array.value_bytes, 2);
  EXPECT_TRUE(array.is_big_endian);
  EXPECT_EQ(array.chunk_shape, (Hdf5Shape{1, 6, 4, 1}));
  EXPECT_EQ(array.filters, (std::vector{Hdf5Filter::shuffle, Hdf5Filter::deflate}));
  ASSERT_EQ(array.chunks.size(), 4U);
  EXPECT_EQ(array.chunks[3].at, 3300U);
  EXPECT_EQ(array.chunks[3].bytes, 93U);
  EXPECT_EQ(array.chunks[3].skipped_filters, 3U);
  EXPECT_TRUE(read_back->holdings[2].is_group);
  EXPECT_EQ(read_back->holdings[2].members, (std::vector<std::string>{"x", "y"}));
  EXPECT_EQ(read_back->holdings[2].arrays[1].name, "c/y");
}

// As a query asks for that has no use for places.
TEST(Hdf5Description, OfShapesAloneHasNoPlaces) {
  const Hdf5Query shapes{.names = {"b"}, .has_places = false};
  Hdf5Array array = chunked();
  const auto read_back = [&] {
    const Hdf5Description description{.refusal = {},
                                      .holdings = {{.is_group = false, .members = {}, .arrays = {array}}}};
    return read_hdf5_description(hdf5_description_bytes(description), {10, shapes});
  };
  EXPECT_FALSE(read_back());
  array = {.name = "b", .shape = {2, 6, 7, 1}, .value_bytes = 2};
  ASSERT_TRUE(read_back());
  EXPECT_EQ(read_back()->holdings[0].arrays[0].shape, (Hdf5Shape{2, 6, 7, 1}));
}

// A terminal would obey them.
TEST(Hdf5Description, NamesForMessagesArePlain) {
  Hdf5Description description = all();
  description.holdings[2].members = {"\x1b[31m", "y"};
  const auto read_back = read(hdf5_description_bytes(description));
  ASSERT_TRUE(read_back);
  EXPECT_EQ(read_back->holdings[2].arrays[0].name, "c/?[31m");
  EXPECT_EQ(read_back->holdings[2].members[0], "\x1b[31m");
}

TEST(Hdf5Description, OfARefusedFileIsTheRefusal) {
  const auto read_back = read(hdf5_description_bytes({.refusal = Problem{"here", "what", "remedy"}, .holdings = {}}));
  ASSERT_TRUE(read_back && read_back->refusal);
  EXPECT_EQ(read_back->refusal->what, "what");
  EXPECT_EQ(read_back->refusal->remedy, "remedy");
}

TEST(Hdf5Description, ThatIsShorterOrLongerIsNone) {
  const std::string bytes = hdf5_description_bytes(all());
  for (std::size_t size = 0; size < bytes.size(); ++size) EXPECT_FALSE(read(bytes.substr(0, size))) << size;
  EXPECT_FALSE(read(bytes + "x"));
}

// Each change alone makes it impossible.
TEST(Hdf5Description, ThatCannotBeIsNone) {
  const std::vector<std::function<void(Hdf5Description&)>> changes = {
      [](auto& d) { d.holdings.pop_back(); },
      [](auto& d) { d.holdings[0].arrays[0].at = kFileBytes - 5 * 6 * 7 * 3 + 1; },
      [](auto& d) { d.holdings[0].arrays[0].at = ~std::uint64_t{0}; },
      [](auto& d) { d.holdings[0].arrays[0].shape[0] = std::int64_t{1} << 31; },
      [](auto& d) { d.holdings[0].arrays[0].shape[1] = 0; },
      [](auto& d) { d.holdings[0].arrays[0].shape[2] = -7; },
      [](auto& d) { d.holdings[0].arrays[0].shape[3] = 65; },
      [](auto& d) {
        d.holdings[0].arrays[0].shape = {1, 1 << 20, 1 << 20, 1};
      },
      [](auto& d) { d.holdings[0].arrays[0].value_bytes = 4; },
      [](auto& d) { d.holdings[0].arrays[0].filters = {Hdf5Filter::deflate}; },
      [](auto& d) { d.holdings[0].arrays[0].chunks = {{.at = 1, .bytes = 1}}; },
      [](auto& d) { d.holdings[0].arrays.push_back(piece()); },
      [](auto& d) { d.holdings[1].arrays[0].chunks.pop_back(); },
      [](auto& d) { d.holdings[1].arrays[0].chunks[2].at = kFileBytes - 91; },
      [](auto& d) { d.holdings[1].arrays[0].chunks[2].bytes = 0; },
      [](auto& d) { d.holdings[1].arrays[0].chunk_shape[1] = 0; },
      [](auto& d) {
        d.holdings[1].arrays[0].chunk_shape = {1 << 20, 1 << 20, 1 << 20, 1 << 20};
      },
      [](auto& d) { d.holdings[1].arrays[0].filters.push_back(static_cast<Hdf5Filter>(3)); },
      [](auto& d) { d.holdings[1].arrays[0].filters.resize(kMostHdf5Filters + 1, Hdf5Filter::shuffle); },
      [](auto& d) { d.holdings[1].arrays[0].filters.push_back(Hdf5Filter::deflate); },
      [](auto& d) { d.holdings[2].arrays[0].shape[0] = 2; },
      [](auto& d) {
        d.holdings[2].members = {"y", "x"};
      },
      [](auto& d) { d.holdings[2].members.push_back("z"), d.holdings[2].arrays.push_back(d.holdings[2].arrays[0]); },
  };
  for (std::size_t i = 0; i < changes.size(); ++i) {
    Hdf5Description description = all();
    changes[i](description);
    EXPECT_FALSE(read(hdf5_description_bytes(description))) << "change " << i;
  }
}

}  // namespace
}  // namespace seg
