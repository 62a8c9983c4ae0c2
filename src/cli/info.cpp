// SPDX-License-Identifier: Apache-2.0
#include <filesystem>

#include "base/cgroup.h"
#include "base/disk.h"
#include "base/gpu.h"
#include "base/machine.h"
#include "base/text.h"
#include "base/version.h"
#include "cli/command.h"
#include "engine/cuda.h"
#include "engine/device.h"
#include "image/libraries.h"

namespace seg {
namespace {

using Json = nlohmann::json;
using Rows = std::vector<std::vector<std::string>>;

template <class T>
Json known(const std::optional<T>& value) {
  return value ? Json(*value) : Json();
}

void tell_build(Json& json, Rows& rows) {
  json["version"] = version();
  json["commit"] = commit();
  json["build_type"] = build_type();
  json["compiler"] = compiler();
  Json& libraries = json["libraries"] = {{"libtorch", torch_version()}};
  std::vector<std::string> texts = {"LibTorch " + torch_version()};
  for (const auto& [name, number] : image_libraries()) {
    libraries[name] = number;
    texts.push_back(name + " " + number);
  }
  rows.push_back({"segtrain", std::string(version()) + " (" + std::string(commit()) + ", " + std::string(build_type()) +
                                  ", " + std::string(compiler()) + ")"});
  rows.push_back({"libraries", joined(texts, ", ")});
}

void tell_processor(Json& json, Rows& rows) {
  const CpuFeatures features = cpu_features();
  const auto quota = cgroup_limits().processors;
  json["cpu"] = {{"name", cpu_name()},
                 {"features", {{"avx2", features.avx2}, {"avx512", features.avx512}, {"bf16", features.bf16}}},
                 {"torch_kernels", torch_cpu_capability()},
                 {"processors", online_processors()},
                 {"usable_processors", usable_processors()},
                 {"cgroup_processors", known(quota)}};
  const auto yes_or_no = [](bool is_there) { return is_there ? " yes" : " no"; };
  rows.push_back({"processor", cpu_name()});
  rows.push_back({"features", std::string("AVX2") + yes_or_no(features.avx2) + ", AVX-512" +
                                  yes_or_no(features.avx512) + ", bf16" + yes_or_no(features.bf16) +
                                  "; LibTorch's kernels: " + torch_cpu_capability()});
  rows.push_back({"cores", std::to_string(usable_processors()) + " of " + std::to_string(online_processors()) +
                               " may be used" + (quota ? "; the cgroup allows " + fixed(*quota, 1) : "")});
}

void tell_memory(Json& json, Rows& rows) {
  const auto limit = cgroup_limits().memory_bytes;
  json["memory"] = {{"total_bytes", total_memory_bytes()},
                    {"usable_bytes", usable_memory_bytes()},
                    {"cgroup_free_bytes", known(limit)}};
  rows.push_back({"memory", bytes_text(usable_memory_bytes()) + " of " + bytes_text(total_memory_bytes()) +
                                " may be used" + (limit ? "; the cgroup leaves " + bytes_text(*limit) : "")});
}

void tell_disk(Json& json, Rows& rows) {
  std::error_code ignored;
  const std::string folder = std::filesystem::current_path(ignored).string();
  const auto space = disk_space(folder);
  json["disk"] = {{"folder", folder}, {"total_bytes", nullptr}, {"free_bytes", nullptr}};
  if (space) {
    json["disk"]["total_bytes"] = space->total_bytes;
    json["disk"]["free_bytes"] = space->free_bytes;
  }
  rows.push_back({"disk", (space ? bytes_text(space->free_bytes) + " of " + bytes_text(space->total_bytes) + " are free"
                                 : std::string("unknown")) +
                              " in " + folder});
}

void tell_devices(Json& json, Rows& rows) {
  const GpuReport seen = find_gpus();
  const CudaReport cuda = cuda_report();
  json["driver"] = known(seen.driver);
  json["cuda"] = {{"is_built", cuda.is_built}, {"reason", cuda.reason}, {"try", cuda.remedy}};
  json["gpus"] = Json::array();
  if (seen.gpus.empty()) rows.push_back({"GPUs", "the driver shows none"});
  for (const Gpu& gpu : seen.gpus) {
    const std::string reason =
        cuda.reason.empty() && !gpu.may_be_opened ? "this process was given no device file for it" : cuda.reason;
    json["gpus"].push_back({{"name", gpu.name},
                            {"may_be_opened", gpu.may_be_opened},
                            {"can_be_used", reason.empty()},
                            {"reason", reason}});
    rows.push_back({"GPU", gpu.name + (reason.empty() ? std::string() : " cannot be used: " + reason)});
  }
  if (!seen.gpus.empty() && !cuda.remedy.empty()) rows.push_back({"try", cuda.remedy});
  if (seen.driver) rows.push_back({"driver", "NVIDIA " + *seen.driver});
  const DeviceChoice choice = choose_device("auto", seen);
  json["device"] = {{"name", choice.name}, {"reason", choice.reason}};
  rows.push_back({"device=auto", choice.name + ", " + choice.reason});
}

RunCommand declare(CLI::App&) {
  return [](Session& session) {
    Json json = {{"host", host_name()}};
    Rows rows = {{"what", "here"}};
    tell_build(json, rows);
    tell_processor(json, rows);
    tell_memory(json, rows);
    tell_disk(json, rows);
    tell_devices(json, rows);
    session.console.table(rows);
    return Outcome{json};
  };
}

}  // namespace

extern const Command info_command = {
    "info", "versions, processor, limits, disk and GPUs, and why one is not used (for reports of bugs)", declare};

}  // namespace seg
