// SPDX-License-Identifier: Apache-2.0
#include "dataset/sample_traits.h"

#include <algorithm>
#include <optional>
#include <string>

#include "base/counted.h"
#include "base/error.h"
#include "config/dataset.h"

namespace seg {
namespace {

constexpr double kMean = 0.4, kStd = 0.2;  // the reference's, for channels of which nothing is known

struct ChannelValues {
  const char* key;
  const std::optional<std::vector<double>>& given;
  std::span<const double> of_kind;  // may be empty
  double otherwise;
};

// A value for each channel: as configured, or the kind's for colour, and the default for what is beside that.
std::vector<double> per_channel(const ChannelValues& values, std::int64_t channels) {
  const auto count = static_cast<std::size_t>(channels);
  if (!values.given) {
    std::vector<double> result(count, values.otherwise);
    if (values.of_kind.size() <= count) std::ranges::copy(values.of_kind, result.begin());
    return result;
  }
  if (values.given->size() != count)
    fail(values.key, "has " + counted(values.given->size(), "value") + " for images of " + counted(channels, "channel"),
         "give a value for each channel, or leave the key out");
  return *values.given;
}

void describe_classes(const LabelScheme& scheme, DatasetTraits& traits) {
  traits.num_classes = static_cast<std::int64_t>(scheme.class_names.size());
  if (traits.class_names.empty()) traits.class_names.assign(scheme.class_names.begin(), scheme.class_names.end());
  if (traits.palette.empty()) traits.palette.assign(scheme.palette.begin(), scheme.palette.end());
}

}  // namespace

DatasetTraits sample_traits(const DatasetConfig& config, const LabelMapping& mapping, const PixelKind& pixels) {
  DatasetTraits traits;
  traits.channels = pixels.channels;
  traits.type = pixels.type;
  traits.ignore_label = static_cast<std::uint8_t>(config.lb_ignore);
  traits.mean = per_channel({"mean", config.mean, pixels.mean, kMean}, pixels.channels);
  traits.std = per_channel({"std", config.std, pixels.std, kStd}, pixels.channels);
  traits.label_map = mapping.name();
  traits.label_values = mapping.values_by_class(traits.ignore_label);
  traits.class_names = config.class_names;
  for (const Color& color : config.palette) traits.palette.push_back({color[0], color[1], color[2]});
  if (const LabelScheme* scheme = mapping.scheme()) describe_classes(*scheme, traits);
  if (traits.palette.empty() && mapping.name() == "none")
    for (const Color& color : config.label_colors) traits.palette.push_back({color[0], color[1], color[2]});
  return traits;
}

}  // namespace seg
