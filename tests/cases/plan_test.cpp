#include <gmock/gmock.h>

#include <cmath>

#include "ledd/cases/survey.h"
#include "ledd/core/error.h"

#include "folder.h"
#include "scans.h"
#include "threshold_pipeline.h"

namespace {

using ledd::Context;
using ledd::Errc;
using ledd::Error;
using ledd::Folder;
using ledd::cases::plan;
using ledd::cases::survey;
using ledd::testing::threshold_pipeline;
using ledd::testing::write_scan;
using testing::HasSubstr;

namespace fs = std::filesystem;

ledd::dicom::Stack sagittal_stack() {
  ledd::dicom::Stack stack;
  stack.id = "s1";
  stack.modality = "MR";
  stack.normal_lps = {-1, 0, 0};
  for (unsigned k = 0; k < 6; ++k) {
    ledd::dicom::Slice slice;
    slice.sop_instance_uid = "1.2." + std::to_string(k);
    stack.slices.push_back(slice);
  }
  return stack;
}

std::string refusal(const ledd::dicom::Stack& stack) {
  return ledd::cases::match_sagittal_mr(stack, 5, "spine-mri").reason;
}

ledd::cases::Survey survey_of(const fs::path& input, const fs::path& leave_out = {}) {
  Context context;
  return survey({input}, leave_out, {threshold_pipeline()}, context);
}

ledd::cases::Survey survey_of(const ledd::dicom::Stack& stack) {
  const auto pipeline = threshold_pipeline();
  ledd::cases::Series series;
  series.id = stack.id;
  series.stack = stack;
  series.problem = stack.problem;
  series.verdicts = {{pipeline.name, pipeline.match_stack(stack)}};
  return {{}, {series}};
}

Errc code_of(const std::function<void()>& body) {
  try {
    body();
  } catch (const Error& e) {
    return e.code();
  }
  return Errc::kInternal;
}

TEST(SagittalMatch, TakesTheWholeThirtyDegreesAndNoMore) {
  auto stack = sagittal_stack();
  for (const double deg : {0.0, 29.0}) {
    stack.normal_lps = {std::cos(deg * M_PI / 180), std::sin(deg * M_PI / 180), 0};
    EXPECT_EQ(refusal(stack), "") << deg;
  }
  stack.normal_lps = {std::cos(31 * M_PI / 180), std::sin(31 * M_PI / 180), 0};
  EXPECT_THAT(refusal(stack), HasSubstr("31 degrees"));
}

TEST(SagittalMatch, SaysWhyNot) {
  auto stack = sagittal_stack();
  stack.normal_lps = {0, 0, 1};
  EXPECT_EQ(refusal(stack), "axial: spine-mri needs a sagittal stack");
  stack.normal_lps = {0, 1, 0};
  EXPECT_EQ(refusal(stack), "coronal: spine-mri needs a sagittal stack");
  stack = sagittal_stack();
  stack.modality = "CT";
  EXPECT_EQ(refusal(stack), "modality CT: spine-mri needs MR");
  stack = sagittal_stack();
  stack.slices.resize(1);
  EXPECT_EQ(refusal(stack), "1 slice: spine-mri needs at least 5");
  stack = sagittal_stack();
  stack.series_description = "Sag PD Knee left";
  EXPECT_THAT(refusal(stack), HasSubstr("SeriesDescription says knee"));
}

TEST(SagittalMatch, OfAnImageFollowsTheWidestSpacing) {
  const auto scan = ledd::testing::sagittal_scan(1);
  EXPECT_TRUE(ledd::cases::match_sagittal_image(*scan, 5, "p").accepted);
  const auto axial = ledd::phantom::blank<ledd::Volume>({8, 8, 8}, {1, 1, 4}, 0.0F);
  EXPECT_THAT(ledd::cases::match_sagittal_image(*axial, 5, "p").reason, HasSubstr("axial"));
  const auto cubic = ledd::phantom::blank<ledd::Volume>({8, 8, 8}, {1, 1, 1}, 0.0F);
  EXPECT_TRUE(ledd::cases::match_sagittal_image(*cubic, 5, "p").accepted);
}

TEST(Plan, CaseIdFollowsTheContentAndNotTheName) {
  const Folder a;
  const Folder b;
  write_scan(a / "first.nii.gz", 3);
  fs::copy_file(a / "first.nii.gz", b / "other name.nii.gz");
  const auto id_a = plan(survey_of(a.path()), threshold_pipeline(), {}).at(0).id;
  const auto id_b = plan(survey_of(b.path()), threshold_pipeline(), {}).at(0).id;
  EXPECT_EQ(id_a, id_b);
  EXPECT_THAT(id_a, testing::MatchesRegex("[0-9a-f]{12}"));
  write_scan(b / "other name.nii.gz", 4);
  EXPECT_NE(plan(survey_of(b.path()), threshold_pipeline(), {}).at(0).id, id_a);
}

TEST(Plan, CaseIdOfAStackIsNoHeaderValueAndDiffersByPipeline) {
  auto stack = sagittal_stack();
  stack.patient_id = "Secret";
  const auto id = plan(survey_of(stack), threshold_pipeline(), {}).at(0).id;
  std::reverse(stack.slices.begin(), stack.slices.end());
  stack.patient_id = "Other";
  EXPECT_EQ(plan(survey_of(stack), threshold_pipeline(), {}).at(0).id, id);
  auto other = threshold_pipeline();
  other.name = "other";
  auto seen = survey_of(stack);
  seen.series[0].verdicts[0].pipeline = "other";
  EXPECT_NE(plan(seen, other, {}).at(0).id, id);
}

TEST(Plan, AnAcceptableStackWithAProblemIsSetAsideAndNotDropped) {
  auto stack = sagittal_stack();
  stack.problem = "slice gap 8 mm after slice 3 differs from 4 mm";
  const auto cases = plan(survey_of(stack), threshold_pipeline(), {});
  ASSERT_EQ(cases.size(), 1U);
  EXPECT_EQ(cases[0].problem, stack.problem);
}

TEST(Plan, NothingAcceptableGivesEachSeriesReason) {
  auto stack = sagittal_stack();
  stack.normal_lps = {0, 0, 1};
  stack.series_number = 7;
  try {
    plan(survey_of(stack), threshold_pipeline(), {});
    FAIL() << "an axial stack was planned";
  } catch (const Error& e) {
    EXPECT_EQ(e.code(), Errc::kInput);
    EXPECT_THAT(e.what(), testing::AllOf(HasSubstr("series 7"), HasSubstr("axial")));
  }
}

TEST(Plan, AnEmptyInputIsNotFound) {
  const Folder folder;
  EXPECT_EQ(code_of([&] { plan(survey_of(folder.path()), threshold_pipeline(), {}); }), Errc::kNotFound);
  ledd::files::write_bytes("hello", folder / "letter.txt");
  EXPECT_EQ(code_of([&] { plan(survey_of(folder.path()), threshold_pipeline(), {}); }), Errc::kNotFound);
  EXPECT_EQ(code_of([&] { survey_of(folder / "nowhere"); }), Errc::kNotFound);
}

TEST(Plan, ASegmentationBelongsToOneScan) {
  const Folder folder;
  write_scan(folder / "a.nii.gz", 3);
  write_scan(folder / "b.nii.gz", 4);
  const auto seen = survey_of(folder.path());
  ledd::cases::PlanRequest request;
  request.labels = ledd::cases::LabelRequest{"labels.nii.gz", "ledd"};
  EXPECT_EQ(code_of([&] { plan(seen, threshold_pipeline(), request); }), Errc::kParam);
  request.series = {seen.series[1].id};
  EXPECT_EQ(plan(seen, threshold_pipeline(), request).size(), 1U);
  request.series = {"nosuchseries"};
  EXPECT_EQ(code_of([&] { plan(seen, threshold_pipeline(), request); }), Errc::kNotFound);
}

TEST(Survey, ResultsBelowTheInputAreNoInput) {
  const Folder folder;
  write_scan(folder / "a.nii.gz", 3);
  fs::create_directories(folder / "out");
  write_scan(folder / "out" / "labels.nii.gz", 4);
  EXPECT_EQ(survey_of(folder.path(), folder / "out").series.size(), 1U);
  EXPECT_EQ(survey_of(folder.path()).series.size(), 2U);
}

TEST(Survey, TheSameBytesTwiceAreOneSeriesAndARow) {
  const Folder folder;
  write_scan(folder / "a.nii.gz", 3);
  fs::copy_file(folder / "a.nii.gz", folder / "b.nii.gz");
  const auto seen = survey_of(folder.path());
  EXPECT_EQ(seen.series.size(), 1U);
  ASSERT_EQ(seen.files.size(), 2U);
  EXPECT_EQ(seen.files[1].decision, ledd::dicom::Decision::kIgnored);
  EXPECT_THAT(seen.files[1].reason, HasSubstr("a.nii.gz"));
}

TEST(Survey, AnImageFileThatCannotBeReadIsACaseWithAProblem) {
  const Folder folder;
  ledd::files::write_bytes("no image", folder / "broken.nii.gz");
  const auto seen = survey_of(folder.path());
  ASSERT_EQ(seen.files.size(), 1U);
  EXPECT_EQ(seen.files[0].decision, ledd::dicom::Decision::kRefused);
  const auto cases = plan(seen, threshold_pipeline(), {});
  ASSERT_EQ(cases.size(), 1U);
  EXPECT_THAT(cases[0].problem, HasSubstr("broken.nii.gz"));
}

}  // namespace
