// SPDX-License-Identifier: Apache-2.0
#include "formats/hdf5_child.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <array>

#include "formats/hdf5_description.h"
#include "tests/formats/hdf5_maker.h"
#include "tests/support/child_process.h"
#include "tests/support/temporary_folder.h"

namespace seg {
namespace {

std::optional<int> main_with(std::vector<std::string> words) {
  words.insert(words.begin(), "program");
  std::vector<char*> arguments;
  for (std::string& word : words) arguments.push_back(word.data());
  return hdf5_child_main(static_cast<int>(arguments.size()), arguments.data());
}

// What a child with these words prints, and its exit code.
std::string answer_of(const std::vector<std::string>& words, int& code) {
  std::array<int, 2> ends{};
  if (::pipe(ends.data()) != 0) return "no pipe";
  const int status = testing::run_in_child([&] {
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
  const std::string answer = answer_of(hdf5_child_arguments(folder / "a.h5", query), code);
  EXPECT_EQ(code, 0);
  const auto description = read_hdf5_description(answer, {1 << 20, query});
  ASSERT_TRUE(description);
  EXPECT_EQ(description->holdings.at(0).arrays.at(0).shape, (Hdf5Shape{2, 3, 4, 1}));

  const Hdf5Query other{.names = {"masks"}};
  const auto refused = read_hdf5_description(answer_of(hdf5_child_arguments(folder / "a.h5", other), code), {1, other});
  EXPECT_EQ(code, 0);
  ASSERT_TRUE(refused && refused->refusal);
  EXPECT_EQ(refused->refusal->what, "holds nothing called masks");
}

TEST(Hdf5Child, EndsWithAnotherCodeIfItCannotAnswer) {
  int code = 0;
  EXPECT_EQ(answer_of(hdf5_child_arguments("/nowhere/a.h5", {.names = {"images"}}), code), "");
  EXPECT_EQ(code, 1);
}

}  // namespace
}  // namespace seg
