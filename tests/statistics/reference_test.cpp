#include <fmt/format.h>
#include <gmock/gmock.h>

#include <array>
#include <cmath>
#include <cstdio>
#include <map>
#include <memory>
#include <sstream>

#include "ledd/files/files.h"
#include "ledd/statistics/agreement.h"
#include "ledd/statistics/cross_calibration.h"
#include "ledd/statistics/repeatability.h"

#include "folder.h"
#include "samples.h"

namespace ledd::statistics {
namespace {

constexpr double kNone = std::numeric_limits<double>::quiet_NaN();

std::string print(const Table& table) {
  std::string text;
  for (const auto& row : table) {
    for (const double value : row) text += fmt::format("{} ", value);
    text += '\n';
  }
  return text;
}

/// `name value` a line; empty where Python has no scipy.
std::map<std::string, double> ask(const std::filesystem::path& folder) {
  const std::string command = "/usr/bin/python3 " LEDD_STATISTICS_TESTS "/reference.py " + folder.string();
  std::map<std::string, double> said;
  const std::unique_ptr<std::FILE, int (*)(std::FILE*)> pipe(::popen(command.c_str(), "r"), ::pclose);
  std::array<char, 256> line{};
  while (std::fgets(line.data(), static_cast<int>(line.size()), pipe.get()) != nullptr) {
    std::istringstream in(line.data());
    std::string name;
    double value = 0.0;
    if (in >> name >> value) said[name] = value;
  }
  return said;
}

/// The fixed pseudo-random data of all comparisons.
struct Data {
  Table repeats, pairs, table, line;
  std::vector<std::vector<std::size_t>> counts{{21, 4, 2}, {3, 17, 6}, {1, 5, 30}};
  ThreeScanners scanners;

  Data() {
    Numbers numbers(7);
    for (int subject = 0; subject < 25; ++subject) {
      const double level = 50.0 + 10.0 * numbers.normal();
      std::vector<double> scans;
      for (int n = 0; n < 2 + subject % 3; ++n) scans.push_back(level + 1.5 * numbers.normal());
      repeats.push_back(scans);
      const double first = level + numbers.normal();
      pairs.push_back({first, 1.02 * level + numbers.normal()});
      table.push_back({level + numbers.normal(), level + 1 + numbers.normal(), level - 2 + numbers.normal()});
      line.push_back({level, 3.0 + 1.1 * level + 0.4 * numbers.normal()});
    }
    scanners.values[2][7] = scanners.values[4][0] = scanners.values[4][12] = kNone;
  }
  void write(const Folder& folder) const {
    files::write_bytes(print(repeats), folder / "repeats.txt");
    files::write_bytes(print(pairs), folder / "pairs.txt");
    files::write_bytes(print(table), folder / "table.txt");
    files::write_bytes(print(line), folder / "line.txt");
    files::write_bytes(print(scanners.values), folder / "values.txt");
    std::string rows, batch, covariates;
    for (const auto& row : counts) rows += fmt::format("{} {} {}\n", row[0], row[1], row[2]);
    for (std::size_t s = 0; s < scanners.batch.size(); ++s) {
      batch += fmt::format("{}\n", scanners.batch[s]);
      covariates +=
          fmt::format("{} {}\n", scanners.covariates[0].values[s], scanners.covariates[1].values[s]);
    }
    files::write_bytes(rows, folder / "counts.txt");
    files::write_bytes(batch, folder / "batch.txt");
    files::write_bytes(covariates, folder / "covariates.txt");
  }
};

struct Reference : testing::Test {
  static void SetUpTestSuite() {
    const Folder folder;
    Data().write(folder);
    said() = ask(folder.path());
  }
  void SetUp() override {
    if (std::system("/usr/bin/python3 -c 'import scipy, numpy'") != 0)
      GTEST_SKIP() << "needs /usr/bin/python3 with scipy and numpy (python3-scipy)";
  }
  static std::map<std::string, double>& said() {
    static std::map<std::string, double> values;
    return values;
  }
  static void expect(const std::string& name, double value, double relative = 1e-9) {
    ASSERT_TRUE(said().contains(name)) << name;
    EXPECT_NEAR(value, said().at(name), relative * std::max(1.0, std::abs(value))) << name;
  }
  const Data data;
};

TEST_F(Reference, RepeatabilityAgrees) {
  const auto result = within_subject(data.repeats);
  expect("rms_sd", result.rms_sd);
  expect("rms_sd_low", result.rms_sd_range.low);
  expect("rms_sd_high", result.rms_sd_range.high);
  expect("rms_cv_pct", *result.rms_cv_pct);
  expect("lsc", result.lsc);
}

TEST_F(Reference, IntraclassCorrelationAgrees) {
  const auto icc = intraclass_correlation(data.table);
  expect("icc_agreement", icc.agreement);
  expect("icc_consistency", icc.consistency);
  expect("icc_low", icc.agreement_range->low);
  expect("icc_high", icc.agreement_range->high);
  expect("icc_consistency_low", icc.consistency_range->low);
  expect("icc_consistency_high", icc.consistency_range->high);
}

TEST_F(Reference, LimitsOfAgreementAgree) {
  const auto result = bland_altman(column(data.pairs, 0), column(data.pairs, 1));
  expect("bias", result.bias);
  expect("bias_low", result.bias_range.low);
  expect("bias_high", result.bias_range.high);
  expect("limit_high", result.limits.high);
  expect("limit_high_high", result.high_range.high);
  expect("trend_slope", result.trend->slope);
  expect("trend_se", result.trend->se);
  expect("trend_p", result.trend->p);
}

TEST_F(Reference, KappaAgrees) {
  for (const auto& [name, weights] : {std::pair{"plain", KappaWeights::kNone},
                                      {"linear", KappaWeights::kLinear},
                                      {"quadratic", KappaWeights::kQuadratic}}) {
    const auto kappa = cohens_kappa(data.counts, weights);
    expect(std::string("kappa_") + name, kappa.value);
    expect(std::string("kappa_se_") + name, kappa.se, 1e-7);  // numerical derivatives there
  }
}

TEST_F(Reference, CrossCalibrationAgrees) {
  const auto map = cross_calibration(column(data.line, 0), column(data.line, 1));
  expect("slope", map.slope);
  expect("offset", map.offset);
  expect("slope_se", map.slope_se);
  expect("offset_se", map.offset_se);
}

TEST_F(Reference, CombatAgreesInEveryValueAlsoWhereSomeAreMissing) {
  for (const char* name : {"combat", "combat_reference", "combat_plain"}) {
    CombatOptions options;
    options.empirical_bayes = std::string(name) != "combat_plain";
    if (std::string(name) == "combat_reference") options.reference = 1;
    const auto& in = data.scanners;
    const auto result = combat(in.values, in.batch, in.covariates, options);
    std::size_t compared = 0;
    for (std::size_t f = 0; f < in.values.size(); ++f)
      for (std::size_t s = 0; s < in.batch.size(); ++s) {
        ASSERT_EQ(std::isnan(result.values[f][s]), std::isnan(in.values[f][s]));
        if (std::isnan(result.values[f][s])) continue;
        expect(fmt::format("{}_{}_{}", name, f, s), result.values[f][s]);
        ++compared;
      }
    EXPECT_EQ(compared, 6U * 18U - 3U);
  }
}

}  // namespace
}  // namespace ledd::statistics
