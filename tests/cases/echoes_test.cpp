#include <gmock/gmock.h>

#include "ledd/cases/survey.h"
#include "ledd/core/error.h"

namespace {

using ledd::cases::plan;
using ledd::cases::PlannedCase;
using ledd::cases::SeriesRole;
using ledd::cases::Survey;
using testing::HasSubstr;

const ledd::cases::Pipeline& knee_t2() {
  static const auto registry = ledd::cases::builtin_pipelines({});
  return ledd::cases::find_pipeline(registry, "knee-t2");
}

/// A stack of one series, 64 x 64 x 5.
ledd::dicom::Stack echo(double te_ms, const std::string& series_uid = "1.2.8") {
  ledd::dicom::Stack s;
  s.id = series_uid + "-" + std::to_string(static_cast<int>(te_ms * 10));
  s.modality = "MR";
  s.patient_id = "P";
  s.study_uid = "1.2";
  s.series_uid = series_uid;
  s.echo_time_ms = te_ms;
  s.repetition_time_ms = 1500.0;
  s.flip_angle_deg = 90.0;
  s.row_lps = {0, 1, 0};
  s.column_lps = {0, 0, -1};
  s.normal_lps = {-1, 0, 0};
  s.columns = s.rows = 64;
  s.pixel_spacing_mm = {0.6, 0.6};
  s.slice_spacing_mm = 4;
  for (unsigned k = 0; k < 5; ++k) {
    ledd::dicom::Slice slice;
    slice.sop_instance_uid = s.id + "." + std::to_string(k);
    slice.position_lps_mm = {-4.0 * k, 0, 0};
    s.slices.push_back(slice);
  }
  return s;
}

Survey survey_of(const std::vector<ledd::dicom::Stack>& stacks) {
  Survey survey;
  for (const auto& stack : stacks) {
    ledd::cases::Series series;
    series.id = stack.id;
    series.stack = stack;
    series.problem = stack.problem;
    series.verdicts = {{"knee-t2", knee_t2().match_stack(stack)}};
    survey.series.push_back(series);
  }
  return survey;
}

PlannedCase only_case(const std::vector<ledd::dicom::Stack>& stacks) {
  const auto cases = plan(survey_of(stacks), knee_t2(), {});
  EXPECT_EQ(cases.size(), 1U);
  return cases.at(0);
}

TEST(Echoes, OfOneSeriesMakeOneCaseInAscendingOrder) {
  const auto one = only_case({echo(30), echo(10), echo(40), echo(20)});
  EXPECT_EQ(one.problem, "");
  EXPECT_EQ(one.weighting.echo_time_ms, 10.0);
  EXPECT_EQ(one.weighting.repetition_time_ms, 1500.0);
  ASSERT_EQ(one.companions.size(), 3U);
  for (std::size_t i = 0; i < 3; ++i) {
    EXPECT_EQ(one.companions[i].role, SeriesRole::kEcho);
    EXPECT_EQ(one.companions[i].weighting.echo_time_ms, 20.0 + 10.0 * static_cast<double>(i));
  }
}

TEST(Echoes, OfTwoSeriesMakeTwoCases) {
  EXPECT_EQ(plan(survey_of({echo(10), echo(20), echo(10, "1.2.9"), echo(20, "1.2.9")}), knee_t2(), {}).size(),
            2U);
}

TEST(Echoes, WithUidsOfTheirOwnAreOneSeriesByFrameAndNumber) {
  auto first = echo(10, "1.2.8"), second = echo(20, "1.2.9");
  second.study_uid = "1.3";
  for (auto* one : {&first, &second}) {
    one->frame_of_reference_uid = "1.2.100";
    one->series_number = 5;
  }
  EXPECT_EQ(only_case({first, second}).companions.size(), 1U);
  second.series_number = 6;
  EXPECT_EQ(plan(survey_of({first, second}), knee_t2(), {}).size(), 2U);
  second.series_number = 5;
  second.frame_of_reference_uid = "1.2.101";
  EXPECT_EQ(plan(survey_of({first, second}), knee_t2(), {}).size(), 2U);
}

TEST(Echoes, OneWantedByIdBringsItsSeries) {
  ledd::cases::PlanRequest request;
  request.series = {"1.2.8-200"};
  const auto cases =
      plan(survey_of({echo(10), echo(20), echo(10, "1.2.9"), echo(20, "1.2.9")}), knee_t2(), request);
  ASSERT_EQ(cases.size(), 1U);
  EXPECT_EQ(cases[0].series->id, "1.2.8-100");
  EXPECT_EQ(cases[0].companions.size(), 1U);
}

TEST(Echoes, EqualTimesAreSetAside) {
  EXPECT_THAT(only_case({echo(10),
                         echo(20),
                         [] {
                           auto twin = echo(20);
                           twin.id = "twin";
                           return twin;
                         }()})
                  .problem,
              HasSubstr("same EchoTime (0018,0081), 20 ms"));
}

TEST(Echoes, OfDifferentGeometryAreSetAside) {
  auto other = echo(20);
  other.columns = 32;
  EXPECT_THAT(only_case({echo(10), other}).problem, HasSubstr("64 x 64 x 5 and 32 x 64 x 5"));
  other = echo(20);
  other.slices.pop_back();
  EXPECT_THAT(only_case({echo(10), other}).problem, HasSubstr("64 x 64 x 5 and 64 x 64 x 4"));
  other = echo(20);
  for (auto& slice : other.slices) slice.position_lps_mm[1] += 1.0;
  EXPECT_THAT(only_case({echo(10), other}).problem, HasSubstr("slice 1 at different positions"));
  other = echo(20);
  other.pixel_spacing_mm = {0.6, 0.5};
  EXPECT_THAT(only_case({echo(10), other}).problem, HasSubstr("pixel spacing"));
}

TEST(Echoes, OneThatCannotBeReadSetsItsSeriesAside) {
  auto broken = echo(20);
  broken.problem = "slice 3 is missing";
  EXPECT_THAT(only_case({echo(10), broken, echo(30)}).problem,
              HasSubstr("echo at 20 ms cannot be used: slice 3"));
}

TEST(Echoes, StackWithoutATimeSetsItsSeriesAside) {
  auto unknown = echo(20);
  unknown.echo_time_ms.reset();
  EXPECT_THAT(only_case({echo(10), unknown}).problem, HasSubstr("states no EchoTime"));
}

TEST(Echoes, AloneAreNoDecay) {
  EXPECT_THAT(only_case({echo(10)}).problem, HasSubstr("one echo, at 10 ms"));
}

TEST(Echoes, OtherPartsAndPlannersAreRefused) {
  auto hip = echo(10);
  hip.body_part = "HIP";
  EXPECT_THAT(knee_t2().match_stack(hip).reason, HasSubstr("BodyPartExamined says HIP"));
  auto planner = echo(10);
  planner.localizer = true;
  EXPECT_FALSE(knee_t2().match_stack(planner).accepted);
  auto ct = echo(10);
  ct.modality = "CT";
  EXPECT_THAT(knee_t2().match_stack(ct).reason, HasSubstr("modality CT"));
  EXPECT_TRUE(knee_t2().match_stack(echo(10)).accepted);
}

}  // namespace
