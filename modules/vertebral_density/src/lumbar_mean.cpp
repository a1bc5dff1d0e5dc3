#include "ledd/vertebral_density/lumbar_mean.h"

#include <fmt/format.h>

#include <array>
#include <cmath>

#include "ledd/anatomy/anatomy.h"

namespace ledd {
namespace {

using Vertebra = VertebralDensityResult::Vertebra;

constexpr double kOsteoporosisBelow = 80.0, kNormalAbove = 120.0;  // mg K2HPO4/cm3
constexpr double kTwoSided = 1.96;

/// The two topmost usable ones of L1 to L4, and why others above them are not.
struct Choice {
  std::vector<const Vertebra*> used;
  std::string left_out;
};

std::string unusable(const Vertebra& v, const std::map<std::uint16_t, std::string>& excluded) {
  if (const auto it = excluded.find(v.id); it != excluded.end()) return it->second;
  if (auto metal = metal_reason(v); !metal.empty()) return metal;
  if (!v.where) return v.no_cylinder;
  return v.cylinder.voxels == 0 ? "no voxel in its cylinder" : "";
}

Choice choose(const VertebralDensityResult& result, const std::map<std::uint16_t, std::string>& excluded) {
  Choice choice;
  for (std::uint16_t id = anatomy::kL1; id < anatomy::kL5 && choice.used.size() < 2; ++id) {
    const Vertebra* found = nullptr;
    for (const Vertebra& v : result.vertebrae)
      if (v.id == id) found = &v;
    const std::string why = found == nullptr ? "not in view" : unusable(*found, excluded);
    if (why.empty())
      choice.used.push_back(found);
    else
      choice.left_out +=
          fmt::format("{}{}: {}", choice.left_out.empty() ? "" : "; ", anatomy::short_name(id), why);
  }
  return choice;
}

AcrCategory category_of(double vbmd) {
  if (vbmd < kOsteoporosisBelow) return AcrCategory::kOsteoporosis;
  return vbmd > kNormalAbove ? AcrCategory::kNormal : AcrCategory::kLow;
}

void categorise(LumbarMean& mean) {
  const double vbmd = *mean.vbmd_mg_per_cm3.value, se = mean.vbmd_mg_per_cm3.se.value_or(0.0);
  mean.category = category_of(vbmd);
  for (const double limit : {kOsteoporosisBelow, kNormalAbove})
    if (std::fabs(vbmd - limit) < kTwoSided * se)
      mean.category_doubt =
          fmt::format("{:.0f} +- {:.0f} mg/cm3 lies within its own error of the limit of {:.0f}",
                      vbmd,
                      kTwoSided * se,
                      limit);
}

}  // namespace

LumbarMean lumbar_mean(const VertebralDensityResult& result,
                       const DensityScale& scale,
                       const std::map<std::uint16_t, std::string>& excluded) {
  LumbarMean mean;
  mean.region = "L1-L2";
  Estimate& vbmd = mean.vbmd_mg_per_cm3;
  if (!scale.line) {
    vbmd.reason = scale.refusal;
    vbmd.inherent = true;
    return mean;
  }
  const Choice choice = choose(result, excluded);
  if (choice.used.empty()) {
    vbmd.reason = choice.left_out;
    return mean;
  }
  const DensityLine line = converted(*scale.line, Mineral::kK2HPO4);
  double hu = 0.0, variance = 0.0;
  const auto count = static_cast<double>(choice.used.size());
  for (const Vertebra* v : choice.used) {
    hu += v->cylinder.mean_hu / count;
    variance +=
        v->cylinder.sd_hu * v->cylinder.sd_hu / (static_cast<double>(v->cylinder.voxels) * count * count);
  }
  vbmd.value = line.density_mg_cm3(hu);
  vbmd.se = line.density_se_mg_cm3(hu, std::sqrt(variance));
  const std::string first = anatomy::short_name(choice.used.front()->id);
  mean.region = choice.used.size() == 1 ? first : first + "-" + anatomy::short_name(choice.used.back()->id);
  const bool usual = mean.region == "L1-L2";
  vbmd.quality = usual ? Quality::kGood : Quality::kUncertain;
  if (!usual)
    vbmd.reason = fmt::format("not L1 and L2, which the categories are made for ({})", choice.left_out);
  categorise(mean);
  return mean;
}

const std::vector<EndpointDefinition>& LumbarMean::definitions() {
  static const std::vector<EndpointDefinition> all{
      {"vBMD_mean",
       "Mean trabecular vBMD of two lumbar vertebrae",
       "mg/cm3",
       "vertebral-density/1",
       "Mean of the elliptic cylinders of L1 and L2, or of the two topmost usable of L1 to L4, in mg "
       "K2HPO4/cm3.",
       "Engelke et al., J Clin Densitom 11:123, 2008",
       "docs/bone-qct.md"},
      {"ACR_category",
       "Category of the mean vBMD",
       "1",
       "vertebral-density/1",
       "0: above 120 mg/cm3 (normal); 1: 80 to 120 (low bone mass); 2: below 80 (osteoporosis). No T-score: "
       "QCT of "
       "the spine has none of the WHO's.",
       "American College of Radiology, practice parameter for quantitative CT bone densitometry",
       "docs/bone-qct.md"}};
  return all;
}

std::vector<Measurement> measurements(const LumbarMean& mean) {
  std::vector<Measurement> out;
  const auto& all = LumbarMean::definitions();
  const Estimate& vbmd = mean.vbmd_mg_per_cm3;
  push_estimate(mean.region, definition_of("vBMD_mean", all), vbmd, out);
  Estimate category{std::nullopt, std::nullopt, vbmd.quality, vbmd.reason, vbmd.inherent};
  if (mean.category) {
    category.value = static_cast<double>(*mean.category);
    if (!mean.category_doubt.empty()) {
      category.quality = Quality::kUncertain;
      category.reason += (category.reason.empty() ? "" : "; ") + mean.category_doubt;
    }
  }
  push_estimate(mean.region, definition_of("ACR_category", all), category, out);
  return out;
}

}  // namespace ledd
