// SPDX-License-Identifier: Apache-2.0
// The classes that tests/oracles/protocols.py finds with the network of tiny_segmenter.h, beside ours.
#pragma once
#include <ATen/core/Tensor.h>
#include <gtest/gtest.h>

#include <string>

#include "evaluation/protocol.h"
#include "tests/engine/support/oracle.h"
#include "tests/evaluation/tiny_segmenter.h"

namespace seg::testing {

inline void load_oracle_weights(TinySegmenter& segmenter) {
  NamedTensors weights;
  for (const char* name : {"a.weight", "b.weight", "head.weight"})
    weights.push_back({name, Oracle::get("protocols").at(std::string("weight:") + name)});
  (void)segmenter.parameters().load(weights);
}

inline HostPixels host_pixels(const at::Tensor& image) {
  return {.images = static_cast<const std::byte*>(image.const_data_ptr()),
          .count = 1,
          .height = image.size(0),
          .width = image.size(1),
          .channels = image.size(2)};
}

// The same classes but where the oracle's first two are as good as equal.
inline void expect_oracle_classes(Protocol& protocol, const std::string& name) {
  const Oracle& oracle = Oracle::get("protocols");
  for (const std::string size : {"odd", "even", "small"}) {
    SCOPED_TRACE(name + " of the image of size " + size);
    const at::Tensor classes = protocol.classes(host_pixels(oracle.at("image:" + size)));
    const at::Tensor& expected = oracle.at("classes:" + name + ":" + size);
    const at::Tensor& margin = oracle.at("margin:" + name + ":" + size);
    ASSERT_EQ(classes.sizes(), (at::IntArrayRef{1, expected.size(0), expected.size(1)}));
    const auto *ours = classes.const_data_ptr<std::uint8_t>(), *theirs = expected.const_data_ptr<std::uint8_t>();
    const auto* const ahead = margin.const_data_ptr<double>();
    std::int64_t differ = 0, close = 0;
    for (std::int64_t i = 0; i < expected.numel(); ++i) {
      const bool is_close = ahead[i] < 1e-4;
      close += is_close ? 1 : 0;
      differ += !is_close && ours[i] != theirs[i] ? 1 : 0;
    }
    EXPECT_EQ(differ, 0);
    EXPECT_LT(close, expected.numel() / 50);
  }
}

}  // namespace seg::testing
