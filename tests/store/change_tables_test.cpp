#include <gmock/gmock.h>

#include "ledd/core/error.h"
#include "ledd/store/agreement.h"
#include "ledd/store/changes.h"
#include "ledd/store/harmonised.h"
#include "ledd/store/repeatability.h"
#include "ledd/store/text_table.h"

#include "sample.h"

namespace ledd::store {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

TEST(ChangesCsv, KeepsItsOldColumnsInOrderAndAddsNewOnesAtTheEnd) {
  CaseChanges changes;
  changes.baseline.subject = "S-001";
  changes.baseline.case_id = "a";
  changes.followup.case_id = "b";
  changes.rows = {
      {measured("L1", height(), -0.5), "six-point/1", 25.0, 24.5, -2.0, 0.3, "pilot", "decreased"},
      {failed("L2", height(), "not in view"), "six-point/1", {}, {}, {}, {}, "", "not measurable"}};
  const std::string csv = changes_csv({changes});
  EXPECT_THAT(
      csv,
      StartsWith("subject,side,baseline_case,followup_case,baseline_date,followup_date,pipeline,region,"
                 "endpoint,statistic,value,unit,quality,reason,method,version,baseline_value,"
                 "followup_value,change_pct,sdc,sdc_source,verdict\r\n"));
  EXPECT_THAT(csv, HasSubstr("L1,Ha,value,-0.5,mm,good,,six-point/1,,25,24.5,-2,0.3,pilot,decreased\r\n"));
  EXPECT_THAT(csv, HasSubstr("L2,Ha,value,,mm,failed,not in view,six-point/1,,,,,,,not measurable\r\n"));
}

TEST(ChangesCsv, AValueWithoutOneIsRefused) {
  CaseChanges changes;
  changes.rows = {{measured("L1", height(), 1.0), "m", {}, {}, {}, {}, "", ""}};
  changes.rows[0].change.value.reset();
  EXPECT_THROW(changes_csv({changes}), Error);
}

TEST(RepeatabilityCsv, ReadsBackWhatItWrote) {
  RepeatabilityRow row;
  row.pipeline = "knee-mri";
  row.endpoint = "ThC";
  row.region = "=MT, \"x\"";
  row.side = "R+L";
  row.sets = 12;
  row.df = 14;
  row.rms_sd = 0.1 + 0.2;
  row.lsc = 1e-9;
  row.icc_2_1 = -0.25;
  row.verdict = "a; b";
  const std::string csv = repeatability_csv({row, {}});
  const auto back = parse_repeatability_csv(csv);
  ASSERT_EQ(back.size(), 2U);
  EXPECT_EQ(back[0].region, row.region);
  EXPECT_EQ(back[0].rms_sd, row.rms_sd);
  EXPECT_EQ(back[0].icc_2_1, row.icc_2_1);
  EXPECT_FALSE(back[0].bias);
  EXPECT_EQ(repeatability_csv(back), csv);
}

TEST(RepeatabilityCsv, WhatIsNoSuchTableIsRefusedWithTheReason) {
  const auto why = [](const std::string& text) {
    try {
      parse_repeatability_csv(text);
    } catch (const Error& e) {
      return std::string(e.what());
    }
    return std::string();
  };
  EXPECT_THAT(why("endpoint,region\r\n"), HasSubstr("there is no column 'pipeline'"));
  std::string damaged = repeatability_csv({{}});
  damaged.replace(damaged.rfind(",0,"), 3, ",x,");
  EXPECT_THAT(why(damaged), HasSubstr("'x' in the column"));
}

TEST(TextTable, TakesWhatSpreadsheetsSave) {
  const auto table = parse_table("\xEF\xBB\xBFid,group\n\"a,1\",'=x\n\nb,2\n");
  EXPECT_EQ(table.columns, (std::vector<std::string>{"id", "group"}));
  ASSERT_EQ(table.rows.size(), 2U);
  EXPECT_EQ(table.rows[0], (std::vector<std::string>{"a,1", "=x"}));
  EXPECT_EQ(table.column("group"), 1U);
}

TEST(TextTable, RefusesWhatIsNoTable) {
  EXPECT_THROW(parse_table(""), Error);
  EXPECT_THROW(parse_table("a,b\n1\n"), Error);
  EXPECT_THROW(parse_table("a,a\n1,2\n"), Error);
  EXPECT_THROW(parse_table("a,\"b\n"), Error);
}

TEST(AgreementCsv, KeepsNumbersAsNumbersAndSaysWhyOneIsMissing) {
  AgreementRow row;
  row.kind = "value";
  row.first = "=1+1";
  row.measure = "bias";
  row.value = -0.5;
  row.low = -1.25;
  row.unit = "mm";
  row.cases = 7;
  AgreementRow missing = row;
  missing.value = missing.low = std::nullopt;
  missing.reason = "2 cases";
  const std::string csv = agreement_csv({row, missing});
  EXPECT_THAT(csv, HasSubstr("kind,pipeline,first,second,structure,"));
  EXPECT_THAT(csv, HasSubstr("value,,'=1+1,,,,,,,bias,-0.5,-1.25,,mm,7,\r\n"));
  EXPECT_THAT(csv, HasSubstr(",bias,,,,mm,7,2 cases\r\n"));
}

TEST(HarmonisedCsv, PutsTheHarmonisedValueBehindTheRawOne) {
  HarmonisedCase one;
  one.info.case_id = "c";
  one.info.review = {"2026-05-31", "anna", "accepted"};
  one.rows = {{measured("L1", height(), 25.5), "six-point/1", 25.0, "A", 7, ""},
              {measured("L2", height(), 26.5), "six-point/1", {}, "A", 2, "too few"}};
  const std::string csv = harmonised_csv({one}, "combat");
  EXPECT_THAT(csv,
              HasSubstr("version,value_harmonised,harmonisation,batch,batch_samples,harmonisation_reason,"
                        "reviewed,reader,decision\r\n"));
  EXPECT_THAT(csv,
              HasSubstr("Ha,value,25.5,mm,good,,six-point/1,,25,combat,A,7,,2026-05-31,anna,accepted\r\n"));
  EXPECT_THAT(
      csv, HasSubstr("Ha,value,26.5,mm,good,,six-point/1,,,combat,A,2,too few,2026-05-31,anna,accepted\r\n"));
}

}  // namespace
}  // namespace ledd::store
