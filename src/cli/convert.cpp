// SPDX-License-Identifier: Apache-2.0
#include <filesystem>

#include "base/error.h"
#include "cli/command.h"
#include "cli/tensor_list.h"
#include "formats/weight_archive.h"

namespace seg {
namespace {

struct ConvertArguments {
  std::string in, out;
};

// What is damaged must not get a new checksum.
void check_integrity(const WeightArchive& archive, const std::string& file) {
  if (archive.integrity() == WeightArchive::Integrity::violated)
    fail(file, "its data is not what was written: the checksum does not match", "use another copy of the file");
}

Outcome convert_weights(const ConvertArguments& arguments, Session& session) {
  (void)format_for(arguments.out);  // complains before anything is read
  std::error_code ignored;
  if (std::filesystem::equivalent(arguments.in, arguments.out, ignored))
    fail(arguments.out, "is the file to be read, and would be overwritten", "another name for OUT");
  const WeightArchive archive(arguments.in);
  check_integrity(archive, arguments.in);
  Metadata metadata = archive.metadata();
  metadata.erase(std::string(kChecksumKey));  // of the file that was read
  write_weight_archive(arguments.out, archive.tensors(), metadata);
  session.console.info("wrote " + std::to_string(archive.tensors().size()) + " tensors of " + arguments.in + " to " +
                       arguments.out);
  return {tensor_list(arguments.out, archive.tensors())};
}

RunCommand declare(CLI::App& app) {
  const auto arguments = std::make_shared<ConvertArguments>();
  app.add_option("IN", arguments->in, "a weight file: .safetensors, or .pth of segtrain or of Python")->required();
  app.add_option("OUT", arguments->out, "the file to write: its ending, .safetensors or .pth, is its kind")->required();
  return [arguments](Session& session) { return convert_weights(*arguments, session); };
}

}  // namespace

extern const Command convert_command = {"convert", "convert weights between .safetensors and .pth", declare};

}  // namespace seg
