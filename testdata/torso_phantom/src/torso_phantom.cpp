#include "ledd/torso_phantom/torso_phantom.h"

#include <fmt/format.h>
#include <tbb/parallel_for.h>
#include <tbb/task_arena.h>

#include <algorithm>
#include <cmath>

#include "make_truth.h"
#include "scene.h"

namespace ledd {
namespace {

using phantom::Vec;
using torso_phantom::Scene;

template <class Image>
typename Image::Pointer make(const torso_phantom::ScanParams& scan, const std::array<double, 2>& extent_mm) {
  auto image = Image::New();
  // Slices lie where CtPhantom's do: the region's middle in the middle of the stack.
  const double middle_mm = 0.5 * (extent_mm[0] + extent_mm[1]);
  const auto needed = static_cast<int>(std::ceil((extent_mm[1] - extent_mm[0]) / scan.pitch_mm)) + 1;
  const int slices = scan.slices > 0 ? scan.slices : needed;
  image->SetRegions(itk::Size<3>{{static_cast<itk::SizeValueType>(scan.columns),
                                  static_cast<itk::SizeValueType>(scan.rows),
                                  static_cast<itk::SizeValueType>(slices)}});
  const double spacing[3] = {scan.pixel_mm, scan.pixel_mm, scan.pitch_mm};
  const double origin[3] = {scan.centre_left_mm - 0.5 * (scan.columns - 1) * scan.pixel_mm,
                            25.0 - 0.5 * (scan.rows - 1) * scan.pixel_mm,
                            middle_mm - 0.5 * (slices - 1) * scan.pitch_mm};
  image->SetSpacing(spacing);
  image->SetOrigin(origin);
  image->Allocate(true);
  return image;
}

/// The mean of planes through the slice.
double slice_hu(const Scene& scene, const Vec& p, double thickness_mm) {
  const auto planes = static_cast<int>(std::max(1.0, std::ceil(thickness_mm / 1.5 - 1e-9)));
  double sum = 0.0;
  for (int i = 0; i < planes; ++i)
    sum += scene.hu({p.x, p.y, p.z + ((i + 0.5) / planes - 0.5) * thickness_mm});
  return sum / planes;
}

void draw(const Scene& scene, const torso_phantom::Params& params, TorsoPhantom::Result& result) {
  const torso_phantom::ScanParams& scan = params.scan;
  const auto origin = result.scan->GetOrigin();
  const auto size = result.scan->GetBufferedRegion().GetSize();
  const double thickness_mm = scan.thickness_mm > 0 ? scan.thickness_mm : scan.pitch_mm;
  const double field_mm = scan.field_mm > 0 ? 0.5 * scan.field_mm : 1e9;
  const auto seed = static_cast<std::uint64_t>(params.spine.seed);
  float* out = result.scan->GetBufferPointer();
  std::uint16_t* bodies = result.bodies->GetBufferPointer();
  std::uint16_t* femora = result.femora->GetBufferPointer();
  tbb::parallel_for(std::size_t{0}, size[1] * size[2], [&](std::size_t line) {
    const double y = origin[1] + scan.pixel_mm * static_cast<double>(line % size[1]);
    const std::size_t slice = line / size[1];
    const double z = origin[2] + scan.pitch_mm * static_cast<double>(slice);
    for (std::size_t i = 0; i < size[0]; ++i) {
      const std::size_t voxel = line * size[0] + i;
      const Vec p{origin[0] + scan.pixel_mm * static_cast<double>(i), y, z};
      if (std::hypot(p.x - scan.centre_left_mm, p.y - 25.0) > field_mm) {
        out[voxel] = -1024.0F;
        continue;
      }
      bodies[voxel] = scene.body_id(p);
      femora[voxel] = scene.femur_id(p);
      double hu = slice_hu(scene, p, thickness_mm);
      if (scan.noise_sd_hu > 0) hu += scan.noise_sd_hu * phantom::normal2(seed, voxel)[0];
      out[voxel] = static_cast<float>(std::clamp(std::round(hu), -1024.0, 3071.0));
    }
  });
}

}  // namespace

TorsoPhantom::TorsoPhantom(const Params& params) : params_(params) {
  Params::table().validate(params_);
  require(params_.scan.thickness_mm <= 2.0 * params_.scan.pitch_mm,
          Errc::kParam,
          fmt::format("scan.thickness_mm = {} mm must not exceed twice scan.pitch_mm = {} mm",
                      params_.scan.thickness_mm,
                      params_.scan.pitch_mm));
  (void)phantom::build_spine(params_.spine);
}

TorsoPhantom::Result TorsoPhantom::operator()(Context& context) const {
  context.throw_if_cancelled();
  const Scene scene(params_);
  const auto extent = torso_phantom::extent_mm(scene.frame());
  Result result{make<Volume>(params_.scan, extent),
                make<Labels>(params_.scan, extent),
                make<Labels>(params_.scan, extent),
                {}};
  const double half_mm = 0.5 * params_.scan.pitch_mm, low_mm = result.scan->GetOrigin()[2];
  const auto slices = result.scan->GetBufferedRegion().GetSize(2);
  const double high_mm = low_mm + params_.scan.pitch_mm * static_cast<double>(slices - 1);
  tbb::task_arena(context.threads()).execute([&] {
    draw(scene, params_, result);
    result.truth = torso_phantom::make_truth(scene, low_mm - half_mm, high_mm + half_mm);
  });
  return result;
}

}  // namespace ledd
