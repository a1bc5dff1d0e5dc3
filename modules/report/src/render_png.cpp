#include <fmt/format.h>
#include <opencv2/imgcodecs.hpp>
#include <opencv2/imgproc.hpp>

#include <algorithm>
#include <cmath>
#include <set>
#include <vector>

#include "ledd/anatomy/anatomy.h"
#include "ledd/core/error.h"
#include "ledd/report/report.h"

#include "colours.h"
#include "drawing.h"
#include "encode.h"
#include "slice_view.h"

namespace ledd::report {
namespace {

struct Window {
  float low = 0.0F;
  float high = 0.0F;
};

Window window_of(const Volume& volume) {
  const float* const first = volume.GetBufferPointer();
  const std::size_t count = volume.GetLargestPossibleRegion().GetNumberOfPixels();
  std::vector<float> values;
  // Of a large volume a few million voxels tell the same; an odd step does not fall in with its rows.
  constexpr std::size_t kEnough = 8'000'000;
  const std::size_t step = count <= kEnough ? 1 : (count / kEnough) | 1U;
  values.reserve(count / step + 1);
  for (std::size_t n = 0; n < count; n += step)
    if (first[n] != 0.0F) values.push_back(first[n]);
  if (values.empty()) return {};
  const auto percentile = [&](double fraction) {
    const auto rank = std::lround(fraction * static_cast<double>(values.size() - 1));
    std::nth_element(values.begin(), values.begin() + rank, values.end());
    return values[static_cast<std::size_t>(rank)];
  };
  const Window window{percentile(0.01), percentile(0.995)};
  if (window.high > window.low) return window;
  return {window.low, *std::max_element(values.begin(), values.end())};  // bright specks on one even grey
}

/// Larger by smooth interpolation; smaller by averaging, which drops nothing between the pixels.
template <class T>
cv::Mat_<T> fitted(const cv::Mat_<T>& in, cv::Size size, int enlarging) {
  cv::Mat_<T> out;
  const bool shrinks = size.width < in.cols && size.height < in.rows;
  cv::resize(in, out, size, 0.0, 0.0, shrinks ? cv::INTER_AREA : enlarging);
  return out;
}

cv::Mat grey_picture(const SliceView& view, const Volume& volume, const Figure& figure) {
  const Window window = figure.window ? Window{static_cast<float>(figure.window->front()),
                                               static_cast<float>(figure.window->back())}
                                      : window_of(volume);
  const double range = static_cast<double>(window.high) - static_cast<double>(window.low);
  const double gain = range > 0.0 ? 255.0 / range : 0.0;
  cv::Mat grey;
  fitted(view.voxels(volume), view.pixels(), cv::INTER_CUBIC)
      .convertTo(grey, CV_8U, gain, -gain * static_cast<double>(window.low));
  cv::Mat picture;
  cv::cvtColor(grey, picture, cv::COLOR_GRAY2BGR);
  return picture;
}

Rgb colour_of(std::uint16_t id) {
  const anatomy::Structure* const known = anatomy::find(id);
  return known != nullptr ? known->rgb : Rgb{255, 0, 255};
}

/// Half way to white: readable in every colour of the table.
Rgb lightened(const Rgb& rgb) {
  Rgb out{};
  for (std::size_t n = 0; n < 3; ++n) out[n] = static_cast<std::uint8_t>((rgb[n] + 255) / 2);
  return out;
}

/// Outlines first and names after, so that no outline crosses a name.
void draw_labels(cv::Mat& picture, const SliceView& view, const Labels& labels) {
  const cv::Mat_<std::uint16_t> slice = view.voxels(labels);
  const std::set<std::uint16_t> ids(slice.begin(), slice.end());
  std::vector<std::pair<std::uint16_t, cv::Point2d>> names;
  for (const std::uint16_t id : ids) {
    if (id == 0) continue;
    const cv::Mat_<float> inside(cv::Mat(slice == id) / 255);
    const cv::Mat mask = fitted(inside, view.pixels(), cv::INTER_LINEAR) >= 0.5F;
    draw_outline(picture, mask, colour_of(id));
    const cv::Moments m = cv::moments(mask, true);
    if (m.m00 > 0.0) names.emplace_back(id, cv::Point2d(m.m10 / m.m00, m.m01 / m.m00));
  }
  for (const auto& [id, centre] : names)
    draw_text(picture, anatomy::short_name(id), centre, lightened(colour_of(id)), Anchor::kCentre);
}

void draw_lines(cv::Mat& picture, const SliceView& view, const std::vector<Polyline>& lines) {
  for (const Polyline& line : lines) {
    std::vector<cv::Point2d> points;
    points.reserve(line.points_lps_mm.size());
    for (const auto& p_lps_mm : line.points_lps_mm) points.push_back(view.pixel_of(p_lps_mm));
    draw_line(picture, points, line.rgb);
    if (!points.empty())
      draw_text(picture, line.text, points[0] + cv::Point2d(4, -8), line.rgb, Anchor::kLeft);
  }
}

/// Voxel by voxel: a smoothed map would show values that were never measured.
void draw_map(cv::Mat& picture,
              const SliceView& view,
              const MapOverlay& overlay,
              const Volume& map,
              const Labels* labels) {
  const cv::Mat_<float> values = view.voxels(map);
  const cv::Mat_<std::uint16_t> inside = labels != nullptr && overlay.within_labels
                                             ? view.voxels(*labels)
                                             : cv::Mat_<std::uint16_t>(values.size(), 1);
  cv::Mat_<std::uint8_t> shown(values.size());
  for (int y = 0; y < values.rows; ++y)
    for (int x = 0; x < values.cols; ++x)
      shown(y, x) = std::isfinite(values(y, x)) && inside(y, x) != 0 ? 255 : 0;
  cv::Mat large, mask;
  cv::resize(coloured(values, overlay.scale), large, picture.size(), 0.0, 0.0, cv::INTER_NEAREST);
  cv::resize(shown, mask, picture.size(), 0.0, 0.0, cv::INTER_NEAREST);
  large.copyTo(picture, mask);
}

/// The box around these labels (all when there are no ids) with a margin; the whole grid when there are none.
SliceView::Part around(const Labels& labels, const std::vector<std::uint16_t>& ids, double margin_mm) {
  const SliceView::Part whole = SliceView::whole(labels);
  SliceView::Part part{whole.end, whole.begin};
  const auto* voxel = labels.GetBufferPointer();
  std::array<long, 3> p{};
  for (p[2] = 0; p[2] < whole.end[2]; ++p[2])
    for (p[1] = 0; p[1] < whole.end[1]; ++p[1])
      for (p[0] = 0; p[0] < whole.end[0]; ++p[0], ++voxel) {
        if (*voxel == 0 || (!ids.empty() && std::find(ids.begin(), ids.end(), *voxel) == ids.end())) continue;
        for (unsigned a = 0; a < 3; ++a) {
          part.begin[a] = std::min(part.begin[a], p[a]);
          part.end[a] = std::max(part.end[a], p[a] + 1);
        }
      }
  if (part.end[0] <= part.begin[0]) return whole;
  for (unsigned a = 0; a < 3; ++a) {
    const long margin = std::lround(margin_mm / labels.GetSpacing()[a]);
    part.begin[a] = std::max(0L, part.begin[a] - margin);
    part.end[a] = std::min(whole.end[a], part.end[a] + margin);
  }
  return part;
}

}  // namespace

std::string encoded_png(const cv::Mat& picture) {
  std::vector<unsigned char> bytes;
  require(cv::imencode(".png", picture, bytes, {cv::IMWRITE_PNG_COMPRESSION, 6}),
          Errc::kInternal,
          "the picture could not be turned into PNG");
  return {bytes.begin(), bytes.end()};
}

std::string render_png(const Figure& figure, const Volume& volume, const Labels* labels, const Volume* map) {
  if (labels != nullptr) require_same_grid(volume, *labels, "figure " + figure.name + ", scan and labels");
  const MapOverlay* const overlay = figure.colours && map != nullptr ? &*figure.colours : nullptr;
  if (overlay != nullptr)
    require_same_grid(volume, *map, "figure " + figure.name + ", scan and map " + overlay->map);
  const bool cut = figure.around_labels_mm && labels != nullptr;
  const SliceView view(
      volume,
      figure.axis,
      figure.slice,
      cut ? around(*labels, figure.around_ids, *figure.around_labels_mm) : SliceView::whole(volume));
  cv::Mat picture = grey_picture(view, volume, figure);
  if (overlay != nullptr) draw_map(picture, view, *overlay, *map, labels);
  if (labels != nullptr && figure.labels) draw_labels(picture, view, *labels);
  draw_lines(picture, view, figure.lines);
  draw_scale_bar(picture, view.pixels_per_mm());
  if (figure.letters) draw_letters(picture, view.letters());
  if (overlay != nullptr) cv::vconcat(picture, colour_bar(overlay->scale, picture.cols), picture);
  return encoded_png(picture);
}

std::string thumbnail_png(const std::string& png, int longest_px) {
  const std::vector<unsigned char> bytes(png.begin(), png.end());
  const cv::Mat picture = bytes.empty() ? cv::Mat() : cv::imdecode(bytes, cv::IMREAD_COLOR);
  require(!picture.empty(), Errc::kFormat, "the picture is no PNG");
  const double scale = std::min(1.0, static_cast<double>(longest_px) / std::max(picture.cols, picture.rows));
  const auto side = [&](int pixels) { return std::max(1, static_cast<int>(std::lround(pixels * scale))); };
  cv::Mat small;
  cv::resize(picture, small, {side(picture.cols), side(picture.rows)}, 0.0, 0.0, cv::INTER_AREA);
  return encoded_png(small);
}

}  // namespace ledd::report
