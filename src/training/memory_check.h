// SPDX-License-Identifier: Apache-2.0
// Whether memory suffices for what a run is forecast to take; if not, the part that takes most and what makes it less.
#pragma once
#include <cstdint>

#include "base/log.h"
#include "config/config.h"
#include "training/forecast.h"

namespace seg {

// Whether so much is missing that a run is refused, unless sanity_check is off: anything, where memory_limit is what
// binds; a tenth of what else may be used, which changes from moment to moment.
bool is_clearly_too_much(std::int64_t needed, std::int64_t usable_memory, const Config& config);

// UserError if memory clearly does not suffice: it names the part that needs most, and what to make smaller; it
// is OutOfMemory if not even the least does. A warning if only a little is missing, or if sanity_check is off.
void check_memory(const Forecast& forecast, std::int64_t usable_memory, const Config& config, Log& log);

}  // namespace seg
