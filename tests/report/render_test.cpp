#include <gmock/gmock.h>
#include <opencv2/core.hpp>
#include <opencv2/imgcodecs.hpp>

#include <cmath>

#include "ledd/core/error.h"
#include "ledd/report/report.h"

#include "phantom.h"

namespace ledd::report {
namespace {

using Axes = std::array<Toward, 3>;

constexpr Axes kLps{Toward::kLeft, Toward::kPosterior, Toward::kSuperior};

/// 40 x 60 x 80 mm along L, P, S, grey, with a cube of 8 mm that is bright, its lowest corner at `at_lps_mm`
/// from that of the volume; then turned to have these axes.
Volume::Pointer marked(const Axes& axes, const std::array<long, 3>& at_lps_mm) {
  auto volume = phantom::blank<Volume>({40, 30, 20}, {1.0, 2.0, 4.0}, 10.0F);
  for (long i = 0; i < 8; ++i)
    for (long j = 0; j < 4; ++j)
      for (long k = 0; k < 2; ++k)
        volume->SetPixel({{at_lps_mm[0] + i, at_lps_mm[1] / 2 + j, at_lps_mm[2] / 4 + k}}, 1000.0F);
  return reorient(*volume, axes);
}

cv::Mat decoded(const std::string& png) {
  const std::vector<unsigned char> bytes(png.begin(), png.end());
  return cv::imdecode(bytes, cv::IMREAD_COLOR);
}

/// Centre of the pixels that are nearly white in a block of at least 5 x 5: letters and lines are thinner.
cv::Point2d bright_block(const cv::Mat& picture) {
  cv::Point2d sum(0, 0);
  int count = 0;
  for (int y = 2; y + 2 < picture.rows; ++y)
    for (int x = 2; x + 2 < picture.cols; ++x) {
      bool all = true;
      for (int dy = -2; dy <= 2 && all; ++dy)
        for (int dx = -2; dx <= 2 && all; ++dx) all = picture.at<cv::Vec3b>(y + dy, x + dx)[0] > 200;
      if (!all) continue;
      sum += cv::Point2d(x, y);
      ++count;
    }
  EXPECT_GT(count, 0) << "no bright block";
  return sum / std::max(1, count);
}

/// The image axis along which `volume` runs left-right (0), anterior-posterior (1) or head-feet (2).
unsigned axis_along(const Volume& volume, unsigned lps) {
  const auto toward = axes_of(volume);
  const std::array<std::string, 3> pairs{"LR", "AP", "SI"};
  for (unsigned a = 0; a < 3; ++a)
    if (pairs[lps].find(static_cast<char>(toward[a])) != std::string::npos) return a;
  return 9;
}

Figure slice_through_block(const Volume& volume, unsigned lps) {
  Figure figure;
  figure.name = "test";
  figure.axis = axis_along(volume, lps);
  const auto size = volume.GetLargestPossibleRegion().GetSize();
  for (std::size_t n = 0; n < size[0] * size[1] * size[2]; ++n)
    if (volume.GetBufferPointer()[n] == 1000.0F)
      figure.slice = volume.ComputeIndex(static_cast<itk::OffsetValueType>(n))[figure.axis];
  return figure;
}

class AxisOrder : public ::testing::TestWithParam<Axes> {};

TEST_P(AxisOrder, SagittalShowsAnteriorLeftAndHeadUp) {
  const auto volume = marked(GetParam(), {16, 8, 64});  // anterior, high
  const cv::Mat picture = decoded(render_png(slice_through_block(*volume, 0), *volume, nullptr));
  EXPECT_EQ(picture.cols * 80, picture.rows * 60);
  const double px_per_mm = picture.cols / 60.0;
  EXPECT_GE(px_per_mm, 1.5);
  const cv::Point2d at = bright_block(picture);
  EXPECT_NEAR(at.x, (8 + 4) * px_per_mm - 0.5, 0.5 * px_per_mm);
  EXPECT_NEAR(at.y, (80 - 64 - 4) * px_per_mm - 0.5, 0.5 * px_per_mm);
}

TEST_P(AxisOrder, CoronalShowsThePatientsRightOnTheLeftAndHeadUp) {
  const auto volume = marked(GetParam(), {4, 28, 16});  // right, low
  const cv::Mat picture = decoded(render_png(slice_through_block(*volume, 1), *volume, nullptr));
  EXPECT_EQ(picture.cols * 80, picture.rows * 40);
  const double px_per_mm = picture.cols / 40.0;
  const cv::Point2d at = bright_block(picture);
  EXPECT_NEAR(at.x, (4 + 4) * px_per_mm - 0.5, 0.5 * px_per_mm);
  EXPECT_NEAR(at.y, (80 - 16 - 4) * px_per_mm - 0.5, 0.5 * px_per_mm);
}

TEST_P(AxisOrder, AxialShowsThePatientsRightOnTheLeftAndAnteriorUp) {
  const auto volume = marked(GetParam(), {28, 8, 40});  // left, anterior
  const cv::Mat picture = decoded(render_png(slice_through_block(*volume, 2), *volume, nullptr));
  EXPECT_EQ(picture.cols * 60, picture.rows * 40);
  const double px_per_mm = picture.cols / 40.0;
  const cv::Point2d at = bright_block(picture);
  EXPECT_NEAR(at.x, (28 + 4) * px_per_mm - 0.5, 0.5 * px_per_mm);
  EXPECT_NEAR(at.y, (8 + 4) * px_per_mm - 0.5, 0.5 * px_per_mm);
}

TEST_P(AxisOrder, ThePictureIsTheSameBytesWhateverTheOrder) {
  const auto volume = marked(GetParam(), {16, 8, 64});
  const auto plain = marked(kLps, {16, 8, 64});
  for (const unsigned lps : {0U, 1U, 2U}) {
    Figure a = slice_through_block(*volume, lps);
    Figure b = slice_through_block(*plain, lps);
    a.slice = b.slice =
        9;  // the middle of every axis is not the same slice when flipped; find the same place
    const auto count = static_cast<long>(volume->GetLargestPossibleRegion().GetSize(a.axis));
    if (axes_of(*volume)[a.axis] != axes_of(*plain)[b.axis]) a.slice = count - 1 - b.slice;
    EXPECT_EQ(render_png(a, *volume, nullptr), render_png(b, *plain, nullptr)) << "plane " << lps;
  }
}

TEST_P(AxisOrder, ALineFallsOnTheBlockItPointsTo) {
  const auto volume = marked(GetParam(), {16, 40, 20});
  Figure figure = slice_through_block(*volume, 0);
  Polyline line;
  line.rgb = {255, 0, 0};
  // The origin of the marked volume is the centre of its first voxel: the block's centre in LPS mm.
  line.points_lps_mm = {{19.5, 43.0, 18.0}, {19.5, 43.0, 26.0}};
  figure.lines = {line};
  const cv::Mat picture = decoded(render_png(figure, *volume, nullptr));
  cv::Point2d sum(0, 0);
  int count = 0;
  for (int y = 0; y < picture.rows; ++y)
    for (int x = 0; x < picture.cols; ++x) {
      const auto& c = picture.at<cv::Vec3b>(y, x);
      if (c[2] - c[1] < 60 || c[2] - c[0] < 60) continue;
      sum += cv::Point2d(x, y);
      ++count;
    }
  ASSERT_GT(count, 20);
  figure.lines.clear();
  const cv::Point2d block = bright_block(decoded(render_png(figure, *volume, nullptr)));
  EXPECT_NEAR(sum.x / count, block.x, 3.0);
  EXPECT_NEAR(sum.y / count, block.y, 3.0);
}

INSTANTIATE_TEST_SUITE_P(Orders,
                         AxisOrder,
                         ::testing::Values(kLps,
                                           Axes{Toward::kPosterior, Toward::kInferior, Toward::kRight},
                                           Axes{Toward::kSuperior, Toward::kRight, Toward::kAnterior},
                                           Axes{Toward::kAnterior, Toward::kLeft, Toward::kInferior}));

TEST(RenderPng, OutlinesLabelsInTheirColourAndOnlyWhenAsked) {
  const auto volume = marked(kLps, {16, 8, 64});
  auto labels = phantom::blank<Labels>({40, 30, 20}, {1.0, 2.0, 4.0}, 0);
  for (long j = 10; j < 20; ++j)
    for (long k = 5; k < 12; ++k) labels->SetPixel({{20, j, k}}, 20);
  Figure figure = slice_through_block(*volume, 0);
  figure.slice = 20;
  const std::string with = render_png(figure, *volume, labels);
  EXPECT_NE(with, render_png(figure, *volume, nullptr));
  figure.labels = false;
  EXPECT_EQ(render_png(figure, *volume, labels), render_png(figure, *volume, nullptr));
  // The upper edge of label 20 lies between slices 11 and 12: 80 - 48 mm below the top, from 20 to 40 mm.
  const cv::Mat picture = decoded(with);
  const double px_per_mm = picture.cols / 60.0;
  bool coloured = false;
  for (int dy = -3; dy <= 3; ++dy) {
    const auto& c =
        picture.at<cv::Vec3b>(static_cast<int>(32 * px_per_mm) + dy, static_cast<int>(24 * px_per_mm));
    coloured = coloured || *std::max_element(c.val, c.val + 3) - *std::min_element(c.val, c.val + 3) > 60;
  }
  EXPECT_TRUE(coloured);
}

TEST(RenderPng, GivesTheSameBytesTwice) {
  const auto volume = marked(kLps, {16, 8, 64});
  const Figure figure = slice_through_block(*volume, 0);
  EXPECT_EQ(render_png(figure, *volume, nullptr), render_png(figure, *volume, nullptr));
}

TEST(RenderPng, OfAnEmptyVolumeIsDarkAndNoError) {
  const auto volume = phantom::blank<Volume>({30, 30, 3}, {1.0, 1.0, 4.0}, 0.0F);
  const cv::Mat picture = decoded(render_png(Figure{}, *volume, nullptr));
  EXPECT_EQ(picture.at<cv::Vec3b>(picture.rows / 4, picture.cols / 4), cv::Vec3b(0, 0, 0));
}

TEST(RenderPng, RefusesASliceOutsideAndLabelsOfAnotherGrid) {
  const auto volume = phantom::blank<Volume>({30, 30, 3}, {1.0, 1.0, 4.0}, 1.0F);
  const auto labels = phantom::blank<Labels>({30, 30, 4}, {1.0, 1.0, 4.0}, 0);
  Figure figure;
  EXPECT_THROW(render_png(figure, *volume, labels), Error);
  for (const long slice : {-1L, 3L}) {
    figure.slice = slice;
    EXPECT_THROW(render_png(figure, *volume, nullptr), Error);
  }
  figure.slice = 0;
  figure.axis = 3;
  EXPECT_THROW(render_png(figure, *volume, nullptr), Error);
}

TEST(ThumbnailPng, IsSmallOfTheSameShapeAndRefusesOtherBytes) {
  const auto volume = phantom::blank<Volume>({40, 20, 3}, {1.0, 1.0, 4.0}, 1.0F);
  const cv::Mat small = decoded(thumbnail_png(render_png(Figure{}, *volume, nullptr), 100));
  EXPECT_EQ(small.size(), cv::Size(100, 50));
  EXPECT_THROW(thumbnail_png("no picture"), Error);
  EXPECT_THROW(thumbnail_png(""), Error);
}

TEST(RenderPng, AroundLabelsShowsTheSamePlacesLarger) {
  for (const Axes& axes : {kLps, Axes{Toward::kInferior, Toward::kRight, Toward::kAnterior}}) {
    const auto volume = marked(axes, {16, 8, 64});
    auto labels = Labels::New();
    labels->CopyInformation(volume);
    labels->SetRegions(volume->GetLargestPossibleRegion());
    labels->Allocate(true);
    const std::size_t count = volume->GetLargestPossibleRegion().GetNumberOfPixels();
    for (std::size_t n = 0; n < count; ++n)
      if (volume->GetBufferPointer()[n] == 1000.0F) labels->GetBufferPointer()[n] = 22;
    Figure figure = slice_through_block(*volume, 0);
    figure.labels = false;
    figure.around_labels_mm = 8.0;
    const cv::Mat picture = decoded(render_png(figure, *volume, labels));
    const double px_per_mm = picture.cols / 24.0;  // 8 mm and 8 on either side
    EXPECT_EQ(picture.rows, picture.cols);
    const cv::Point2d at = bright_block(picture);
    EXPECT_NEAR(at.x, 12 * px_per_mm - 0.5, 0.5 * px_per_mm);
    EXPECT_NEAR(at.y, 12 * px_per_mm - 0.5, 0.5 * px_per_mm);
    labels->GetBufferPointer()[0] = 7;  // far away
    figure.around_ids = {22};
    EXPECT_EQ(decoded(render_png(figure, *volume, labels)).size(), picture.size());
    figure.around_ids.clear();
    EXPECT_NE(decoded(render_png(figure, *volume, labels)).size(), picture.size());
    labels->FillBuffer(0);
    EXPECT_EQ(decoded(render_png(figure, *volume, labels)).cols,
              decoded(render_png(slice_through_block(*volume, 0), *volume, nullptr)).cols);
  }
}

TEST(RenderPng, AGivenWindowIsKept) {
  const auto volume = phantom::blank<Volume>({40, 20, 3}, {1.0, 1.0, 4.0}, 100.0F);
  Figure figure;
  figure.window = std::array<double, 2>{0.0, 200.0};
  const auto grey = [&] {
    const cv::Mat picture = decoded(render_png(figure, *volume, nullptr));
    return static_cast<int>(picture.at<cv::Vec3b>(picture.rows / 2, picture.cols / 2)[0]);
  };
  EXPECT_NEAR(grey(), 128, 1);
  figure.window = std::array<double, 2>{100.0, 200.0};
  EXPECT_EQ(grey(), 0);
}

/// 40 x 30 x 20, a map that rises along P from 20 to 78, with a hole.
TEST(RenderPng, MapIsDrawnInColourWithABarAndLeavesHolesGrey) {
  const auto volume = marked(kLps, {16, 8, 64});
  const auto map = phantom::blank<Volume>({40, 30, 20}, {1.0, 2.0, 4.0}, 0.0F);
  for (long i = 0; i < 40; ++i)
    for (long j = 0; j < 30; ++j)
      for (long k = 0; k < 20; ++k)
        map->SetPixel({{i, j, k}}, k < 10 ? std::nanf("") : 20.0F + 2.0F * static_cast<float>(j));
  Figure figure = slice_through_block(*volume, 0);
  const cv::Mat plain = decoded(render_png(figure, *volume, nullptr));
  figure.colours = MapOverlay{"T2", {"T2", "ms", 20.0, 78.0}, false};
  const cv::Mat picture = decoded(render_png(figure, *volume, nullptr, map));
  EXPECT_EQ(picture.cols, plain.cols);
  EXPECT_GT(picture.rows, plain.rows) << "the bar stands below the picture";
  const auto at = [&](double share_x, double share_y) {
    return picture.at<cv::Vec3b>(static_cast<int>(share_y * plain.rows),
                                 static_cast<int>(share_x * plain.cols));
  };
  const cv::Vec3b low = at(0.06, 0.35), high = at(0.94, 0.35), hole = at(0.5, 0.7);
  EXPECT_GT(low[0], low[2]) << "low values are blue";
  EXPECT_GT(high[2], high[0]) << "high values are yellow";
  EXPECT_EQ(hole[0], hole[2]) << "nothing is drawn where the map is NaN";
}

TEST(RenderPng, MapWithinLabelsLeavesTheRest) {
  const auto volume = marked(kLps, {16, 8, 64});
  const auto map = phantom::blank<Volume>({40, 30, 20}, {1.0, 2.0, 4.0}, 30.0F);
  auto labels = Labels::New();
  labels->CopyInformation(volume);
  labels->SetRegions(volume->GetLargestPossibleRegion());
  labels->Allocate(true);
  for (long i = 0; i < 40; ++i)
    for (long j = 0; j < 15; ++j)
      for (long k = 0; k < 20; ++k) labels->SetPixel({{i, j, k}}, 204);
  Figure figure = slice_through_block(*volume, 0);
  figure.labels = false;
  figure.colours = MapOverlay{"T2", {"T2", "ms", 20.0, 80.0}, true};
  const cv::Mat picture = decoded(render_png(figure, *volume, labels, map));
  figure.colours.reset();
  const int row = picture.rows / 2, cols = decoded(render_png(figure, *volume, labels)).cols;
  const auto inside = picture.at<cv::Vec3b>(row, cols / 4),
             outside = picture.at<cv::Vec3b>(row, 3 * cols / 4);
  EXPECT_NE(inside[0], inside[2]);
  EXPECT_EQ(outside[0], outside[2]);
}

TEST(RenderPng, MapOnAnotherGridOrAnEmptyScaleIsRefused) {
  const auto volume = marked(kLps, {16, 8, 64});
  Figure figure = slice_through_block(*volume, 0);
  figure.colours = MapOverlay{"T2", {"T2", "ms", 20.0, 80.0}, false};
  const auto other = phantom::blank<Volume>({40, 30, 20}, {1.0, 2.0, 3.0}, 30.0F);
  EXPECT_THROW(render_png(figure, *volume, nullptr, other), Error);
  figure.colours->scale.high = 20.0;
  EXPECT_THROW(render_png(figure, *volume, nullptr, volume), Error);
}

}  // namespace
}  // namespace ledd::report
