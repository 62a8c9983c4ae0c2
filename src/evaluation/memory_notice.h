// SPDX-License-Identifier: Apache-2.0
// A protocol that cannot look at less at a time, and tells once where that takes more memory than there is.
//
// Its classes are those of the protocol that it is made of. Not thread-safe: one thread calls torch.
#pragma once
#include <functional>
#include <memory>
#include <string>

#include "base/log.h"
#include "evaluation/pixel_extent.h"
#include "evaluation/protocol.h"

namespace seg {

struct MemoryNoticeOptions {
  // What it takes to look at so many images of a size together.
  std::function<std::int64_t(const PixelExtent& image, std::int64_t count)> needs;
  std::int64_t memory_bytes = 0;  // that it may take
  // What would make it less, for a number of images that are looked at together.
  std::function<std::string(std::int64_t count)> remedy;
};

class MemoryNotice final : public Protocol {
 public:
  // The log outlives it.
  MemoryNotice(std::unique_ptr<Protocol> protocol, MemoryNoticeOptions options, Log& log);

  std::string_view name() const override { return protocol_->name(); }
  at::Tensor classes(const HostPixels& pixels) override;
  std::int64_t images_at_once(std::int64_t in_a_batch) const override { return protocol_->images_at_once(in_a_batch); }
  double views_a_pixel(std::int64_t height, std::int64_t width) const override {
    return protocol_->views_a_pixel(height, width);
  }

  const Protocol& protocol() const { return *protocol_; }

 private:
  void tell_if_too_much(const PixelExtent& image, std::int64_t count);

  std::unique_ptr<Protocol> protocol_;
  MemoryNoticeOptions options_;
  Log& log_;
  bool has_told_ = false;
  std::int64_t most_pixels_ = 0;  // together, that it was asked for: fewer take less
};

}  // namespace seg
