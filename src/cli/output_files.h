// SPDX-License-Identifier: Apache-2.0
// The files that a command writes where the user says. What is there already is written over only with --force, and
// what the command reads not even then. Commands ask before the work, so that nothing is half done.
#pragma once
#include <CLI/App.hpp>
#include <CLI/Validators.hpp>
#include <filesystem>
#include <memory>
#include <vector>

namespace seg {

// Adds --force to a command. The result is filled when the command line is parsed.
std::shared_ptr<bool> add_force(CLI::App& app);

// For an option that names a file or a folder: refuses an empty name, such as that of a script's unset variable.
CLI::Validator some_name();

struct OutputFiles {
  std::vector<std::filesystem::path> written;
  std::vector<std::filesystem::path> read{};  // whatever their names: links are followed
  bool may_overwrite = false;
};

// A UserError that names the first of the files concerned, and how many there are. Two of one name are refused, too.
void refuse_to_overwrite(const OutputFiles& files);

// Makes the folder that a file is to lie in, and tries to write there: a UserError where that cannot be.
void prepare_place_of(const std::filesystem::path& file);

// For a folder in which names of files depend on the work: with anything in it, it is refused.
void refuse_to_mix_into(const std::filesystem::path& folder, bool may_overwrite);

}  // namespace seg
