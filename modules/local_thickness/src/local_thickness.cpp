#include "ledd/local_thickness/local_thickness.h"

#include <cmath>
#include <cstdio>
#include <chrono>
#include <cstdlib>

#include "paint.h"

namespace ledd {
namespace {
using namespace thickness;
struct Clock {
  std::chrono::steady_clock::time_point t = std::chrono::steady_clock::now();
  void operator()(const char* what) {
    const auto n = std::chrono::steady_clock::now();
    if (std::getenv("LT_CLOCK")) std::fprintf(stderr, "%s %.3f s\n", what, std::chrono::duration<double>(n - t).count());
    t = n;
  }
};
LocalThickness::Result measure(const itk::ImageBase<3>& image, const Field& field, const LocalThickness::Params& params) {
  Clock clock;
  const Grid grid(image);
  LocalThickness::Result result;
  result.thickness_mm = Volume::New();
  result.thickness_mm->CopyInformation(&image);
  result.thickness_mm->SetRegions(image.GetLargestPossibleRegion());
  result.thickness_mm->Allocate();
  float* out = result.thickness_mm->GetBufferPointer();
  std::vector<std::uint32_t> nearest;
  distances(grid, field, out, nearest);
  clock("distances");
  const std::vector<Ball> balls = inscribed_balls(grid, field, out, nearest);
  clock("ridge");
  paint(grid, balls, (std::getenv("LT_BEYOND") ? static_cast<float>(std::atof(std::getenv("LT_BEYOND"))) : static_cast<float>(params.beyond_vox)) * grid.finest_mm(), out);
  clock("paint");
  double sum = 0, squares = 0;
  for (std::size_t v = 0; v < grid.voxels; ++v) {
    if (field[v] < 0) { out[v] = 0; continue; }
    if (!(out[v] > 0)) { ++result.uncovered; continue; }
    ++result.voxels;
    sum += out[v]; squares += double(out[v]) * out[v];
    result.max_mm = std::max<double>(result.max_mm, out[v]);
  }
  result.balls = balls.size();
  result.mean_mm = sum / double(result.voxels);
  result.sd_mm = std::sqrt(std::max(0.0, squares / double(result.voxels) - result.mean_mm * result.mean_mm));
  clock("statistics");
  return result;
}
}  // namespace
const ParamTable<LocalThickness::Params>& LocalThickness::Params::table() {
  static const auto table = ParamTable<Params>().add(&Params::beyond_vox, "beyond_vox", "1", "reach", {0, 1});
  return table;
}
LocalThickness::LocalThickness(const Params& params) : params_(params) { Params::table().validate(params); }
LocalThickness::Result LocalThickness::operator()(const Mask& mask, Context&) const {
  Clock clock;
  auto c = field_of(mask);
  clock("crossings");
  return measure(mask, c, params_);
}
LocalThickness::Result LocalThickness::operator()(const Volume& volume, double threshold, Context&) const {
  return measure(volume, field_of(volume, static_cast<float>(threshold)), params_);
}
}  // namespace ledd
