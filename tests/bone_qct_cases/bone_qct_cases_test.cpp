#include <gmock/gmock.h>

#include <algorithm>
#include <filesystem>

#include "ledd/cases/pipeline.h"
#include "ledd/cases/survey.h"
#include "ledd/core/error.h"
#include "ledd/dicom/dicom.h"
#include "ledd/files/files.h"
#include "ledd/torso_phantom/torso_phantom.h"

#include "folder.h"

namespace ledd {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;

/// Where an installation has its network.
class Share {
 public:
  Share() {
    fs::create_directories(folder_ / "models");
    fs::create_symlink(LEDD_SOURCE_DIR "/modules/spine_segmentation/model/spine.onnx",
                       folder_ / "models" / "spine.onnx");
  }
  fs::path path() const { return folder_.path(); }

 private:
  Folder folder_;
};

const cases::Registry& registry() {
  static const Share share;
  static const auto all = cases::builtin_pipelines({share.path()});
  return all;
}

const cases::Pipeline& pipeline() {
  return cases::find_pipeline(registry(), "bone-qct");
}

torso_phantom::Params small() {
  torso_phantom::Params p;
  p.scan.region = torso_phantom::Region::kSpine;
  p.scan.columns = p.scan.rows = 128;
  p.scan.pixel_mm = 2.5;
  p.pad.kind = torso_phantom::PadKind::kModel3;
  return p;
}

const TorsoPhantom::Result& drawn() {
  static const auto result = [] {
    Context context({}, 2);
    return TorsoPhantom(small())(context);
  }();
  return result;
}

/// The series as this pipeline's case, with the drawn bodies given.
Outcome run(const dicom::Stack& stack, const ValueMap& parameters = {}) {
  Context context;
  const auto scan = dicom::load(stack, context);
  cases::CaseInput input{scan};
  input.labels = drawn().bodies;
  input.header = &stack;
  return pipeline().prepare(parameters).run(input, context);
}

std::string refusal(const ValueMap& parameters) {
  try {
    pipeline().prepare(parameters);
  } catch (const Error& e) {
    EXPECT_EQ(e.code(), Errc::kParam);
    return e.what();
  }
  return "accepted";
}

const Measurement* find(const Outcome& outcome, const std::string& region, const std::string& endpoint) {
  const auto it =
      std::find_if(outcome.measurements.begin(), outcome.measurements.end(), [&](const Measurement& m) {
        return m.region == region && m.endpoint == endpoint && m.statistic == "value";
      });
  return it == outcome.measurements.end() ? nullptr : &*it;
}

TEST(BoneQctCases, ASeriesIsTakenByThisPipelineAloneAndItsHeaderIsUsed) {
  const Folder folder;
  torso_phantom::write_dicom(drawn(), small(), folder.path());
  Context context;
  const auto survey = cases::survey({folder.path()}, {}, registry(), context);
  ASSERT_EQ(survey.series.size(), 1U);
  for (const auto& verdict : survey.series[0].verdicts)
    EXPECT_EQ(verdict.match.accepted, verdict.pipeline == "bone-qct") << verdict.pipeline;
  const auto outcome = run(*survey.series[0].stack);
  EXPECT_EQ(find(outcome, "L1", "Tb_vBMD")->quality, Quality::kGood)
      << find(outcome, "L1", "Tb_vBMD")->reason;
  EXPECT_NEAR(find(outcome, "L1", "Tb_vBMD")->value.value(), 120.0, 2.5);
  EXPECT_EQ(find(outcome, "L1", "Tb_HU")->reason, "") << "120 kV are stated";
  EXPECT_THAT(outcome.texts.at("calibration.toml"), HasSubstr("tube_kv = 120.0"));

  // What it leaves serves another case, and what it holds is in the parameters in force.
  const Folder other;
  files::write_bytes(outcome.texts.at("calibration.toml"), other / "calibration.toml");
  const ValueMap stored{{"calibration", std::string("stored")},
                        {"stored_file", (other / "calibration.toml").string()}};
  EXPECT_NEAR(find(run(*survey.series[0].stack, stored), "L1", "Tb_vBMD")->value.value(), 120.0, 2.5);
  EXPECT_TRUE(pipeline().prepare(stored).effective.contains("stored_file_sha256"));
}

TEST(BoneQctCases, AMissingSliceIsNotFilledIn) {
  const Folder folder;
  auto params = small();
  params.scan.missing_slice = 20;
  torso_phantom::write_dicom(drawn(), params, folder.path());
  Context context;
  const auto index = dicom::index({folder.path()}, context);
  ASSERT_EQ(index.stacks.size(), 1U);
  EXPECT_THAT(index.stacks[0].problem, HasSubstr("equal distances are needed"));
  EXPECT_THROW(dicom::load(index.stacks[0], context), Error);
}

TEST(BoneQctCases, WithoutAVoltageHuAreFlagged) {
  const Folder folder;
  auto params = small();
  params.scan.kvp_tag = false;
  torso_phantom::write_dicom(drawn(), params, folder.path());
  Context context;
  const auto index = dicom::index({folder.path()}, context);
  const auto outcome = run(index.stacks.at(0));
  EXPECT_THAT(find(outcome, "L1", "Tb_HU")->reason, HasSubstr("voltage not stated"));
}

TEST(BoneQctCases, FilesThatAreNotWhatTheyShouldBeAreMistakesOfTheUser) {
  const Folder folder;
  EXPECT_THAT(refusal({{"stored_file", (folder / "none.toml").string()}}), HasSubstr("stored_file"));
  files::write_bytes("name = 3", folder / "bad.toml");
  EXPECT_THAT(refusal({{"stored_file", (folder / "bad.toml").string()}}), HasSubstr("stored_file"));
  EXPECT_THAT(refusal({{"phantoms_file", (folder / "bad.toml").string()}}), HasSubstr("phantoms_file"));
  EXPECT_THAT(refusal({{"phantom_file", std::string()}}), HasSubstr("did you mean 'phantom"));
}

TEST(BoneQctCases, AnImageIsTakenByItsVoxels) {
  auto image = Volume::New();
  const auto accepted = [&](double x, double z) {
    Volume::SpacingType spacing;
    spacing[0] = spacing[1] = x;
    spacing[2] = z;
    image->SetSpacing(spacing);
    return pipeline().match_image(*image).accepted;
  };
  EXPECT_TRUE(accepted(0.7, 3.0));
  EXPECT_FALSE(accepted(0.06, 0.06)) << "for bone-hrpqct";
  EXPECT_FALSE(accepted(0.7, 8.0));
}

}  // namespace
}  // namespace ledd
