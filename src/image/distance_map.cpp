// SPDX-License-Identifier: Apache-2.0
#include "image/distance_map.h"

#include <algorithm>
#include <cassert>
#include <stdexcept>
#include <string>

#include "image/distance_columns.h"
#include "image/distance_rows.h"
#include "image/distance_values.h"

namespace seg {
namespace {

using Kind = DistanceSources::Kind;

// Hands out pieces of memory, aligned as it is (64 bytes). Without memory it only adds up what they take.
class Pieces {
 public:
  explicit Pieces(std::byte* memory = nullptr) : memory_(memory) {}

  template <class T>
  T* take(std::size_t count) {
    auto* piece = memory_ == nullptr ? nullptr : reinterpret_cast<T*>(memory_ + size_);
    size_ += (count * sizeof(T) + 63) / 64 * 64;
    return piece;
  }
  std::size_t size() const { return size_; }

 private:
  std::byte* memory_;
  std::size_t size_ = 0;
};

constexpr std::size_t kLabelMargin = 64;  // before and behind a row of labels

template <class Square>
struct Workplace {
  using Distance = ColumnDistance<Square>;

  Workplace(Pieces& pieces, const RowGroupLayout<Square>& layout, std::size_t height)
      : pitch(in_distance_blocks(layout.width)),
        labels(pieces.take<std::uint8_t>(3 * label_pitch())),
        marks(pieces.take<std::uint8_t>(pitch)),
        down(pieces.take<Distance>(height * pitch)),
        row(pieces.take<Distance>(pitch)) {
    group.rows = pieces.take<Square>(layout.num_rows * layout.pitch);
    group.offsets = pieces.take<Square>(layout.num_offsets);
    group.columns = pieces.take<Square>(layout.num_columns * layout.num_rows);
    group.nodes = pieces.take<Square>(layout.num_nodes * layout.num_rows);
    group.ranges = pieces.take<ColumnRange>(layout.num_nodes);
    group.filled = pieces.take<ColumnRange>(layout.num_nodes);
  }

  std::size_t label_pitch() const { return pitch + 2 * kLabelMargin; }
  std::uint8_t* labels_of(std::int64_t y) const {
    return labels + static_cast<std::size_t>(y % 3) * label_pitch() + kLabelMargin;
  }
  Distance* down_of(std::int64_t y) const { return down + static_cast<std::size_t>(y) * pitch; }

  std::size_t pitch;     // of rows of labels and of distances within columns: whole blocks
  std::uint8_t* labels;  // three rows with margins
  std::uint8_t* marks;
  Distance* down;  // [height][pitch]: distances to sources at or above a pixel
  Distance* row;   // distances within columns of one row
  RowGroup<Square> group;
};

// Before and behind a row its last labels go on, so that it differs from nothing there.
template <class Square>
void copy_labels(const LabelView& labels, std::int64_t y, const Workplace<Square>& place) {
  const auto row = labels.row(y);
  std::uint8_t* to = place.labels_of(y);
  std::ranges::copy(row, to);
  to[-1] = row.front();
  to[row.size()] = row.back();
}

void mark(const LabelRows& rows, const DistanceSources& sources, std::uint8_t* marks) {
  switch (sources.kind) {
    case Kind::boundaries: return mark_boundaries(rows, sources.ignored, marks);
    case Kind::label: return mark_label(rows, sources.label, marks);
    case Kind::other_labels: return mark_other_labels(rows, sources.label, sources.ignored, marks);
  }
}

template <class Square>
void walk_down(const LabelView& labels, const DistanceSources& sources, const Workplace<Square>& place) {
  const auto width = static_cast<std::size_t>(labels.width());
  const std::int64_t last = labels.height() - 1;
  const auto* before = place.row;  // there is nothing above the first row
  copy_labels(labels, 0, place);
  for (std::int64_t y = 0; y <= last; ++y) {
    if (y < last) copy_labels(labels, y + 1, place);
    const LabelRows rows{.above = place.labels_of(std::max<std::int64_t>(y - 1, 0)),
                         .row = place.labels_of(y),
                         .below = place.labels_of(std::min(y + 1, last)),
                         .width = width};
    mark(rows, sources, place.marks);
    walk_column(place.marks, before, place.down_of(y), width);
    before = place.down_of(y);
  }
}

void require_size(std::size_t size, const LabelView& labels) {
  if (size != static_cast<std::size_t>(labels.height() * labels.width()))
    throw std::logic_error("a distance map of another size than its labels");
}

template <class Value>
std::span<Value> row_of(std::span<Value> map, std::int64_t y, std::int64_t width) {
  return map.subspan(static_cast<std::size_t>(y * width), static_cast<std::size_t>(width));
}

}  // namespace

std::byte* DistanceMap::scratch(std::size_t size) {
  if (scratch_.bytes().size() < size) {
    scratch_ = {};  // so that there are never both
    scratch_ = host_memory().allocate(size);
  }
  return scratch_.bytes().data();
}

// Hands each row of squared distances, exact up to the limit, to take(y, row).
template <class Square, class Take>
void DistanceMap::find(const LabelView& labels, const DistanceSources& sources, Square limit, const Take& take) {
  if (labels.height() == 0 || labels.width() == 0) return;
  if (sizeof(Square) == 4 && std::max(labels.height(), labels.width()) > kLongestSide)
    throw std::logic_error("distances without a limit on a map that is longer than " + std::to_string(kLongestSide));
  const auto height = static_cast<std::size_t>(labels.height()), width = static_cast<std::size_t>(labels.width());
  const RowGroupLayout<Square> layout(width, limit);
  Pieces needed;
  Workplace<Square>(needed, layout, height);
  Pieces pieces(scratch(needed.size()));
  const Workplace<Square> place(pieces, layout, height);
  std::fill_n(place.row, place.pitch, std::numeric_limits<ColumnDistance<Square>>::max());
  walk_down(labels, sources, place);

  write_offsets(layout, place.group.offsets);
  const auto most_rows = static_cast<std::int64_t>(layout.num_rows);
  const auto group_row = [&](std::int64_t r) { return place.group.rows + static_cast<std::size_t>(r) * layout.pitch; };
  for (std::int64_t bottom = labels.height(); bottom > 0; bottom -= most_rows) {
    const std::int64_t top = std::max<std::int64_t>(bottom - most_rows, 0);
    for (std::int64_t y = bottom - 1; y >= top; --y)
      walk_column_back(place.down_of(y), place.row, group_row(y - top), width);
    // Lanes without a row repeat one, so that they need no columns of their own.
    for (std::int64_t r = bottom - top; r < most_rows; ++r) std::copy_n(group_row(0), width, group_row(r));
    find_in_rows(layout, place.group);
    for (std::int64_t y = top; y < bottom; ++y) take(y, group_row(y - top));
  }
}

void DistanceMap::squares(const LabelView& labels, const DistanceSources& sources, std::span<std::int32_t> out) {
  require_size(out.size(), labels);
  find(labels, sources, std::uint32_t{kNowhere},
       [&](std::int64_t y, const std::uint32_t* row) { limit_squares(row, kNowhere, row_of(out, y, labels.width())); });
}

void DistanceMap::squares(const LabelView& labels, const DistanceSources& sources, std::uint16_t limit,
                          std::span<std::uint16_t> out) {
  require_size(out.size(), labels);
  assert(limit <= kLargestLimit);
  find(labels, sources, limit,
       [&](std::int64_t y, const std::uint16_t* row) { limit_squares(row, limit, row_of(out, y, labels.width())); });
}

void DistanceMap::eighths(const LabelView& labels, const DistanceSources& sources, std::span<std::uint8_t> out,
                          std::int64_t radius) {
  require_size(out.size(), labels);
  assert(radius >= 1 && radius <= kLargestRadius);
  const bool is_largest = radius == kLargestRadius;
  const auto limit = is_largest ? kLargestInEighths : static_cast<std::uint16_t>(radius * radius);
  const std::uint8_t most = most_eighths(radius);
  find(labels, sources, limit, [&](std::int64_t y, const std::uint16_t* row) {
    const std::span<std::uint8_t> to = row_of(out, y, labels.width());
    write_eighths(row, to);
    if (!is_largest)
      for (std::uint8_t& value : to) value = std::min(value, most);
  });
}

std::int64_t DistanceMap::bytes_for_eighths(std::int64_t height, std::int64_t width) {
  const RowGroupLayout<std::uint16_t> layout(static_cast<std::size_t>(width), kLargestInEighths);
  Pieces needed;
  Workplace<std::uint16_t>(needed, layout, static_cast<std::size_t>(height));
  return static_cast<std::int64_t>(needed.size());
}

template <class Square, class Signed>
void DistanceMap::find_signed(const LabelView& labels, const DistanceSources& inside, Square limit,
                              std::span<Signed> out) {
  require_size(out.size(), labels);
  find(labels, inside, limit,
       [&](std::int64_t y, const Square* row) { limit_squares(row, limit, row_of(out, y, labels.width())); });
  DistanceSources others = inside;
  others.kind = Kind::other_labels;
  find(labels, others, limit, [&](std::int64_t y, const Square* row) {
    put_negative_squares(labels.row(y).data(), inside.label, row, limit, row_of(out, y, labels.width()));
  });
}

void DistanceMap::signed_squares(const LabelView& labels, std::uint8_t label, std::uint8_t ignored,
                                 std::span<std::int32_t> out) {
  find_signed(labels, {.kind = Kind::label, .label = label, .ignored = ignored}, std::uint32_t{kNowhere}, out);
}

void DistanceMap::signed_squares(const LabelView& labels, std::uint8_t label, std::uint8_t ignored, std::int16_t limit,
                                 std::span<std::int16_t> out) {
  find_signed(labels, {.kind = Kind::label, .label = label, .ignored = ignored}, static_cast<std::uint16_t>(limit),
              out);
}

}  // namespace seg
