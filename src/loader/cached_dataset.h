// SPDX-License-Identifier: Apache-2.0
// A data set whose readers take samples from a store, and fill it with those that it has not kept yet.
//
// The bytes are those of the data set itself: a sample that cannot be kept is read as if there were no store, which
// goes for a file whose damage only some windows meet, too. A kept sample is served as it was, whatever becomes of its
// files. Everything but reader() is the data set's own answer. Thread-safe.
#pragma once
#include <memory>
#include <string>

#include "dataset/dataset.h"
#include "loader/sample_store.h"

namespace seg {

class CachedDataset final : public Dataset {
 public:
  // Both must outlive it.
  CachedDataset(const Dataset& dataset, SampleStore& store) : dataset_(dataset), store_(store) {
    traits_ = dataset.traits();
  }

  std::unique_ptr<SampleReader> reader() const override;

  std::size_t size() const noexcept override { return dataset_.size(); }
  std::string name(std::size_t i) const override { return dataset_.name(i); }
  std::string label_name(std::size_t i) const override { return dataset_.label_name(i); }
  SampleFiles files(std::size_t i) const override { return dataset_.files(i); }
  void fetch(std::size_t i, EncodedSample& encoded) const override { dataset_.fetch(i, encoded); }
  void fetch_label(std::size_t i, EncodedSample& encoded) const override { dataset_.fetch_label(i, encoded); }
  void decode_image(std::size_t i, const EncodedSample& encoded, const Window& window, Image& image) const override {
    dataset_.decode_image(i, encoded, window, image);
  }
  void decode_label(std::size_t i, const EncodedSample& encoded, const Window& window, LabelMap& label) const override {
    dataset_.decode_label(i, encoded, window, label);
  }
  void decode_label_values(std::size_t i, const EncodedSample& encoded, const Window& window,
                           LabelMap& label) const override {
    dataset_.decode_label_values(i, encoded, window, label);
  }
  void map_label(std::size_t i, LabelMap& label) const override { dataset_.map_label(i, label); }

 private:
  const Dataset& dataset_;
  SampleStore& store_;
};

}  // namespace seg
