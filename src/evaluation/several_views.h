// SPDX-License-Identifier: Apache-2.0
// Protocols `ssc`, `msf` and `mscf`: the image at several scales, in windows, mirrored, and what all these views say
// together (view_merge.h). Also `ss` where images are given another size first.
//
// A scaled image has int(scale * side) pixels along each side, bilinear, centres as `align_corners` says. Windows are
// window_spans(); a view whose sides the network cannot divide is padded behind with the data set's mean colour, as
// SingleScale does, or, whole images only and if `resizes`, the image is scaled to sides that it can divide instead,
// and predictions are made at that size and then resized. So `ssc` of an image within one window, and `msf` at scale 1
// without flips, are `ss`. Of a batch one image is looked at after the other. Not thread-safe: one thread calls torch.
#pragma once
#include "base/log.h"
#include "engine/network.h"
#include "evaluation/protocol.h"
#include "evaluation/view_memory.h"
#include "evaluation/view_merge.h"
#include "evaluation/view_options.h"
#include "evaluation/window_views.h"

namespace seg {

// An image's windows at a scale, before they are cut for want of memory; `image`: as large as it starts.
ViewGrid several_views_grid(const ViewOptions& options, const PixelExtent& image, double scale);

class SeveralViews final : public Protocol {
 public:
  // The network gives one main output from a whole-number image (its first node normalises). It and the log outlive
  // this object.
  SeveralViews(Network& network, c10::Device device, ViewOptions options, Log& log);

  std::string_view name() const override { return options_.name; }
  at::Tensor classes(const HostPixels& pixels) override;
  std::int64_t images_at_once(std::int64_t /*in_a_batch*/) const override { return 1; }
  double views_a_pixel(std::int64_t height, std::int64_t width) const override;

 private:
  void tell_of_windows(const PixelExtent& wanted, const PixelExtent& window);
  ViewsOfScale look_at(const at::Tensor& image, const ViewGrid& grid, const PixelExtent& result);

  Network& network_;
  c10::Device device_;
  ViewOptions options_;
  WindowViews views_;
  Log& log_;
  bool has_told_of_windows_ = false;
};

}  // namespace seg
