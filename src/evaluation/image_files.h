// SPDX-License-Identifier: Apache-2.0
// The images that a user names to have them predicted: files, and folders with all that lies below them.
//
// Thread-safe. UserErrors name the file or folder.
#pragma once
#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "image/image.h"

namespace seg {

struct ImageFile {
  std::filesystem::path path;
  std::string name;  // within the folder of results, without an ending; no two are alike
};

struct ImageFiles {
  std::vector<ImageFile> files;      // in the order of the inputs, below a folder sorted; each file once
  std::int64_t num_passed_over = 0;  // files in folders that are no images
};

struct ImageSearch {
  std::vector<std::string> inputs;
  std::filesystem::path results;  // images below it are results of earlier calls, not inputs
  // The endings that results have, as "" and "_color": names are chosen so that no result is written twice.
  std::vector<std::string> endings = {""};
};

// A name is the path below the folder that was given (of a file: its name) without the ending. Images whose names would
// be alike get the path from the folder that they have in common; if they differ only in the ending, that is kept, too.
// In folders, files count whose ending or content is that of an image; hidden ones and links to folders do not.
ImageFiles find_image_files(const ImageSearch& search);

// The kind of image that a network takes.
struct ImageKind {
  std::int64_t channels = 3;
  PixelType type = PixelType::u8;
};

// Reads and decodes; gray ones are widened for a network of colour images. Other channels or another depth than the
// network's are UserErrors.
void read_image(const std::filesystem::path& path, const ImageKind& wanted, Image& image);

}  // namespace seg
