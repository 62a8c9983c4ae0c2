// SPDX-License-Identifier: Apache-2.0
#include <array>
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
#include "cli/hdf5_pack.h"
#include "cli/output_files.h"
#include "cli/program.h"
#include "config/places.h"
#include "dataset/decoding.h"
#include "dataset/splits.h"
#include "loader/sample_cache.h"

namespace seg {
namespace {

// What another process fills, or nobody may write to, cannot be built here.
void require_builder(const SampleCache& cache, const std::filesystem::path& folder) {
  if (cache.may_add()) return;
  fail(folder.string(), "nothing can be added to this cache now (the line above says why)",
       "wait for the process that adds to it, give this user the right to write there, or name another cache_dir");
}

// Whether it came to its end. Counts the files that could not be read.
bool fill(const ReaderSource& source, std::string_view split, const SampleCache& cache, Console& console,
          std::int64_t& num_bad) {
  const std::string total = std::to_string(source.size());
  num_bad += read_all(source, usable_processors(), [&](std::int64_t done) {
    console.progress("decoding " + std::string(split) + " images: " + std::to_string(done) + "/" + total);
    return !stop_requested() && cache.may_add();
  });
  console.progress("");
  return !stop_requested();
}

Outcome build_cache(const ResolvedConfig& resolved, Session& session) {
  const DatasetConfig& config = resolved.config.dataset;
  const Splits data = open_splits(config);
  LoaderConfig loader = resolved.config.loader;
  loader.cache = "disk";
  const std::array<const Dataset*, 2> datasets = {data.train.get(), data.validation.get()};
  const CacheChoice choice = choose_cache(
      cache_request(loader, config.dataset, cache_text(config, data.train->traits())), measure_decoding(datasets));
  session.console.info(choice.value + " (" + choice.reason + ")");
  install_signal_handlers();
  SampleCache cache(choice, session.console);
  require_builder(cache, choice.folder);
  std::int64_t num_bad = 0;
  const bool came_to_end = fill(cache.attach(*data.train), "training", cache, session.console, num_bad) &&
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
  if (came_to_end && missing > 0)
    problems.push_back({choice.folder.string(),
                        std::to_string(missing) + " of " + counted(wanted, "sample") + " " +
                            (missing == 1 ? "is" : "are") +
                            " not kept: there is no more room, or a part of their files is damaged",
                        "a larger cache_budget_gb, or cache_dir on another disk; segtrain check names damaged files"});
  return {.result = {{"file", (choice.folder / "pixels").string()},
                     {"samples", content.kept},
                     {"left_out", missing},
                     {"unreadable", num_bad},
                     {"bytes", content.bytes},
                     {"complete", came_to_end && missing <= 0}},
          .exit_code = !came_to_end       ? kExitStopped
                       : problems.empty() ? kExitDone
                                          : kExitUser,
          .problems = std::move(problems)};
}

// What `--format hdf5` needs beside the config.
struct Packing {
  std::string format, file;
  std::shared_ptr<bool> force;
};

void check(const Packing& packing) {
  if (packing.format.empty() && !packing.file.empty())
    fail("--out " + packing.file, "names a file, but a cache lies in cache_dir", "--format hdf5, to write such a file");
  if (!packing.format.empty() && packing.format != "hdf5")
    fail("--format " + packing.format, "there is no such format", "--format hdf5, or none for a cache");
  if (!packing.format.empty() && packing.file.empty())
    fail("--format hdf5", "does not say which file to write", "--out packed.h5");
}

RunCommand declare(CLI::App& app) {
  const auto config = ConfigArguments::add_to(app);
  const auto packing = std::make_shared<Packing>();
  app.add_option("--format", packing->format, "hdf5: write HDF5 files, and a config that trains with them")
      ->type_name("hdf5");
  app.add_option("--out", packing->file, "with --format: FILE_train.h5, FILE_val.h5 and FILE.toml are written")
      ->type_name("FILE.h5");
  packing->force = add_force(app);
  return [config, packing](Session& session) {
    check(*packing);
    const ResolvedConfig resolved = config->load(Purpose::batches, session.console);
    return telling_places(resolved, [&] {
      if (packing->format.empty()) return build_cache(resolved, session);
      return pack_as_hdf5(resolved, {.file = packing->file, .may_overwrite = *packing->force}, session);
    });
  };
}

}  // namespace

extern const Command cache_command = {
    "cache", "decode a data set ahead of training, for cache=disk; goes on where it was stopped", declare};

}  // namespace seg
