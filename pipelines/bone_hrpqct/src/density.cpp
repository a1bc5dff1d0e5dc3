#include "density.h"

#include <fmt/format.h>
#include <tbb/parallel_for.h>

#include <algorithm>
#include <cmath>

#include "ledd/core/error.h"

namespace ledd::bone_hrpqct {
namespace {

constexpr double kCoarsestMm = 0.2;
/// Mineralised tissue has at most some 1,300 mg HA/cm3, enamel twice as much. HU passed off as densities, and
/// native numbers, go far beyond.
constexpr double kDensestBone = 2500.0, kLeastBone = 250.0;

/// Number of voxels that reach the first and that go beyond the second.
struct Reach {
  std::size_t bone = 0, beyond = 0;
};

Reach reach(const Volume& density) {
  const std::size_t count = density.GetLargestPossibleRegion().GetNumberOfPixels();
  Reach reach;
  for (std::size_t n = 0; n < count; ++n) {
    const float value = density.GetBufferPointer()[n];
    reach.bone += value >= static_cast<float>(kLeastBone) ? 1 : 0;
    reach.beyond += value > static_cast<float>(kDensestBone) ? 1 : 0;
  }
  return reach;
}

}  // namespace

DensityEquation equation_of(const BoneHrpqct::Study& study, const BoneHrpqct::Params& params) {
  if (params.density_from == BoneHrpqct::DensityFrom::kGiven)
    return {
        params.density_slope, params.density_intercept, "the parameters density_slope and density_intercept"};
  require(study.density.has_value(),
          Errc::kInput,
          fmt::format(
              "there is no density equation: {}. Numbers are not passed off as densities; set "
              "density_from=given, density_slope=A and density_intercept=B, with mg HA/cm3 = A * number + B",
              study.without_density.empty() ? "the file states none" : study.without_density));
  return *study.density;
}

Volume::Pointer density_of(const Volume& scan, const DensityEquation& equation) {
  auto density = Volume::New();
  density->CopyInformation(&scan);
  density->SetRegions(scan.GetLargestPossibleRegion());
  density->Allocate();
  const auto size = scan.GetLargestPossibleRegion().GetSize();
  const std::size_t slice = size[0] * size[1];
  const auto a = static_cast<float>(equation.slope);
  const auto b = static_cast<float>(equation.intercept);
  tbb::parallel_for(std::size_t{0}, std::size_t{size[2]}, [&](std::size_t z) {
    const float* const in = scan.GetBufferPointer() + z * slice;
    float* const out = density->GetBufferPointer() + z * slice;
    for (std::size_t n = 0; n < slice; ++n) out[n] = a * in[n] + b;
  });
  const Reach found = reach(*density);
  require(found.bone > 0,
          Errc::kInput,
          fmt::format("no bone: by {} ({:.6g} * number {:+.6g}) nothing reaches {} mg HA/cm3",
                      equation.source,
                      equation.slope,
                      equation.intercept,
                      kLeastBone));
  require(found.beyond * 100 <= found.bone,
          Errc::kInput,
          fmt::format(
              "by {} ({:.6g} * number {:+.6g}) {} of {} voxels of bone have more than {} mg HA/cm3, which "
              "no bone has: the equation is not that of these numbers, or there is metal",
              equation.source,
              equation.slope,
              equation.intercept,
              found.beyond,
              found.bone,
              kDensestBone));
  return density;
}

void require_fine_cubes(const itk::ImageBase<3>& scan) {
  const auto s = scan.GetSpacing();
  const auto [least, most] = std::minmax({s[0], s[1], s[2]});
  require(most <= 1.02 * least,
          Errc::kInput,
          fmt::format(
              "voxels of {:.4g} x {:.4g} x {:.4g} mm are no cubes; microarchitecture is measured on cubes",
              s[0],
              s[1],
              s[2]));
  require(most <= kCoarsestMm,
          Errc::kInput,
          fmt::format("voxels of {:.4g} mm show no trabeculae; at most {} mm are usable", most, kCoarsestMm));
}

std::vector<std::string> notes_on_grid(const itk::ImageBase<3>& scan) {
  const double voxel = scan.GetSpacing()[0];
  std::vector<std::string> notes;
  if (std::abs(voxel - 0.061) > 0.002 && std::abs(voxel - 0.082) > 0.002)
    notes.push_back(
        fmt::format("Voxels of {:.1f} micrometres: the thresholds in use were chosen by others for 61 and "
                    "82; compare with scans of the same voxels only.",
                    1000.0 * voxel));
  return notes;
}

}  // namespace ledd::bone_hrpqct
