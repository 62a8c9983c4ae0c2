// SPDX-License-Identifier: Apache-2.0
#include "formats/zip_writer.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <stdexcept>

#include "formats/zip_reader.h"
#include "tests/formats/problem_of.h"
#include "tests/support/environment.h"
#include "tests/support/temporary_folder.h"

namespace seg {
namespace {

using testing::TemporaryFolder;

TEST(ZipWriter, WritesWhatIsReadAgainAtMultiplesOf64) {
  const TemporaryFolder folder;
  ZipWriter writer(folder / "w.zip");
  writer.add("archive/data.pkl", "some text");
  writer.add("archive/data/0", std::string(1000, 'x'));
  writer.add("archive/empty", "");
  EXPECT_FALSE(std::filesystem::exists(folder / "w.zip"));  // not before commit()
  writer.commit();
  const Bytes bytes = read_file(folder / "w.zip");
  const ZipReader zip(bytes, "w.zip");
  ASSERT_EQ(zip.entries().size(), 3u);
  for (const ZipEntry& entry : zip.entries()) {
    EXPECT_EQ((entry.data.data() - bytes.data()) % 64, 0) << entry.name;
    (void)zip.read(entry);
  }
  EXPECT_EQ(zip.find("archive/data/0")->data.size(), 1000u);
}

TEST(ZipWriter, WritesWhatPythonReads) {
  if (testing::python().empty()) GTEST_SKIP() << "no SEG_PYTHON";
  const TemporaryFolder folder;
  ZipWriter writer(folder / "w.zip");
  writer.add("one", "1");
  writer.add("folder/größe", std::string(70'000, 'y'));
  writer.commit();
  const std::string script = "import zipfile; z = zipfile.ZipFile('" + (folder / "w.zip").string() +
                             "'); assert z.testzip() is None and z.namelist() == ['one', 'folder/größe'] "
                             "and z.read('one') == b'1' and z.getinfo('folder/größe').file_size == 70000";
  EXPECT_EQ(std::system(("'" + testing::python().string() + "' -c \"" + script + "\"").c_str()), 0);
}

TEST(ZipWriter, TakesNoNameTwice) {
  const TemporaryFolder folder;
  ZipWriter writer(folder / "w.zip");
  writer.add("a", "");
  EXPECT_THROW(writer.add("a", ""), std::logic_error);
  EXPECT_THROW(writer.add("", ""), std::logic_error);
}

TEST(ZipWriter, RefusesWhatNeedsExtensions) {
  const TemporaryFolder folder;
  ZipWriter writer(folder / "w.zip");
  for (int i = 0; i < 65534; ++i) writer.add(std::to_string(i), "");
  testing::expect_problem([&] { writer.add("one more", ""); }, "65534 entries");
  writer.commit();
  const Bytes bytes = read_file(folder / "w.zip");
  EXPECT_EQ(ZipReader(bytes, "w.zip").entries().size(), 65534u);
}

}  // namespace
}  // namespace seg
