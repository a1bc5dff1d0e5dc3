// Against an implementation with numpy (control_chart.py).
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <random>
#include <sstream>

#include "ledd/scanner_quality/control_chart.h"

namespace ledd {
namespace {

bool has_numpy() {
  return std::system("/usr/bin/python3 -c 'import numpy' 2>/dev/null") == 0;
}

std::string by_numpy(const std::vector<double>& values, int baseline) {
  const auto file = std::filesystem::temp_directory_path() / fmt::format("ledd_chart_{}", ::getpid());
  {
    std::ofstream out(file);
    for (const double value : values) out << fmt::format("{}\n", value);
  }
  const std::string command =
      fmt::format("/usr/bin/python3 " LEDD_SOURCE_DIR "/tests/scanner_quality/control_chart.py {} < {}",
                  baseline,
                  file.string());
  std::string said;
  FILE* pipe = ::popen(command.c_str(), "r");
  std::array<char, 4096> buffer{};
  while (std::fgets(buffer.data(), buffer.size(), pipe) != nullptr) said += buffer.data();
  EXPECT_EQ(::pclose(pipe), 0);
  std::filesystem::remove(file);
  return said;
}

struct Found {
  double centre = 0.0, sd = 0.0;
  std::vector<std::vector<double>> sums;
  std::vector<std::pair<std::size_t, std::string>> alarms;
};

Found parsed(const std::string& said) {
  Found found;
  std::istringstream lines(said);
  for (std::string line; std::getline(lines, line);) {
    std::istringstream words(line);
    std::string kind;
    words >> kind;
    if (kind == "limits") words >> found.centre >> found.sd;
    if (kind == "cusum") {
      found.sums.emplace_back();
      for (double value = 0.0; words >> value;) found.sums.back().push_back(value);
    }
    if (kind == "alarm") {
      std::string name;
      std::size_t run = 0;
      words >> name >> run;
      found.alarms.emplace_back(run, name);
    }
  }
  return found;
}

TEST(Numpy, AgreesOnLimitsSumsAndEveryAlarm) {
  if (!has_numpy()) GTEST_SKIP() << "needs /usr/bin/python3 with numpy";
  std::mt19937_64 random(5);
  std::size_t alarms = 0;
  for (int scene = 0; scene < 12; ++scene) {
    const int baseline = 8 + scene;
    std::normal_distribution<double> normal(1.4, 0.01);
    std::vector<double> values;
    for (int i = 0; i < baseline + 60; ++i)
      values.push_back(normal(random) * (i % 7 == 6 ? 1.004 : 1.0) +
                       (i > baseline + 20 ? 0.0006 * scene * (i - baseline - 20) : 0.0));
    const auto ours = ControlChart()(values, first_runs(static_cast<std::size_t>(baseline), values.size()));
    const Found theirs = parsed(by_numpy(values, baseline));
    EXPECT_NEAR(ours.limits->centre, theirs.centre, 1e-12);
    EXPECT_NEAR(ours.limits->sd, theirs.sd, 1e-12);
    ASSERT_EQ(theirs.sums.size(), 2U);
    for (std::size_t i = 0; i < 60; ++i) {
      EXPECT_NEAR(ours.cusum_high[i + static_cast<std::size_t>(baseline)], theirs.sums[0].at(i), 1e-6);
      EXPECT_NEAR(ours.cusum_low[i + static_cast<std::size_t>(baseline)], theirs.sums[1].at(i), 1e-6);
    }
    std::vector<std::pair<std::size_t, std::string>> told;
    for (const auto& alarm : ours.alarms) told.emplace_back(alarm.run, name_of(alarm.rule));
    std::sort(told.begin(), told.end());
    EXPECT_EQ(told, theirs.alarms) << "scene " << scene;
    alarms += told.size();
  }
  EXPECT_GT(alarms, 20U) << "a test without alarms would compare nothing";
}

}  // namespace
}  // namespace ledd
