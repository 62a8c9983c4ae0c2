// SPDX-License-Identifier: Apache-2.0
// The description of one config key. Each section's header declares each of its fields once, with its default in the
// struct and everything else here; readers, checks, the printed config, `--help` and docs/config.md follow from that.
//
// A field is a bool, std::int64_t, double, std::string, PixelSize, a std::vector of numbers, texts or colours, a
// std::variant of a name and something else, or a std::optional of one of these. An empty optional is written as the
// key's word `absent`.
#pragma once
#include <array>
#include <cstdint>
#include <limits>
#include <map>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace seg {

// What another value of a key may change. Going on refuses a change of the last two; automatic tuning lets them be.
enum class Effect {
  none,         // nothing of the result: workers, cache, logging
  numeric,      // rounding: precision, threads, fusion
  statistical,  // populations: the micro-batch that batch normalisation and OHEM see
  learned       // what is learned: data, augmentation, learning rate, effective batch, loss
};

struct PixelSize {
  std::int64_t height = 0, width = 0;
  friend bool operator==(const PixelSize&, const PixelSize&) = default;
};
using Color = std::array<std::uint8_t, 3>;                // red, green, blue
using LabelTable = std::map<std::int64_t, std::int64_t>;  // value in the file -> class

struct Key {
  std::string_view name;
  std::string_view help;
  Effect effect = Effect::none;
  // Inclusive; for each number of a list and each side of a size.
  double minimum = -std::numeric_limits<double>::infinity();
  double maximum = std::numeric_limits<double>::infinity();
  std::vector<std::string_view> choices = {};  // of a text, of each text of a list, or the names of a variant
  std::size_t length = 0;                      // of a list; 0: any
  std::string_view absent = "none";            // how the empty optional is written: "auto" if the start resolves it
};

}  // namespace seg
