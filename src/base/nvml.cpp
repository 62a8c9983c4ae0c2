// SPDX-License-Identifier: Apache-2.0
#include "base/nvml.h"

#include <dlfcn.h>

#include <array>
#include <utility>

namespace seg {
namespace {

// The parts of the library's C interface that are used here, as its documentation has them.
using Device = void*;
constexpr int kSuccess = 0;
constexpr unsigned kClockOfProcessors = 1, kClockOfMemory = 2, kTemperatureOfGpu = 0;
struct Utilization {
  unsigned gpu, memory;  // percent
};
struct Memory {
  unsigned long long total, free, used;
};

struct ThrottleReason {
  unsigned long long bits;
  const char* name;
};
constexpr std::array<ThrottleReason, 3> kReasons = {{
    {0x004 | 0x080, "power"},  // the limit of the software, the brake of the hardware
    {0x020 | 0x040, "heat"},
    {0x008, "hardware"},
}};

struct CloseLibrary {
  void operator()(void* library) const noexcept { ::dlclose(library); }
};
using Library = std::unique_ptr<void, CloseLibrary>;

template <class Function>
Function* function(const Library& library, const char* name) {
  return reinterpret_cast<Function*>(::dlsym(library.get(), name));
}

// Of a function that the library has and that succeeds.
template <class Value, class Function, class... Arguments>
std::optional<Value> asked(Function* function, Arguments... arguments) {
  Value value{};
  if (function == nullptr || function(arguments..., &value) != kSuccess) return std::nullopt;
  return value;
}

class Nvml final : public GpuProbe {
 public:
  static std::unique_ptr<GpuProbe> open(const std::string& bus_id, const std::string& name) {
    Library library(::dlopen(name.c_str(), RTLD_NOW | RTLD_LOCAL));
    if (!library) return nullptr;
    const auto start = function<int()>(library, "nvmlInit_v2");
    const auto end = function<int()>(library, "nvmlShutdown");
    const auto find = function<int(const char*, Device*)>(library, "nvmlDeviceGetHandleByPciBusId_v2");
    if (start == nullptr || end == nullptr || find == nullptr || start() != kSuccess) return nullptr;
    Device device = nullptr;
    if (find(bus_id.c_str(), &device) == kSuccess)
      return std::unique_ptr<GpuProbe>(new Nvml(std::move(library), device, end));
    end();
    return nullptr;
  }
  ~Nvml() override { end_(); }
  Nvml(const Nvml&) = delete;
  Nvml& operator=(const Nvml&) = delete;

  GpuFigures now() override {
    GpuFigures figures;
    if (const auto used = asked<Utilization>(utilization_, device_)) figures.utilisation = used->gpu / 100.0;
    if (const auto memory = asked<Memory>(memory_, device_)) {
      figures.used_bytes = static_cast<std::int64_t>(memory->used);
      figures.total_bytes = static_cast<std::int64_t>(memory->total);
    }
    if (const auto clock = asked<unsigned>(clock_, device_, kClockOfProcessors)) figures.megahertz = *clock;
    if (const auto clock = asked<unsigned>(clock_, device_, kClockOfMemory)) figures.memory_megahertz = *clock;
    if (const auto milliwatts = asked<unsigned>(power_, device_)) figures.watts = *milliwatts / 1000.0;
    if (const auto milliwatts = asked<unsigned>(power_limit_, device_)) figures.most_watts = *milliwatts / 1000.0;
    if (const auto degrees = asked<unsigned>(temperature_, device_, kTemperatureOfGpu)) figures.celsius = *degrees;
    if (const auto bits = asked<unsigned long long>(throttling_, device_)) {
      figures.throttled_by.emplace();
      for (const ThrottleReason& reason : kReasons)
        if ((*bits & reason.bits) != 0) figures.throttled_by->emplace_back(reason.name);
    }
    return figures;
  }

 private:
  Nvml(Library library, Device device, int (*end)())
      : library_(std::move(library)),
        device_(device),
        end_(end),
        utilization_(function<int(Device, Utilization*)>(library_, "nvmlDeviceGetUtilizationRates")),
        memory_(function<int(Device, Memory*)>(library_, "nvmlDeviceGetMemoryInfo")),
        clock_(function<int(Device, unsigned, unsigned*)>(library_, "nvmlDeviceGetClockInfo")),
        power_(function<int(Device, unsigned*)>(library_, "nvmlDeviceGetPowerUsage")),
        power_limit_(function<int(Device, unsigned*)>(library_, "nvmlDeviceGetEnforcedPowerLimit")),
        temperature_(function<int(Device, unsigned, unsigned*)>(library_, "nvmlDeviceGetTemperature")),
        throttling_(function<int(Device, unsigned long long*)>(library_, "nvmlDeviceGetCurrentClocksThrottleReasons")) {
  }

  const Library library_;
  const Device device_;
  int (*const end_)();
  int (*const utilization_)(Device, Utilization*);
  int (*const memory_)(Device, Memory*);
  int (*const clock_)(Device, unsigned, unsigned*);
  int (*const power_)(Device, unsigned*);
  int (*const power_limit_)(Device, unsigned*);
  int (*const temperature_)(Device, unsigned, unsigned*);
  int (*const throttling_)(Device, unsigned long long*);
};

}  // namespace

std::unique_ptr<GpuProbe> GpuProbe::of(const std::string& bus_id, const std::string& library) {
  return Nvml::open(bus_id, library);
}

}  // namespace seg
