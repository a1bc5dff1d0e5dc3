#include <gmock/gmock.h>

#include <algorithm>

#include "ledd/cases/survey.h"
#include "ledd/core/error.h"

namespace {

using ledd::cases::plan;
using ledd::cases::PlannedCase;
using ledd::cases::PlanRequest;
using ledd::cases::SeriesRole;
using ledd::cases::Survey;
using ledd::dicom::Stack;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

const ledd::cases::Pipeline& pipeline(const char* name) {
  static const auto registry = ledd::cases::builtin_pipelines({});
  return ledd::cases::find_pipeline(registry, name);
}

/// Sagittal slices about the origin that cover 160 x 160 x 96 mm.
Stack stack(int number, double te_ms, double slice_mm, double pixel_mm = 0.5) {
  Stack s;
  s.id = "s" + std::to_string(number) + "-" + std::to_string(static_cast<int>(te_ms));
  s.modality = "MR";
  s.patient_id = "P";
  s.study_uid = "1.2";
  s.series_uid = "1.2.8." + std::to_string(number);
  s.frame_of_reference_uid = "1.2.9";
  s.series_number = number;
  s.echo_time_ms = te_ms;
  s.repetition_time_ms = 1500.0;
  s.row_lps = {0, 1, 0};
  s.column_lps = {0, 0, -1};
  s.normal_lps = {-1, 0, 0};
  s.columns = s.rows = static_cast<unsigned>(160.0 / pixel_mm);
  s.pixel_spacing_mm = {pixel_mm, pixel_mm};
  s.slice_spacing_mm = slice_mm;
  const auto slices = static_cast<unsigned>(96.0 / slice_mm);
  for (unsigned k = 0; k < slices; ++k) {
    ledd::dicom::Slice slice;
    slice.sop_instance_uid = s.id + "." + std::to_string(k);
    slice.position_lps_mm = {48.0 - slice_mm * (k + 0.5), -80.0 + 0.5 * pixel_mm, 80.0 - 0.5 * pixel_mm};
    s.slices.push_back(slice);
  }
  return s;
}

/// Series 1 of every study here: four echoes, slices 4 mm apart.
std::vector<Stack> with_echoes(std::vector<Stack> others) {
  for (const double te_ms : {10.0, 20.0, 30.0, 40.0}) others.push_back(stack(1, te_ms, 4.0));
  return others;
}

/// What has one echo time is not for knee-t2.
Survey survey_of(const std::vector<Stack>& stacks) {
  Survey survey;
  for (const Stack& one : stacks) {
    const auto echoes = std::count_if(
        stacks.begin(), stacks.end(), [&](const Stack& s) { return s.series_uid == one.series_uid; });
    ledd::cases::Series series;
    series.id = one.id;
    series.stack = one;
    series.problem = one.problem;
    auto match = pipeline("knee-t2").match_stack(one);
    if (echoes < 2) match = {false, "one echo"};
    series.verdicts = {{"knee-t2", match}, {"knee-mri", pipeline("knee-mri").match_stack(one)}};
    survey.series.push_back(series);
  }
  return survey;
}

/// The case of series 1.
PlannedCase case_of(const std::vector<Stack>& others, const PlanRequest& request = {}) {
  for (auto& one : plan(survey_of(with_echoes(others)), pipeline("knee-t2"), request))
    if (one.series->id == "s1-10") return one;
  throw ledd::Error(ledd::Errc::kInternal, "series 1 has no case");
}

std::vector<std::string> anatomy_of(const PlannedCase& planned) {
  std::vector<std::string> ids;
  for (const auto& companion : planned.companions)
    if (companion.role == SeriesRole::kAnatomy) ids.push_back(companion.series.id);
  return ids;
}

TEST(Anatomy, IsTheSeriesWithTheThinnestSlices) {
  const auto one = case_of({stack(2, 30, 3.0, 0.3), stack(3, 8, 0.8), stack(4, 8, 1.5, 0.3)});
  EXPECT_THAT(anatomy_of(one), ElementsAre("s3-8"));
  EXPECT_EQ(one.no_anatomy, "");
  EXPECT_EQ(one.companions.size(), 4U) << "three echoes and the anatomy";
}

TEST(Anatomy, OfEqualSlicesHasTheSmallerPixelsThenTheLowerNumber) {
  EXPECT_THAT(anatomy_of(case_of({stack(2, 8, 0.8, 0.5), stack(3, 8, 0.8001, 0.4)})), ElementsAre("s3-8"));
  EXPECT_THAT(anatomy_of(case_of({stack(7, 8, 0.8), stack(3, 8, 0.8), stack(5, 8, 0.8)})),
              ElementsAre("s3-8"));
}

TEST(Anatomy, BringsAllEchoesOfItsSeriesInAscendingOrder) {
  EXPECT_THAT(anatomy_of(case_of({stack(2, 42, 0.8), stack(2, 7, 0.8)})), ElementsAre("s2-7", "s2-42"));
}

TEST(Anatomy, StaysACaseOfItsOwnForKneeMri) {
  const auto survey = survey_of(with_echoes({stack(2, 8, 0.8)}));
  const auto t2 = plan(survey, pipeline("knee-t2"), {});
  ASSERT_EQ(t2.size(), 1U) << "one echo is no decay";
  EXPECT_THAT(t2[0].replaces, testing::SizeIs(3)) << "the echoes, not the anatomy";
  const auto uses = ledd::cases::uses_of("s2-8", t2);
  ASSERT_EQ(uses.size(), 1U);
  EXPECT_EQ(ledd::cases::name_of(uses[0].role), "anatomy");
  EXPECT_EQ(uses[0].case_id, t2[0].id);
  const auto morphology = plan(survey, pipeline("knee-mri"), {});
  EXPECT_TRUE(std::any_of(
      morphology.begin(), morphology.end(), [](const auto& one) { return one.series->id == "s2-8"; }));
}

TEST(Anatomy, CaseIdDoesNotChangeWhenASeriesArrives) {
  EXPECT_EQ(case_of({}).id, case_of({stack(2, 8, 0.8)}).id);
}

TEST(Anatomy, IsOfTheSamePatientAndStudy) {
  auto other = stack(2, 8, 0.8);
  other.study_uid = "1.3";
  EXPECT_THAT(anatomy_of(case_of({other})), IsEmpty());
  EXPECT_EQ(case_of({other}).no_anatomy, "the study holds no other series");
  other = stack(2, 8, 0.8);
  other.patient_id = "Q";
  EXPECT_THAT(anatomy_of(case_of({other})), IsEmpty());
}

TEST(Anatomy, ThatCannotBeUsedIsNamedWithTheReason) {
  const auto expect = [](Stack other, const std::string& reason) {
    other.series_description = "SAG 3D";
    const auto one = case_of({other});
    EXPECT_THAT(anatomy_of(one), IsEmpty()) << reason;
    EXPECT_THAT(one.no_anatomy, testing::AllOf(HasSubstr("series 2 \"SAG 3D\": "), HasSubstr(reason)));
  };
  auto other = stack(2, 8, 0.8);
  other.frame_of_reference_uid = "1.2.10";
  expect(other, "FrameOfReferenceUID (0020,0052) differs");
  other = stack(2, 8, 0.8);
  for (auto& slice : other.slices) slice.position_lps_mm[0] += 60.0;
  expect(other, "covers 38 % of the echoes' extent, 50 % are needed");
  other = stack(2, 8, 0.8);
  other.problem = "slice 3 is missing";
  expect(other, "slice 3 is missing");
  other = stack(2, 8, 0.8);
  other.localizer = true;
  expect(other, "localizer");
  other = stack(2, 8, 16.0);
  expect(other, "6 slices: knee-mri needs at least 8");
  expect(stack(2, 8, 6.0), "too coarse");
  other = stack(2, 8, 2.0);
  other.normal_lps = {0, 1, 0};
  expect(other, "90 degrees off sagittal");
}

TEST(Anatomy, ASeriesThatCannotBeUsedLeavesTheNextBest) {
  auto best = stack(2, 8, 0.8);
  best.problem = "slice 3 is missing";
  EXPECT_THAT(anatomy_of(case_of({best, stack(3, 8, 1.0), stack(4, 8, 3.0)})), ElementsAre("s3-8"));
}

TEST(Anatomy, FineVoxelsServeInAnyPlane) {
  auto axial = stack(2, 8, 0.8, 0.8);
  axial.row_lps = {1, 0, 0};
  axial.column_lps = {0, 1, 0};
  axial.normal_lps = {0, 0, 1};
  axial.columns = 120;
  axial.slices.clear();
  for (unsigned k = 0; k < 150; ++k) {
    ledd::dicom::Slice slice;
    slice.sop_instance_uid = "axial." + std::to_string(k);
    slice.position_lps_mm = {-48.0, -80.0, -60.0 + 0.8 * k};
    axial.slices.push_back(slice);
  }
  EXPECT_THAT(anatomy_of(case_of({axial})), ElementsAre("s2-8"));
}

TEST(Anatomy, OfTheOtherKneeIsNotTaken) {
  auto right = stack(2, 8, 0.8), left = stack(3, 8, 1.0);
  right.laterality = "R";
  left.series_description = "SAG 3D LT KNEE";
  auto stacks = with_echoes({right, left});
  for (Stack& one : stacks)
    if (one.series_number == 1) one.laterality = "L";
  const auto cases = plan(survey_of(stacks), pipeline("knee-t2"), {});
  ASSERT_EQ(cases.size(), 1U);
  EXPECT_THAT(anatomy_of(cases[0]), ElementsAre("s3-8"));
  stacks = with_echoes({right});
  for (Stack& one : stacks)
    if (one.series_number == 1) one.laterality = "L";
  EXPECT_THAT(plan(survey_of(stacks), pipeline("knee-t2"), {})[0].no_anatomy,
              HasSubstr("it is of the right knee"));
}

TEST(Anatomy, WithoutAFrameOfReferenceComesAfterOneThatSharesIt) {
  auto bare = stack(2, 8, 0.8);
  bare.frame_of_reference_uid.clear();
  EXPECT_THAT(anatomy_of(case_of({bare})), ElementsAre("s2-8"));
  EXPECT_THAT(anatomy_of(case_of({bare, stack(3, 8, 1.5)})), ElementsAre("s3-8"));
}

TEST(Anatomy, IsNotTakenWhereNothingIsToBeSegmented) {
  PlanRequest request;
  request.join = false;
  EXPECT_THAT(anatomy_of(case_of({stack(2, 8, 0.8)}, request)), IsEmpty());
  EXPECT_THAT(case_of({stack(2, 8, 0.8)}, request).no_anatomy, HasSubstr("--no-companions"));
  request = {};
  request.unused = {SeriesRole::kAnatomy};
  EXPECT_THAT(anatomy_of(case_of({stack(2, 8, 0.8)}, request)), IsEmpty());
  EXPECT_EQ(case_of({stack(2, 8, 0.8)}, request).no_anatomy, "");
  request = {};
  request.labels = ledd::cases::LabelRequest{"given.nii.gz", "ledd"};
  EXPECT_THAT(anatomy_of(case_of({stack(2, 8, 0.8)}, request)), IsEmpty());
}

TEST(Anatomy, OfADessIsTheDessItself) {
  auto first = stack(1, 7, 1.5), second = stack(1, 42, 1.5);
  first.repetition_time_ms = second.repetition_time_ms = 25.0;
  const auto cases = plan(survey_of({first, second, stack(2, 8, 0.8)}), pipeline("knee-t2"), {});
  ASSERT_EQ(cases.size(), 1U);
  EXPECT_THAT(anatomy_of(cases[0]), IsEmpty());
  EXPECT_EQ(cases[0].no_anatomy, "");
}

TEST(Anatomy, IsSparedACaseThatIsSetAside) {
  auto stacks = with_echoes({stack(2, 8, 0.8)});
  stacks.back().columns = 100;
  const auto cases = plan(survey_of(stacks), pipeline("knee-t2"), {});
  ASSERT_EQ(cases.size(), 1U);
  EXPECT_NE(cases[0].problem, "");
  EXPECT_THAT(anatomy_of(cases[0]), IsEmpty());
}

}  // namespace
