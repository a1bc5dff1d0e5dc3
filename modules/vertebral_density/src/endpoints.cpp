#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>
#include <string_view>

#include "ledd/anatomy/anatomy.h"
#include "ledd/measurement/estimate.h"
#include "ledd/vertebral_density/vertebral_density.h"

#include "cylinder.h"

namespace ledd {
namespace {

using Region = VertebralDensityResult::Region;
using Vertebra = VertebralDensityResult::Vertebra;

constexpr const char* kMethod = "vertebral-density/1";
constexpr const char* kPositions = "Engelke et al., J Clin Densitom 11:123, 2008";
constexpr const char* kPrecision = "docs/bone-qct.md";
constexpr double kMetalCm3 = 0.02;
constexpr std::size_t kFewestVoxels = 20;

/// What a region must be to give a mean; empty when it is.
std::string lacking(const Region& region, const std::string& why) {
  if (region.voxels >= kFewestVoxels) return "";
  if (region.voxels == 0) return why;
  return fmt::format("only {} voxels, at least {} are needed", region.voxels, kFewestVoxels);
}

class Rows {
 public:
  Rows(const Vertebra& v, const DensityScale& scale, std::vector<Measurement>& out)
      : name_(anatomy::short_name(v.id)), metal_(metal_reason(v)), scale_(scale), out_(out) {}

  void hu(const char* key, const Region& region, const std::string& why) {
    Estimate estimate = begin(region, why);
    if (estimate.quality != Quality::kFailed) estimate.value = region.mean_hu;
    push(key, estimate);
  }

  void density(const char* key, const Region& region, const std::string& why) {
    Estimate estimate = begin(region, why);
    if (estimate.quality != Quality::kFailed && !scale_.line) estimate = not_calibrated();
    if (estimate.quality != Quality::kFailed) {
      estimate.value = scale_.line->density_mg_cm3(region.mean_hu);
      estimate.se = scale_.line->density_se_mg_cm3(
          region.mean_hu, region.sd_hu / std::sqrt(static_cast<double>(region.voxels)));
    }
    push(key, estimate);
  }

  void content(const Vertebra& v) {
    Estimate estimate = begin(v.integral, "no voxel");
    if (estimate.quality != Quality::kFailed && !scale_.line) estimate = not_calibrated();
    if (estimate.quality != Quality::kFailed)
      estimate.value = scale_.line->density_mg_cm3(v.integral.mean_hu) * v.volume_cm3;
    push("BMC", estimate);
  }

  void volume(const Vertebra& v) { push("Int_Vol", {v.volume_cm3, std::nullopt, Quality::kGood, "", false}); }

 private:
  Estimate begin(const Region& region, const std::string& why) const {
    if (!metal_.empty()) return {std::nullopt, std::nullopt, Quality::kFailed, metal_, true};
    if (const auto lack = lacking(region, why); !lack.empty())
      return {std::nullopt, std::nullopt, Quality::kFailed, lack, false};
    return {std::nullopt, std::nullopt, Quality::kGood, "", false};
  }

  /// No reader can mend what the scan lacks.
  Estimate not_calibrated() const {
    return {std::nullopt, std::nullopt, Quality::kFailed, scale_.refusal, true};
  }

  void push(const char* key, const Estimate& estimate) {
    push_estimate(name_, definition_of(key, VertebralDensity::definitions()), estimate, out_);
  }

  std::string name_, metal_;
  const DensityScale& scale_;
  std::vector<Measurement>& out_;
};

}  // namespace

std::string metal_reason(const Vertebra& v) {
  if (!(v.metal_cm3 > kMetalCm3)) return "";
  return fmt::format("{:.1f} cm3 of metal in the body or within 10 mm of it: HU are not those of bone",
                     v.metal_cm3);
}

const std::vector<EndpointDefinition>& VertebralDensity::definitions() {
  const auto one = [](const char* key, const char* title, const char* unit, const char* definition) {
    const bool cut_offs = std::string_view(key) == "Cyl_HU";
    const char* source = cut_offs ? "Pickhardt et al., Ann Intern Med 158:588, 2013" : kPositions;
    return EndpointDefinition{key, title, unit, kMethod, definition, source, kPrecision};
  };
  static const std::vector<EndpointDefinition> all{
      one("Cyl_vBMD",
          "Trabecular vBMD in the elliptic cylinder",
          "mg/cm3",
          "Mean in an elliptic cylinder 9 mm high about the mid-plane of the body, in its front two thirds, "
          "as "
          "large as fits into what lies 4 mm below the surface; in the mineral that the case's calibration "
          "states."),
      one("Tb_vBMD",
          "Trabecular vBMD of the body",
          "mg/cm3",
          "Mean over all of the body that lies at least 4 mm below its surface."),
      one("Int_vBMD",
          "Integral vBMD of the body",
          "mg/cm3",
          "Mean over the whole body, cortex and marrow, without the posterior elements."),
      one("Ct_vBMD",
          "vBMD of the body's shell",
          "mg/cm3",
          "Mean over the outer 2 mm of the body. The cortex is thinner than a voxel of clinical CT, so this "
          "is no "
          "density of cortical bone alone."),
      one("BMC", "Bone mineral content of the body", "mg", "Integral vBMD times volume."),
      one("Int_Vol", "Volume of the body", "cm3", "Voxels of the body times their size."),
      one("Cyl_HU",
          "CT number in the elliptic cylinder",
          "[hnsf'U]",
          "Mean HU where Cyl_vBMD is measured. At 120 kV without contrast L1 has cut-offs: at most 110 HU "
          "specific, "
          "at most 135 balanced, at most 160 sensitive for osteoporosis."),
      one("Tb_HU", "CT number of the trabecular body", "[hnsf'U]", "Mean HU where Tb_vBMD is measured.")};
  return all;
}

std::vector<Measurement> measurements(const VertebralDensityResult& result, const DensityScale& scale) {
  std::vector<Measurement> out;
  for (const Vertebra& v : result.vertebrae) {
    Rows rows(v, scale, out);
    const std::string shallow = "no part of the body lies deep enough below its surface";
    rows.density("Cyl_vBMD", v.cylinder, v.no_cylinder);
    rows.density("Tb_vBMD", v.trabecular, shallow);
    rows.density("Int_vBMD", v.integral, "no voxel");
    rows.density("Ct_vBMD", v.shell, "no voxel");
    rows.content(v);
    rows.volume(v);
    rows.hu("Cyl_HU", v.cylinder, v.no_cylinder);
    rows.hu("Tb_HU", v.trabecular, shallow);
  }
  return out;
}

namespace {

constexpr std::array<std::uint8_t, 3> kCylinderRgb{255, 220, 0};

/// Points given from the cylinder's centre along the body's own axes.
Polyline about_centre(const Vertebra& v, const std::vector<Point>& offsets) {
  const Point centre = vertebral_density::in_frame(v.frame, v.where->centre_lps_mm);
  Polyline line;
  line.rgb = kCylinderRgb;
  line.about = fmt::format("{} Cyl_HU {:.0f} HU", anatomy::short_name(v.id), v.cylinder.mean_hu);
  line.group = "cylinders";
  line.points_lps_mm.reserve(offsets.size());
  for (const Point& o : offsets)
    line.points_lps_mm.push_back(
        vertebral_density::from_frame(v.frame, {centre[0] + o[0], centre[1] + o[1], centre[2] + o[2]}));
  return line;
}

Polyline ring(const Vertebra& v, double above_mm) {
  constexpr int kPoints = 48;
  std::vector<Point> ellipse;
  ellipse.reserve(kPoints + 1);
  for (int n = 0; n <= kPoints; ++n) {
    const double angle = 2.0 * std::numbers::pi * n / kPoints;
    ellipse.push_back(
        {v.where->half_width_mm * std::cos(angle), v.where->half_depth_mm * std::sin(angle), above_mm});
  }
  return about_centre(v, ellipse);
}

Polyline from_side(const Vertebra& v) {
  const double d = v.where->half_depth_mm, h = 0.5 * v.where->height_mm;
  return about_centre(v, {{0, -d, -h}, {0, d, -h}, {0, d, h}, {0, -d, h}, {0, -d, -h}});
}

Polyline from_front(const Vertebra& v) {
  const double w = v.where->half_width_mm, h = 0.5 * v.where->height_mm;
  return about_centre(v, {{-w, 0, -h}, {w, 0, -h}, {w, 0, h}, {-w, 0, h}, {-w, 0, -h}});
}

}  // namespace

std::optional<CylinderLines> cylinder_lines(const Vertebra& v) {
  if (!v.where) return std::nullopt;
  return CylinderLines{from_side(v), ring(v, 0.0)};
}

std::vector<Polyline> cylinder_drawing(const Vertebra& v) {
  if (!v.where) return {};
  constexpr double kPitchMm = 2.0;
  const double h = 0.5 * v.where->height_mm;
  const int steps = std::max(1, static_cast<int>(std::ceil(2.0 * h / kPitchMm)));
  std::vector<Polyline> lines{from_side(v), from_front(v)};
  for (int n = 0; n <= steps; ++n) lines.push_back(ring(v, -h + 2.0 * h * n / steps));
  return lines;
}

}  // namespace ledd
