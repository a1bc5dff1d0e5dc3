#include "ledd/ct_phantom/ct_phantom.h"

#include <fmt/format.h>
#include <tbb/parallel_for.h>

#include <algorithm>
#include <cmath>

#include "scene.h"

namespace ledd {
namespace {

using phantom::Vec;

template <class Image>
typename Image::Pointer make(const CtPhantom::Params& params) {
  auto image = Image::New();
  image->SetRegions(itk::Size<3>{{static_cast<itk::SizeValueType>(params.columns),
                                  static_cast<itk::SizeValueType>(params.rows),
                                  static_cast<itk::SizeValueType>(params.slices)}});
  const double spacing[3] = {params.pixel_mm, params.pixel_mm, params.pitch_mm};
  // The body's middle is 25 mm in front of the image's, so that the pad fits below it.
  const double origin[3] = {params.centre_left_mm - 0.5 * (params.columns - 1) * params.pixel_mm,
                            25.0 - 0.5 * (params.rows - 1) * params.pixel_mm,
                            -0.5 * (params.slices - 1) * params.pitch_mm};
  image->SetSpacing(spacing);
  image->SetOrigin(origin);
  image->Allocate(true);
  return image;
}

}  // namespace

CtPhantom::CtPhantom(const Params& params) : params_(params) {
  require(params.columns >= 8 && params.rows >= 8 && params.slices >= 1,
          Errc::kParam,
          fmt::format("{} x {} x {} voxels are too few", params.columns, params.rows, params.slices));
  require(params.pixel_mm > 0 && params.pitch_mm > 0 && params.noise_sd_hu >= 0,
          Errc::kParam,
          fmt::format("pixel_mm = {}, pitch_mm = {} and noise_sd_hu = {} must be positive",
                      params.pixel_mm,
                      params.pitch_mm,
                      params.noise_sd_hu));
}

CtPhantom::Result CtPhantom::operator()(Context& context) const {
  context.throw_if_cancelled();
  const ct_phantom::Scene scene(params_);
  Result result{make<Volume>(params_), make<Mask>(params_), scene.rods()};
  const auto origin = result.scan->GetOrigin();
  const auto rows = static_cast<std::size_t>(params_.rows),
             columns = static_cast<std::size_t>(params_.columns);
  const double field_mm = params_.field_mm > 0 ? 0.5 * params_.field_mm : 1e9;
  // Only oblique things change within a slice.
  const bool oblique = params_.pad && (params_.pad->tilt_deg != 0.0 || params_.pad->yaw_deg != 0.0);
  const std::size_t parts = oblique || params_.metal ? 3 : 1;
  const Vec middle{params_.centre_left_mm, 25.0, 0};
  float* out = result.scan->GetBufferPointer();
  std::uint8_t* vertebra = result.vertebra->GetBufferPointer();
  tbb::parallel_for(std::size_t{0}, rows * static_cast<std::size_t>(params_.slices), [&](std::size_t line) {
    const std::size_t slice = line / rows;
    const double z = origin[2] + params_.pitch_mm * static_cast<double>(slice);
    const double y = origin[1] + params_.pixel_mm * static_cast<double>(line % rows);
    for (std::size_t i = 0; i < columns; ++i) {
      const std::size_t voxel = line * columns + i;
      const Vec p{origin[0] + params_.pixel_mm * static_cast<double>(i), y, z};
      vertebra[voxel] = scene.vertebra_distance_mm(p) < -4.0 ? 1 : 0;
      double hu = 0.0;
      for (std::size_t part = 0; part < parts; ++part)
        hu += scene.hu({p.x,
                        p.y,
                        z + (static_cast<double>(part) - 0.5 * static_cast<double>(parts - 1)) / 3.0 *
                                params_.pitch_mm});
      hu /= static_cast<double>(parts);
      if (params_.noise_sd_hu > 0) hu += params_.noise_sd_hu * phantom::normal2(params_.seed, voxel)[0];
      const bool outside = std::hypot(p.x - middle.x, p.y - middle.y) > field_mm;
      out[voxel] = outside ? -2048.0F : static_cast<float>(std::clamp(std::round(hu), -1024.0, 3071.0));
    }
  });
  return result;
}

}  // namespace ledd
