#include "ledd/local_thickness/local_thickness.h"

#include <fmt/format.h>
#include <tbb/parallel_for.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "paint.h"
#include "vec.h"

namespace ledd {
namespace {

using namespace thickness;  // NOLINT(google-build-using-namespace): this module's own

/// Balls within others but for this are dropped, in voxels.
constexpr float kSlack = 0.4F;
/// Balls as large as their neighbours but for this get the same radius as those, in voxels.
constexpr float kLike = 0.5F;
/// Radii, in voxels, from which a mask is filtered more.
constexpr float kSmall = 2.25F, kLarge = 7.0F;

Volume::Pointer like(const itk::ImageBase<3>& image) {
  auto volume = Volume::New();
  volume->CopyInformation(&image);
  volume->SetRegions(image.GetLargestPossibleRegion());
  volume->Allocate();
  return volume;
}

void require_surface(const Field& field) {
  const auto inside = [](std::int16_t f) { return f > 0; };
  require(
      std::any_of(field.begin(), field.end(), inside), Errc::kInput, "local thickness: nothing is inside");
  require(!std::all_of(field.begin(), field.end(), inside),
          Errc::kInput,
          "local thickness: nothing is outside, so there is no surface");
}

/// Settles the balls; those of a mask on the field that suits their size.
void settle_all(const Grid& grid,
                const Mask* mask,
                const std::vector<std::uint32_t>& nearest,
                Field& field,
                std::vector<Ball>& balls) {
  std::vector<float> found(balls.size());
  std::transform(balls.begin(), balls.end(), found.begin(), [](const Ball& ball) { return ball.radius_mm; });
  const float most = found.empty() ? 0.0F : *std::max_element(found.begin(), found.end());
  constexpr float kFar = std::numeric_limits<float>::infinity();
  const Surface surface{grid, field, nearest};
  if (mask == nullptr) {
    settle(surface, {0.0F, kFar}, found, balls);
  } else {
    const float small = kSmall * grid.finest_mm(), large = kLarge * grid.finest_mm();
    settle(surface, {0.0F, small}, found, balls);
    if (most >= small) {
      field_of(*mask, Roughness::kCoarse, field);
      settle(surface, {small, large}, found, balls);
    }
    if (most >= large) {
      field_of(*mask, Roughness::kCoarsest, field);
      settle(surface, {large, kFar}, found, balls);
    }
  }
  std::erase_if(balls, [](const Ball& ball) { return !(ball.radius_mm > 0.0F); });
}

/// Voxels inside that no ball reaches, in corners that no ridge leads into, get the largest value beside
/// them, layer by layer.
void fill_gaps(const Grid& grid, const Field& field, float* out) {
  const std::vector<Neighbour> neighbours = neighbours_of(grid);
  std::vector<std::size_t> gaps;
  for (std::size_t v = 0; v < grid.voxels; ++v)
    if (field[v] > 0 && !(out[v] > 0.0F)) gaps.push_back(v);
  std::vector<float> values;
  for (bool any = true; any && !gaps.empty();) {
    any = false;
    values.assign(gaps.size(), 0.0F);
    for (std::size_t i = 0; i < gaps.size(); ++i) {
      const auto v = static_cast<std::ptrdiff_t>(gaps[i]);
      const std::array<std::ptrdiff_t, 3> at{
          v % grid.step[1], v % grid.step[2] / grid.step[1], v / grid.step[2]};
      for (const Neighbour& n : neighbours) {
        bool there = true;
        for (unsigned a = 0; a < 3; ++a)
          there = there && at[a] + n.by[a] >= 0 && at[a] + n.by[a] < grid.size[a];
        if (there && field[static_cast<std::size_t>(v + n.step)] > 0)
          values[i] = std::max(values[i], out[v + n.step]);
      }
    }
    std::size_t left = 0;
    for (std::size_t i = 0; i < gaps.size(); ++i) {
      out[gaps[i]] = values[i];
      any = any || values[i] > 0.0F;
      if (!(values[i] > 0.0F)) gaps[left++] = gaps[i];
    }
    gaps.resize(left);
  }
}

LocalThickness::Result measure(const itk::ImageBase<3>& image,
                               const Mask* mask,
                               Field& field,
                               const LocalThickness::Params& params,
                               Context& context) {
  const Grid grid(image);
  require_surface(field);
  LocalThickness::Result result;
  result.thickness_mm = like(image);
  float* out = result.thickness_mm->GetBufferPointer();
  std::vector<Ball> balls;
  {
    std::vector<std::uint32_t> nearest;
    distances(grid, field, out, nearest);
    context.throw_if_cancelled();
    balls = inscribed_balls(grid, field, out, nearest);
    prune(grid, kSlack * grid.finest_mm(), balls, out);
    context.throw_if_cancelled();
    settle_all(grid, mask, nearest, field, balls);
    even(grid, kLike * grid.coarsest_mm(), balls, out);
  }
  if (params.border == LocalThickness::Border::kComplete) keep_complete(grid, 0.0F, balls);
  require(!balls.empty(), Errc::kNumeric, "local thickness: no sphere fits into the body within the image");
  context.throw_if_cancelled();
  paint(grid, balls, static_cast<float>(params.beyond_vox) * grid.finest_mm(), out);
  if (params.border == LocalThickness::Border::kCut) fill_gaps(grid, field, out);
  std::size_t inside = 0;
  for (std::size_t v = 0; v < grid.voxels; ++v) {
    if (field[v] < 0) out[v] = 0.0F;
    inside += field[v] > 0 ? 1U : 0U;
  }
  result.all = statistics_of(*result.thickness_mm, nullptr);
  result.all.without = inside - result.all.voxels;
  result.mid_axis.reserve(balls.size());
  for (const Ball& ball : balls) {
    MidAxisBall mid{{}, ball.radius_mm, ball.lean};
    for (unsigned a = 0; a < 3; ++a) mid.centre_vox[a] = ball.centre_mm[a] / grid.spacing_mm[a];
    result.mid_axis.push_back(mid);
  }
  return result;
}

}  // namespace

const ParamTable<LocalThickness::Params>& LocalThickness::Params::table() {
  static const auto table =
      ParamTable<Params>()
          .add(&Params::border,
               "border",
               "What the image's border means: it cuts the body, or only complete spheres count.",
               {{"cut", Border::kCut}, {"complete", Border::kComplete}})
          .add(&Params::beyond_vox,
               "beyond_vox",
               "1",
               "A sphere counts for voxels whose centre lies so far outside it, in voxels.",
               {0.0, 1.0});
  return table;
}

LocalThickness::LocalThickness(const Params& params) : params_(params) {
  Params::table().validate(params);
}

LocalThickness::Result LocalThickness::operator()(const Mask& mask, Context& context) const {
  Field field;
  field_of(mask, Roughness::kFine, field);
  return measure(mask, &mask, field, params_, context);
}

LocalThickness::Result LocalThickness::operator()(const Volume& volume,
                                                  double threshold,
                                                  Context& context) const {
  const float* values = volume.GetBufferPointer();
  const std::size_t voxels = volume.GetLargestPossibleRegion().GetNumberOfPixels();
  const float* bad = std::find_if(values, values + voxels, [](float v) { return !std::isfinite(v); });
  require(bad == values + voxels,
          Errc::kInput,
          fmt::format("local thickness: voxel {} is {}: all values must be finite",
                      bad - values,
                      bad == values + voxels ? 0.0F : *bad));
  require(
      std::isfinite(threshold), Errc::kInput, fmt::format("local thickness: the threshold is {}", threshold));
  Field field = field_of(volume, static_cast<float>(threshold));
  return measure(volume, nullptr, field, params_, context);
}

ThicknessStatistics statistics_of(const Volume& thickness_mm, const Mask* where) {
  if (where != nullptr) require_same_grid(thickness_mm, *where, "thickness and the region it is asked for");
  const float* values = thickness_mm.GetBufferPointer();
  const std::uint8_t* in = where != nullptr ? where->GetBufferPointer() : nullptr;
  const std::size_t voxels = thickness_mm.GetLargestPossibleRegion().GetNumberOfPixels();
  ThicknessStatistics s;
  double sum = 0.0, squares = 0.0;
  for (std::size_t v = 0; v < voxels; ++v) {
    if (in != nullptr && in[v] == 0) continue;
    const double value = values[v];
    if (!(value > 0.0)) {
      if (in != nullptr) ++s.without;
      continue;
    }
    ++s.voxels;
    sum += value;
    squares += value * value;
    s.max_mm = std::max(s.max_mm, value);
  }
  if (s.voxels > 0) {
    const double n = static_cast<double>(s.voxels);
    s.mean_mm = sum / n;
    s.sd_mm = std::sqrt(std::max(0.0, squares / n - s.mean_mm * s.mean_mm));
  }
  return s;
}

}  // namespace ledd
