// SPDX-License-Identifier: Apache-2.0
// What the name of a file says about it: image or label, training or validation, and which image it belongs to.
//
// An image and its label have the same `place`, `stem` and `part`: what says "image", "label" or "train" is taken out
// of folders and file names, so that images/train/7.jpg, train/masks/7_mask.png and trainannot/7.png all are place "",
// stem "7". Pure functions; nothing is opened.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>

namespace seg {

enum class Role : std::uint8_t {
  unknown,  // the name does not say
  image,
  label,
  neither  // instance numbers, overlays, files that are no images
};
enum class Part : std::uint8_t { none, train, validation, test };
enum class FileFormat : std::uint8_t { png, jpeg, other_image, no_image };  // by its extension
// What a label file holds, as far as its name tells. Of several labels of one image that of the first kind is taken.
enum class LabelNumbers : std::uint8_t { cityscapes_ids, cityscapes_train_ids, plain, colors };

struct FileRole {
  Role role = Role::unknown;
  Part part = Part::none;
  FileFormat format = FileFormat::no_image;
  LabelNumbers numbers = LabelNumbers::plain;
  std::string place;  // the folders that say neither role nor part, as in the path
  std::string stem;   // may be empty: of mask.png

  bool operator==(const FileRole&) const = default;
};

FileRole file_role(std::string_view path);  // with `/` between folders

std::string_view extension_of(std::string_view path);  // "png" of a/b.png, as written; empty if there is none
std::string_view folder_of(std::string_view path);     // "a/b" of a/b/c.png
std::string_view file_name_of(std::string_view path);  // "c.png" of a/b/c.png

}  // namespace seg
