#include "ledd/bone_hrpqct/bone_change.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "ledd/core/error.h"
#include "ledd/measurement/estimate.h"

#include "change_measures.h"
#include "on_grid.h"
#include "pictures.h"

namespace ledd {
namespace {

using bone_hrpqct::CommonRegion;
using bone_hrpqct::VisitMasks;
using bone_hrpqct::where;

constexpr long kFewestSlices = 8;

void require_visit(const BoneVisit& visit, const char* which) {
  require(visit.density != nullptr && visit.labels != nullptr,
          Errc::kInput,
          fmt::format("{}: densities or compartments are missing", which));
  require_same_grid(
      *visit.density, *visit.labels, fmt::format("densities and compartments of the {}", which));
}

void require_alike(const DensityRegistration::Result& r, const BoneChange::Params& p) {
  require(
      r.converged,
      Errc::kInput,
      fmt::format("the registration did not settle: its last step still moved the bone by {:.3g} micrometres",
                  r.step_um));
  require(r.correlation >= p.min_correlation,
          Errc::kInput,
          fmt::format(
              "the densities of both visits correlate by {:.2f} after registration (at least {}): another "
              "bone, another site, or motion",
              r.correlation,
              p.min_correlation));
  require(!(r.texture_mg_per_cm3 >= p.min_texture_mg_per_cm3) ||
              r.trabecular_correlation >= p.min_trabecular_correlation,
          Errc::kInput,
          fmt::format(
              "the trabeculae of both visits correlate by {:.2f} after registration (at least {}): another "
              "bone, another site, or motion",
              r.trabecular_correlation,
              p.min_trabecular_correlation));
}

void require_common(const CommonRegion& region, const BoneChange::Params& p) {
  const long slices = region.last - region.first + 1;
  require(slices >= kFewestSlices,
          Errc::kInput,
          fmt::format("no common region: both images show {} slices of the baseline whole (at least {})",
                      std::max(0L, slices),
                      kFewestSlices));
  require(region.percent >= p.min_common_percent,
          Errc::kInput,
          fmt::format("the common region is {:.0f} % of the baseline's bone (at least {:g} %)",
                      region.percent,
                      p.min_common_percent));
}

const std::vector<EndpointDefinition>& registration_definitions() {
  constexpr const char *kMethod = "density-registered/1",
                       *kSource = "MacNeil and Boyd, Med Eng Phys 30:792, 2008",
                       *kPrecision = "Measured on digital bones: docs/bone-hrpqct.md.";
  static const std::vector<EndpointDefinition> all{
      {"Reg_Turn",
       "Turn of the bone between the visits",
       "deg",
       kMethod,
       "Angle of the rotation from baseline to follow-up.",
       kSource,
       kPrecision},
      {"Reg_Along",
       "Shift along the bone",
       "mm",
       kMethod,
       "Of the bone's centre, along the image's third axis, in the image's own frame.",
       kSource,
       kPrecision},
      {"Reg_Across",
       "Shift across the bone",
       "mm",
       kMethod,
       "Of the bone's centre, in the slice plane, in the image's own frame.",
       kSource,
       kPrecision},
      {"Reg_Common",
       "Common region",
       "%",
       kMethod,
       "Volume of the common region over that of the baseline's bone.",
       kSource,
       kPrecision},
      {"Reg_Corr",
       "Likeness of densities",
       "1",
       kMethod,
       "Correlation of the smoothed densities in both bones after registration.",
       kSource,
       kPrecision},
      {"Reg_Tb_Corr",
       "Likeness of trabeculae",
       "1",
       kMethod,
       "The same within both trabecular compartments.",
       kSource,
       kPrecision}};
  return all;
}

void add_registration(const BoneChange::Result& result, std::vector<Measurement>& rows) {
  const auto& r = result.registration;
  const auto add = [&](const char* key, double value) {
    rows.push_back(measured("Tt", definition_of(key, registration_definitions()), value));
  };
  const Point& s = r.second_from_first.shift_mm;
  add("Reg_Turn", r.second_from_first.turn_deg());
  add("Reg_Along", s[2]);
  add("Reg_Across", std::hypot(s[0], s[1]));
  add("Reg_Common", result.common_percent);
  add("Reg_Corr", r.correlation);
  add("Reg_Tb_Corr", r.trabecular_correlation);
}

/// Densities without structure hold a registration by the outline alone.
void doubt_all(double texture, const BoneChange::Params& p, std::vector<Measurement>& rows) {
  if (texture >= p.min_texture_mg_per_cm3) return;
  for (Measurement& row : rows)
    if (row.quality == Quality::kGood) {
      row.quality = Quality::kUncertain;
      row.reason = fmt::format(
          "no trabeculae to register by (SD {:.0f} mg/cm3 in the inside, {:g} are wanted): a "
          "shift along the bone may be missed",
          texture,
          p.min_texture_mg_per_cm3);
    }
}

/// The follow-up's densities where the baseline's voxels are: to be looked at only.
Volume::Pointer moved(const BoneVisit& baseline, const BoneVisit& followup, const GridMotion& motion) {
  const auto size = baseline.density->GetLargestPossibleRegion().GetSize();
  const auto to = followup.density->GetLargestPossibleRegion().GetSize();
  const double voxel = baseline.density->GetSpacing()[0], other = followup.density->GetSpacing()[0];
  const float* const in = followup.density->GetBufferPointer();
  return where<Volume>(*baseline.density, [=](std::size_t n) {
    const Point p = motion({voxel * static_cast<double>(n % size[0]),
                            voxel * static_cast<double>(n / size[0] % size[1]),
                            voxel * static_cast<double>(n / size[0] / size[1])});
    std::array<std::size_t, 3> at{};
    std::array<double, 3> w{};
    for (unsigned a = 0; a < 3; ++a) {
      const double t = p[a] / other, low = std::floor(t);
      if (!(low >= 0.0) || !(low + 1.0 < static_cast<double>(to[a]))) return 0.0F;
      at[a] = static_cast<std::size_t>(low);
      w[a] = t - low;
    }
    double sum = 0.0;
    for (std::size_t k = 0; k < 8; ++k) {
      const std::size_t x = k % 2, y = k / 2 % 2, z = k / 4;
      const double weight =
          (x == 1 ? w[0] : 1.0 - w[0]) * (y == 1 ? w[1] : 1.0 - w[1]) * (z == 1 ? w[2] : 1.0 - w[2]);
      sum += weight * static_cast<double>(in[((at[2] + z) * to[1] + at[1] + y) * to[0] + at[0] + x]);
    }
    return static_cast<float>(sum);
  });
}

void add_pictures(const BoneVisit& baseline,
                  const Volume::Pointer& later,
                  const CommonRegion& region,
                  Outcome& outcome) {
  const float *a = baseline.density->GetBufferPointer(), *b = later->GetBufferPointer();
  const std::uint8_t* const in = region.baseline->GetBufferPointer();
  const std::uint16_t* const labels = baseline.labels->GetBufferPointer();
  outcome.labels = where<Labels>(*baseline.labels, [=](std::size_t n) -> std::uint16_t {
    return in[n] != 0 ? labels[n] : std::uint16_t{0};
  });
  outcome.maps["difference"] = where<Volume>(*baseline.density, [=](std::size_t n) {
    return in[n] != 0 ? b[n] - a[n] : std::numeric_limits<float>::quiet_NaN();
  });
  outcome.figures = bone_hrpqct::change_figures((region.first + region.last) / 2, *baseline.density);
  for (const Figure& figure : outcome.figures)
    if (figure.name == "followup") outcome.figure_images[figure.name] = later.GetPointer();
}

void summarise(Outcome& outcome, const BoneChange::Result& result) {
  const auto of = [&](const char* key) {
    for (const Measurement& m : outcome.measurements)
      if (m.endpoint == key && m.statistic == "value")
        return m.value ? fmt::format("{:+.2f}", *m.value) : std::string("not measured");
    return std::string("not measured");
  };
  outcome.summary = {{"Change",
                      fmt::format("Tt.BMD {}, Tb.BMD {}, Ct.BMD {} mg HA/cm3",
                                  of("Tt_BMD_change"),
                                  of("Tb_BMD_change"),
                                  of("Ct_BMD_change"))},
                     {"Change in percent",
                      fmt::format("Ct.Th {}, Ct.Ar {}, BV/TV {}, Tb.Th {}",
                                  of("Ct_Th_change_rel"),
                                  of("Ct_Ar_change_rel"),
                                  of("BV_TV_change_rel"),
                                  of("Tb_Th_change_rel"))},
                     {"Common region",
                      fmt::format("{:.0f} % of the baseline's bone, {:.2f} mm long; turned by {:.2f} degrees",
                                  result.common_percent,
                                  result.length_mm,
                                  result.registration.second_from_first.turn_deg())}};
}

}  // namespace

const ParamTable<BoneChange::Params>& BoneChange::Params::table() {
  using P = Params;
  static const auto table =
      ParamTable<P>()
          .nest(&P::registration, "registration")
          .nest(&P::cortex, "cortex")
          .add(&P::bone_sigma_vox,
               "bone_sigma_vox",
               "vox",
               "Smoothing before the thresholds of bone.",
               {0.0, 5.0})
          .add(&P::trabecular_mg_per_cm3,
               "trabecular_mg_per_cm3",
               "mg/cm3",
               "Bone in the trabecular compartment.",
               {1.0, 2000.0})
          .add(&P::cortical_mg_per_cm3,
               "cortical_mg_per_cm3",
               "mg/cm3",
               "Bone in the cortical compartment.",
               {1.0, 2000.0})
          .add(&P::rim_vox,
               "rim_vox",
               "vox",
               "How far the outlines of both visits may differ without loss.",
               {0.0, 10.0})
          .add(&P::min_common_percent,
               "min_common_percent",
               "%",
               "Share of the baseline's bone below which nothing is compared.",
               {1.0, 100.0})
          .add(&P::min_correlation,
               "min_correlation",
               "1",
               "Likeness of densities below which nothing is compared.",
               {0.0, 1.0})
          .add(&P::min_trabecular_correlation,
               "min_trabecular_correlation",
               "1",
               "The same of the trabeculae, where there are any.",
               {0.0, 1.0})
          .add(&P::min_texture_mg_per_cm3,
               "min_texture_mg_per_cm3",
               "mg/cm3",
               "SD of the inside's density below which there are no trabeculae to register by.",
               {0.0, 500.0});
  return table;
}

BoneChange::BoneChange(const Params& params) : params_(params) {
  Params::table().validate(params);
}

BoneChange::Result BoneChange::operator()(const BoneVisit& baseline,
                                          const BoneVisit& followup,
                                          Context& context) const {
  require_visit(baseline, "baseline");
  require_visit(followup, "follow-up");
  const VisitMasks before = bone_hrpqct::masks_of(*baseline.labels),
                   after = bone_hrpqct::masks_of(*followup.labels);
  Result result;
  result.registration = context.stage("registration", [&] {
    auto found =
        DensityRegistration(params_.registration)({*baseline.density, *before.periosteal, *before.trabecular},
                                                  {*followup.density, *after.periosteal, *after.trabecular},
                                                  context);
    require_alike(found, params_);
    return found;
  });
  const GridMotion& motion = result.registration.second_from_first;
  const CommonRegion region = context.stage("common region", [&] {
    auto common = bone_hrpqct::common_region(
        *before.periosteal, *after.periosteal, motion, params_.rim_vox * baseline.density->GetSpacing()[0]);
    require_common(common, params_);
    return common;
  });
  result.common_percent = region.percent;
  result.length_mm = region.length_mm;
  const auto earlier = context.stage("baseline", [&] {
    return bone_hrpqct::measure_in(baseline, before, *region.baseline, region.length_mm, params_, context);
  });
  const auto later = context.stage("follow-up", [&] {
    return bone_hrpqct::measure_in(followup, after, *region.followup, region.length_mm, params_, context);
  });
  Outcome& outcome = result.outcome;
  outcome.measurements = bone_hrpqct::changes(earlier, later);
  add_registration(result, outcome.measurements);
  doubt_all(result.registration.texture_mg_per_cm3, params_, outcome.measurements);
  add_pictures(baseline, moved(baseline, followup, motion), region, outcome);
  summarise(outcome, result);
  outcome.notes.push_back(
      fmt::format("Common region: slices {} to {} of the baseline. Each visit was measured on its own "
                  "grid; the follow-up moved onto the baseline is for looking only.",
                  region.first + 1,
                  region.last + 1));
  return result;
}

const std::vector<EndpointDefinition>& BoneChange::definitions() {
  static const auto all = [] {
    auto definitions = bone_hrpqct::change_definitions();
    const auto& registration = registration_definitions();
    definitions.insert(definitions.end(), registration.begin(), registration.end());
    return definitions;
  }();
  return all;
}

}  // namespace ledd
