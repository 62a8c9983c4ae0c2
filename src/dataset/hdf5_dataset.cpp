// SPDX-License-Identifier: Apache-2.0
// HDF5: images and labels in one file for each split, as arrays that hold all of them or as groups with an array for
// each, called as hdf5_images and hdf5_labels say (docs/hdf5.md). The windows that crops need are read from the places
// where the pixels lie.
#include <algorithm>
#include <optional>
#include <utility>

#include "base/counted.h"
#include "base/error.h"
#include "base/plain_text.h"
#include "base/text.h"
#include "config/dataset.h"
#include "dataset/dataset.h"
#include "dataset/label_map.h"
#include "dataset/list_file.h"
#include "dataset/sample_traits.h"
#include "formats/hdf5_values.h"
#include "image/narrow_labels.h"

namespace seg {
namespace {

// All images, or all labels: one array, or one for each.
class Pixels {
 public:
  Pixels() = default;
  explicit Pixels(Hdf5Holding holding) : holding_(std::move(holding)) {}

  bool is_group() const noexcept { return holding_.is_group; }
  const std::vector<std::string>& members() const noexcept { return holding_.members; }
  std::size_t count() const noexcept {
    return is_group() ? holding_.arrays.size() : static_cast<std::size_t>(holding_.arrays.front().shape[0]);
  }
  const Hdf5Array& array(std::size_t i) const noexcept {
    return is_group() ? holding_.arrays[i] : holding_.arrays.front();
  }
  std::string name(std::size_t i) const {
    return is_group() ? array(i).name : array(i).name + "[" + std::to_string(i) + "]";
  }
  // Tells samples apart, whatever their names are made of.
  std::string key(std::size_t i) const { return is_group() ? array(i).name + '\0' + holding_.members[i] : name(i); }
  ImageLayout layout(std::size_t i) const noexcept {
    const Hdf5Array& of = array(i);
    return {of.shape[1], of.shape[2], of.shape[3], of.value_bytes == 2 ? PixelType::u16 : PixelType::u8};
  }

 private:
  Hdf5Holding holding_;
};

std::string kind_text(const PixelKind& kind) {
  return counted(kind.channels, "channel") + " of " + std::to_string(8 * bytes_of(kind.type)) + " bits";
}

// Below im_root first: a packed config names its files so, and may be used where others of the same name lie.
std::filesystem::path find_file(const std::string& name, const std::string& root) {
  std::error_code ignored;
  const std::filesystem::path below_root = std::filesystem::path(root) / name;
  return std::filesystem::exists(below_root, ignored) ? below_root : find_list(name, root);
}

// Of the training images, if they can be found: evaluation of a network elsewhere has none.
std::optional<PixelKind> kind_of_training(const DatasetConfig& config) {
  if (config.train_im_anns.empty()) return std::nullopt;
  try {
    const PositionedFile file(find_file(config.train_im_anns, config.im_root));
    const Pixels pixels(
        describe_hdf5(file, {.names = {config.hdf5_images}, .most_members = 1, .has_places = false}).front());
    if (pixels.count() == 0) return std::nullopt;
    return PixelKind{.channels = pixels.layout(0).channels, .type = pixels.layout(0).type};
  } catch (const UserError&) {
    return std::nullopt;
  }
}

// What reading one whole image unpacks, in chunks that hold it and parts of others. Of an array in one piece: itself.
std::int64_t unpacked_bytes(const Hdf5Array& array) {
  std::int64_t bytes = array.value_bytes;
  for (std::size_t side = 1; side < array.shape.size(); ++side) {
    const std::int64_t of_chunk = array.is_chunked() ? array.chunk_shape[side] : array.shape[side];
    bytes *= (array.shape[side] + of_chunk - 1) / of_chunk * of_chunk;
  }
  return array.is_chunked() ? bytes * array.chunk_shape[0] : bytes;
}

// Chunks of many images, as h5py makes them that is told of no chunks, cost many times the work for each.
std::vector<Problem> doubts_about(const Hdf5Array& array, const std::string& where) {
  constexpr std::int64_t kAllowed = 2;
  std::int64_t bytes = array.value_bytes;
  for (std::size_t side = 1; side < array.shape.size(); ++side) bytes *= array.shape[side];
  const std::int64_t unpacked = unpacked_bytes(array);
  if (unpacked < kAllowed * bytes) return {};
  std::vector<std::string> sides = {"1", std::to_string(array.shape[1]), std::to_string(array.shape[2])};
  if (array.shape[3] > 1) sides.push_back(std::to_string(array.shape[3]));
  const std::string name = array.name;
  return {{.where = where,
           .what = "to read one image of " + name + " (" + bytes_text(bytes) + "), " + bytes_text(unpacked) +
                   " are unpacked: its chunks hold parts of " + counted(array.chunk_shape[0], "image"),
           .remedy = "write it with chunks=(" + joined(sides, ", ") + ") or smaller tiles; h5repack -l " + name +
                     ":CHUNK=" + joined(sides, "x") + " IN OUT does so"}};
}

class Hdf5Dataset final : public Dataset {
 public:
  Hdf5Dataset(const std::filesystem::path& path, const DatasetConfig& config) : file_(path), mapping_(config, nullptr) {
    std::vector<Hdf5Holding> holdings = describe_hdf5(file_, {.names = {config.hdf5_images, config.hdf5_labels}});
    images_ = Pixels(std::move(holdings[0]));
    labels_ = Pixels(std::move(holdings[1]));
    check_pairs();
    require_channels_last();
    traits_ = sample_traits(config, mapping_, {.channels = images_.layout(0).channels, .type = images_.layout(0).type});
  }

  std::size_t size() const noexcept override { return images_.count(); }
  std::string name(std::size_t i) const override { return place(images_, i); }
  std::string label_name(std::size_t i) const override { return place(labels_, i); }

  std::vector<Problem> doubts() const override {
    std::vector<Problem> doubts;
    for (const Pixels* pixels : {&images_, &labels_}) {
      if (pixels->is_group()) continue;
      for (Problem& doubt : doubts_about(pixels->array(0), file_.path().string())) doubts.push_back(std::move(doubt));
    }
    return doubts;
  }

  SampleFiles files(std::size_t i) const override {
    return {.images = {file_.path().string()}, .label = {}, .part = images_.key(i) + '\0' + labels_.key(i)};
  }

  // Both splits must give the network the same kind of image.
  void require_kind(const PixelKind& training) const {
    const PixelKind own{.channels = traits_.channels, .type = traits_.type};
    if (own.channels == training.channels && own.type == training.type) return;
    fail(name(0), "the image has " + kind_text(own) + ", the training images have " + kind_text(training),
         "convert it, so that all images have the same channels and depth");
  }

  void fetch(std::size_t i, EncodedSample& encoded) const override {
    encoded.images.clear();  // nothing is read before the window is known
    encoded.label.clear();
    encoded.layout = images_.layout(i);
    const ImageLayout label = labels_.layout(i);
    if (encoded.layout.channels != traits_.channels || encoded.layout.type != traits_.type)
      fail(name(i), "the image has other channels or another depth than the first one",
           "convert it, so that all images have the same channels and depth");
    if (label.channels != 1)
      fail(label_name(i), "the label has " + counted(label.channels, "channel"), "write class numbers as [N,H,W]");
    if (label.height != encoded.layout.height || label.width != encoded.layout.width)
      fail(label_name(i),
           "the label has " + size_text(label.width, label.height) + " pixels, its image " +
               size_text(encoded.layout.width, encoded.layout.height),
           "resize the label without interpolation, or write both as [N,H,W…]");
  }

  // That the file holds all of it was found out when it was opened.
  void fetch_label(std::size_t i, EncodedSample& encoded) const override { fetch(i, encoded); }

  void decode_image(std::size_t i, const EncodedSample& encoded, const Window& window, Image& image) const override {
    ImageLayout layout = encoded.layout;
    layout.height = window.height;
    layout.width = window.width;
    image.resize(layout);
    read(images_, i, window, image.bytes());
  }

  void decode_label(std::size_t i, const EncodedSample& encoded, const Window& window, LabelMap& label) const override {
    decode_label_values(i, encoded, window, label);
    map_label(i, label);
  }

  void decode_label_values(std::size_t i, const EncodedSample&, const Window& window, LabelMap& label) const override {
    if (labels_.layout(i).type == PixelType::u16) {
      static thread_local Image deep;  // for its memory
      deep.resize({window.height, window.width, 1, PixelType::u16});
      read(labels_, i, window, deep.bytes());
      return narrow_labels(deep, label_name(i), window, label);
    }
    label.resize(window.height, window.width);
    read(labels_, i, window, std::as_writable_bytes(label.values()));
  }

  void map_label(std::size_t i, LabelMap& label) const override {
    if (mapping_.name() != "none") mapping_.apply(label, label_name(i));  // a name takes memory
  }

 private:
  std::string place(const Pixels& pixels, std::size_t i) const { return file_.path().string() + ":" + pixels.name(i); }

  void read(const Pixels& pixels, std::size_t i, const Window& window, std::span<std::byte> to) const {
    read_hdf5_window(file_, pixels.array(i),
                     {.image = pixels.is_group() ? 0 : static_cast<std::int64_t>(i),
                      .top = window.top,
                      .left = window.left,
                      .height = window.height,
                      .width = window.width},
                     to);
  }

  void check_pairs() const {
    const std::string where = file_.path().string();
    if (images_.is_group() != labels_.is_group())
      fail(where, "holds an array of images but a group of labels, or the reverse", "write both in the same way");
    if (images_.is_group() && images_.members().empty())
      fail(where, "holds no images: the group is empty", "write an array for each image into it");
    if (images_.members() != labels_.members())
      fail(where, "images and labels do not have the same names in their groups: " + first_difference(),
           "give an image and its label the same name");
    if (images_.count() != labels_.count())
      fail(where, "holds " + counted(images_.count(), "image") + " but " + counted(labels_.count(), "label"),
           "write a label for each image, in the same order");
  }

  // As the label's sides tell; otherwise it would be the number of channels that is told as wrong.
  void require_channels_last() const {
    const ImageLayout image = images_.layout(0), label = labels_.layout(0);
    const bool fits = label.height == image.height && label.width == image.width;
    if (fits || label.channels != 1 || label.height != image.width || label.width != image.channels) return;
    fail(name(0),
         "the image has its channels first: its sides are " + std::to_string(image.height) + ", " +
             std::to_string(image.width) + " and " + std::to_string(image.channels) + ", those of its label " +
             std::to_string(label.height) + " and " + std::to_string(label.width),
         "write channels last, as [H,W,C]: np.moveaxis(image, 0, -1)");
  }

  std::string first_difference() const {
    const auto [image, label] = std::ranges::mismatch(images_.members(), labels_.members());
    return plain_text(image == images_.members().end() ? *label : *image);
  }

  PositionedFile file_;
  LabelMapping mapping_;
  Pixels images_, labels_;
};

std::unique_ptr<Dataset> open(const DatasetConfig& config, Split split, const FileSource&,
                              std::vector<Problem>* /*absent*/) {
  const bool train = split == Split::train;
  const std::string& name = train ? config.train_im_anns : config.val_im_anns;
  if (name.empty()) fail(train ? "train_im_anns" : "val_im_anns", "is not set", "name an HDF5 file (docs/hdf5.md)");
  if (!config.label_colors.empty())
    fail("label_colors", "is for files of coloured labels, not for HDF5", "write class numbers into the file");
  auto dataset = std::make_unique<Hdf5Dataset>(find_file(name, config.im_root), config);
  if (const auto training = train ? std::nullopt : kind_of_training(config)) dataset->require_kind(*training);
  return dataset;
}

}  // namespace

extern const DatasetKind hdf5_dataset;
const DatasetKind hdf5_dataset{.name = "HDF5", .open = open};

}  // namespace seg
