// SPDX-License-Identifier: Apache-2.0
#include "base/opened_file.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <thread>

#include "base/error.h"
#include "base/file.h"
#include "tests/support/temporary_folder.h"

namespace seg {
namespace {

class OpenedFile : public ::testing::Test {
 protected:
  std::string refusal(const std::filesystem::path& path, Pipes pipes = Pipes::refused) const {
    try {
      (void)open_for_reading(path, pipes);
    } catch (const UserError& error) {
      EXPECT_EQ(error.problems().front().where, path.string());
      return error.problems().front().what;
    }
    return "";
  }

  testing::TemporaryFolder folder_;
};

TEST_F(OpenedFile, OfAFileIsReadToItsEnd) {
  write_file(folder_ / "a", "0123456789");
  const Descriptor file = open_for_reading(folder_ / "a");
  EXPECT_EQ(size_of(file, folder_ / "a"), 10U);
  std::string text(8, ' ');
  EXPECT_EQ(read_fully(file, folder_ / "a", text.data(), 8), 8U);
  EXPECT_EQ(text, "01234567");
  EXPECT_EQ(read_fully(file, folder_ / "a", text.data(), 8), 2U);
  EXPECT_EQ(read_fully(file, folder_ / "a", text.data(), 8), 0U);
}

// None of them is waited for: a pipe without a writer would be for ever.
TEST_F(OpenedFile, WhatIsNoFileIsRefusedByItsKind) {
  ASSERT_EQ(::mkfifo((folder_ / "pipe").c_str(), 0600), 0);
  const int socket = ::socket(AF_UNIX, SOCK_STREAM, 0);
  sockaddr_un address{.sun_family = AF_UNIX, .sun_path = {}};
  const std::string name = "/tmp/segtrain-test-" + std::to_string(::getpid());  // short, as such names must be
  name.copy(address.sun_path, sizeof address.sun_path - 1);
  ASSERT_EQ(::bind(socket, reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
  for (const Pipes pipes : {Pipes::refused, Pipes::taken}) {
    for (const char* device : {"/dev/zero", "/dev/urandom", "/dev/null"})
      EXPECT_EQ(refusal(device, pipes), "is a device, not a file") << device;
    EXPECT_EQ(refusal(name, pipes), "is a socket, not a file");
    EXPECT_NE(refusal(folder_.path(), pipes).find("Is a directory"), std::string::npos);
    EXPECT_NE(refusal(folder_ / "none", pipes).find("No such file"), std::string::npos);
  }
  EXPECT_EQ(refusal(folder_ / "pipe"), "is a pipe, not a file");
  std::filesystem::create_symlink("/dev/zero", folder_ / "link");
  EXPECT_EQ(refusal(folder_ / "link"), "is a device, not a file");
  ::close(socket);
  ::unlink(name.c_str());
}

TEST_F(OpenedFile, APipeIsReadWhereItIsWelcomeAndItsWriterMayBeLate) {
  const std::filesystem::path path = folder_ / "pipe";
  ASSERT_EQ(::mkfifo(path.c_str(), 0600), 0);
  std::thread writer([&] {
    const Descriptor pipe(::open(path.c_str(), O_WRONLY));
    for (const char* part : {"one ", "two"}) EXPECT_GT(::write(pipe.get(), part, std::string_view(part).size()), 0);
  });
  const Descriptor file = open_for_reading(path, Pipes::taken);
  EXPECT_EQ(size_of(file, path), 0U);
  std::string text(20, ' ');
  text.resize(read_fully(file, path, text.data(), text.size()));
  writer.join();
  EXPECT_EQ(text, "one two");
}

}  // namespace
}  // namespace seg
