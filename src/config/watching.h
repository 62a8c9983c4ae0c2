// SPDX-License-Identifier: Apache-2.0
// Keys of what a run tells while it goes on.
#pragma once
#include <cstdint>
#include <optional>
#include <string>

#include "config/key.h"

namespace seg {

struct WatchingConfig {
  std::int64_t log_interval = 100;
  std::string log_lr = "base";
  bool advise = true;
  bool auto_tune = false;
  std::int64_t trace_steps = 0;
  bool tensorboard = true;
  bool report = true;
  std::string progress = "auto";
  std::optional<std::string> prometheus_file;

  template <class Self, class Visitor>
  static void fields(Self& c, Visitor&& visit) {
    visit(c.log_interval,
          Key{.name = "log_interval", .help = "steps between lines; the first lines come sooner", .minimum = 1});
    visit(c.log_lr, Key{.name = "log_lr",
                        .help = "the rate that lines show: base, or the mean over the parameter groups",
                        .choices = {"base", "group_mean"}});
    visit(c.advise, Key{.name = "advise", .help = "say what would make the run faster or better"});
    visit(c.auto_tune, Key{.name = "auto_tune",
                           .help = "measure first and use the changes that proved faster",
                           .effect = Effect::numeric});
    visit(c.trace_steps, Key{.name = "trace_steps", .help = "steps that are recorded in trace.json", .minimum = 0});
    visit(c.tensorboard, Key{.name = "tensorboard",
                             .help = "write TensorBoard's event files: scalars, the first batch and predictions"});
    visit(c.report, Key{.name = "report", .help = "write report.html at the end"});
    visit(c.progress, Key{.name = "progress",
                          .help = "auto: a bar on a terminal, plain lines otherwise",
                          .choices = {"auto", "bar", "lines", "off"}});
    visit(c.prometheus_file,
          Key{.name = "prometheus_file", .help = "a file of metrics for Prometheus' text collector"});
  }
};

}  // namespace seg
