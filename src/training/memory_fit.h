// SPDX-License-Identifier: Apache-2.0
// How a run is made to fit into memory before its first step: what it may take, the batch that auto_batch finds, the
// micro-batches that on_oom=split makes of a batch that is forecast not to fit.
//
// What was decided is said once, with what it changes. Not thread-safe: one thread begins a run.
#pragma once
#include <c10/core/Device.h>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>

#include "base/log.h"
#include "config/resolve.h"
#include "dataset/dataset.h"
#include "training/forecast.h"
#include "training/memory_bound.h"
#include "training/out_of_memory.h"
#include "training/settings.h"

namespace seg {

// The fewest equal parts of `images`, `parts` or more, that are as small as `fits` wants; none if single images do not.
std::optional<std::int64_t> fitting_parts(std::int64_t images, std::int64_t parts,
                                          const std::function<bool(std::int64_t images)>& fits);

// The largest of 1 … most that fits, if smaller ones do where larger ones do; 1 if none does.
std::int64_t largest_fitting(std::int64_t most, const std::function<bool(std::int64_t)>& fits);

// auto_batch, on a CPU: settles ims_per_gpu, as found by an earlier part of the run (`stored`) or by forecasts. Nine
// tenths of the budget count, as forecasts are that exact. Steps have to fit, and evaluations if they do at all.
void choose_batch(ResolvedConfig& resolved, const StoredValues& stored, const Dataset& train, const Dataset& validation,
                  std::int64_t budget, Log& log);

// UserError unless a CPU computes: what kernels take elsewhere is in no forecast.
void require_forecast_of_kernels(c10::Device device);

// on_oom=split: more micro-batches where the forecast of steps is beyond the budget; the forecast becomes theirs. As it
// was, and nothing returned, where that would not help or is not needed.
std::optional<BatchSplit> split_to_fit(const Config& config, std::int64_t budget, RunSettings& settings,
                                       Forecast& forecast, Log& log);

// Of a run that evaluates nothing: the forecast of its steps, which are split as above. As check_memory() refuses.
Forecast fitted_steps(const Config& config, const Dataset& train, std::int64_t budget, RunSettings& settings, Log& log);

// Most bytes that the tensors' arena may hand out, so that the budget holds with all else that the run will hold. Where
// a run goes on though its forecast is beyond the budget, what a limit that was set leaves holds in its place
// (left_of_memory_limit()), and without one there is no bound: 0.
std::size_t tensor_cap(const Forecast& forecast, std::int64_t budget, const std::optional<std::int64_t>& left_of_limit);

}  // namespace seg
