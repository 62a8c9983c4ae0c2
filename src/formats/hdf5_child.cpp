// SPDX-License-Identifier: Apache-2.0
#include "formats/hdf5_child.h"

#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <charconv>
#include <exception>
#include <new>
#include <span>
#include <string_view>

#include "base/error.h"
#include "base/signals.h"
#include "base/text.h"
#include "formats/hdf5_description.h"
#include "formats/hdf5_library.h"

namespace seg {
namespace {

constexpr std::string_view kMark = "--describe-hdf5";  // no command of the program begins like that
constexpr int kFirstName = 5;  // after the mark, the parent, how many members, and whether places are wanted
constexpr const char* kGivenFile = "/proc/self/fd/0";
constexpr int kOutOfMemory = 3;  // an exit code

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

template <class Number>
Number number_of(std::string_view word) {
  Number number = 0;
  std::from_chars(word.data(), word.data() + word.size(), number);
  return number;
}

Hdf5Description described(const Hdf5Query& query) {
  Hdf5Description description;
  try {
    description.holdings = describe_by_library(kGivenFile, query);
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
    confine_this_process({.parent = number_of<int>(words[2]),
                          .more_bytes = kMostHdf5Memory,
                          .processor_seconds = kMostHdf5ProcessorSeconds});
    Hdf5Query query{.names = {words.begin() + kFirstName, words.end()},
                    .most_members = number_of<std::size_t>(words[3]),
                    .has_places = number_of<int>(words[4]) != 0};
    return write_all(hdf5_description_bytes(described(query))) ? 0 : 1;
  } catch (const std::bad_alloc&) {
    return kOutOfMemory;
  } catch (const std::exception&) {
    return 1;
  }
}

bool has_hdf5_child_main() noexcept { return is_called; }

std::vector<std::string> hdf5_child_arguments(const Hdf5Query& query) {
  std::vector<std::string> arguments = {std::string(kMark), std::to_string(::getpid()),
                                        std::to_string(query.most_members), query.has_places ? "1" : "0"};
  arguments.insert(arguments.end(), query.names.begin(), query.names.end());
  return arguments;
}

void fail_for_child(const std::string& where, const ChildAnswer& answer) {
  constexpr const char* kFewer = "fewer chunks (chunks=(1, H, W, C), an image each), or several files";
  switch (answer.end) {
    case ChildEnd::answered: throw std::logic_error("a child that answered did not fail");
    case ChildEnd::stopped: throw StopRequested();
    case ChildEnd::too_slow:
      fail(where, "its description was not read within " + shortest(kMostHdf5Seconds) + " seconds",
           "copy it to a faster or less busy disk; if that does not help it is damaged: write it again");
    case ChildEnd::used_up_processor:
      fail(where, "its description takes more than " + std::to_string(kMostHdf5ProcessorSeconds) + " seconds of work",
           std::string(kFewer) + "; if it has few, it is damaged: copy or write it again");
    case ChildEnd::said_too_much:
      fail(where, "its description is longer than " + bytes_text(kMostHdf5Description), kFewer);
    case ChildEnd::killed:
      fail(where, "the process that read its description was ended by signal " + std::to_string(answer.code),
           "the same command again; if memory ran out (dmesg tells), with fewer programs beside it");
    case ChildEnd::gave_up:
      if (answer.code == kOutOfMemory)
        fail(where, "its description takes more than " + bytes_text(kMostHdf5Memory) + " of memory",
             std::string(kFewer) + "; if it has few, it is damaged: copy or write it again");
      fail(where, "the process that read its description ended with code " + std::to_string(answer.code),
           "the same command again; h5ls FILE tells whether the file can be read at all");
    case ChildEnd::crashed: break;
  }
  fail(where,
       "cannot be read as HDF5: the library that reads its description crashed (signal " + std::to_string(answer.code) +
           ")",
       "the file is damaged: copy or write it again; h5repack IN OUT saves what is still whole");
}

}  // namespace seg
