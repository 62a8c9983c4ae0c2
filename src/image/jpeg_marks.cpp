// SPDX-License-Identifier: Apache-2.0
#include "image/jpeg_marks.h"

#include <algorithm>

namespace seg {

void JpegMarks::begin(std::span<const std::byte> file, const JpegScan& scan, JpegIndex& index) {
  constexpr std::size_t kStart = 64;  // bytes of the pixels that tell files of one camera apart
  constexpr auto kMost = static_cast<std::int64_t>(kMostJpegMarks);
  file_ = file;
  index_ = &index;
  header_ = scan.data;
  spacing_ = (scan.unit_rows() + kMost - 1) / kMost;
  marks_.reserve(kMostJpegMarks);
  forget();
  name_ =
      index.digest().extended(digest_, file.subspan(header_, std::min(kStart, file.size() - header_))) + file.size();
  is_new_ = false;
  index.find(name_, marks_);
}

std::int64_t JpegMarks::enter(std::int64_t row, JpegUnits& units) {
  const std::size_t wanted = std::min(static_cast<std::size_t>(row / spacing_), marks_.size());
  for (std::size_t i = 0; i < wanted; ++i)
    if (!extend(marks_[i].place) || digest_ != marks_[i].digest) return forget();
  if (wanted != 0) units.go_to(marks_[wanted - 1].place);
  return static_cast<std::int64_t>(wanted) * spacing_;
}

void JpegMarks::note(std::int64_t row, const JpegUnits& units) {
  if (row == 0 || row % spacing_ != 0) return;
  const auto i = static_cast<std::size_t>(row / spacing_) - 1;
  const JpegPlace place = units.place();
  if (!extend(place)) return;
  const JpegMark mark{place, digest_};
  if (i < marks_.size() && marks_[i] == mark) return;
  marks_.resize(i);
  marks_.push_back(mark);
  is_new_ = true;
}

void JpegMarks::keep() const {
  if (is_new_) index_->keep(name_, marks_);
}

// A byte whose first bits are those of the row above is one of the bytes before the place.
bool JpegMarks::extend(const JpegPlace& place) {
  if (place.offset >= file_.size()) return false;
  const std::size_t offset = place.offset + (place.bit != 0 ? 1 : 0);
  if (offset < behind_) return false;
  if (offset == behind_) return true;
  digest_ = index_->digest().extended(digest_, file_.subspan(behind_, offset - behind_));
  behind_ = offset;
  return true;
}

std::int64_t JpegMarks::forget() {
  marks_.clear();
  digest_ = index_->digest().extended(0, file_.first(header_));
  behind_ = header_;
  return 0;
}

}  // namespace seg
