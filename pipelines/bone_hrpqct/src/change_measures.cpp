#include "change_measures.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "ledd/anatomy/bone.h"
#include "ledd/bone_hrpqct/bone_hrpqct.h"
#include "ledd/compartment_density/compartment_density.h"
#include "ledd/measurement/estimate.h"
#include "ledd/trabecular_structure/trabecular_structure.h"

#include "on_grid.h"

namespace ledd::bone_hrpqct {
namespace {

const std::vector<EndpointDefinition>& single() {
  static const auto all = BoneHrpqct::definitions();
  return all;
}

Mask::Pointer both(const Mask& a, const Mask& b) {
  const std::uint8_t *p = a.GetBufferPointer(), *q = b.GetBufferPointer();
  return where<Mask>(a, [=](std::size_t n) -> std::uint8_t { return p[n] != 0 && q[n] != 0 ? 1 : 0; });
}

struct Mean {
  double sum = 0.0;
  std::size_t count = 0;
  std::optional<double> value() const {
    return count == 0 ? std::nullopt : std::optional(sum / static_cast<double>(count));
  }
};

/// Mean of an image where a mask is set; of values above 0 only, where `positive`.
Mean mean_in(const Volume& image, const Mask& mask, bool positive) {
  const std::size_t count = mask.GetLargestPossibleRegion().GetNumberOfPixels();
  Mean mean;
  for (std::size_t n = 0; n < count; ++n) {
    const float value = image.GetBufferPointer()[n];
    if (mask.GetBufferPointer()[n] == 0 || (positive && !(value > 0.0F))) continue;
    mean.sum += static_cast<double>(value);
    ++mean.count;
  }
  return mean;
}

class Rows {
 public:
  void put(const ChangeKey& key, std::optional<double> value, const char* without) {
    const auto& definition = definition_of(key.endpoint, single());
    rows_.insert_or_assign(
        key.endpoint,
        value ? measured(key.region, definition, *value) : failed(key.region, definition, without));
  }
  void put(const std::vector<Measurement>& rows) {
    for (const ChangeKey& key : change_keys())
      for (const Measurement& row : rows)
        if (row.endpoint == key.endpoint && row.region == key.region &&
            (row.statistic == "value" || row.statistic == "mean"))
          rows_.insert_or_assign(key.endpoint, row);
  }
  Measures take() { return std::move(rows_); }

 private:
  Measures rows_;
};

/// What of the bone lies in the compartment but beyond the region bounds spheres no more than before.
std::vector<Measurement> trabeculae_in(const VisitMasks& masks,
                                       const Mask& inner,
                                       const Mask& bone,
                                       Context& context) {
  const std::uint8_t *tb = inner.GetBufferPointer(), *all = masks.periosteal->GetBufferPointer();
  const auto rest =
      where<Mask>(inner, [=](std::size_t n) -> std::uint8_t { return all[n] != 0 && tb[n] == 0 ? 1 : 0; });
  return measurements(TrabecularStructure()({bone, inner, *rest}, context));
}

/// The same definition as its change.
EndpointDefinition change_of(const EndpointDefinition& d, bool relative) {
  return {d.key + (relative ? "_change_rel" : "_change"),
          fmt::format("{} of {}{}",
                      relative ? "Relative change" : "Change",
                      static_cast<char>(std::tolower(static_cast<unsigned char>(d.title[0]))),
                      d.title.substr(1)),
          relative ? "%" : d.unit,
          "density-registered/1",
          relative ? fmt::format("{}_change in percent of the baseline.", d.key)
                   : fmt::format(
                         "{} of the common region at follow-up minus that at baseline, each on its own grid.",
                         d.key),
          "MacNeil and Boyd, Med Eng Phys 30:792, 2008",
          "Measured on digital bones: docs/bone-hrpqct.md."};
}

}  // namespace

const std::vector<ChangeKey>& change_keys() {
  static const std::vector<ChangeKey> keys{{"Tt_BMD", "Tt"},
                                           {"Tb_BMD", "Tb"},
                                           {"Ct_BMD", "Ct"},
                                           {"Ct_TMD", "Ct"},
                                           {"Tb_Ar", "Tb"},
                                           {"Ct_Ar", "Ct"},
                                           {"Ct_Th", "Ct"},
                                           {"Ct_Po", "Ct"},
                                           {"BV_TV", "Tb"},
                                           {"Tb_Th", "Tb"},
                                           {"Tb_Sp", "Tb"},
                                           {"Tb_N", "Tb"}};
  return keys;
}

VisitMasks masks_of(const Labels& labels) {
  const std::uint16_t* const in = labels.GetBufferPointer();
  const auto of = [&](auto rule) {
    return where<Mask>(labels, [=](std::size_t n) -> std::uint8_t { return rule(in[n]) ? 1 : 0; });
  };
  using anatomy::kCorticalCompartment;
  using anatomy::kTrabecularCompartment;
  return {of([](std::uint16_t id) { return id == kCorticalCompartment || id == kTrabecularCompartment; }),
          of([](std::uint16_t id) { return id == kTrabecularCompartment; }),
          of([](std::uint16_t id) { return id == kCorticalCompartment; })};
}

Measures measure_in(const BoneVisit& visit,
                    const VisitMasks& masks,
                    const Mask& region,
                    double length_mm,
                    const BoneChange::Params& params,
                    Context& context) {
  BoneCompartments::Params thresholds;
  thresholds.bone_sigma_vox = params.bone_sigma_vox;
  thresholds.trabecular_mg_per_cm3 = params.trabecular_mg_per_cm3;
  thresholds.cortical_mg_per_cm3 = params.cortical_mg_per_cm3;
  const auto bone =
      BoneCompartments(thresholds).bone(*visit.density, *masks.trabecular, *masks.cortical, context);
  const auto inner = both(*masks.trabecular, region), outer = both(*masks.cortical, region);
  const double voxel_mm = region.GetSpacing()[0], scale = voxel_mm * voxel_mm * voxel_mm / length_mm;
  const Mean tt = mean_in(*visit.density, region, false), tb = mean_in(*visit.density, *inner, false),
             ct = mean_in(*visit.density, *outer, false);
  constexpr const char* kNoTb = "the common region holds nothing of the trabecular compartment";
  constexpr const char* kNoCt = "the common region holds nothing of the cortical compartment";
  Rows rows;
  rows.put({"Tt_BMD", "Tt"}, tt.value(), "the common region is empty");
  rows.put({"Tb_BMD", "Tb"}, tb.value(), kNoTb);
  rows.put({"Ct_BMD", "Ct"}, ct.value(), kNoCt);
  rows.put({"Ct_TMD", "Ct"}, mean_in(*visit.density, *both(*bone, *outer), false).value(), kNoCt);
  const auto area = [scale](const Mean& m) {
    return m.count == 0 ? std::nullopt : std::optional(scale * static_cast<double>(m.count));
  };
  rows.put({"Tb_Ar", "Tb"}, area(tb), kNoTb);
  rows.put({"Ct_Ar", "Ct"}, area(ct), kNoCt);
  std::optional<double> thickness, pores;
  if (ct.count > 0) {
    const auto cortex = CorticalStructure(params.cortex)(*masks.cortical, *bone, context);
    thickness = mean_in(*cortex.thickness_mm, *outer, true).value();
    pores = 100.0 * static_cast<double>(mean_in(*visit.density, *both(*cortex.pores, *outer), false).count) /
            static_cast<double>(ct.count);
  }
  rows.put({"Ct_Th", "Ct"}, thickness, kNoCt);
  rows.put({"Ct_Po", "Ct"}, pores, kNoCt);
  for (const ChangeKey& key : change_keys())
    if (std::string_view(key.region) == "Tb" && tb.count == 0) rows.put(key, std::nullopt, kNoTb);
  if (tb.count > 0) rows.put(trabeculae_in(masks, *inner, *bone, context));
  return rows.take();
}

std::vector<Measurement> changes(const Measures& before, const Measures& after) {
  static const auto definitions = change_definitions();
  std::vector<Measurement> out;
  out.reserve(4 * change_keys().size());
  for (const ChangeKey& key : change_keys()) {
    const auto& absolute = definition_of(std::string(key.endpoint) + "_change", definitions);
    const auto& relative = definition_of(std::string(key.endpoint) + "_change_rel", definitions);
    const Measurement &a = before.at(key.endpoint), &b = after.at(key.endpoint);
    if (!a.value || !b.value) {
      const std::string why = a.value ? "follow-up: " + b.reason : "baseline: " + a.reason;
      out.push_back(failed(key.region, absolute, why));
      out.push_back(failed(key.region, relative, why));
      continue;
    }
    const Quality quality = std::max(a.quality, b.quality);
    const std::string& reason = a.quality == quality ? a.reason : b.reason;
    const auto add = [&](const EndpointDefinition& d, double value, const char* statistic) {
      out.push_back(graded(key.region, d, value, quality, reason));
      out.back().statistic = statistic;
    };
    add(absolute, *b.value - *a.value, "value");
    add(absolute, *a.value, "baseline");
    add(absolute, *b.value, "followup");
    if (*a.value > 0.0)
      add(relative, 100.0 * (*b.value / *a.value - 1.0), "value");
    else
      out.push_back(inherent(failed(key.region, relative, "it is 0 at baseline")));
  }
  return out;
}

std::vector<EndpointDefinition> change_definitions() {
  std::vector<EndpointDefinition> all;
  all.reserve(2 * change_keys().size());
  for (const ChangeKey& key : change_keys())
    for (const bool relative : {false, true})
      all.push_back(change_of(definition_of(key.endpoint, single()), relative));
  return all;
}

}  // namespace ledd::bone_hrpqct
