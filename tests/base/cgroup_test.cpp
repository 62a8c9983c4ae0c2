// SPDX-License-Identifier: Apache-2.0
#include "base/cgroup.h"

#include <gtest/gtest.h>

#include <fstream>
#include <string_view>

#include "tests/support/temporary_folder.h"

namespace seg {
namespace {

// An imitation of /proc and /sys.
class Cgroup : public ::testing::Test {
 protected:
  void put(const std::filesystem::path& path, std::string_view text) const {
    std::filesystem::create_directories((root_ / path).parent_path());
    std::ofstream(root_ / path) << text;
  }
  CgroupLimits limits() const { return cgroup_limits(root_.path()); }

  testing::TemporaryFolder root_;
};

TEST_F(Cgroup, NothingThereIsNoLimit) {
  EXPECT_FALSE(limits().processors);
  EXPECT_FALSE(limits().memory_bytes);
}

TEST_F(Cgroup, Version2CountsFileCachesAsFree) {
  put("proc/self/cgroup", "0::/job\n");
  put("sys/fs/cgroup/job/cpu.max", "150000 100000\n");
  put("sys/fs/cgroup/job/memory.max", "1000000\n");
  put("sys/fs/cgroup/job/memory.current", "900000\n");
  put("sys/fs/cgroup/job/memory.stat", "anon 500000\ninactive_file 300000\nactive_file 50000\n");
  EXPECT_DOUBLE_EQ(limits().processors.value(), 1.5);
  EXPECT_EQ(limits().memory_bytes, 450000);
}

TEST_F(Cgroup, Version2TakesTheSmallestLimitOnTheWayUp) {
  put("proc/self/cgroup", "0::/outer/inner\n");
  put("sys/fs/cgroup/outer/inner/cpu.max", "400000 100000\n");
  put("sys/fs/cgroup/outer/cpu.max", "200000 100000\n");
  put("sys/fs/cgroup/cpu.max", "max 100000\n");
  put("sys/fs/cgroup/outer/inner/memory.max", "max\n");
  put("sys/fs/cgroup/outer/inner/memory.current", "5\n");
  put("sys/fs/cgroup/outer/memory.max", "100\n");
  put("sys/fs/cgroup/outer/memory.current", "120\n");
  EXPECT_DOUBLE_EQ(limits().processors.value(), 2);
  EXPECT_EQ(limits().memory_bytes, 0);
}

TEST_F(Cgroup, APathOfTheHostFallsBackToTheMount) {
  put("proc/self/cgroup", "0::/system.slice/docker-1234.scope\n");
  put("sys/fs/cgroup/cpu.max", "300000 100000\n");
  EXPECT_DOUBLE_EQ(limits().processors.value(), 3);
}

TEST_F(Cgroup, Version1ReadsItsTwoHierarchies) {
  put("proc/self/cgroup", "11:memory:/box\n4:cpu,cpuacct:/box\n1:name=systemd:/x\n");
  put("sys/fs/cgroup/cpu/box/cpu.cfs_quota_us", "250000\n");
  put("sys/fs/cgroup/cpu/box/cpu.cfs_period_us", "100000\n");
  put("sys/fs/cgroup/memory/box/memory.limit_in_bytes", "2000\n");
  put("sys/fs/cgroup/memory/box/memory.usage_in_bytes", "1500\n");
  put("sys/fs/cgroup/memory/box/memory.stat", "cache 700\ntotal_inactive_file 600\ntotal_active_file 100\n");
  EXPECT_DOUBLE_EQ(limits().processors.value(), 2.5);
  EXPECT_EQ(limits().memory_bytes, 1200);
}

TEST_F(Cgroup, Version1WithoutLimitsSaysSoInNumbers) {
  put("proc/self/cgroup", "11:memory:/\n4:cpu,cpuacct:/\n");
  put("sys/fs/cgroup/cpu/cpu.cfs_quota_us", "-1\n");
  put("sys/fs/cgroup/cpu/cpu.cfs_period_us", "100000\n");
  put("sys/fs/cgroup/memory/memory.limit_in_bytes", "9223372036854771712\n");
  put("sys/fs/cgroup/memory/memory.usage_in_bytes", "1500\n");
  EXPECT_FALSE(limits().processors);
  EXPECT_FALSE(limits().memory_bytes);
}

TEST_F(Cgroup, DamagedFilesAreNoLimit) {
  put("proc/self/cgroup", "nonsense\n0:\n0::/a\n");
  put("sys/fs/cgroup/a/cpu.max", "\n");
  put("sys/fs/cgroup/a/memory.max", "12 apples\n");
  EXPECT_FALSE(limits().processors);
  EXPECT_FALSE(limits().memory_bytes);
}

}  // namespace
}  // namespace seg
