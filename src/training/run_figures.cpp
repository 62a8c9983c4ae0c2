// SPDX-License-Identifier: Apache-2.0
#include "training/run_figures.h"

#include <string>
#include <utility>
#include <vector>

#include "base/cgroup.h"
#include "base/machine.h"
#include "base/text.h"
#include "doctor/run_record.h"
#include "engine/device.h"
#include "loader/reader_memory.h"

namespace seg {

RunMoment::RunMoment(const PhaseSeconds& now, LoaderStatistics statistics)
    : phases(now), loader(std::move(statistics)), page_faults(minor_page_faults()), reads_back(read_backs()) {}

Figures figures_of(const Config& config, const RunSettings& settings, const Dataset& train) {
  const bool on_cpu = settings.device.device.is_cpu(), has_bf16 = computes_bf16(settings.device.device);
  Figures figures = figures_of_config(config);
  figures.processors = usable_processors();
  figures.online_processors = online_processors();
  figures.processor_quota = cgroup_limits().processors;
  figures.computes_on_cpu = on_cpu;
  figures.half_precision = has_bf16 ? "bf16" : on_cpu ? "none" : "fp16";
  figures.threads = settings.shares.threads;
  figures.workers = settings.shares.num_workers;
  figures.prefetch_steps = settings.prefetch.steps;
  figures.asked_threads = config.run.threads;
  figures.asked_workers = config.loader.num_workers;
  figures.micro_batches = settings.micro_batches;
  figures.images_of_micro_batch = settings.samples_per_step / settings.micro_batches;
  figures.precision = settings.precision.name;
  figures.eval_interval = settings.eval_interval_is_auto ? Count() : Count(settings.eval_interval);
  figures.images = static_cast<std::int64_t>(train.size());
  if (config.run.max_iter || config.run.max_epochs) {
    figures.steps = settings.last_step;
    figures.epochs =
        static_cast<double>(settings.last_step * settings.samples_per_step) / static_cast<double>(train.size());
  }
  const ImageLayout largest = sizes_of(train).largest;
  if (largest.height > 0) figures.image_pixels = largest.height * largest.width;
  return figures;
}

void add_speed(const RunMoment& before, const RunMoment& after, std::int64_t steps, std::int64_t samples_per_step,
               Figures& figures) {
  const PhaseSeconds phases = after.phases - before.phases;
  if (steps < 1 || !add_rates(phases, static_cast<double>(steps * samples_per_step), figures)) return;
  const double made = static_cast<double>(after.loader.samples - before.loader.samples);
  for (std::size_t i = 0; made > 0 && i < kLoaderStageNames.size(); ++i)
    figures.stages[i] = 1000 * (after.loader.seconds[i] - before.loader.seconds[i]) / made;
  const auto a_step = [&](std::int64_t count) { return static_cast<double>(count) / static_cast<double>(steps); };
  figures.processor_wait_share = wait_share(before.load, after.load);
  figures.busy_elsewhere = busy_elsewhere(before.load, after.load, phases.total());
  figures.page_faults_per_step = a_step(after.page_faults - before.page_faults);
  figures.disk_faults_per_step = a_step(after.load.disk_faults - before.load.disk_faults);
  const ReadBacks reads_back = difference(after.reads_back, before.reads_back);
  figures.reads_back_per_step = a_step(total(reads_back));
  std::vector<std::string> sites;
  for (const auto& [site, count] : reads_back) sites.push_back(site + " " + fixed(a_step(count), 1));
  if (!sites.empty()) figures.reads_back_by = joined(sites, ", ");
  figures.swapped_bytes = after.load.swapped_bytes;
}

}  // namespace seg
