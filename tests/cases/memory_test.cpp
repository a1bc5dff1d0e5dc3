#include "memory.h"

#include <gmock/gmock.h>

#include <fstream>
#include <map>

#include "ledd/core/error.h"

#include "folder.h"
#include "threshold_pipeline.h"

namespace {

using ledd::Folder;
using ledd::cases::MemoryEstimate;
using ledd::cases::PlannedCase;

namespace fs = std::filesystem;

/// A folder that looks like the root of a machine.
struct Machine : testing::Test {
  Folder root;
  std::map<std::string, std::string> variables;

  void write(const std::string& path, const std::string& text) const {
    fs::create_directories((root / path).parent_path());
    std::ofstream(root / path) << text;
  }
  double available_mb() const {
    return ledd::cases::available_mb(root.path(), [this](const char* name) -> const char* {
      const auto it = variables.find(name);
      return it == variables.end() ? nullptr : it->second.c_str();
    });
  }
  Machine() {
    write("proc/meminfo", "MemTotal:       32768000 kB\nMemFree: 1 kB\nMemAvailable:   16384000 kB\n");
  }
};

TEST_F(Machine, WithoutLimitsWhatTheKernelSaysIsAvailable) {
  EXPECT_DOUBLE_EQ(available_mb(), 16000.0);
}

TEST_F(Machine, TheTightestControlGroupAboveThisOneCounts) {
  write("proc/self/cgroup", "4:memory:/other\n0::/jobs/mine\n");
  write("sys/fs/cgroup/jobs/mine/memory.max", "max\n");
  write("sys/fs/cgroup/jobs/memory.max", std::to_string(2048UL << 20U));
  write("sys/fs/cgroup/jobs/memory.current", std::to_string(1024UL << 20U));
  EXPECT_DOUBLE_EQ(available_mb(), 1024.0);
  // Pages of files are given up when they are needed.
  write("sys/fs/cgroup/jobs/memory.stat",
        "anon 5\ninactive_file " + std::to_string(512UL << 20U) + "\nactive_file 7\n");
  EXPECT_DOUBLE_EQ(available_mb(), 1536.0);
}

TEST_F(Machine, InAContainerTheGroupIsTheRoot) {
  write("proc/self/cgroup", "0::/\n");
  write("sys/fs/cgroup/memory.max", std::to_string(3000UL << 20U));
  EXPECT_DOUBLE_EQ(available_mb(), 3000.0);
}

TEST_F(Machine, SlurmsShareCounts) {
  variables["SLURM_MEM_PER_NODE"] = "4000";
  EXPECT_DOUBLE_EQ(available_mb(), 4000.0);
  variables["SLURM_MEM_PER_NODE"] = "0";  // all of the node
  EXPECT_DOUBLE_EQ(available_mb(), 16000.0);
  variables.clear();
  variables["SLURM_MEM_PER_CPU"] = "1500";
  EXPECT_DOUBLE_EQ(available_mb(), 1500.0);
  variables["SLURM_CPUS_PER_TASK"] = "3";
  EXPECT_DOUBLE_EQ(available_mb(), 4500.0);
}

/// Asked of the kernel itself, so that a reset that does nothing fails and is not skipped.
bool kernel_resets_peaks() {
  std::ofstream file("/proc/self/clear_refs");
  file << "5" << std::flush;
  return file.good();
}

TEST(PeakMemory, BeginsAnewAtAReset) {
  if (!kernel_resets_peaks()) GTEST_SKIP() << "needs a kernel with /proc/self/clear_refs";
  ledd::cases::reset_peak();
  const double before = ledd::cases::peak_mb();
  { const std::vector<char> block(std::size_t{200} << 20U, 'x'); }
  EXPECT_GT(ledd::cases::peak_mb(), before + 190.0);
  ledd::cases::reset_peak();
  EXPECT_LT(ledd::cases::peak_mb(), before + 50.0);
}

PlannedCase of_size(const std::string& geometry) {
  PlannedCase planned;
  planned.series.emplace();
  planned.series->geometry = geometry;
  return planned;
}

TEST(MemoryEstimate, GrowsWithTheVoxelsAndIsRaisedByWhatWasMeasured) {
  const Folder out;
  fs::create_directories(out / ".ledd");
  auto pipeline = ledd::testing::threshold_pipeline();
  pipeline.memory = {100.0, 8.0};
  const PlannedCase large = of_size("1024 x 1024 x 100, 0.7 x 0.7 x 4.4 mm, sagittal");
  EXPECT_EQ(ledd::cases::voxels_of(large), 104857600U);
  EXPECT_EQ(ledd::cases::voxels_of(of_size("unknown")), 0U);
  MemoryEstimate estimate(pipeline, out.path(), "1.0");
  EXPECT_DOUBLE_EQ(estimate.need_mb(large), 900.0);
  estimate.measured(large, 450.0);  // less is no news
  EXPECT_DOUBLE_EQ(estimate.need_mb(large), 900.0);
  estimate.measured(large, 1800.0);
  EXPECT_NEAR(estimate.need_mb(large), 1800.0, 1.0);
  EXPECT_NEAR(estimate.need_mb(of_size("unknown")), 200.0, 0.2);
  // The next run knows; another version, or a damaged file, begins anew.
  EXPECT_NEAR(MemoryEstimate(pipeline, out.path(), "1.0").need_mb(large), 1800.0, 2.0);
  EXPECT_DOUBLE_EQ(MemoryEstimate(pipeline, out.path(), "1.1").need_mb(large), 900.0);
  MemoryEstimate other(pipeline, out.path(), "1.1");
  other.measured(large, 2700.0);
  EXPECT_NEAR(MemoryEstimate(pipeline, out.path(), "1.0").need_mb(large), 1800.0, 2.0);
  std::ofstream(out / ".ledd/memory") << "\x01\xff threshold-1.0 nonsense\n";
  EXPECT_DOUBLE_EQ(MemoryEstimate(pipeline, out.path(), "1.0").need_mb(large), 900.0);
}

TEST(MemoryNeed, IsReadFromTheTableOfThePipeline) {
  const std::string toml = "[a-b]\nbase_mb = 10\nbytes_per_voxel = 2.5\n[a]\nbase_mb = 3.0\n";
  const auto need = ledd::cases::memory_need(toml, "a-b");
  ASSERT_TRUE(need);
  EXPECT_EQ(need->base_mb, 10.0);
  EXPECT_EQ(need->bytes_per_voxel, 2.5);
  EXPECT_FALSE(ledd::cases::memory_need(toml, "none"));
  EXPECT_THROW(ledd::cases::memory_need(toml, "a"), ledd::Error);
  EXPECT_THROW(ledd::cases::memory_need("[a]\nbase_mb = -1.0\nbytes_per_voxel = 1.0\n", "a"), ledd::Error);
}

}  // namespace
