// SPDX-License-Identifier: Apache-2.0
#include "evaluation/image_files.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include "base/error.h"
#include "base/file.h"
#include "image/png.h"
#include "tests/support/child_process.h"
#include "tests/support/temporary_folder.h"

namespace seg {
namespace {

namespace fs = std::filesystem;
using testing::TemporaryFolder;
using Names = std::vector<std::string>;

class ImageFilesTest : public ::testing::Test {
 protected:
  std::string put(const std::string& name, const std::string& content = "x") const {
    const fs::path path = folder_ / name;
    make_folder(path.parent_path());
    write_file(path, content);
    return path.string();
  }
  std::string at(const std::string& name) const { return (folder_ / name).string(); }
  ImageFiles find(const Names& inputs, const Names& endings = {""}) const {
    return find_image_files({.inputs = inputs, .results = at("out"), .endings = endings});
  }
  static Names names(const ImageFiles& found) {
    Names all;
    for (const ImageFile& file : found.files) all.push_back(file.name);
    return all;
  }
  Problem refusal(const Names& inputs) const {
    try {
      (void)find(inputs);
    } catch (const UserError& error) {
      return error.problems().front();
    }
    return {};
  }

  TemporaryFolder folder_;
};

TEST_F(ImageFilesTest, AFolderIsSearchedToItsGroundInOrder) {
  for (const char* name : {"in/b.png", "in/a.JPG", "in/sub/deep/c.png", "in/sub/a.png", "in/notes.txt"}) put(name);
  const ImageFiles found = find({at("in")});
  EXPECT_EQ(names(found), (Names{"a", "b", "sub/a", "sub/deep/c"}));
  EXPECT_EQ(found.files[3].path, folder_ / "in/sub/deep/c.png");
  EXPECT_EQ(found.num_passed_over, 1);
}

TEST_F(ImageFilesTest, ContentMakesAnImageWhereTheEndingDoesNot) {
  put("in/frame", std::string("\x89PNG\r\n\x1a\n") + "rest");
  put("in/readme", "text");
  EXPECT_EQ(names(find({at("in")})), (Names{"frame"}));
}

TEST_F(ImageFilesTest, HiddenFilesAndEarlierResultsAreNoInputs) {
  for (const char* name : {"in/a.png", "in/.b.png", "in/.git/c.png", "out/a.png"}) put(name);
  EXPECT_EQ(names(find({at("in")})), (Names{"a"}));
  EXPECT_EQ(names(find({folder_.path().string()})), (Names{"in/a"}));
}

TEST_F(ImageFilesTest, ALinkToAFolderIsNotFollowedButMayBeGiven) {
  put("in/a.png");
  fs::create_directory_symlink(folder_ / "in", folder_ / "in" / "loop");
  fs::create_directory_symlink(folder_ / "in", folder_ / "link");
  EXPECT_EQ(names(find({at("link")})), (Names{"a"}));
}

TEST_F(ImageFilesTest, AFileIsTakenOnceInTheOrderGiven) {
  put("in/a.png");
  put("in/b.png");
  EXPECT_EQ(names(find({at("in/b.png"), at("in"), at("in/../in/a.png")})), (Names{"b", "a"}));
}

TEST_F(ImageFilesTest, EqualNamesAreToldApartByTheirFolders) {
  for (const char* name : {"x/left/a.png", "x/right/a.png", "x/left/b.png"}) put(name);
  EXPECT_EQ(names(find({at("x/left"), at("x/right")})), (Names{"left/a", "b", "right/a"}));
  EXPECT_EQ(names(find({at("x/left/a.png"), at("x/right/a.png")})), (Names{"left/a", "right/a"}));
}

TEST_F(ImageFilesTest, EqualNamesInOneFolderAreToldApartByTheirEndings) {
  put("in/a.png");
  put("in/a.jpg");
  EXPECT_EQ(names(find({at("in")})), (Names{"a_jpg", "a_png"}));
}

TEST_F(ImageFilesTest, NoResultIsWrittenTwice) {
  put("in/a.png");
  put("in/a_color.png");
  EXPECT_EQ(names(find({at("in")}, {"", "_color"})), (Names{"a", "a_color_2"}));
}

TEST_F(ImageFilesTest, WhatIsNotThereIsNamedAllAtOnce) {
  try {
    (void)find({at("none.png"), at("nothing")});
    ADD_FAILURE();
  } catch (const UserError& error) {
    EXPECT_EQ(error.problems().size(), 2U);
    EXPECT_EQ(error.problems().front().where, at("none.png"));
  }
}

TEST_F(ImageFilesTest, AFolderThatMayNotBeReadIsNamed) {
  put("in/closed/a.png");
  fs::permissions(folder_.path(), fs::perms(0755));
  fs::permissions(folder_ / "in" / "closed", fs::perms::none);
  // Root may read everything, so the attempt is nobody's.
  const int status = testing::run_in_child([&] {
    if (::geteuid() == 0 && ::setuid(65534) != 0) return 1;
    const Problem problem = refusal({at("in")});
    return problem.where == at("in") && problem.what.starts_with("cannot be searched: ") ? 0 : 2;
  });
  fs::permissions(folder_ / "in" / "closed", fs::perms::owner_all);
  EXPECT_TRUE(testing::exited_with(status, 0)) << status;
}

TEST_F(ImageFilesTest, ResultsAmongTheImagesAreRefused) {
  put("out/a.png");
  EXPECT_EQ(refusal({at("out")}).where, at("out"));
  EXPECT_EQ(refusal({at("out/")}).where, at("out/"));
}

class ReadImage : public ImageFilesTest {
 protected:
  std::string picture(std::int64_t channels, PixelType type = PixelType::u8) const {
    Image image({2, 3, channels, type});
    for (std::size_t i = 0; i < image.bytes().size(); ++i) image.bytes()[i] = static_cast<std::byte>(i);
    write_png(folder_ / "p.png", image);
    return at("p.png");
  }
  Problem misfit(const std::string& path, const ImageKind& wanted) const {
    Image image;
    try {
      read_image(path, wanted, image);
    } catch (const UserError& error) {
      return error.problems().front();
    }
    ADD_FAILURE();
    return {};
  }
};

TEST_F(ReadImage, GivesWhatTheFileHolds) {
  Image image;
  read_image(picture(3), {.channels = 3}, image);
  EXPECT_EQ(image.layout(), (ImageLayout{2, 3, 3, PixelType::u8}));
  EXPECT_EQ(image.row<std::uint8_t>(1)[8], 17);
}

TEST_F(ReadImage, WidensGrayForANetworkOfColourImages) {
  Image image;
  read_image(picture(1), {.channels = 3}, image);
  EXPECT_EQ(image.channels(), 3);
  EXPECT_EQ(image.row<std::uint8_t>(1)[5], 4);
}

TEST_F(ReadImage, AnotherKindThanTheNetworksIsRefused) {
  EXPECT_NE(misfit(picture(3), {.channels = 1}).what.find("3 channels, the network takes 1"), std::string::npos);
  EXPECT_NE(misfit(picture(3), {.channels = 4}).what.find("takes 4"), std::string::npos);
  EXPECT_NE(misfit(picture(1, PixelType::u16), {.channels = 1}).what.find("16 bits a channel"), std::string::npos);
  EXPECT_NE(misfit(picture(1), {.channels = 1, .type = PixelType::u16}).what.find("8 bits a channel"),
            std::string::npos);
}

TEST_F(ReadImage, ADamagedFileIsNamed) {
  EXPECT_EQ(misfit(put("bad.png", "no image"), {}).where, at("bad.png"));
  const std::string whole = read_text(picture(3));
  EXPECT_EQ(misfit(put("cut.png", whole.substr(0, whole.size() - 20)), {}).where, at("cut.png"));
}

TEST_F(ImageFilesTest, ResultsDoNotGoBesideAnImageWhereItsLabelMayBe) {
  EXPECT_EQ(refusal({put("out/7.jpg")}).what, "results would lie among the images");
  EXPECT_EQ(refusal({at("out")}).what, "results would lie among the images");
}

}  // namespace
}  // namespace seg
