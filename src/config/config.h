// SPDX-License-Identifier: Apache-2.0
// All keys with their values: one struct a section, and one walk over every key.
//
// A plain value. What lies in it has passed the checks if it came from load_config (resolve.h).
#pragma once
#include "config/augmentation.h"
#include "config/boundaries.h"
#include "config/dataset.h"
#include "config/evaluation.h"
#include "config/keeping.h"
#include "config/loader.h"
#include "config/loss.h"
#include "config/memory.h"
#include "config/model.h"
#include "config/precision.h"
#include "config/run.h"
#include "config/step.h"
#include "config/watching.h"

namespace seg {

struct Config {
  RunConfig run;
  ModelConfig model;
  DatasetConfig dataset;
  AugmentationConfig augmentation;
  LoaderConfig loader;
  PrecisionConfig precision;
  StepConfig step;
  LossConfig loss;
  BoundariesConfig boundaries;
  MemoryConfig memory;
  EvaluationConfig evaluation;
  KeepingConfig keeping;
  WatchingConfig watching;

  // visit(section title, section) for each section, in the order in which people read them.
  template <class Self, class Visitor>
  static void sections(Self& c, Visitor&& visit) {
    visit("run", c.run);
    visit("model", c.model);
    visit("data set", c.dataset);
    visit("augmentation", c.augmentation);
    visit("loader", c.loader);
    visit("precision", c.precision);
    visit("step", c.step);
    visit("loss", c.loss);
    visit("boundaries", c.boundaries);
    visit("memory", c.memory);
    visit("evaluation", c.evaluation);
    visit("keeping", c.keeping);
    visit("watching", c.watching);
  }

  // visit(field, Key) for each key of each section.
  template <class Self, class Visitor>
  static void fields(Self& c, Visitor&& visit) {
    sections(c, [&](const char*, auto& section) { section.fields(section, visit); });
  }
};

}  // namespace seg
