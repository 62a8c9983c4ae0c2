// SPDX-License-Identifier: Apache-2.0
#include <array>
#include <filesystem>
#include <memory>
#include <string>
#include <utility>

#include "base/counted.h"
#include "base/error.h"
#include "base/machine.h"
#include "base/signals.h"
#include "base/text.h"
#include "cli/command.h"
#include "cli/config_arguments.h"
#include "cli/output_files.h"
#include "cli/pack_command.h"
#include "cli/program.h"
#include "config/places.h"
#include "dataset/decoding.h"
#include "dataset/splits.h"
#include "loader/cache_check.h"
#include "loader/cache_files.h"
#include "loader/cache_folder.h"
#include "loader/cache_labels.h"
#include "loader/distance_cost.h"
#include "loader/sample_cache.h"
#include "telemetry/progress_line.h"
#include "training/settings.h"

namespace seg {
namespace {

using Json = nlohmann::json;

// What another process fills, or nobody may write to, cannot be built here.
void require_builder(const SampleCache& cache, const std::filesystem::path& folder) {
  if (cache.may_add()) return;
  fail(folder.string(),
       "nothing can be added to this cache now: another process adds to it, or this user may not write there",
       "wait for the process that adds to it, give this user the right to write there, or name another cache_dir");
}

// Whether it came to its end. Counts the files that could not be read.
bool fill(const ReaderSource& source, std::string_view split, const SampleCache& cache, Console& console,
          std::int64_t& num_bad) {
  const auto goes_on = progress_until_stopped(console, "decoding " + std::string(split) + " images");
  num_bad += read_all(source, usable_processors(), [&](std::int64_t done) {
    return goes_on(static_cast<std::size_t>(done), source.size()) && cache.may_add();
  });
  return !stop_requested();
}

// The cache on disk of a config's data sets.
CacheRequest disk_request(const Config& config, const Splits& data) {
  LoaderConfig loader = config.loader;
  loader.cache = "disk";
  return cache_request(loader, config.dataset.dataset, cache_text(config.dataset, data.train->traits()));
}

// What will come, and what there is for it.
void tell_choice(const CacheChoice& choice, const CacheRequest& request, Console& console) {
  std::string text = choice.value + " (" + choice.reason + ")";
  if (request.on_disk > 0) text += "; " + bytes_text(request.on_disk) + " are there already";
  if (request.space) text += "; " + bytes_text(request.space->free_bytes) + " are free there";
  console.info(text);
}

std::vector<Problem> problems_of(const CacheChoice& choice, const CacheRequest& request, std::int64_t wanted,
                                 std::int64_t missing) {
  if (missing <= 0) return {};
  const bool is_disk_full = choice.budget_bytes >= choice.spare_bytes + request.on_disk;
  return {{choice.folder.string(),
           std::to_string(missing) + " of " + counted(wanted, "sample") + " " + (missing == 1 ? "is" : "are") +
               " not kept: there is no more room, or a part of their files is damaged",
           std::string(is_disk_full ? "free some space there" : "a larger cache_budget_gb") +
               ", or cache_dir on another disk; segtrain check names damaged files"}};
}

// As one word, whatever is in it.
std::string shell_word(const std::filesystem::path& path) {
  std::string word = "'";
  for (const char letter : path.string())
    if (letter == '\'')
      word += R"('\'')";
    else
      word += letter;
  return word + '\'';
}

// Of earlier versions, whose folders nothing else would ever name.
Json tell_unused(const std::filesystem::path& cache_dir, Console& console) {
  Json unused = Json::array();
  for (const UnusedCache& cache : unused_caches(cache_dir)) {
    console.info("not used by this version, as another one of segtrain or of its libraries made it: " +
                 cache.folder.string() + ", " + bytes_text(cache.bytes) + ". To remove it: rm -r " +
                 shell_word(cache.folder) + " (while no run uses it)");
    unused.push_back({{"folder", cache.folder.string()}, {"bytes", cache.bytes}});
  }
  return unused;
}

// Which way to distances is quicker here: said, and in the result.
Json tell_distances(const Config& config, const ReaderSource& source, Console& console) {
  const RunSettings settings = resolve_settings(config, source.dataset());
  const DistanceCost cost = measure_distances(source, loader_options(config, source.dataset(), settings));
  const std::string quicker(quicker_distances(cost));
  const std::string verdict = quicker == "either" ? "neither way is quicker here, and online is exact for scaled crops"
                              : quicker == "online" ? "distance_map=online is quicker here, and exact for scaled crops"
                                                    : "distance_map=cache is quicker here";
  console.info("distances to boundaries of a crop: " + fixed(cost.kept_milliseconds, 3) + " ms cut from this cache, " +
               fixed(cost.online_milliseconds, 3) + " ms found anew (one thread, the median of " +
               counted(cost.crops, "crop") + " each way): " + verdict);
  return {{"crops", cost.crops},
          {"online_ms", cost.online_milliseconds},
          {"cache_ms", cost.kept_milliseconds},
          {"quicker", quicker}};
}

Outcome build_cache(const ResolvedConfig& resolved, Session& session) {
  const Splits data = open_splits(resolved.config.dataset);
  const CacheRequest request = disk_request(resolved.config, data);
  const bool with_distances = resolved.config.boundaries.distance_map == "cache";
  const DecodingCost cost = together(measure_decoding(*data.train, with_distances), measure_decoding(*data.validation));
  if (const auto lack = lack_of_disk(request, cost)) throw UserError(*lack);
  const CacheChoice choice = choose_cache(request, cost);
  tell_choice(choice, request, session.console);
  install_signal_handlers();
  SampleCache cache(choice, session.console, progress_until_stopped(session.console, "tidying the cache"));
  require_builder(cache, choice.folder);
  std::int64_t num_bad = 0;
  const ReaderSource train = cache.attach(*data.train, with_distances);
  const bool came_to_end = fill(train, "training", cache, session.console, num_bad) &&
                           fill(cache.attach(*data.validation), "validation", cache, session.console, num_bad);

  const SampleStore::Content content = cache.content();
  session.console.info("kept whole and checked: " + counted(content.kept, "sample") + ", " + bytes_text(content.bytes) +
                       ", in " + choice.folder.string());
  if (num_bad > 0)
    session.console.warning(counted(num_bad, "sample") + " could not be read; segtrain check names the files");
  if (!came_to_end) session.console.info("stopped; run the same command again to go on");
  const auto wanted = static_cast<std::int64_t>(data.train->size() + data.validation->size());
  const std::int64_t missing = wanted - content.kept - num_bad;
  std::vector<Problem> problems;
  if (came_to_end) problems = problems_of(choice, request, wanted, missing);
  const Json distances =
      came_to_end && with_distances ? tell_distances(resolved.config, train, session.console) : Json();
  return {.result = {{"file", cache_pixels(choice.folder).value_or("").string()},
                     {"samples", content.kept},
                     {"distances", distances},
                     {"left_out", missing},
                     {"unreadable", num_bad},
                     {"bytes", content.bytes},
                     {"reclaimed_bytes", cache.reclaimed_bytes()},
                     {"unused", tell_unused(choice.folder.parent_path(), session.console)},
                     {"complete", came_to_end && missing <= 0}},
          .exit_code = !came_to_end       ? kExitStopped
                       : problems.empty() ? kExitDone
                                          : kExitUser,
          .problems = std::move(problems)};
}

Problem changed_labels(const std::string& folder, const LabelComparison& labels) {
  const std::size_t count = labels.changed.size();
  return {folder,
          std::to_string(count) + " of " + counted(labels.samples, "kept label") +
              (count == 1 ? " is not that of its file" : " are not those of their files") +
              ", though name, size and time are as they were: " + labels.changed.front() + (count == 1 ? "" : ", …") +
              (labels.taken_out ? "; what is not is not kept any more" : ""),
          "segtrain cache makes them again; training finds kept samples by names, sizes and times of files alone"};
}

Outcome verify_cache(const ResolvedConfig& resolved, Session& session) {
  const Splits data = open_splits(resolved.config.dataset);
  const CacheRequest request = disk_request(resolved.config, data);
  const std::string folder = request.folder.string();
  const auto pixels = cache_pixels(request.folder);
  if (!pixels) fail(folder, "there is no cache to verify", "segtrain cache without --verify, which makes it");
  if (!has_pixels_of_index(request.folder))
    fail(folder, "nothing of this cache can be read: the pixels that its index names are not there, or not those",
         "segtrain cache without --verify, which begins it anew");
  install_signal_handlers();
  const CacheCheck check = check_cache(request.folder, usable_processors(), session.console,
                                       progress_until_stopped(session.console, "checking kept samples"));
  LabelComparison labels;
  if (!stop_requested()) {
    const std::array<const Dataset*, 2> splits = {data.train.get(), data.validation.get()};
    labels = compare_labels(request.folder, splits, usable_processors(), silent_log(),  // the log was told above
                            progress_until_stopped(session.console, "comparing kept labels with their files"));
  }
  session.console.info("kept and whole: " + counted(check.samples - check.damaged, "sample") + ", " +
                       bytes_text(check.bytes) + "; " + bytes_text(check.stale_bytes) +
                       " are used no more (damaged, or of images that have changed since), in " + folder +
                       "; labels that are those of their files: " +
                       std::to_string(labels.samples - static_cast<std::int64_t>(labels.changed.size())));
  std::vector<Problem> problems;
  if (check.damaged > 0)
    problems.push_back({folder,
                        std::to_string(check.damaged) + " of " + counted(check.samples, "kept sample") + " " +
                            (check.damaged == 1 ? "is" : "are") + " damaged" +
                            (check.taken_out ? "; what is damaged is not kept any more" : ""),
                        "segtrain cache makes them again; if that happens twice, look at the disk"});
  if (!labels.changed.empty()) problems.push_back(changed_labels(folder, labels));
  return {.result = {{"file", pixels->string()},
                     {"samples", check.samples},
                     {"damaged", check.damaged},
                     {"labels_compared", labels.samples},
                     {"labels_changed", labels.changed},
                     {"bytes", check.bytes},
                     {"stale_bytes", check.stale_bytes},
                     {"unused", tell_unused(request.folder.parent_path(), session.console)},
                     {"complete", !stop_requested()}},
          .exit_code = stop_requested()   ? kExitStopped
                       : problems.empty() ? kExitDone
                                          : kExitUser,
          .problems = std::move(problems)};
}

// What is asked for beside the config.
struct CacheArguments {
  bool verifies = false;
  std::string format, file;
  std::shared_ptr<bool> force;
};

void check(const CacheArguments& arguments) {
  if (arguments.verifies && !arguments.format.empty())
    fail("--verify", "looks at a cache, and --format writes files instead of one", "one of the two");
  if (arguments.format.empty() && !arguments.file.empty())
    fail("--out " + arguments.file, "names a file, but a cache lies in cache_dir",
         "--format hdf5, to write such a file");
  if (!arguments.format.empty() && arguments.format != "hdf5")
    fail("--format " + arguments.format, "there is no such format", "--format hdf5, or none for a cache");
  if (!arguments.format.empty() && arguments.file.empty())
    fail("--format hdf5", "does not say which file to write", "--out packed.h5");
}

RunCommand declare(CLI::App& app) {
  const auto config = ConfigArguments::add_to(app);
  const auto arguments = std::make_shared<CacheArguments>();
  app.add_flag(
      "--verify", arguments->verifies,
      "look at every sample that is kept, compare its label with the file's, and take out what is damaged or changed, "
      "to be made again");
  app.add_option("--format", arguments->format, "hdf5: write HDF5 files, and a config that trains with them")
      ->type_name("hdf5");
  app.add_option("--out", arguments->file, "with --format: FILE_train.h5, FILE_val.h5 and FILE.toml are written")
      ->type_name("FILE.h5");
  arguments->force = add_force(app);
  return [config, arguments](Session& session) {
    check(*arguments);
    const ResolvedConfig resolved = config->load(Purpose::batches, session);
    return telling_places(resolved, [&] {
      if (arguments->verifies) return verify_cache(resolved, session);
      if (arguments->format.empty()) return build_cache(resolved, session);
      return pack_as_hdf5(resolved, {.file = arguments->file, .may_overwrite = *arguments->force}, session);
    });
  };
}

}  // namespace

extern const Command cache_command = {
    "cache", "decode a data set ahead of training, for cache=disk; goes on where it was stopped", declare};

}  // namespace seg
