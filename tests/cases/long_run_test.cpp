// A thousand cases in one run: what grows, grows for ever.
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <stdlib.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <map>

#include "ledd/cases/batch.h"

#include "scans.h"
#include "threshold_pipeline.h"

namespace {

namespace fs = std::filesystem;

/// Resident memory (pages) and open files.
std::pair<double, long> in_use() {
  std::ifstream in("/proc/self/statm");
  double pages = 0.0, resident = 0.0;
  in >> pages >> resident;
  return {resident, std::distance(fs::directory_iterator("/proc/self/fd"), fs::directory_iterator())};
}

TEST(LongRun, AThousandCasesTakeNoMoreMemoryAndFilesThanAHundred) {
  std::string name = "/dev/shm/ledd-test-XXXXXX";
  if (::mkdtemp(name.data()) == nullptr) GTEST_SKIP() << "needs a disk in memory, /dev/shm";
  const fs::path home = name;
  for (std::size_t n = 0; n < 1000; ++n) {
    auto scan = ledd::testing::sagittal_scan(1 + n % 400);
    scan->GetBufferPointer()[479] = static_cast<float>(n) / 1e5F;
    ledd::files::write_volume(*scan, home / fmt::format("{:04}.nii.gz", n));
  }
  const auto pipeline = ledd::testing::threshold_pipeline();
  ledd::Context context;
  const auto cases =
      ledd::cases::plan(ledd::cases::survey({home}, home / "out", {pipeline}, context), pipeline, {});
  ASSERT_EQ(cases.size(), 1000U);
  ledd::cases::BatchOptions options;
  options.out = home / "out";
  options.jobs = options.threads = 2;
  options.tables = ledd::cases::Tables::kLater;
  std::map<std::size_t, std::pair<double, long>> seen;
  std::size_t ended = 0;
  ledd::cases::Listener listener;
  listener.finished = [&](const auto&) {
    if (++ended == 100 || ended == 1000) seen[ended] = in_use();
  };
  ledd::cases::Stop stop;
  const auto summary =
      ledd::cases::run_batch(cases, {pipeline, pipeline.prepare({})}, options, listener, stop);
  fs::remove_all(home);
  EXPECT_EQ(summary.done, 1000U);
  EXPECT_LT(seen[1000].first, 1.05 * seen[100].first);
  EXPECT_LE(seen[1000].second, seen[100].second + 2);  // what a case has open for a moment
}

}  // namespace
