#include "ledd/knee_segmentation/knee_segmentation.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <functional>

#include "ledd/core/error.h"
#include "ledd/files/files.h"
#include "ledd/knee_phantom/knee_phantom.h"
#include "ledd/knee_segmentation/combine_echoes.h"

#include "phantom.h"

namespace ledd {
namespace {

using anatomy::Side;
using testing::HasSubstr;

// nearest.onnx takes the class whose value is nearest: see testdata/networks/make_nearest.py.
float value_of(std::uint16_t id) {
  switch (id) {
    case 201: return 50.0F;
    case 202: return 140.0F;
    case 203: return 75.0F;
    case 204:
    case 205: return 165.0F;
    case 206: return 25.0F;
    case 207: return 190.0F;
    case 208:
    case 209: return 215.0F;
    default: return 100.0F;
  }
}

KneePhantom::Params knee(Side side = Side::kRight) {
  KneePhantom::Params p;
  p.knee.side = side;
  p.stack.pixel_mm = 0.45;  // the network's own: nothing is resampled, so that values stay as painted
  p.stack.columns = 260;
  p.stack.rows = 330;
  p.stack.slices = 40;
  p.stack.pitch_mm = p.stack.thickness_mm = 2.5;
  return p;
}

Labels::Pointer drawn(const KneePhantom::Params& params) {
  Context context;
  return KneePhantom(params).draw(context).labels;
}

Volume::Pointer painted(const Labels& labels) {
  auto image = Volume::New();
  image->CopyInformation(&labels);
  image->SetRegions(labels.GetLargestPossibleRegion());
  image->Allocate();
  const std::size_t n = labels.GetLargestPossibleRegion().GetNumberOfPixels();
  std::transform(
      labels.GetBufferPointer(), labels.GetBufferPointer() + n, image->GetBufferPointer(), value_of);
  return image;
}

KneeSegmentation::Result segmented(const Volume& image, int threads = 1) {
  Context context({}, threads);
  const auto nearest = files::read_bytes(LEDD_SOURCE_DIR "/testdata/networks/nearest.onnx");
  return KneeSegmentation({}, {nearest, nearest})(image, context);
}

/// Overlap (Dice) of one id.
double overlap(const Labels& a, const Labels& b, std::uint16_t id) {
  const std::size_t n = a.GetLargestPossibleRegion().GetNumberOfPixels();
  double both = 0.0, sum = 0.0;
  for (std::size_t q = 0; q < n; ++q) {
    const bool in_a = a.GetBufferPointer()[q] == id, in_b = b.GetBufferPointer()[q] == id;
    both += in_a && in_b ? 1.0 : 0.0;
    sum += (in_a ? 1.0 : 0.0) + (in_b ? 1.0 : 0.0);
  }
  return 2.0 * both / sum;
}

void replace(Labels& labels, const std::function<bool(std::uint16_t)>& which) {
  const std::size_t n = labels.GetLargestPossibleRegion().GetNumberOfPixels();
  std::replace_if(labels.GetBufferPointer(), labels.GetBufferPointer() + n, which, std::uint16_t{0});
}

std::string refusal(const Volume& image) {
  try {
    segmented(image);
  } catch (const Error& e) {
    EXPECT_EQ(e.code(), Errc::kInput) << e.what();
    return e.what();
  }
  ADD_FAILURE() << "was not refused";
  return {};
}

TEST(KneeSegmentation, EveryStructureIsWhereItIsOnEitherSide) {
  for (const Side side : {Side::kRight, Side::kLeft}) {
    const auto truth = drawn(knee(side));
    auto result = segmented(*painted(*truth), 2);
    name_plates(result, side);
    EXPECT_FALSE(result.medial_assumed);
    require_same_grid(*result.labels, *truth, "found and truth");
    for (std::uint16_t id = 201; id <= 209; ++id) EXPECT_GE(overlap(*result.labels, *truth, id), 0.99) << id;
  }
}

TEST(KneeSegmentation, NamingForTheOtherSideExchangesThePlates) {
  const auto truth = drawn(knee(Side::kRight));
  auto result = segmented(*painted(*truth));
  name_plates(result, Side::kLeft);
  const auto is = [&](std::uint16_t found, std::uint16_t was) {
    const std::size_t n = truth->GetLargestPossibleRegion().GetNumberOfPixels();
    std::size_t count = 0;
    for (std::size_t q = 0; q < n; ++q)
      count += result.labels->GetBufferPointer()[q] == found && truth->GetBufferPointer()[q] == was ? 1U : 0U;
    return count;
  };
  EXPECT_GT(is(204, 205), 100U);
  EXPECT_GT(is(208, 209), 100U);
  EXPECT_EQ(is(204, 204) + is(208, 208), 0U);
  EXPECT_EQ(result.structures[3].id, 204);
  EXPECT_NEAR(result.structures[3].volume_mm3, 1300.0, 80.0);  // the phantom's lateral plate
}

TEST(KneeSegmentation, AxesOfTheImageAndThreadsDoNotMatter) {
  const auto truth = drawn(knee());
  const auto image = painted(*truth);
  const auto plain = segmented(*image, 1), twice = segmented(*image, 2);
  const auto turned = segmented(*reorient(*image, {Toward::kAnterior, Toward::kLeft, Toward::kSuperior}), 2);
  const auto back = reorient(*turned.labels, axes_of(*image));
  const std::size_t n = image->GetLargestPossibleRegion().GetNumberOfPixels();
  const auto same = [&](const Labels& other) {
    return std::equal(
        plain.labels->GetBufferPointer(), plain.labels->GetBufferPointer() + n, other.GetBufferPointer());
  };
  EXPECT_TRUE(same(*twice.labels));
  EXPECT_TRUE(same(*back));
  for (unsigned f = 0; f < KneeSegmentation::kFields; ++f)
    EXPECT_TRUE(std::equal(plain.probability[f]->GetBufferPointer(),
                           plain.probability[f]->GetBufferPointer() + n,
                           twice.probability[f]->GetBufferPointer()))
        << f;
}

TEST(KneeSegmentation, ProbabilitiesBelongToTheirStructures) {
  const auto truth = drawn(knee());
  const auto result = segmented(*painted(*truth));
  constexpr std::array<std::uint16_t, KneeSegmentation::kFields> kIds{201, 202, 203, 204, 206, 207, 208};
  const std::size_t n = truth->GetLargestPossibleRegion().GetNumberOfPixels();
  for (unsigned f = 0; f < kIds.size(); ++f) {
    double inside = 0.0, count = 0.0;
    for (std::size_t q = 0; q < n; ++q)
      if (result.labels->GetBufferPointer()[q] == kIds[f]) {
        inside += static_cast<double>(result.probability[f]->GetBufferPointer()[q]);
        count += 1.0;
      }
    EXPECT_GT(inside / count, 0.99) << f;
  }
  for (const auto& s : result.structures) {
    EXPECT_GT(s.margin, 0.9) << s.id;
    EXPECT_LT(s.entropy, 0.1) << s.id;
  }
}

TEST(KneeSegmentation, HalfAKneeIsRefused) {
  KneePhantom::Params p = knee();
  p.stack.slices = 24;
  p.stack.offset_left_mm = -22.0;
  EXPECT_THAT(refusal(*painted(*drawn(p))), HasSubstr("the image ends within the knee"));
}

TEST(KneeSegmentation, AFemurWithoutATibiaIsNoKnee) {
  const auto labels = drawn(knee());
  replace(*labels, [](std::uint16_t id) { return id >= 203; });
  EXPECT_THAT(refusal(*painted(*labels)), HasSubstr("of tibia was found"));
}

TEST(KneeSegmentation, BonesWithoutCartilageAreNoJoint) {
  const auto labels = drawn(knee());
  replace(*labels, [](std::uint16_t id) { return id == 202 || id == 204 || id == 205; });
  EXPECT_THAT(refusal(*painted(*labels)), HasSubstr("no joint of a knee"));
}

TEST(KneeSegmentation, AnImageUpsideDownIsRefused) {
  const auto image = painted(*drawn(knee()));
  auto direction = image->GetDirection();
  for (unsigned a = 0; a < 3; ++a) direction(a, 1) = -direction(a, 1);  // a header that lies
  image->SetDirection(direction);
  EXPECT_THAT(refusal(*image), HasSubstr("orientation is wrong"));
}

TEST(KneeSegmentation, TwoKneesInOneImageAreRefused) {
  KneePhantom::Params p = knee();
  p.knee.both = true;
  p.knee.beside_table_mm = 72;
  p.stack.slices = 90;
  EXPECT_THAT(refusal(*painted(*drawn(p))), HasSubstr("two knees"));
}

TEST(KneeSegmentation, AVoidAsOfMetalIsRefused) {
  const auto labels = drawn(knee());
  const auto image = painted(*labels);
  Volume::IndexType q{};
  for (q[2] = 22; q[2] < 28; ++q[2])  // within a condyle
    for (q[1] = 120; q[1] < 150; ++q[1])
      for (q[0] = 130; q[0] < 155; ++q[0]) image->SetPixel(q, 0.0F);
  EXPECT_THAT(refusal(*image), HasSubstr("metal"));
}

TEST(KneeSegmentation, ADarkTendonOfSixMillimetresIsNoMetal) {
  const auto image = painted(*drawn(knee()));
  Volume::IndexType q{};
  for (q[2] = 14; q[2] < 34; ++q[2])
    for (q[1] = 120; q[1] < 150; ++q[1])
      for (q[0] = 130; q[0] < 143; ++q[0]) image->SetPixel(q, 0.0F);
  EXPECT_NO_THROW(segmented(*image));
}

TEST(KneeSegmentation, AMissingStructureAndAnUnusualSizeAreFlaggedByName) {
  const auto labels = drawn(knee());
  replace(*labels, [](std::uint16_t id) { return id == 206 || id == 207; });
  const auto result = segmented(*painted(*labels));
  EXPECT_TRUE(result.uncertain);
  EXPECT_THAT(result.reasons, testing::Contains(HasSubstr("no patella was found")));
  EXPECT_THAT(result.reasons, testing::Contains(HasSubstr("patella: 0 mm3, where manual labels")));
}

TEST(KneeSegmentation, AnImageWithoutAKneeIsRefused) {
  const auto image = painted(*drawn(knee()));
  image->FillBuffer(100.0F);
  EXPECT_THAT(refusal(*image), HasSubstr("no bone or cartilage"));
}

TEST(KneeSegmentation, OnCloseSlicesTheOtherViewsHaveASay) {
  auto params = knee();
  params.stack.slices = 72;
  params.stack.pitch_mm = params.stack.thickness_mm = 1.4;
  const auto truth = drawn(params);
  const auto image = painted(*truth);
  const auto nearest = files::read_bytes(LEDD_SOURCE_DIR "/testdata/networks/nearest.onnx");
  Context context({}, 2);
  KneeSegmentation::Params alone;
  alone.cross_views = false;
  auto merged = KneeSegmentation({}, {nearest, nearest})(*image, context);
  auto sagittal = KneeSegmentation(alone, {nearest, ""})(*image, context);
  name_plates(merged, Side::kRight);
  name_plates(sagittal, Side::kRight);
  for (const std::uint16_t id : {std::uint16_t{201}, std::uint16_t{203}, std::uint16_t{206}}) {
    EXPECT_GE(overlap(*sagittal.labels, *truth, id), 0.99) << id;
    EXPECT_GE(overlap(*merged.labels, *truth, id), 0.97) << id;
  }
  // Cubes of 0.7 mm mix what pixels of 0.45 mm hold apart. Where this network is sure of two things, 1e-5 and
  // 1 meet with weights 1 - w and w: a share of about (1e-5)^(1 - 2w) moves. w = 0.1 moves some 1e-4; none
  // would move nothing, 0.2 already 1e-3.
  double most = 0.0;
  const auto* a = merged.probability[KneeSegmentation::kFemurField]->GetBufferPointer();
  const auto* b = sagittal.probability[KneeSegmentation::kFemurField]->GetBufferPointer();
  for (std::size_t q = 0; q < truth->GetLargestPossibleRegion().GetNumberOfPixels(); ++q)
    most = std::max(most, static_cast<double>(std::abs(a[q] - b[q])));
  EXPECT_GT(most, 5e-5);
  EXPECT_LT(most, 5e-4);
}

TEST(KneeSegmentation, RefusesWhatIsNoNetworkAndBadParameters) {
  EXPECT_THROW(KneeSegmentation({}, {"x", ""}), Error);
  EXPECT_THROW(KneeSegmentation({}, {"", "x"}), Error);
  KneeSegmentation::Params p;
  p.margin_mm = std::numeric_limits<double>::quiet_NaN();
  EXPECT_THROW(KneeSegmentation(p, {"x", "x"}), Error);
}

TEST(RootMeanSquare, IsTakenVoxelByVoxelOnOneGrid) {
  const auto a = phantom::blank<Volume>({3, 2, 2}, {1, 1, 1}, 3.0F),
             b = phantom::blank<Volume>({3, 2, 2}, {1, 1, 1}, 4.0F);
  const auto both = root_mean_square({a, b});
  EXPECT_FLOAT_EQ(both->GetBufferPointer()[11], std::sqrt(12.5F));
  const auto c = phantom::blank<Volume>({3, 2, 2}, {1, 1, 2}, 4.0F);
  EXPECT_THROW(root_mean_square({a, c}), Error);
}

}  // namespace
}  // namespace ledd
