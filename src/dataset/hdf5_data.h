// SPDX-License-Identifier: Apache-2.0
// A data set found in HDF5 files, a file to train on and one to validate with, as docs/hdf5.md has them: which files,
// which classes, what the images are like. As folder_data.h for files of images.
//
// Nothing is written. UserError where no data set comes of it. Thread-safe.
#pragma once
#include <cstddef>
#include <filesystem>
#include <functional>

#include "config/dataset.h"
#include "dataset/label_guess.h"
#include "dataset/survey.h"

namespace seg {

struct Hdf5Files {
  std::filesystem::path train, validation;
};

// Whether it is an HDF5 file by its name, or a folder of such files without images and folders beside them.
bool holds_hdf5(const std::filesystem::path& place);

// The two files in the folder, or this file and the one beside it, told by "train" and "val" in their names. UserError
// unless there is one of each; it shows the lines of a config that would name them.
Hdf5Files find_hdf5_files(const std::filesystem::path& place);

struct Hdf5DataOptions {
  std::size_t measured_images = 1000;  // of the training file, evenly spread; at most
  int threads = 1;
  // Called now and then with the number of samples done, by one thread at a time. What it throws ends the work.
  std::function<void(std::size_t done, std::size_t total)> progress = {};
};

struct Hdf5Data {
  std::size_t num_train = 0, num_validation = 0, measured = 0;
  Survey survey;  // without pairs: sizes, channels, type, and values of both files
  LabelGuess guess;
  DatasetConfig config;  // with its files, as absolute paths
};

Hdf5Data find_hdf5_data(const Hdf5Files& files, const Hdf5DataOptions& options);

}  // namespace seg
