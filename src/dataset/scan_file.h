// SPDX-License-Identifier: Apache-2.0
// The file of a scan record: which facts were found in the files of which samples. Pure functions, for bytes of any
// origin.
//
//     head     16 bytes: "SEGSCANS", a version (4), and the CRC-32C of these 12 bytes (4)
//     entry    length of the label facts (4) and of the image facts (4), key (24), the facts (scan_facts.h), and the
//              CRC-32C of all that (4); without facts of a kind, its length is 0
//
// Numbers are little-endian. A damaged entry is passed over, and all that follow if its lengths are what is damaged.
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "dataset/sample_key.h"

namespace seg {

struct ScanEntry {
  SampleKey key;
  std::string_view labels, image;  // packed facts, or nothing
};

std::string scan_file_head();
void append_scan_entry(std::string& file, const ScanEntry& entry);

// Of a file with another head, or of another version: nothing. The entries point into the text.
std::vector<ScanEntry> read_scan_file(std::string_view file);

}  // namespace seg
