#include <gmock/gmock.h>

#include <algorithm>

#include "ledd/cases/batch.h"
#include "ledd/cases/compare.h"
#include "ledd/cases/pipeline.h"
#include "ledd/cases/survey.h"
#include "ledd/core/error.h"
#include "ledd/files/files.h"
#include "ledd/xct_phantom/xct_phantom.h"

#include "folder.h"
#include "phantom.h"
#include "realdata.h"

namespace ledd {
namespace {

using testing::HasSubstr;

const Volume& bone() {
  static const auto drawn = [] {
    phantom::XctPhantom p;
    p.radius_mm = 3.0;
    p.straight_mm = 1.0;
    p.slices = 10;
    return phantom::draw(p).density_mg_per_cm3;
  }();
  return *drawn;
}

const cases::Registry& registry() {
  static const Folder share;
  static const auto all = cases::builtin_pipelines({share.path()});
  return all;
}

const cases::Pipeline& pipeline() {
  return cases::find_pipeline(registry(), "bone-hrpqct");
}

Outcome run(const cases::CaseInput& input, const ValueMap& parameters = {}) {
  Context context;
  return pipeline().prepare(parameters).run(input, context);
}

std::string refusal(const cases::CaseInput& input, const ValueMap& parameters = {}) {
  try {
    run(input, parameters);
  } catch (const Error& e) {
    return e.what();
  }
  return "measured";
}

double value(const Outcome& outcome, const std::string& endpoint) {
  for (const auto& m : outcome.measurements)
    if (m.endpoint == endpoint && m.value) return *m.value;
  ADD_FAILURE() << endpoint;
  return 0.0;
}

TEST(BoneHrpqctCases, AnAimIsMeasuredByItsOwnEquationAndByNoOtherPipeline) {
  const Folder folder;
  files::write_bytes(phantom::as_aim(bone()), folder / "BONE.AIM");
  Context context;
  const auto survey = cases::survey({folder.path()}, {}, registry(), context);
  ASSERT_EQ(survey.series.size(), 1U);
  for (const auto& verdict : survey.series[0].verdicts)
    EXPECT_EQ(verdict.match.accepted, verdict.pipeline == "bone-hrpqct") << verdict.pipeline;
  ASSERT_TRUE(survey.series[0].scanco);

  const auto scan = files::read_volume(folder / "BONE.AIM");
  cases::CaseInput input{scan};
  input.scanco = &*survey.series[0].scanco;
  const auto from_file = run(input);
  // the same bone as densities; the file's whole numbers are 0.2 mg HA/cm3 apart
  cases::CaseInput densities{&bone()};
  const auto direct = run(densities, {{"density_from", std::string("given")}});
  EXPECT_NEAR(value(from_file, "Tt_BMD"), value(direct, "Tt_BMD"), 0.3);
  EXPECT_NEAR(value(from_file, "Tt_Ar"), value(direct, "Tt_Ar"), 0.02);
  EXPECT_FALSE(from_file.figures.front().letters) << "an AIM does not know left and right";
  EXPECT_TRUE(direct.figures.front().letters);
}

TEST(BoneHrpqctCases, WithoutAnEquationItSaysWhatWouldDo) {
  cases::CaseInput plain{&bone()};
  EXPECT_THAT(refusal(plain), AllOf(HasSubstr("an image file states none"), HasSubstr("density_from=given")));
  files::ScancoHeader header;
  header.version = "ISQ";
  cases::CaseInput scanned{&bone()};
  scanned.scanco = &header;
  EXPECT_THAT(refusal(scanned), HasSubstr("the ISQ's header states none"));
  header.density_slope = 1600.0;
  header.density_intercept = -390.0;
  header.density_unit = "1/cm";
  EXPECT_THAT(refusal(scanned), HasSubstr("\"1/cm\", which is not mg HA/cm3"));
}

dicom::Stack stack_of(const Volume& image) {
  dicom::Stack stack;
  stack.modality = "CT";
  stack.pixel_spacing_mm = {image.GetSpacing()[0], image.GetSpacing()[1]};
  stack.slice_spacing_mm = image.GetSpacing()[2];
  stack.slices.resize(image.GetLargestPossibleRegion().GetSize(2));
  return stack;
}

TEST(BoneHrpqctCases, DicomIsMeasuredByItsRescaleTypeOrScancosCalibration) {
  auto stack = stack_of(bone());
  cases::CaseInput input{&bone()};
  input.header = &stack;
  stack.rescale_type = "HU";
  EXPECT_THAT(refusal(input), HasSubstr("RescaleType (0028,1054) is \"HU\""));
  stack.rescale_type = "mg HA/ccm";
  const double by_type = value(run(input), "Tt_BMD");

  // stored = 10 * density + 4000, rescaled by 0.5 * stored - 100; Scanco says density = 0.1 * stored - 400
  const auto stored = phantom::blank<Volume>({1, 1, 1}, {1, 1, 1}, 0.0F);
  stored->CopyInformation(&bone());
  stored->SetRegions(bone().GetLargestPossibleRegion());
  stored->Allocate();
  for (std::size_t n = 0; n < bone().GetLargestPossibleRegion().GetNumberOfPixels(); ++n)
    stored->GetBufferPointer()[n] = 0.5F * (10.0F * bone().GetBufferPointer()[n] + 4000.0F) - 100.0F;
  stack.rescale_type = "HU";
  stack.scanco = dicom::ScancoCalibration{8192.0, 819.2, -400.0};
  for (auto& slice : stack.slices) {
    slice.rescale_slope = 0.5;
    slice.rescale_intercept = -100.0;
  }
  cases::CaseInput rescaled{stored};
  rescaled.header = &stack;
  EXPECT_NEAR(value(run(rescaled), "Tt_BMD"), by_type, 0.01);
  stack.slices.back().rescale_slope = 0.6;
  EXPECT_THAT(refusal(rescaled), HasSubstr("that fits all slices"));
}

TEST(BoneHrpqctCases, OnlyFineCtIsTaken) {
  auto stack = stack_of(bone());
  EXPECT_TRUE(pipeline().match_stack(stack).accepted);
  stack.slice_spacing_mm = 1.0;
  EXPECT_THAT(pipeline().match_stack(stack).reason, HasSubstr("at most 0.2 mm"));
  stack = stack_of(bone());
  stack.modality = "MR";
  EXPECT_THAT(pipeline().match_stack(stack).reason, HasSubstr("needs CT"));
}

/// Runs one AIM of a bone that lies as `p` says; its case id.
std::string measure(const phantom::XctPhantom& p, const std::string& name, const Folder& folder) {
  files::write_bytes(phantom::as_aim(*phantom::draw(p).density_mg_per_cm3), folder / name);
  Context context;
  const auto survey = cases::survey({folder / name}, {}, registry(), context);
  cases::BatchOptions options;
  options.out = folder / "out";
  cases::Stop stop;
  std::string id;
  cases::Listener listener;
  listener.finished = [&](const cases::CaseReport& report) {
    EXPECT_EQ(report.reason, "");
    id = report.case_id;
  };
  const auto prepared = pipeline().prepare({});
  cases::run_batch(cases::plan(survey, pipeline(), {}), {pipeline(), prepared}, options, listener, stop);
  return id;
}

TEST(BoneHrpqctCases, TwoVisitsAreComparedFromTheirCaseFolders) {
  const Folder folder;
  phantom::XctPhantom p;
  p.radius_mm = 3.0;
  p.straight_mm = 1.5;
  p.slices = 30;
  p.taper = 0.08;
  p.warp_mm = 0.35;
  p.margin_mm = 1.0;
  p.voxel_mm = 0.082;
  const std::string before = measure(p, "A1.AIM", folder);
  p.shift_z_mm = 0.5;
  p.turn_z_deg = 2.0;
  p.seed = 2;
  const std::string after = measure(p, "A2.AIM", folder);
  const auto compare = [&] {
    cases::CaseReport last;
    cases::Listener listener;
    listener.finished = [&](const cases::CaseReport& report) { last = report; };
    cases::compare_visits(
        {{before, after}}, pipeline(), pipeline().change->prepare({}), {folder / "out", 1}, listener);
    return last;
  };
  const auto done = compare();
  EXPECT_EQ(done.reason, "");
  const auto changes = folder / "out" / "changes" / (before + "-" + after);
  for (const char* name : {"baseline", "followup", "difference", "difference-along"})
    EXPECT_TRUE(std::filesystem::exists(changes / "figures" / (std::string(name) + ".png"))) << name;
  EXPECT_THAT(files::read_bytes(changes / "provenance.json"), HasSubstr("maps/density.nii.gz"));
  EXPECT_THAT(files::read_bytes(folder / "out" / "changes.csv"), HasSubstr(",Tb_BMD_change,value,"));
  // a case folder made before densities were kept
  std::filesystem::remove(folder / "out" / "cases" / before / "maps" / "density.nii.gz");
  const auto refused = compare();
  EXPECT_THAT(refused.reason,
              AllOf(HasSubstr(before), HasSubstr("holds no map density"), HasSubstr("run it again")));
}

TEST(BoneHrpqctCases, ARealAimWithoutAnEquationIsRefused) {
  LEDD_NEEDS_REALDATA("bone/scanco/tests/data/test_aim.AIM");
  const auto file = realdata() / "bone/scanco/tests/data/test_aim.AIM";
  const auto scan = files::read_volume(file);
  const auto header = files::read_scanco_header(file);
  cases::CaseInput input{scan};
  input.scanco = &header;
  EXPECT_THAT(refusal(input), HasSubstr("the AIM's header states none"));
}

}  // namespace
}  // namespace ledd
