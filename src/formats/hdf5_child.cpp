// SPDX-License-Identifier: Apache-2.0
#include "formats/hdf5_child.h"

#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstdlib>
#include <exception>
#include <span>
#include <string_view>

#include "base/error.h"
#include "base/own_child.h"
#include "formats/hdf5_description.h"
#include "formats/hdf5_library.h"

namespace seg {
namespace {

constexpr std::string_view kMark = "--describe-hdf5";  // no command of the program begins like that
constexpr int kFirstName = 4;

std::atomic<bool> is_called = false;

bool write_all(std::string_view text) {
  while (!text.empty()) {
    const ssize_t count = ::write(STDOUT_FILENO, text.data(), text.size());
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) return false;
    text.remove_prefix(static_cast<std::size_t>(count));
  }
  return true;
}

Hdf5Description described(const std::filesystem::path& file, const Hdf5Query& query) {
  Hdf5Description description;
  try {
    description.holdings = describe_by_library(file, query);
  } catch (const UserError& error) {
    description.refusal = error.problems().front();
  }
  return description;
}

}  // namespace

std::optional<int> hdf5_child_main(int argc, char** argv) {
  is_called = true;
  const std::span<char*> words(argv, static_cast<std::size_t>(argc));
  if (argc <= kFirstName || words[1] != kMark) return std::nullopt;
  try {
    confine_this_process({.more_bytes = std::uint64_t{1} << 30, .processor_seconds = 120});
    Hdf5Query query{.names = {words.begin() + kFirstName, words.end()},
                    .most_members = std::strtoull(words[3], nullptr, 10)};
    return write_all(hdf5_description_bytes(described(words[2], query))) ? 0 : 1;
  } catch (const std::exception&) {
    return 1;
  }
}

bool has_hdf5_child_main() noexcept { return is_called; }

std::vector<std::string> hdf5_child_arguments(const std::filesystem::path& file, const Hdf5Query& query) {
  std::vector<std::string> arguments = {std::string(kMark), file.string(), std::to_string(query.most_members)};
  arguments.insert(arguments.end(), query.names.begin(), query.names.end());
  return arguments;
}

}  // namespace seg
