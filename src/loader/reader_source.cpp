// SPDX-License-Identifier: Apache-2.0
#include "loader/reader_source.h"

#include "loader/cached_reader.h"

namespace seg {

std::unique_ptr<SampleReader> ReaderSource::reader() const {
  return store_ == nullptr ? dataset_->reader() : cached_reader(*dataset_, *store_);
}

}  // namespace seg
