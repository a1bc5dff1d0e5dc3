#include <gmock/gmock.h>

#include <cmath>

#include "ledd/core/error.h"

#include "phantom.h"
#include "two_bodies.h"

namespace ledd {
namespace {

using ::testing::HasSubstr;

constexpr std::uint16_t kDisc = 122;

/// An elliptic cylinder with a vertical axis on a sagittal grid that is turned by 8 degrees.
struct Cylinder {
  double depth_mm = 36.0, width_mm = 48.0, height_mm = 10.0;
  double volume_cm3() const { return 0.25 * M_PI * depth_mm * width_mm * height_mm / 1000.0; }
  bool holds(const Point& p) const {
    return std::abs(p[2]) <= 0.5 * height_mm &&
           std::hypot(2.0 * p[0] / width_mm, 2.0 * p[1] / depth_mm) <= 1.0;
  }
};

solid::GridSpec grid(const std::array<double, 3>& spacing_mm, const Point& centre = {0.2, 0.3, 0.4}) {
  return solid::sagittal(spacing_mm, {60, 40, 70}, solid::posed(centre, 8, 3, 5));
}

template <class Image, class Value>
typename Image::Pointer painted(const solid::GridSpec& g, const Value& value) {
  auto image = solid::empty<Image>(g);
  const auto size = image->GetLargestPossibleRegion().GetSize();
  std::size_t n = 0;
  for (long k = 0; k < static_cast<long>(size[2]); ++k)
    for (long j = 0; j < static_cast<long>(size[1]); ++j)
      for (long i = 0; i < static_cast<long>(size[0]); ++i, ++n) {
        typename Image::PointType p;
        image->TransformIndexToPhysicalPoint({{i, j, k}}, p);
        image->GetBufferPointer()[n] = value(Point{p[0], p[1], p[2]});
      }
  return image;
}

Labels::Pointer labelled(const Cylinder& c, const solid::GridSpec& g) {
  return painted<Labels>(g, [&](const Point& p) { return c.holds(p) ? kDisc : std::uint16_t{0}; });
}

/// What an ideal network would say: the part of the voxel's in-plane square that is disc.
Volume::Pointer coverage(const Cylinder& c, const solid::GridSpec& g) {
  constexpr int kSamples = 5;
  return painted<Volume>(g, [&](const Point& p) {
    int inside = 0;
    for (int i = 0; i < kSamples; ++i)
      for (int j = 0; j < kSamples; ++j) {
        const double di = ((i + 0.5) / kSamples - 0.5) * g.spacing_mm[0];
        const double dj = ((j + 0.5) / kSamples - 0.5) * g.spacing_mm[1];
        inside += c.holds(solid::along(solid::along(p, g.axes[0], di), g.axes[1], dj)) ? 1 : 0;
      }
    return static_cast<float>(inside) / (kSamples * kSamples);
  });
}

DiscResult::Disc volume_of(const Labels& labels, const Volume* probability = nullptr) {
  Context context;
  const auto result = DiscMorphometry()({}, labels, probability, context);
  require(result.discs.size() == 1, Errc::kInternal, "one disc is expected");
  return result.discs[0];
}

TEST(DiscVolume, IsThatOfTheSolidOnAnyGrid) {
  const Cylinder c;
  for (const auto& spacing_mm : {std::array<double, 3>{0.9, 0.9, 4.0}, {0.5, 0.5, 5.0}, {1.0, 1.0, 2.0}}) {
    const auto disc = volume_of(*labelled(c, grid(spacing_mm)));
    EXPECT_EQ(disc.volume_quality, Quality::kGood);
    EXPECT_NEAR(disc.volume_cm3->value, c.volume_cm3(), 0.03 * c.volume_cm3());
    EXPECT_LE(std::abs(disc.volume_cm3->value - c.volume_cm3()), 3.0 * disc.volume_cm3->se);
    EXPECT_LT(disc.volume_cm3->se, 0.05 * c.volume_cm3());
  }
}

TEST(DiscVolume, AProbabilityGivesTheSameVolume) {
  const Cylinder c{.height_mm = 6.3};
  const auto g = grid({0.9, 0.9, 4.0});
  const auto soft = coverage(c, g);
  const auto disc = volume_of(*labelled(c, g), soft.GetPointer());
  EXPECT_EQ(disc.volume_quality, Quality::kGood) << disc.volume_reason;
  EXPECT_NEAR(disc.volume_cm3->value, c.volume_cm3(), 0.03 * c.volume_cm3());
  EXPECT_NE(disc.volume_cm3->value, volume_of(*labelled(c, g)).volume_cm3->value);
}

TEST(DiscVolume, AProbabilityThatDisagreesIsSaidAndNotUsed) {
  const auto g = grid({0.9, 0.9, 4.0});
  const auto labels = labelled({}, g);
  const auto wrong = painted<Volume>(g, [](const Point&) { return std::numeric_limits<float>::quiet_NaN(); });
  const auto disc = volume_of(*labels, wrong.GetPointer());
  EXPECT_EQ(disc.volume_quality, Quality::kUncertain);
  EXPECT_THAT(disc.volume_reason, HasSubstr("the probability has its surface elsewhere"));
  EXPECT_EQ(disc.volume_cm3->value, volume_of(*labels).volume_cm3->value);
}

TEST(DiscVolume, AProbabilityOnAnotherGridIsRefused) {
  const auto labels = labelled({}, grid({0.9, 0.9, 4.0}));
  const auto other = phantom::blank<Volume>({4, 4, 4}, {1, 1, 1}, 0.0F);
  Context context;
  EXPECT_THROW(DiscMorphometry()({}, *labels, other.GetPointer(), context), Error);
}

TEST(DiscVolume, ADiscThatIsCutHasNone) {
  const auto cut = volume_of(*labelled({}, grid({0.9, 0.9, 4.0}, {0, 20, 0})));
  EXPECT_FALSE(cut.volume_cm3.has_value());
  EXPECT_THAT(cut.volume_reason, HasSubstr("cut by the border"));
  const auto run_out = volume_of(*labelled({}, grid({0.9, 0.9, 4.0}, {31, 0, 0})));
  EXPECT_FALSE(run_out.volume_cm3.has_value());
  EXPECT_THAT(run_out.volume_reason, HasSubstr("cut by the first or last slice"));
}

TEST(DiscVolume, ADiscThatEndsAtTheBorderIsMeasuredWithADoubt) {
  const auto whole = labelled({}, grid({0.9, 0.9, 4.0}));
  std::array<long, 3> first{1000, 1000, 1000}, last{0, 0, 0};
  const auto size = whole->GetLargestPossibleRegion().GetSize();
  for (long k = 0; k < static_cast<long>(size[2]); ++k)
    for (long j = 0; j < static_cast<long>(size[1]); ++j)
      for (long i = 0; i < static_cast<long>(size[0]); ++i)
        if (whole->GetPixel({{i, j, k}}) != 0)
          for (unsigned a = 0; a < 3; ++a) {
            const long at = std::array{i, j, k}[a];
            first[a] = std::min(first[a], at);
            last[a] = std::max(last[a], at);
          }
  // Cropped to the disc's own box: nothing is lost.
  const auto size_of = [&](unsigned a) { return static_cast<std::size_t>(last[a] - first[a] + 1); };
  const auto cropped =
      phantom::blank<Labels>({size_of(0), size_of(1), size_of(2)}, {0.9, 0.9, 4.0}, std::uint16_t{0});
  cropped->SetDirection(whole->GetDirection());
  for (long k = first[2]; k <= last[2]; ++k)
    for (long j = first[1]; j <= last[1]; ++j)
      for (long i = first[0]; i <= last[0]; ++i)
        cropped->SetPixel({{i - first[0], j - first[1], k - first[2]}}, whole->GetPixel({{i, j, k}}));
  const auto disc = volume_of(*cropped);
  EXPECT_EQ(disc.volume_quality, Quality::kUncertain);
  EXPECT_THAT(disc.volume_reason, HasSubstr("touches the border"));
  ASSERT_TRUE(disc.volume_cm3.has_value());
  EXPECT_NEAR(disc.volume_cm3->value, volume_of(*whole).volume_cm3->value, 1e-9);
}

TEST(DiscVolume, AFewVoxelsAreNoDisc) {
  const auto labels = phantom::blank<Labels>({20, 20, 9}, {1, 1, 4}, 0);
  labels->SetPixel({{10, 10, 4}}, kDisc);
  EXPECT_THAT(volume_of(*labels).volume_reason, HasSubstr("labelled in 1 voxels"));
}

TEST(DiscVolume, DiscsWithoutBodiesHaveAVolumeAndNoHeight) {
  const auto disc = volume_of(*labelled({}, grid({1.0, 1.0, 2.0})));
  EXPECT_EQ(disc.region, "L3/L4");
  EXPECT_EQ(disc.quality, Quality::kFailed);
  EXPECT_THAT(disc.reason, HasSubstr("above the disc is not labelled"));
  bool seen = false;
  for (const auto& m : measurements({{disc}})) {
    EXPECT_EQ(m.value.has_value(), m.endpoint == "disc_volume") << m.endpoint;
    seen = seen || m.endpoint == "disc_volume";
  }
  EXPECT_TRUE(seen);
}

TEST(DiscVolume, AnUnlabelledDiscIsSaid) {
  const solid::Body box{.ha_mm = 26.0, .hp_mm = 26.0};
  const auto pair = solid::pair_of(box, solid::posed({0.3, -0.2, 17.6}, 7, 2, 4), {});
  const auto labels = solid::rasterised(solid::pair_grid({0.9, 0.9, 4.0}, solid::posed({}, 0, 0, 0)),
                                        {pair.upper, pair.lower});
  const auto disc = solid::measured_discs(*labels).discs.at(0);
  EXPECT_EQ(disc.quality, Quality::kGood) << disc.reason;
  EXPECT_EQ(disc.volume_quality, Quality::kFailed);
  EXPECT_EQ(disc.volume_reason, "the disc L3/L4 is not labelled");
}

TEST(DiscVolume, OtherLabelsAreNoDiscs) {
  Context context;
  for (const std::uint16_t id : std::vector<std::uint16_t>{60, 61, 100, 201, 231}) {
    const auto labels = phantom::blank<Labels>({30, 30, 9}, {1, 1, 4}, id);
    EXPECT_TRUE(DiscMorphometry()({}, *labels, nullptr, context).discs.empty()) << id;
  }
}

}  // namespace
}  // namespace ledd
