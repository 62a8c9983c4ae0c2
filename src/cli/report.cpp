// SPDX-License-Identifier: Apache-2.0
#include "report/run_page.h"

#include <filesystem>
#include <memory>
#include <string>

#include "base/text.h"
#include "cli/command.h"

namespace seg {
namespace {

RunCommand declare(CLI::App& app) {
  const auto folder = std::make_shared<std::string>();
  app.add_option("RUN_FOLDER", *folder, "a run folder: the run may have ended, go on or have been killed")->required();
  return [folder](Session& session) {
    const std::filesystem::path file = write_run_page(*folder);
    const auto bytes = static_cast<std::int64_t>(std::filesystem::file_size(file));
    session.console.info("written: " + file.string() + " (" + bytes_text(bytes) + ")");
    return Outcome{{{"file", file.string()}, {"bytes", bytes}}};
  };
}

}  // namespace

extern const Command report_command = {"report", "write (again) report.html of a run folder", declare};

}  // namespace seg
