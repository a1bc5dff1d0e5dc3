#include "ledd/density_calibration/internal_calibration.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <set>

#include "ledd/core/error.h"

namespace ledd {
namespace {

constexpr double kLowKev = 40.0, kHighKev = 120.0;
constexpr double kVolumeInWaterCm3G = 0.2174;  // of K2HPO4, as phantoms of K2HPO4 count it

/// What a tissue may read, and by how much it varies between people and ways of sampling (one SD). Fat: at 70
/// keV that of ICRU-44, with a quarter of water, reads -77 HU, pure lipid -97; people lie between and beyond.
struct Kind {
  Material tissue;
  double low_hu, high_hu, spread_hu;
  const char* otherwise;
};
constexpr std::array<Kind, 5> kKinds{
    {{Material::kAir, -1050, -940, 4, "not air, or not HU"},
     {Material::kFat, -150, -50, 20, "not fat"},
     {Material::kBlood, 10, 90, 12, "contrast medium, or no blood"},
     {Material::kMuscle, 10, 100, 10, "fatty, contrast-enhanced or no muscle"},
     {Material::kCorticalBone, 700, 2400, 120, "thin, porous or no cortical bone"}}};

const Kind* kind_of(Material tissue) {
  for (const Kind& kind : kKinds)
    if (kind.tissue == tissue) return &kind;
  return nullptr;
}

double relative(Material material, double g_cm3, double energy_kev) {
  return hounsfield(material, g_cm3, energy_kev) / 1000.0 + 1.0;
}

/// Energy, and the scale that fits best at it.
struct Fit {
  double energy_kev = 0, scale = 1, misfit = 0;  ///< Weighted squares, with the scanner's water as one.
};

class Problem {
 public:
  Problem(const std::vector<TissueSample>& samples, const InternalCalibration::Params& params)
      : samples_(samples), water_sd_hu_(params.water_sd_hu), params_(params) {}

  double sd(const TissueSample& sample) const {
    const double of_mean =
        sample.sd_hu / std::sqrt(static_cast<double>(std::max<std::size_t>(1, sample.voxels)));
    return std::hypot(kind_of(sample.tissue)->spread_hu, of_mean);
  }
  double model(const TissueSample& sample, double energy_kev, double scale) const {
    return 1000.0 * scale * relative(sample.tissue, density_g_cm3(sample.tissue), energy_kev) - 1000.0;
  }

  Fit at(double energy_kev) const {
    // Linear in the scale: weighted least squares, and water = 1000 (scale - 1) about 0.
    double xx = std::pow(1000.0 / water_sd_hu_, 2), xy = xx;
    for (const TissueSample& sample : samples_) {
      const double x =
          1000.0 * relative(sample.tissue, density_g_cm3(sample.tissue), energy_kev) / sd(sample);
      xx += x * x;
      xy += x * (sample.hu + 1000.0) / sd(sample);
    }
    Fit fit{energy_kev, xy / xx, 0};
    fit.misfit = std::pow(1000.0 * (fit.scale - 1.0) / water_sd_hu_, 2);
    if (params_.expected_kev > 0.0)
      fit.misfit += std::pow((energy_kev - params_.expected_kev) / params_.expected_sd_kev, 2);
    for (const TissueSample& sample : samples_)
      fit.misfit += std::pow((sample.hu - model(sample, energy_kev, fit.scale)) / sd(sample), 2);
    return fit;
  }

  Fit best() const {
    Fit best = at(kLowKev);
    for (double energy = kLowKev; energy <= kHighKev; energy += 0.5)
      if (const Fit fit = at(energy); fit.misfit < best.misfit) best = fit;
    double low = std::max(kLowKev, best.energy_kev - 0.5), high = std::min(kHighKev, best.energy_kev + 0.5);
    for (int n = 0; n < 60; ++n) {  // thirds
      const double a = low + (high - low) / 3.0, b = high - (high - low) / 3.0;
      (at(a).misfit < at(b).misfit ? high : low) = at(a).misfit < at(b).misfit ? b : a;
    }
    return at(0.5 * (low + high));
  }

  /// Covariance of (energy, scale): the inverse of J'J, no less than the misfit asks for.
  std::array<double, 3> covariance(const Fit& fit) const {
    double ee = params_.expected_kev > 0.0 ? std::pow(params_.expected_sd_kev, -2) : 0.0;
    double es = 0, ss = std::pow(1000.0 / water_sd_hu_, 2);
    for (const TissueSample& sample : samples_) {
      const double step = 0.25;
      const double e = (model(sample, fit.energy_kev + step, fit.scale) -
                        model(sample, fit.energy_kev - step, fit.scale)) /
                       (2.0 * step * sd(sample));
      const double s = (model(sample, fit.energy_kev, fit.scale) + 1000.0) / fit.scale / sd(sample);
      ee += e * e;
      es += e * s;
      ss += s * s;
    }
    const double free =
        std::max(1.0, static_cast<double>(samples_.size()) - 1.0);  // with water's own, less two
    const double factor = std::max(1.0, fit.misfit / free) / (ee * ss - es * es);
    return {ss * factor, -es * factor, ee * factor};
  }

 private:
  const std::vector<TissueSample>& samples_;
  double water_sd_hu_;
  const InternalCalibration::Params& params_;
};

Material material_of(InternalCalibration::Base base) {
  return base == InternalCalibration::Base::kFat      ? Material::kFat
         : base == InternalCalibration::Base::kMuscle ? Material::kMuscle
                                                      : Material::kWater;
}

/// Slope and intercept of HU against mg/cm3.
std::array<double, 2> line_at(const InternalCalibration::Params& params, double energy_kev, double scale) {
  const Material mineral = params.mineral == Mineral::kHA ? Material::kHA : Material::kK2HPO4;
  const Material base = material_of(params.base);
  const bool dissolved = mineral == Material::kK2HPO4 && base == Material::kWater;
  const double volume_cm3_g = dissolved ? kVolumeInWaterCm3G : 1.0 / density_g_cm3(mineral);
  const double of_base = relative(base, density_g_cm3(base), energy_kev);
  return {scale * (relative(mineral, 1.0, energy_kev) - volume_cm3_g * of_base),
          1000.0 * (scale * of_base - 1.0)};
}

DensityLine line_of(const InternalCalibration::Params& params,
                    const Fit& fit,
                    const std::array<double, 3>& cov) {
  const auto at = line_at(params, fit.energy_kev, fit.scale);
  const double de = 0.25, ds = 1e-4;
  const auto e1 = line_at(params, fit.energy_kev + de, fit.scale),
             e0 = line_at(params, fit.energy_kev - de, fit.scale);
  const auto s1 = line_at(params, fit.energy_kev, fit.scale + ds),
             s0 = line_at(params, fit.energy_kev, fit.scale - ds);
  std::array<std::array<double, 2>, 2> j{};
  for (std::size_t n = 0; n < 2; ++n) j[n] = {(e1[n] - e0[n]) / (2 * de), (s1[n] - s0[n]) / (2 * ds)};
  const auto product = [&](std::size_t a, std::size_t b) {
    return j[a][0] * j[b][0] * cov[0] + (j[a][0] * j[b][1] + j[a][1] * j[b][0]) * cov[1] +
           j[a][1] * j[b][1] * cov[2];
  };
  DensityLine line;
  line.source = "internal";
  line.mineral = params.mineral;
  line.sigma_hu = at[0];
  line.beta_hu = at[1];
  line.var_sigma = product(0, 0);
  line.var_beta = product(1, 1);
  line.covariance = product(0, 1);
  return line;
}

void check(const std::vector<TissueSample>& samples) {
  std::set<Material> met;
  for (const TissueSample& sample : samples) {
    const auto name = name_of(sample.tissue);
    require(kind_of(sample.tissue) != nullptr,
            Errc::kInput,
            fmt::format("{} is no tissue to calibrate by", name));
    require(met.insert(sample.tissue).second, Errc::kInput, fmt::format("{} was given twice", name));
    require(std::isfinite(sample.hu) && sample.sd_hu >= 0.0,
            Errc::kInput,
            fmt::format("{} reads {} HU, SD {} HU", name, sample.hu, sample.sd_hu));
  }
}

/// What makes the tissues unfit, before any fit.
std::string implausible(const std::vector<TissueSample>& samples) {
  for (const TissueSample& sample : samples) {
    const Kind& kind = *kind_of(sample.tissue);
    if (!(sample.hu >= kind.low_hu && sample.hu <= kind.high_hu))
      return fmt::format("{} reads {:.0f} HU, not in {}..{} HU: {}",
                         name_of(sample.tissue),
                         sample.hu,
                         kind.low_hu,
                         kind.high_hu,
                         kind.otherwise);
  }
  const bool fat = std::any_of(
      samples.begin(), samples.end(), [](const TissueSample& s) { return s.tissue == Material::kFat; });
  if (samples.size() < 3 || !fat)
    return fmt::format(
        "{} tissues{}; three are needed, fat among them", samples.size(), fat ? "" : " without fat");
  return {};
}

}  // namespace

const ParamTable<InternalCalibration::Params>& InternalCalibration::Params::table() {
  static const auto table =
      ParamTable<Params>()
          .add(&Params::mineral,
               "mineral",
               "What the density is of.",
               {{"K2HPO4", Mineral::kK2HPO4}, {"HA", Mineral::kHA}})
          .add(&Params::base,
               "base",
               "What the mineral lies in.",
               {{"water", Base::kWater}, {"fat", Base::kFat}, {"muscle", Base::kMuscle}})
          .add(&Params::water_sd_hu, "water_sd_hu", "HU", "What a scanner's water may be off.", {0.1, 50})
          .add(&Params::expected_kev,
               "expected_kev",
               "keV",
               "Effective energy known from elsewhere; 0 for none.",
               {0, 120})
          .add(&Params::expected_sd_kev, "expected_sd_kev", "keV", "Its error.", {0.1, 50})
          .add(&Params::max_misfit, "max_misfit", "1", "Of a tissue, in SDs of its spread.", {1, 10})
          .add(&Params::max_energy_se_kev, "max_energy_se_kev", "keV", "Of the effective energy.", {0.5, 50});
  return table;
}

InternalCalibration::InternalCalibration(const Params& params) : params_(params) {
  Params::table().validate(params_);
}

InternalCalibration::Result InternalCalibration::operator()(const std::vector<TissueSample>& samples) const {
  check(samples);
  Result result;
  result.refusal = implausible(samples);
  if (!result.refusal.empty()) return result;
  const Problem problem(samples, params_);
  const Fit fit = problem.best();
  const auto cov = problem.covariance(fit);
  result.energy_kev = fit.energy_kev;
  result.energy_se_kev = std::sqrt(cov[0]);
  result.water_hu = 1000.0 * (fit.scale - 1.0);
  result.water_se_hu = 1000.0 * std::sqrt(cov[2]);
  for (const TissueSample& sample : samples) {
    result.residuals_hu.push_back(sample.hu - problem.model(sample, fit.energy_kev, fit.scale));
    if (!(std::fabs(result.residuals_hu.back()) <= params_.max_misfit * problem.sd(sample)))
      result.refusal = fmt::format("{} reads {:+.0f} HU off what {:.0f} keV asks for",
                                   name_of(sample.tissue),
                                   result.residuals_hu.back(),
                                   fit.energy_kev);
  }
  if (fit.energy_kev < kLowKev + 1.0 || fit.energy_kev > kHighKev - 1.0)
    result.refusal = fmt::format("the tissues ask for an energy outside {}..{} keV", kLowKev, kHighKev);
  else if (!(result.energy_se_kev <= params_.max_energy_se_kev))
    result.refusal =
        fmt::format("the tissues leave the energy open: {:.0f} keV with a standard error of {:.0f} keV",
                    fit.energy_kev,
                    result.energy_se_kev);
  if (result.refusal.empty()) {
    result.line = line_of(params_, fit, cov);
    result.line->points = static_cast<int>(samples.size());
  }
  return result;
}

}  // namespace ledd
