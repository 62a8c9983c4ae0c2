// SPDX-License-Identifier: Apache-2.0
// Predictions as files: NAME.png holds a class number a pixel (8-bit gray), NAME_color.png the same as colours of the
// palette, and, where asked for, NAME_overlay.png the image under them and NAME_probability_CLASS.png 16-bit gray.
//
// Files appear whole or not at all. UserErrors name the file that cannot be written. Distinct objects may be used by
// distinct threads.
#pragma once
#include <array>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "evaluation/prediction.h"
#include "image/color.h"

namespace seg {

struct PredictionWriterOptions {
  std::filesystem::path folder;
  std::vector<Rgb> palette;
  bool has_overlay = false;
  std::vector<std::string> probability_names{};              // of the probabilities' classes, in their order
  std::optional<std::array<std::uint8_t, 256>> label_ids{};  // what stands in NAME.png for each class
};

// What a file is, as the results of commands name it, and where.
struct PredictionFile {
  std::string kind;  // "labels", "colors", "overlay", "probability"
  std::filesystem::path path;
  std::string class_name{};  // of a probability
};

class PredictionWriter {
 public:
  explicit PredictionWriter(PredictionWriterOptions options) : options_(std::move(options)) {}

  // What write() makes for that name (a path within the folder, without an ending).
  std::vector<PredictionFile> files_of(const std::string& name) const;
  // Makes folders on the way as they are needed.
  void write(const std::string& name, const Image& image, const Prediction& prediction) const;

 private:
  PredictionWriterOptions options_;
};

// Letters, digits and what lies beyond ASCII stay, all else becomes '-': a name that any file system takes.
std::string plain_file_name(const std::string& text);

}  // namespace seg
