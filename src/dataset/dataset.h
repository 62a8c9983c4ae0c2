// SPDX-License-Identifier: Apache-2.0
// A data set: numbered samples, each an image and its label map.
//
// Reading is split, so that the caller knows an image's size before anything is decoded and can ask for the window that
// it needs: fetch() reads the files and their headers, the decode functions then fill the caller's buffers.
// A data set is immutable and thread-safe; EncodedSample, Image and LabelMap belong to the caller and are reused.
// Bad files are UserErrors that name the file.
//
// A new kind is one source in this folder that defines `extern const DatasetKind <name>_dataset`.
#pragma once
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "base/file.h"
#include "image/color.h"
#include "image/image.h"

namespace seg {

struct DatasetConfig;  // config/dataset.h
struct LabelScheme;    // dataset/label_map.h
class SampleReader;    // dataset/sample_reader.h

enum class Split { train, validation };
std::string_view name_of(Split split) noexcept;

struct Sample {
  Image image;
  LabelMap label;
};

// Where a sample's pixels come from. None: from nowhere but the data set's own settings.
struct SampleFiles {
  std::vector<std::string> images;
  std::string label;
  std::string part = {};  // which of the samples in these files, if they hold several
};

// What fetch() leaves for the decode functions: file contents, and the layout of the whole image.
struct EncodedSample {
  std::vector<Bytes> images;
  Bytes label;
  ImageLayout layout;
};

// What holds for every sample.
struct DatasetTraits {
  std::int64_t channels = 3;
  PixelType type = PixelType::u8;
  std::string channel_sources;                          // of several image files a sample: how they make its channels
  std::uint8_t ignore_label = 255;                      // counted after the label map
  std::string label_map = "none";                       // the map in use: "none", a name, or "table"
  std::vector<std::vector<std::uint8_t>> label_values;  // by class: what stands for it in label files; empty: itself
  std::optional<std::int64_t> num_classes;              // if the kind, or the label map, knows it
  std::vector<std::string> class_names;                 // may be empty
  std::vector<Rgb> palette;                             // may be empty
  std::vector<double> mean, std;                        // a value for each channel; of pixel values scaled to 0 … 1
};

class Dataset {
 public:
  virtual ~Dataset() = default;

  const DatasetTraits& traits() const noexcept { return traits_; }
  virtual std::size_t size() const noexcept = 0;
  virtual std::string name(std::size_t i) const = 0;        // the image's path, for messages
  virtual std::string label_name(std::size_t i) const = 0;  // the label's path, for messages

  virtual SampleFiles files(std::size_t /*i*/) const { return {}; }

  // What was seen when it was opened and is allowed, but seldom meant.
  virtual std::vector<Problem> doubts() const { return {}; }

  // What a thread reads samples with, one after the other. The data set must outlive it.
  virtual std::unique_ptr<SampleReader> reader() const;

  // fetch() of sample i will follow soon.
  virtual void announce(std::size_t /*i*/) const {}

  // Reads the files of sample i and checks their headers: formats, channels, and that image and label have one size.
  virtual void fetch(std::size_t i, EncodedSample& encoded) const = 0;
  // The same without the image's pixels (decode_image() must not follow), but fails for an image file that was cut
  // short; for scans of the labels.
  virtual void fetch_label(std::size_t i, EncodedSample& encoded) const = 0;

  // The window lies within encoded.layout.
  virtual void decode_image(std::size_t i, const EncodedSample& encoded, const Window& window, Image& image) const = 0;
  // After the label map. Values may still be out of range: the scan and the loss look at them.
  virtual void decode_label(std::size_t i, const EncodedSample& encoded, const Window& window,
                            LabelMap& label) const = 0;

  // The same in two steps, for who wants to know what the files hold: the values in them, and what becomes of these.
  virtual void decode_label_values(std::size_t i, const EncodedSample& encoded, const Window& window,
                                   LabelMap& label) const {
    decode_label(i, encoded, window, label);
  }
  virtual void map_label(std::size_t /*i*/, LabelMap& /*label*/) const {}

 protected:
  DatasetTraits traits_;
};

struct DatasetKind {
  std::string_view name;  // as in the config's `dataset`
  std::unique_ptr<Dataset> (*open)(const DatasetConfig& config, Split split, const FileSource& files,
                                   std::vector<Problem>* absent);
  const LabelScheme* labels = nullptr;  // how its label files number the classes, if in a way of their own
};

std::span<const DatasetKind* const> dataset_kinds();

// Opens a split of the kind that config.dataset names; checks lists and the existence of files, all problems at once.
// `files` must outlive the data set. For who looks at all that can be seen: samples whose files are absent are left out
// and told in `absent`, where that is given; a data set of which nothing is there is an error all the same.
std::unique_ptr<Dataset> open_dataset(const DatasetConfig& config, Split split, const FileSource& files = disk(),
                                      std::vector<Problem>* absent = nullptr);

// The number of classes to train: the config's n_cats, at least as many as the data set knows of; or what it knows.
std::int64_t resolve_num_classes(const DatasetTraits& traits, std::string_view dataset,
                                 std::optional<std::int64_t> n_cats);

}  // namespace seg
