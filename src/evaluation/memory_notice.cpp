// SPDX-License-Identifier: Apache-2.0
#include "evaluation/memory_notice.h"

#include <utility>

#include "base/counted.h"
#include "base/text.h"

namespace seg {

MemoryNotice::MemoryNotice(std::unique_ptr<Protocol> protocol, MemoryNoticeOptions options, Log& log)
    : protocol_(std::move(protocol)), options_(std::move(options)), log_(log) {}

at::Tensor MemoryNotice::classes(const HostPixels& pixels) {
  tell_if_too_much({pixels.height, pixels.width}, protocol_->images_at_once(pixels.count));
  return protocol_->classes(pixels);
}

void MemoryNotice::tell_if_too_much(const PixelExtent& image, std::int64_t count) {
  const std::int64_t pixels = count * image.height * image.width;
  if (has_told_ || pixels <= most_pixels_) return;
  most_pixels_ = pixels;
  const std::int64_t needed = options_.needs(image, count);
  if (needed <= options_.memory_bytes) return;
  has_told_ = true;
  log_.warning(std::string(name()) + ": " + counted(count, "image") + " of " + std::to_string(image.height) + "x" +
               std::to_string(image.width) + (count == 1 ? " takes" : " take") + " about " + bytes_text(needed) +
               ", more than the " + bytes_text(options_.memory_bytes) +
               " that may be used; it is tried all the same, and memory may run out. Less: " + options_.remedy(count));
}

}  // namespace seg
