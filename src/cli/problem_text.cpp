// SPDX-License-Identifier: Apache-2.0
#include "cli/problem_text.h"

#include <algorithm>

namespace seg {
namespace {

constexpr std::string_view kWhere = "error: ", kWhat = "  what: ", kRemedy = "  try:  ";

}  // namespace

std::string problems_text(const std::vector<Problem>& problems) {
  std::string text;
  for (const auto& [where, what, remedy] : problems) {
    text.append(kWhere).append(where).append("\n");
    text.append(kWhat).append(what).append("\n");
    text.append(kRemedy).append(remedy).append("\n");
  }
  return text;
}

std::vector<Problem> problems_from(std::string_view text) {
  std::vector<Problem> problems;
  std::string* part = nullptr;  // that a line without a beginning of its own continues
  for (std::size_t begin = 0; begin < text.size();) {
    const std::size_t end = std::min(text.find('\n', begin), text.size());
    const std::string_view line = text.substr(begin, end - begin);
    begin = end + 1;
    if (line.starts_with(kWhere)) {
      problems.push_back({.where = std::string(line.substr(kWhere.size())), .what = {}, .remedy = {}});
      part = &problems.back().where;
    } else if (!problems.empty() && line.starts_with(kWhat)) {
      part = &(problems.back().what = line.substr(kWhat.size()));
    } else if (!problems.empty() && line.starts_with(kRemedy)) {
      problems.back().remedy = line.substr(kRemedy.size());
      part = nullptr;  // what follows is somebody else's
    } else if (part != nullptr) {
      part->append("\n").append(line);
    }
  }
  std::erase_if(problems, [](const Problem& problem) { return problem.what.empty() || problem.remedy.empty(); });
  return problems;
}

}  // namespace seg
