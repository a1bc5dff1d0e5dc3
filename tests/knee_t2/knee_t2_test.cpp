#include "ledd/knee_t2/knee_t2.h"

#include <gmock/gmock.h>

#include <cmath>
#include <random>

#include "ledd/core/error.h"
#include "ledd/measurement/estimate.h"

#include "phantom.h"

namespace ledd {
namespace {

using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::Key;

constexpr phantom::Size kSize{64, 64, 8};
constexpr phantom::Spacing kSpacing{0.6, 0.6, 4.0};

/// Sagittal slices; tibia, six voxels of cartilage whose T2 is 30 ms (deep) and 50 ms, fluid of 400 ms, air.
struct Knee {
  std::vector<Volume::Pointer> images;
  Labels::Pointer labels = on_grid<Labels>();
  KneeT2Study study;

  template <class Image>
  static typename Image::Pointer on_grid() {
    auto image = phantom::blank<Image>(kSize, kSpacing, 0);
    typename Image::DirectionType direction;
    direction.Fill(0.0);
    direction(1, 0) = 1.0;
    direction(2, 1) = -1.0;
    direction(0, 2) = -1.0;
    image->SetDirection(direction);
    return image;
  }

  static double t2_of(long j) { return j < 23 ? 30.0 : j < 26 ? 50.0 : 400.0; }

  explicit Knee(const std::vector<double>& times_ms = {10, 20, 30, 40, 50, 60}) {
    std::mt19937_64 random(4);
    std::normal_distribution<double> noise(0.0, 2.0);
    for (const double t : times_ms) {
      images.push_back(on_grid<Volume>());
      std::size_t v = 0;
      for (long k = 0; k < 8; ++k)
        for (long j = 0; j < 64; ++j)
          for (long i = 0; i < 64; ++i, ++v) {
            const bool cartilage = j >= 20 && j < 26;
            const double s = j >= 32  ? 0.0
                             : j < 20 ? 100.0 * std::exp(-t / 45)
                                      : 800.0 * std::exp(-t / t2_of(j));
            images.back()->GetBufferPointer()[v] =
                static_cast<float>(std::hypot(s + noise(random), noise(random)));
            if (j < 20) labels->GetBufferPointer()[v] = 203;
            if (cartilage) labels->GetBufferPointer()[v] = 204;
          }
      study.echoes.push_back({images.back().GetPointer(), t});
    }
  }
};

const Measurement& row(const Outcome& outcome, const std::string& region, const std::string& endpoint) {
  for (const auto& m : outcome.measurements)
    if (m.region == region && m.endpoint == endpoint) return m;
  throw Error(Errc::kInternal, "no row " + region + ' ' + endpoint);
}

std::string text_of(const Outcome& outcome) {
  std::string all;
  for (const auto& note : outcome.notes) all += note + '\n';
  for (const auto& line : outcome.summary) all += line.text + '\n';
  return all;
}

TEST(KneeT2, MeasuresPlatesOfAGivenSegmentation) {
  Knee knee;
  knee.study.labels = knee.labels;
  Context context({}, 2);
  const auto result = KneeT2()(knee.study, context);
  EXPECT_NEAR(row(result.outcome, "MT", "T2").value.value(), 40.0, 0.3);
  EXPECT_NEAR(row(result.outcome, "MT", "T2_deep").value.value(), 30.0, 0.3);
  EXPECT_NEAR(row(result.outcome, "MT", "T2_superficial").value.value(), 50.0, 0.3);
  EXPECT_EQ(row(result.outcome, "FC", "T2").quality, Quality::kFailed);
  for (const char* name : {"T2", "T2-SE", "S0", "R2", "T2-quality", "depth"})
    EXPECT_THAT(result.outcome.maps, Contains(Key(name)));
  EXPECT_NEAR(result.sigma_used, 2.0, 0.1);
  EXPECT_FALSE(result.by_dess);
  EXPECT_THAT(text_of(result.outcome), HasSubstr("MT: T2 40."));
  ASSERT_FALSE(result.outcome.figures.empty());
  EXPECT_EQ(result.outcome.figures[0].axis, 2U);
  EXPECT_EQ(result.outcome.figures[0].colours->map, "T2-cartilage");
  const float* shown = result.outcome.maps.at("T2-cartilage")->GetBufferPointer();
  EXPECT_NEAR(shown[(3 * 64 + 21) * 64 + 30], 30.0, 1.5);
  EXPECT_TRUE(std::isnan(shown[(3 * 64 + 10) * 64 + 30])) << "bone is not shown";
  EXPECT_TRUE(row(result.outcome, "FC", "T2").inherent) << "no reader can mend what the segmentation lacks";
  for (const auto& m : result.outcome.measurements)
    EXPECT_NO_THROW(definition_of(m.endpoint, KneeT2::definitions())) << m.endpoint;
}

TEST(KneeT2, WithoutLabelsThereAreMapsAndReasons) {
  const Knee knee;
  Context context;
  const auto result = KneeT2()(knee.study, context);
  EXPECT_FALSE(result.outcome.labels);
  EXPECT_EQ(row(result.outcome, "MT", "T2").reason, "no segmentation");
  EXPECT_TRUE(row(result.outcome, "MT", "T2").inherent) << "no reader can mend it";
  const float* t2 = result.outcome.maps.at("T2")->GetBufferPointer();
  EXPECT_NEAR(t2[(3 * 64 + 21) * 64 + 30], 30.0, 1.5);
  EXPECT_TRUE(std::isnan(t2[(3 * 64 + 50) * 64 + 30])) << "air is not fitted";
  EXPECT_EQ(result.outcome.figures.size(), 3U);
  EXPECT_EQ(result.outcome.scales.at("T2").unit, "ms");
  EXPECT_EQ(result.outcome.scales.at("T2").high, result.outcome.figures.front().colours->scale.high)
      << "as in the report";
}

TEST(KneeT2, LabelsOfAnotherGridAreReadAtTheVoxelsCentres) {
  const Knee knee;
  // The same plate at 0.3 x 0.3 x 1 mm.
  auto fine = phantom::blank<Labels>({128, 128, 32}, {0.3, 0.3, 1.0}, 0);
  fine->SetDirection(knee.labels->GetDirection());
  const Labels::PointType origin(Point{1.5, -0.15, 0.15}.data());
  fine->SetOrigin(origin);
  for (long k = 0; k < 32; ++k)
    for (long j = 0; j < 128; ++j)
      for (long i = 0; i < 128; ++i) {
        if (j < 40) fine->SetPixel({{i, j, k}}, 203);
        if (j >= 40 && j < 52) fine->SetPixel({{i, j, k}}, 204);
      }
  KneeT2Study study = knee.study;
  study.labels = fine;
  Context context;
  const auto result = KneeT2()(study, context);
  const auto* moved = result.outcome.labels->GetBufferPointer();
  const auto* truth = knee.labels->GetBufferPointer();
  std::size_t different = 0;
  for (std::size_t v = 0; v < std::size_t{64} * 64 * 8; ++v) different += moved[v] != truth[v] ? 1U : 0U;
  EXPECT_EQ(different, 0U);
  EXPECT_THAT(text_of(result.outcome), HasSubstr("another grid"));
  study.frames = RigidAlignment::Frames::kDifferent;
  EXPECT_THAT(row(KneeT2()(study, context).outcome, "MT", "T2").reason, HasSubstr("frame of reference"));
}

TEST(KneeT2, LabelsElsewhereAreNoSegmentationOfThisKnee) {
  Knee knee;
  const Labels::PointType origin(Point{500, 0, 0}.data());
  knee.labels->SetOrigin(origin);
  knee.study.labels = knee.labels;
  Context context;
  const auto result = KneeT2()(knee.study, context);
  EXPECT_FALSE(result.outcome.labels);
  EXPECT_THAT(row(result.outcome, "MT", "T2").reason,
              HasSubstr("no voxel of the segmentation lies in the scan"));
  EXPECT_FALSE(row(result.outcome, "MT", "T2").inherent);
}

TEST(KneeT2, SecondEchoAfterTheRepetitionTimeIsADess) {
  Knee knee({7.5, 42.5});
  const DessT2::Scan scan{25.0, 7.5, 30.0};
  for (std::size_t v = 0; v < std::size_t{64} * 64 * 8; ++v)
    knee.images[1]->GetBufferPointer()[v] =
        knee.images[0]->GetBufferPointer()[v] * static_cast<float>(DessT2().ratio(scan, 33.0));
  knee.study.labels = knee.labels;
  knee.study.repetition_ms = 25.0;
  Context context;
  EXPECT_THROW(KneeT2()(knee.study, context), Error) << "the flip angle is not known";
  knee.study.flip_deg = 30.0;
  const auto result = KneeT2()(knee.study, context);
  EXPECT_TRUE(result.by_dess);
  EXPECT_NEAR(row(result.outcome, "MT", "T2").value.value(), 33.0, 0.01);
  EXPECT_THAT(text_of(result.outcome), HasSubstr("spoiler"));
  EXPECT_EQ(result.outcome.maps.count("T2-SE"), 0U);
}

TEST(KneeT2, SeriesThatIsNoDecayIsRefused) {
  Knee knee;
  Context context;
  KneeT2Study study = knee.study;
  study.repetition_ms = 35.0;
  EXPECT_THROW(KneeT2()(study, context), Error) << "echo times beyond the repetition time";
  study = knee.study;
  study.echoes.resize(1);
  EXPECT_THROW(KneeT2()(study, context), Error);
  study.echoes.clear();
  EXPECT_THROW(KneeT2()(study, context), Error);
  study = knee.study;
  const auto other = phantom::blank<Volume>(kSize, {0.6, 0.6, 3.0}, 1.0F);
  study.echoes[3].image = other;
  EXPECT_THROW(KneeT2()(study, context), Error);
  for (auto& image : knee.images) image->FillBuffer(0.0F);
  EXPECT_THROW(KneeT2()(knee.study, context), Error) << "nothing is seen";
}

TEST(KneeT2, QuantityNamesMapsAndEndpoints) {
  Knee knee;
  knee.study.labels = knee.labels;
  Context context;
  const auto result = KneeT2({.quantity = CartilageRelaxometry::Quantity::kT1rho})(knee.study, context);
  EXPECT_THAT(result.outcome.maps, Contains(Key("T1rho")));
  EXPECT_TRUE(row(result.outcome, "MT", "T1rho_layer1").value);
}

TEST(KneeT2, SideAndDoubtsOfTheLabelsStandOnWhatWasMeasuredInThem) {
  Knee knee;
  // A second plate, and a part of each.
  auto parts = Knee::on_grid<Labels>();
  for (std::size_t v = 0; v < std::size_t{64} * 64 * 8; ++v) {
    auto& label = knee.labels->GetBufferPointer()[v];
    if (label == 204 && v % 64 >= 32) label = 205;
    parts->GetBufferPointer()[v] = label == 204 ? 1 : label == 205 ? 6 : 0;
  }
  knee.study.labels = knee.labels;
  knee.study.sub_regions = {parts, {{1, "cMT"}, {6, "cLT"}, {19, "TrF"}}};
  knee.study.side = anatomy::Side::kLeft;
  knee.study.doubts = {{"MT", {"cut by the border", true}}, {"cMT", {"cut by the border", true}}};
  Context context;
  const auto outcome = KneeT2()(knee.study, context).outcome;
  for (const auto& m : outcome.measurements) EXPECT_EQ(m.side, "L") << m.region << ' ' << m.endpoint;
  for (const char* region : {"MT", "cMT"}) {
    EXPECT_EQ(row(outcome, region, "T2").quality, Quality::kUncertain);
    EXPECT_EQ(row(outcome, region, "T2_deep").reason, "cut by the border");
    EXPECT_TRUE(row(outcome, region, "T2").inherent);
  }
  for (const char* region : {"LT", "cLT"}) EXPECT_EQ(row(outcome, region, "T2").quality, Quality::kGood);
  EXPECT_NEAR(row(outcome, "cLT", "T2").value.value(), 40.0, 0.5);
  EXPECT_EQ(row(outcome, "FC", "T2").reason, "not in the segmentation, as far as the scan shows it");
  EXPECT_EQ(row(outcome, "TrF", "T2_layer3").reason, "not in the segmentation, as far as the scan shows it");
  EXPECT_TRUE(row(outcome, "TrF", "T2").inherent);
  EXPECT_THAT(text_of(outcome), ::testing::Not(HasSubstr("cLT"))) << "parts stand in the table only";
}

TEST(KneeT2, ADoubtOfTheWholeKneeIsOfEveryRegionAndForAReader) {
  Knee knee;
  knee.study.labels = knee.labels;
  knee.study.doubts = {{"", {"its side is not sure", false}}, {"MT", {"cut by the border", true}}};
  Context context;
  const auto outcome = KneeT2()(knee.study, context).outcome;
  EXPECT_EQ(row(outcome, "MT", "T2").reason, "its side is not sure; cut by the border");
  EXPECT_TRUE(needs_eyes(row(outcome, "MT", "T2")));
  EXPECT_EQ(row(outcome, "MT", "T2_voxels").quality, Quality::kUncertain);
  EXPECT_EQ(row(outcome, "FC", "T2").quality, Quality::kFailed);
  EXPECT_EQ(row(outcome, "MT", "T2").side, "") << "no side is known";
}

TEST(KneeT2, WhyThereAreNoLabelsIsSaid) {
  Knee knee;
  knee.study.no_labels = "the study holds no other series";
  Context context;
  auto outcome = KneeT2()(knee.study, context).outcome;
  EXPECT_EQ(row(outcome, "FC", "T2").reason, "no segmentation: the study holds no other series");
  EXPECT_TRUE(row(outcome, "FC", "T2").inherent);
  EXPECT_THAT(text_of(outcome), HasSubstr("No regions: no segmentation: the study holds no other series."));
  EXPECT_THAT(outcome.maps, Contains(Key("T2")));
  knee.study.labels_refused = true;
  outcome = KneeT2()(knee.study, context).outcome;
  EXPECT_TRUE(needs_eyes(row(outcome, "FC", "T2"))) << "somebody may draw them";
}

TEST(KneeT2, IllegalParametersFailBeforeAnyWork) {
  EXPECT_THROW(KneeT2({.display_low_ms = 90.0, .display_high_ms = 90.0}), Error);
  EXPECT_THROW(KneeT2({.foreground = -0.1}), Error);
  KneeT2::Params params;
  params.fit.min_ms = 2000.0;
  EXPECT_THROW(KneeT2{params}, Error);
  params = {};
  params.regions.max_excluded = 2.0;
  EXPECT_THROW(KneeT2{params}, Error);
}

}  // namespace
}  // namespace ledd
