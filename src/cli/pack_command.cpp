// SPDX-License-Identifier: Apache-2.0
#include "cli/pack_command.h"

#include <array>
#include <memory>
#include <optional>
#include <vector>

#include "base/counted.h"
#include "base/disk.h"
#include "base/file.h"
#include "base/machine.h"
#include "base/signals.h"
#include "base/text.h"
#include "cli/output_files.h"
#include "cli/program.h"
#include "config/printer.h"
#include "dataset/hdf5_pack.h"
#include "dataset/list_file.h"
#include "dataset/splits.h"
#include "telemetry/progress_line.h"

namespace seg {
namespace {

namespace fs = std::filesystem;

constexpr std::int64_t kShrinkOfLabels = 20;                  // at least, as a rule
constexpr std::int64_t kRestOfFiles = std::int64_t{1} << 20;  // what describes the pixels

struct Outputs {
  fs::path config;
  PackedFiles files;
};

// As absolute paths: their folder is the config's im_root, so that it may be used from anywhere.
Outputs outputs_of(const std::string& name) {
  const fs::path file = fs::absolute(name).lexically_normal();
  if ((file.extension() != ".h5" && file.extension() != ".hdf5") || file.stem().empty())
    fail("--out " + name, "is no name of an HDF5 file", "a name that ends in .h5, such as --out packed.h5");
  const auto beside = [&](const std::string& end) { return file.parent_path() / (file.stem().string() + end); };
  return {.config = beside(".toml"),
          .files = {.train = beside("_train" + file.extension().string()),
                    .validation = beside("_val" + file.extension().string())}};
}

std::vector<fs::path> sources_of(const DatasetConfig& config) {
  std::vector<fs::path> files;
  for (const std::string& name : {config.train_im_anns, config.val_im_anns})
    if (!name.empty()) files.push_back(find_list(name, config.im_root));
  return files;
}

PackOptions options_for(const std::string& what, const Dataset& dataset, Console& console) {
  return {.threads = usable_processors(),
          .go_on = [goes_on = progress_until_stopped(console, what), size = dataset.size()](std::size_t done) {
            return goes_on(done, size);
          }};
}

std::string plan_text(const PackPlan& plan) {
  const std::string count = counted(plan.layouts.size(), "image");
  if (!plan.is_stacked) return count + " of several sizes";
  const ImageLayout& layout = plan.layouts.front();
  return count + " of " + size_text(layout.width, layout.height);
}

void require_space(const fs::path& folder, std::int64_t wanted) {
  const std::optional<DiskSpace> space = disk_space(folder);
  if (!space || space->free_bytes >= wanted) return;
  fail(folder.string(),
       "has too little room: the files take about " + bytes_text(wanted) + ", and " + bytes_text(space->free_bytes) +
           " are free",
       "free some space there, or name a place on another disk");
}

struct Part {
  std::string name;
  const Dataset& dataset;
  fs::path file;
  std::optional<PackPlan> plan{};
};

using Parts = std::array<Part, 2>;

// How many bytes they will take, about. Nothing if it was stopped.
std::optional<std::int64_t> plan_all(Parts& parts, Console& console) {
  std::int64_t wanted = kRestOfFiles;
  for (Part& part : parts) {
    const PackOptions options = options_for("looking at " + part.name + " images", part.dataset, console);
    part.plan = plan_hdf5(part.dataset, options);
    if (!part.plan) return std::nullopt;
    wanted += part.plan->image_bytes + part.plan->label_bytes / kShrinkOfLabels;
    console.info(part.name + ": " + plan_text(*part.plan) + " to " + part.file.string());
  }
  console.info("about " + bytes_text(wanted) + " in all");
  return wanted;
}

// Splits of two packings would make a set of neither, so none takes its place before all are whole, and the config,
// which names them, is the last. False if it was stopped; then all is as it was.
bool write_all(const Parts& parts, const fs::path& config, const std::string& config_text, Console& console) {
  std::vector<std::unique_ptr<Hdf5Writer>> files;
  for (const Part& part : parts) {
    const PackOptions options = options_for("packing " + part.name + " images", part.dataset, console);
    files.push_back(write_hdf5(part.dataset, *part.plan, part.file, options));
    if (!files.back()) return false;
  }
  AtomicFile config_file(config);
  config_file.write(config_text);
  for (const auto& file : files) file->commit();
  config_file.commit();
  return true;
}

Outcome stopped(Console& console) {
  console.info("stopped; nothing was written");
  return {.result = {{"complete", false}}, .exit_code = kExitStopped};
}

// The keys that tell of a data set say where they come from.
ResolvedConfig packed(ResolvedConfig resolved, const Outputs& outputs, const DatasetTraits& traits) {
  const std::string kind = resolved.config.dataset.dataset;
  resolved.config.model.n_cats = resolve_num_classes(traits, kind, resolved.config.model.n_cats);
  // The run folder of the config that this one is made from holds, or will hold, a run of other values.
  resolved.config.run.respth = "res/" + outputs.config.stem().string();
  resolved.config.dataset = packed_config(resolved.config.dataset, traits, outputs.files);
  for (const char* key : {"dataset", "im_root", "train_im_anns", "val_im_anns", "hdf5_images", "hdf5_labels",
                          "label_map", "label_colors", "class_names", "palette", "mean", "std", "n_cats"})
    resolved.origins[key] = {.kind = OriginKind::automatic, .text = "packed from the data set " + kind};
  resolved.origins["respth"] = {.kind = OriginKind::automatic, .text = "named after this file"};
  return resolved;
}

}  // namespace

Outcome pack_as_hdf5(ResolvedConfig resolved, const Hdf5Output& output, Session& session) {
  const DatasetConfig& config = resolved.config.dataset;
  const Outputs outputs = outputs_of(output.file);
  refuse_to_overwrite({.written = {outputs.files.train, outputs.files.validation, outputs.config},
                       .read = sources_of(config),
                       .may_overwrite = output.may_overwrite});
  install_signal_handlers();
  const Splits data = open_splits(config);
  Parts parts = {Part{.name = "training", .dataset = *data.train, .file = outputs.files.train},
                 Part{.name = "validation", .dataset = *data.validation, .file = outputs.files.validation}};
  const std::string config_text = config_as_toml(packed(std::move(resolved), outputs, data.train->traits()));
  const std::optional<std::int64_t> wanted = plan_all(parts, session.console);
  if (!wanted) return stopped(session.console);
  make_folder(outputs.config.parent_path());
  require_space(outputs.config.parent_path(), *wanted);
  if (!write_all(parts, outputs.config, config_text, session.console)) return stopped(session.console);
  session.console.info("written   " + outputs.config.string());
  session.console.info("next      segtrain train " + outputs.config.string());
  const auto bytes = [](const fs::path& file) { return static_cast<std::int64_t>(fs::file_size(file)); };
  return {.result = {{"file", outputs.files.train.string()},
                     {"val_file", outputs.files.validation.string()},
                     {"config", outputs.config.string()},
                     {"samples", data.train->size() + data.validation->size()},
                     {"bytes", bytes(outputs.files.train) + bytes(outputs.files.validation)},
                     {"complete", true}}};
}

}  // namespace seg
