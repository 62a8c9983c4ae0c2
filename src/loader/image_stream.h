// SPDX-License-Identifier: Apache-2.0
// Whole images in order, decoded ahead by worker threads: what evaluation reads.
//
// Sizes may differ. At most `slots` images exist at a time, those on lease included; their memory is reused. A bad file
// is a UserError that names it, thrown by next() in the place of the image and again from then on.
// One thread calls next(); leases may end in any, also after the stream's destruction.
#pragma once
#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>
#include <optional>
#include <utility>

#include "loader/lease.h"
#include "loader/reader_source.h"

namespace seg {

// A move-only lease.
class WholeImage {
 public:
  WholeImage(std::size_t index, const Sample& sample, Lease lease) noexcept
      : index_(index), sample_(&sample), lease_(std::move(lease)) {}

  std::size_t index() const noexcept { return index_; }  // in the data set
  const Image& image() const noexcept { return sample_->image; }
  const LabelMap& label() const noexcept { return sample_->label; }

 private:
  std::size_t index_;
  const Sample* sample_;
  Lease lease_;
};

struct ImageStreamOptions {
  std::size_t first = 0, count = std::numeric_limits<std::size_t>::max();  // as far as the data set has them
  int num_workers = 1;                                                     // 0: in the thread that calls next()
  int slots = 4;
};

class ImageStream {
 public:
  // The data set must outlive the stream. Workers begin at once.
  ImageStream(const ReaderSource& source, const ImageStreamOptions& options);
  ~ImageStream();  // waits for the images that workers are at
  ImageStream(const ImageStream&) = delete;
  ImageStream& operator=(const ImageStream&) = delete;

  std::optional<WholeImage> next();  // none after the last image

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

// That one alone. There is none of the number: std::out_of_range.
WholeImage whole_image(const ReaderSource& source, std::size_t index);

}  // namespace seg
