#include <gmock/gmock.h>

#include "ledd/anatomy/anatomy.h"
#include "ledd/bias_field/bias_field.h"
#include "ledd/core/error.h"
#include "ledd/lumbar_phantom/lumbar_phantom.h"
#include "ledd/mr_weighting/mr_weighting.h"

namespace {

using ledd::Context;
using ledd::Labels;
using ledd::LumbarPhantom;
using ledd::MrContrast;
using ledd::MrWeighting;
using ledd::phantom::Contrast;
using testing::HasSubstr;

struct Scan {
  ledd::Volume::Pointer flat;
  Labels::Pointer labels;
};

Scan scan(Contrast contrast, int seed) {
  LumbarPhantom::Params params;
  params.spine.seed = seed;
  params.scan.contrast = contrast;
  params.stack.columns = 192;
  params.stack.rows = 256;
  params.stack.pixel_mm = 1.1;
  Context context;
  const auto drawn = LumbarPhantom(params)(context);
  return {ledd::BiasField()(*drawn.image, context), drawn.labels};
}

void keep(Labels& labels, const std::function<bool(std::uint16_t)>& wanted) {
  const auto count = labels.GetLargestPossibleRegion().GetNumberOfPixels();
  for (std::size_t i = 0; i < count; ++i)
    if (!wanted(labels.GetBufferPointer()[i])) labels.GetBufferPointer()[i] = 0;
}

TEST(WeightingFromIntensities, TellsT1T2AndStirApartWithAndWithoutASac) {
  for (const int seed : {1, 2, 3})
    for (const auto& [contrast, truth] : {std::pair{Contrast::kT1, MrContrast::kT1},
                                          std::pair{Contrast::kT2, MrContrast::kT2},
                                          std::pair{Contrast::kStir, MrContrast::kStir}}) {
      const Scan seen = scan(contrast, seed);
      for (const bool with_sac : {true, false}) {
        if (!with_sac) keep(*seen.labels, [](std::uint16_t id) { return id != ledd::anatomy::kCanal; });
        const MrWeighting found = ledd::weighting_from_intensities(*seen.flat, seen.labels);
        EXPECT_EQ(found.contrast, truth) << seed << ": " << found.reason;
        EXPECT_EQ(found.fat_suppressed, truth == MrContrast::kStir) << found.reason;
        EXPECT_GT(found.probability, 0.8) << found.reason;
      }
    }
}

TEST(WeightingFromIntensities, AFatSuppressedImageLabelledT1IsFlagged) {
  const Scan seen = scan(Contrast::kStir, 1);
  const MrWeighting header{MrContrast::kT1, false, 0.95, "TR 550 ms, TE 11 ms"};
  const MrWeighting image = ledd::weighting_from_intensities(*seen.flat, seen.labels);
  EXPECT_THAT(ledd::contradiction(header, image), HasSubstr("the header says T1"));
  const Scan honest = scan(Contrast::kT1, 1);
  EXPECT_EQ(ledd::contradiction(header, ledd::weighting_from_intensities(*honest.flat, honest.labels)), "");
}

TEST(WeightingFromIntensities, WithoutBodiesItIsUnknownAndSaysWhy) {
  const Scan seen = scan(Contrast::kT2, 1);
  EXPECT_EQ(ledd::weighting_from_intensities(*seen.flat, nullptr).contrast, MrContrast::kUnknown);
  keep(*seen.labels, [](std::uint16_t id) { return id == ledd::anatomy::kL1 || id == ledd::anatomy::kL5; });
  const MrWeighting two = ledd::weighting_from_intensities(*seen.flat, seen.labels);
  EXPECT_EQ(two.contrast, MrContrast::kUnknown);
  EXPECT_THAT(two.reason, HasSubstr("fewer than three bodies"));
  auto other = seen.labels;
  other->SetSpacing(std::array<double, 3>{1.0, 1.0, 5.0}.data());
  EXPECT_THROW(ledd::weighting_from_intensities(*seen.flat, other), ledd::Error);
}

}  // namespace
