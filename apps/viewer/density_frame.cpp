#include "density_frame.h"

#include <fmt/format.h>

#include <algorithm>
#include <span>

#include "ledd/anatomy/bone.h"
#include "ledd/density_registration/density_registration.h"

namespace ledd::viewer {
namespace {

// Those of BoneChange.
constexpr double kMinCorrelation = 0.8, kMinTrabecular = 0.5, kMinTexture = 40.0;

Mask::Pointer mask_of(const Labels& labels, std::span<const std::uint16_t> ids) {
  auto mask = Mask::New();
  mask->CopyInformation(&labels);
  mask->SetRegions(labels.GetLargestPossibleRegion());
  mask->Allocate();
  const std::uint16_t* id = labels.GetBufferPointer();
  std::uint8_t* out = mask->GetBufferPointer();
  for (std::size_t n = 0; n < labels.GetLargestPossibleRegion().GetNumberOfPixels(); ++n)
    out[n] = std::find(ids.begin(), ids.end(), id[n]) != ids.end() ? 1 : 0;
  return mask;
}

/// From coordinates along the grids' own axes to the patient's.
RigidMotion in_patient(const GridMotion& second_from_first, const Labels& first, const Labels& second) {
  const GridMotion back = second_from_first.inverse();
  const auto& a = first.GetDirection();
  const auto b_inverse = second.GetInverseDirection();
  const auto carried = [&](const Point& p_lps_mm) {
    Point on_grid{}, p{};
    for (unsigned r = 0; r < 3; ++r)
      for (unsigned c = 0; c < 3; ++c) on_grid[r] += b_inverse(r, c) * (p_lps_mm[c] - second.GetOrigin()[c]);
    const Point moved = back(on_grid);
    for (unsigned r = 0; r < 3; ++r) {
      p[r] = first.GetOrigin()[r];
      for (unsigned c = 0; c < 3; ++c) p[r] += a(r, c) * moved[c];
    }
    return p;
  };
  RigidMotion motion;
  motion.shift_mm = carried({0.0, 0.0, 0.0});
  for (unsigned c = 0; c < 3; ++c) {
    Point axis{};
    axis[c] = 1.0;
    const Point tip = carried(axis);
    for (unsigned r = 0; r < 3; ++r) motion.rotation[r][c] = tip[r] - motion.shift_mm[r];
  }
  return motion;
}

}  // namespace

Registration register_densities(const cases::OpenCase& main,
                                const cases::OpenCase& partner,
                                Context& context) {
  Registration result;
  constexpr std::array<std::uint16_t, 2> kWhole{anatomy::kCorticalCompartment,
                                                anatomy::kTrabecularCompartment};
  constexpr std::array<std::uint16_t, 1> kInside{anatomy::kTrabecularCompartment};
  const auto first = mask_of(*main.labels, kWhole), first_inside = mask_of(*main.labels, kInside);
  const auto second = mask_of(*partner.labels, kWhole), second_inside = mask_of(*partner.labels, kInside);
  const auto found = DensityRegistration()({*main.maps.at("density"), *first, *first_inside},
                                           {*partner.maps.at("density"), *second, *second_inside},
                                           context);
  if (!found.converged || !(found.correlation >= kMinCorrelation) ||
      (found.texture_mg_per_cm3 >= kMinTexture && !(found.trabecular_correlation >= kMinTrabecular))) {
    result.refusal = fmt::format(
        "after registration the densities correlate by {:.2f}, those of the trabeculae by {:.2f}; {} and {} "
        "are needed: another bone, another site, or motion",
        found.correlation,
        found.trabecular_correlation,
        kMinCorrelation,
        kMinTrabecular);
    return result;
  }
  result.frames.push_back({fmt::format("registered by densities, correlation {:.3f}", found.correlation),
                           in_patient(found.second_from_first, *main.labels, *partner.labels)});
  return result;
}

}  // namespace ledd::viewer
