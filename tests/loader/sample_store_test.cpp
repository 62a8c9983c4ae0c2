// SPDX-License-Identifier: Apache-2.0
#include "loader/sample_store.h"

#include <gtest/gtest.h>

#include <atomic>
#include <map>
#include <optional>
#include <stdexcept>
#include <thread>
#include <vector>

namespace seg {
namespace {

constexpr ImageLayout kLayout{.height = 4, .width = 6, .channels = 1};

// Of a sample that lives as long as the program.
const SamplePacker& packer() {
  static const Image image(kLayout);
  static const SamplePacker packed = [] {
    SamplePacker made;
    made.take(image, LabelMap(4, 6));
    return made;
  }();
  return packed;
}

Bytes packed_sample() {
  Bytes packed(packer().size());
  packer().write(packed);
  return packed;
}

// Keeps what it is given, has room for some, and may know of a sample from before.
class FakeStore final : public SampleStore {
 public:
  FakeStore(std::int64_t bytes, std::map<std::size_t, Bytes> before = {}, std::optional<std::uint8_t> distances = {})
      : SampleStore(5, distances), room(bytes), before_(std::move(before)) {}

  std::int64_t room;
  bool is_full = false;  // tells so only when it has to store
  bool fails = false;    // whatever it is asked to do
  std::optional<std::size_t> last_dropped;
  std::atomic<int> lookups = 0;

 private:
  std::span<const std::byte> look_up(std::size_t index) override {
    ++lookups;
    if (fails) throw std::runtime_error("no luck");
    const auto found = before_.find(index);
    return found == before_.end() ? std::span<const std::byte>() : found->second;
  }
  bool take_room(std::int64_t bytes) override { return room >= bytes && (room -= bytes, true); }
  void give_room_back(std::int64_t bytes) noexcept override { room += bytes; }
  std::span<const std::byte> store(std::size_t index, const SamplePacker& packed) override {
    if (fails) throw std::runtime_error("no luck");
    if (is_full) return {};
    stored_[index].resize(packed.size());
    packed.write(stored_[index]);
    return stored_[index];
  }
  void dropped(std::size_t index) noexcept override { last_dropped = index; }

  std::map<std::size_t, Bytes> before_, stored_;
};

TEST(SampleStore, OneClaimsASampleAndAllFindItThen) {
  FakeStore store(10000);
  EXPECT_FALSE(store.find(2));
  EXPECT_TRUE(store.claim(2, kLayout));
  EXPECT_FALSE(store.claim(2, kLayout));
  EXPECT_FALSE(store.find(2));  // nobody waits for it
  store.keep(2, packer());
  ASSERT_TRUE(store.find(2));
  EXPECT_EQ(store.find(2)->layout(), kLayout);
  EXPECT_FALSE(store.claim(2, kLayout));
  EXPECT_EQ(store.room, 10000 - static_cast<std::int64_t>(packed_sample().size()));
  EXPECT_EQ(store.content().kept, 1);
  EXPECT_EQ(store.content().bytes, static_cast<std::int64_t>(packed_sample().size()));
}

TEST(SampleStore, WhatWasKeptWithoutDistancesIsMadeAnewWhereThereIsRoom) {
  FakeStore store(10000, {{3, packed_sample()}}, 255);
  EXPECT_EQ(store.distances(), 255);
  EXPECT_FALSE(store.find(3));
  EXPECT_EQ(store.room, 10000);
  EXPECT_TRUE(store.claim(3, kLayout));
  EXPECT_EQ(store.room, 10000 - largest_packed_size(kLayout, true));
  FakeStore full(10, {{3, packed_sample()}}, 255);
  ASSERT_TRUE(full.find(3)) << "it still serves";
  EXPECT_FALSE(full.find(3)->has_distances(255));
}

TEST(SampleStore, WhatWasKeptWithDistancesServesWhereTheSameLabelIsIgnored) {
  const LabelMap map(4, 6);
  Bytes packed;
  pack_sample(Image(kLayout), map, packed, KeptDistances{.map = map, .ignored = 7});
  FakeStore same(10000, {{1, packed}}, 7), other(10000, {{1, packed}}, 255), none(10000, {{1, packed}});
  EXPECT_TRUE(same.find(1));
  EXPECT_FALSE(other.find(1));
  EXPECT_TRUE(none.find(1));
}

TEST(SampleStore, AsksOnceForWhatWasKeptBefore) {
  FakeStore store(0, {{3, packed_sample()}});
  ASSERT_TRUE(store.find(3));
  ASSERT_TRUE(store.find(3));
  EXPECT_FALSE(store.find(1));
  EXPECT_FALSE(store.find(1));
  EXPECT_EQ(store.lookups, 2);
  EXPECT_EQ(store.content().kept, 1);
}

TEST(SampleStore, WithoutRoomNowASampleMayAskAgain) {
  FakeStore store(largest_packed_size(kLayout) - 1);
  for (int use = 0; use < 2; ++use) {
    EXPECT_FALSE(store.find(0));
    EXPECT_FALSE(store.claim(0, kLayout));
  }
  EXPECT_EQ(store.room, largest_packed_size(kLayout) - 1);  // nothing was taken for it
  EXPECT_EQ(store.lookups, 1);
  ++store.room;
  EXPECT_TRUE(store.claim(0, kLayout));
}

// Room for one label that does not shrink, and for two that do.
TEST(SampleStore, RoomThatComesBackIsForWhoAsksNext) {
  FakeStore store(largest_packed_size(kLayout) + static_cast<std::int64_t>(packed_sample().size()));
  for (const std::size_t index : {0, 1}) (void)store.find(index);
  ASSERT_TRUE(store.claim(0, kLayout));
  ASSERT_LT(store.room, largest_packed_size(kLayout));
  EXPECT_FALSE(store.claim(1, kLayout));
  store.keep(0, packer());
  ASSERT_TRUE(store.claim(1, kLayout));
  store.keep(1, packer());
  EXPECT_EQ(store.content().kept, 2);
}

TEST(SampleStore, ASampleThatIsTooLargeLeavesTheRoomToSmallerOnes) {
  const ImageLayout large{.height = 40, .width = 60, .channels = 1};
  FakeStore store(largest_packed_size(kLayout));
  for (const std::size_t index : {0, 1}) (void)store.find(index);
  EXPECT_FALSE(store.claim(0, large));
  EXPECT_TRUE(store.claim(1, kLayout));
}

TEST(SampleStore, WhoGivesUpLeavesItToTheFiles) {
  FakeStore store(10000);
  (void)store.find(0);
  ASSERT_TRUE(store.claim(0, kLayout));
  store.give_up(0);
  EXPECT_FALSE(store.find(0));
  EXPECT_FALSE(store.claim(0, kLayout));
  EXPECT_EQ(store.room, 10000);
}

TEST(SampleStore, WhatCannotBeStoredIsLeftOut) {
  FakeStore store(10000);
  store.is_full = true;
  (void)store.find(0);
  ASSERT_TRUE(store.claim(0, kLayout));
  store.keep(0, packer());
  EXPECT_FALSE(store.find(0));
  EXPECT_EQ(store.room, 10000);
}

TEST(SampleStore, AFailureFreesWhatWasClaimed) {
  FakeStore store(10000);
  store.fails = true;
  EXPECT_THROW((void)store.find(0), std::runtime_error);
  store.fails = false;
  EXPECT_FALSE(store.find(0));
  EXPECT_EQ(store.lookups, 2);
  ASSERT_TRUE(store.claim(0, kLayout));
  store.fails = true;
  EXPECT_THROW(store.keep(0, packer()), std::runtime_error);
  EXPECT_EQ(store.room, 10000);
  EXPECT_FALSE(store.find(0));
}

TEST(SampleStore, WhatIsDroppedIsReadFromItsFilesFromThenOn) {
  FakeStore store(10000, {{3, packed_sample()}});
  ASSERT_TRUE(store.find(3));
  store.drop(3);
  store.drop(3);  // another reader saw the damage, too
  EXPECT_EQ(store.last_dropped, 3U);
  EXPECT_FALSE(store.find(3));
  EXPECT_FALSE(store.claim(3, kLayout));
  EXPECT_EQ(store.content().kept, 0);
  EXPECT_EQ(store.content().bytes, 0);
}

TEST(SampleStore, OfManyThreadsOneClaims) {
  for (int round = 0; round < 50; ++round) {
    FakeStore store(1000000);
    std::atomic<int> claims = 0;
    {
      std::vector<std::jthread> threads;
      for (int i = 0; i < 4; ++i)
        threads.emplace_back([&] {
          while (!store.find(1)) {  // who came while it was looked up comes again
            if (!store.claim(1, kLayout)) continue;
            ++claims;
            store.keep(1, packer());
          }
        });
    }
    ASSERT_EQ(claims, 1);
    ASSERT_EQ(store.lookups, 1);
  }
}

}  // namespace
}  // namespace seg
