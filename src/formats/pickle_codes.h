// SPDX-License-Identifier: Apache-2.0
// The instructions of Python's pickles that state dicts use. Plain data.
#pragma once
#include <cstdint>

namespace seg {

enum class PickleCode : std::uint8_t {
  protocol = 0x80,
  frame = 0x95,
  stop = '.',
  // values
  none = 'N',
  yes = 0x88,
  no = 0x89,
  int8 = 'K',
  int16 = 'M',
  int32 = 'J',
  long8 = 0x8a,  // after a length of so many bits; numbers are little-endian
  long32 = 0x8b,
  real = 'G',
  text8 = 0x8c,
  text32 = 'X',
  text64 = 0x8d,
  old_text8 = 'U',  // Python 2's
  old_text32 = 'T',
  bytes8 = 'C',  // after a length of so many bits
  bytes32 = 'B',
  bytearray64 = 0x96,
  // containers
  empty_tuple = ')',
  empty_list = ']',
  empty_dict = '}',
  tuple1 = 0x85,
  tuple2 = 0x86,
  tuple3 = 0x87,
  tuple = 't',
  append = 'a',
  appends = 'e',
  set_item = 's',
  set_items = 'u',
  empty_set = 0x8f,
  add_items = 0x90,  // to a set
  frozen_set = 0x91,
  // objects
  global = 'c',
  stack_global = 0x93,
  reduce = 'R',       // a call
  new_object = 0x81,  // of a class, which is not called
  build = 'b',        // attributes of an object
  persistent_id = 'Q',
  // stack and memo
  mark = '(',
  pop = '0',
  pop_mark = '1',
  put8 = 'q',
  put32 = 'r',
  put_next = 0x94,
  get8 = 'h',
  get32 = 'j',
};

}  // namespace seg
