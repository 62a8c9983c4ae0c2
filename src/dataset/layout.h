// SPDX-License-Identifier: Apache-2.0
// Finds the images and the labels among the files of a folder, and which belong together.
//
// Pairs are files of one stem (file_role.h) in corresponding folders; failing that, of a stem that only one image and
// one label have. Data sets that are known by name are recognised by theirs. Pure: names only, nothing is opened.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "dataset/file_role.h"

namespace seg {

enum class LayoutKind : std::uint8_t {
  folders,  // images and labels in folders of their own
  beside,   // side by side, told apart by suffix or extension
  camvid,
  cityscapes,
  ade20k,
  cocostuff,
  voc  // Pascal VOC's folders; what they hold may be anybody's
};
std::string_view name_of(LayoutKind kind) noexcept;

// Paths as in the listing.
struct ImageAndLabel {
  std::string image, label;
  std::string stem;  // what both have in common
  Part part = Part::none;
};

struct Layout {
  LayoutKind kind = LayoutKind::folders;
  LabelNumbers numbers = LabelNumbers::plain;
  std::vector<ImageAndLabel> pairs;  // sorted by image; at least one
  std::vector<std::string> unpaired_images, unpaired_labels;
  std::vector<Problem> ambiguous;  // files that could belong to several
};

// `where` names the folder in messages. UserError if there is no pair: what was seen, and which layouts are known. Also
// if there are pairs of several public data sets, or of one and something else: which, and where each lies.
Layout find_layout(const std::vector<std::string>& files, const std::string& where);

}  // namespace seg
