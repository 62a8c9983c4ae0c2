// SPDX-License-Identifier: Apache-2.0
// An imitation of NVIDIA's management library, for machines without one: a GPU at bus id 0000:65:00.0 that computes
// 42 % of the time. What the environment variable FAKE_NVML names fails.
#include <cstdlib>
#include <cstring>

namespace {

constexpr int kSuccess = 0, kNotSupported = 3, kNotFound = 6;
int gpu = 0, num_started = 0;

int fails(const char* function) {
  const char* const failing = std::getenv("FAKE_NVML");
  return failing != nullptr && std::strstr(failing, function) != nullptr ? kNotSupported : kSuccess;
}

int told(const char* function, void* device, unsigned value, unsigned* out) {
  if (const int error = fails(function)) return error;
  if (device != &gpu || num_started != 1) return kNotFound;
  *out = value;
  return kSuccess;
}

struct Utilization {
  unsigned gpu, memory;
};
struct Memory {
  unsigned long long total, free, used;
};

}  // namespace

extern "C" {

int nvmlInit_v2() {
  if (const int error = fails("Init")) return error;
  num_started += 1;
  return kSuccess;
}

int nvmlShutdown() {
  num_started -= 1;
  return kSuccess;
}

int nvmlDeviceGetHandleByPciBusId_v2(const char* bus_id, void** device) {
  if (std::strcmp(bus_id, "0000:65:00.0") != 0) return kNotFound;
  *device = &gpu;
  return kSuccess;
}

int nvmlDeviceGetUtilizationRates(void* device, Utilization* rates) {
  rates->memory = 7;
  return told("Utilization", device, 42, &rates->gpu);
}

int nvmlDeviceGetMemoryInfo(void*, Memory* memory) {
  *memory = {.total = 80'000'000'000ULL, .free = 60'000'000'000ULL, .used = 20'000'000'000ULL};
  return fails("Memory");
}

int nvmlDeviceGetClockInfo(void* device, unsigned kind, unsigned* megahertz) {
  return told("Clock", device, kind == 1 ? 1980 : 2619, megahertz);
}

int nvmlDeviceGetPowerUsage(void* device, unsigned* milliwatts) {
  return told("PowerUsage", device, 350'500, milliwatts);
}

int nvmlDeviceGetEnforcedPowerLimit(void* device, unsigned* milliwatts) {
  return told("PowerLimit", device, 700'000, milliwatts);
}

int nvmlDeviceGetTemperature(void* device, unsigned, unsigned* celsius) {
  return told("Temperature", device, 61, celsius);
}

int nvmlDeviceGetCurrentClocksThrottleReasons(void*, unsigned long long* reasons) {
  *reasons = std::getenv("FAKE_NVML_REASONS") != nullptr ? std::strtoull(std::getenv("FAKE_NVML_REASONS"), nullptr, 0)
                                                         : 0x1;  // idle, which slows nothing down
  return fails("Throttle");
}

}  // extern "C"
