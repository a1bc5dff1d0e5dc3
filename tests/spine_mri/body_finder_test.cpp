#include "ledd/spine_mri/body_finder.h"

#include <gmock/gmock.h>

#include <algorithm>

#include "ledd/core/error.h"
#include "ledd/files/files.h"
#include "ledd/lumbar_phantom/lumbar_phantom.h"
#include "ledd/spine_mri/spine_mri.h"

namespace ledd {
namespace {

using ::testing::Contains;
using ::testing::HasSubstr;

constexpr char kFlag[] = "bodies found by the classical method; look at them";

const Volume& phantom() {
  static const auto image = [] {
    Context context({}, 2);
    return LumbarPhantom(LumbarPhantom::Params{})(context).image;
  }();
  return *image;
}

SpineMri::Result result_with(const BodyFinder::Params& params, const Volume& scan) {
  SpineMri::Params all;
  all.bodies = params;
  Context context;
  return SpineMri(all, files::read_bytes(LEDD_SOURCE_DIR "/modules/spine_segmentation/model/spine.onnx"))(
      scan, context);
}

void expect_all_flagged(const SpineMri::Result& result) {
  EXPECT_FALSE(result.levels_certain);
  EXPECT_FALSE(result.outcome.measurements.empty());
  for (const auto& m : result.outcome.measurements) {
    EXPECT_NE(m.quality, Quality::kGood) << m.region << ' ' << m.endpoint;
    EXPECT_THAT(m.reason, HasSubstr(kFlag)) << m.region << ' ' << m.endpoint;
  }
}

TEST(BodyFinder, AutoKeepsTheNetworksAnswerWhenItIsSure) {
  const auto result = result_with({}, phantom());
  EXPECT_THAT(result.outcome.notes, ::testing::Not(Contains(HasSubstr("classical"))));
  EXPECT_TRUE(std::any_of(result.outcome.measurements.begin(),
                          result.outcome.measurements.end(),
                          [](const Measurement& m) { return m.quality == Quality::kGood; }));
}

TEST(BodyFinder, ClassicalBodiesAreMeasuredAndEveryNumberIsFlagged) {
  const auto result = result_with({.method = BodyFinder::Method::kClassical}, phantom());
  expect_all_flagged(result);
  EXPECT_THAT(result.outcome.notes, Contains(HasSubstr("it was asked for")));
  EXPECT_TRUE(std::any_of(result.outcome.measurements.begin(),
                          result.outcome.measurements.end(),
                          [](const Measurement& m) { return m.endpoint == "Hm" && m.value.has_value(); }));
}

TEST(BodyFinder, AutoTurnsToTheClassicalMethodWhenTheNetworkIsInDoubt) {
  const auto result = result_with({.max_doubt = 0.001}, phantom());
  expect_all_flagged(result);
  EXPECT_THAT(result.outcome.notes, Contains(HasSubstr("the network is in doubt")));
}

TEST(BodyFinder, TheClassicalMethodIsNotUsedOnValuesBelowZero) {
  const auto scan = reorient(phantom(), axes_of(phantom()));
  for (std::size_t n = 0; n < scan->GetLargestPossibleRegion().GetNumberOfPixels(); ++n)
    scan->GetBufferPointer()[n] -= 200.0F;
  try {
    result_with({.method = BodyFinder::Method::kClassical}, *scan);
    ADD_FAILURE() << "accepted";
  } catch (const Error& e) {
    EXPECT_EQ(e.code(), Errc::kInput);
    EXPECT_THAT(e.what(), HasSubstr("values below zero"));
  }
}

}  // namespace
}  // namespace ledd
