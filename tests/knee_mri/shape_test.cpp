#include <gmock/gmock.h>

#include <algorithm>
#include <cmath>

#include "ledd/files/files.h"
#include "ledd/knee_mri/knee_mri.h"
#include "ledd/knee_phantom/knee_phantom.h"
#include "ledd/mesh/vectors.h"

#include "painted_knee.h"
#include "shape_model.h"

namespace ledd {
namespace {

using namespace anatomy;  // NOLINT(google-build-using-namespace): ids
using ::testing::Contains;
using ::testing::HasSubstr;

/// A model that has learned one bone, with nothing to vary: every 40th vertex of it, and its bone areas.
testing::ShapeBone learned(const CartilageLayer& layer) {
  testing::ShapeBone bone;
  bone.id = layer.bone_id;
  for (const auto& plate : layer.plates) bone.plates.push_back({plate.id, {}, 2.0, 0.3});
  Point middle{};
  for (std::size_t v = 0; v < layer.plate.size(); v += 40) {
    bone.places_mm.push_back(layer.bone.points_lps_mm[v]);
    bone.normals.push_back(layer.normals[v]);
    middle = vec::add(middle, layer.bone.points_lps_mm[v]);
    for (auto& plate : bone.plates) plate.probability.push_back(layer.plate[v] == plate.id ? 1.0 : 0.0);
  }
  middle = vec::scaled(middle, 1.0 / static_cast<double>(bone.places_mm.size()));
  for (Point& p : bone.places_mm) p = vec::sub(p, middle);
  bone.limits = {1.0F, 2.0F, 2.0F, 0.9F, 0.8F, 1.25F};
  return bone;
}

const KneePhantom::Drawn& knee() {
  static const auto drawn = [] {
    Context context;
    return KneePhantom(testing::knee_for_the_network(Side::kRight)).draw(context);
  }();
  return drawn;
}

const std::string& model() {
  static const std::string bytes = [] {
    Context context;
    CartilageMorphometry::Params params;
    params.thickness.laplace = false;
    const auto found = CartilageMorphometry(params)(*knee().labels, {}, Side::kRight, context);
    std::vector<testing::ShapeBone> bones;
    for (const auto& layer : found.layers) bones.push_back(learned(layer));
    return testing::shape_model(bones);
  }();
  return bytes;
}

Labels::Pointer copied() {
  auto labels = Labels::New();
  labels->CopyInformation(knee().labels);
  labels->SetRegions(knee().labels->GetLargestPossibleRegion());
  labels->Allocate();
  std::copy_n(knee().labels->GetBufferPointer(),
              labels->GetLargestPossibleRegion().GetNumberOfPixels(),
              labels->GetBufferPointer());
  return labels;
}

/// The knee with cartilage on the front of the femur's shaft, 25 mm above its own.
Labels::Pointer with_island(std::vector<std::size_t>& island) {
  const auto labels = copied();
  const auto place = [&](std::size_t n) {
    Labels::PointType p;
    labels->TransformIndexToPhysicalPoint(labels->ComputeIndex(static_cast<long>(n)), p);
    return Point{p[0], p[1], p[2]};
  };
  const std::size_t count = labels->GetLargestPossibleRegion().GetNumberOfPixels();
  const auto* ids = knee().labels->GetBufferPointer();
  double top_mm = -1e9, left_mm = 0.0, femur = 0.0;
  for (std::size_t n = 0; n < count; ++n) {
    if (ids[n] == kFemoralCartilage) top_mm = std::max(top_mm, place(n)[2]);
    if (ids[n] == kFemur) left_mm += place(n)[0], femur += 1.0;
  }
  Point front{left_mm / femur, 1e9, top_mm + 25.0};
  for (std::size_t n = 0; n < count; ++n) {
    const Point p = place(n);
    if (ids[n] == kFemur && std::fabs(p[0] - front[0]) < 1.0 && std::fabs(p[2] - front[2]) < 1.0)
      front[1] = std::min(front[1], p[1]);
  }
  for (std::size_t n = 0; n < count; ++n)
    if (ids[n] == 0 && vec::distance(place(n), front) < 5.0) {
      labels->GetBufferPointer()[n] = kFemoralCartilage;
      island.push_back(n);
    }
  return labels;
}

KneeNetworks nearest() {
  const auto one = files::read_bytes(LEDD_SOURCE_DIR "/testdata/networks/nearest.onnx");
  return {one, one};
}

KneeMri::Result segmented(const Labels& labels, const std::string& shape) {
  Context context;
  const auto image = testing::painted_knee(labels);
  KneeStudy study;
  study.echoes = {image};
  study.hints.laterality = std::string(1, 'R');  // from a literal, g++ 12 warns wrongly
  KneeMri::Params params;
  params.shape.least_mm3 = 50.0;  // learned from one knee, the border of its plates has no spread
  const KneeMri pipeline(params, nearest(), shape);
  return pipeline(study, context);
}

std::size_t left_of(const Labels& labels, const std::vector<std::size_t>& island) {
  return static_cast<std::size_t>(std::count_if(island.begin(), island.end(), [&](std::size_t n) {
    return labels.GetBufferPointer()[n] == kFemoralCartilage;
  }));
}

const Measurement& find(const KneeMri::Result& result, const char* region, const char* endpoint) {
  for (const auto& m : result.outcome.measurements)
    if (m.region == region && m.endpoint == endpoint) return m;
  throw Error(Errc::kInternal, "no such row");
}

TEST(KneeMriShape, AStrayIslandOfTheNetworkIsTakenOutAndSaid) {
  std::vector<std::size_t> island;
  const auto labels = with_island(island);
  ASSERT_GT(island.size(), 200U);
  EXPECT_GT(left_of(*segmented(*labels, "").outcome.labels, island), island.size() / 2);
  const auto result = segmented(*labels, model());
  EXPECT_EQ(left_of(*result.outcome.labels, island), 0U);
  EXPECT_THAT(result.outcome.notes, Contains(HasSubstr("taken out")));
  const auto& femur = find(result, "cMF", "ThCtAB");
  EXPECT_EQ(femur.quality, Quality::kUncertain);
  EXPECT_THAT(femur.reason, HasSubstr("taken out"));
  EXPECT_EQ(find(result, "MT", "ThCtAB").quality, Quality::kGood) << find(result, "MT", "ThCtAB").reason;
  const auto clean = segmented(*knee().labels, model());
  EXPECT_EQ(find(clean, "cMF", "ThCtAB").quality, Quality::kGood) << find(clean, "cMF", "ThCtAB").reason;
  EXPECT_NEAR(*femur.value, *find(clean, "cMF", "ThCtAB").value, 0.02);
}

TEST(KneeMriShape, GivenLabelsKeepTheirIslandAndAreFlagged) {
  std::vector<std::size_t> island;
  const auto labels = with_island(island);
  Context context;
  const KneeMri pipeline({}, nearest(), model());
  const auto result = pipeline.measure(*labels, {}, context);
  EXPECT_EQ(left_of(*result.outcome.labels, island), island.size());
  EXPECT_THAT(result.outcome.notes, Contains(HasSubstr("left as given")));
  EXPECT_THAT(find(result, "cMF", "VC").reason, HasSubstr("left as given"));
}

TEST(KneeMriShape, ABareBayAtTheMarginCountsAsOnceCoveredByTheShapeAndNotOtherwise) {
  const auto labels = copied();
  const std::size_t count = labels->GetLargestPossibleRegion().GetNumberOfPixels();
  // The outer third of the medial plate goes: nothing tells from the labels that it was there.
  std::vector<double> left_mm;
  const auto x_of = [&](std::size_t n) {
    Labels::PointType p;
    labels->TransformIndexToPhysicalPoint(labels->ComputeIndex(static_cast<long>(n)), p);
    return p[0];
  };
  for (std::size_t n = 0; n < count; ++n)
    if (labels->GetBufferPointer()[n] == kMedialTibialCartilage) left_mm.push_back(x_of(n));
  std::sort(left_mm.begin(), left_mm.end());
  const double border_mm = left_mm[left_mm.size() * 2 / 3];
  for (std::size_t n = 0; n < count; ++n)
    if (labels->GetBufferPointer()[n] == kMedialTibialCartilage && x_of(n) > border_mm)
      labels->GetBufferPointer()[n] = 0;
  Context context;
  const KneeMri pipeline({}, nearest(), model());
  const auto whole = pipeline.measure(*knee().labels, {}, context);
  const auto worn = pipeline.measure(*labels, {}, context);
  const auto value = [](const KneeMri::Result& r, const char* endpoint) {
    return *find(r, "MT", endpoint).value;
  };
  const double before_mm2 = value(whole, "tAB");
  EXPECT_NEAR(value(whole, "tAB_shape") / before_mm2, 1.0, 0.02);
  EXPECT_LT(value(whole, "dAB_shape"), 2.0);
  EXPECT_LT(value(worn, "tAB"), 0.8 * before_mm2);
  EXPECT_LT(value(worn, "dAB"), 5.0);
  EXPECT_NEAR(value(worn, "tAB_shape") / before_mm2, 1.0, 0.06);
  EXPECT_NEAR(value(worn, "dAB_shape"), 100.0 * (1.0 - value(worn, "cAB") / before_mm2), 5.0);
  EXPECT_NEAR(find(worn, "LT", "tAB_shape").value.value_or(0.0), *find(whole, "LT", "tAB").value, 10.0);
}

TEST(KneeMriShape, ABoneUnlikeTheLearnedIsFlaggedAndNothingOfItIsTaken) {
  std::vector<std::size_t> island;
  const auto labels = with_island(island);
  const auto shipped = files::read_bytes(LEDD_SOURCE_DIR "/modules/knee_shape/model/knee_shape.bin");
  const auto result = segmented(*labels, shipped);
  ASSERT_EQ(result.knees.size(), 1U);
  EXPECT_THAT(result.outcome.notes, Contains(HasSubstr("unlike those of the learned knees")));
  EXPECT_THAT(find(result, "cMF", "ThCtAB").reason, HasSubstr("unlike those of the learned knees"));
  EXPECT_GT(left_of(*result.outcome.labels, island), island.size() / 2);
  EXPECT_EQ(find(result, "cMF", "ThCtAB").quality, Quality::kUncertain);
  EXPECT_FALSE(find(result, "cMF", "tAB_shape").value.has_value());
}

}  // namespace
}  // namespace ledd
