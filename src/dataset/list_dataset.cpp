// SPDX-License-Identifier: Apache-2.0
#include "dataset/list_dataset.h"

#include <utility>

#include "base/error.h"
#include "config/dataset.h"
#include "dataset/label_colors.h"
#include "dataset/list_file.h"
#include "image/decode.h"

namespace seg {
namespace {

constexpr double kMean = 0.4, kStd = 0.2;  // the reference's, for channels of which nothing is known

std::string text_of(PixelType type) { return type == PixelType::u8 ? "8" : "16"; }

std::string size_text(const ImageLayout& layout) {
  return std::to_string(layout.width) + " x " + std::to_string(layout.height);
}

struct ChannelValues {
  const char* key;
  const std::optional<std::vector<double>>& given;
  std::span<const double> of_kind;  // may be empty
  double otherwise;
};

// A value for each channel: as configured, or the kind's for colour, and the default for what is beside that.
std::vector<double> per_channel(const ChannelValues& values, std::int64_t channels) {
  const auto count = static_cast<std::size_t>(channels);
  if (!values.given) {
    std::vector<double> result(count, values.otherwise);
    if (values.of_kind.size() <= count) std::ranges::copy(values.of_kind, result.begin());
    return result;
  }
  if (values.given->size() != count)
    fail(values.key,
         "has " + std::to_string(values.given->size()) + " values for images of " + std::to_string(channels) +
             " channels",
         "give a value for each channel, or leave the key out");
  return *values.given;
}

// From the beginning of the file, or from all of it where the header is long.
ImageLayout read_layout(const FileSource& files, const std::string& path, Bytes& bytes) {
  files.read_start(path, kLayoutBytes, bytes);
  if (const auto layout = layout_of_start(bytes, path)) return *layout;
  files.read(path, bytes);
  return image_layout(bytes, path);
}

class ListDataset final : public Dataset {
 public:
  ListDataset(SampleList list, const DatasetConfig& config, const ImageLayout& first, const FileSource& files,
              const ListKind& kind)
      : list_(std::move(list)), mapping_(config, kind.labels), colors_(config.label_colors), files_(files) {
    traits_.type = first.type;
    traits_.channels = first.channels == 1 && config.mean && config.mean->size() == 3 ? 3 : first.channels;
    traits_.ignore_label = static_cast<std::uint8_t>(config.lb_ignore);
    traits_.mean = per_channel({"mean", config.mean, kind.mean, kMean}, traits_.channels);
    traits_.std = per_channel({"std", config.std, kind.std, kStd}, traits_.channels);
    traits_.label_map = mapping_.name();
    traits_.label_values = mapping_.values_by_class(traits_.ignore_label);
    traits_.class_names = config.class_names;
    for (const Color& color : config.palette) traits_.palette.push_back({color[0], color[1], color[2]});
    if (const LabelScheme* scheme = mapping_.scheme()) describe_classes(*scheme);
    if (traits_.palette.empty() && mapping_.name() == "none")
      for (const Color& color : config.label_colors) traits_.palette.push_back({color[0], color[1], color[2]});
  }

  std::size_t size() const noexcept override { return list_.size(); }
  std::string name(std::size_t i) const override { return list_.image_path(i); }
  std::string label_name(std::size_t i) const override { return list_.label_path(i); }

  void fetch(std::size_t i, EncodedSample& encoded) const override {
    const std::string path = list_.image_path(i);
    encoded.images.resize(1);
    files_.read(path, encoded.images[0]);
    encoded.layout = checked(image_layout(encoded.images[0], path), path);
    read_label(i, path, encoded);
  }

  void fetch_label(std::size_t i, EncodedSample& encoded) const override {
    const std::string path = list_.image_path(i);
    encoded.images.resize(1);
    encoded.layout = checked(read_layout(files_, path, encoded.images[0]), path);
    read_label(i, path, encoded);
    check_end(path, format_of(encoded.images[0]), encoded.layout);
  }

  void decode_image(std::size_t i, const EncodedSample& encoded, const Window& window, Image& image) const override {
    seg::decode_image(encoded.images[0], list_.image_path(i), window, image);
    if (image.channels() < traits_.channels) gray_to_rgb(image);
  }

  void decode_label(std::size_t i, const EncodedSample& encoded, const Window& window, LabelMap& label) const override {
    decode_label_values(i, encoded, window, label);
    map_label(i, label);
  }

  void decode_label_values(std::size_t i, const EncodedSample& encoded, const Window& window,
                           LabelMap& label) const override {
    const std::string path = list_.label_path(i);
    if (colors_.empty()) return decode_labels(encoded.label, path, window, label);
    static thread_local Image image;  // for its memory
    seg::decode_image(encoded.label, path, window, image);
    colors_.classify(image, path, label);
  }

  void map_label(std::size_t i, LabelMap& label) const override { mapping_.apply(label, list_.label_path(i)); }

 private:
  void describe_classes(const LabelScheme& scheme) {
    traits_.num_classes = static_cast<std::int64_t>(scheme.class_names.size());
    if (traits_.class_names.empty()) traits_.class_names.assign(scheme.class_names.begin(), scheme.class_names.end());
    if (traits_.palette.empty()) traits_.palette.assign(scheme.palette.begin(), scheme.palette.end());
  }

  void read_label(std::size_t i, const std::string& image_path, EncodedSample& encoded) const {
    const std::string path = list_.label_path(i);
    files_.read(path, encoded.label);
    const ImageLayout label = label_layout(encoded.label, path);
    if (label.height != encoded.layout.height || label.width != encoded.layout.width)
      fail(path,
           "the label has " + size_text(label) + " pixels, its image " + size_text(encoded.layout) + " (" + image_path +
               ")",
           label.height == encoded.layout.width && label.width == encoded.layout.height
               ? "turn the label as the EXIF orientation turns its image, or correct the list"
               : "resize the label without interpolation, or correct the list");
  }

  // A copy that was cut short is found before training, at the price of a look at its end.
  void check_end(const std::string& path, ImageFormat format, const ImageLayout& layout) const {
    Bytes file;
    files_.read_end(path, kEndBytes, file);
    if (has_end(format, file)) return;
    files_.read(path, file);
    Image image;
    seg::decode_image(file, path, whole(layout), image);
  }

  // As the network gets it.
  ImageLayout checked(ImageLayout layout, const std::string& path) const {
    if (layout.type != traits_.type)
      fail(path,
           "the image has " + text_of(layout.type) + " bits a channel, the data set's first " + text_of(traits_.type),
           "convert it, so that all images have the same depth");
    if (layout.channels > traits_.channels)
      fail(path, "a colour image, but the data set's first image is gray",
           "mean = [0.4, 0.4, 0.4] and std = [0.2, 0.2, 0.2] (three values) to read all images as colour");
    layout.channels = traits_.channels;
    return layout;
  }

  SampleList list_;
  LabelMapping mapping_;
  LabelColors colors_;  // none: label files hold numbers
  const FileSource& files_;
};

SampleList open_list(const DatasetConfig& config, Split split, const FileSource& files) {
  const bool train = split == Split::train;
  const std::string& name = train ? config.train_im_anns : config.val_im_anns;
  if (name.empty())
    fail(train ? "train_im_anns" : "val_im_anns", "is not set",
         "name a list with one `image,label` a line, or try dataset=Synthetic, which needs no files");
  return read_list(find_list(name, config.im_root), config.im_root, files);
}

ImageLayout first_layout(const SampleList& list, const FileSource& files) {
  Bytes start;
  return read_layout(files, list.image_path(0), start);
}

// Of the training split also for the validation split, so that both give the network the same kind of image; without a
// readable training split (evaluation of a network elsewhere) the validation split speaks for itself.
ImageLayout reference_layout(const SampleList& own, const DatasetConfig& config, Split split, const FileSource& files) {
  if (split == Split::validation && !config.train_im_anns.empty()) {
    try {
      return first_layout(open_list(config, Split::train, files), files);
    } catch (const UserError&) {
    }
  }
  return first_layout(own, files);
}

}  // namespace

std::unique_ptr<Dataset> open_list_dataset(const DatasetConfig& config, Split split, const FileSource& files,
                                           const ListKind& kind) {
  SampleList list = open_list(config, split, files);
  const ImageLayout first = reference_layout(list, config, split, files);
  return std::make_unique<ListDataset>(std::move(list), config, first, files, kind);
}

}  // namespace seg
