#include "ledd/plane_view/plane_view.h"

#include <gmock/gmock.h>
#include <tbb/global_control.h>

#include <cmath>

#include "ledd/core/error.h"

#include "oblique.h"
#include "phantom.h"

namespace {

using ledd::Error;
using ledd::Labels;
using ledd::Point;
using ledd::Volume;
using namespace ledd::plane_view;

constexpr std::uint16_t kId = 20;
constexpr Point kMiddle{5.0, -3.0, 8.0};

Volume::Pointer oblique_volume() {
  return ledd::testing::oblique_grid<Volume>({0.6, 0.9, 2.0}, {60.0, 50.0, 70.0}, kMiddle);
}

/// Twice the position along z, in patient coordinates.
Volume::Pointer ramp() {
  auto volume = oblique_volume();
  ledd::testing::fill(*volume, [](const Point& p) { return 100.0 + 2.0 * p[2]; });
  return volume;
}

Plane sized(Plane plane, int width_px, int height_px, double pixel_mm) {
  plane.width_px = width_px;
  plane.height_px = height_px;
  plane.pixel_mm = pixel_mm;
  return plane;
}

int grey(const std::vector<std::uint32_t>& pixels, const Plane& plane, int x, int y) {
  return static_cast<int>(pixels[static_cast<std::size_t>(y * plane.width_px + x)] & 0xffU);
}

TEST(PlaneView, APixelShowsTheValueOfItsPlaceOnATurnedGrid) {
  const auto volume = ramp();
  Layers layers{volume.GetPointer()};
  layers.window = {100.0, 128.0};
  for (const View view : {View::kSagittal, View::kCoronal, View::kAxial})
    for (const Axes axes : {Axes::kPatient, Axes::kScan}) {
      const auto plane = sized(plane_of(*volume, view, axes, kMiddle), 41, 31, 0.7);
      const auto pixels = draw(plane, layers);
      for (const auto& [x, y] : {std::pair(20, 15), {5, 4}, {33, 28}}) {
        const double value = 100.0 + 2.0 * at_pixel(plane, x, y)[2];
        EXPECT_NEAR(grey(pixels, plane, x, y), (value - 36.0) / 128.0 * 255.0, 1.01)
            << static_cast<int>(view) << " " << x << " " << y;
      }
    }
}

TEST(PlaneView, ThePatientsRightIsLeftAndHeadIsUp) {
  const auto volume = oblique_volume();
  const auto letters = [&](View view) {
    const auto l = letters_of(plane_of(*volume, view, Axes::kPatient, kMiddle));
    return l.left + l.right + l.top + l.bottom;
  };
  EXPECT_EQ(letters(View::kSagittal), "APHF");
  EXPECT_EQ(letters(View::kCoronal), "RLHF");
  EXPECT_EQ(letters(View::kAxial), "RLAP");
  // Of a scan stored from head to feet, back to front and right to left likewise.
  auto turned = Volume::New();
  turned->CopyInformation(volume);
  turned->SetRegions(volume->GetLargestPossibleRegion());
  auto direction = volume->GetDirection();
  for (unsigned row = 0; row < 3; ++row)
    for (unsigned axis = 0; axis < 3; ++axis) direction(row, axis) = -volume->GetDirection()(row, axis);
  turned->SetDirection(direction);
  for (const View view : {View::kSagittal, View::kCoronal, View::kAxial}) {
    const auto a = letters_of(plane_of(*volume, view, Axes::kScan, kMiddle));
    const auto b = letters_of(plane_of(*turned, view, Axes::kScan, kMiddle));
    EXPECT_EQ(a.left + a.top, b.left + b.top);
    EXPECT_EQ(a.left.substr(0, 1), letters_of(plane_of(*volume, view, Axes::kPatient, kMiddle)).left);
  }
}

TEST(PlaneView, ThePlaneOfAScanCutsNoVoxel) {
  const auto volume = oblique_volume();
  const auto plane = sized(plane_of(*volume, View::kAxial, Axes::kScan, kMiddle), 31, 31, 0.5);
  const Point normal = normal_lps(plane);
  double along = 0.0;
  for (unsigned k = 0; k < 3; ++k) along += normal[k] * volume->GetDirection()(k, 2);
  EXPECT_NEAR(std::abs(along), 1.0, 1e-9);
  EXPECT_DOUBLE_EQ(step_mm(*volume, plane), 2.0);
}

TEST(PlaneView, APixelAndItsPlaceAreOneAnothersInverse) {
  const auto plane = sized(plane_of(*oblique_volume(), View::kCoronal, Axes::kScan, kMiddle), 77, 51, 0.37);
  const auto pixel = pixel_of(plane, at_pixel(plane, 12.25, 40.5));
  EXPECT_NEAR(pixel[0], 12.25, 1e-9);
  EXPECT_NEAR(pixel[1], 40.5, 1e-9);
  EXPECT_NEAR(pixel[2], 0.0, 1e-9);
}

TEST(PlaneView, SlicingGoesThroughTheWholeScan) {
  const auto volume = oblique_volume();
  const auto [low, high] = extent_mm(*volume, plane_of(*volume, View::kAxial, Axes::kScan, kMiddle));
  EXPECT_NEAR(
      high - low, 2.0 * (static_cast<double>(volume->GetLargestPossibleRegion().GetSize(2)) - 1), 1e-6);
  EXPECT_NEAR(high + low, 0.0, 1e-6);
}

/// A cube of 10 mm around the middle.
Labels::Pointer cube() {
  auto labels = ledd::testing::oblique_grid<Labels>({0.5, 0.5, 0.5}, {40, 40, 40}, kMiddle);
  ledd::testing::fill(*labels, [](const Point& p) {
    double reach = 0.0;
    for (unsigned k = 0; k < 3; ++k) reach = std::max(reach, std::abs(p[k] - kMiddle[k]));
    return reach < 5.0 ? kId : 0;
  });
  return labels;
}

std::size_t count(const std::vector<std::uint32_t>& pixels, std::uint32_t colour) {
  return static_cast<std::size_t>(std::count(pixels.begin(), pixels.end(), colour));
}

TEST(PlaneView, LabelsAreFilledOrOutlinedWhereTheyAre) {
  const auto volume = oblique_volume();
  const auto labels = cube();
  Layers layers{volume.GetPointer(), labels.GetPointer()};
  layers.overlay.rgb[kId] = {255, 0, 0};
  const auto plane = sized(plane_of(*volume, View::kSagittal, Axes::kPatient, kMiddle), 100, 100, 0.2);
  layers.overlay.style = Overlay::Style::kFill;
  layers.overlay.opacity = 1.0;
  const double area_mm2 = 0.04 * static_cast<double>(count(draw(plane, layers), 0xffff0000U));
  EXPECT_NEAR(area_mm2, 100.0, 4.0);
  layers.overlay.style = Overlay::Style::kOutline;
  const auto outline = count(draw(plane, layers), 0xffff0000U);
  EXPECT_GT(outline, 180U);  // four sides of 50 pixels
  EXPECT_LT(outline, 400U);
  layers.overlay.style = Overlay::Style::kHidden;
  EXPECT_EQ(count(draw(plane, layers), 0xffff0000U), 0U);
  layers.overlay.style = Overlay::Style::kFill;
  layers.overlay.rgb.clear();
  EXPECT_EQ(count(draw(plane, layers), 0xffff0000U), 0U) << "a structure that is not shown";
}

TEST(PlaneView, AMapIsColouredWhereItHasAValue) {
  const auto volume = oblique_volume();
  auto map = oblique_volume();
  ledd::testing::fill(*map, [](const Point& p) { return p[2] > kMiddle[2] ? 5.0 : 0.0; });
  Layers layers{volume.GetPointer(), nullptr, map.GetPointer()};
  layers.window = {50.0, 100.0};
  layers.colours = {0.0, 10.0, 1.0, {{0, 0, 0}, {0, 255, 0}, {255, 255, 255}}};
  const auto plane = sized(plane_of(*volume, View::kCoronal, Axes::kPatient, kMiddle), 20, 20, 1.0);
  const auto pixels = draw(plane, layers);
  EXPECT_EQ(pixels[2 * 20 + 10], 0xff00ff00U);   // towards the head
  EXPECT_EQ(pixels[17 * 20 + 10], 0xff000000U);  // towards the feet
}

TEST(PlaneView, BeyondTheScanIsBlack) {
  const auto volume = ramp();
  Layers layers{volume.GetPointer()};
  layers.window = {0.0, 1.0};
  const auto plane = sized(plane_of(*volume, View::kAxial, Axes::kPatient, {1e5, 0, 0}), 10, 10, 1.0);
  for (const auto pixel : draw(plane, layers)) EXPECT_EQ(pixel, 0xff000000U);
}

TEST(PlaneView, IsTheSameWithAnyNumberOfThreads) {
  const auto volume = ramp();
  const auto labels = cube();
  Layers layers{volume.GetPointer(), labels.GetPointer()};
  layers.overlay.rgb[kId] = {255, 128, 0};
  layers.window = {100.0, 128.0};
  const auto plane = sized(plane_of(*volume, View::kSagittal, Axes::kPatient, kMiddle), 200, 150, 0.3);
  std::vector<std::vector<std::uint32_t>> pictures;
  for (const std::size_t threads : {1U, 2U}) {
    const tbb::global_control control(tbb::global_control::max_allowed_parallelism, threads);
    pictures.push_back(draw(plane, layers));
  }
  EXPECT_EQ(pictures[0], pictures[1]);
}

/// Scan, labels, map, each on a grid of its own.
struct Pictures : testing::Test {
  Volume::Pointer volume = ramp();
  Labels::Pointer given = cube();
  Volume::Pointer values = oblique_volume();
  Layers layers;

  Pictures() {
    ledd::testing::fill(*values, [](const Point& p) { return p[0] > kMiddle[0] ? p[1] : 0.0; });
    layers.scan = volume;
    layers.labels = given;
    layers.map = values;
    layers.window = {100.0, 128.0};
    layers.overlay.rgb[kId] = {255, 128, 0};
    layers.colours = {-20.0, 20.0, 0.6, {{0, 0, 0}, {0, 255, 0}, {255, 255, 255}}};
  }
};

TEST_F(Pictures, APartIsAsInTheWhole) {
  for (const auto style : {Overlay::Style::kFill, Overlay::Style::kOutline})
    for (const View view : {View::kSagittal, View::kCoronal, View::kAxial})
      for (const Axes axes : {Axes::kPatient, Axes::kScan}) {
        layers.overlay.style = style;
        const auto plane = sized(plane_of(*volume, view, axes, kMiddle), 120, 90, 0.45);
        const auto whole = draw(plane, layers);
        for (const Part& part : {Part{40, 30, 31, 22}, {-5, -5, 20, 200}, {119, 0, 9, 9}, {50, 40, 1, 1}}) {
          std::vector<std::uint32_t> pixels(whole.size(), 1U);
          draw(plane, layers, part, pixels.data());
          for (int y = 0; y < 90; ++y)
            for (int x = 0; x < 120; ++x) {
              const bool in =
                  x >= part.left && x < part.left + part.width && y >= part.top && y < part.top + part.height;
              const auto n = static_cast<std::size_t>(y * 120 + x);
              ASSERT_EQ(pixels[n], in ? whole[n] : 1U) << x << " " << y;
            }
        }
      }
}

TEST_F(Pictures, ABoxCoversAllThatItsVoxelsChange) {
  layers.scan = volume;
  layers.map = nullptr;
  const auto other = Labels::New();
  other->CopyInformation(given);
  other->SetRegions(given->GetLargestPossibleRegion());
  other->Allocate();
  itk::ImageRegion<3> box;
  box.SetIndex({30, 25, 41});
  box.SetSize({9, 12, 3});
  for (const auto style : {Overlay::Style::kFill, Overlay::Style::kOutline})
    for (const View view : {View::kSagittal, View::kCoronal, View::kAxial})
      for (const double away_mm : {0.0, 0.3, 1.0, 4.0, 30.0}) {
        layers.overlay.style = style;
        Point through = kMiddle;
        for (double& c : through) c += away_mm;
        const auto plane = sized(plane_of(*volume, view, Axes::kPatient, through), 200, 160, 0.3);
        const std::size_t count = given->GetLargestPossibleRegion().GetNumberOfPixels();
        std::copy_n(given->GetBufferPointer(), count, other->GetBufferPointer());
        for (long k = 41; k < 44; ++k)
          for (long j = 25; j < 37; ++j)
            for (long i = 30; i < 39; ++i)
              other->SetPixel({{i, j, k}}, other->GetPixel({{i, j, k}}) == 0 ? kId : 0);
        layers.labels = given;
        auto pixels = draw(plane, layers);
        layers.labels = other;
        draw(plane, layers, part_of(plane, *given, box), pixels.data());
        EXPECT_EQ(pixels, draw(plane, layers)) << static_cast<int>(view) << " " << away_mm;
      }
}

/// A plane along the scan's own axes is drawn another way: it must not be told from one a hair off them.
TEST_F(Pictures, AlongTheAxesIsAsAtAnAngle) {
  layers.labels = nullptr;
  layers.map = nullptr;
  for (const View view : {View::kSagittal, View::kCoronal, View::kAxial}) {
    auto plane = sized(plane_of(*volume, view, Axes::kScan, {5.2, -3.3, 8.4}), 160, 120, 0.45);
    const auto along = draw(plane, layers);
    Point& r = plane.right_lps;
    const Point d = plane.down_lps;
    for (unsigned k = 0; k < 3; ++k) r[k] += 2e-6 * d[k];  // 1e-4 of a pixel at the border
    const auto at_an_angle = draw(plane, layers);
    std::size_t differing = 0;
    for (std::size_t n = 0; n < along.size(); ++n) {
      const int a = static_cast<int>(along[n] & 0xffU), b = static_cast<int>(at_an_angle[n] & 0xffU);
      if (std::abs(a - b) > 1) ++differing;
    }
    EXPECT_LE(differing, 120U + 160U) << "but for one line where the scan ends";
  }
}

TEST(PlaneView, TheWindowHoldsTheMiddleOfTheScan) {
  auto volume = ledd::phantom::blank<Volume>({100, 100, 1}, {1, 1, 1}, 0.0F);
  for (int n = 0; n < 5000; ++n) volume->GetBufferPointer()[n] = static_cast<float>(n + 1);
  const auto window = window_of(*volume);
  EXPECT_NEAR(window.centre, 2500.0, 30.0);
  EXPECT_NEAR(window.width, 4900.0, 60.0);
}

TEST(PlaneView, RefusesAPictureThatIsNone) {
  const auto volume = oblique_volume();
  const Layers layers{volume.GetPointer()};
  const auto plane = plane_of(*volume, View::kAxial, Axes::kPatient, kMiddle);
  EXPECT_THROW(draw(plane, layers), Error);
  EXPECT_THROW(draw(sized(plane, 10, 10, std::nan("")), layers), Error);
  auto empty = layers;
  empty.window.width = 0.0;
  EXPECT_THROW(draw(sized(plane, 10, 10, 1.0), empty), Error);
}

}  // namespace
