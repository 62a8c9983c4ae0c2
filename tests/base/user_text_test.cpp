// SPDX-License-Identifier: Apache-2.0
#include "base/user_text.h"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <csignal>
#include <fstream>
#include <thread>

#include "base/error.h"
#include "base/file.h"
#include "tests/support/temporary_folder.h"

namespace seg {
namespace {

constexpr UserText kShort{.kind = "config", .most_bytes = 100'000, .may_be_pipe = true};

std::string refusal(const std::filesystem::path& path, const UserText& text = kShort) {
  try {
    (void)read_user_text(path, text);
  } catch (const UserError& error) {
    EXPECT_EQ(error.problems().front().where, path.string());
    return error.problems().front().what;
  }
  return "";
}

TEST(UserText, IsReadWhole) {
  const testing::TemporaryFolder folder;
  for (const std::size_t size : {0U, 1U, 65'535U, 65'536U, 65'537U, 100'000U}) {
    const std::string text(size, 'x');
    write_file(folder / "a", text);
    EXPECT_EQ(read_user_text(folder / "a", kShort), text) << size;
  }
  EXPECT_NE(read_user_text("/proc/self/status", kShort).find("Pid:"), std::string::npos);  // does not tell its size
}

TEST(UserText, IsRefusedBeyondItsLimitBeforeItIsRead) {
  const testing::TemporaryFolder folder;
  write_file(folder / "a", std::string(100'001, 'x'));
  EXPECT_EQ(refusal(folder / "a"), "is 100 kB long, which no config is");
  std::ofstream(folder / "hollow").flush();
  std::filesystem::resize_file(folder / "hollow", std::uintmax_t{1} << 40);
  EXPECT_EQ(refusal(folder / "hollow"), "is 1.1 TB long, which no config is");
}

TEST(UserText, OfAPipeIsReadAsFarAsItsLimit) {
  const testing::TemporaryFolder folder;
  const std::filesystem::path path = folder / "pipe";
  ASSERT_EQ(::mkfifo(path.c_str(), 0600), 0);
  const auto write = [&](std::size_t size) {
    return std::thread([&path, size] { std::ofstream(path) << std::string(size, 'y'); });
  };
  std::thread writer = write(100'000);
  EXPECT_EQ(read_user_text(path, kShort), std::string(100'000, 'y'));
  writer.join();
  ::signal(SIGPIPE, SIG_IGN);  // who writes without end is left alone
  writer = write(1'000'000);
  EXPECT_EQ(refusal(path), "is more than 100 kB long, which no config is");
  writer.join();
  ::signal(SIGPIPE, SIG_DFL);
  EXPECT_EQ(refusal(path, {.kind = "list", .most_bytes = 100}), "is a pipe, not a file");
}

TEST(UserText, HoldsNoByteOfValueZero) {
  using namespace std::string_view_literals;
  EXPECT_EQ(line_of_zero_byte("a\nb\n"), std::nullopt);
  EXPECT_EQ(line_of_zero_byte("\0"sv), 1);
  EXPECT_EQ(line_of_zero_byte("a\r\nb\nc\0d\n\0"sv), 3);
}

}  // namespace
}  // namespace seg
