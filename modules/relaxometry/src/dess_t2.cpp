#include "ledd/relaxometry/dess_t2.h"

#include <fmt/format.h>
#include <tbb/parallel_for.h>

#include <cmath>

#include "ledd/core/error.h"

#include "maps.h"

namespace ledd {
namespace {

constexpr double kGammaRadPerGaussS = 2.0 * M_PI * 4257.7478518;  // of the proton: 42.577 MHz/T

struct Terms {
  double k = 0.0, c = 0.0, span_ms = 0.0;
};

bool knows_spoiler(const DessT2::Scan& scan) {
  return scan.spoiler_area_g_us_per_cm && scan.spoiler_us;
}

Terms terms_of(const DessT2::Scan& scan, const DessT2::Params& params) {
  // Area in G us / cm -> rad / m: 1e-6 s per us, 100 cm per m.
  const double area = knows_spoiler(scan) ? *scan.spoiler_area_g_us_per_cm : 0.0;
  const double q = kGammaRadPerGaussS * area * 1e-6 * 100.0;
  const double decay_per_ms = q * q * params.diffusivity_um2_per_ms * 1e-12;  // um2/ms = 1e-12 m2/ms
  const double angle = scan.flip_deg * M_PI / 180.0;
  const double e = std::exp(-scan.repetition_ms * (1.0 / params.t1_ms + decay_per_ms));
  Terms terms;
  terms.k = std::pow(std::sin(0.5 * angle), 2) * (1.0 + e) / (1.0 - e * std::cos(angle));
  terms.c = (scan.repetition_ms - scan.spoiler_us.value_or(0.0) * 1e-3 / 3.0) * decay_per_ms;
  terms.span_ms = 2.0 * (scan.repetition_ms - scan.echo_ms);
  return terms;
}

void require_possible(const DessT2::Scan& scan) {
  require(scan.echo_ms > 0.0 && scan.repetition_ms > scan.echo_ms && std::isfinite(scan.repetition_ms),
          Errc::kInput,
          fmt::format("TE {} ms and TR {} ms: 0 < TE < TR is needed", scan.echo_ms, scan.repetition_ms));
  require(scan.flip_deg > 0.0 && scan.flip_deg <= 180.0,
          Errc::kInput,
          fmt::format("flip angle {} degrees is not within 0..180", scan.flip_deg));
  const double area = scan.spoiler_area_g_us_per_cm.value_or(1.0), time = scan.spoiler_us.value_or(1.0);
  require(area > 0.0 && time > 0.0 && time * 1e-3 < scan.repetition_ms,
          Errc::kInput,
          fmt::format("spoiler of {} G us/cm in {} us within TR {} ms", area, time, scan.repetition_ms));
}

}  // namespace

const ParamTable<DessT2::Params>& DessT2::Params::table() {
  static const auto table =
      ParamTable<Params>()
          .add(&Params::t1_ms, "t1_ms", "ms", "T1, taken for known.", {10.0, 10000.0})
          .add(&Params::diffusivity_um2_per_ms,
               "diffusivity_um2_per_ms",
               "um2/ms",
               "Diffusivity, taken for known.",
               {0.0, 10.0})
          .add(&Params::min_ms, "min_ms", "ms", "Values below are flagged.", {0.01, 10000.0})
          .add(&Params::max_ms, "max_ms", "ms", "Values above are flagged.", {0.01, 100000.0});
  return table;
}

DessT2::DessT2(const Params& params) : params_(params) {
  Params::table().validate(params);
  require(params.min_ms < params.max_ms,
          Errc::kParam,
          fmt::format("min_ms = {} must be below max_ms = {}", params.min_ms, params.max_ms));
}

double DessT2::ratio(const Scan& scan, double t2_ms) const {
  const Terms terms = terms_of(scan, params_);
  return terms.k * std::exp(-terms.span_ms / t2_ms - terms.c);
}

DessT2::Result DessT2::operator()(
    const Volume& first, const Volume& second, const Scan& scan, const Mask* mask, Context& context) const {
  require_possible(scan);
  require_same_grid(first, second, "the two echoes");
  const auto voxels = relaxation::voxels_of(first, mask);
  context.throw_if_cancelled();
  const Terms terms = terms_of(scan, params_);
  Result result;
  result.spoiler_used = knows_spoiler(scan);
  result.value_ms = relaxation::blank_map(first);
  result.quality = relaxation::blank_codes(first);
  float* value = result.value_ms->GetBufferPointer();
  tbb::parallel_for(std::size_t{0}, voxels.size(), [&](std::size_t n) {
    const std::size_t v = voxels[n];
    const double s1 = static_cast<double>(first.GetBufferPointer()[v]);
    const double s2 = static_cast<double>(second.GetBufferPointer()[v]);
    FitQuality quality = FitQuality::kNoSignal;
    if (std::isfinite(s1) && std::isfinite(s2) && s1 > 0.0 && s2 > 0.0) {
      const double decay = -(std::log(s2 / s1 / terms.k) + terms.c);
      const double t2 = terms.span_ms / decay;
      quality = !(decay > 0.0)        ? FitQuality::kGrowing
                : t2 < params_.min_ms ? FitQuality::kAtLowerBound
                : t2 > params_.max_ms ? FitQuality::kAtUpperBound
                                      : FitQuality::kGood;
      if (decay > 0.0) value[v] = static_cast<float>(std::clamp(t2, params_.min_ms, params_.max_ms));
    }
    result.quality->GetBufferPointer()[v] = static_cast<std::uint8_t>(quality);
  });
  result.count = relaxation::counts(*result.quality);
  return result;
}

}  // namespace ledd
