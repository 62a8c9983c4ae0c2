// SPDX-License-Identifier: Apache-2.0
#include "cli/doctor_machine.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <string>
#include <utility>

#include "base/machine.h"
#include "tests/cli/printed.h"

namespace seg {
namespace {

using Json = nlohmann::json;

TEST(DoctorOfTheMachine, SaysWhatTrainingWouldMeet) {
  const testing::Printed result = testing::run({"doctor", "--json"});
  ASSERT_EQ(result.code, kExitDone) << result.err;
  const Json json = Json::parse(result.out);
  const Json& figures = json.at("figures");
  EXPECT_EQ(figures.at("processors"), usable_processors());
  EXPECT_GT(figures.at("usable_memory_bytes").get<std::int64_t>(), 0);
  EXPECT_GE(figures.at("threads").get<int>() + figures.at("workers").get<int>(), 1);
  EXPECT_EQ(json.at("device").at("cpu"), cpu_name());
  EXPECT_NE(result.err.find("read cold") != std::string::npos,
            result.err.find("disk here     unknown") != std::string::npos)
      << result.err;
  EXPECT_NE(result.err.find("segtrain doctor CONFIG"), std::string::npos);
}

TEST(DoctorOfTheMachine, HasNoConfigToChange) {
  for (const auto& [option, value] :
       {std::pair("--apply", "tuned.toml"), std::pair("--budget", "5m"), std::pair("--preset", "fast")}) {
    const testing::Printed result = testing::run({"doctor", option, value});
    EXPECT_EQ(result.code, kExitUser);
    EXPECT_NE(result.err.find(std::string(option) + " " + value), std::string::npos) << result.err;
    EXPECT_NE(result.err.find("there is no config that it could be of"), std::string::npos) << result.err;
  }
}

}  // namespace
}  // namespace seg
