// SPDX-License-Identifier: Apache-2.0
// Where the threads of a loader get their readers: from a data set, or from a cache in front of it.
//
// A value: what a data set is to who only reads samples. Data set and store must outlive it and its readers.
// Thread-safe.
#pragma once
#include <cstddef>
#include <memory>

#include "dataset/dataset.h"
#include "dataset/sample_reader.h"

namespace seg {

class SampleStore;  // loader/sample_store.h

class ReaderSource {
 public:
  // A data set stands for its own readers wherever these are asked for.
  ReaderSource(const Dataset& dataset) noexcept : dataset_(&dataset) {}  // NOLINT(google-explicit-constructor)
  ReaderSource(const Dataset& dataset, SampleStore& store) noexcept : dataset_(&dataset), store_(&store) {}

  const Dataset& dataset() const noexcept { return *dataset_; }
  const DatasetTraits& traits() const noexcept { return dataset_->traits(); }
  std::size_t size() const noexcept { return dataset_->size(); }
  bool is_cached() const noexcept { return store_ != nullptr; }

  std::unique_ptr<SampleReader> reader() const;

 private:
  const Dataset* dataset_;
  SampleStore* store_ = nullptr;
};

}  // namespace seg
