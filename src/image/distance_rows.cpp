// SPDX-License-Identifier: Apache-2.0
#include "image/distance_rows.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "image/distance_columns.h"

// This source is compiled once for each level of instructions; what follows HWY_ONCE, once.
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "image/distance_rows.cpp"
#include <hwy/foreach_target.h>  // IWYU pragma: keep
#include <hwy/highway.h>

#include "image/row_blocks.h"

#ifndef SEG_DISTANCE_ROWS_ONCE
#define SEG_DISTANCE_ROWS_ONCE
namespace seg {
namespace {

constexpr std::ptrdiff_t kStep = 8;       // columns from node to node
constexpr std::size_t kOffsetBytes = 16;  // each squared offset stands in the table as often as fills a block

}  // namespace
}  // namespace seg
#endif

HWY_BEFORE_NAMESPACE();
namespace seg {
namespace HWY_NAMESPACE {
namespace {

namespace hn = hwy::HWY_NAMESPACE;

HWY_INLINE std::ptrdiff_t least(std::ptrdiff_t a, std::ptrdiff_t b) { return a < b ? a : b; }
HWY_INLINE std::ptrdiff_t most(std::ptrdiff_t a, std::ptrdiff_t b) { return a > b ? a : b; }

// Within 64 bytes, whatever the processor has: rows in a group are a matter of memory, too.
template <class Square>
using Lanes = hn::CappedTag<Square, kDistanceBlock / sizeof(Square)>;

template <class Square>
std::size_t rows_at_once() {
  return hn::Lanes(Lanes<Square>());
}
std::size_t narrow_rows() { return rows_at_once<std::uint16_t>(); }
std::size_t wide_rows() { return rows_at_once<std::uint32_t>(); }

template <class Square>
class Search {
  using D = Lanes<Square>;
  using Vector = hn::Vec<D>;
  static constexpr std::ptrdiff_t kCopies = kOffsetBytes / sizeof(Square);

 public:
  Search(const RowGroupLayout<Square>& layout, const RowGroup<Square>& group)
      : layout_(layout),
        group_(group),
        lanes_(static_cast<std::ptrdiff_t>(hn::Lanes(D()))),
        zero_offset_(group.offsets + layout.num_offsets / 2) {}

  void run() const {
    turn_into_columns();
    note_what_is_filled();
    const ColumnRange all{0, static_cast<std::ptrdiff_t>(layout_.width) - 1};
    const auto last = static_cast<std::ptrdiff_t>(layout_.num_nodes) - 1;
    find_node(0, all);
    find_node(last, all);
    find_between(0, last);
  }

 private:
  // The next of a column and the one before, for pixels that are so far from it.
  HWY_INLINE Vector nearer(Vector best, Vector column, const Square* offset) const {
    const Vector squared_offset = hn::LoadDup128(D(), offset);
    if constexpr (sizeof(Square) == 2) {
      return hn::Min(best, hn::SaturatedAdd(column, squared_offset));
    } else {
      return hn::Min(best, hn::Add(column, squared_offset));
    }
  }

  HWY_INLINE Vector column(std::ptrdiff_t s) const { return hn::Load(D(), group_.columns + s * lanes_); }
  HWY_INLINE Vector nothing() const { return hn::Set(D(), kNoSource<Square>); }

  // For each step of columns the nearest one, to either side, in which any column has a source within the limit. The
  // most of many maps is further than that from any boundary.
  void note_what_is_filled() const {
    const auto num_steps = static_cast<std::ptrdiff_t>(layout_.num_nodes) - 1;
    std::ptrdiff_t before = -1, behind = num_steps;
    for (std::ptrdiff_t step = 0; step < num_steps; ++step) {
      if (is_filled(step)) before = step;
      group_.filled[step].last = before;
    }
    for (std::ptrdiff_t step = num_steps - 1; step >= 0; --step) {
      if (group_.filled[step].last == step) behind = step;
      group_.filled[step].first = behind;
    }
  }

  HWY_INLINE bool is_filled(std::ptrdiff_t step) const {
    const auto width = static_cast<std::ptrdiff_t>(layout_.width);
    if (layout_.reach > width) return true;  // without a limit there is hardly a column that is not
    const D d;
    Vector lowest = nothing();
    for (std::ptrdiff_t s = step * kStep; s < least(step * kStep + kStep, width); ++s) {
      lowest = hn::Min(lowest, column(s));
    }
    return !hn::AllFalse(d, is_within_limit(lowest));
  }

  HWY_INLINE hn::Mask<D> is_within_limit(Vector squares) const {
    return hn::Eq(hn::Min(squares, hn::Set(D(), layout_.limit)), squares);
  }

  // Of a range, what may matter to pixels from `left` to `right`; it may be empty.
  HWY_INLINE ColumnRange to_look_at(ColumnRange range, std::ptrdiff_t left, std::ptrdiff_t right) const {
    range = {most(range.first, left - layout_.reach), least(range.last, right + layout_.reach)};
    if (range.first > range.last) return range;
    return {most(range.first, group_.filled[range.first / kStep].first * kStep),
            least(range.last, group_.filled[range.last / kStep].last * kStep + kStep - 1)};
  }

  void find_between(std::ptrdiff_t left, std::ptrdiff_t right) const {
    if (right - left == 1) return find_step(left);
    const std::ptrdiff_t middle = (left + right) / 2;
    find_node(middle, {group_.ranges[left].first, group_.ranges[right].last});
    find_between(left, middle);
    find_between(middle, right);
  }

  void find_node(std::ptrdiff_t node, ColumnRange range) const {
    const std::ptrdiff_t x = node * kStep;
    const ColumnRange looked_at = to_look_at(range, x, x);
    Vector best = nothing();
    for (std::ptrdiff_t s = looked_at.first; s <= looked_at.last; ++s) {
      best = nearer(best, column(s), zero_offset_ + (s - x) * kCopies);
    }
    hn::Store(best, D(), group_.nodes + node * lanes_);
    group_.ranges[node] = useful(x, best, range, looked_at);
  }

  // The columns from the first to the last that give a lane its distance. To a lane without one (it is beyond the
  // limit), pixels further right than x can only be near columns right of x; and the same to the left.
  ColumnRange useful(std::ptrdiff_t x, Vector best, ColumnRange range, ColumnRange looked_at) const {
    const D d;
    const auto has_one = is_within_limit(best);
    const std::ptrdiff_t here = least(most(x, range.first), range.last);
    if (hn::AllFalse(d, has_one)) return {here, here};
    const Vector wanted = hn::IfThenElseZero(has_one, best);  // no lane without one finds 0
    const auto gives = [&](std::ptrdiff_t s) HWY_ATTR {
      const Vector there = nearer(nothing(), column(s), zero_offset_ + (s - x) * kCopies);
      return !hn::AllFalse(d, hn::Eq(there, wanted));
    };
    const std::ptrdiff_t held = least(most(x, looked_at.first), looked_at.last);
    const bool all_have = hn::AllTrue(d, has_one);
    ColumnRange found = looked_at;
    while (found.first < (all_have ? looked_at.last : held) && !gives(found.first)) ++found.first;
    while (found.last > (all_have ? looked_at.first : held) && !gives(found.last)) --found.last;
    return found;
  }

  // The columns between a node and the next, and the node's own, go back to their rows.
  void find_step(std::ptrdiff_t node) const {
    const std::ptrdiff_t x = node * kStep;
    const auto [first, last] =
        to_look_at({group_.ranges[node].first, group_.ranges[node + 1].last}, x + 1, x + kStep - 1);
    Vector b1 = nothing(), b2 = b1, b3 = b1, b4 = b1, b5 = b1, b6 = b1, b7 = b1;
    for (std::ptrdiff_t s = first; s <= last; ++s) {
      const Vector from = column(s);
      const Square* offset = zero_offset_ + (s - x) * kCopies;
      b1 = nearer(b1, from, offset - 1 * kCopies);
      b2 = nearer(b2, from, offset - 2 * kCopies);
      b3 = nearer(b3, from, offset - 3 * kCopies);
      b4 = nearer(b4, from, offset - 4 * kCopies);
      b5 = nearer(b5, from, offset - 5 * kCopies);
      b6 = nearer(b6, from, offset - 6 * kCopies);
      b7 = nearer(b7, from, offset - 7 * kCopies);
    }
    const Vector b0 = hn::Load(D(), group_.nodes + node * lanes_);
    turn_into_rows(x, b0, b1, b2, b3, b4, b5, b6, b7);
  }

#if HWY_TARGET == HWY_SCALAR || HWY_HAVE_SCALABLE
  // Vectors of a length that is not known when compiling cannot be held in arrays.
  void turn_into_columns() const {
    for (std::size_t x = 0; x < layout_.width; ++x)
      for (std::size_t r = 0; r < layout_.num_rows; ++r)
        group_.columns[x * layout_.num_rows + r] = group_.rows[r * layout_.pitch + x];
  }

  template <class... Vectors>
  void turn_into_rows(std::ptrdiff_t x, Vectors... columns) const {
    Square* to = group_.rows + x;
    HWY_ALIGN Square lanes[kDistanceBlock / sizeof(Square)];
    const auto turn = [&](Vector column) HWY_ATTR {
      hn::Store(column, D(), lanes);
      for (std::size_t r = 0; r < layout_.num_rows; ++r) to[r * layout_.pitch] = lanes[r];
      ++to;
    };
    (turn(columns), ...);
  }
#else
  using Bytes = hn::Repartition<std::uint8_t, D>;
  static constexpr std::size_t kTurned = row_blocks::HWY_NAMESPACE::kBlock / sizeof(Square);  // columns at a time
  static constexpr std::size_t kRows = hn::MaxLanes(D());

  template <class Byte>
  HWY_INLINE void row_pointers(Byte** pointers) const {
    for (std::size_t r = 0; r < kRows; ++r) pointers[r] = reinterpret_cast<Byte*>(group_.rows + r * layout_.pitch);
  }

  void turn_into_columns() const {
    const D d;
    const std::uint8_t* rows[kRows];
    row_pointers(rows);
    Square* to = group_.columns;
    for (std::size_t x = 0; x < layout_.width; x += kTurned) {
      Vector vectors[kTurned];
#pragma GCC unroll 8
      for (std::size_t i = 0; i < kTurned; ++i) {
        const auto offset = static_cast<std::ptrdiff_t>(x * sizeof(Square));
        vectors[i] = hn::BitCast(d, row_blocks::HWY_NAMESPACE::load_blocks(Bytes(), rows + i, kTurned, offset));
      }
      row_blocks::HWY_NAMESPACE::transpose(d, vectors);
#pragma GCC unroll 8
      for (std::size_t i = 0; i < kTurned; ++i, to += kRows) hn::Store(vectors[i], d, to);
    }
  }

  template <class... Vectors>
  HWY_INLINE void turn_into_rows(std::ptrdiff_t x, Vectors... columns) const {
    const D d;
    std::uint8_t* rows[kRows];
    row_pointers(rows);
    Vector vectors[] = {columns...};
#pragma GCC unroll 2
    for (std::size_t i = 0; i < kStep; i += kTurned) {
      row_blocks::HWY_NAMESPACE::transpose(d, vectors + i);
      const auto offset = (x + static_cast<std::ptrdiff_t>(i)) * static_cast<std::ptrdiff_t>(sizeof(Square));
#pragma GCC unroll 8
      for (std::size_t j = 0; j < kTurned; ++j) {
        const auto bytes = hn::BitCast(Bytes(), vectors[i + j]);
        row_blocks::HWY_NAMESPACE::store_blocks(Bytes(), bytes, rows + j, kTurned, offset);
      }
    }
  }
#endif

  const RowGroupLayout<Square> layout_;
  const RowGroup<Square> group_;
  const std::ptrdiff_t lanes_;
  const Square* const zero_offset_;
};

void find_narrow(const RowGroupLayout<std::uint16_t>& layout, const RowGroup<std::uint16_t>& group) {
  Search<std::uint16_t>(layout, group).run();
}

void find_wide(const RowGroupLayout<std::uint32_t>& layout, const RowGroup<std::uint32_t>& group) {
  Search<std::uint32_t>(layout, group).run();
}

}  // namespace
}  // namespace HWY_NAMESPACE
}  // namespace seg
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace seg {
namespace {

HWY_EXPORT(narrow_rows);
HWY_EXPORT(wide_rows);
HWY_EXPORT(find_narrow);
HWY_EXPORT(find_wide);

constexpr std::size_t kLine = 64;  // bytes of a cache

template <class Square>
std::size_t row_pitch(std::size_t width) {
  const std::size_t lines = in_distance_blocks(width) * sizeof(Square) / kLine;
  return (lines | 1) * kLine / sizeof(Square);  // an odd number: powers of two would share their places
}

template <class Square>
std::size_t num_group_rows() {
  if constexpr (sizeof(Square) == 2) return HWY_DYNAMIC_DISPATCH(narrow_rows)();
  return HWY_DYNAMIC_DISPATCH(wide_rows)();
}

std::ptrdiff_t whole_root(std::uint32_t value) {
  return static_cast<std::ptrdiff_t>(std::sqrt(static_cast<double>(value)));  // exact: 53 bits hold any such square
}

}  // namespace

template <class Square>
RowGroupLayout<Square>::RowGroupLayout(std::size_t row_width, Square largest)
    : width(row_width),
      limit(largest),
      reach(std::min(whole_root(largest), static_cast<std::ptrdiff_t>(row_width) + kStep)),
      num_rows(num_group_rows<Square>()),
      pitch(row_pitch<Square>(row_width)),
      num_nodes((row_width + kStep - 1) / kStep + 1),
      num_offsets(2 * static_cast<std::size_t>(reach + kStep) * kOffsetBytes / sizeof(Square)),
      num_columns((num_nodes - 1) * kStep) {}

template <class Square>
void write_offsets(const RowGroupLayout<Square>& layout, Square* offsets) {
  constexpr std::size_t kCopies = kOffsetBytes / sizeof(Square);
  for (std::int64_t offset = -layout.reach - kStep; offset < layout.reach + kStep; ++offset) {
    const std::int64_t square = std::min<std::int64_t>(offset * offset, std::numeric_limits<Square>::max());
    offsets = std::fill_n(offsets, kCopies, static_cast<Square>(square));
  }
}

template struct RowGroupLayout<std::uint16_t>;
template struct RowGroupLayout<std::uint32_t>;
template void write_offsets(const RowGroupLayout<std::uint16_t>& layout, std::uint16_t* offsets);
template void write_offsets(const RowGroupLayout<std::uint32_t>& layout, std::uint32_t* offsets);

void find_in_rows(const RowGroupLayout<std::uint16_t>& layout, const RowGroup<std::uint16_t>& group) noexcept {
  HWY_DYNAMIC_DISPATCH(find_narrow)(layout, group);
}

void find_in_rows(const RowGroupLayout<std::uint32_t>& layout, const RowGroup<std::uint32_t>& group) noexcept {
  HWY_DYNAMIC_DISPATCH(find_wide)(layout, group);
}

}  // namespace seg
#endif
