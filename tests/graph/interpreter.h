// SPDX-License-Identifier: Apache-2.0
// Runs plans in double precision on plain arrays: slow, simple, and strict about what a plan may do.
//
// A kernel sees only the slots that its step reads. A step that reads a slot which is not there, writes one a second
// time or leaves something behind throws std::logic_error; an in-place step really takes its operand's storage away.
#pragma once
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "graph/graph.h"
#include "graph/plan.h"
#include "graph/shapes.h"

namespace seg::testing {

struct Array {
  Shape shape;
  std::vector<double> data;

  explicit Array(Shape s = {}) : shape(std::move(s)), data(static_cast<std::size_t>(element_count(shape))) {}
};
using Arrays = std::map<std::string, Array>;

class Interpreter {
 public:
  Interpreter(const Graph& graph, const Plan& plan, const InputSize& size);

  std::vector<Array> forward(const Arrays& leaves);                      // inputs and parameters by name
  void backward(const std::vector<Array>& output_gradients);             // in the order of the outputs
  const Arrays& gradients() const { return gradients_; }                 // by parameter
  const std::vector<std::int64_t>& live_bytes() const { return live_; }  // by step, counted as plan_memory() does
  const std::map<std::string, int>& statistics_updates() const { return updates_; }  // by BatchNorm

 private:
  void run(const std::vector<Step>& steps);
  std::vector<Array> results_of(const Step& step, std::vector<Array> operands);
  Array take_or_copy(const Step& step, std::size_t read);
  void forget_derived();
  void check_nothing_is_left() const;

  const Graph graph_;
  const Plan plan_;
  const std::vector<Shape> shapes_;
  std::vector<std::optional<Array>> slots_;
  std::vector<bool> was_written_;
  std::vector<Array> outputs_;
  Arrays gradients_;
  std::vector<std::int64_t> live_;
  std::int64_t bytes_of(Slot slot, const Array& array) const;
  std::int64_t bytes_live_ = 0;
  std::map<std::string, int> updates_;
};

}  // namespace seg::testing
