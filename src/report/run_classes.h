// SPDX-License-Identifier: Apache-2.0
// What evaluations say of a run's classes: a table of each protocol's figures, one of classes with bars, and which
// classes are taken for which. Pure.
#pragma once
#include <string>
#include <string_view>

#include "report/class_looks.h"
#include "report/run_history.h"

namespace seg {

// HTML: figures by protocol, of the last evaluation and of the best.
std::string protocols_html(const RunHistory& history, std::string_view main_protocol);

// HTML: IoU of each class by the main protocol, last and best, and how it went.
std::string classes_html(const RunHistory& history, std::string_view main_protocol, const ClassLooks& looks);

}  // namespace seg
