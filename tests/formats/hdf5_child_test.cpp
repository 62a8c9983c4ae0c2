// SPDX-License-Identifier: Apache-2.0
#include "formats/hdf5_child.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <array>
#include <filesystem>

#include "base/signals.h"
#include "formats/hdf5_description.h"
#include "tests/formats/hdf5_maker.h"
#include "tests/support/child_process.h"
#include "tests/support/problem_of.h"
#include "tests/support/temporary_folder.h"

namespace seg {
namespace {

std::optional<int> main_with(std::vector<std::string> words) {
  words.insert(words.begin(), "program");
  std::vector<char*> arguments;
  for (std::string& word : words) arguments.push_back(word.data());
  return hdf5_child_main(static_cast<int>(arguments.size()), arguments.data());
}

// What a child with this input and these words prints, and its exit code.
std::string answer_of(const std::filesystem::path& file, const std::vector<std::string>& words, int& code) {
  std::array<int, 2> ends{};
  if (::pipe(ends.data()) != 0) return "no pipe";
  const int status = testing::run_in_child([&] {
    ::dup2(::open(file.c_str(), O_RDONLY), STDIN_FILENO);
    ::dup2(ends[1], STDOUT_FILENO);
    return main_with(words).value_or(98);
  });
  ::close(ends[1]);
  std::string text(1 << 15, ' ');
  const ssize_t count = ::read(ends[0], text.data(), text.size());
  ::close(ends[0]);
  text.resize(count > 0 ? static_cast<std::size_t>(count) : 0);
  code = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  return text;
}

TEST(Hdf5Child, IsNoneWithoutItsWords) {
  EXPECT_EQ(main_with({}), std::nullopt);
  EXPECT_EQ(main_with({"train", "my.toml", "x=1", "y=2"}), std::nullopt);
  EXPECT_EQ(main_with({"--describe-hdf5"}), std::nullopt);
  EXPECT_TRUE(has_hdf5_child_main());
}

TEST(Hdf5Child, PrintsTheDescription) {
  const testing::TemporaryFolder folder;
  { testing::Hdf5Maker(folder / "a.h5").add("images", {.shape = {2, 3, 4}}); }
  int code = -1;
  const Hdf5Query query{.names = {"images"}};
  const std::string answer = answer_of(folder / "a.h5", hdf5_child_arguments(query), code);
  EXPECT_EQ(code, 0);
  const auto description = read_hdf5_description(answer, {1 << 20, query});
  ASSERT_TRUE(description);
  EXPECT_EQ(description->holdings.at(0).arrays.at(0).shape, (Hdf5Shape{2, 3, 4, 1}));

  const Hdf5Query other{.names = {"masks"}};
  const auto refused = read_hdf5_description(answer_of(folder / "a.h5", hdf5_child_arguments(other), code), {1, other});
  EXPECT_EQ(code, 0);
  ASSERT_TRUE(refused && refused->refusal);
  EXPECT_EQ(refused->refusal->what, "holds nothing called masks");
}

TEST(Hdf5Child, EndsWithAnotherCodeIfItCannotAnswer) {
  const testing::TemporaryFolder folder;
  { testing::Hdf5Maker(folder / "a.h5").add("images", {.shape = {2, 3, 4}}); }
  int code = 0;
  const std::vector<std::string> words = hdf5_child_arguments({.names = {"images"}});
  EXPECT_EQ(answer_of("/nowhere/a.h5", words, code), "");  // a test's own input is no file, or not HDF5
  EXPECT_EQ(code, 1);
  // Of somebody else, who has gone.
  std::vector<std::string> of_another = words;
  of_another.at(1) = "1";
  EXPECT_EQ(answer_of(folder / "a.h5", of_another, code), "");
  EXPECT_EQ(code, 1);
}

// Not all of it is damage, and what helps differs.
TEST(Hdf5Child, EachEndIsToldApart) {
  struct Case {
    ChildAnswer answer;
    const char *what, *remedy;
  };
  const auto ended = [](ChildEnd end, int code = 0) { return ChildAnswer{.output = {}, .end = end, .code = code}; };
  const std::vector<Case> cases = {
      {ended(ChildEnd::crashed, 11), "crashed (signal 11)", "the file is damaged"},
      {ended(ChildEnd::killed, 9), "was ended by signal 9", "if memory ran out"},
      {ended(ChildEnd::too_slow), "was not read within 300 seconds", "less busy disk"},
      {ended(ChildEnd::used_up_processor, 24), "takes more than 120 seconds of work", "fewer chunks"},
      {ended(ChildEnd::said_too_much), "is longer than 537 MB", "fewer chunks"},
      {ended(ChildEnd::gave_up, 3), "takes more than 1.1 GB of memory", "fewer chunks"},
      {ended(ChildEnd::gave_up, 1), "ended with code 1", "h5ls FILE"},
  };
  for (const Case& one : cases) {
    const Problem problem = testing::problem_of([&] { fail_for_child("a.h5", one.answer); });
    EXPECT_EQ(problem.where, "a.h5");
    EXPECT_TRUE(testing::contains(problem.what, one.what)) << problem.what;
    EXPECT_TRUE(testing::contains(problem.remedy, one.remedy)) << problem.remedy;
  }
  EXPECT_THROW(fail_for_child("a.h5", ended(ChildEnd::stopped)), StopRequested);
}

}  // namespace
}  // namespace seg
