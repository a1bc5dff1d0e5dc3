#include "ledd/cases/harmonise.h"

#include <gmock/gmock.h>

#include <cmath>
#include <map>

#include "ledd/core/error.h"
#include "ledd/store/text_table.h"

#include "folder.h"
#include "made_cases.h"

namespace ledd::cases {
namespace {

using ::testing::HasSubstr;
using testing::MadeCase;
using testing::row;
using testing::thickness;
using testing::volume;

/// Two scanners with ten people each; the second reads 0.5 mm and 200 mm3 high. Age adds 0.01 mm a year.
struct Harmonise : ::testing::Test {
  Folder out, to;
  std::string covariates = "subject,age,sex,field\n";

  void SetUp() override {
    for (int n = 0; n < 20; ++n) {
      const bool second = n % 2 == 1;
      const double age = 30 + 2 * n + (n * 7) % 5, wiggle = 0.02 * ((n * 13) % 7 - 3);
      MadeCase one{fmt::format("c{:02}", n), fmt::format("S{}", n), "2024-05-31", "R"};
      one.scanner = second ? "B" : "A";
      one.rows = {row(thickness(), "MT", "R", 2.0 + 0.01 * age + wiggle + (second ? 0.5 : 0.0)),
                  row(volume(), "MT", "R", 900 + 3 * age - 500 * wiggle + (second ? 200.0 : 0.0)),
                  row(thickness(), "MT", "R", 0.03)};
      one.rows[2].statistic = "se";
      covariates += fmt::format("S{},{},{},{}\n", n, age, n % 3 == 0 ? "F" : "M", second ? 3.0 : 1.5);
      write(one, out.path());
    }
    files::write_bytes(covariates, out / "covariates.csv");
  }
  HarmoniseOptions options() const {
    HarmoniseOptions o;
    o.out = out.path();
    o.to = to.path();
    return o;
  }
  store::TextTable table(const char* name = "harmonised.csv") const {
    return store::parse_table(files::read_bytes(to / name));
  }
  /// Mean of a column over the rows of an endpoint's values on a scanner.
  double mean(const std::string& endpoint, const std::string& scanner, const char* what) const {
    const auto t = table();
    double sum = 0.0, n = 0.0;
    for (const auto& cells : t.rows)
      if (cells[t.column("endpoint")] == endpoint && cells[t.column("scanner")] == scanner &&
          cells[t.column("statistic")] == "value") {
        sum += std::stod(cells[t.column(what)]);
        n += 1.0;
      }
    return sum / n;
  }
  std::string refusal(const HarmoniseOptions& o) const {
    try {
      harmonise(o);
    } catch (const Error& e) {
      return e.what();
    }
    return "";
  }
};

TEST_F(Harmonise, CombatTakesTheShiftBetweenScannersAndKeepsTheRawValue) {
  auto o = options();
  o.covariates = out / "covariates.csv";
  o.preserve = {"age"};
  const auto summary = harmonise(o);
  EXPECT_EQ(summary.values, 60U);
  EXPECT_EQ(summary.harmonised, 40U);
  EXPECT_GT(mean("ThC", "B", "value") - mean("ThC", "A", "value"), 0.45);
  EXPECT_LT(std::abs(mean("ThC", "B", "value_harmonised") - mean("ThC", "A", "value_harmonised")), 0.06)
      << "what is left is the difference of ages";
  EXPECT_LT(std::abs(mean("VC", "B", "value_harmonised") - mean("VC", "A", "value_harmonised")), 25.0);
  const auto t = table();
  EXPECT_EQ(t.rows.size(), 60U);
  for (const auto& cells : t.rows) {
    if (cells[t.column("statistic")] == "se") {
      EXPECT_EQ(cells[t.column("value_harmonised")], "");
      EXPECT_THAT(cells[t.column("harmonisation_reason")], HasSubstr("error of another row"));
    } else {
      EXPECT_EQ(cells[t.column("batch_samples")], "10");
      EXPECT_EQ(cells[t.column("harmonisation")], "combat");
      EXPECT_EQ(cells[t.column("harmonisation_reason")], "");
    }
  }
  EXPECT_EQ(table("harmonisation.csv").rows.size(), 4U) << "two endpoints on two scanners";
}

TEST_F(Harmonise, AReferenceScannerKeepsItsValues) {
  auto o = options();
  o.reference = "A";
  harmonise(o);
  EXPECT_DOUBLE_EQ(mean("ThC", "A", "value_harmonised"), mean("ThC", "A", "value"));
  EXPECT_LT(std::abs(mean("ThC", "B", "value_harmonised") - mean("ThC", "A", "value")), 0.15);
  o.reference = "C";
  EXPECT_THAT(refusal(o), HasSubstr("no case is of 'C'"));
}

TEST_F(Harmonise, ACovariateThatTheScannerTellsIsRefused) {
  auto o = options();
  o.covariates = out / "covariates.csv";
  o.preserve = {"field"};
  EXPECT_THAT(refusal(o), HasSubstr("field is told by the batches"));
  EXPECT_FALSE(std::filesystem::exists(to / "harmonised.csv"));
}

TEST_F(Harmonise, ACategoryIsPreservedAndAMissingOneLeavesItsCaseOut) {
  files::write_bytes(
      "subject,sex\nS0,\n" +
          [] {
            std::string rows;
            for (int n = 1; n < 19; ++n) rows += fmt::format("S{},{}\n", n, n % 3 == 0 ? "F" : "M");
            return rows;
          }(),
      out / "covariates.csv");
  auto o = options();
  o.covariates = out / "covariates.csv";
  o.preserve = {"sex"};
  EXPECT_EQ(harmonise(o).harmonised, 36U);
  const auto t = table();
  std::map<std::string, std::string> reasons;
  for (const auto& cells : t.rows)
    if (cells[t.column("endpoint")] == "VC")
      reasons[cells[t.column("subject")]] = cells[t.column("harmonisation_reason")];
  EXPECT_THAT(reasons["S0"], HasSubstr("covariate sex is missing"));
  EXPECT_THAT(reasons["S19"], HasSubstr("covariates.csv has no row of it"));
  EXPECT_EQ(reasons["S1"], "");
}

TEST_F(Harmonise, FewCasesOneScannerOrNoScannerHaveTheirReasons) {
  auto o = options();
  o.least_samples = 11;
  EXPECT_EQ(harmonise(o).harmonised, 0U);
  EXPECT_THAT(files::read_bytes(to / "harmonised.csv"), HasSubstr("10 values of it, 11 are needed"));
  o = options();
  o.by = BatchBy::kSite;
  EXPECT_EQ(harmonise(o).harmonised, 0U);
  EXPECT_THAT(files::read_bytes(to / "harmonised.csv"), HasSubstr("all cases are of one site"));
  MadeCase unknown{"u", "U", "2024-05-31", "R", ""};
  unknown.rows = {row(thickness(), "MT", "R", 2.0)};
  write(unknown, out.path());
  EXPECT_EQ(harmonise(options()).harmonised, 40U);
  EXPECT_THAT(files::read_bytes(to / "harmonised.csv"), HasSubstr("its scanner is not known"));
}

TEST_F(Harmonise, APhantomsLineIsUsedAndWhatLiesBeyondItIsSaid) {
  files::write_bytes(
      "scanner,endpoint,part,value,reference\nB,ThC,thin,1.5,1\nB,ThC,middle,2.5,2\nB,ThC,thick,3.5,3\n"
      "A,ThC,thin,1,1\n",
      out / "phantom.csv");
  auto o = options();
  o.method = Harmonisation::kPhantom;
  o.phantom = out / "phantom.csv";
  EXPECT_EQ(harmonise(o).harmonised, 10U);
  EXPECT_NEAR(mean("ThC", "B", "value_harmonised"), mean("ThC", "B", "value") - 0.5, 1e-9);
  const std::string text = files::read_bytes(to / "harmonised.csv");
  EXPECT_THAT(text, HasSubstr("1 phantom values: a line with its error needs three"));
  EXPECT_THAT(text, HasSubstr("says nothing of this endpoint and batch"));
  files::write_bytes(
      "scanner,endpoint,part,value\nB,ThC,a,1.5\nB,ThC,b,2.0\nB,ThC,c,2.5\nA,ThC,a,1\nA,ThC,b,1.5\nA,ThC,c,"
      "2\n",
      out / "phantom.csv");
  EXPECT_THAT(refusal(o), HasSubstr("there is no column 'reference'"));
  o.reference = "A";
  EXPECT_EQ(harmonise(o).harmonised, 20U);
  EXPECT_NEAR(mean("ThC", "B", "value_harmonised"), mean("ThC", "B", "value") - 0.5, 1e-9);
  EXPECT_THAT(files::read_bytes(to / "harmonised.csv"),
              HasSubstr("beyond what the phantom covers (1.5 to 2.5)"));
}

TEST_F(Harmonise, OptionsThatDoNotFitAreRefused) {
  auto o = options();
  o.method = Harmonisation::kPhantom;
  EXPECT_THAT(refusal(o), HasSubstr("--phantom FILE.csv"));
  o = options();
  o.preserve = {"age"};
  EXPECT_THAT(refusal(o), HasSubstr("--covariates FILE.csv"));
  o.covariates = out / "covariates.csv";
  o.preserve = {"weight"};
  EXPECT_THAT(refusal(o), HasSubstr("there is no column 'weight'"));
  o = options();
  o.pipeline = "none";
  EXPECT_THAT(refusal(o), HasSubstr("no finished case of none"));
}

}  // namespace
}  // namespace ledd::cases
