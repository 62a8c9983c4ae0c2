// SPDX-License-Identifier: Apache-2.0
// A reader that takes samples from a store, and fills it with those that it has not kept yet.
//
// The bytes are those of the files: a sample that cannot be kept is read as if there were no store, which goes for a
// file whose damage only some windows meet, too. A kept sample is served as it was, whatever becomes of its files.
#pragma once
#include <memory>

#include "dataset/sample_reader.h"
#include "loader/sample_store.h"

namespace seg {

// `files` reads the samples that the store numbers; the store must outlive the reader.
std::unique_ptr<SampleReader> cached_reader(std::unique_ptr<SampleReader> files, SampleStore& store);

}  // namespace seg
