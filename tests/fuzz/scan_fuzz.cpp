// SPDX-License-Identifier: Apache-2.0
#include "dataset/scan_facts.h"
#include "dataset/scan_file.h"
#include "tests/fuzz/target.h"

namespace seg::testing {
namespace {

std::string labels() {
  LabelFacts facts{.height = 4, .width = 5};
  facts.in_files[3] = 20;
  facts.classes[1] = 20;
  return packed(facts);
}

std::string image() {
  return packed({.fingerprint = 7, .moments = {.pixels = 20, .sum = {1, 2, 3}, .squares = {0.5, 1, 2}}});
}

std::string record() {
  std::string file = scan_file_head();
  append_scan_entry(file, {.key = {.high = 1, .low = 2}, .labels = labels(), .image = image()});
  append_scan_entry(file, {.key = {.high = 3, .low = 4}, .labels = labels(), .image = {}});
  return file;
}

// What is believed can be written, and is then the same.
void read_facts(std::string_view bytes) {
  if (const auto facts = label_facts(bytes); facts && !label_facts(packed(*facts))) __builtin_trap();
  if (const auto facts = image_facts(bytes); facts && packed(*facts) != bytes) __builtin_trap();
}

}  // namespace

std::vector<std::string> fuzz_seeds() { return {record(), labels(), image()}; }

// The facts of a record are behind a checksum that few inputs pass; so the input is given to their readers, too.
void fuzz(std::string_view input) {
  std::string again = scan_file_head();
  for (const ScanEntry& entry : read_scan_file(input)) {
    read_facts(entry.labels);
    read_facts(entry.image);
    append_scan_entry(again, entry);
  }
  if (again.size() > input.size() && !read_scan_file(input).empty()) __builtin_trap();
  read_facts(input);
}

}  // namespace seg::testing
