// SPDX-License-Identifier: Apache-2.0
#include "dataset/list_file.h"

#include <algorithm>
#include <cstdint>
#include <system_error>
#include <vector>

#include "base/machine.h"
#include "base/parallel.h"
#include "base/random.h"
#include "base/user_text.h"
#include "dataset/list_line.h"
#include "dataset/problem_list.h"

namespace seg {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kFilesPerTask = 512;

// A line with the terminator removed; `rest` loses both.
std::string_view take_line(std::string_view& rest) noexcept {
  const std::size_t end = std::min(rest.find_first_of("\r\n"), rest.size());
  const std::string_view line = rest.substr(0, end);
  const bool both = rest.substr(end).starts_with("\r\n");
  rest.remove_prefix(std::min(rest.size(), end + (both ? 2 : 1)));
  return line;
}

// Finds the lines that repeat another one. Of each only a hash is kept until all are read.
class Repetitions {
 public:
  void note(const std::vector<std::string>& columns, std::size_t line) {
    key_.clear();
    for (const std::string& column : columns) key_.append(column).push_back('\n');
    lines_.push_back({.hash = hash_of(key_.data(), key_.size()), .line = line, .sample = lines_.size()});
  }

  RepeatedLines found_in(const SampleList& list) {
    std::ranges::sort(lines_, {}, [](const Line& line) { return std::pair(line.hash, line.sample); });
    RepeatedLines repeated;
    for (std::size_t first = 0, i = 1; i < lines_.size(); ++i) {
      if (lines_[i].hash != lines_[first].hash) first = i;
      if (i == first || !are_equal(list, lines_[first].sample, lines_[i].sample)) continue;
      if (++repeated.count > 1 && repeated.line < lines_[i].line) continue;
      repeated.line = lines_[i].line;
      repeated.first_line = lines_[first].line;
    }
    return repeated;
  }

 private:
  struct Line {
    std::uint64_t hash = 0;
    std::size_t line = 0, sample = 0;
  };

  static bool are_equal(const SampleList& list, std::size_t a, std::size_t b) {
    for (std::size_t k = 0; k < list.num_images(); ++k)
      if (list.image(a, k) != list.image(b, k)) return false;
    return list.label(a) == list.label(b);
  }

  std::vector<Line> lines_;
  std::string key_;
};

class ListParser {
 public:
  ListParser(const std::string& where, const std::string& root) : where_(where), list_(root), problems_(where) {}

  // The good lines; problems() has the others.
  SampleList parse(std::string_view text) {
    refuse_other_encodings(text);
    if (text.starts_with("\xef\xbb\xbf")) text.remove_prefix(3);
    for (number_ = 1; !text.empty(); ++number_) parse_line(take_line(text));
    if (list_.size() == 0 && problems_.empty())
      fail(where_, "the list is empty", "write one `image,label` a line, relative to im_root; or name another list");
    list_.note_repeated(repetitions_.found_in(list_));
    return std::move(list_);
  }
  std::vector<Problem> problems() const { return problems_.result(); }

 private:
  void refuse_other_encodings(std::string_view text) const {
    if (text.starts_with("\xff\xfe") || text.starts_with("\xfe\xff"))
      fail(where_, "the list is UTF-16, not UTF-8", "iconv -f utf-16 -t utf-8, or save it as UTF-8 in the editor");
    if (const auto line = line_of_zero_byte(text))
      fail(where_ + ", line " + std::to_string(*line), "not a list: it holds bytes of value 0",
           "name a text file with one `image,label` a line");
  }

  void parse_line(std::string_view line) {
    ListLine read = list_line(line);
    if (!read.fault && read.columns.size() == 1)
      read.fault = {.kind = "lines that name one file only",
                    .what = "names one file only: " + shown_line(line),
                    .remedy = "write `image,label`: two file names with a comma between them"};
    if (!read.fault && read.columns.size() > 1 && list_.size() > 0 && read.columns.size() != list_.num_images() + 1)
      read.fault = {.kind = "lines with another number of columns",
                    .what = "holds " + std::to_string(read.columns.size()) + " columns, the first line " +
                            std::to_string(list_.num_images() + 1) + ": " + shown_line(line),
                    .remedy =
                        "name as many images in each line, and then the label. A name that holds commas stands in "
                        "quotation marks"};
    if (read.fault) return complain(*read.fault);
    if (read.columns.empty()) return;
    repetitions_.note(read.columns, number_);
    const std::string label = std::move(read.columns.back());
    read.columns.pop_back();
    list_.add(read.columns, label);
  }

  void complain(const LineFault& fault) {
    problems_.add(fault.kind, {.where = where_ + ", line " + std::to_string(number_),
                               .what = fault.what,
                               .remedy = std::string(fault.remedy)});
  }

  const std::string& where_;
  SampleList list_;
  Repetitions repetitions_;
  ProblemList problems_;
  std::size_t number_ = 1;
};

}  // namespace

fs::path find_list(const std::string& name, const std::string& root) {
  std::error_code ignored;
  fs::path as_named(name), below_root = fs::path(root) / name;
  if (fs::exists(as_named, ignored) || as_named.is_absolute()) return as_named;
  if (fs::exists(below_root, ignored)) return below_root;
  fail(name, "there is no such list, neither in " + fs::current_path(ignored).string() + " nor in " + root,
       "check train_im_anns, val_im_anns and im_root");
}

SampleList parse_list(std::string_view text, const std::string& where, const std::string& root) {
  ListParser parser(where, root);
  SampleList list = parser.parse(text);
  fail_if_any(parser.problems());
  return list;
}

MissingFiles find_missing_files(const SampleList& list, const std::string& where, const FileSource& files) {
  // Asked in parallel: on a network file system the answers take their time, one by one.
  const std::size_t columns = list.num_images() + 1;
  std::vector<std::string> why(list.size() * columns);
  const std::size_t tasks = (list.size() + kFilesPerTask - 1) / kFilesPerTask;
  parallel_for_each(tasks, std::max(4, usable_processors()), [&](std::size_t task) {
    for (std::size_t i = task * kFilesPerTask; i < std::min(list.size(), (task + 1) * kFilesPerTask); ++i) {
      for (std::size_t k = 0; k + 1 < columns; ++k) why[i * columns + k] = files.why_unreadable(list.image_path(i, k));
      if (!list.label(i).empty()) why[i * columns + columns - 1] = files.why_unreadable(list.label_path(i));
    }
  });
  ProblemList problems(where);
  std::vector<std::size_t> readable;
  for (std::size_t i = 0; i < list.size(); ++i) {
    const std::size_t num_before = problems.total();
    for (std::size_t k = 0; k < columns; ++k) {
      const std::string& reason = why[i * columns + k];
      if (reason.empty()) continue;
      const bool is_image = k + 1 < columns;
      const std::string_view kind = is_image ? "image" : "label";
      problems.add(std::string(kind) + " files that cannot be read (of " + std::to_string(list.size()) + ")",
                   {.where = is_image ? list.image_path(i, k) : list.label_path(i),
                    .what = "the " + std::string(kind) + " cannot be read: " + reason,
                    .remedy = "check im_root, or take the line out of the list"});
    }
    if (problems.total() == num_before) readable.push_back(i);
  }
  return {.problems = problems.result(), .readable = std::move(readable)};
}

SampleList read_list(const fs::path& path, const std::string& root, const FileSource& files,
                     std::vector<Problem>* absent) {
  Bytes bytes;
  files.read(path, bytes);
  const std::string_view text(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  const std::string where = path.string();
  ListParser parser(where, root);
  SampleList list = parser.parse(text);
  std::vector<Problem> problems = parser.problems();
  MissingFiles missing;
  if (list.size() > 0) missing = find_missing_files(list, where, files);
  const bool may_leave_out = absent != nullptr && problems.empty() && !missing.readable.empty();
  std::vector<Problem>& told = may_leave_out ? *absent : problems;
  told.insert(told.end(), missing.problems.begin(), missing.problems.end());
  fail_if_any(std::move(problems));
  return missing.problems.empty() ? list : list.only(missing.readable);
}

}  // namespace seg
