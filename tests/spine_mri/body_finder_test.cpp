#include "ledd/spine_mri/body_finder.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <random>
#include <vector>

#include "ledd/anatomy/anatomy.h"
#include "ledd/core/error.h"
#include "ledd/files/files.h"
#include "ledd/lumbar_phantom/lumbar_phantom.h"
#include "ledd/spine_mri/spine_mri.h"

namespace ledd {
namespace {

using ::testing::Contains;
using ::testing::HasSubstr;

constexpr char kFlag[] = "bodies found by the classical method; look at them";

const LumbarPhantom::Result& phantom_result() {
  static const auto result = [] {
    Context context({}, 2);
    return LumbarPhantom(LumbarPhantom::Params{})(context);
  }();
  return result;
}

const Volume& phantom() {
  return *phantom_result().image;
}

/// The phantom with every value changed.
template <class Change>
Volume::Pointer changed(Change change) {
  auto scan = reorient(phantom(), axes_of(phantom()));
  float* first = scan->GetBufferPointer();
  std::transform(
      first, first + scan->GetLargestPossibleRegion().GetNumberOfPixels(), first, std::ref(change));
  return scan;
}

float median_of(const Volume& scan, const Labels& labels, std::uint16_t id) {
  std::vector<float> values;
  for (std::size_t n = 0; n < labels.GetLargestPossibleRegion().GetNumberOfPixels(); ++n)
    if (labels.GetBufferPointer()[n] == id) values.push_back(scan.GetBufferPointer()[n]);
  const auto middle = values.begin() + static_cast<long>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  return *middle;
}

SpineMri::Result result_with(const BodyFinder::Params& params, const Volume& scan) {
  SpineMri::Params all;
  all.bodies = params;
  Context context;
  return SpineMri(all, files::read_bytes(LEDD_SOURCE_DIR "/modules/spine_segmentation/model/spine.onnx"))(
      scan, context);
}

void expect_all_flagged(const SpineMri::Result& result, const std::string& reason = kFlag) {
  EXPECT_FALSE(result.levels_certain);
  EXPECT_FALSE(result.outcome.measurements.empty());
  for (const auto& m : result.outcome.measurements) {
    EXPECT_NE(m.quality, Quality::kGood) << m.region << ' ' << m.endpoint;
    EXPECT_THAT(m.reason, HasSubstr(reason)) << m.region << ' ' << m.endpoint;
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

TEST(BodyFinder, WhatTheClassicalMethodDoesNotSeeIsNotMeasured) {
  const auto result = result_with({.method = BodyFinder::Method::kClassical}, phantom());
  std::size_t sides = 0;
  for (const auto& m : result.outcome.measurements) {
    if (m.endpoint != "LR_width" && m.endpoint != "body_volume" && m.endpoint != "Cobb_main" &&
        m.endpoint != "Genant_grade")
      continue;
    ++sides;
    EXPECT_FALSE(m.value.has_value()) << m.region << ' ' << m.endpoint;
    EXPECT_EQ(m.quality, Quality::kFailed) << m.region << ' ' << m.endpoint;
  }
  EXPECT_GE(sides, 10U);
  EXPECT_THAT(result.outcome.notes, Contains(HasSubstr("does not look for the sacrum")));
  EXPECT_THAT(result.outcome.notes, ::testing::Not(Contains(HasSubstr("no sacrum in view"))));
}

/// What is neither found by the network nor by the classical method, with what both say.
void expect_refused_twice(const Volume& scan) {
  try {
    result_with({}, scan);
    ADD_FAILURE() << "accepted";
  } catch (const Error& e) {
    EXPECT_EQ(e.code(), Errc::kInput);
    EXPECT_THAT(e.what(), HasSubstr("vertebral bod"));
    EXPECT_THAT(e.what(), HasSubstr("the classical method found none: "));
  }
}

TEST(BodyFinder, NoiseIsRefusedByBothMethods) {
  const auto scan =
      changed([random = std::mt19937_64(3), normal = std::normal_distribution<float>(0.0F, 50.0F)](
                  float) mutable { return std::hypot(200.0F + normal(random), normal(random)); });
  expect_refused_twice(*scan);
}

/// The first pixel of any labelled structure in a row of all slices; the end of the row where there is none.
long front_of_column(const Labels& labels, long row) {
  const auto size = labels.GetLargestPossibleRegion().GetSize();
  for (long i = 0; i < static_cast<long>(size[0]); ++i)
    for (long k = 0; k < static_cast<long>(size[2]); ++k)
      if (labels.GetPixel({{i, row, k}}) != 0) return i;
  return static_cast<long>(size[0]);
}

TEST(BodyFinder, ABellyWithoutASpineIsRefusedByBothMethods) {
  const auto scan = changed([](float v) { return v; });
  const auto size = scan->GetLargestPossibleRegion().GetSize();
  long front = static_cast<long>(size[0]);
  for (long j = 0; j < static_cast<long>(size[1]); ++j)
    front = std::min(front, front_of_column(*phantom_result().labels, j));
  ASSERT_GT(front, 20) << "nothing is left of the belly";
  for (long k = 0; k < static_cast<long>(size[2]); ++k)
    for (long j = 0; j < static_cast<long>(size[1]); ++j)
      for (long i = front; i < static_cast<long>(size[0]); ++i) scan->SetPixel({{i, j, k}}, 0.0F);
  expect_refused_twice(*scan);
}

TEST(BodyFinder, AContrastThatNoSequenceHasIsFlaggedOrRefused) {
  const float marrow = median_of(phantom(), *phantom_result().labels, anatomy::kL1 + 2);
  const auto scan = changed([&](float v) { return std::abs(v - marrow); });
  try {
    expect_all_flagged(result_with({}, *scan), "the network is less sure");
  } catch (const Error& e) {
    EXPECT_EQ(e.code(), Errc::kInput);
  }
}

TEST(BodyFinder, NumbersFromAnImageWithValuesBelowZeroAreFlaggedAsAfterCt) {
  const auto scan = changed([](float v) { return v - 200.0F; });
  const auto result = result_with({.method = BodyFinder::Method::kNetwork}, *scan);
  expect_all_flagged(result, "values below zero");
}

TEST(BodyFinder, TheClassicalMethodIsNotUsedOnValuesBelowZero) {
  const auto scan = changed([](float v) { return v - 200.0F; });
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
