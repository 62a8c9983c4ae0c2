// SPDX-License-Identifier: Apache-2.0
// Keys of the data set: files, classes, and what pixels and labels mean.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "config/key.h"

namespace seg {

struct DatasetConfig {
  std::string dataset = "CustomerDataset";
  std::string im_root = ".";
  std::string train_im_anns;
  std::string val_im_anns;
  std::string hdf5_images = "images";
  std::string hdf5_labels = "labels";
  std::int64_t lb_ignore = 255;
  std::variant<std::string, LabelTable> label_map = "auto";
  std::vector<Color> label_colors;
  std::vector<std::string> class_names;
  std::vector<Color> palette;
  std::optional<std::vector<double>> mean;
  std::optional<std::vector<double>> std;
  std::variant<std::string, std::vector<double>> image_range = "full";
  std::string on_bad_sample = "fail";
  std::int64_t max_bad_samples = 100;
  std::int64_t synthetic_images = 512;
  std::int64_t synthetic_val_images = 64;
  PixelSize synthetic_size{.height = 128, .width = 256};

  template <class Self, class Visitor>
  static void fields(Self& c, Visitor&& visit) {
    visit(c.dataset, Key{.name = "dataset",
                         .help = "the kind of data set",
                         .effect = Effect::learned,
                         .choices = {"CityScapes", "CocoStuff", "ADE20k", "CustomerDataset", "Synthetic", "HDF5"}});
    visit(c.im_root, Key{.name = "im_root", .help = "the folder that paths in the lists start from"});
    visit(c.train_im_anns,
          Key{.name = "train_im_anns",
              .help = "the training list: a line `image,label` for each image; of the data set HDF5, its file"});
    visit(c.val_im_anns, Key{.name = "val_im_anns", .help = "the same for validation"});
    visit(c.hdf5_images, Key{.name = "hdf5_images",
                             .help = "the array, or the group of arrays, that holds the images of the data set HDF5",
                             .effect = Effect::learned});
    visit(c.hdf5_labels, Key{.name = "hdf5_labels", .help = "the same for labels", .effect = Effect::learned});
    visit(c.lb_ignore, Key{.name = "lb_ignore",
                           .help = "the label that is neither learned nor counted (after label_map)",
                           .effect = Effect::learned,
                           .minimum = 0,
                           .maximum = 255});
    visit(c.label_map,
          Key{.name = "label_map",
              .help = "from values in label files to classes: a name, or a table such as {0=0, 255=1} where "
                      "values that are not named become lb_ignore; auto: that of the data set",
              .effect = Effect::learned,
              .minimum = 0,
              .maximum = 255,
              .choices = {"auto", "none", "cityscapes", "ade20k", "cocostuff"}});
    visit(c.label_colors,
          Key{.name = "label_colors",
              .help = "the colour of each class, [red, green, blue], where label files are colour images; "
                      "the place in the list is the value that label_map then maps",
              .effect = Effect::learned});
    visit(c.class_names, Key{.name = "class_names", .help = "for people; also stored with the weights"});
    visit(c.palette, Key{.name = "palette", .help = "the colour in which each class is drawn, [red, green, blue]"});
    visit(c.mean, Key{.name = "mean",
                      .help = "of each channel, where 1 is the largest value of a pixel; auto: that of the data set",
                      .effect = Effect::learned,
                      .minimum = 0,
                      .maximum = 1,
                      .absent = "auto"});
    visit(c.std, Key{.name = "std",
                     .help = "the deviation of each channel that an image is divided by; auto: that of the data set",
                     .effect = Effect::learned,
                     .minimum = 0.0001,
                     .maximum = 10,
                     .absent = "auto"});
    visit(c.image_range, Key{.name = "image_range",
                             .help = "what becomes 0 and 1 in 16-bit images: full, percentile, or [low, high]",
                             .effect = Effect::learned,
                             .minimum = 0,
                             .maximum = 65535,
                             .choices = {"full", "percentile"},
                             .length = 2});
    visit(c.on_bad_sample, Key{.name = "on_bad_sample",
                               .help = "an unreadable training file: fail, or skip it and draw another",
                               .effect = Effect::learned,
                               .choices = {"fail", "skip"}});
    visit(c.max_bad_samples,
          Key{.name = "max_bad_samples", .help = "skipped files after which the run fails anyway", .minimum = 0});
    visit(c.synthetic_images, Key{.name = "synthetic_images",
                                  .help = "training images of the data set Synthetic",
                                  .effect = Effect::learned,
                                  .minimum = 1,
                                  .maximum = 1e9});
    visit(c.synthetic_val_images, Key{.name = "synthetic_val_images",
                                      .help = "validation images of the data set Synthetic",
                                      .minimum = 1,
                                      .maximum = 1e9});
    visit(c.synthetic_size, Key{.name = "synthetic_size",
                                .help = "of an image of the data set Synthetic, [height, width]",
                                .effect = Effect::learned,
                                .minimum = 32,
                                .maximum = 16384});
  }
};

}  // namespace seg
