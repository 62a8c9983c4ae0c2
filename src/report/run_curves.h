// SPDX-License-Identifier: Apache-2.0
// The curves of a run's page: losses, rates, metrics, speed, memory. Pure.
#pragma once
#include <functional>
#include <string>
#include <string_view>

#include "report/curve.h"
#include "report/run_history.h"

namespace seg {

// Of what the lines about steps hold.
Curve curve_over_steps(const RunHistory& history, const std::function<double(const StepFacts&)>& value);
// Of a protocol's figure ("miou") at each evaluation.
Curve curve_over_evaluations(const RunHistory& history, std::string_view protocol, std::string_view figure);

// HTML: a <div> of plots.
std::string curves_html(const RunHistory& history, std::string_view main_protocol);

}  // namespace seg
