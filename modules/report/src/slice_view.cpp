#include "slice_view.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "ledd/core/error.h"

namespace ledd::report {
namespace {

constexpr double kLongestPx = 900.0;
constexpr double kLeastPxPerMm = 1.5;
constexpr double kMostPxPerMm = 6.0;     // more shows nothing new of a scan of 0.3 mm
constexpr double kMostPxPerVoxel = 2.0;  // of microCT

Toward opposite(Toward t) {
  switch (t) {
    case Toward::kLeft: return Toward::kRight;
    case Toward::kRight: return Toward::kLeft;
    case Toward::kAnterior: return Toward::kPosterior;
    case Toward::kPosterior: return Toward::kAnterior;
    case Toward::kSuperior: return Toward::kInferior;
    default: return Toward::kSuperior;
  }
}

/// Of each anatomical axis, the direction that points right or down on a picture.
Toward shown_forward(Toward t) {
  if (t == Toward::kLeft || t == Toward::kRight) return Toward::kLeft;
  if (t == Toward::kAnterior || t == Toward::kPosterior) return Toward::kPosterior;
  return Toward::kInferior;
}

/// Left-right lies across, head-feet upright, and anterior-posterior takes what is left.
int uprightness(Toward t) {
  switch (shown_forward(t)) {
    case Toward::kLeft: return 0;
    case Toward::kPosterior: return 1;
    default: return 2;
  }
}

char letter_of(Toward t) {
  if (t == Toward::kSuperior) return 'H';
  if (t == Toward::kInferior) return 'F';
  return static_cast<char>(t);
}

}  // namespace

SliceView::Part SliceView::whole(const itk::ImageBase<3>& grid) {
  Part part;
  for (unsigned a = 0; a < 3; ++a)
    part.end[a] = static_cast<long>(grid.GetLargestPossibleRegion().GetSize(a));
  return part;
}

SliceView::Side SliceView::side_of(unsigned axis, Toward have, const Part& part) const {
  const auto size = static_cast<long>(grid_->GetLargestPossibleRegion().GetSize(axis));
  const bool flipped = have != shown_forward(have);
  const long first = flipped ? size - part.end[axis] : part.begin[axis];
  return {axis,
          flipped,
          static_cast<int>(first),
          static_cast<int>(part.end[axis] - part.begin[axis]),
          static_cast<int>(size),
          grid_->GetSpacing()[axis]};
}

SliceView::SliceView(const itk::ImageBase<3>& grid, unsigned axis, long slice, const Part& part)
    : grid_(&grid), axis_(axis), slice_(slice) {
  require(axis < 3, Errc::kInput, fmt::format("a volume has no axis {}; 0, 1 or 2 is expected", axis));
  const auto size = grid.GetLargestPossibleRegion().GetSize();
  require(slice >= 0 && slice < static_cast<long>(size[axis]),
          Errc::kInput,
          fmt::format("slice {} lies outside the {} slices along axis {}", slice, size[axis], axis));
  const auto toward = axes_of(grid);
  unsigned across = (axis + 1) % 3;
  unsigned upright = (axis + 2) % 3;
  if (uprightness(toward[across]) > uprightness(toward[upright])) std::swap(across, upright);
  x_ = side_of(across, toward[across], part);
  y_ = side_of(upright, toward[upright], part);
  const Toward right = shown_forward(toward[across]);
  const Toward down = shown_forward(toward[upright]);
  letters_ = {letter_of(opposite(right)), letter_of(right), letter_of(opposite(down)), letter_of(down)};
  const double width_mm = x_.count * x_.spacing_mm;
  const double height_mm = y_.count * y_.spacing_mm;
  const double most = std::max(kMostPxPerMm, kMostPxPerVoxel / std::min(x_.spacing_mm, y_.spacing_mm));
  pixels_per_mm_ = std::clamp(kLongestPx / std::max(width_mm, height_mm), kLeastPxPerMm, most);
  pixels_ = {std::max(1, static_cast<int>(std::lround(width_mm * pixels_per_mm_))),
             std::max(1, static_cast<int>(std::lround(height_mm * pixels_per_mm_)))};
}

template <class Out, class Image>
cv::Mat_<Out> SliceView::turned(const Image& image) const {
  cv::Mat_<Out> out(y_.count, x_.count);
  typename Image::IndexType index;
  index[axis_] = slice_;
  for (int row = 0; row < y_.count; ++row) {
    index[y_.axis] = y_.flipped ? y_.size - 1 - y_.first - row : y_.first + row;
    for (int column = 0; column < x_.count; ++column) {
      index[x_.axis] = x_.flipped ? x_.size - 1 - x_.first - column : x_.first + column;
      out(row, column) = image.GetPixel(index);
    }
  }
  return out;
}

cv::Mat_<float> SliceView::voxels(const Volume& volume) const {
  return turned<float>(volume);
}

cv::Mat_<std::uint16_t> SliceView::voxels(const Labels& labels) const {
  return turned<std::uint16_t>(labels);
}

cv::Point2d SliceView::pixel_of(const std::array<double, 3>& p_lps_mm) const {
  itk::ImageBase<3>::PointType point;
  for (unsigned a = 0; a < 3; ++a) point[a] = p_lps_mm[a];
  const auto at_vox = grid_->TransformPhysicalPointToContinuousIndex<double>(point);
  const auto place = [&](const Side& side, int pixels) {
    const double vox = side.flipped ? side.size - 1 - at_vox[side.axis] : at_vox[side.axis];
    return (vox - side.first + 0.5) * pixels / side.count -
           0.5;  // voxels and pixels are areas: their edges coincide
  };
  return {place(x_, pixels_.width), place(y_, pixels_.height)};
}

}  // namespace ledd::report
