// SPDX-License-Identifier: Apache-2.0
// A data set that counts how often somebody reads and decodes samples of another one.
#pragma once
#include <atomic>

#include "dataset/dataset.h"

namespace seg::testing {

class CountedDataset final : public Dataset {
 public:
  explicit CountedDataset(const Dataset& dataset) : dataset_(dataset) { traits_ = dataset.traits(); }

  std::size_t size() const noexcept override { return dataset_.size(); }
  std::string name(std::size_t i) const override { return dataset_.name(i); }
  std::string label_name(std::size_t i) const override { return dataset_.label_name(i); }
  SampleFiles files(std::size_t i) const override { return dataset_.files(i); }
  void fetch(std::size_t i, EncodedSample& encoded) const override {
    ++fetched;
    dataset_.fetch(i, encoded);
  }
  void fetch_label(std::size_t i, EncodedSample& encoded) const override {
    ++fetched;
    dataset_.fetch_label(i, encoded);
  }
  void decode_image(std::size_t i, const EncodedSample& encoded, const Window& window, Image& image) const override {
    ++decoded;
    dataset_.decode_image(i, encoded, window, image);
  }
  void decode_label(std::size_t i, const EncodedSample& encoded, const Window& window, LabelMap& label) const override {
    ++decoded;
    dataset_.decode_label(i, encoded, window, label);
  }
  void decode_label_values(std::size_t i, const EncodedSample& encoded, const Window& window,
                           LabelMap& label) const override {
    ++decoded;
    dataset_.decode_label_values(i, encoded, window, label);
  }
  void map_label(std::size_t i, LabelMap& label) const override { dataset_.map_label(i, label); }

  mutable std::atomic<int> fetched = 0, decoded = 0;

 private:
  const Dataset& dataset_;
};

}  // namespace seg::testing
