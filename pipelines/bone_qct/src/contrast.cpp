#include "contrast.h"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

#include "ledd/image/sampled.h"
#include "ledd/morphology/morphology.h"
#include "ledd/spine_morphometry/vec.h"

namespace ledd::bone_qct {
namespace {

constexpr double kPixelMm = 2.0, kNearMm = 3.0, kFarMm = 45.0, kAsideMm = 40.0;
constexpr double kLowHu = 130.0, kHighHu = 600.0, kLeastMm2 = 120.0;

struct Part {
  double mm2 = 0.0, mean_hu = 0.0;
};

Part largest_bright_part(const Sampled<Volume>& hu, const SpineResult::Body& body) {
  const auto across = static_cast<long>(2.0 * kAsideMm / kPixelMm) + 1;
  const auto along = static_cast<long>((kFarMm - kNearMm) / kPixelMm) + 1;
  auto mask = Mask::New();
  mask->SetRegions(Mask::SizeType{{static_cast<std::size_t>(across), static_cast<std::size_t>(along), 1}});
  mask->Allocate(true);
  std::vector<double> means(static_cast<std::size_t>(across * along), 0.0);
  const double front_mm = -0.5 * body.depth.value_mm - kNearMm;
  const auto at = [&](double left_mm, double posterior_mm) {
    Point p = spine::add(body.frame.centre_lps_mm, body.frame.left, left_mm);
    p = spine::add(p, body.frame.posterior, posterior_mm);
    return hu.covers(p) ? hu.at(p) : 0.0;
  };
  for (long v = 0; v < along; ++v)
    for (long u = 0; u < across; ++u) {
      double sum = 0.0;
      for (int dv = -1; dv <= 1; ++dv)
        for (int du = -1; du <= 1; ++du)
          sum += at(-kAsideMm + static_cast<double>(u + du) * kPixelMm,
                    front_mm - static_cast<double>(v + dv) * kPixelMm);
      const auto n = static_cast<std::size_t>(v * across + u);
      means[n] = sum / 9.0;
      mask->GetBufferPointer()[n] = means[n] >= kLowHu && means[n] <= kHighHu ? 1 : 0;
    }
  const auto parts = morphology::parts(*mask, morphology::Neighbours::kFaces);
  const auto largest = parts.largest();
  if (largest == 0) return {};
  Part part{static_cast<double>(parts.voxels[largest]) * kPixelMm * kPixelMm, 0.0};
  for (std::size_t n = 0; n < means.size(); ++n)
    if (parts.part_of[n] == largest) part.mean_hu += means[n] / static_cast<double>(parts.voxels[largest]);
  return part;
}

}  // namespace

std::string enhanced(const Volume& scan, const SpineResult& spine) {
  const Sampled<Volume> hu(scan);
  std::size_t bodies = 0;
  std::vector<Part> bright;
  for (const auto& body : spine.bodies) {
    if (body.quality == Quality::kFailed) continue;
    ++bodies;
    if (const Part part = largest_bright_part(hu, body); part.mm2 >= kLeastMm2) bright.push_back(part);
  }
  if (bright.empty() || bright.size() < std::min<std::size_t>(2, bodies)) return "";
  double mean_hu = 0.0;
  for (const Part& part : bright) mean_hu += part.mean_hu / static_cast<double>(bright.size());
  return fmt::format(
      "something large in front of the spine has {:.0f} HU, as vessels or bowel with contrast agent; it "
      "raises HU and "
      "vBMD of marrow by an unknown amount",
      mean_hu);
}

}  // namespace ledd::bone_qct
