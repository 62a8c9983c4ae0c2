// SPDX-License-Identifier: Apache-2.0
#include "loader/cache_choice.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <string>

#include "base/error.h"
#include "tests/support/environment_variables.h"
#include "tests/support/problem_record.h"

namespace seg {
namespace {

using testing::EnvironmentVariables;

constexpr std::int64_t kGib = std::int64_t{1} << 30;
constexpr DecodingCost kCity{.images = 2975, .bytes = 18 * kGib, .milliseconds_per_image = 12};

CacheRequest request_for(std::string_view cache) {
  CacheRequest request;
  request.cache = std::string(cache);
  request.usable_memory = 40 * kGib;
  request.needed_memory = 6 * kGib;
  request.epochs = 50;
  return request;
}

TEST(CacheChoice, OffIsOff) { EXPECT_EQ(choose_cache(request_for("off"), kCity).tier, CacheTier::off); }

TEST(CacheChoice, MemoryIsWhatTheRunAndTheMachineLeave) {
  const CacheChoice choice = choose_cache(request_for("ram"), kCity);
  EXPECT_EQ(choice.tier, CacheTier::ram);
  EXPECT_EQ(choice.budget_bytes, 30 * kGib);  // a tenth stays free
  EXPECT_EQ(choice.value, "ram, up to 32.2 GB");
  EXPECT_EQ(choice.reason, "cache: 2.98 k images take about 19.3 GB decoded");
  CacheRequest small = request_for("ram");
  small.usable_memory = 7 * kGib;  // at least a GiB stays free
  EXPECT_EQ(choose_cache(small, kCity).budget_bytes, 0);
}

TEST(CacheChoice, ABudgetIsKeptToButNeverBeyondTheMemory) {
  CacheRequest request = request_for("ram");
  request.budget_gb = 4.5;
  CacheChoice choice = choose_cache(request, kCity);
  EXPECT_EQ(choice.budget_bytes, 9 * kGib / 2);
  EXPECT_NE(choice.reason.find("the others are read from their files. The limit is cache_budget_gb"),
            std::string::npos);
  request.budget_gb = 1e6;
  EXPECT_EQ(choose_cache(request, kCity).budget_bytes, 30 * kGib);
}

TEST(CacheChoice, ADiskIsNotFilledToTheBrim) {
  CacheRequest request = request_for("disk");
  request.folder = "/cache/CityScapes-1";
  EXPECT_EQ(choose_cache(request, kCity).budget_bytes, 0);  // an unknown disk
  request.space = {.total_bytes = 400 * kGib, .free_bytes = 100 * kGib};
  request.needed_disk = 10 * kGib;
  CacheChoice choice = choose_cache(request, kCity);
  EXPECT_EQ(choice.tier, CacheTier::disk);
  EXPECT_EQ(choice.folder, "/cache/CityScapes-1");
  EXPECT_EQ(choice.budget_bytes, 70 * kGib);  // a twentieth stays free
  EXPECT_NE(choice.reason.find("in /cache/CityScapes-1, which may be removed while no run uses it"), std::string::npos);
  EXPECT_EQ(choice.spare_bytes, 70 * kGib);
  request.on_disk = 5 * kGib;
  EXPECT_EQ(choose_cache(request, kCity).budget_bytes, 75 * kGib);
  EXPECT_EQ(choose_cache(request, kCity).spare_bytes, 70 * kGib);  // a copy lies beside it
  request.budget_gb = 3;
  EXPECT_EQ(choose_cache(request, kCity).budget_bytes, 3 * kGib);
}

TEST(CacheChoice, ANewCacheThatTheDiskHasNoRoomForIsRefused) {
  CacheRequest request = request_for("disk");
  request.folder = "/cache/CityScapes-1";
  EXPECT_FALSE(lack_of_disk(request, kCity));  // an unknown disk
  request.space = {.total_bytes = 400 * kGib, .free_bytes = 38 * kGib};
  EXPECT_FALSE(lack_of_disk(request, kCity));  // 18 of 18 are left
  request.space->free_bytes -= kGib / 2;
  const auto lack = lack_of_disk(request, kCity);
  ASSERT_TRUE(lack);
  testing::record({*lack});
  EXPECT_EQ(lack->where, "/cache/CityScapes-1");
  EXPECT_EQ(lack->what,
            "has too little room: the cache would take about 19.3 GB, and of 40.3 GB that are free 21.5 GB are left to "
            "others (a twentieth of the disk, at least 1 GiB)");
  EXPECT_EQ(lack->remedy,
            "free some space there, or name a cache_dir on another disk; cache_budget_gb=17.5 keeps a part");
  request.budget_gb = 17.5;
  EXPECT_FALSE(lack_of_disk(request, kCity));
  request.space = {.total_bytes = 200 << 20, .free_bytes = 200 << 20};  // a small disk, of which nothing is to be had
  EXPECT_EQ(lack_of_disk(request, kCity)->remedy, "free some space there, or name a cache_dir on another disk");
  request.on_disk = 128;  // begun by a run that was stopped at once
  EXPECT_TRUE(lack_of_disk(request, kCity));
  request.on_disk = 5 << 20;  // what is there is used, and added to as far as there is room
  EXPECT_FALSE(lack_of_disk(request, kCity));
}

TEST(CacheChoice, AutoTakesTheDiskForWhatTheMemoryHasNoRoomFor) {
  CacheRequest request = request_for("auto");
  request.usable_memory = 15 * kGib;
  request.space = {.total_bytes = 400 * kGib, .free_bytes = 100 * kGib};
  EXPECT_EQ(choose_cache(request, kCity).tier, CacheTier::disk);
  DecodingCost cheap = kCity;
  cheap.milliseconds_per_image = 2;
  EXPECT_EQ(choose_cache(request, cheap).tier, CacheTier::ram);
  request.space->free_bytes = 30 * kGib;
  EXPECT_EQ(choose_cache(request, kCity).tier, CacheTier::ram);
}

TEST(CacheRequest, OfAutoDoesWithoutADiskWhereNoFolderIsKnown) {
  const EnvironmentVariables before({"XDG_CACHE_HOME", "HOME"});
  for (const char* name : {"XDG_CACHE_HOME", "HOME"}) unsetenv(name);
  LoaderConfig config;
  config.cache = "auto";
  EXPECT_FALSE(cache_request(config, "CityScapes", "decoder 1").space);
  config.cache = "disk";
  EXPECT_THROW((void)cache_request(config, "CityScapes", "decoder 1"), UserError);
}

TEST(CacheRequest, LooksAtTheDiskOnlyIfItMatters) {
  LoaderConfig config;
  config.cache = "ram";
  config.cache_budget_gb = 2;
  CacheRequest request = cache_request(config, "CityScapes", "decoder 1");
  EXPECT_EQ(request.cache, "ram");
  EXPECT_EQ(request.budget_gb, 2);
  EXPECT_GT(request.usable_memory, 0);
  EXPECT_TRUE(request.folder.empty());
  config.cache = "disk";
  config.cache_dir = "/tmp/segtrain-no-such-folder";
  request = cache_request(config, "CityScapes", "decoder 1");
  EXPECT_EQ(request.folder.parent_path(), "/tmp/segtrain-no-such-folder");
  ASSERT_TRUE(request.space);
  EXPECT_GT(request.space->total_bytes, 0);
  EXPECT_EQ(request.on_disk, 0);
}

TEST(CacheChoice, WhatWasNotAskedForMayBeDoneWithout) {
  EXPECT_TRUE(choose_cache(request_for("auto"), kCity).may_do_without);
  EXPECT_FALSE(choose_cache(request_for("ram"), kCity).may_do_without);
}

TEST(CacheChoice, ExpectsNoMoreThanThereIsToKeep) {
  CacheRequest request = request_for("ram");
  EXPECT_EQ(choose_cache(request, kCity).expected_bytes, kCity.bytes);
  request.budget_gb = 2;
  EXPECT_EQ(choose_cache(request, kCity).expected_bytes, 2 * kGib);
}

TEST(CacheChoice, OfOnePassIsTheDiskOrNothing) {
  CacheRequest request = request_for("disk");
  request.folder = "/cache";
  request.space = {.total_bytes = 400 * kGib, .free_bytes = 100 * kGib};
  EXPECT_EQ(choose_cache_for_one_pass(request).tier, CacheTier::disk);
  EXPECT_EQ(choose_cache_for_one_pass(request).folder, "/cache");
  EXPECT_FALSE(choose_cache_for_one_pass(request).may_do_without);
  request.cache = "auto";
  EXPECT_EQ(choose_cache_for_one_pass(request).tier, CacheTier::off);
  request.on_disk = 5;  // somebody made one
  EXPECT_EQ(choose_cache_for_one_pass(request).tier, CacheTier::disk);
  EXPECT_TRUE(choose_cache_for_one_pass(request).may_do_without);
  request.cache = "ram";
  EXPECT_EQ(choose_cache_for_one_pass(request).tier, CacheTier::off);
}

TEST(CacheChoice, AutoKeepsInMemoryWhatFitsAndSaysWhy) {
  const CacheChoice choice = choose_cache(request_for("auto"), kCity);
  EXPECT_EQ(choice.tier, CacheTier::ram);
  EXPECT_EQ(choice.reason, "auto: decoding takes 12.0 ms an image; 2.98 k images take about 19.3 GB decoded");
}

TEST(CacheChoice, AutoKeepsAPartIfThatIsFelt) {
  CacheRequest request = request_for("auto");
  request.usable_memory = 15 * kGib;
  CacheChoice choice = choose_cache(request, kCity);
  EXPECT_EQ(choice.tier, CacheTier::ram);
  EXPECT_NE(choice.reason.find("the others are read from their files"), std::string::npos);
  request.usable_memory = 8 * kGib;
  choice = choose_cache(request, kCity);
  EXPECT_EQ(choice.tier, CacheTier::off);
  EXPECT_NE(choice.reason.find("training leaves 1.1 GB"), std::string::npos) << choice.reason;
}

TEST(CacheChoice, AutoKeepsNothingThatIsNotUsedAgainOrCheap) {
  CacheRequest once = request_for("auto");
  once.epochs = 1;
  EXPECT_EQ(choose_cache(once, kCity).reason, "auto: each image is used about once");
  DecodingCost cheap = kCity;
  cheap.milliseconds_per_image = 0.04;
  EXPECT_EQ(choose_cache(request_for("auto"), cheap).tier, CacheTier::off);
}

TEST(CacheChoice, TiersHaveTheNamesOfTheirKey) {
  EXPECT_STREQ(name_of(CacheTier::off), "off");
  EXPECT_STREQ(name_of(CacheTier::ram), "ram");
  EXPECT_STREQ(name_of(CacheTier::disk), "disk");
}

}  // namespace
}  // namespace seg
