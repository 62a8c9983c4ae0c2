// SPDX-License-Identifier: Apache-2.0
#include <memory>

#include "base/counted.h"
#include "base/error.h"
#include "cli/command.h"
#include "cli/output_files.h"
#include "cli/tensor_list.h"
#include "formats/finite.h"
#include "formats/weight_archive.h"
#include "training/state_names.h"

namespace seg {
namespace {

struct ConvertArguments {
  std::string in, out;
  std::shared_ptr<bool> force;
};

// What is damaged must not get a new checksum.
void check_integrity(const WeightArchive& archive, const std::string& file) {
  if (archive.integrity() == WeightArchive::Integrity::violated)
    fail(file, "its data is not what was written: the checksum does not match", "use another copy of the file");
}

// Of a checkpoint the weights alone: nothing can go on from the copy, and others look for weights.
std::vector<TensorEntry> tensors_to_keep(const WeightArchive& archive) {
  std::vector<TensorEntry> kept = archive.tensors();
  if (archive.metadata().contains(std::string(kRunStateKey)))
    std::erase_if(kept, [](const TensorEntry& entry) { return is_training_state(entry.name); });
  return kept;
}

Outcome convert_weights(const ConvertArguments& arguments, Session& session) {
  (void)format_for(arguments.out);  // complains before anything is read
  refuse_to_overwrite({.written = {arguments.out}, .read = {arguments.in}, .may_overwrite = *arguments.force});
  const WeightArchive archive(arguments.in);
  check_integrity(archive, arguments.in);
  if (const std::string text = not_finite_text(archive.tensors()); !text.empty())
    session.console.warning(arguments.in + " holds numbers that are not finite: " + text +
                            "; they are converted as they are, but no other command takes them");
  Metadata metadata = archive.metadata();
  metadata.erase(std::string(kChecksumKey));  // of the file that was read
  metadata.erase(std::string(kRunStateKey));
  const std::vector<TensorEntry> kept = tensors_to_keep(archive);
  write_weight_archive(arguments.out, kept, metadata);
  const std::size_t num_left_out = archive.tensors().size() - kept.size();
  session.console.info("wrote " + counted(kept.size(), "tensor") + " of " + arguments.in + " to " + arguments.out +
                       (num_left_out == 0 ? std::string()
                                          : "; left out " + std::to_string(num_left_out) +
                                                " of the checkpoint that only going on with training needs"));
  return {tensor_list(arguments.out, kept)};
}

RunCommand declare(CLI::App& app) {
  const auto arguments = std::make_shared<ConvertArguments>();
  app.add_option("IN", arguments->in, "a weight file: .safetensors, or .pth of segtrain or of Python")->required();
  app.add_option("OUT", arguments->out, "the file to write: its ending, .safetensors or .pth, is its kind")->required();
  arguments->force = add_force(app);
  return [arguments](Session& session) { return convert_weights(*arguments, session); };
}

}  // namespace

extern const Command convert_command = {
    "convert", "convert weights between .safetensors and .pth; of a checkpoint the weights alone", declare};

}  // namespace seg
