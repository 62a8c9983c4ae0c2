// SPDX-License-Identifier: Apache-2.0
// What data sets ask of a FileSource besides whole files.
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>

#include "base/error.h"
#include "base/file.h"

namespace seg {
namespace {

class OnlyRead final : public FileSource {
 public:
  void read(const std::string&, Bytes& bytes) const override { bytes.assign(100, std::byte{7}); }
};

TEST(FileSource, TheStartOfAFileIsAllOfItIfItIsShort) {
  const std::filesystem::path path = std::filesystem::path(::testing::TempDir()) / "file_source_test";
  write_file(path, "0123456789");
  Bytes bytes(1000);
  for (const std::size_t count : {0u, 1u, 9u, 10u, 11u, 4096u}) {
    disk().read_start(path, count, bytes);
    ASSERT_EQ(bytes.size(), std::min<std::size_t>(count, 10));
    for (std::size_t i = 0; i < bytes.size(); ++i) EXPECT_EQ(bytes[i], static_cast<std::byte>('0' + i));
  }
  EXPECT_EQ(disk().why_unreadable(path), "");
  std::filesystem::remove(path);
  EXPECT_EQ(disk().why_unreadable(path), "No such file or directory");
  EXPECT_THROW(disk().read_start(path, 4, bytes), UserError);
}

TEST(FileSource, AnAnnouncementNeverFails) {
  const std::filesystem::path path = std::filesystem::path(::testing::TempDir()) / "file_source_test";
  write_file(path, "0123456789");
  EXPECT_NO_THROW(disk().announce(path));
  Bytes bytes;
  disk().read(path, bytes);
  EXPECT_EQ(bytes.size(), 10U);
  std::filesystem::remove(path);
  EXPECT_NO_THROW(disk().announce(path));
  EXPECT_NO_THROW(disk().announce(::testing::TempDir()));
  EXPECT_NO_THROW(OnlyRead().announce(path));
}

TEST(FileSource, TheEndOfAFileIsAllOfItIfItIsShort) {
  const std::filesystem::path path = std::filesystem::path(::testing::TempDir()) / "file_source_test";
  write_file(path, "0123456789");
  Bytes bytes(1000);
  for (const std::size_t count : {0u, 1u, 9u, 10u, 11u, 4096u}) {
    disk().read_end(path, count, bytes);
    ASSERT_EQ(bytes.size(), std::min<std::size_t>(count, 10));
    for (std::size_t i = 0; i < bytes.size(); ++i)
      EXPECT_EQ(bytes[bytes.size() - 1 - i], static_cast<std::byte>('9' - i));
  }
  std::filesystem::remove(path);
  EXPECT_THROW(disk().read_end(path, 4, bytes), UserError);
}

TEST(FileSource, ASourceThatOnlyReadsWholeFilesServesStartsAndEndsToo) {
  Bytes bytes;
  OnlyRead().read_start("anything", 33, bytes);
  EXPECT_EQ(bytes.size(), 33u);
  OnlyRead().read_end("anything", 34, bytes);
  EXPECT_EQ(bytes, Bytes(34, std::byte{7}));
}

}  // namespace
}  // namespace seg
