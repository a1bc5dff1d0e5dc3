#include <gmock/gmock.h>

#include <algorithm>

#include "ledd/cases/survey.h"
#include "ledd/core/error.h"

namespace {

using ledd::Point;
using ledd::cases::Companion;
using ledd::cases::plan;
using ledd::cases::PlannedCase;
using ledd::cases::PlanRequest;
using ledd::cases::SeriesRole;
using ledd::cases::Survey;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

const ledd::cases::Pipeline& spine() {
  static const auto registry = ledd::cases::builtin_pipelines({});
  return ledd::cases::find_pipeline(registry, "spine-mri");
}

struct Times {
  double tr_ms, te_ms, ti_ms;
};
constexpr Times kT1{550, 11, 0};
constexpr Times kT2{4000, 100, 0};
constexpr Times kStir{4500, 60, 170};

/// A sagittal stack of 300 x 300 x 60 mm about the origin.
ledd::dicom::Stack stack(int number, const Times& times) {
  ledd::dicom::Stack s;
  s.id = "s" + std::to_string(number);
  s.modality = "MR";
  s.patient_id = "P";
  s.study_uid = "1.2";
  s.frame_of_reference_uid = "1.2.9";
  s.series_number = number;
  s.scanning_sequence = times.ti_ms > 0 ? "SE\\IR" : "SE";
  s.repetition_time_ms = times.tr_ms;
  s.echo_time_ms = times.te_ms;
  if (times.ti_ms > 0) s.inversion_time_ms = times.ti_ms;
  s.row_lps = {0, 1, 0};
  s.column_lps = {0, 0, -1};
  s.normal_lps = {-1, 0, 0};
  s.columns = s.rows = 300;
  s.pixel_spacing_mm = {1, 1};
  s.slice_spacing_mm = 4;
  for (unsigned k = 0; k < 15; ++k) {
    ledd::dicom::Slice slice;
    slice.sop_instance_uid = "1.2." + std::to_string(number) + "." + std::to_string(k);
    slice.position_lps_mm = {28.0 - 4.0 * k, -149.5, 149.5};
    s.slices.push_back(slice);
  }
  return s;
}

ledd::dicom::Stack moved(ledd::dicom::Stack s, const Point& by_mm) {
  for (auto& slice : s.slices)
    for (unsigned a = 0; a < 3; ++a) slice.position_lps_mm[a] += by_mm[a];
  return s;
}

Survey survey_of(const std::vector<ledd::dicom::Stack>& stacks) {
  Survey survey;
  for (const auto& one : stacks) {
    ledd::cases::Series series;
    series.id = one.id;
    series.stack = one;
    series.problem = one.problem;
    series.verdicts = {{"spine-mri", spine().match_stack(one)}};
    survey.series.push_back(series);
  }
  return survey;
}

/// "s2: s1 contrast, s3 contrast" for each case, sorted.
std::vector<std::string> told(const std::vector<PlannedCase>& cases) {
  std::vector<std::string> all;
  for (const PlannedCase& one : cases) {
    std::string text = one.series->id + ":";
    for (const Companion& companion : one.companions)
      text += " " + companion.series.id + "-" + std::string(ledd::cases::name_of(companion.role));
    all.push_back(text);
  }
  std::sort(all.begin(), all.end());
  return all;
}

std::vector<std::string> planned(const std::vector<ledd::dicom::Stack>& stacks,
                                 const PlanRequest& request = {}) {
  return told(plan(survey_of(stacks), spine(), request));
}

std::string apart(const std::vector<ledd::dicom::Stack>& stacks, const std::string& id) {
  for (const PlannedCase& one : plan(survey_of(stacks), spine(), {}))
    if (one.series->id == id) return one.apart;
  return "no such case";
}

TEST(Join, AStudyOfThreeWeightingsIsOneCaseOfTheT2) {
  EXPECT_THAT(planned({stack(1, kT1), stack(2, kT2), stack(3, kStir)}),
              ElementsAre("s2: s1-contrast s3-contrast"));
  EXPECT_THAT(planned({stack(1, kT1), stack(3, kStir)}), ElementsAre("s1: s3-contrast"));
}

TEST(Join, TheCaseIdIsThatOfThePrimaryAloneAndNamesWhatItReplaces) {
  const auto alone = plan(survey_of({stack(2, kT2)}), spine(), {}).at(0);
  const auto t1 = plan(survey_of({stack(1, kT1)}), spine(), {}).at(0);
  const auto both = plan(survey_of({stack(1, kT1), stack(2, kT2)}), spine(), {}).at(0);
  EXPECT_EQ(both.id, alone.id);
  EXPECT_THAT(both.replaces, ElementsAre(t1.id));
  EXPECT_THAT(alone.replaces, IsEmpty());
}

TEST(Join, TheOrderOfTheInputDoesNotMatter) {
  const std::vector<ledd::dicom::Stack> study{stack(1, kT1), stack(2, kT2), stack(3, kStir), stack(4, kT2)};
  auto turned = study;
  std::reverse(turned.begin(), turned.end());
  EXPECT_EQ(planned(study), planned(turned));
}

TEST(Join, ARepeatedSeriesIsACaseOfItsOwn) {
  const std::vector<ledd::dicom::Stack> study{stack(7, kT2), stack(2, kT2), stack(4, kT1)};
  EXPECT_THAT(planned(study), ElementsAre("s2: s4-contrast", "s7: s4-contrast"));
  EXPECT_THAT(apart(study, "s7"), HasSubstr("has a T2 series already"));
  const std::vector<ledd::dicom::Stack> stirs{stack(2, kT2), stack(3, kStir), stack(5, kStir)};
  EXPECT_THAT(planned(stirs), ElementsAre("s2: s3-contrast", "s5:"));
}

TEST(Join, NothingJoinsAcrossFramesStudiesPersonsOrWithoutAFrame) {
  auto other = stack(1, kT1);
  other.frame_of_reference_uid = "1.2.10";
  EXPECT_THAT(planned({other, stack(2, kT2)}), ElementsAre("s1:", "s2:"));
  EXPECT_THAT(apart({other, stack(2, kT2)}, "s1"), HasSubstr("FrameOfReferenceUID (0020,0052) differs"));
  other.frame_of_reference_uid = "";
  EXPECT_THAT(planned({other, stack(2, kT2)}), ElementsAre("s1:", "s2:"));
  EXPECT_THAT(apart({other, stack(2, kT2)}, "s1"), HasSubstr("is missing"));
  other = stack(1, kT1);
  other.study_uid = "1.3";
  EXPECT_THAT(planned({other, stack(2, kT2)}), ElementsAre("s1:", "s2:"));
  other = stack(1, kT1);
  other.patient_id = "Q";
  EXPECT_THAT(planned({other, stack(2, kT2)}), ElementsAre("s1:", "s2:"));
  other = stack(1, kT1);
  other.study_uid = "";
  auto t2 = stack(2, kT2);
  t2.study_uid = "";
  EXPECT_THAT(planned({other, t2}), ElementsAre("s1:", "s2:"));
}

TEST(Join, HalfOfTheExtentMustBeCoveredInEveryDirection) {
  for (const Point& axis : {Point{1, 0, 0}, Point{0, 1, 0}, Point{0, 0, 1}}) {
    const double length_mm = axis[0] > 0 ? 60 : 300;
    const auto by = [&](double share) {
      return moved(stack(1, kT1),
                   {axis[0] * share * length_mm, axis[1] * share * length_mm, axis[2] * share * length_mm});
    };
    EXPECT_THAT(planned({by(0.3), stack(2, kT2)}), ElementsAre("s2: s1-contrast"));
    EXPECT_THAT(planned({by(1.1), stack(2, kT2)}), ElementsAre("s1:", "s2:"));
    EXPECT_THAT(apart({by(0.55), stack(2, kT2)}, "s1"), HasSubstr("it covers 45 % of that one's extent"));
  }
}

TEST(Join, AStackTurnedAgainstThePrimaryIsItsOwnCase) {
  auto turned = stack(1, kT1);
  turned.normal_lps = {-std::cos(0.35), -std::sin(0.35), 0};
  turned.row_lps = {-std::sin(0.35), std::cos(0.35), 0};
  EXPECT_THAT(planned({turned, stack(2, kT2)}), ElementsAre("s1:", "s2:"));
  EXPECT_THAT(apart({turned, stack(2, kT2)}, "s1"), HasSubstr("turned by 20 degrees"));
}

TEST(Join, AnUnknownWeightingOrAProblemKeepsASeriesApart) {
  auto unknown = stack(1, {0, 0, 0});
  unknown.repetition_time_ms.reset();
  EXPECT_THAT(planned({unknown, stack(2, kT2)}), ElementsAre("s1:", "s2:"));
  EXPECT_THAT(apart({unknown, stack(2, kT2)}, "s1"), HasSubstr("weighting is unknown"));
  auto broken = stack(1, kT1);
  broken.problem = "a gap";
  const auto cases = plan(survey_of({broken, stack(2, kT2)}), spine(), {});
  EXPECT_THAT(told(cases), ElementsAre("s1:", "s2:"));
  EXPECT_TRUE(
      std::any_of(cases.begin(), cases.end(), [](const auto& one) { return one.problem == "a gap"; }));
}

TEST(Join, AWholeSpineServesForCountingAndIsMeasuredToo) {
  auto whole = stack(5, kT2);
  whole.rows = 700;
  whole = moved(whole, {0, 0, 400});  // from 149.5 + 400 down to -150
  const auto cases = plan(survey_of({stack(2, kT2), whole}), spine(), {});
  EXPECT_THAT(told(cases), ElementsAre("s2: s5-counting", "s5:"));
  for (const auto& one : cases)
    if (one.series->id == "s2") {
      EXPECT_NEAR(one.companions.at(0).above_mm, 400, 1e-9);
      EXPECT_NEAR(one.companions.at(0).below_mm, 0, 1e-9);
    }
  // In another weighting it serves as contrast, and is measured for what it shows beyond.
  whole.repetition_time_ms = 550;
  whole.echo_time_ms = 11;
  EXPECT_THAT(planned({stack(2, kT2), whole}), ElementsAre("s2: s5-contrast", "s5:"));
}

TEST(Join, TwoNeighbouringRegionsCountOnEachOther) {
  const auto thoracic = moved(stack(6, kT2), {0, 0, 230});
  EXPECT_THAT(planned({stack(2, kT2), thoracic}), ElementsAre("s2: s6-counting", "s6: s2-counting"));
}

TEST(Join, ALocalizerServesForCountingOnly) {
  auto localizer = stack(1, kT1);
  localizer.localizer = true;
  localizer.slices.resize(3);
  localizer = moved(localizer, {-20, 0, 100});
  EXPECT_THAT(planned({localizer, stack(2, kT2)}), ElementsAre("s2: s1-counting"));
  EXPECT_THAT(planned({moved(localizer, {0, 0, -100}), stack(2, kT2)}), ElementsAre("s2:"));
  EXPECT_THROW(plan(survey_of({localizer}), spine(), {}), ledd::Error);
}

TEST(Join, ASeriesWantedByIdIsThePrimary) {
  const std::vector<ledd::dicom::Stack> study{stack(1, kT1), stack(2, kT2), stack(3, kStir)};
  PlanRequest request;
  request.series = {"s1"};
  EXPECT_THAT(planned(study, request), ElementsAre("s1: s2-contrast s3-contrast"));
  EXPECT_THAT(plan(survey_of(study), spine(), request).at(0).replaces, IsEmpty());
  request.series = {"s1", "s3"};
  EXPECT_THAT(planned(study, request),
              ElementsAre("s1: s2-contrast s3-contrast", "s3: s2-contrast s1-contrast"));
}

TEST(Join, WithoutJoiningEverySeriesIsItsOwnCase) {
  PlanRequest request;
  request.join = false;
  EXPECT_THAT(planned({stack(1, kT1), stack(2, kT2), stack(3, kStir)}, request),
              ElementsAre("s1:", "s2:", "s3:"));
}

/// Five axial slices of 200 x 200 mm about the origin.
ledd::dicom::Stack axial(int number, const Times& times) {
  ledd::dicom::Stack s = stack(number, times);
  s.row_lps = {1, 0, 0};
  s.column_lps = {0, 1, 0};
  s.normal_lps = {0, 0, 1};
  s.columns = s.rows = 200;
  s.slices.resize(5);
  for (unsigned k = 0; k < 5; ++k) s.slices[k].position_lps_mm = {-99.5, -99.5, -8.0 + 4.0 * k};
  return s;
}

TEST(Join, AnAxialSeriesOfTheSameFrameIsMeasuredAcrossAndNeverACase) {
  EXPECT_THAT(planned({stack(1, kT1), stack(2, kT2), axial(5, kT2), axial(6, kT1)}),
              ElementsAre("s2: s1-contrast s5-axial s6-axial"));
  EXPECT_THROW(plan(survey_of({axial(5, kT2)}), spine(), {}), ledd::Error);
}

TEST(Join, AnAxialSeriesOfAnotherFrameOrPlaceOrALocalizerStaysOut) {
  auto other = axial(5, kT2);
  other.frame_of_reference_uid = "1.2.10";
  EXPECT_THAT(planned({stack(2, kT2), other}), ElementsAre("s2:"));
  other = axial(5, kT2);
  other.study_uid = "1.3";
  EXPECT_THAT(planned({stack(2, kT2), other}), ElementsAre("s2:"));
  EXPECT_THAT(planned({stack(2, kT2), moved(axial(5, kT2), {0, 0, 400})}), ElementsAre("s2:"));
  other = axial(5, kT2);
  other.localizer = true;
  EXPECT_THAT(planned({stack(2, kT2), other}), ElementsAre("s2:"));
}

TEST(Join, EverySeriesOfARandomStudyIsUsedSomewhere) {
  std::uint64_t state = 1;
  const auto draw = [&](std::uint64_t below) {
    state = state * 6364136223846793005U + 1442695040888963407U;
    return (state >> 33U) % below;
  };
  for (int trial = 0; trial < 200; ++trial) {
    std::vector<ledd::dicom::Stack> study;
    for (int number = 1; number <= 6; ++number) {
      auto one = stack(number, std::array{kT1, kT2, kStir}.at(draw(3)));
      one.frame_of_reference_uid = draw(4) == 0 ? "1.2.8" : "1.2.9";
      one.rows = draw(3) == 0 ? 700 : 300;
      study.push_back(moved(one, {0, 0, 50.0 * static_cast<double>(draw(12))}));
    }
    const auto cases = plan(survey_of(study), spine(), {});
    for (const auto& one : study)
      EXPECT_THAT(ledd::cases::uses_of(one.id, cases), testing::Not(IsEmpty())) << trial << " " << one.id;
  }
}

}  // namespace
