// SPDX-License-Identifier: Apache-2.0
#include "training/trainer.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "base/clock.h"
#include "base/error.h"
#include "base/out_of_memory.h"
#include "base/signals.h"
#include "base/text.h"
#include "evaluation/results.h"
#include "formats/finite.h"
#include "formats/safetensors.h"
#include "training/bad_batch.h"
#include "training/batch_picture.h"
#include "training/kept_pictures.h"
#include "training/out_of_memory.h"
#include "training/read_back.h"
#include "training/step_settings.h"
#include "training/weight_file.h"

namespace seg {
namespace {

using Json = nlohmann::json;

constexpr double kSecondsBetweenSaves = 600;
constexpr double kSecondsPerHour = 3600;

// The first lines come sooner than every `interval` steps: 1, 2, 5, 10, 20, 50, …
bool is_log_step(std::int64_t step, std::int64_t interval, std::int64_t last) {
  if (step == last || step % interval == 0) return true;
  for (std::int64_t decade = 1; decade <= step && step < interval; decade *= 10)
    if (step == decade || step == 2 * decade || step == 5 * decade) return true;
  return false;
}

ProgressStyle progress_style(const std::string& key) {
  if (key == "off") return ProgressStyle::off;
  return key == "lines" ? ProgressStyle::lines : ProgressStyle::bar;  // the console draws bars only on terminals
}

// Of a skipped step it is 0, so that the mean over the others follows from both means.
NamedTensors norm_of(const StepResult& result) {
  NamedTensors values = {{"gradient_norm", result.gradient_norm}};
  if (result.is_skipped.defined()) values.push_back({"is_skipped", result.is_skipped});
  return values;
}

double mean_norm(const LossMeter::Means& means) {
  const double share_skipped = means.size() > 1 ? means[1].second : 0.0;
  return share_skipped < 1.0 ? means[0].second / (1.0 - share_skipped) : 0.0;
}

// What evaluates in a run, whose steps fit: where not even one image does here, that is nothing but a key to be mended.
// `so_far` and `then`: what that means for the run, and what else helps.
template <class Body>
decltype(auto) evaluated_beside_steps(const std::string& so_far, const std::string& then, Body&& body) {
  try {
    return std::forward<Body>(body)();
  } catch (const OutOfMemory& error) {
    Problem problem = error.problems().front();
    problem.what += so_far;
    problem.remedy += then;
    throw UserError(std::move(problem));
  }
}

// Statistics may overflow some steps before the loss does; nothing goes on from those.
std::string last_good_checkpoint(const RunFolder& folder) {
  const std::vector<std::filesystem::path> checkpoints = folder.checkpoints();
  for (const std::filesystem::path& path : checkpoints)
    if (not_finite_text(SafetensorsFile(path).tensors()).empty()) return "The last good checkpoint is " + path.string();
  return checkpoints.empty() ? "There is no checkpoint yet" : "All checkpoints hold numbers that are not finite, too";
}

}  // namespace

Trainer::Trainer(const Parts& parts, const RunState& state)
    : parts_(parts),
      config_(parts.config),
      settings_(parts.settings),
      state_(state),
      log_(parts.folder, state.run, settings_.last_step, parts.console, progress_style(config_.watching.progress)),
      events_(parts.folder, config_.watching.tensorboard),
      trained_(
          while_doing("making the network", [&] { return NetworkInTraining(config_, settings_, &parts.console); })),
      schedule_(rate_schedule(config_.step, settings_.last_step)),
      watch_({.config = config_,
              .settings = settings_,
              .known = parts.known,
              .tried = parts.tried,
              .folder = parts.folder,
              .log = log_,
              .console = parts.console,
              .run = state.run},
             state.step),
      loader_(while_doing("making room for batches",
                          [&] {
                            LoaderOptions options = loader_options(config_, parts.train.dataset(), settings_);
                            options.trace = watch_.trace();
                            return Loader(parts.train, std::move(options),
                                          batch_memory(settings_.device.device, config_.loader.pin_memory),
                                          parts.console);
                          })),
      validation_(config_, settings_, parts.validation, trained_.final_parameters(), parts.console),
      clock_(device_clock(settings_.device.device)),
      gpu_probe_(settings_.device.device.is_cuda() ? GpuProbe::of(cuda_bus_id(settings_.device.device)) : nullptr) {}

void Trainer::load(const std::filesystem::path& checkpoint) {
  load_checkpoint(checkpoint, trained_.parameters, *trained_.optimizer, trained_.average.get(), trained_.scaler.get());
  std::error_code ignored;
  if (std::filesystem::equivalent(checkpoint, parts_.folder.checkpoint(state_.step), ignored))
    saved_step_ = state_.step;
}

void Trainer::begin_with(const NamedTensors& weights) {
  (void)trained_.parameters.load(weights);
  if (trained_.average) trained_.average->copy_trained();
}

void Trainer::rehearse(Rehearsal result) {
  // In phases that the speed of training does not count.
  evaluated_beside_steps("; steps fit, and nothing was trained", ", or precision=bf16 if it is fp32", [&] {
    trained_.phases.timed(Phase::evaluation, [&] { rehearse_evaluation(validation_, result); });
  });
  if (stop_requested()) return;
  const auto save_to = [&](const std::filesystem::path& path) {
    save_checkpoint(path, settings_.card, trained_.parameters, *trained_.optimizer, state_, trained_.average.get(),
                    trained_.scaler.get());
  };
  trained_.phases.timed(Phase::checkpoint, [&] { rehearse_checkpoint(parts_.folder, save_to, result); });
  parts_.console.info(rehearsal_text(result, {.steps = settings_.last_step,
                                              .evaluations = num_evaluations(settings_),
                                              .images = static_cast<std::int64_t>(parts_.validation.size()),
                                              .evaluations_are_auto = settings_.eval_interval_is_auto}));
}

TrainResult Trainer::run() {
  try {
    return run_steps();
  } catch (const std::exception& error) {
    tell_failure(error);
    throw;
  }
}

TrainResult Trainer::run_steps() {
  start_ = last_save_ = seconds_now();
  first_step_ = state_.step;
  std::string reason = "finished";
  watch_.begin(trained_.phases);
  begin_phases_ = reported_phases_ = trained_.phases.snapshot();  // what came before is no part of the run
  loader_.start(state_.step + 1);
  if (state_.owes_evaluation && state_.step < settings_.last_step && !evaluate()) return finish(reason_to_stop());
  if (stops_early()) return finish(kEarlyStop);  // it did so before, and was killed before it had ended
  while (state_.step < settings_.last_step) {
    watch_.begin_step(state_.step + 1);
    HostBatch batch = while_doing(
        "loading a batch", [&] { return trained_.phases.timed(Phase::data_wait, [&] { return loader_.next(); }); });
    watch_.has_batch();
    if (state_.step == first_step_ && (first_step_ == 0 || !std::filesystem::exists(parts_.folder.batch_picture())))
      trained_.phases.timed(Phase::logging, [&] { keep_picture_of(batch); });
    if (clock_) clock_->begin();
    const StepResult result = make_step(batch);
    if (clock_) clock_->end();
    losses_.add(result.losses);
    gradient_norms_.add(norm_of(result));
    state_.step = batch.step();
    batch.release();

    trained_.phases.timed(Phase::logging, [&] { tell_progress(); });
    watch_.end_step(state_.step);
    if (is_evaluation_due()) (void)evaluate();  // if it was cut short, the reason to stop comes next
    const std::string stop = reason_to_stop();
    if (!stop.empty() || is_checkpoint_due()) save();
    if (!stop.empty()) {
      reason = stop;
      break;
    }
  }
  return finish(reason);
}

StepResult Trainer::make_step(const BatchView& batch) {
  OutOfMemoryPolicy policy = out_of_memory_policy(config_, settings_);
  policy.tell = [&](const BatchSplit& split) {
    log_.clear_progress();
    parts_.console.warning(split_text(split));
    // For the next checkpoint, so that the run goes on as it is now.
    state_.values[std::string(kMicroBatches)] = micro_batches_text(split.parts, split.images);
    tell_split(split);
  };
  return run_step(trained_.step, batch, schedule_.at(batch.step()), policy);
}

void Trainer::tell_split(const BatchSplit& split) {
  log_.event("split", split.step, epoch_at(split.step),
             {{"micro_batches", split.parts}, {"images", split.images / split.parts}, {"reason", split.reason}});
}

void Trainer::keep_picture_of(const BatchView& batch) {
  const std::filesystem::path file = parts_.folder.batch_picture();
  save_batch_picture(file, batch, settings_.card.palette, static_cast<int>(config_.dataset.lb_ignore));
  if (events_.is_on()) events_.picture(first_step_, "train_batch", read_file(file));
}

void Trainer::tell_progress() {
  if (is_log_step(state_.step, config_.watching.log_interval, settings_.last_step))
    tell_step();
  else
    log_.progress(state_.step, images_per_second(), seconds_left());
}

void Trainer::tell_step() {
  stop_if_not_finite();
  const PhaseSeconds now = trained_.phases.snapshot();
  StepReport report{.step = state_.step, .epoch = epoch(), .losses = losses_.read(), .rate = schedule_.at(state_.step)};
  for (std::size_t i = 0; i < report.losses.size(); ++i)
    report.total_loss += trained_.graph.outputs[i].loss_weight * report.losses[i].second;
  for (const ParameterGroup& group : trained_.parameters.groups())
    report.group_rates.push_back(report.rate * trained_.optimizer->lr_multiplier(group));
  report.shows_mean_rate = config_.watching.log_lr == "group_mean";
  report.gradient_norm = mean_norm(gradient_norms_.read());
  if (trained_.scaler)
    report.loss_scaling = {
        .scale = read_back(trained_.scaler->scale()).front(),
        .skipped_steps = static_cast<std::int64_t>(read_back(trained_.scaler->num_skipped()).front())};
  if (settings_.device.device.is_cuda()) {
    report.gpu_memory = cuda_memory(settings_.device.device);
    const DeviceTime time = clock_->take();
    if (time.num_spans > 0) report.gpu_step_seconds = time.seconds / static_cast<double>(time.num_spans);
    report.gpu = gpu_probe_ ? gpu_probe_->now() : GpuFigures();
  }
  report.phases = now - reported_phases_;
  const double steps = static_cast<double>(state_.step - std::max(last_report_.step, first_step_));
  const double seconds = report.phases.total() - report.phases[Phase::evaluation] - report.phases[Phase::checkpoint];
  report.images_per_second = steps * static_cast<double>(settings_.samples_per_step) / seconds;
  report.seconds_left = seconds_left();
  LoaderStatistics loader = loader_.statistics();
  report.skipped = loader.bad_samples;
  report.loader = loader_report(reported_loader_, loader, report.phases.total());
  log_.step(report);
  events_.step(report);
  reported_phases_ = now;
  reported_loader_ = std::move(loader);
  last_report_ = std::move(report);
  watch_.line(last_report_, progress(), state_.best ? std::optional(state_.best->metric) : std::nullopt);
}

RunProgress Trainer::progress() {
  RunProgress progress{.step = state_.step,
                       .phases = trained_.phases.snapshot(),
                       .time = seconds_now(),
                       .loader = loader_.statistics(),
                       .micro_batches = trained_.step.micro_batches(),
                       .evaluations_without_progress = evaluations_since_best_,
                       .num_checkpoints = num_saved_};
  if (validation_.last_seconds() > 0) progress.evaluation_seconds = validation_.last_seconds();
  if (const auto& gpu = last_report_.gpu) {
    progress.gpu_utilisation = gpu->utilisation;
    progress.gpu_memory_share = gpu->used_share();
  }
  if (last_report_.loss_scaling) progress.skipped_steps = last_report_.loss_scaling->skipped_steps;
  return progress;
}

bool Trainer::is_evaluation_due() {
  // The last one belongs to finish().
  if (settings_.eval_interval <= 0 || state_.step % settings_.eval_interval != 0) return false;
  if (state_.step == settings_.last_step) return false;
  const PixelSize& crop = config_.augmentation.cropsize;
  return !settings_.eval_interval_is_auto ||
         validation_.fits_into_its_share(
             {.run_seconds = seconds_of_run(),
              .evaluation_seconds = state_.evaluation_seconds,
              .training_pixels_per_second = images_per_second() * static_cast<double>(crop.height * crop.width)});
}

bool Trainer::evaluate() {
  stop_if_not_finite();
  const auto progress = [&](std::int64_t images) {
    log_.activity("evaluating " + std::to_string(images) + "/" + std::to_string(validation_.images_to_see()));
    return !stop_requested();
  };
  const bool is_complete = evaluated_beside_steps(
      "", ": but for other images the same command then goes on from the last checkpoint that there is",
      [&] { return trained_.phases.timed(Phase::evaluation, [&] { return validation_.run(progress); }); });
  state_.owes_evaluation = !is_complete;
  if (!is_complete) return false;
  const std::vector<ProtocolResult>& results = validation_.results();
  state_.evaluation_seconds += validation_.last_seconds();
  const double miou = metrics_of(results.front()).miou;
  // NaN, where no label counts, is not the best of anything.
  const std::string& protocol = results.front().protocol;
  const bool is_best =
      !std::isnan(miou) && (!state_.best || state_.best->protocol != protocol || miou > state_.best->metric);
  if (is_best) state_.best = BestEvaluation{state_.step, miou, protocol};
  if (!std::isnan(miou)) evaluations_since_best_ = is_best ? 0 : evaluations_since_best_ + 1;
  state_.early_stop = with_evaluation(config_.evaluation, state_.early_stop, state_.step,
                                      early_stop_value(config_.evaluation, results));
  evaluated_step_ = state_.step;
  parts_.console.info("evaluation at step " + std::to_string(state_.step) + ": mIoU " + percent(miou, 2) + " %" +
                      (protocol == "ss" ? "" : " by " + protocol) + (is_best ? ", the best so far" : "") + " (" +
                      duration_text(validation_.last_seconds()) + ")");
  if (stops_early())
    parts_.console.info("the run stops here: " + early_stop_text(config_.evaluation, state_.early_stop));
  // The last step is saved before its evaluation, which may take long, and again when its result is known. Only then
  // comes the line: a run that is killed in between evaluates the last step again, and no line shall be lost.
  const bool is_saved = state_.step == saved_step_;
  if (is_saved) write_checkpoint();
  log_.event("eval", state_.step, epoch(),
             {{"protocols", to_json(results)},
              {"seconds", validation_.last_seconds()},
              {"worst", to_json(validation_.worst())}});
  events_.evaluation(state_.step, results, settings_.card.class_names);
  trained_.phases.timed(Phase::evaluation, [&] {
    keep_pictures(validation_, settings_.card.palette, state_.step, parts_.folder, events_);
  });
  if (!is_saved && (!settings_.checkpoint_interval || (config_.keeping.save_best && is_best))) save();
  return true;
}

bool Trainer::is_checkpoint_due() const {
  if (take_save_request()) return true;
  if (settings_.checkpoint_interval) return state_.step % *settings_.checkpoint_interval == 0;
  return seconds_now() - last_save_ >= kSecondsBetweenSaves;
}

void Trainer::save() {
  if (state_.step == saved_step_) return;
  stop_if_not_finite();
  write_checkpoint();
  log_.event("checkpoint", state_.step, epoch(), {{"file", parts_.folder.checkpoint(state_.step).filename().string()}});
}

void Trainer::write_checkpoint() {
  trained_.phases.timed(Phase::checkpoint, [&] {
    RunState state = state_;
    state.seconds = seconds_of_run();
    save_checkpoint(parts_.folder.checkpoint(state_.step), settings_.card, trained_.parameters, *trained_.optimizer,
                    state, trained_.average.get(), trained_.scaler.get());
    const auto best = config_.keeping.save_best && state_.best ? std::optional(state_.best->step) : std::nullopt;
    parts_.folder.prune(config_.keeping.keep_checkpoints, best);
  });
  last_save_ = seconds_now();
  saved_step_ = state_.step;
  ++num_saved_;
}

bool Trainer::stops_early() const {
  return state_.step < settings_.last_step && seg::stops_early(config_.evaluation, state_.early_stop);
}

std::string Trainer::reason_to_stop() const {
  if (stop_requested()) return stop_signal_name();
  if (state_.step == settings_.last_step) return "";
  if (stops_early()) return kEarlyStop;
  const auto& hours = config_.run.max_hours;
  return hours && seconds_now() - start_ >= *hours * kSecondsPerHour ? "time limit" : "";
}

void Trainer::stop_if_not_finite() {
  if (read_back(trained_.step.found_not_finite()).front() == 0) return;
  const auto bad_step = static_cast<std::int64_t>(read_back(trained_.step.first_bad_step()).front());
  log_.clear_progress();
  loader_.start(bad_step);  // a batch is a pure function of its step: here it is again
  const std::string samples = save_bad_batch(parts_.folder.bad_batch(), loader_.next(), parts_.train.dataset());
  tell_end(bad_step, {{"reason", "not finite"}});
  fail("step " + std::to_string(bad_step),
       "the loss or a gradient is not finite. Its batch is in " + parts_.folder.bad_batch().string() + ": " + samples +
           ". " + last_good_checkpoint(parts_.folder),
       "a lower lr_start or a longer warmup_iters; or look at the samples named, their labels may be wrong");
}

TrainResult Trainer::finish(const std::string& reason) {
  std::string why = reason;
  bool is_complete = state_.step == settings_.last_step || reason == kEarlyStop;
  if (is_complete) {
    save();
    is_complete = is_evaluated() || evaluate();
    if (!is_complete) why = reason_to_stop();
  }
  if (is_complete) {
    // Where the last of them is, all are: a run that was killed in between writes them again.
    save_weights(parts_.folder.final_torch_weights(), settings_.card, trained_.final_parameters());
    save_weights(parts_.folder.final_weights(), settings_.card, trained_.final_parameters());
    log_.clear_progress();
    parts_.console.table(class_table(validation_.results(), settings_.card.class_names));
  }
  nlohmann::ordered_json end = {{"reason", why}};
  if (why == kEarlyStop) end["what"] = early_stop_text(config_.evaluation, state_.early_stop);
  log_.clear_progress();
  const RunProgress now = progress();
  end["phases"] = to_json(now.phases - reported_phases_);  // since the last line, as there
  end.update(watch_.end(now));
  tell_end(state_.step, end);
  TrainedPart part{.images_per_second = std::nullopt, .phases = trained_.phases.snapshot() - begin_phases_};
  if (state_.step > first_step_) part.images_per_second = images_per_second();
  TrainResult result = train_result(why, is_complete, parts_.folder, state_, part);
  if (end.contains("findings")) result.json["findings"] = end.at("findings");
  return result;
}

void Trainer::tell_end(std::int64_t step, const nlohmann::ordered_json& members) {
  log_.event("end", step, epoch_at(step), members);
  has_told_end_ = true;
}

void Trainer::tell_failure(const std::exception& error) {
  const auto as_far_as_possible = [](const auto& tell) {
    try {
      tell();
    } catch (const std::exception&) {  // a full disk may be what failed, and that is told
    }
  };
  as_far_as_possible([&] {
    if (!has_told_end_) tell_end(state_.step, {{"reason", "error"}, {"what", text_without_backtrace(error)}});
  });
  as_far_as_possible([&] { watch_.leave(trained_.phases.snapshot()); });
}

double Trainer::epoch_at(std::int64_t step) const {
  return static_cast<double>(step * settings_.samples_per_step) / static_cast<double>(parts_.train.size());
}

double Trainer::seconds_of_run() const { return state_.seconds + seconds_now() - start_; }

double Trainer::training_seconds() {
  const PhaseSeconds phases = trained_.phases.snapshot() - begin_phases_;
  return phases.total() - phases[Phase::evaluation] - phases[Phase::checkpoint];
}

double Trainer::images_per_second() {
  return static_cast<double>((state_.step - first_step_) * settings_.samples_per_step) / training_seconds();
}

double Trainer::seconds_left() {
  return static_cast<double>((settings_.last_step - state_.step) * settings_.samples_per_step) / images_per_second();
}

}  // namespace seg
