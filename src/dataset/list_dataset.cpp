// SPDX-License-Identifier: Apache-2.0
#include "dataset/list_dataset.h"

#include <algorithm>
#include <utility>

#include "base/counted.h"
#include "base/error.h"
#include "base/text.h"
#include "config/dataset.h"
#include "dataset/label_colors.h"
#include "dataset/list_file.h"
#include "dataset/sample_traits.h"
#include "image/channels.h"
#include "image/decode.h"
#include "image/jpeg_index.h"

namespace seg {
namespace {

std::string text_of(PixelType type) { return type == PixelType::u8 ? "8" : "16"; }

// From the beginning of the file, or from all of it where the header is long.
ImageLayout read_layout(const FileSource& files, const std::string& path, Bytes& bytes) {
  files.read_start(path, kLayoutBytes, bytes);
  if (const auto layout = layout_of_start(bytes, path)) return *layout;
  files.read(path, bytes);
  return image_layout(bytes, path);
}

// What each sample's first, second … image file gives to its channels.
struct Column {
  std::int64_t channels = 0, first = 0;
  PixelType type = PixelType::u8;
};

std::vector<Column> columns_of(const std::vector<ImageLayout>& layouts, const DatasetConfig& config) {
  std::vector<Column> columns;
  std::int64_t first = 0;
  for (const ImageLayout& layout : layouts) {
    const bool widens = layouts.size() == 1 && layout.channels == 1 && config.mean && config.mean->size() == 3;
    columns.push_back({.channels = widens ? 3 : layout.channels, .first = first, .type = layout.type});
    first += columns.back().channels;
  }
  return columns;
}

// "channels: 3 of 8 bits + 1 of 16 bits, all as 16 bits (8-bit values x 257)"; nothing for one file.
std::string sources_text(const std::vector<Column>& columns, PixelType type) {
  if (columns.size() == 1) return "";
  std::string text = "channels: ";
  bool differs = false;
  for (const Column& column : columns) {
    if (column.first > 0) text += " + ";
    text += std::to_string(column.channels) + " of " + text_of(column.type) + " bits";
    differs |= column.type != type;
  }
  return text + (differs ? ", all as 16 bits (8-bit values x 257)" : "");
}

struct NamedList {
  std::string path;
  SampleList list;
};

class ListDataset final : public Dataset {
 public:
  ListDataset(NamedList named, const DatasetConfig& config, const std::vector<ImageLayout>& first,
              const FileSource& files, const ListKind& kind)
      : list_(std::move(named.list)),
        path_(std::move(named.path)),
        columns_(columns_of(first, config)),
        mapping_(config, kind.labels),
        colors_(config.label_colors),
        files_(files) {
    const bool has_deep = std::ranges::count(columns_, PixelType::u16, &Column::type) > 0;
    traits_ = sample_traits(config, mapping_,
                            {.channels = columns_.back().first + columns_.back().channels,
                             .type = has_deep ? PixelType::u16 : PixelType::u8,
                             .mean = kind.mean,
                             .std = kind.std});
    traits_.channel_sources = sources_text(columns_, traits_.type);
  }

  std::size_t size() const noexcept override { return list_.size(); }
  std::string name(std::size_t i) const override {
    std::string name = list_.image_path(i);
    for (std::size_t k = 1; k < columns_.size(); ++k) name += " + " + std::string(list_.image(i, k));
    return name;
  }
  std::string label_name(std::size_t i) const override { return list_.label_path(i); }

  SampleFiles files(std::size_t i) const override {
    SampleFiles files{.images = {}, .label = list_.label_path(i)};
    for (std::size_t k = 0; k < columns_.size(); ++k) files.images.push_back(list_.image_path(i, k));
    return files;
  }

  std::vector<Problem> doubts() const override {
    const RepeatedLines& repeated = list_.repeated();
    if (repeated.count == 0) return {};
    return {
        {.where = path_ + ", line " + std::to_string(repeated.line),
         .what = "names the pair of line " + std::to_string(repeated.first_line) + " again" +
                 (repeated.count == 1 ? "" : "; " + counted(repeated.count, "line") + " of this list repeat others"),
         .remedy = "keep one of each, unless they are meant to count more"}};
  }

  void announce(std::size_t i) const override {
    for (std::size_t k = 0; k < columns_.size(); ++k) files_.announce(image_path(i, k));
    files_.announce(label_path(i));
  }

  void fetch(std::size_t i, EncodedSample& encoded) const override {
    encoded.images.resize(columns_.size());
    for (std::size_t k = 0; k < columns_.size(); ++k) {
      const std::string& path = image_path(i, k);
      files_.read(path, encoded.images[k]);
      take_layout(i, k, image_layout(encoded.images[k], path), encoded);
    }
    read_label(i, encoded);
  }

  void fetch_label(std::size_t i, EncodedSample& encoded) const override {
    encoded.images.resize(columns_.size());
    for (std::size_t k = 0; k < columns_.size(); ++k)
      take_layout(i, k, read_layout(files_, list_.image_path(i, k), encoded.images[k]), encoded);
    read_label(i, encoded);
    for (std::size_t k = 0; k < columns_.size(); ++k)
      check_end(list_.image_path(i, k), format_of(encoded.images[k]), encoded.layout);
  }

  void decode_image(std::size_t i, const EncodedSample& encoded, const Window& window, Image& image) const override {
    if (columns_.size() == 1) return decode_column(i, 0, encoded, window, image);
    static thread_local Image part;  // for its memory
    image.resize({window.height, window.width, traits_.channels, traits_.type});
    for (std::size_t k = 0; k < columns_.size(); ++k) {
      decode_column(i, k, encoded, window, part);
      put_channels(part, columns_[k].first, image);
    }
  }

  void decode_label(std::size_t i, const EncodedSample& encoded, const Window& window, LabelMap& label) const override {
    decode_label_values(i, encoded, window, label);
    map_label(i, label);
  }

  void decode_label_values(std::size_t i, const EncodedSample& encoded, const Window& window,
                           LabelMap& label) const override {
    const std::string& path = label_path(i);
    if (colors_.empty()) return decode_labels(encoded.label, path, window, label);
    static thread_local Image image;  // for its memory
    seg::decode_image(encoded.label, path, window, image);
    colors_.classify(image, path, label);
  }

  void map_label(std::size_t i, LabelMap& label) const override { mapping_.apply(label, label_path(i)); }

 private:
  // Of this thread, until it asks for the next one: a sample allocates no paths.
  const std::string& image_path(std::size_t i, std::size_t k) const {
    static thread_local std::string path;
    list_.path_of(list_.image(i, k), path);
    return path;
  }
  const std::string& label_path(std::size_t i) const {
    static thread_local std::string path;
    list_.path_of(list_.label(i), path);
    return path;
  }

  void decode_column(std::size_t i, std::size_t k, const EncodedSample& encoded, const Window& window,
                     Image& image) const {
    seg::decode_image(encoded.images[k], image_path(i, k), window, image, &jpeg_index_);
    if (image.channels() < columns_[k].channels) gray_to_rgb(image);
  }

  void read_label(std::size_t i, EncodedSample& encoded) const {
    const std::string& path = label_path(i);
    files_.read(path, encoded.label);
    const ImageLayout label = label_layout(encoded.label, path);
    if (label.height != encoded.layout.height || label.width != encoded.layout.width)
      fail(path,
           "the label has " + size_text(label.width, label.height) + " pixels, its image " +
               size_text(encoded.layout.width, encoded.layout.height) + " (" + list_.image_path(i) + ")",
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

  // Of image file k; the layout of the sample is that of its first file, as the network gets it.
  void take_layout(std::size_t i, std::size_t k, const ImageLayout& layout, EncodedSample& encoded) const {
    const std::string& path = image_path(i, k);
    const Column& column = columns_[k];
    if (layout.type != column.type)
      fail(path,
           "the image has " + text_of(layout.type) + " bits a channel, the data set's first " + text_of(column.type),
           "convert it, so that all images have the same depth");
    if (layout.channels == 3 && column.channels == 1)
      fail(path, "a colour image, but the data set's first image is gray",
           columns_.size() > 1
               ? "save it as gray, or name a colour image first"
               : "mean = [0.4, 0.4, 0.4] and std = [0.2, 0.2, 0.2] (three values) to read all images as colour");
    if (layout.channels != column.channels && (layout.channels != 1 || column.channels != 3))
      fail(path,
           "the image has " + counted(layout.channels, "channel") + ", the data set's first " +
               std::to_string(column.channels),
           "convert it, so that all images have the same channels");
    if (k > 0 && (layout.height != encoded.layout.height || layout.width != encoded.layout.width))
      fail(path,
           "the image has " + size_text(layout.width, layout.height) + " pixels, that before it " +
               size_text(encoded.layout.width, encoded.layout.height) + " (" + list_.image_path(i) + ")",
           "resize one of them, or correct the list");
    encoded.layout = {layout.height, layout.width, traits_.channels, traits_.type};
  }

  SampleList list_;
  std::string path_;  // of the list
  std::vector<Column> columns_;
  LabelMapping mapping_;
  LabelColors colors_;  // none: label files hold numbers
  const FileSource& files_;
  mutable JpegIndex jpeg_index_;  // of the files that were read; thread-safe
};

NamedList open_list(const DatasetConfig& config, Split split, const FileSource& files, std::vector<Problem>* absent) {
  const bool train = split == Split::train;
  const std::string& name = train ? config.train_im_anns : config.val_im_anns;
  if (name.empty())
    fail(train ? "train_im_anns" : "val_im_anns", "is not set",
         "name a list with one `image,label` a line, or try dataset=Synthetic, which needs no files");
  const std::filesystem::path path = find_list(name, config.im_root);
  return {.path = path.string(), .list = read_list(path, config.im_root, files, absent)};
}

std::vector<ImageLayout> layouts_of(const SampleList& list, std::size_t i, const FileSource& files) {
  Bytes start;
  std::vector<ImageLayout> layouts;
  for (std::size_t k = 0; k < list.num_images(); ++k)
    layouts.push_back(read_layout(files, list.image_path(i, k), start));
  return layouts;
}

// A damaged file at the beginning must not hide what is wrong with the others: the first image that can be read counts.
std::vector<ImageLayout> first_layouts(const SampleList& list, const FileSource& files) {
  constexpr std::size_t kMostTried = 100;
  for (std::size_t i = 0; i < std::min(kMostTried, list.size()); ++i) {
    try {
      return layouts_of(list, i, files);
    } catch (const UserError&) {
    }
  }
  return layouts_of(list, 0, files);
}

// Of the training split also for the validation split, so that both give the network the same kind of image; without a
// readable training split (evaluation of a network elsewhere) the validation split speaks for itself.
std::vector<ImageLayout> reference_layouts(const SampleList& own, const DatasetConfig& config, Split split,
                                           const FileSource& files) {
  if (split == Split::validation && !config.train_im_anns.empty()) {
    try {
      std::vector<Problem> of_training;
      return first_layouts(open_list(config, Split::train, files, &of_training).list, files);
    } catch (const UserError&) {
    }
  }
  return first_layouts(own, files);
}

}  // namespace

std::unique_ptr<Dataset> open_list_dataset(const DatasetConfig& config, Split split, const FileSource& files,
                                           const ListKind& kind, std::vector<Problem>* absent) {
  NamedList named = open_list(config, split, files, absent);
  const std::vector<ImageLayout> first = reference_layouts(named.list, config, split, files);
  if (first.size() != named.list.num_images())
    fail(config.val_im_anns,
         "names " + counted(named.list.num_images(), "image") + " for a label, the training list " +
             std::to_string(first.size()),
         "give both lists the same columns");
  return std::make_unique<ListDataset>(std::move(named), config, first, files, kind);
}

}  // namespace seg
