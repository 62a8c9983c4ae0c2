// SPDX-License-Identifier: Apache-2.0
#include "telemetry/event_file.h"

#include <gtest/gtest.h>

#include <limits>
#include <string>

#include "base/error.h"
#include "base/file.h"
#include "base/machine.h"
#include "image/png.h"
#include "tests/support/event_lines.h"
#include "tests/support/temporary_folder.h"

namespace seg {
namespace {

namespace fs = std::filesystem;
using testing::event_lines;

class Events : public ::testing::Test {
 protected:
  std::size_t num_files() const {
    return static_cast<std::size_t>(std::distance(fs::directory_iterator(folder_.path()), fs::directory_iterator()));
  }

  testing::TemporaryFolder folder_;
  const std::string version_ = "version\tbrain.Event:2\n";
};

TEST_F(Events, TheFileIsNamedAsTensorBoardLooksForIt) {
  const EventFile file(folder_.path());
  const std::string name = file.path().filename().string();
  EXPECT_TRUE(EventFile::is_name(name)) << name;
  EXPECT_TRUE(name.starts_with("events.out.tfevents.")) << name;
  EXPECT_NE(name.find("." + host_name() + "."), std::string::npos) << name;
  EXPECT_FALSE(EventFile::is_name("metrics.jsonl"));
  const EventFile other(folder_.path());  // in the same second
  EXPECT_NE(other.path(), file.path());
}

TEST_F(Events, AnIndependentReaderFindsScalarsAndPictures) {
  SEG_NEEDS_PLAIN_PYTHON();
  EventFile file(folder_.path());
  Image image({5, 300, 3, PixelType::u8});
  const Bytes png = encode_png(image);
  file.add_picture(0, {.tag = "train_batch", .height = 5, .width = 300, .png = png});
  file.add_scalars(1, {{"loss", 0.5}, {"losses/aux2", 1.0 / 3}});
  file.add_scalars(std::int64_t{1} << 40, {{"lr", -1e-7}});
  file.add_scalars(3, {});  // nothing to say
  file.add_scalars(3, {{"loss", std::numeric_limits<double>::quiet_NaN()}, {"straße", 1e300}});
  EXPECT_EQ(event_lines(folder_.path()), version_ +
                                             "image\t0\ttrain_batch\t5\t300\t3\t300x5\n"
                                             "scalar\t1\tloss\t0.5\n"
                                             "scalar\t1\tlosses/aux2\t0.3333333432674408\n"
                                             "scalar\t1099511627776\tlr\t-1.0000000116860974e-07\n"
                                             "scalar\t3\tloss\tnan\n"
                                             "scalar\t3\tstraße\tinf\n");
}

TEST_F(Events, WhatComesAfterTheCheckpointIsCutFromAllFiles) {
  SEG_NEEDS_PLAIN_PYTHON();
  {
    EventFile first(folder_.path()), second(folder_.path()), third(folder_.path());
    for (const int step : {1, 2, 3}) first.add_scalars(step, {{"loss", 1.0 * step}});
    second.add_scalars(2, {{"loss", 9.0}});
    third.add_scalars(3, {{"loss", 9.0}});
  }
  write_file(folder_ / "metrics.jsonl.txt", "none of ours");
  cut_events_after(folder_.path(), 2);
  EXPECT_EQ(num_files(), 3U) << "a file that holds nothing more is taken away, others stay";
  fs::remove(folder_ / "metrics.jsonl.txt");
  EXPECT_EQ(event_lines(folder_.path()),
            version_ + "scalar\t1\tloss\t1.0\nscalar\t2\tloss\t2.0\n" + version_ + "scalar\t2\tloss\t9.0\n");
  cut_events_after(folder_.path(), 0);
  EXPECT_EQ(num_files(), 0U);
}

TEST_F(Events, ATornTailIsCutAndWhatWasWholeStays) {
  SEG_NEEDS_PLAIN_PYTHON();
  fs::path path;
  {
    EventFile file(folder_.path());
    path = file.path();
    file.add_scalars(1, {{"loss", 1.0}});
    file.add_scalars(2, {{"loss", 2.0}});
  }
  const std::string whole = read_text(path);
  write_file(path, whole.substr(0, whole.size() - 1));
  cut_events_after(folder_.path(), 5);
  EXPECT_EQ(event_lines(folder_.path()), version_ + "scalar\t1\tloss\t1.0\n");
  write_file(path, "not a file of records at all");
  cut_events_after(folder_.path(), 5);
  EXPECT_EQ(num_files(), 0U);
}

TEST_F(Events, AnEvaluationThatComesAgainIsCutWithoutTheRestOfItsStep) {
  SEG_NEEDS_PLAIN_PYTHON();
  {
    EventFile file(folder_.path());
    for (const int step : {2, 4}) {
      file.add_scalars(step, {{"loss", 1.0}});
      file.add_scalars(step, {{"eval/ss/miou", 0.5}});
    }
  }
  cut_events_of(folder_.path(), 4, "eval/");
  EXPECT_EQ(event_lines(folder_.path()),
            version_ + "scalar\t2\tloss\t1.0\nscalar\t2\teval/ss/miou\t0.5\nscalar\t4\tloss\t1.0\n");
}

TEST_F(Events, AFolderThatCannotBeWrittenIsAUserError) { EXPECT_THROW(EventFile(folder_ / "none"), UserError); }

}  // namespace
}  // namespace seg
