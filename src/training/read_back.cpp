// SPDX-License-Identifier: Apache-2.0
#include "training/read_back.h"

#include <filesystem>
#include <mutex>

namespace seg {
namespace {

struct Counts {
  std::mutex mutex;
  ReadBacks by_site;
};

Counts& counts() {
  static Counts counts;
  return counts;
}

std::string site_of(const std::source_location& from) {
  return std::filesystem::path(from.file_name()).filename().string() + ":" + std::to_string(from.line());
}

}  // namespace

std::vector<double> read_back(const at::Tensor& tensor, const std::source_location& from) {
  {
    const std::lock_guard<std::mutex> lock(counts().mutex);
    ++counts().by_site[site_of(from)];
  }
  const at::Tensor host = tensor.to(at::kDouble).to(at::kCPU).contiguous();
  const double* const values = host.const_data_ptr<double>();
  return {values, values + host.numel()};
}

ReadBacks read_backs() {
  const std::lock_guard<std::mutex> lock(counts().mutex);
  return counts().by_site;
}

std::int64_t num_read_backs() { return total(read_backs()); }

ReadBacks difference(const ReadBacks& after, const ReadBacks& before) {
  ReadBacks between;
  for (const auto& [site, count] : after) {
    const auto earlier = before.find(site);
    const std::int64_t more = count - (earlier == before.end() ? 0 : earlier->second);
    if (more != 0) between[site] = more;
  }
  return between;
}

std::int64_t total(const ReadBacks& counts) noexcept {
  std::int64_t sum = 0;
  for (const auto& [site, count] : counts) sum += count;
  return sum;
}

}  // namespace seg
