// SPDX-License-Identifier: Apache-2.0
#include "cli/doctor_machine.h"

#include <chrono>
#include <filesystem>
#include <thread>

#include "base/cgroup.h"
#include "base/machine.h"
#include "base/process_load.h"
#include "base/signals.h"
#include "base/text.h"
#include "doctor/disk_trial.h"
#include "doctor/figures.h"
#include "engine/device.h"
#include "engine/precision.h"
#include "loader/thread_shares.h"
#include "training/bench.h"

namespace seg {
namespace {

using Json = nlohmann::json;

constexpr double kLookAtOthers = 0.5;  // seconds in which this program does nothing

Amount processors_of_others() {
  const ProcessLoad before = process_load();
  std::this_thread::sleep_for(std::chrono::duration<double>(kLookAtOthers));
  return busy_elsewhere(before, process_load(), kLookAtOthers);
}

std::string or_unknown(const Amount& value, const std::string& text) { return value ? text : "unknown"; }

}  // namespace

Outcome examine_machine(Session& session) {
  install_signal_handlers();
  const DeviceChoice device = choose_device("auto");
  const bool has_bf16 = computes_bf16(device.device);
  const PrecisionChoice precision = choose_precision({}, device.device, has_bf16);
  const ThreadShares shares =
      share_processors({.usable_processors = usable_processors(), .computes_on_cpu = device.device.is_cpu()});
  std::error_code ignored;
  const std::filesystem::path folder = std::filesystem::current_path(ignored);
  const Amount speed = disk_read_speed(folder), others = processors_of_others();
  const CpuFeatures features = cpu_features();
  const auto quota = cgroup_limits().processors;

  Figures figures{.processors = usable_processors(),
                  .online_processors = online_processors(),
                  .processor_quota = quota,
                  .busy_elsewhere = others,
                  .computes_on_cpu = device.device.is_cpu(),
                  .half_precision = has_bf16                 ? "bf16"
                                    : device.device.is_cpu() ? "none"
                                                             : "fp16",
                  .usable_memory_bytes = usable_memory_bytes(),
                  .threads = shares.threads,
                  .workers = shares.num_workers,
                  .precision = precision.name,
                  .cold_bytes_per_second = speed};
  const std::string vectors = features.avx512 ? "AVX-512" : features.avx2 ? "AVX2" : "neither AVX2 nor AVX-512";
  session.console.table(
      {{"what", "here"},
       {"processor", cpu_name() + ", " + vectors},
       {"cores", std::to_string(usable_processors()) + " of " + std::to_string(online_processors()) + " may be used" +
                     (quota ? "; the control group allows " + fixed(*quota, 1) : "")},
       {"busy with others", or_unknown(others, fixed(others.value_or(0), 1) + " cores")},
       {"memory", bytes_text(usable_memory_bytes()) + " of " + bytes_text(total_memory_bytes()) + " may be used"},
       {"disk here", or_unknown(speed, bytes_text(static_cast<std::int64_t>(speed.value_or(0))) + "/s, read cold")},
       {"device", device.name + ": " + device.reason},
       {"precision", precision.name + ": " + precision.reason},
       {"threads", std::to_string(shares.threads) + ": " + shares.threads_reason},
       {"num_workers", std::to_string(shares.num_workers) + ": " + shares.num_workers_reason}});
  session.console.info("with a config it measures training itself: segtrain doctor CONFIG");
  return Outcome{{{"device", machine_record(device, precision, shares.threads)},
                  {"figures", to_json(figures)},
                  {"findings", Json::array()}}};
}

}  // namespace seg
