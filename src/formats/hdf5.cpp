// SPDX-License-Identifier: Apache-2.0
#include "formats/hdf5.h"

#include <stdexcept>
#include <utility>

#include "base/error.h"
#include "base/own_child.h"
#include "base/plain_text.h"
#include "formats/hdf5_child.h"
#include "formats/hdf5_description.h"

namespace seg {
namespace {

// What a child says is shown to people: it may have read anything.
std::string shown(std::string text) {
  constexpr std::size_t kMostShown = 500;
  if (text.size() > kMostShown) text.resize(kMostShown);
  return plain_text(std::move(text));
}

}  // namespace

std::vector<Hdf5Holding> describe_hdf5(const PositionedFile& file, const Hdf5Query& query) {
  if (!has_hdf5_child_main()) throw std::logic_error("a program that reads HDF5 begins with hdf5_child_main()");
  const std::string where = file.path().string();
  const ChildAnswer answer = ask_own_child({.arguments = hdf5_child_arguments(query),
                                            .input = file.descriptor(),
                                            .most_seconds = kMostHdf5Seconds,
                                            .most_bytes = kMostHdf5Description});
  if (answer.end != ChildEnd::answered) fail_for_child(where, answer);
  std::optional<Hdf5Description> description = read_hdf5_description(answer.output, {file.size(), query});
  if (!description)
    fail(where, "cannot be read as HDF5: its description contradicts itself", "copy or write the file again");
  if (const auto& refusal = description->refusal)
    throw UserError(Problem{where, shown(refusal->what), shown(refusal->remedy)});
  return std::move(description->holdings);
}

}  // namespace seg
