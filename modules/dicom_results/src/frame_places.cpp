#include "frame_places.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <optional>

#include "ledd/core/error.h"

#include "grid.h"

namespace ledd::dicom_results {
namespace {

constexpr double kMostVoxels = 1U << 30U;  // 2 GiB of labels
constexpr double kWithin = 0.1;            // of a voxel, in the plane: positions are decimal strings
constexpr double kAcross = 0.3;            // of a slice: scanners place slices less regularly than pixels

Point cross(const Point& a, const Point& b) {
  return {a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]};
}

double dot(const Point& a, const Point& b) {
  return a[0] * b[0] + a[1] * b[1] + a[2] * b[2];
}

std::string name_of(const SegmentationFile& file, std::size_t frame) {
  return fmt::format("{}: frame {}", file.path.string(), frame + 1);
}

/// A vector in millimetres in units of voxels along the axes of an image.
Point in_voxels(const Point& v_lps_mm, const Labels& image) {
  Point v{};
  for (unsigned a = 0; a < 3; ++a) {
    for (unsigned row = 0; row < 3; ++row) v[a] += image.GetDirection()(row, a) * v_lps_mm[row];
    v[a] /= image.GetSpacing()[a];
  }
  return v;
}

/// Positions along the normal, ascending, each once.
std::vector<double> heights_of(const SegmentationFile& file, const Point& normal) {
  std::vector<double> heights;
  for (std::size_t f = 0; f < file.frames.size(); ++f) {
    const FrameHeader& frame = file.frames[f];
    const FrameHeader& first = file.frames.front();
    require(frame.position_lps_mm.has_value(),
            Errc::kInput,
            name_of(file, f) + " has no position; the series that was segmented is needed");
    require(std::abs(dot(frame.row_lps, first.row_lps) - 1) < 1e-3 &&
                std::abs(dot(frame.column_lps, first.column_lps) - 1) < 1e-3,
            Errc::kInput,
            name_of(file, f) + " is not parallel to the first; the series that was segmented is needed");
    heights.push_back(dot(*frame.position_lps_mm, normal));
  }
  std::sort(heights.begin(), heights.end());
  const auto same = [](double a, double b) { return b - a < 1e-3; };
  heights.erase(std::unique(heights.begin(), heights.end(), same), heights.end());
  return heights;
}

/// Distance between slices: the smallest step, since slices without a segment have no frame. What the file
/// says is used only where there is no step.
double step_of(const std::vector<double>& heights, const FrameHeader& frame) {
  const double said = frame.slice_spacing_mm.value_or(frame.slice_thickness_mm.value_or(1.0));
  if (heights.size() < 2) return said > 0.0 ? said : 1.0;
  double step = heights[1] - heights[0];
  for (std::size_t i = 2; i < heights.size(); ++i) step = std::min(step, heights[i] - heights[i - 1]);
  // Of every second slice only, the steps are all twice as long as the distance that the file gives.
  const double times = said > 0.0 ? step / said : 0.0;
  return times >= 1.5 && std::abs(times - std::round(times)) < 0.01 * times ? said : step;
}

Labels::Pointer own_grid(const SegmentationFile& file) {
  const FrameHeader& frame = file.frames.front();
  const Point normal = cross(frame.row_lps, frame.column_lps);
  const std::vector<double> heights = heights_of(file, normal);
  const double step = step_of(heights, frame);
  const double slices = std::round((heights.back() - heights.front()) / step) + 1;
  require(slices * file.rows * file.columns <= kMostVoxels,
          Errc::kInput,
          fmt::format("{}: frames are {} mm apart but span {} mm: {} slices of {} x {} pixels are more than "
                      "any scan has",
                      file.path.string(),
                      step,
                      heights.back() - heights.front(),
                      slices,
                      file.columns,
                      file.rows));
  dicom::Stack stack;
  stack.columns = file.columns;
  stack.rows = file.rows;
  stack.pixel_spacing_mm = frame.pixel_spacing_mm;
  stack.slice_spacing_mm = step;
  stack.row_lps = frame.row_lps;
  stack.column_lps = frame.column_lps;
  stack.normal_lps = normal;
  stack.slices.resize(static_cast<std::size_t>(slices));
  Point& origin = stack.slices.front().position_lps_mm = *frame.position_lps_mm;
  const double down = heights.front() - dot(origin, normal);
  for (unsigned a = 0; a < 3; ++a) origin[a] += down * normal[a];
  return grid_of(stack);
}

void require_same_scan(const SegmentationFile& file, const dicom::Stack& onto) {
  const std::string& a = file.frame_of_reference_uid;
  const std::string& b = onto.frame_of_reference_uid;
  require(a.empty() || b.empty() || a == b,
          Errc::kInput,
          fmt::format("{}: FrameOfReferenceUID (0020,0052) is {}, that of the series is {}: it was made on "
                      "another scan",
                      file.path.string(),
                      a,
                      b));
}

/// The slice that a frame was made from, where it says so and the series has it once.
std::optional<std::size_t> source_slice(const FrameHeader& frame, const dicom::Stack& onto) {
  std::optional<std::size_t> found;
  if (frame.source_uid.empty()) return found;
  for (std::size_t k = 0; k < onto.slices.size(); ++k) {
    const dicom::Slice& slice = onto.slices[k];
    if (slice.sop_instance_uid != frame.source_uid) continue;
    if (frame.source_frame != 0 && slice.frame + 1 != frame.source_frame) continue;
    if (found) return std::nullopt;
    found = k;
  }
  return found;
}

/// An axis of the image along which a step of a frame goes, and which way.
struct Axis {
  unsigned index = 0;
  int sign = 1;
};

Axis axis_of(const Point& step, unsigned count, const std::string& frame, const char* what) {
  Axis axis;
  for (unsigned a = 1; a < 3; ++a)
    if (std::abs(step[a]) > std::abs(step[axis.index])) axis.index = a;
  axis.sign = step[axis.index] < 0 ? -1 : 1;
  for (unsigned a = 0; a < 3; ++a) {
    const double wanted = a == axis.index ? axis.sign : 0.0;
    // Over the whole frame it must not drift off the voxels.
    require(
        std::abs(step[a] - wanted) * std::max(1U, count - 1) <= kWithin,
        Errc::kInput,
        fmt::format("{}: a step from one {} to the next is ({:.4f}, {:.4f}, {:.4f}) voxels of the series; "
                    "orientation or pixel spacing differ",
                    frame,
                    what,
                    step[0],
                    step[1],
                    step[2]));
  }
  return axis;
}

/// Index of the first voxel along an axis that `count` pixels span.
long start_along(Axis axis, unsigned count, double start, const Labels& image, const std::string& frame) {
  const auto size = static_cast<long>(image.GetLargestPossibleRegion().GetSize()[axis.index]);
  require(size == static_cast<long>(count),
          Errc::kInput,
          fmt::format(
              "{}: has {} pixels along an axis of {} voxels (rows or columns differ)", frame, count, size));
  const long wanted = axis.sign > 0 ? 0 : size - 1;
  require(
      std::abs(start - static_cast<double>(wanted)) <= kWithin,
      Errc::kInput,
      fmt::format("{}: begins {:.3f} voxels beside the series", frame, start - static_cast<double>(wanted)));
  return wanted;
}

/// Index of the first pixel; where the frame has no position, in the slice of its source.
Point first_index(const FrameHeader& frame,
                  std::optional<std::size_t> slice,
                  const Labels& image,
                  const std::string& name) {
  if (!frame.position_lps_mm) {
    require(
        slice.has_value(), Errc::kInput, name + ": has neither a position nor a source image in the series");
    return {0, 0, static_cast<double>(*slice)};
  }
  Point from{};
  for (unsigned a = 0; a < 3; ++a) from[a] = (*frame.position_lps_mm)[a] - image.GetOrigin()[a];
  return in_voxels(from, image);
}

Place place(const FrameHeader& frame,
            const SegmentationFile& file,
            std::optional<std::size_t> slice,
            const Labels& image,
            const std::string& name) {
  Point along_row{}, along_column{};
  for (unsigned a = 0; a < 3; ++a) {
    along_row[a] = frame.row_lps[a] * frame.pixel_spacing_mm[0];
    along_column[a] = frame.column_lps[a] * frame.pixel_spacing_mm[1];
  }
  const Axis columns = axis_of(in_voxels(along_row, image), file.columns, name, "column");
  const Axis rows = axis_of(in_voxels(along_column, image), file.rows, name, "row");
  const unsigned across = 3 - columns.index - rows.index;
  const Point first = first_index(frame, slice, image, name);
  std::array<long, 3> index{};
  index[columns.index] = start_along(columns, file.columns, first[columns.index], image, name);
  index[rows.index] = start_along(rows, file.rows, first[rows.index], image, name);
  index[across] = std::lround(first[across]);
  const auto size = static_cast<long>(image.GetLargestPossibleRegion().GetSize()[across]);
  require(std::abs(first[across] - static_cast<double>(index[across])) <= kAcross && index[across] >= 0 &&
              index[across] < size,
          Errc::kInput,
          fmt::format("{}: lies at slice {:.3f} of 0 to {}", name, first[across], size - 1));
  require(!slice || across != 2 || index[2] == static_cast<long>(*slice),
          Errc::kInput,
          fmt::format(
              "{}: lies in slice {}, but its source image is slice {}", name, index[2], slice.value_or(0)));
  const auto* strides = image.GetOffsetTable();
  return {index[0] + index[1] * strides[1] + index[2] * strides[2],
          columns.sign * strides[columns.index],
          rows.sign * strides[rows.index]};
}

}  // namespace

Labels::Pointer empty_labels(const SegmentationFile& file, const dicom::Stack* onto) {
  if (onto != nullptr) require_same_scan(file, *onto);
  const Labels::Pointer labels = onto != nullptr ? grid_of(*onto) : own_grid(file);
  labels->Allocate(true);
  return labels;
}

std::vector<Place> place_frames(const SegmentationFile& file, const dicom::Stack* onto, const Labels& image) {
  std::vector<Place> places;
  for (std::size_t f = 0; f < file.frames.size(); ++f) {
    const FrameHeader& frame = file.frames[f];
    const std::optional<std::size_t> slice = onto != nullptr ? source_slice(frame, *onto) : std::nullopt;
    places.push_back(place(frame, file, slice, image, name_of(file, f)));
  }
  return places;
}

}  // namespace ledd::dicom_results
