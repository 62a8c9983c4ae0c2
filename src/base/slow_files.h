// SPDX-License-Identifier: Apache-2.0
// A source of files that lets each whole read take longer than it does, as a slow disk would: for staging one.
// disk() is such a source where SEGTRAIN_READ_DELAY_MS stands in the environment, of which the program warns.
//
// Thread-safe: reads of several threads wait beside each other.
#pragma once
#include <optional>

#include "base/file.h"
#include "base/log.h"

namespace seg {

class SlowFiles final : public FileSource {
 public:
  // `source` must outlive this.
  SlowFiles(const FileSource& source, double seconds) : source_(source), seconds_(seconds) {}

  void read(const std::string& path, Bytes& bytes) const override;
  void read_start(const std::string& path, std::size_t count, Bytes& bytes) const override;
  void read_end(const std::string& path, std::size_t count, Bytes& bytes) const override;
  std::string why_unreadable(const std::string& path) const override;
  void announce(const std::string& path) const override;

 private:
  const FileSource& source_;
  double seconds_;
};

inline constexpr const char* kReadDelayVariable = "SEGTRAIN_READ_DELAY_MS";

// In seconds, of what the variable holds: 0 where it is not there (nullptr) or empty. Nothing where it is no number of
// milliseconds from 0 to 10000.
std::optional<double> read_delay_of(const char* milliseconds) noexcept;

// Warns that disk() is slow, where it is. UserError for what is no such number.
void tell_read_delay(const char* milliseconds, Log& log);

}  // namespace seg
