#include <fmt/format.h>
#include <opencv2/imgproc.hpp>

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <vector>

#include "ledd/core/error.h"
#include "ledd/report/report.h"

#include "colours.h"
#include "drawing.h"
#include "encode.h"

// VTK on Debian draws through an X server or a graphics card only; a z-buffer of triangles needs neither.
namespace ledd::report {
namespace {

using Vec = cv::Vec3d;

constexpr int kViewPx = 420;   // of a view's longer side
constexpr int kFiner = 2;      // drawn so many times larger, then averaged: smooth edges
constexpr int kMarginPx = 14;  // of a view
constexpr int kTitlePx = 22;
const Vec kBone{205, 212, 216};  // BGR of what has no value

Vec vec(const std::array<double, 3>& p) {
  return {p[0], p[1], p[2]};
}

/// Right, up and toward the eye, each of length 1.
std::array<Vec, 3> axes_of(const SurfaceFigure::View& view, const std::string& name) {
  const Vec toward = vec(view.toward_lps);
  const Vec right = vec(view.up_lps).cross(toward);
  require(cv::norm(toward) > 0 && cv::norm(right) > 1e-6 * cv::norm(toward),
          Errc::kInput,
          fmt::format(
              "figure {}, view {}: the directions to the eye and up are along each other", name, view.title));
  const Vec z = toward / cv::norm(toward);
  const Vec x = right / cv::norm(right);
  return {x, z.cross(x), z};
}

struct Box {
  Vec low = Vec::all(std::numeric_limits<double>::infinity());
  Vec high = Vec::all(-std::numeric_limits<double>::infinity());
};

Box box_of(const std::vector<Vec>& points) {
  Box box;
  for (const Vec& p : points)
    for (int a = 0; a < 3; ++a) {
      box.low[a] = std::min(box.low[a], p[a]);
      box.high[a] = std::max(box.high[a], p[a]);
    }
  return box;
}

std::vector<Vec> seen_from(const SurfaceFigure& figure, const std::array<Vec, 3>& axes) {
  std::vector<Vec> out;
  out.reserve(figure.points_lps_mm.size());
  for (const auto& p : figure.points_lps_mm)
    out.emplace_back(axes[0].dot(vec(p)), axes[1].dot(vec(p)), axes[2].dot(vec(p)));
  return out;
}

/// Sum of the triangles' normals at each point, weighted by their areas, length 1.
std::vector<Vec> normals_of(const std::vector<Vec>& points, const SurfaceFigure& figure) {
  std::vector<Vec> normals(points.size(), Vec(0, 0, 0));
  for (const auto& t : figure.triangles) {
    const Vec n = (points[t[1]] - points[t[0]]).cross(points[t[2]] - points[t[0]]);
    for (const auto corner : t) normals[corner] += n;
  }
  for (Vec& n : normals) n /= std::max(cv::norm(n), 1e-12);
  return normals;
}

/// What is nearest to the eye in each pixel: depth, value and how far the surface is turned away.
struct Buffers {
  cv::Mat_<double> depth;
  cv::Mat_<float> value, facing;
  explicit Buffers(cv::Size size)
      : depth(size, -std::numeric_limits<double>::infinity()), value(size, 0.0F), facing(size, -1.0F) {}
};

struct Corner {
  Vec at_px;  // column, row, depth
  double value = 0.0, facing = 0.0;
};

void fill(Buffers& out, const std::array<Corner, 3>& c) {
  const Corner &a = c[0], &b = c[1], &d = c[2];
  const double area = (b.at_px[0] - a.at_px[0]) * (d.at_px[1] - a.at_px[1]) -
                      (b.at_px[1] - a.at_px[1]) * (d.at_px[0] - a.at_px[0]);
  if (!(std::abs(area) > 1e-12)) return;
  const auto span = [&](int axis, int limit) {
    const auto [low, high] = std::minmax({a.at_px[axis], b.at_px[axis], d.at_px[axis]});
    return std::pair(std::max(0, static_cast<int>(std::ceil(low))),
                     std::min(limit - 1, static_cast<int>(std::floor(high))));
  };
  const auto [first_x, last_x] = span(0, out.depth.cols);
  const auto [first_y, last_y] = span(1, out.depth.rows);
  for (int y = first_y; y <= last_y; ++y)
    for (int x = first_x; x <= last_x; ++x) {
      const double v =
          ((x - a.at_px[0]) * (d.at_px[1] - a.at_px[1]) - (y - a.at_px[1]) * (d.at_px[0] - a.at_px[0])) /
          area;
      const double w =
          ((b.at_px[0] - a.at_px[0]) * (y - a.at_px[1]) - (b.at_px[1] - a.at_px[1]) * (x - a.at_px[0])) /
          area;
      const double u = 1.0 - v - w;
      if (u < 0 || v < 0 || w < 0) continue;
      const double depth = u * a.at_px[2] + v * b.at_px[2] + w * d.at_px[2];
      if (depth <= out.depth(y, x)) continue;
      out.depth(y, x) = depth;
      out.value(y, x) = static_cast<float>(u * a.value + v * b.value + w * d.value);
      out.facing(y, x) = static_cast<float>(std::abs(u * a.facing + v * b.facing + w * d.facing));
    }
}

cv::Mat shaded(const Buffers& buffers, const ColourScale& scale) {
  const cv::Mat_<cv::Vec3b> colour = coloured(buffers.value, scale);
  cv::Mat_<cv::Vec3b> out(colour.size(), cv::Vec3b(0, 0, 0));
  for (int y = 0; y < out.rows; ++y)
    for (int x = 0; x < out.cols; ++x) {
      if (buffers.facing(y, x) < 0) continue;  // nothing there
      const Vec own = std::isfinite(buffers.value(y, x)) ? Vec(colour(y, x)) : kBone;
      out(y, x) = own * (0.35 + 0.65 * static_cast<double>(buffers.facing(y, x)));
    }
  return out;
}

struct Seen {
  std::vector<Vec> points;
  Box box;
};

cv::Mat draw_view(const SurfaceFigure& figure, const Seen& seen, double px_per_mm) {
  const Vec size_mm = seen.box.high - seen.box.low;
  const auto side = [&](double mm) { return static_cast<int>(std::ceil(mm * px_per_mm)) + 2 * kMarginPx; };
  const cv::Size size(side(size_mm[0]), side(size_mm[1]));
  Buffers buffers(size * kFiner);
  const std::vector<Vec> normals = normals_of(seen.points, figure);
  const double gain = px_per_mm * kFiner;
  const auto corner = [&](std::uint32_t n) {
    const Vec& p = seen.points[n];
    return Corner{{(p[0] - seen.box.low[0]) * gain + kMarginPx * kFiner,
                   (seen.box.high[1] - p[1]) * gain + kMarginPx * kFiner,
                   p[2]},
                  static_cast<double>(figure.values[n]),
                  normals[n][2]};
  };
  for (const auto& t : figure.triangles) fill(buffers, {corner(t[0]), corner(t[1]), corner(t[2])});
  cv::Mat picture;
  cv::resize(shaded(buffers, figure.scale), picture, size, 0, 0, cv::INTER_AREA);
  return picture;
}

void check(const SurfaceFigure& figure) {
  const auto fail = [&](const std::string& what) {
    throw Error(Errc::kInput, fmt::format("figure {}: {}", figure.name, what));
  };
  if (figure.views.empty()) fail("there is no view of it");
  if (figure.triangles.empty()) fail("the surface has no triangle");
  if (figure.values.size() != figure.points_lps_mm.size())
    fail(fmt::format("{} values for {} points", figure.values.size(), figure.points_lps_mm.size()));
  for (const auto& t : figure.triangles)
    for (const auto corner : t)
      if (corner >= figure.points_lps_mm.size())
        fail(fmt::format("a triangle of point {} of {}", corner, figure.points_lps_mm.size()));
}

}  // namespace

std::string render_png(const SurfaceFigure& figure) {
  check(figure);
  std::vector<Seen> all;
  double longest_mm = 1e-6;
  for (const auto& view : figure.views) {
    Seen seen{seen_from(figure, axes_of(view, figure.name)), {}};
    seen.box = box_of(seen.points);
    longest_mm =
        std::max({longest_mm, seen.box.high[0] - seen.box.low[0], seen.box.high[1] - seen.box.low[1]});
    all.push_back(std::move(seen));
  }
  const double px_per_mm = kViewPx / longest_mm;
  std::vector<cv::Mat> views;
  int height = 0;
  for (const Seen& seen : all) {
    views.push_back(draw_view(figure, seen, px_per_mm));
    height = std::max(height, views.back().rows);
  }
  cv::Mat row;
  for (std::size_t n = 0; n < views.size(); ++n) {
    cv::Mat framed;
    cv::copyMakeBorder(
        views[n], framed, kTitlePx, height - views[n].rows, 0, 0, cv::BORDER_CONSTANT, cv::Scalar(0, 0, 0));
    draw_text(framed, figure.views[n].title, {framed.cols / 2.0, 11.0}, {255, 255, 255}, Anchor::kCentre);
    if (row.empty())
      row = framed;
    else
      cv::hconcat(row, framed, row);
  }
  draw_scale_bar(row, px_per_mm);
  cv::Mat picture;
  cv::vconcat(row, colour_bar(figure.scale, row.cols), picture);
  return encoded_png(picture);
}

}  // namespace ledd::report
