#include "fine_truth.h"

#include <cmath>

#include "ledd/spine_morphometry/spine_morphometry.h"

namespace ledd {

FineTruth fine_truth(const phantom::Params& params, double voxel_mm, Context& context) {
  constexpr double kColumnsMm = 190.0, kRowsMm = 340.0, kWideMm = 76.0;  // the whole column, not turned
  phantom::Params fine = params;
  fine.stack.pixel_mm = fine.stack.pitch_mm = fine.stack.thickness_mm = voxel_mm;
  fine.stack.turn_about_si_deg = fine.stack.turn_about_pa_deg = 0.0;
  fine.stack.offset_left_mm = 0.0;
  fine.stack.columns = static_cast<int>(std::ceil(kColumnsMm / voxel_mm));
  fine.stack.rows = static_cast<int>(std::ceil(kRowsMm / voxel_mm));
  fine.stack.slices = static_cast<int>(std::ceil(kWideMm / voxel_mm));
  const auto drawn = LumbarPhantom(fine).draw(context);
  FineTruth truth;
  const std::size_t count = drawn.labels->GetLargestPossibleRegion().GetNumberOfPixels();
  const double voxel_cm3 = std::pow(voxel_mm, 3) / 1000.0;
  std::map<std::uint16_t, std::size_t> voxels;
  for (std::size_t n = 0; n < count; ++n)
    if (const auto id = drawn.labels->GetBufferPointer()[n]; id != 0) ++voxels[id];
  for (const auto& [id, n] : voxels) truth.volume_cm3[id] = voxel_cm3 * static_cast<double>(n);
  for (const auto& body : SpineMorphometry()(*drawn.labels, context).bodies)
    if (body.width_mm) truth.width_mm[body.id] = *body.width_mm;
  return truth;
}

}  // namespace ledd
