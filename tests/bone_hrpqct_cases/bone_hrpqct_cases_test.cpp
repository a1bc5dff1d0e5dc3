#include <gmock/gmock.h>

#include <algorithm>
#include <cmath>

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
#include "tiff.h"

namespace ledd {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

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
    const auto& bone = pipeline();
    const auto prepared = bone.change->prepare({});
    cases::Pairing visits;
    visits.pipeline = bone.name;
    visits.pairs = {{before, after}};
    cases::compare_visits({{visits, &bone, &prepared}}, {folder / "out", 1}, listener);
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

/// The bone as slices of 16 bits in files of their own: number = (density + 500) / 0.1.
void write_slices(const Volume& density, const Folder& folder) {
  const auto size = density.GetLargestPossibleRegion().GetSize();
  for (std::size_t z = 0; z < size[2]; ++z) {
    std::string page;
    for (std::size_t n = 0; n < size[0] * size[1]; ++n) {
      const auto number = static_cast<std::uint16_t>(
          std::lround((density.GetBufferPointer()[z * size[0] * size[1] + n] + 500.0F) * 10.0F));
      page += static_cast<char>(number & 0xFFU);
      page += static_cast<char>(number >> 8U);
    }
    testing::TiffPages file;
    file.columns = static_cast<std::uint32_t>(size[0]);
    file.rows = static_cast<std::uint32_t>(size[1]);
    file.bits = 16;
    file.pages = {page};
    files::write_bytes(testing::tiff_bytes(file), folder / ("slice" + std::to_string(z + 1) + ".tif"));
  }
}

const ValueMap kTiff{{"density_from", std::string("given")},
                     {"density_slope", 0.1},
                     {"density_intercept", -500.0},
                     {"voxel_mm", 0.0607}};

std::vector<cases::CaseReport> run_all(const cases::Survey& survey,
                                       const ValueMap& given,
                                       const std::filesystem::path& out) {
  std::vector<cases::CaseReport> reports;
  cases::Listener listener;
  listener.finished = [&](const cases::CaseReport& report) { reports.push_back(report); };
  cases::BatchOptions options;
  options.out = out;
  cases::Stop stop;
  const auto prepared = pipeline().prepare(given);
  cases::run_batch(cases::plan(survey, pipeline(), {}), {pipeline(), prepared}, options, listener, stop);
  return reports;
}

TEST(BoneHrpqctCases, SlicesAsTiffAreMeasuredWithWhatIsGivenAndNotWithout) {
  const Folder in, out;
  write_slices(bone(), in);
  Context context;
  const auto survey = cases::survey({in.path()}, {}, registry(), context);
  ASSERT_EQ(survey.series.size(), 1U) << "slice1 to slice10 are one stack";
  const auto& series = survey.series[0];
  EXPECT_EQ(series.problem, "");
  EXPECT_THAT(series.geometry, HasSubstr("x 10 pixels of 16 bits, size not stated"));
  for (const auto& verdict : series.verdicts)
    EXPECT_EQ(verdict.match.accepted, verdict.pipeline == "bone-hrpqct") << verdict.pipeline;

  const auto done = run_all(survey, kTiff, out / "a");
  ASSERT_EQ(done.size(), 1U);
  EXPECT_EQ(done[0].reason, "");
  const auto folder = out / "a" / "cases" / done[0].case_id;
  const auto labels = files::read_labels(folder / "labels.nii.gz");
  EXPECT_NEAR(labels->GetSpacing()[2], 0.0607, 1e-6);
  const auto same = files::read_volume(folder / "maps" / "density.nii.gz");
  double most = 0.0;
  for (std::size_t n = 0; n < same->GetLargestPossibleRegion().GetNumberOfPixels(); ++n)
    if (labels->GetBufferPointer()[n] != 0)
      most = std::max(
          most, std::fabs(static_cast<double>(same->GetBufferPointer()[n] - bone().GetBufferPointer()[n])));
  EXPECT_LE(most, 0.56)
      << "a step of the numbers and the map's whole mg/cm3: the slices stand in their order";

  ValueMap without = kTiff;
  without.erase("voxel_mm");
  EXPECT_THAT(run_all(survey, without, out / "b").at(0).reason, HasSubstr("set voxel_mm=SIZE"));
  without = kTiff;
  without.erase("density_from");
  EXPECT_THAT(run_all(survey, without, out / "c").at(0).reason, HasSubstr("TIFF files state none"));
}

TEST(BoneHrpqctCases, ASliceThatIsMissingOrDamagedIsNamed) {
  const Folder in, out;
  write_slices(bone(), in);
  std::filesystem::resize_file(in / "slice4.tif", 1000);
  Context context;
  auto survey = cases::survey({in.path()}, {}, registry(), context);
  EXPECT_THAT(run_all(survey, kTiff, out / "a").at(0).reason, HasSubstr("slice4.tif: "));
  std::filesystem::remove(in / "slice4.tif");
  survey = cases::survey({in.path()}, {}, registry(), context);
  EXPECT_THAT(run_all(survey, kTiff, out / "b").at(0).reason,
              HasSubstr("after slice3.tif the numbers 4 to 4 are missing"));
}

TEST(BoneHrpqctCases, AVoxelSizeIsNotTakenForAFileThatStatesItsOwn) {
  const Folder in, out;
  files::write_bytes(phantom::as_aim(bone()), in / "BONE.AIM");
  Context context;
  const auto survey = cases::survey({in.path()}, {}, registry(), context);
  EXPECT_THAT(run_all(survey, {{"voxel_mm", 0.05}}, out / "a").at(0).reason,
              HasSubstr("voxel_mm is for stacks of TIFF"));
}

TEST(BoneHrpqctCases, ARealCubeOfTrabeculaeAsTiffIsMeasuredWhole) {
  LEDD_NEEDS_REALDATA("bone/microct-trabecular/3155_D_4_bc_0000.tif");
  const Folder out;
  Context context;
  const auto survey = cases::survey({realdata() / "bone/microct-trabecular"}, {}, registry(), context);
  const auto done = run_all(survey,
                            {{"density_from", std::string("given")},
                             {"density_slope", 4.0},
                             {"voxel_mm", 0.0195},
                             {"compartments_from", std::string("whole")}},
                            out / "a");
  ASSERT_EQ(done.size(), 1U);
  EXPECT_EQ(done[0].reason, "");
  const auto table = files::read_bytes(out / "a" / "endpoints.csv");
  EXPECT_THAT(table, HasSubstr("BV_TV"));
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
