// SPDX-License-Identifier: Apache-2.0
// Where a thread gets the pixels of samples from: their files, or a cache of what these hold.
//
// open() chooses a sample and tells the layout of its image; image() and label() then give windows of it. The views
// point into the reader's buffers or into what the reader reads from: an image is valid until the next image() or
// open(), a label until the next label() or open().
// A reader belongs to one thread and keeps its buffers, so that after the largest sample nothing is allocated. Bad
// files are UserErrors that name the file, thrown by whichever call meets the damage.
#pragma once
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>

#include "dataset/dataset.h"
#include "image/image.h"
#include "image/view.h"

namespace seg {

class SampleReader {
 public:
  virtual ~SampleReader() = default;

  // open() of this sample will follow soon, by this reader or by another of the same source.
  virtual void announce(std::size_t /*index*/) {}

  // The whole image's layout, valid until the next open().
  virtual const ImageLayout& open(std::size_t index) = 0;
  virtual std::int64_t bytes_read() const noexcept = 0;  // of files, since open() began

  // So that windows of this sample up to this size will allocate nothing.
  virtual void reserve(std::int64_t height, std::int64_t width) = 0;
  virtual void reserve_label(std::int64_t height, std::int64_t width) = 0;  // for larger windows of the label

  // The window lies within the layout.
  virtual ImageView image(const Window& window) = 0;
  virtual LabelView label(const Window& window) = 0;  // after the label map

  // Of the label's pixels to its boundaries, in eighths of a pixel (image/distance_map.h), where they are kept. Valid
  // as a label is.
  virtual std::optional<LabelView> distances(const Window& /*window*/) { return std::nullopt; }

  // open() and all of the sample, for who keeps it. In one step, because a reader may know a shorter way.
  virtual void read(std::size_t index, Sample& sample);
};

// Of the data set's files; what Dataset::reader() gives if a kind has nothing better. The data set must outlive it.
std::unique_ptr<SampleReader> file_reader(const Dataset& dataset);

}  // namespace seg
