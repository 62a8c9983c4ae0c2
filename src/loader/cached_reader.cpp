// SPDX-License-Identifier: Apache-2.0
#include "loader/cached_reader.h"

#include <algorithm>
#include <new>
#include <optional>

#include "base/error.h"
#include "base/text.h"
#include "image/distance_map.h"

namespace seg {
namespace {

class CachedReader final : public SampleReader {
 public:
  CachedReader(const Dataset& dataset, SampleStore& store)
      : dataset_(dataset), files_(dataset.reader()), store_(store) {}
  ~CachedReader() override { give_up(); }

  void announce(std::size_t index) override {
    if (!store_.find(index)) files_->announce(index);
  }

  const ImageLayout& open(std::size_t index) override {
    give_up();
    index_ = index;
    kept_ = store_.find(index);
    if (kept_) return kept_->layout();
    layout_ = files_->open(index);
    fills_ = store_.claim(index, layout_);
    if (fills_) files_->reserve(layout_.height, layout_.width);
    return layout_;
  }

  std::int64_t bytes_read() const noexcept override { return kept_ ? 0 : files_->bytes_read(); }

  void reserve(std::int64_t height, std::int64_t width) override {
    if (kept_)
      reserve_maps(kept_->layout());
    else if (!fills_)
      files_->reserve(height, width);
  }
  void reserve_label(std::int64_t height, std::int64_t width) override {
    if (!kept_ && !fills_) files_->reserve_label(height, width);  // else reserve() has seen to the whole of it
  }

  std::optional<LabelView> distances(const Window& window) override {
    const std::optional<std::uint8_t> ignored = store_.distances();
    if (!ignored) return std::nullopt;
    if (!kept_) return has_distances_ ? std::optional(LabelView(distances_).part(window)) : std::nullopt;
    if (!kept_->has_distances(*ignored)) return std::nullopt;
    const std::optional<LabelView> map = kept_->distances(window, distances_);
    if (!map) read_files_instead();
    return map;
  }

  // Image and label may be asked for in any order; whichever comes second has both kept.
  ImageView image(const Window& window) override {
    if (kept_) return kept_->image().part(window);
    if (fills_ && whole_image_.height() == 0) decode_whole([&] { whole_image_ = files_->image(whole(layout_)); });
    return whole_image_.height() > 0 ? whole_image_.part(window) : files_->image(window);
  }

  LabelView label(const Window& window) override {
    if (kept_) {
      if (const std::optional<LabelView> label = kept_->label(window, label_)) return *label;
      read_files_instead();
    }
    if (fills_ && whole_label_.height() == 0) decode_whole([&] { whole_label_ = files_->label(whole(layout_)); });
    return whole_label_.height() > 0 ? whole_label_.part(window) : files_->label(window);
  }

 private:
  void reserve_maps(const ImageLayout& layout) {
    label_.resize(layout.height, layout.width);
    if (store_.distances()) distances_.resize(layout.height, layout.width);
  }

  std::optional<KeptDistances> distances_to_keep() {
    const std::optional<std::uint8_t> ignored = store_.distances();
    if (!ignored) return std::nullopt;
    distances_.resize(whole_label_.height(), whole_label_.width());
    distance_map_.eighths(whole_label_, {.ignored = *ignored}, distances_.values());
    has_distances_ = true;
    return KeptDistances{.map = distances_, .ignored = *ignored};
  }

  // What was kept has become damaged. Windows were chosen for its size.
  void read_files_instead() {
    const ImageLayout kept = kept_->layout();
    kept_.reset();
    store_.drop(index_);
    layout_ = files_->open(index_);
    if (layout_ != kept)
      fail(dataset_.name(index_),
           "has changed while it was used: its size was " + size_text(kept.width, kept.height) + ", and is " +
               size_text(layout_.width, layout_.height) + " now",
           "run the command again, and leave images and labels alone while it runs");
    files_->reserve(layout_.height, layout_.width);
  }

  // A file may be damaged where the window does not reach: then the window decides, as ever.
  template <class Decode>
  void decode_whole(const Decode& decode) {
    try {
      decode();
    } catch (const UserError&) {
      return give_up();
    }
    if (whole_image_.height() == 0 || whole_label_.height() == 0) return;
    try {
      packer_.take(whole_image_, whole_label_, distances_to_keep());
    } catch (const std::bad_alloc&) {  // it can be used, if not kept
      return give_up();
    }
    fills_ = false;
    store_.keep(index_, packer_);
  }

  void give_up() noexcept {
    if (fills_) store_.give_up(index_);
    fills_ = has_distances_ = false;
    whole_image_ = {};
    whole_label_ = {};
  }

  const Dataset& dataset_;
  const std::unique_ptr<SampleReader> files_;
  SampleStore& store_;
  std::size_t index_ = 0;
  std::optional<PackedSample> kept_;
  ImageLayout layout_;     // of a sample that is not kept
  bool fills_ = false;     // this reader has claimed the sample
  ImageView whole_image_;  // of a sample that this reader packs or has packed
  LabelView whole_label_;
  LabelMap label_;
  LabelMap distances_;          // of a kept sample, or of one that this reader has packed
  bool has_distances_ = false;  // of the latter
  DistanceMap distance_map_;
  SamplePacker packer_;
};

}  // namespace

std::unique_ptr<SampleReader> cached_reader(const Dataset& dataset, SampleStore& store) {
  return std::make_unique<CachedReader>(dataset, store);
}

}  // namespace seg
