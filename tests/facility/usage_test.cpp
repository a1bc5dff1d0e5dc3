#include "ledd/cases/usage.h"

#include <gmock/gmock.h>

#include "ledd/core/error.h"

#include "folder.h"
#include "made_case.h"

namespace ledd::cases {
namespace {

using ledd::testing::MadeCase;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

MadeCase case_of(const std::string& id, const std::string& site, const std::string& day, double cpu_s) {
  MadeCase made;
  made.id = id;
  made.site = site;
  made.started_utc = day + "T12:00:00Z";
  made.cpu_seconds = cpu_s;
  return made;
}

struct Usage : ::testing::Test {
  Folder out;
  std::vector<UsageRow> by(std::vector<UsageKey> keys, std::string from = "", std::string to = "") const {
    return usage({{out.path()}, std::move(keys), std::move(from), std::move(to)});
  }
};

TEST_F(Usage, AddsUpByTheKeysThatAreAskedFor) {
  auto first = case_of("a", "North", "2026-01-31", 3600);
  first.study = "ACHE";
  first.acquired = "2025-12-01T08:00:00";
  first.peak_mb = 500;
  auto second = case_of("b", "North", "2026-02-01", 1800);
  second.study = "ACHE";
  second.acquired = "2025-11-01T08:00:00";
  write(first, out.path());
  write(second, out.path());
  write(case_of("c", "South", "2026-02-03", 0), out.path());
  const auto rows = by({UsageKey::kSite});
  ASSERT_EQ(rows.size(), 2U);
  EXPECT_THAT(rows[0].group, ElementsAre("North"));
  EXPECT_EQ(rows[0].cases, 2U);
  EXPECT_EQ(rows[0].series, 4U);
  EXPECT_DOUBLE_EQ(rows[0].wall_seconds, 20.0);
  EXPECT_DOUBLE_EQ(rows[0].cpu_hours, 1.5);
  EXPECT_EQ(rows[0].cpu_unknown, 0U);
  EXPECT_DOUBLE_EQ(rows[0].peak_mb, 500.0);
  EXPECT_EQ(rows[0].first_acquired, "2025-11-01T08:00:00");
  EXPECT_EQ(rows[0].last_acquired, "2025-12-01T08:00:00");
  EXPECT_GT(rows[0].result_bytes, 0U);
  EXPECT_EQ(rows[1].cpu_unknown, 1U) << "no processor time on record is not none used";
  EXPECT_EQ(by({UsageKey::kMonth}).size(), 2U);
  const auto projects = by({UsageKey::kProject, UsageKey::kMonth});
  ASSERT_EQ(projects.size(), 3U);
  EXPECT_THAT(projects[0].group, ElementsAre("", "2026-02"));
  EXPECT_THAT(projects[2].group, ElementsAre("ACHE", "2026-02"));
}

TEST_F(Usage, CountsWhatFailedWithItsTime) {
  write(case_of("a", "North", "2026-01-31", 0), out.path());
  ledd::testing::write_failed("f", "20260215T080000Z-12345678", out.path());
  const auto rows = by({UsageKey::kPipeline});
  ASSERT_EQ(rows.size(), 1U);
  EXPECT_EQ(rows[0].cases, 1U);
  EXPECT_EQ(rows[0].failed, 1U);
  EXPECT_DOUBLE_EQ(rows[0].wall_seconds, 15.0);
  EXPECT_DOUBLE_EQ(rows[0].peak_mb, 300.0);
  EXPECT_EQ(by({UsageKey::kMonth}).back().failed, 1U) << "its day is that of its run";
}

TEST_F(Usage, DaysAreIncludedAtBothEnds) {
  for (const char* day : {"2026-01-01", "2026-01-02", "2026-01-03"})
    write(case_of(day, "N", day, 0), out.path());
  const auto cases_in = [&](const std::string& from, const std::string& to) {
    const auto rows = by({UsageKey::kPipeline}, from, to);
    return rows.empty() ? 0U : rows[0].cases;
  };
  EXPECT_EQ(cases_in("2026-01-02", "2026-01-02"), 1U);
  EXPECT_EQ(cases_in("2026-01-02", ""), 2U);
  EXPECT_EQ(cases_in("", "2026-01-02"), 2U);
  EXPECT_EQ(cases_in("2027-01-01", ""), 0U);
}

TEST_F(Usage, RefusesDatesAndKeysThatAreNone) {
  write(case_of("a", "N", "2026-01-01", 0), out.path());
  EXPECT_THROW(by({UsageKey::kSite}, "2026-02-30"), Error);
  EXPECT_THROW(by({UsageKey::kSite}, "yesterday"), Error);
  EXPECT_THROW(by({UsageKey::kSite, UsageKey::kSite}), Error);
  EXPECT_THROW(usage_key("person"), Error);
  EXPECT_THROW(usage({{out.path() / "none"}, {UsageKey::kSite}, "", ""}), Error);
}

TEST_F(Usage, TheTableQuotesTextAndRunsNoFormula) {
  write(case_of("a", "=cmd(\"x\"), Ward", "2026-01-01", 0), out.path());
  const std::string csv = usage_csv(by({UsageKey::kSite}), {UsageKey::kSite});
  EXPECT_THAT(csv, HasSubstr("site,cases,failed,series,wall_seconds,cpu_hours,"));
  EXPECT_THAT(csv, HasSubstr("\"'=cmd(\"\"x\"\"), Ward\",1,0,2,10.0,0.0000,1,100,"));
}

}  // namespace
}  // namespace ledd::cases
