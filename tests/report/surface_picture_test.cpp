#include <gtest/gtest.h>
#include <opencv2/imgcodecs.hpp>
#include <opencv2/imgproc.hpp>

#include <cmath>
#include <limits>

#include "ledd/core/error.h"
#include "ledd/report/report.h"

namespace ledd {
namespace {

constexpr float kNone = std::numeric_limits<float>::quiet_NaN();

cv::Mat decoded(const std::string& png) {
  return cv::imdecode(std::vector<unsigned char>(png.begin(), png.end()), cv::IMREAD_COLOR);
}

/// Two squares of 20 mm, one 5 mm above the other toward the head, each of one value.
SurfaceFigure two_squares(float lower, float upper) {
  SurfaceFigure figure;
  figure.name = "squares";
  for (const double z : {0.0, 5.0})
    for (const auto& [x, y] : {std::pair(0.0, 0.0), {20.0, 0.0}, {20.0, 20.0}, {0.0, 20.0}})
      figure.points_lps_mm.push_back({x, y, z});
  figure.triangles = {{0, 1, 2}, {0, 2, 3}, {4, 5, 6}, {4, 6, 7}};
  figure.values = {lower, lower, lower, lower, upper, upper, upper, upper};
  figure.scale = {"thickness", "mm", 0.0, 4.0};
  figure.views = {{"from above", {0, 0, 1}, {0, -1, 0}}};
  return figure;
}

/// Colour of the scale at a value, as OpenCV's own table gives it.
cv::Vec3b viridis(double share) {
  cv::Mat_<std::uint8_t> one(1, 1, static_cast<std::uint8_t>(std::lround(share * 255)));
  cv::Mat_<cv::Vec3b> out;
  cv::applyColorMap(one, out, cv::COLORMAP_VIRIDIS);
  return out(0, 0);
}

cv::Vec3b middle_of(const std::string& png) {
  const cv::Mat_<cv::Vec3b> picture = decoded(png);
  return picture(22 + 14 + 210, picture.cols / 2);  // title, margin, half a view of 420 pixels
}

void expect_near(const cv::Vec3b& a, const cv::Vec3b& b) {
  for (int n = 0; n < 3; ++n) EXPECT_NEAR(a[n], b[n], 2) << a << " instead of " << b;
}

TEST(SurfacePicture, TheNearerSurfaceHidesTheFartherAndHasTheColourOfItsValue) {
  SurfaceFigure figure = two_squares(1.0F, 3.0F);
  expect_near(middle_of(report::render_png(figure)), viridis(0.75));
  figure.views[0].toward_lps = {0, 0, -1};
  expect_near(middle_of(report::render_png(figure)), viridis(0.25));
}

TEST(SurfacePicture, WhatHasNoValueIsGreyAndNoColourOfTheScale) {
  const cv::Vec3b seen = middle_of(report::render_png(two_squares(1.0F, kNone)));
  EXPECT_LE(std::abs(int(seen[0]) - int(seen[2])), 15);
  EXPECT_GE(seen[0], 190);
}

TEST(SurfacePicture, TheDirectionUpIsUpInThePicture) {
  SurfaceFigure figure = two_squares(1.0F, 1.0F);
  for (std::size_t n : {2U, 3U, 6U, 7U}) figure.values[n] = 4.0F;      // the posterior edge is bright
  const cv::Mat_<cv::Vec3b> up = decoded(report::render_png(figure));  // anterior up
  EXPECT_LT(up(60, up.cols / 2)[1], up(430, up.cols / 2)[1]);
  figure.views[0].up_lps = {0, 1, 0};
  const cv::Mat_<cv::Vec3b> down = decoded(report::render_png(figure));
  EXPECT_GT(down(60, down.cols / 2)[1], down(430, down.cols / 2)[1]);
}

TEST(SurfacePicture, TwoViewsStandSideBySideAndTheSameFigureGivesTheSameBytes) {
  SurfaceFigure figure = two_squares(1.0F, 3.0F);
  const int one = decoded(report::render_png(figure)).cols;
  figure.views.push_back({"from the left", {1, 0, 0}, {0, 0, 1}});
  EXPECT_GT(decoded(report::render_png(figure)).cols, one * 3 / 2);
  EXPECT_EQ(report::render_png(figure), report::render_png(figure));
}

TEST(SurfacePicture, WhatCannotBeDrawnIsRefused) {
  const auto refused = [](auto change) {
    SurfaceFigure figure = two_squares(1.0F, 3.0F);
    change(figure);
    EXPECT_THROW(report::render_png(figure), Error);
  };
  refused([](SurfaceFigure& f) { f.views.clear(); });
  refused([](SurfaceFigure& f) { f.triangles.clear(); });
  refused([](SurfaceFigure& f) { f.values.pop_back(); });
  refused([](SurfaceFigure& f) { f.triangles[0][1] = 99; });
  refused([](SurfaceFigure& f) { f.views[0].up_lps = f.views[0].toward_lps; });
  refused([](SurfaceFigure& f) { f.scale.high = f.scale.low; });
}

FlatMapFigure halves() {
  FlatMapFigure figure;
  figure.name = "halves";
  figure.columns = 20;
  figure.rows = 10;
  figure.values.assign(200, 1.0F);
  for (std::size_t n = 0; n < 200; ++n)
    if (n % 20 >= 10) figure.values[n] = 3.0F;
  figure.scale = {"thickness", "mm", 0.0, 4.0};
  figure.borders = {"medial", "lateral", "anterior", "posterior"};
  return figure;
}

TEST(FlatMapPicture, EachPixelHasTheColourOfItsValueAndNothingIsBlack) {
  FlatMapFigure figure = halves();
  figure.values[5 * 20 + 5] = kNone;
  const cv::Mat_<cv::Vec3b> picture = decoded(report::render_png(figure));
  const auto at = [&](double column, double row) {
    return picture(70 + int((row + 0.5) * 31), 70 + int((column + 0.5) * 31));
  };
  expect_near(at(2, 5), viridis(0.25));
  expect_near(at(17, 5), viridis(0.75));
  expect_near(at(5, 5), {0, 0, 0});
}

TEST(FlatMapPicture, AMapOfAnotherSizeThanItsValuesIsRefused) {
  FlatMapFigure figure = halves();
  figure.values.pop_back();
  EXPECT_THROW(report::render_png(figure), Error);
}

}  // namespace
}  // namespace ledd
