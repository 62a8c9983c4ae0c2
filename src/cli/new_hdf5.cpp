// SPDX-License-Identifier: Apache-2.0
#include "cli/new_hdf5.h"

#include <algorithm>
#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "base/counted.h"
#include "base/file.h"
#include "base/machine.h"
#include "base/plain_text.h"
#include "cli/found_data.h"
#include "config/new_config.h"
#include "dataset/hdf5_data.h"
#include "telemetry/progress_line.h"

namespace seg {
namespace {

namespace fs = std::filesystem;

Hdf5Data look_into(const Hdf5Files& files, Console& console) {
  std::optional<ProgressLine> line;
  return find_hdf5_data(files, {.threads = usable_processors(), .progress = [&](std::size_t done, std::size_t total) {
                                  if (!line) line.emplace(console, "looking into pairs", total);
                                  line->show(done);
                                }});
}

void show(const Hdf5Data& data, const Hdf5Files& files, Console& console) {
  const auto name = [](const fs::path& file) { return plain_text(file.filename().string()); };
  console.info("layout    HDF5: " + name(files.train) + " to train on, " + name(files.validation) +
               " to validate with");
  console.info("pairs     " + std::to_string(data.num_train + data.num_validation) + ": " +
               std::to_string(data.num_train) + " to train on, " + std::to_string(data.num_validation) +
               " to validate with, as the files say");
  console.info("images    " + images_text(data.survey));
  console.info("classes   " + std::to_string(data.guess.n_cats) + ": " + data.guess.n_cats_reason);
  show_classes(data.guess, console);
}

std::string text_of(const Hdf5Data& data, const fs::path& place, const fs::path& config) {
  std::vector<KeyReason> reasons = {
      {"n_cats", data.guess.n_cats_reason},
      {"lb_ignore", data.guess.ignore_reason},
      {"label_map", data.guess.map_reason},
      {"train_im_anns", counted(data.num_train, "pair")},
      {"val_im_anns", counted(data.num_validation, "pair")},
  };
  if (data.measured > 0) reasons.push_back({"mean", "measured on " + counted(data.measured, "image") + " to train on"});
  return new_config_text({.heading = "Written by `segtrain new " + plain_text(place.string()) + "`.",
                          .dataset = data.config,
                          .n_cats = data.guess.n_cats,
                          .reasons = reasons,
                          .smallest_side = std::min(data.survey.smallest_height, data.survey.smallest_width),
                          .num_train = data.num_train,
                          .respth = "res/" + config.stem().string()});
}

}  // namespace

Outcome new_from_hdf5(const fs::path& place, const fs::path& config, Session& session) {
  const Hdf5Files files = find_hdf5_files(place);
  const Hdf5Data data = look_into(files, session.console);
  show(data, files, session.console);
  make_folder(config.parent_path());
  write_file(config, text_of(data, place, config));
  const std::string written = config.lexically_proximate(fs::current_path()).string();
  session.console.info("written   " + written);
  session.console.info("next      segtrain train " + written);
  return {.result = {{"config", config.string()},
                     {"train_list", files.train.string()},
                     {"val_list", files.validation.string()},
                     {"folds", 1},
                     {"layout", "hdf5"},
                     {"pairs", data.num_train + data.num_validation},
                     {"train", data.num_train},
                     {"validation", data.num_validation},
                     {"unpaired", 0},
                     {"left_out", 0},
                     {"n_cats", data.guess.n_cats},
                     {"lb_ignore", data.guess.lb_ignore}}};
}

}  // namespace seg
