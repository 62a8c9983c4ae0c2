// SPDX-License-Identifier: Apache-2.0
// What `segtrain check` has found, told three ways: as text, as JSON, and as a page.
#pragma once
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "base/error.h"
#include "dataset/dataset.h"
#include "dataset/disk_speed.h"
#include "dataset/split_check.h"
#include "telemetry/console.h"

namespace seg {

struct CheckedSplit {
  Split split = Split::train;
  const Dataset* dataset = nullptr;
  SplitCheck check;
};

struct Findings {
  std::vector<Problem> problems, warnings;  // of all splits, with their places
};

struct CheckResult {
  const std::vector<CheckedSplit>& splits;  // training, validation
  const Findings& findings;
  const DiskSpeed& disk;
};

std::string name_for_people(Split split);

// Classes, sizes, speeds and warnings. Problems are what the program prints of every command.
void show(const CheckResult& result, Console& console);

nlohmann::json to_json(const CheckResult& result);

// Replaces what is there. UserError if it cannot be written.
void write_check_page(const std::string& file, const std::string& title, const CheckResult& result);

}  // namespace seg
