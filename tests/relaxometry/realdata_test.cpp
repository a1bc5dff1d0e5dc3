#include "realdata.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <cmath>

#include "ledd/dicom/dicom.h"
#include "ledd/relaxometry/relaxometry.h"

namespace ledd {
namespace {

struct Series {
  std::vector<Volume::Pointer> images;
  std::vector<Echo> echoes;
};

Series load() {
  Context context({}, 2);
  auto index = dicom::index({realdata() / "knee/t2-multi-echo-dicom"}, context);
  std::sort(index.stacks.begin(), index.stacks.end(), [](const auto& a, const auto& b) {
    return a.echo_time_ms < b.echo_time_ms;
  });
  Series series;
  for (const auto& stack : index.stacks) {
    series.images.push_back(dicom::load(stack, context));
    series.echoes.push_back({series.images.back().GetPointer(), stack.echo_time_ms.value()});
  }
  return series;
}

/// Rows and columns 100..159 of the slice whose position is x = -72.562.
Mask::Pointer box(const Volume& image) {
  auto mask = Mask::New();
  mask->CopyInformation(&image);
  mask->SetRegions(image.GetLargestPossibleRegion());
  mask->Allocate(true);
  const auto size = image.GetLargestPossibleRegion().GetSize();
  for (long k = 0; k < static_cast<long>(size[2]); ++k) {
    Volume::PointType corner;
    image.TransformIndexToPhysicalPoint(Volume::IndexType{{0, 0, k}}, corner);
    if (std::abs(corner[0] + 72.562) > 0.01) continue;
    for (long j = 100; j < 160; ++j)
      for (long i = 100; i < 160; ++i) mask->SetPixel({{i, j, k}}, 1);
  }
  return mask;
}

std::vector<double> chosen(
    const Series& series, const Relaxometry::Result& result, float above, float low, float high) {
  std::vector<double> values;
  const std::size_t all = result.value_ms->GetLargestPossibleRegion().GetNumberOfPixels();
  for (std::size_t v = 0; v < all; ++v) {
    const float t2 = result.value_ms->GetBufferPointer()[v];
    if (series.images[0]->GetBufferPointer()[v] > above && t2 >= low && t2 <= high)
      values.push_back(static_cast<double>(t2));
  }
  std::sort(values.begin(), values.end());
  return values;
}

TEST(RelaxometryRealdata, EightEchoBoxHasTheReferenceFigures) {
  LEDD_NEEDS_REALDATA("knee/t2-multi-echo-dicom");
  const Series series = load();
  ASSERT_EQ(series.echoes.size(), 8U);
  EXPECT_NEAR(series.echoes.front().time_ms, 6.312, 1e-9);
  EXPECT_NEAR(series.echoes.back().time_ms, 50.496, 1e-9);
  Context context;
  const auto result = Relaxometry()(series.echoes, box(*series.images[0]), context);

  const auto t2 = chosen(series, result, 1000.0F, 10.0F, 80.0F);
  ASSERT_EQ(t2.size(), 769U);
  double mean = 0.0, squares = 0.0;
  for (const double v : t2) mean += v / 769.0;
  for (const double v : t2) squares += (v - mean) * (v - mean);
  EXPECT_NEAR(mean, 58.051, 0.01);
  EXPECT_NEAR(t2[384], 58.135, 0.01);
  EXPECT_NEAR(std::sqrt(squares / 769.0), 13.345, 0.01);

  const auto longer = chosen(series, result, 3531.0F, 0.0F, 200.0F);
  ASSERT_EQ(longer.size(), 432U);
  double mean_longer = 0.0;
  for (const double v : longer) mean_longer += v / 432.0;
  EXPECT_NEAR(mean_longer, 133.908, 0.01);
}

}  // namespace
}  // namespace ledd
