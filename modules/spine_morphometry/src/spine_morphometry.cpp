#include "ledd/spine_morphometry/spine_morphometry.h"

#include <fmt/format.h>
#include <tbb/parallel_for.h>
#include <tbb/task_arena.h>

#include <algorithm>
#include <map>

#include "ledd/anatomy/anatomy.h"
#include "ledd/spine_morphometry/vec.h"

#include "alignment.h"
#include "body_frame.h"
#include "boundary.h"
#include "judgement.h"
#include "six_points.h"

namespace ledd {
namespace {

using spine::BodyFrame;
using spine::Box;
using spine::Grid;
using spine::Surface;
using Body = SpineResult::Body;

constexpr double kWidthSliceMm = 2.5;        // with thicker slices the width is off by up to a slice
constexpr double kWidthRoundingPart = 0.41;  // of a slice: two sides, each rounded with SD 1 / sqrt(12)
constexpr double kS1ReachMm =
    45.0;  // of S1, which may be a whole sacrum, only what lies so near to L5 counts

/// Boxes of all bodies, in one pass over the voxels.
std::map<std::uint16_t, Box> boxes_of(const Labels& labels) {
  std::map<std::uint16_t, Box> boxes;
  const auto& region = labels.GetLargestPossibleRegion();
  const auto* voxel = labels.GetBufferPointer();
  const auto first = region.GetIndex();
  std::array<long, 3> end{};
  for (unsigned a = 0; a < 3; ++a) end[a] = first[a] + static_cast<long>(region.GetSize(a));
  for (long k = first[2]; k < end[2]; ++k)
    for (long j = first[1]; j < end[1]; ++j)
      for (long i = first[0]; i < end[0]; ++i, ++voxel) {
        if (*voxel == 0 || spine::rank_of(*voxel) < 0) continue;
        const std::array<long, 3> p{i, j, k};
        Box& box = boxes.try_emplace(*voxel, Box{p, p}).first->second;
        for (unsigned a = 0; a < 3; ++a) {
          box.first[a] = std::min(box.first[a], p[a]);
          box.last[a] = std::max(box.last[a], p[a]);
        }
      }
  return boxes;
}

/// S1 without what lies far below its endplate.
Surface upper_part(const Surface& surface, const Point& above_lps_mm) {
  Surface part = surface;
  std::erase_if(part.points, [&](const spine::BoundaryPoint& p) {
    return spine::norm(spine::sub(p.at_lps_mm, above_lps_mm)) > kS1ReachMm;
  });
  if (part.points.empty()) return surface;
  Point sum{};
  for (const auto& p : part.points) sum = spine::add(sum, p.at_lps_mm);
  part.centroid_lps_mm = spine::add({}, sum, 1.0 / static_cast<double>(part.points.size()));
  return part;
}

/// Runs body(i) for i < n on the context's threads; every i writes to its own place, so order does not
/// matter.
template <class Task>
void for_each(std::size_t n, const Context& context, const Task& task) {
  tbb::task_arena arena(std::max(1, context.threads()));
  arena.execute([&] { tbb::parallel_for(std::size_t{0}, n, task); });
}

/// All bodies' surfaces, from head to foot.
std::vector<Surface> surfaces_of(const Labels& labels, const Volume* soft, const Context& context) {
  const auto boxes = boxes_of(labels);
  std::vector<std::uint16_t> ids;
  ids.reserve(boxes.size());
  for (const auto& [id, box] : boxes) ids.push_back(id);
  std::sort(ids.begin(), ids.end(), [](auto a, auto b) { return spine::rank_of(a) < spine::rank_of(b); });
  std::vector<Surface> surfaces(ids.size());
  for_each(ids.size(), context, [&](std::size_t i) {
    surfaces[i] = spine::surface_of(labels, soft, ids[i], boxes.at(ids[i]));
  });
  const std::size_t n = surfaces.size();
  if (n >= 2 && surfaces.back().id == anatomy::kS1)
    surfaces.back() = upper_part(surfaces.back(), surfaces[n - 2].centroid_lps_mm);
  return surfaces;
}

void set_sizes(const Surface& surface, const Grid& grid, const BodyFrame& frame, Body& body) {
  if (body.id == anatomy::kS1) {
    body.volume_reason = body.width_reason = "not defined for S1";
  } else if (!surface.border_lps_mm.empty() || !surface.side_lps_mm.empty()) {
    body.volume_reason = body.width_reason = "the body reaches the border of the image";
  } else {
    body.volume_cm3 = surface.volume_mm3 / 1000.0;
    body.volume_se_cm3 = surface.volume_se_mm3 / 1000.0;
    if (grid.slice_spacing_mm > kWidthSliceMm)
      body.width_reason = fmt::format(
          "slices are {:.2f} mm apart; the width needs {} mm or less", grid.slice_spacing_mm, kWidthSliceMm);
    else if (!frame.ok)
      body.width_reason = "the body's axes were not found";
    else {
      body.width_mm = frame.width_mm;
      body.width_se_mm = kWidthRoundingPart * grid.slice_spacing_mm;
    }
  }
}

/// Everything but the tilt, which needs the whole spine.
class MeasureBody {
 public:
  MeasureBody(const Grid& grid, bool has_soft, const SpineMorphometry::Params& params)
      : grid_(grid), has_soft_(has_soft), params_(params) {}

  Body operator()(const Surface& surface, const SpineResult::Frame& guess) const {
    Body body;
    body.id = surface.id;
    body.soft_fraction = surface.soft_fraction;
    spine::Verdict verdict;
    spine::judge_surface(surface, grid_, has_soft_, verdict);
    BodyFrame frame;
    if (!verdict.failed()) points_of(surface, guess, frame, body, verdict);
    set_sizes(surface, grid_, frame, body);
    verdict.write(body);
    return body;
  }

 private:
  void points_of(const Surface& surface,
                 const SpineResult::Frame& guess,
                 BodyFrame& frame,
                 Body& body,
                 spine::Verdict& verdict) const {
    const bool is_s1 = surface.id == anatomy::kS1;
    const auto shape = is_s1 ? spine::Shape::kSuperiorOnly : spine::Shape::kTwoEndplates;
    frame = spine::refine_frame(surface, guess, shape, grid_.in_plane_mm);
    verdict.fail(!frame.ok, "endplates and walls were not found: too small, or not the shape of a body");
    if (!frame.ok) return;
    body.frame = frame.frame;
    const std::string missing =
        is_s1 ? spine::measure_superior_endplate(surface, frame, params_, grid_.in_plane_mm, body)
              : spine::measure_six_points(surface, frame, params_, grid_.in_plane_mm, body);
    verdict.fail(!missing.empty(), missing);
    if (!missing.empty()) return;
    spine::judge_frame(surface, frame, guess, verdict);
    spine::judge_numbers(body, params_, verdict);
  }

  Grid grid_;
  bool has_soft_;
  const SpineMorphometry::Params& params_;
};

void set_tilts(std::vector<Body>& bodies, const SpineResult::Frame& axes) {
  for (Body& body : bodies)
    if (body.superior.measured) body.tilt_deg = spine::tilt_deg(axes, body.frame.superior);
}

/// Levels that run from foot to head make every direction wrong; no value is better than a mirrored one.
void refuse_reversed(std::vector<Body>& bodies, const std::vector<Surface>& surfaces) {
  if (surfaces.size() < 2) return;
  const Point down = spine::sub(surfaces.back().centroid_lps_mm, surfaces.front().centroid_lps_mm);
  if (down[2] < 0.0) return;
  for (Body& body : bodies) {
    Body refused;
    refused.id = body.id;
    refused.reason = "the labels run from foot to head: names or orientation of the label map are wrong";
    refused.volume_reason = refused.width_reason = refused.reason;
    body = refused;
  }
}

}  // namespace

const ParamTable<SpineMorphometry::Params>& SpineMorphometry::Params::table() {
  static const auto table = ParamTable<Params>()
                                .add(&Params::half_slab_mm,
                                     "half_slab_mm",
                                     "mm",
                                     "Distance from the mid-sagittal plane up to which contours count.",
                                     {1.0, 15.0})
                                .add(&Params::max_residual_mm,
                                     "max_residual_mm",
                                     "mm",
                                     "RMS of a contour about its smooth fit above which a body is uncertain.",
                                     {0.1, 10.0})
                                .add(&Params::max_slice_sd_mm,
                                     "max_slice_sd_mm",
                                     "mm",
                                     "SD of a height over slices above which a body is uncertain.",
                                     {0.1, 10.0})
                                .add(&Params::min_height_mm,
                                     "min_height_mm",
                                     "mm",
                                     "Heights below are implausible: uncertain.",
                                     {0.0, 100.0})
                                .add(&Params::max_height_mm,
                                     "max_height_mm",
                                     "mm",
                                     "Heights above are implausible: uncertain.",
                                     {1.0, 500.0});
  return table;
}

SpineMorphometry::SpineMorphometry(const Params& params) : params_(params) {
  Params::table().validate(params);
  require(
      params.min_height_mm < params.max_height_mm,
      Errc::kParam,
      fmt::format(
          "min_height_mm = {} must be below max_height_mm = {}", params.min_height_mm, params.max_height_mm));
}

SpineMorphometry::Result SpineMorphometry::operator()(const Labels& labels,
                                                      const Volume* soft,
                                                      Context& context) const {
  if (soft != nullptr) require_same_grid(labels, *soft, "labels and probability");
  context.throw_if_cancelled();
  const auto surfaces = surfaces_of(labels, soft, context);
  const auto guesses = spine::guess_frames(surfaces);
  const MeasureBody measure(spine::grid_of(labels), soft != nullptr, params_);
  Result result;
  result.bodies.resize(surfaces.size());
  for_each(
      surfaces.size(), context, [&](std::size_t i) { result.bodies[i] = measure(surfaces[i], guesses[i]); });
  refuse_reversed(result.bodies, surfaces);
  const auto axes = spine::spine_axes(result.bodies);
  set_tilts(result.bodies, axes);
  result.angles = spine::angles_of(result.bodies, axes);
  for (const Body& body : result.bodies)
    if (body.quality != Quality::kGood)
      context.warn(
          fmt::format("{}: {}: {}", anatomy::short_name(body.id), name_of(body.quality), body.reason));
  return result;
}

}  // namespace ledd
