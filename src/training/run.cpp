// SPDX-License-Identifier: Apache-2.0
#include "training/run.h"

#include <memory>
#include <utility>

#include "base/counted.h"
#include "base/disk.h"
#include "base/error.h"
#include "base/machine.h"
#include "base/random.h"
#include "base/signals.h"
#include "base/text.h"
#include "base/version.h"
#include "config/places.h"
#include "config/printer.h"
#include "dataset/splits.h"
#include "engine/device.h"
#include "engine/memory.h"
#include "loader/sample_cache.h"
#include "report/run_page.h"
#include "telemetry/gauge_file.h"
#include "telemetry/progress_line.h"
#include "training/boundary_settings.h"
#include "training/folder_config.h"
#include "training/forecast.h"
#include "training/identity.h"
#include "training/kept_scan.h"
#include "training/label_check.h"
#include "training/loading_choices.h"
#include "training/loss_settings.h"
#include "training/memory_check.h"
#include "training/memory_fit.h"
#include "training/out_of_memory.h"
#include "training/resume.h"
#include "training/run_events.h"
#include "training/run_figures.h"
#include "training/run_folder.h"
#include "training/sanity_check.h"
#include "training/settings.h"
#include "training/settings_table.h"
#include "training/start_weights.h"

namespace seg {
namespace {

using Json = nlohmann::json;

// The config as it is run, for the file in the run folder and for the record in every weight file. max_epochs and
// what depends on time (intervals, cache, steps ahead) stay what they are, so that the file read again is the same run,
// and runs of one config have the same.
std::string resolved_text(ResolvedConfig config, const RunSettings& settings) {
  config.settle("threads", std::to_string(settings.shares.threads), settings.shares.threads_reason);
  config.settle("num_workers", std::to_string(settings.shares.num_workers), settings.shares.num_workers_reason);
  config.settle("precision", settings.precision.name, settings.precision.reason);
  config.settle("device", settings.device.device.is_cpu() ? "cpu" : "cuda", settings.device.reason);
  config.settle("n_cats", std::to_string(settings.card.num_classes), "the data set's classes");
  return config_as_toml(config);
}

void check_end(const StartPoint& start, const RunSettings& settings) {
  if (start.state.step <= settings.last_step) return;
  fail(start.checkpoint->string(),
       "is of step " + std::to_string(start.state.step) + ", but the run ends at step " +
           std::to_string(settings.last_step),
       "a larger max_iter (or max_epochs), or an earlier checkpoint");
}

std::int64_t files_to_skip(const DatasetConfig& config) {
  return config.on_bad_sample == "skip" ? config.max_bad_samples : 0;
}

void show_settings(const Config& config, const Dataset& train, const RunSettings& settings, const CacheChoice& cache,
                   const StartPoint& start, Console& console) {
  console.heading("segtrain " + std::string(version()) + "  " + start.state.run);
  std::vector<std::vector<std::string>> rows = {{"setting", "value", "why"}};
  for (const Setting& setting : settings_table(config, train, settings))
    rows.push_back({setting.key, setting.value, setting.reason});
  rows.push_back({"cache", cache.value, cache.reason});
  if (start.checkpoint)
    rows.push_back({"goes on", "from step " + std::to_string(start.state.step), start.checkpoint->string()});
  console.table(rows);
  if (!settings.device.notice.empty()) console.info(settings.device.notice);
}

nlohmann::ordered_json start_record(const TrainRequest& request, const RunSettings& settings,
                                    const StartWeights& begin) {
  const std::string values = config_as_json(request.config).at("keys").dump();
  nlohmann::ordered_json record = {{"version", std::string(version())},
                                   {"commit", std::string(commit())},
                                   {"argv", request.arguments},
                                   {"host", host_name()},
                                   {"device", settings.device.name},
                                   {"torch", torch_version()},
                                   {"config_hash", std::to_string(hash_of(values.data(), values.size()))},
                                   {"class_names", settings.card.class_names},
                                   {"palette", nlohmann::ordered_json::array()}};
  for (const Rgb& color : settings.card.palette) record["palette"].push_back({color.r, color.g, color.b});
  if (!request.tuned.is_null()) {
    record["tuned"] = request.tuned;
    record["tried"] = nlohmann::ordered_json::array();
    for (const Finding& finding : request.tried) record["tried"].push_back(nlohmann::ordered_json(to_json(finding)));
  }
  if (!begin.record.empty()) record["start_weights"] = begin.record;
  if (!settings.class_weights.empty()) record["class_weights"] = settings.class_weights;
  return record;
}

// With what is known of these two now.
StoredValues values_to_store(const Config& config, const RunSettings& settings) {
  StoredValues values = stored_values(settings);
  if (config.memory.auto_batch) values[std::string(kAutoBatch)] = std::to_string(config.loader.ims_per_gpu);
  if (weighs_by_frequency(config.loss)) values[std::string(kClassWeights)] = class_weights_text(settings.class_weights);
  return values;
}

TrainResult stopped_before_start(const RunFolder& folder, const RunState& state, Console& console) {
  const std::string reason = stop_signal_name();
  console.info("stopped before step " + std::to_string(state.step + 1) + " (" + reason +
               "); nothing was written. Run the same command again to " + (state.step == 0 ? "begin" : "go on"));
  return train_result(reason, false, folder, state);
}

TrainResult already_finished(const RunFolder& folder, const RunState& state, Console& console) {
  console.info("already finished at step " + std::to_string(state.step) + "; the weights are " +
               folder.final_weights().string());
  return train_result("already finished", true, folder, state);
}

// Of both splits, as far as no earlier scan has. False if a request to stop came in between.
bool look_at_labels(const TrainRequest& request, const Dataset& train, const Dataset& validation,
                    std::int64_t num_classes, Console& console, std::vector<ClassCount>& classes) {
  const Config& config = request.config.config;
  const bool is_written = !request.is_dry;
  KeptScan of_train(config, train, {.split = Split::train, .is_written = is_written}, console);
  KeptScan of_validation(config, validation, {.split = Split::validation, .is_written = is_written}, console);
  return check_labels({{.dataset = train,
                        .split = Split::train,
                        .may_skip = files_to_skip(config.dataset),
                        .kept = &of_train,
                        .classes = &classes},
                       {.dataset = validation, .split = Split::validation, .kept = &of_validation}},
                      num_classes, console);
}

using BatchSplits = std::vector<BatchSplit>;

// Of the micro-batches that fit.
Forecast fitted_forecast(const Config& config, RunSettings& settings, const Splits& data, std::int64_t budget,
                         BatchSplits& splits, Log& log) {
  Forecast expected = forecast(config, settings, *data.train, *data.validation);
  if (const auto split = split_to_fit(config, budget, settings, expected, log)) splits.push_back(*split);
  return expected;
}

// Of steps, before there is a network of the run. Where memory runs out the run is split as its rehearsal was.
Rehearsal rehearse_first(const Config& config, RunSettings& settings, const Dataset& train, BatchSplits& splits,
                         Log& log) {
  Rehearsal rehearsal;
  rehearse_steps(config, settings, train, log, rehearsal);
  // What it left lies in pieces into which the run's network would not fit.
  release_free_memory(settings.device.device);
  for (const BatchSplit& split : rehearsal.splits) {
    settings.micro_batches = split.parts;
    splits.push_back(split);
  }
  return rehearsal;
}

struct LoadingChoices {
  SampleCosts costs;
  CacheChoice cache;
};

// Steps ahead and cache, in what the run leaves of memory and disk. The forecast becomes that of the ring.
LoadingChoices choose_loading(const Config& config, RunSettings& settings, Forecast& expected, std::int64_t budget,
                              const Splits& data) {
  LoadingChoices choices{.costs = measure_samples(config, settings, *data.train, *data.validation), .cache = {}};
  expected.loader_bytes =
      settle_prefetch(config, *data.train, choices.costs.train, budget - expected.memory_bytes(), settings);
  choices.cache = choose_cache_of_run(
      config, settings, *data.train,
      {.usable_memory = budget, .memory = expected.memory_bytes(), .disk = expected.disk_bytes()}, choices.costs);
  if (choices.cache.tier == CacheTier::ram) expected.cache_bytes = choices.cache.expected_bytes;
  return choices;
}

// What the doctor knows before step 1.
Figures known_figures(const Config& config, const RunSettings& settings, const Dataset& train, const Forecast& expected,
                      std::int64_t budget, const LoadingChoices& loading) {
  Figures figures = figures_of(config, settings, train);
  figures.cache = name_of(loading.cache.tier);
  figures.usable_memory_bytes = budget;
  figures.memory_forecast_bytes = expected.memory_bytes();
  if (const std::int64_t bytes = loading.costs.train.bytes; bytes > 0) figures.decoded_bytes = bytes;
  return figures;
}

// Refuses a run for which disk or memory have no room.
void tell_forecast(const TrainRequest& request, const Forecast& expected, std::int64_t budget, const RunFolder& folder,
                   Console& console) {
  const Config& config = request.config.config;
  const std::optional<DiskSpace> space = disk_space(folder.path());
  check_disk(expected, space, request.resume == Resume::never ? 0 : bytes_already_there(folder), config);
  console.info(forecast_text(expected, space, budget));
  check_memory(expected, budget, config, console);
}

TrainResult dry_run(const RunFolder& folder, const RunState& state, const RunSettings& settings, Console& console) {
  console.info("dry run: steps " + std::to_string(state.step + 1) + " to " + std::to_string(settings.last_step) +
               " would follow; nothing was kept. The same command without --dry-run trains");
  return train_result("dry run", true, folder, state);
}

void show_end(const TrainRequest& request, const TrainResult& result, const RunFolder& folder, bool has_report,
              Console& console) {
  const Json& json = result.json;
  const auto steps = json.at("steps").get<std::int64_t>();
  if (!result.is_complete)
    return console.info("stopped after step " + std::to_string(steps) + " (" + result.reason + "), saved in " +
                        folder.path().string() +
                        (request.resume == Resume::automatic ? "; run the same command again to go on"
                                                             : "; run it again without --resume to go on"));
  const Json& best = json.at("best");
  const Json& speed = json.at("images_per_second");
  console.info((result.reason == kEarlyStop ? "stopped early after " : "finished ") + counted(steps, "step") +
               (speed.is_null() ? std::string() : " at " + fixed(speed.get<double>(), 1) + " images/s") +
               (best.is_null() ? std::string()
                               : "; best mIoU " + percent(best.at("metric").get<double>(), 2) + " % at step " +
                                     std::to_string(best.at("step").get<std::int64_t>())));
  console.info("everything is in " + folder.path().string() +
               ": model_final.safetensors, model_final.pth, checkpoints/, " + "config.toml, metrics.jsonl, pictures" +
               (has_report ? " and report.html: open it in a browser" : ""));
}

// What an earlier part of the run told of steps that are made again; all of it, if nothing of that part was kept.
void cut_records(const RunFolder& folder, const RunState& state, bool was_last_step) {
  const std::int64_t last_kept = state.step == 0 ? -1 : state.step;
  MetricsFile::cut_after(folder.metrics_file(), last_kept);
  if (was_last_step) MetricsFile::cut_evaluation_of(folder.metrics_file(), state.step);
  RunEvents::cut(folder, last_kept, was_last_step);
}

// Whether no step follows on the one that is done.
bool has_ended(const Config& config, const RunSettings& settings, const RunState& state) {
  return state.step == settings.last_step || stops_early(config.evaluation, state.early_stop);
}

// Brings the trainer to where the run begins, and tries what comes later.
void make_ready(Trainer& trainer, const StartPoint& start, const StartWeights& begin,
                const std::optional<Rehearsal>& rehearsal) {
  if (start.checkpoint) return trainer.load(*start.checkpoint);
  trainer.begin_with(begin.tensors);
  if (rehearsal && !stop_requested()) trainer.rehearse(*rehearsal);
}

// From here on the folder is this run's.
void take_over(const TrainRequest& request, const RunFolder& folder, const StartPoint& start,
               const RunSettings& settings, Console& console) {
  clear_the_way(request, folder, start, console);
  make_folder(folder.checkpoint(0).parent_path());
  cut_records(folder, start.state, has_ended(request.config.config, settings, start.state));
}

// Those that were made before the first step that they hold for.
void tell_splits(Trainer& trainer, BatchSplits splits, std::int64_t first_step) {
  for (BatchSplit& split : splits) {
    split.step = first_step;
    trainer.tell_split(split);
  }
}

// After the first line of metrics, by which a run's files are known. A run's own config, with where its values came
// from, stays.
void keep_config(const RunFolder& folder, const RunSettings& settings, bool is_own_config) {
  if (!is_own_config || !std::filesystem::exists(folder.config_file()))
    write_file(folder.config_file(), settings.card.config);
}

// Whether it was written: a run does not fail for its report.
bool write_report(const RunFolder& folder, Console& console) {
  try {
    (void)write_run_page(folder.path());
    return true;
  } catch (const std::exception& error) {
    console.warning("report.html was not written: " + text_without_backtrace(error) +
                    "; `segtrain report` makes it from the run folder");
    return false;
  }
}

// `has_report`: whether one is wanted, then whether it is there.
TrainResult run_and_report(Trainer& trainer, const RunFolder& folder, bool& has_report, Console& console) {
  try {
    TrainResult result = trainer.run();
    has_report = has_report && write_report(folder, console);
    return result;
  } catch (const std::exception&) {
    if (has_report) (void)write_report(folder, console);
    throw;
  }
}

}  // namespace

TrainResult train(const TrainRequest& given, Console& console) {
  TrainRequest request = given;  // what is found out before step 1 is settled there
  const Config& config = request.config.config;
  const Splits data = open_splits(config.dataset);
  // Before there is a folder: a request to stop may come at any time, and what was made here must be taken away again.
  install_signal_handlers();
  const RunFolder folder(config.run.respth);
  const bool is_own_config = is_config_of(folder, request.config_file, request.config);
  const StartPoint start = find_start(request, folder, run_identity(config, *data.train, *data.validation), console);
  const std::int64_t budget = memory_budget(config.memory);
  choose_batch(request.config, start.state.values, *data.train, *data.validation, budget, console);
  RunSettings settings = resolve_settings(config, *data.train, start.state.values);
  check_end(start, settings);
  if (request.resume == Resume::automatic && has_ended(config, settings, start.state) &&
      std::filesystem::exists(folder.final_weights()))
    return already_finished(folder, start.state, console);
  // Both now, so that a file that does not fit or cannot be is known before anything long.
  StartWeights begin;
  if (!start.checkpoint) begin = start_weights(config.run, settings.card);
  if (const auto& file = config.watching.prometheus_file) (void)GaugeFile(*file);
  tell_warnings(with_places(doubts_of(data), request.config), console);
  std::vector<ClassCount> classes;  // of the training labels
  if (!look_at_labels(request, *data.train, *data.validation, settings.card.num_classes, console, classes))
    return stopped_before_start(folder, start.state, console);
  if (weighs_by_frequency(config.loss) && !start.state.values.contains(std::string(kClassWeights)))
    settings.class_weights = class_weights(config.loss, settings.card.num_classes, "", classes);

  BatchSplits splits;
  Forecast expected = fitted_forecast(config, settings, data, budget, splits, console);
  const LoadingChoices loading = choose_loading(config, settings, expected, budget, data);
  const CacheChoice& choice = loading.cache;
  show_settings(config, *data.train, settings, choice, start, console);
  for (const std::string& line : begin.lines) console.info(line);
  tell_forecast(request, expected, budget, folder, console);
  if (request.is_dry) SampleCache::rehearse(choice, console);
  SampleCache cache(request.is_dry ? CacheChoice() : choice, console,
                    progress_until_stopped(console, "tidying the cache"));
  if (stop_requested()) return stopped_before_start(folder, start.state, console);
  set_up_torch(config, settings.shares.threads);
  settings.card.config = resolved_text(request.config, settings);
  const ArenaCap cap(tensor_cap(expected, budget, left_of_memory_limit(config.memory)));
  std::optional<Rehearsal> rehearsal;
  if (!start.checkpoint && config.run.sanity_check)
    rehearsal = rehearse_first(config, settings, *data.train, splits, console);
  RunState state = start.state;
  state.values = values_to_store(config, settings);
  Trainer trainer({.config = config,
                   .settings = settings,
                   .train = cache.attach(*data.train, keeps_distances(config)),
                   .validation = cache.attach(*data.validation),
                   .folder = folder,
                   .console = console,
                   .known = known_figures(config, settings, *data.train, expected, budget, loading),
                   .tried = request.tried},
                  state);
  make_ready(trainer, start, begin, rehearsal);
  if (stop_requested()) return stopped_before_start(folder, state, console);
  if (request.is_dry) return dry_run(folder, state, settings, console);

  take_over(request, folder, start, settings, console);  // nothing was kept so far
  trainer.log().event(start.checkpoint ? "resume" : "start", state.step, trainer.epoch(),
                      start_record(request, settings, begin));
  tell_splits(trainer, splits, state.step + 1);
  keep_config(folder, settings, is_own_config);
  bool has_report = config.watching.report;
  const TrainResult result = run_and_report(trainer, folder, has_report, console);
  show_end(request, result, folder, has_report, console);
  return result;
}

}  // namespace seg
