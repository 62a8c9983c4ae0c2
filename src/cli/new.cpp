// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <deque>
#include <filesystem>
#include <optional>
#include <utility>

#include "base/counted.h"
#include "base/error.h"
#include "base/file.h"
#include "base/machine.h"
#include "base/plain_text.h"
#include "base/text.h"
#include "cli/command.h"
#include "cli/found_data.h"
#include "cli/new_hdf5.h"
#include "cli/output_files.h"
#include "config/new_config.h"
#include "dataset/folder_data.h"
#include "dataset/hdf5_data.h"
#include "dataset/list_writer.h"
#include "telemetry/progress_line.h"

namespace seg {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kNamed = 5;  // of unpaired files and of pairs that are left out

struct NewArguments {
  std::string folder, out;
  double val_fraction = 0.2;
  std::size_t folds = 1;  // 1: one split
  std::string group_by;
  std::optional<std::uint64_t> seed;
  std::shared_ptr<bool> force;
};

struct Outputs {
  fs::path config;
  std::vector<fs::path> train_lists, val_lists;  // one a fold

  std::vector<fs::path> all() const {
    std::vector<fs::path> paths = {config};
    for (const auto& [train, val] : pairs()) paths.insert(paths.end(), {train, val});
    return paths;
  }

 private:
  std::vector<std::pair<fs::path, fs::path>> pairs() const {
    std::vector<std::pair<fs::path, fs::path>> pairs;
    for (std::size_t i = 0; i < train_lists.size(); ++i) pairs.emplace_back(train_lists[i], val_lists[i]);
    return pairs;
  }
};

// As absolute paths, so that the config may be used from anywhere.
Outputs outputs_of(const NewArguments& arguments) {
  const fs::path config = fs::absolute(arguments.out).lexically_normal();
  if (config.extension() != ".toml" || config.stem().empty())
    fail("--out " + arguments.out, "is no name of a config", "a name that ends in .toml, such as --out my.toml");
  const std::string start = (config.parent_path() / config.stem()).string();
  Outputs outputs{.config = config, .train_lists = {}, .val_lists = {}};
  for (std::size_t fold = 1; fold <= arguments.folds; ++fold) {
    const std::string end = (arguments.folds > 1 ? "_" + std::to_string(fold) : std::string()) + ".txt";
    outputs.train_lists.emplace_back(start + "_train" + end);
    outputs.val_lists.emplace_back(start + "_val" + end);
  }
  return outputs;
}

// Their split is made already.
void check_for_hdf5(const NewArguments& arguments) {
  constexpr const char* kWhat =
      "says how to split a data set, but HDF5 files are a file to train on and one to validate with";
  constexpr const char* kRemedy = "without it; or write other files (docs/hdf5.md)";
  if (arguments.folds > 1) fail("--folds " + std::to_string(arguments.folds), kWhat, kRemedy);
  if (arguments.val_fraction != NewArguments{}.val_fraction)
    fail("--val-fraction " + shortest(arguments.val_fraction), kWhat, kRemedy);
}

void check(const NewArguments& arguments, const Outputs& outputs) {
  if (!(arguments.val_fraction > 0 && arguments.val_fraction < 1))
    fail("--val-fraction " + shortest(arguments.val_fraction), "is no share between 0 and 1",
         "--val-fraction 0.2, to validate with a fifth");
  if (arguments.folds == 1 && (!arguments.group_by.empty() || arguments.seed))
    fail(arguments.seed ? "--seed " + std::to_string(*arguments.seed) : "--group-by " + arguments.group_by,
         "says how images are dealt to folds, but there are none", "--folds 5");
  if (!holds_hdf5(arguments.folder))
    return refuse_to_overwrite({.written = outputs.all(), .may_overwrite = *arguments.force});
  check_for_hdf5(arguments);
  refuse_to_overwrite({.written = {outputs.config}, .may_overwrite = *arguments.force});
}

std::string named(const std::vector<std::string>& names) {
  std::vector<std::string> first(names.begin(),
                                 names.begin() + static_cast<std::ptrdiff_t>(std::min(kNamed, names.size())));
  if (names.size() > kNamed) first.emplace_back("…");
  return plain_text(joined(first, ", "));
}

std::string left_alone_text(std::size_t count) {
  return "; " + std::to_string(count) + " for tests " + (count == 1 ? "is" : "are") + " left alone";
}

std::string folds_text(const FolderData& data, const NewArguments& arguments) {
  std::string text = std::to_string(arguments.folds) + " folds of";
  for (const TrainSplit& split : data.folds.splits) text += " " + std::to_string(split.validation.size());
  text += arguments.group_by.empty() ? " to validate with"
                                     : " to validate with, in " + counted(data.folds.num_groups, "group") +
                                           " that stay together (--group-by " + plain_text(arguments.group_by) + ")";
  if (data.split.left_alone > 0) text += left_alone_text(data.split.left_alone);
  return text;
}

std::string split_text(const FolderData& data, double val_fraction) {
  const TrainSplit& split = data.split;
  std::string text =
      std::to_string(split.train.size()) + " to train on, " + std::to_string(split.validation.size()) +
      " to validate with, " +
      (split.is_given
           ? data.layout.kind == LayoutKind::voc ? "as the folders or ImageSets/Segmentation say" : "as the folders say"
           : "chosen by their names (--val-fraction " + shortest(val_fraction) + ")");
  if (split.left_alone > 0) text += left_alone_text(split.left_alone);
  return text;
}

void show_left_out(const FolderData& data, Console& console) {
  for (const Problem& problem : data.unlisted) console.warning(plain_text(problem.where) + ": " + problem.what);
  for (std::size_t i = 0; i < std::min(kNamed, data.dropped.size()); ++i)
    console.warning(plain_text(data.dropped[i].where) + ": " + data.dropped[i].what +
                    "; left out (try: " + data.dropped[i].remedy + ")");
  if (data.dropped.size() > kNamed)
    console.warning("left out, too: " + counted(data.dropped.size() - kNamed, "more pair"));
}

void show(const FolderData& data, const NewArguments& arguments, Console& console) {
  const Layout& layout = data.layout;
  const ImageAndLabel& first = data.survey.pairs.front();
  console.info("layout    " + std::string(name_of(layout.kind)) + ": " + plain_text(first.image) + " with " +
               plain_text(first.label) + ", …");
  console.info("pairs     " + std::to_string(data.survey.pairs.size()) + ": " +
               (arguments.folds > 1 ? folds_text(data, arguments) : split_text(data, arguments.val_fraction)));
  if (!layout.unpaired_images.empty())
    console.info("unpaired  " + counted(layout.unpaired_images.size(), "image") +
                 " without a label: " + named(layout.unpaired_images));
  if (!layout.unpaired_labels.empty())
    console.info("unpaired  " + counted(layout.unpaired_labels.size(), "label") +
                 " without an image: " + named(layout.unpaired_labels));
  show_left_out(data, console);
  console.info("images    " + images_text(data.survey));
  console.info("classes   " + std::to_string(data.guess.n_cats) + ": " + data.guess.n_cats_reason);
  show_classes(data.guess, console);
}

std::vector<KeyReason> reasons_of(const FolderData& data) {
  std::vector<KeyReason> reasons = {
      {"n_cats", data.guess.n_cats_reason},
      {"lb_ignore", data.guess.ignore_reason},
      {data.guess.label_colors.empty() ? "label_map" : "label_colors", data.guess.map_reason},
      {"train_im_anns", counted(data.split.train.size(), "pair")},
      {"palette", data.config.palette.empty() ? "" : "that of the label files"},
      {"val_im_anns", counted(data.split.validation.size(), "pair")},
  };
  if (data.measured > 0)
    reasons.push_back({"mean", "measured on " + counted(data.measured, "image") + " of the training list"});
  if (!data.config.class_names.empty()) reasons.push_back({"class_names", data.guess.n_cats_reason});
  return reasons;
}

// All are whole before the first takes its place; the config, which names the lists, is the last.
void write(const FolderData& data, const NewArguments& arguments, const Outputs& outputs) {
  NewConfig config{.heading = "Written by `segtrain new " + arguments.folder + "`.",
                   .dataset = data.config,
                   .n_cats = data.guess.n_cats,
                   .reasons = reasons_of(data),
                   .smallest_side = std::min(data.survey.smallest_height, data.survey.smallest_width),
                   .num_train = data.split.train.size(),
                   .respth = "res/" + outputs.config.stem().string()};
  config.dataset.train_im_anns = outputs.train_lists.front().string();
  config.dataset.val_im_anns = outputs.val_lists.front().string();
  make_folder(outputs.config.parent_path());
  std::deque<AtomicFile> lists;
  for (std::size_t fold = 0; fold < outputs.train_lists.size(); ++fold) {
    const TrainSplit& split = arguments.folds > 1 ? data.folds.splits[fold] : data.split;
    lists.emplace_back(outputs.train_lists[fold]).write(list_text(split.train));
    lists.emplace_back(outputs.val_lists[fold]).write(list_text(split.validation));
  }
  AtomicFile config_file(outputs.config);
  config_file.write(new_config_text(config));
  for (AtomicFile& list : lists) list.commit();
  config_file.commit();
}

Outcome run(const NewArguments& arguments, Session& session) {
  const Outputs outputs = outputs_of(arguments);
  check(arguments, outputs);
  if (holds_hdf5(arguments.folder)) return new_from_hdf5(arguments.folder, outputs.config, session);
  std::optional<ProgressLine> line;
  const FolderDataOptions options{
      .val_fraction = arguments.val_fraction,
      .folds = arguments.folds > 1
                   ? std::optional(FoldOptions{
                         .count = arguments.folds, .group_by = arguments.group_by, .seed = arguments.seed.value_or(0)})
                   : std::nullopt,
      .threads = usable_processors(),
      .progress = [&](std::size_t done, std::size_t total) {
        if (!line) line.emplace(session.console, "looking into pairs", total);
        line->show(done);
      }};
  const FolderData data = find_folder_data(arguments.folder, options);
  line.reset();
  show(data, arguments, session.console);
  write(data, arguments, outputs);
  std::vector<std::string> written;
  for (const fs::path& path : outputs.all()) written.push_back(path.lexically_proximate(fs::current_path()).string());
  session.console.info("written   " + joined(written, ", "));
  session.console.info("next      segtrain train " + arguments.out);
  if (arguments.folds > 1)
    session.console.info("          for each other fold, with its own train_im_anns=, val_im_anns= and respth=");
  const Layout& layout = data.layout;
  return Outcome{{{"config", outputs.config.string()},
                  {"train_list", outputs.train_lists.front().string()},
                  {"val_list", outputs.val_lists.front().string()},
                  {"folds", arguments.folds},
                  {"layout", std::string(name_of(layout.kind))},
                  {"pairs", data.survey.pairs.size()},
                  {"train", data.split.train.size()},
                  {"validation", data.split.validation.size()},
                  {"unpaired", layout.unpaired_images.size() + layout.unpaired_labels.size()},
                  {"left_out", data.dropped.size()},
                  {"n_cats", data.guess.n_cats},
                  {"lb_ignore", data.guess.lb_ignore}}};
}

RunCommand declare(CLI::App& app) {
  const auto arguments = std::make_shared<NewArguments>();
  app.add_option("FOLDER", arguments->folder, "the folder that holds images and labels, or train.h5 and val.h5")
      ->required();
  app.add_option("--out", arguments->out, "the config to write; lists are written beside it")
      ->required()
      ->type_name("FILE.toml");
  CLI::Option* val_fraction =
      app.add_option("--val-fraction", arguments->val_fraction, "share of pairs to validate with, where no folder says")
          ->capture_default_str();
  app.add_option("--folds", arguments->folds, "lists for a cross-validation: so many pairs of a train and a val list")
      ->check(CLI::Range(2, 100))
      ->excludes(val_fraction);
  app.add_option("--group-by", arguments->group_by,
                 "images for whose paths the first group of this expression is equal stay in one fold")
      ->type_name("REGEX");
  app.add_option("--seed", arguments->seed, "of the folds; another one deals anew (default: 0)");
  arguments->force = add_force(app);
  return [arguments](Session& session) { return run(*arguments, session); };
}

}  // namespace

extern const Command new_command = {"new", "find image and label pairs in a folder, write lists and a config", declare};

}  // namespace seg
