// SPDX-License-Identifier: Apache-2.0
// A reader that takes samples from a store, and fills it with those that it has not kept yet.
//
// The bytes are those of the files: a sample that cannot be kept is read as if there were no store, which goes for a
// file whose damage only some windows meet, too. A kept sample is served as it was, whatever becomes of its files; only
// if it becomes damaged itself are these opened, and another size by then is a UserError.
#pragma once
#include <memory>

#include "dataset/sample_reader.h"
#include "loader/sample_store.h"

namespace seg {

// The store numbers the data set's samples; both must outlive the reader.
std::unique_ptr<SampleReader> cached_reader(const Dataset& dataset, SampleStore& store);

}  // namespace seg
