// SPDX-License-Identifier: Apache-2.0
#include "dataset/list_file.h"

#include <algorithm>
#include <cstdint>
#include <optional>
#include <system_error>

#include "base/machine.h"
#include "base/parallel.h"
#include "dataset/problem_list.h"

namespace seg {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kLongestName = 4096;
constexpr std::size_t kShownOfALine = 60;
constexpr std::size_t kFilesPerTask = 512;

std::string_view trimmed(std::string_view text) noexcept {
  const auto first = text.find_first_not_of(" \t");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

// Bytes of the UTF-8 character that begins at text[i], or 0 if none does (overlong forms and surrogates are none).
std::size_t character_length(std::string_view text, std::size_t i) noexcept {
  const auto byte = [&](std::size_t k) { return i + k < text.size() ? static_cast<unsigned char>(text[i + k]) : 0u; };
  const auto follows = [&](std::size_t k, unsigned low = 0x80, unsigned high = 0xbf) {
    return byte(k) >= low && byte(k) <= high;
  };
  const unsigned lead = byte(0);
  if (lead < 0x80) return 1;
  if (lead >= 0xc2 && lead <= 0xdf) return follows(1) ? 2 : 0;
  if (lead >= 0xe0 && lead <= 0xef) {
    const unsigned low = lead == 0xe0 ? 0xa0 : 0x80, high = lead == 0xed ? 0x9f : 0xbf;
    return follows(1, low, high) && follows(2) ? 3 : 0;
  }
  if (lead >= 0xf0 && lead <= 0xf4) {
    const unsigned low = lead == 0xf0 ? 0x90 : 0x80, high = lead == 0xf4 ? 0x8f : 0xbf;
    return follows(1, low, high) && follows(2) && follows(3) ? 4 : 0;
  }
  return 0;
}

// Offset of the first byte that is not UTF-8.
std::optional<std::size_t> first_broken_byte(std::string_view text) noexcept {
  for (std::size_t i = 0; i < text.size();) {
    const std::size_t length = character_length(text, i);
    if (length == 0) return i;
    i += length;
  }
  return std::nullopt;
}

std::string hexadecimal(unsigned char byte) {
  constexpr char kDigits[] = "0123456789abcdef";
  return {'0', 'x', kDigits[byte >> 4], kDigits[byte & 15]};
}

// A line may hold anything; messages show its beginning, and never raw control characters.
std::string quoted(std::string_view line) {
  std::string shown = "\"";
  std::size_t i = 0;
  while (i < line.size() && i < kShownOfALine) {
    const std::size_t length = character_length(line, i);
    const auto c = static_cast<unsigned char>(line[i]);
    if (length == 0 || c < ' ' || c == 127)
      shown += '?';
    else
      shown += line.substr(i, length);
    i += std::max<std::size_t>(length, 1);
  }
  return shown + (i < line.size() ? "…\"" : "\"");
}

// A line with the terminator removed; `rest` loses both.
std::string_view take_line(std::string_view& rest) noexcept {
  const std::size_t end = std::min(rest.find_first_of("\r\n"), rest.size());
  const std::string_view line = rest.substr(0, end);
  const bool both = rest.substr(end).starts_with("\r\n");
  rest.remove_prefix(std::min(rest.size(), end + (both ? 2 : 1)));
  return line;
}

class ListParser {
 public:
  ListParser(const std::string& where, const std::string& root) : where_(where), list_(root), problems_(where) {}

  SampleList parse(std::string_view text) {
    refuse_other_encodings(text);
    if (text.starts_with("\xef\xbb\xbf")) text.remove_prefix(3);
    for (number_ = 1; !text.empty(); ++number_) parse_line(trimmed(take_line(text)));
    fail_if_any(problems_.result());
    if (list_.size() == 0)
      fail(where_, "the list is empty", "write one `image,label` a line, relative to im_root; or name another list");
    return std::move(list_);
  }

 private:
  void refuse_other_encodings(std::string_view text) const {
    if (text.starts_with("\xff\xfe") || text.starts_with("\xfe\xff"))
      fail(where_, "the list is UTF-16, not UTF-8", "iconv -f utf-16 -t utf-8, or save it as UTF-8 in the editor");
    if (text.find('\0') != std::string_view::npos)
      fail(where_, "not a list: it holds bytes of value 0", "name a text file with one `image,label` a line");
  }

  void parse_line(std::string_view line) {
    if (line.empty()) return;
    if (const auto broken = first_broken_byte(line)) {
      const std::string byte = hexadecimal(static_cast<unsigned char>(line[*broken]));
      return complain(
          "lines that are not UTF-8",
          "is not UTF-8: byte " + byte + " in " + quoted(line) + ", character " + std::to_string(*broken + 1),
          "iconv -f latin1 -t utf-8 (or from the encoding it was written in)");
    }
    const std::size_t comma = line.find(',');
    if (comma == std::string_view::npos)
      return complain("lines without a comma", "holds no comma: " + quoted(line),
                      "write `image,label`: two file names with a comma between them");
    const std::string_view image = trimmed(line.substr(0, comma)), label = trimmed(line.substr(comma + 1));
    if (label.find(',') != std::string_view::npos)
      return complain("lines with more than two columns",
                      "holds " + std::to_string(std::ranges::count(line, ',') + 1) + " columns: " + quoted(line),
                      "write `image,label`; this version reads one image a sample, and file names without commas");
    if (image.empty() || label.empty())
      return complain("lines without an image or a label",
                      std::string("names no ") + (image.empty() ? "image: " : "label: ") + quoted(line),
                      "write `image,label`, or delete the line");
    if (image.size() > kLongestName || label.size() > kLongestName)
      return complain("lines with impossibly long names", "holds a name of more than 4096 bytes: " + quoted(line),
                      "name a text file with one `image,label` a line");
    list_.add(image, label);
  }

  void complain(std::string_view kind, const std::string& what, const char* remedy) {
    problems_.add(kind, {.where = where_ + ", line " + std::to_string(number_), .what = what, .remedy = remedy});
  }

  const std::string& where_;
  SampleList list_;
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
  return ListParser(where, root).parse(text);
}

std::vector<Problem> find_missing_files(const SampleList& list, const std::string& where, const FileSource& files) {
  // Asked in parallel: on a network file system the answers take their time, one by one.
  std::vector<std::string> why_image(list.size()), why_label(list.size());
  const std::size_t tasks = (list.size() + kFilesPerTask - 1) / kFilesPerTask;
  parallel_for_each(tasks, std::max(4, usable_processors()), [&](std::size_t task) {
    for (std::size_t i = task * kFilesPerTask; i < std::min(list.size(), (task + 1) * kFilesPerTask); ++i) {
      why_image[i] = files.why_unreadable(list.image_path(i));
      if (!list.label(i).empty()) why_label[i] = files.why_unreadable(list.label_path(i));
    }
  });
  ProblemList problems(where);
  const char* remedy = "check im_root, or take the line out of the list";
  for (std::size_t i = 0; i < list.size(); ++i) {
    if (!why_image[i].empty())
      problems.add(
          "image files that cannot be read (of " + std::to_string(list.size()) + ")",
          {.where = list.image_path(i), .what = "the image cannot be read: " + why_image[i], .remedy = remedy});
    if (!why_label[i].empty())
      problems.add(
          "label files that cannot be read (of " + std::to_string(list.size()) + ")",
          {.where = list.label_path(i), .what = "the label cannot be read: " + why_label[i], .remedy = remedy});
  }
  return problems.result();
}

SampleList read_list(const fs::path& path, const std::string& root, const FileSource& files) {
  Bytes bytes;
  files.read(path, bytes);
  const std::string_view text(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  SampleList list = parse_list(text, path.string(), root);
  fail_if_any(find_missing_files(list, path.string(), files));
  return list;
}

}  // namespace seg
