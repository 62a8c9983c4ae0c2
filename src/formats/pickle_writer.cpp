// SPDX-License-Identifier: Apache-2.0
#include "formats/pickle_writer.h"

#include <limits>
#include <utility>

#include "base/little_endian.h"

namespace seg {
PickleWriter::PickleWriter() {
  add(PickleCode::protocol);
  append_number(bytes_, std::uint8_t{2});
}

void PickleWriter::text(std::string_view text) {
  add(PickleCode::text32);
  append_number(bytes_, static_cast<std::uint32_t>(text.size()));
  bytes_ += text;
}

void PickleWriter::integer(std::int64_t value) {
  if (value >= 0 && value <= std::numeric_limits<std::uint8_t>::max()) {
    add(PickleCode::int8);
    append_number(bytes_, static_cast<std::uint8_t>(value));
  } else if (value == static_cast<std::int32_t>(value)) {
    add(PickleCode::int32);
    append_number(bytes_, static_cast<std::int32_t>(value));
  } else {
    add(PickleCode::long8);
    append_number(bytes_, std::uint8_t{sizeof value});
    append_number(bytes_, value);
  }
}

void PickleWriter::global(std::string_view module, std::string_view name) {
  add(PickleCode::global);
  bytes_.append(module).append("\n").append(name).append("\n");
}

std::string PickleWriter::finish() {
  add(PickleCode::stop);
  return std::exchange(bytes_, {});
}

}  // namespace seg
