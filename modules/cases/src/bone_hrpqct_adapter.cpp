#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <memory>

#include "ledd/bone_hrpqct/bone_change.h"
#include "ledd/bone_hrpqct/bone_hrpqct.h"

#include "adapters.h"

namespace ledd::cases {
namespace {

constexpr const char* kName = "bone-hrpqct";
constexpr double kCoarsestMm = 0.2;
constexpr std::size_t kFewestSlices = 8;

/// Scanners write "mg HA/ccm" and the like; HU and native numbers are something else.
bool is_density(std::string words) {
  std::transform(words.begin(), words.end(), words.begin(), [](unsigned char c) {
    return static_cast<char>(std::tolower(c));
  });
  return words.find("mg") != std::string::npos && words.find("ha") != std::string::npos;
}

void use(const files::ScancoHeader& header, BoneHrpqct::Study& study) {
  const std::string file = header.version.starts_with("AIM") ? "the AIM's header" : "the ISQ's header";
  if (header.density_slope && header.density_intercept && is_density(header.density_unit))
    study.density =
        DensityEquation{*header.density_slope / header.mu_scaling, *header.density_intercept, file};
  else
    study.without_density =
        header.density_slope
            ? fmt::format("{} has one to \"{}\", which is not mg HA/cm3", file, header.density_unit)
            : fmt::format("{} states none", file);
}

void use(const dicom::Stack& header, BoneHrpqct::Study& study) {
  if (is_density(header.rescale_type)) {
    study.density =
        DensityEquation{1.0, 0.0, fmt::format("RescaleType (0028,1054) \"{}\"", header.rescale_type)};
    return;
  }
  const auto& first = header.slices.front();
  const bool one_scale = std::all_of(header.slices.begin(), header.slices.end(), [&](const dicom::Slice& s) {
    return s.rescale_slope == first.rescale_slope && s.rescale_intercept == first.rescale_intercept;
  });
  if (header.scanco && one_scale) {
    // Values are rescaled already; the equation is of stored numbers.
    const double a = header.scanco->slope / header.scanco->mu_scaling;
    study.density =
        DensityEquation{a / first.rescale_slope,
                        header.scanco->intercept - a * first.rescale_intercept / first.rescale_slope,
                        "Scanco's calibration (0029,1000), (0029,1004), (0029,1005)"};
    return;
  }
  study.without_density =
      fmt::format("RescaleType (0028,1054) is {}, and there is no calibration of Scanco (0029,1004){}",
                  header.rescale_type.empty() ? "missing" : "\"" + header.rescale_type + "\"",
                  header.scanco ? " that fits all slices" : "");
}

BoneHrpqct::Study study_of(const CaseInput& input) {
  BoneHrpqct::Study study;
  study.scan = input.scan;
  study.labels = input.labels;
  study.knows_directions = input.scanco == nullptr && !input.from_tiff;
  if (input.scanco != nullptr)
    use(*input.scanco, study);
  else if (input.header != nullptr)
    use(*input.header, study);
  else
    study.without_density = input.from_tiff ? "TIFF files state none" : "an image file states none";
  return study;
}

Match match_spacing(double x, double y, double z) {
  const double most = std::max({x, y, z});
  if (most <= kCoarsestMm) return {true, ""};
  return {false,
          fmt::format(
              "voxels of {:.3g} x {:.3g} x {:.3g} mm: {} needs at most {} mm", x, y, z, kName, kCoarsestMm)};
}

Match match_stack(const dicom::Stack& stack) {
  if (stack.modality != "CT")
    return {
        false,
        fmt::format("modality {}: {} needs CT", stack.modality.empty() ? "missing" : stack.modality, kName)};
  if (stack.localizer) return {false, "a localizer: it is not made to be measured"};
  return match_spacing(stack.pixel_spacing_mm[0], stack.pixel_spacing_mm[1], stack.slice_spacing_mm);
}

Prepared prepare(const ValueMap& given) {
  const auto& table = BoneHrpqct::Params::table();
  const auto params = table.parse(given);
  const auto pipeline = std::make_shared<const BoneHrpqct>(params);
  Prepared prepared{table.dump(params), [pipeline](const CaseInput& input, Context& context) {
                      return (*pipeline)(study_of(input), context).outcome;
                    }};
  if (params.voxel_mm > 0.0) prepared.voxel_mm = params.voxel_mm;
  return prepared;
}

PreparedChange prepare_change(const ValueMap& given) {
  const auto& table = BoneChange::Params::table();
  const auto params = table.parse(given);
  const auto change = std::make_shared<const BoneChange>(params);
  return {
      table.dump(params),
      [change](const VisitInput& baseline, const VisitInput& followup, const auto&, Context& context) {
        return (*change)({baseline.map, baseline.labels}, {followup.map, followup.labels}, context).outcome;
      }};
}

}  // namespace

Pipeline bone_hrpqct_pipeline() {
  Pipeline pipeline;
  pipeline.name = kName;
  pipeline.summary = "Density and structure of a radius or tibia from HR-pQCT or microCT.";
  pipeline.accepts =
      "One bone's slab with voxels of at most 0.2 mm, slices across the bone: Scanco AIM or ISQ; CT in "
      "DICOM; NIfTI, "
      "NRRD or MetaImage with density_from=given; slices as TIFF with voxel_mm and density_from=given. Or "
      "compartments 221 and 222 given with --labels.";
  pipeline.steps = {
      "density: numbers to mg HA/cm3 by the scan's own equation, or a given one",
      "compartments: outer and inner outline, bone by a threshold for each compartment",
      "densities: areas and mineral densities, slice by slice and in all",
      "cortex: thickness, pores and their diameter",
      "motion: an estimated grade, by the outline's sharpness in different directions",
      "trabeculae: volume fraction, thickness, separation, number, surface, connectivity, anisotropy"};
  pipeline.parameters = parameters_of(BoneHrpqct::Params::table());
  pipeline.definitions = BoneHrpqct::definitions();
  pipeline.match_stack = match_stack;
  pipeline.match_image = [](const itk::ImageBase<3>& image) {
    return match_spacing(image.GetSpacing()[0], image.GetSpacing()[1], image.GetSpacing()[2]);
  };
  pipeline.match_scanco = [](const files::ScancoHeader& header) {
    return match_spacing(header.spacing_mm[0], header.spacing_mm[1], header.spacing_mm[2]);
  };
  pipeline.match_tiff = [](const files::TiffHeader& header) -> Match {
    if (header.slices >= kFewestSlices) return {true, ""};
    return {false,
            fmt::format("{} slices as TIFF: {} needs at least {}", header.slices, kName, kFewestSlices)};
  };
  pipeline.change = ChangeRule{parameters_of(BoneChange::Params::table()),
                               BoneChange::definitions(),
                               false,
                               prepare_change,
                               "density"};
  pipeline.prepare = prepare;
  return pipeline;
}

}  // namespace ledd::cases
