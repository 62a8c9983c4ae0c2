// SPDX-License-Identifier: Apache-2.0
#include "engine/cuda.h"

#include <ATen/Context.h>
#include <c10/cuda/CUDACachingAllocator.h>
#include <c10/cuda/CUDAEvent.h>
#include <c10/cuda/CUDAFunctions.h>
#include <c10/cuda/CUDAGuard.h>
#include <c10/cuda/CUDAStream.h>
#include <cuda_runtime_api.h>

#include <array>
#include <deque>
#include <map>
#include <string>
#include <utility>

#include "engine/batch.h"

namespace seg {
namespace {

namespace cuda = c10::cuda;
namespace allocator = c10::cuda::CUDACachingAllocator;

// The first with bf16 in its arithmetic: Ampere, compute capability 8.0.
constexpr int kFirstWithBf16 = 8;

std::string version_text(int version) {
  return std::to_string(version / 1000) + "." + std::to_string(version % 1000 / 10);
}

void set_reason(CudaReport& report, cudaError_t error) {
  const std::string build = "CUDA " + version_text(CUDART_VERSION) + " of this build";
  switch (error) {
    case cudaErrorInsufficientDriver:
    case cudaErrorStubLibrary:
      report.reason = "there is no NVIDIA driver here that serves " + build;
      report.remedy = "a driver as new as that CUDA, in a container also --gpus all; or device=cpu";
      return;
    case cudaSuccess:
    case cudaErrorNoDevice:
      report.reason = "the driver gives this process no GPU";
      report.remedy = "another CUDA_VISIBLE_DEVICES, in a container --gpus all; or device=cpu";
      return;
    default:
      report.reason = std::string("CUDA cannot be started: ") + cudaGetErrorString(error);
      report.remedy = "nvidia-smi, which asks the same driver; or device=cpu";
  }
}

// The driver begins whatever device is the thread's, here and where the memory is given back: the first one, unless it
// is told, and that takes hundreds of megabytes there, of which another program may have need.
class PinnedMemory final : public BufferSource {
 public:
  explicit PinnedMemory(c10::Device device) : device_(device) {}

  Buffer allocate(std::size_t size) override {
    const cuda::CUDAGuard guard(device_);
    void* data = nullptr;
    C10_CUDA_CHECK(cudaHostAlloc(&data, size, cudaHostAllocDefault));
    return {static_cast<std::byte*>(data), size, [device = device_](std::byte* memory) { give_back(memory, device); }};
  }

 private:
  // A slot's last lease may end after main(): then the driver is gone, and its memory with it.
  static void give_back(std::byte* memory, c10::Device device) noexcept {
    try {
      const cuda::CUDAGuard guard(device);
      C10_CUDA_IGNORE_ERROR(cudaFreeHost(memory));
    } catch (const c10::Error&) {
    }
  }

  c10::Device device_;
};

class CudaFeed final : public DeviceFeed {
 public:
  explicit CudaFeed(c10::Device device)
      : device_(device), copies_(cuda::getStreamFromPool(/*isHighPriority=*/true, device.index())) {}

  DeviceBatch send(const HostPixels& pixels) override {
    const cuda::CUDAStream computation = cuda::getCurrentCUDAStream(device_.index());
    DeviceBatch batch;
    {
      const cuda::CUDAStreamGuard guard(copies_);
      batch = to_device(pixels, device_, /*waits=*/false);
      read_.record(copies_);
    }
    read_.block(computation);
    // Their memory is the copies' stream's: it must not be used again before the computation has read it.
    for (const NamedTensor& input : batch.inputs())
      allocator::recordStream(input.tensor.storage().data_ptr(), computation);
    return batch;
  }

  void wait_until_read() override { read_.synchronize(); }

 private:
  c10::Device device_;
  cuda::CUDAStream copies_;
  cuda::CUDAEvent read_;
};

class CudaClock final : public DeviceClock {
 public:
  explicit CudaClock(c10::Device device) : device_(device) {}

  void begin() override {
    count_ended();  // so that those to be asked never become many
    open_ = Span();
    open_.began.record(cuda::getCurrentCUDAStream(device_.index()));
  }

  void end() override {
    open_.ended.record(cuda::getCurrentCUDAStream(device_.index()));
    queued_.push_back(std::move(open_));
  }

  DeviceTime take() override {
    count_ended();
    return std::exchange(counted_, {});
  }

 private:
  struct Span {
    cuda::CUDAEvent began = cuda::CUDAEvent(cudaEventDefault), ended = cuda::CUDAEvent(cudaEventDefault);
  };

  // They end in the order in which they were queued.
  void count_ended() {
    for (; !queued_.empty() && queued_.front().ended.query(); queued_.pop_front()) {
      counted_.seconds += static_cast<double>(queued_.front().began.elapsed_time(queued_.front().ended)) / 1000;
      ++counted_.num_spans;
    }
  }

  c10::Device device_;
  Span open_;
  std::deque<Span> queued_;
  DeviceTime counted_;
};

// Torch's allocator knows no device before a first tensor, and refuses to tell of any till then.
void begin_cuda() { at::globalContext().lazyInitDevice(c10::kCUDA); }

}  // namespace

CudaReport cuda_report() {
  CudaReport report{.is_built = true};
  int count = 0;
  const cudaError_t error = cuda::GetDeviceCount(&count);
  for (int i = 0; error == cudaSuccess && i < count; ++i) {
    cudaDeviceProp properties{};
    if (cudaGetDeviceProperties(&properties, i) != cudaSuccess) break;
    report.gpus.push_back({.name = properties.name, .computes_bf16 = properties.major >= kFirstWithBf16});
  }
  if (report.gpus.empty()) set_reason(report, error);
  (void)cudaGetLastError();  // it was told; the next call of anybody shall not trip over it
  return report;
}

std::string cuda_bus_id(c10::Device device) {
  std::array<char, 32> id{};
  C10_CUDA_CHECK(cudaDeviceGetPCIBusId(id.data(), static_cast<int>(id.size()), device.index()));
  return id.data();
}

CudaMemory cuda_memory(c10::Device device) {
  constexpr auto kAll = static_cast<std::size_t>(c10::CachingAllocator::StatType::AGGREGATE);
  begin_cuda();
  const auto statistics = allocator::getDeviceStats(device.index());
  const cuda::CUDAGuard guard(device);
  std::size_t free = 0, total = 0;
  C10_CUDA_CHECK(cudaMemGetInfo(&free, &total));
  return {.in_use = statistics.allocated_bytes[kAll].current,
          .peak_in_use = statistics.allocated_bytes[kAll].peak,
          .held = statistics.reserved_bytes[kAll].current,
          .free_on_gpu = static_cast<std::int64_t>(free),
          .total_on_gpu = static_cast<std::int64_t>(total)};
}

void reset_cuda_peak(c10::Device device) {
  begin_cuda();
  allocator::resetPeakStats(device.index());
}

void trim_cuda_memory() { allocator::emptyCache(); }

BufferSource& pinned_memory(c10::Device device) {
  static std::map<c10::DeviceIndex, PinnedMemory> sources;
  return sources.try_emplace(device.index(), device).first->second;
}

std::unique_ptr<DeviceFeed> cuda_feed(c10::Device device) { return std::make_unique<CudaFeed>(device); }

std::unique_ptr<DeviceClock> cuda_clock(c10::Device device) { return std::make_unique<CudaClock>(device); }

void wait_for_cuda(c10::Device device) {
  const cuda::CUDAGuard guard(device);
  cuda::device_synchronize();
}

}  // namespace seg
