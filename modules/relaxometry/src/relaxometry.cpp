#include "ledd/relaxometry/relaxometry.h"

#include <fmt/format.h>
#include <tbb/blocked_range.h>
#include <tbb/parallel_for.h>

#include <cmath>

#include "ledd/core/error.h"
#include "ledd/relaxometry/background_noise.h"

#include "fitter.h"
#include "maps.h"

namespace ledd {
namespace relaxation {

std::vector<std::size_t> voxels_of(const itk::ImageBase<3>& grid, const Mask* mask) {
  const std::size_t count = grid.GetLargestPossibleRegion().GetNumberOfPixels();
  if (mask != nullptr) require_same_grid(grid, *mask, "the images and the mask");
  std::vector<std::size_t> voxels;
  voxels.reserve(count);
  for (std::size_t v = 0; v < count; ++v)
    if (mask == nullptr || mask->GetBufferPointer()[v] != 0) voxels.push_back(v);
  require(!voxels.empty(), Errc::kInput, "the mask is empty: there is no voxel to fit");
  return voxels;
}

Volume::Pointer blank_map(const itk::ImageBase<3>& grid) {
  auto map = Volume::New();
  map->CopyInformation(&grid);
  map->SetRegions(grid.GetLargestPossibleRegion());
  map->Allocate();
  map->FillBuffer(std::numeric_limits<float>::quiet_NaN());
  return map;
}

Mask::Pointer blank_codes(const itk::ImageBase<3>& grid) {
  auto codes = Mask::New();
  codes->CopyInformation(&grid);
  codes->SetRegions(grid.GetLargestPossibleRegion());
  codes->Allocate(true);
  return codes;
}

std::array<std::size_t, kFitQualities> counts(const Mask& codes) {
  std::array<std::size_t, kFitQualities> count{};
  const std::size_t all = codes.GetLargestPossibleRegion().GetNumberOfPixels();
  for (std::size_t v = 0; v < all; ++v) ++count.at(codes.GetBufferPointer()[v]);
  return count;
}

double total_squares(const Signals& signals, std::size_t lane) {
  double mean = 0.0, squares = 0.0;
  for (const auto& echo : signals) mean += echo[lane] / static_cast<double>(signals.size());
  for (const auto& echo : signals) squares += (echo[lane] - mean) * (echo[lane] - mean);
  return squares;
}

bool has_signal(const Signals& signals, std::size_t lane) {
  bool any = false;
  for (const auto& echo : signals) {
    if (!(echo[lane] >= 0.0) || !std::isfinite(echo[lane])) return false;
    any = any || echo[lane] > 0.0;
  }
  return any;
}

bool is_growing(const Signals& signals, const std::vector<double>& times_ms, std::size_t lane) {
  // The slope of SSE at 1/T = 0, where the curve is the mean: sum t (y - mean) >= 0.
  double mean = 0.0, moment = 0.0;
  for (const auto& echo : signals) mean += echo[lane] / static_cast<double>(signals.size());
  for (std::size_t i = 0; i < signals.size(); ++i) moment += times_ms[i] * (signals[i][lane] - mean);
  return moment >= 0.0;
}

}  // namespace relaxation

namespace {

using Params = Relaxometry::Params;
using relaxation::Fit;
using relaxation::kLanes;

std::size_t parameters_of(const Params& params) {
  const bool third = params.offset == Relaxometry::Offset::kFitted ||
                     (params.model == Relaxometry::Model::kEpg && params.b1 == Relaxometry::B1::kFitted);
  return third ? 3 : 2;
}

void require_times(std::span<const Echo> echoes, const Params& params) {
  require(echoes.size() >= 2,
          Errc::kInput,
          fmt::format("{} echo: a decay needs two or more echo times", echoes.size()));
  for (const Echo& echo : echoes) {
    require(echo.image != nullptr, Errc::kInput, "an echo has no image");
    require(echo.time_ms > 0.0 && std::isfinite(echo.time_ms),
            Errc::kInput,
            fmt::format("echo time {} ms is not above 0", echo.time_ms));
    require_same_grid(*echoes.front().image,
                      *echo.image,
                      fmt::format("echoes {} and {} ms", echoes[0].time_ms, echo.time_ms));
  }
  for (std::size_t i = 1; i < echoes.size(); ++i)
    require(echoes[i].time_ms > echoes[i - 1].time_ms,
            Errc::kInput,
            fmt::format("echo times {} and {} ms are {}: they must ascend",
                        echoes[i - 1].time_ms,
                        echoes[i].time_ms,
                        echoes[i].time_ms == echoes[i - 1].time_ms ? "equal" : "out of order"));
  const std::size_t used = echoes.size() - (params.first_echo == Relaxometry::FirstEcho::kDrop ? 1 : 0);
  require(used >= parameters_of(params),
          Errc::kInput,
          fmt::format("{} echoes cannot tell {} parameters", used, parameters_of(params)));
  if (params.model != Relaxometry::Model::kEpg) return;
  const double spacing = echoes[0].time_ms;
  for (std::size_t i = 1; i < echoes.size(); ++i)
    require(std::abs(echoes[i].time_ms - static_cast<double>(i + 1) * spacing) <= 0.02 * spacing,
            Errc::kInput,
            fmt::format("echo {} comes at {} ms, not at {} x {} ms: epg needs an evenly spaced train",
                        i + 1,
                        echoes[i].time_ms,
                        i + 1,
                        spacing));
}

/// The noise: as given, or read from the last echo, where least of the body shines into the air.
void find_noise(const Params& params, const Volume& last, Relaxometry::Result& result) {
  result.sigma_used = params.noise_sigma;
  if (params.noise_sigma > 0.0) return;
  const bool needed = params.model == Relaxometry::Model::kRician;
  if (!needed && params.min_snr <= 0.0) return;
  const BackgroundNoise noise = background_noise(last);
  result.sigma_used = noise.sigma;
  result.noise_note = noise.refusal;
  require(!needed || noise.refusal.empty(),
          Errc::kInput,
          noise.refusal + "; give noise_sigma, or use another model");
}

relaxation::FitterPointer fitter_of(const Params& params, const Relaxometry::Result& result) {
  const auto& times_ms = result.times_used_ms;
  switch (params.model) {
    case Relaxometry::Model::kLogLinear: return relaxation::make_log_linear(times_ms, params);
    case Relaxometry::Model::kRician: return relaxation::make_rician(times_ms, params, result.sigma_used);
    case Relaxometry::Model::kEpg: return relaxation::make_epg(times_ms, params);
    case Relaxometry::Model::kNlls: break;
  }
  return relaxation::make_nlls(times_ms, params);
}

void allocate(const Params& params, const Volume& grid, Relaxometry::Result& result) {
  for (Volume::Pointer* map : {&result.value_ms, &result.s0, &result.se_ms, &result.r2})
    *map = relaxation::blank_map(grid);
  if (params.offset == Relaxometry::Offset::kFitted) result.offset = relaxation::blank_map(grid);
  if (params.model == Relaxometry::Model::kEpg) result.b1 = relaxation::blank_map(grid);
  result.quality = relaxation::blank_codes(grid);
}

void store(const Fit& fit, std::size_t v, double least_s0, Relaxometry::Result& result) {
  FitQuality quality = fit.quality;
  const bool has_value = quality != FitQuality::kNoSignal && quality != FitQuality::kGrowing;
  if (has_value && fit.s0 < least_s0) quality = FitQuality::kNoiseFloor;
  result.quality->GetBufferPointer()[v] = static_cast<std::uint8_t>(quality);
  result.value_ms->GetBufferPointer()[v] = static_cast<float>(fit.value_ms);
  result.s0->GetBufferPointer()[v] = static_cast<float>(fit.s0);
  result.se_ms->GetBufferPointer()[v] = static_cast<float>(fit.se_ms);
  result.r2->GetBufferPointer()[v] = static_cast<float>(fit.r2);
  if (result.offset) result.offset->GetBufferPointer()[v] = static_cast<float>(fit.extra);
  if (result.b1) result.b1->GetBufferPointer()[v] = static_cast<float>(fit.extra);
}

/// Voxels eight by eight; each lands in its own place, so threads make no difference.
void fit_all(std::span<const Echo> used,
             const std::vector<std::size_t>& voxels,
             const relaxation::Fitter& fitter,
             double least_s0,
             Relaxometry::Result& result) {
  const std::size_t blocks = (voxels.size() + kLanes - 1) / kLanes;
  tbb::parallel_for(tbb::blocked_range<std::size_t>(0, blocks, 64), [&](const auto& range) {
    relaxation::Signals signals(used.size());
    std::array<Fit, kLanes> fits;
    for (std::size_t block = range.begin(); block < range.end(); ++block) {
      const std::size_t first = block * kLanes, count = std::min(kLanes, voxels.size() - first);
      for (std::size_t i = 0; i < used.size(); ++i)
        for (std::size_t l = 0; l < kLanes; ++l)
          signals[i][l] =
              static_cast<double>(used[i].image->GetBufferPointer()[voxels[first + std::min(l, count - 1)]]);
      fitter.fit(signals, fits);
      for (std::size_t l = 0; l < count; ++l) store(fits[l], voxels[first + l], least_s0, result);
    }
  });
}

}  // namespace

std::string_view name_of(FitQuality quality) noexcept {
  switch (quality) {
    case FitQuality::kOutside: return "outside";
    case FitQuality::kGood: return "good";
    case FitQuality::kAtLowerBound: return "at lower bound";
    case FitQuality::kAtUpperBound: return "at upper bound";
    case FitQuality::kGrowing: return "growing signal";
    case FitQuality::kNoSignal: return "no signal";
    case FitQuality::kNoiseFloor: return "noise floor";
    case FitQuality::kNotConverged: return "not converged";
  }
  return "";
}

const ParamTable<Params>& Params::table() {
  static const auto table =
      ParamTable<Params>()
          .add(&Params::model,
               "model",
               "What is fitted, and how.",
               {{"nlls", Model::kNlls},
                {"loglinear", Model::kLogLinear},
                {"rician", Model::kRician},
                {"epg", Model::kEpg}})
          .add(&Params::weights,
               "weights",
               "Weights of loglinear: the square of the fitted curve, or none.",
               {{"fitted", Weights::kFitted}, {"none", Weights::kNone}})
          .add(&Params::first_echo,
               "first_echo",
               "The first echo of a train has no stimulated echo in it.",
               {{"keep", FirstEcho::kKeep}, {"drop", FirstEcho::kDrop}})
          .add(&Params::offset,
               "offset",
               "A constant added to the decay; nlls only.",
               {{"none", Offset::kNone}, {"fitted", Offset::kFitted}})
          .add(&Params::min_ms, "min_ms", "ms", "Shorter times are flagged.", {0.01, 10000.0})
          .add(&Params::max_ms, "max_ms", "ms", "Longer times are flagged.", {0.01, 100000.0})
          .add(&Params::noise_sigma,
               "noise_sigma",
               "1",
               "Noise SD in the images' units; 0: read from the background.",
               {0.0, 1e9})
          .add(&Params::min_snr,
               "min_snr",
               "1",
               "S0 over noise SD below which a voxel is noise.",
               {0.0, 1000.0})
          .add(&Params::refocusing_deg,
               "refocusing_deg",
               "deg",
               "Nominal refocusing angle; epg only.",
               {20.0, 180.0})
          .add(&Params::t1_ms, "t1_ms", "ms", "T1, taken for known; epg only.", {10.0, 10000.0})
          .add(&Params::b1,
               "b1",
               "Share of the nominal angles that is reached; epg only.",
               {{"fixed", B1::kFixed}, {"fitted", B1::kFitted}});
  return table;
}

Relaxometry::Relaxometry(const Params& params) : params_(params) {
  Params::table().validate(params);
  require(params.min_ms < params.max_ms,
          Errc::kParam,
          fmt::format("min_ms = {} must be below max_ms = {}", params.min_ms, params.max_ms));
  require(params.offset == Offset::kNone || params.model == Model::kNlls,
          Errc::kParam,
          "offset = fitted needs model = nlls");
  require(params.first_echo == FirstEcho::kKeep || params.model != Model::kEpg,
          Errc::kParam,
          "first_echo = drop contradicts model = epg, which models the whole train");
}

Relaxometry::Result Relaxometry::operator()(std::span<const Echo> echoes,
                                            const Mask* mask,
                                            Context& context) const {
  require_times(echoes, params_);
  const Volume& grid = *echoes.front().image;
  const auto voxels = relaxation::voxels_of(grid, mask);
  const auto used = params_.first_echo == FirstEcho::kDrop ? echoes.subspan(1) : echoes;
  Result result;
  for (const Echo& echo : used) result.times_used_ms.push_back(echo.time_ms);
  find_noise(params_, *used.back().image, result);
  context.throw_if_cancelled();
  const auto fitter = fitter_of(params_, result);
  allocate(params_, grid, result);
  fit_all(used, voxels, *fitter, params_.min_snr * result.sigma_used, result);
  result.count = relaxation::counts(*result.quality);
  return result;
}

}  // namespace ledd
