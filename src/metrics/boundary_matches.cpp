// SPDX-License-Identifier: Apache-2.0
#include "metrics/boundary_matches.h"

#include <limits>
#include <span>

namespace seg {
namespace {

using Runs = std::span<const RowSpan>;

std::int64_t pixels_of(const Runs& runs) {
  std::int64_t pixels = 0;
  for (const RowSpan& run : runs) pixels += run.last - run.first + 1;
  return pixels;
}

// How many pixels of `runs` lie near one of `others`. The set is empty before and after.
std::int64_t pixels_near(const Runs& runs, const Runs& others, const Disc& disc, PixelSet& near) {
  if (runs.empty() || others.empty()) return 0;
  for (const RowSpan& other : others) near.insert_discs(other, disc);
  std::int64_t pixels = 0;
  for (const RowSpan& run : runs) pixels += near.count(run);
  near.clear_rows(others.front().y - disc.reach(), others.back().y + disc.reach());
  return pixels;
}

}  // namespace

double f1_of(const BoundaryMatch& match) {
  if (match.labelled == 0 && match.predicted == 0) return std::numeric_limits<double>::quiet_NaN();
  if (match.labelled_found == 0 || match.predicted_right == 0) return 0;
  const double precision = static_cast<double>(match.predicted_right) / static_cast<double>(match.predicted);
  const double recall = static_cast<double>(match.labelled_found) / static_cast<double>(match.labelled);
  return 2 * precision * recall / (precision + recall);
}

std::vector<BoundaryMatch> BoundaryMatcher::match(const BoundaryRuns& labels, const BoundaryRuns& predictions,
                                                  std::int64_t height, std::int64_t width) {
  const auto squared_diagonal = static_cast<double>(height * height + width * width);
  const Disc disc(share_of_diagonal_ * share_of_diagonal_ * squared_diagonal);
  near_.clear(height, width);
  std::vector<BoundaryMatch> matches(static_cast<std::size_t>(num_classes_));
  for (std::size_t k = 0; k < matches.size(); ++k) {
    const Runs labelled = labels.of_class(k), predicted = predictions.of_class(k);
    matches[k] = {.labelled = pixels_of(labelled),
                  .labelled_found = pixels_near(labelled, predicted, disc, near_),
                  .predicted = pixels_of(predicted),
                  .predicted_right = pixels_near(predicted, labelled, disc, near_)};
  }
  return matches;
}

}  // namespace seg
