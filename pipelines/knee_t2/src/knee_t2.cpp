#include "ledd/knee_t2/knee_t2.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "ledd/core/error.h"

#include "knowledge.h"
#include "pictures.h"
#include "transfer.h"

namespace ledd {
namespace {

using Quantity = CartilageRelaxometry::Quantity;

/// Null: everywhere.
Mask::Pointer where_to_fit(const Volume& first, const Labels* labels, double foreground) {
  if (foreground <= 0.0) return nullptr;
  const std::size_t count = first.GetLargestPossibleRegion().GetNumberOfPixels();
  std::vector<float> values(first.GetBufferPointer(), first.GetBufferPointer() + count);
  std::replace_if(
      values.begin(), values.end(), [](float v) { return !std::isfinite(v); }, 0.0F);
  const auto high = values.begin() + static_cast<std::ptrdiff_t>(0.99 * static_cast<double>(count - 1));
  std::nth_element(values.begin(), high, values.end());
  const double least = foreground * static_cast<double>(*high);
  require(least > 0.0, Errc::kInput, "the first echo shows nothing: its 99th percentile is not above 0");
  auto mask = Mask::New();
  mask->CopyInformation(&first);
  mask->SetRegions(first.GetLargestPossibleRegion());
  mask->Allocate(true);
  for (std::size_t v = 0; v < count; ++v)
    if (static_cast<double>(first.GetBufferPointer()[v]) > least ||
        (labels != nullptr && labels->GetBufferPointer()[v] != 0))
      mask->GetBufferPointer()[v] = 1;
  return mask;
}

Volume::Pointer as_map(const Mask& codes) {
  auto map = Volume::New();
  map->CopyInformation(&codes);
  map->SetRegions(codes.GetLargestPossibleRegion());
  map->Allocate();
  const std::size_t count = codes.GetLargestPossibleRegion().GetNumberOfPixels();
  for (std::size_t v = 0; v < count; ++v)
    map->GetBufferPointer()[v] = static_cast<float>(codes.GetBufferPointer()[v]);
  return map;
}

/// The map where a plate is labelled, NaN elsewhere: for people, who look at cartilage beside bone.
Volume::Pointer within_plates(const Volume& map, const CartilageRelaxometry::Result& regions) {
  auto result = Volume::New();
  result->CopyInformation(&map);
  result->SetRegions(map.GetLargestPossibleRegion());
  result->Allocate();
  const std::size_t count = map.GetLargestPossibleRegion().GetNumberOfPixels();
  for (std::size_t v = 0; v < count; ++v)
    result->GetBufferPointer()[v] = regions.plates->GetBufferPointer()[v] != 0
                                        ? map.GetBufferPointer()[v]
                                        : std::numeric_limits<float>::quiet_NaN();
  return result;
}

}  // namespace

const ParamTable<KneeT2::Params>& KneeT2::Params::table() {
  static const auto table =
      ParamTable<Params>()
          .add(&Params::sequence,
               "sequence",
               "What the echoes are; auto: a DESS when the second of two comes after the repetition time.",
               {{"auto", Sequence::kAuto}, {"echoes", Sequence::kEchoes}, {"dess", Sequence::kDess}})
          .add(&Params::quantity,
               "quantity",
               "What the decay is called: T2, T1rho (spin-lock times) or T2star (gradient echoes).",
               {{"t2", Quantity::kT2}, {"t1rho", Quantity::kT1rho}, {"t2star", Quantity::kT2star}})
          .add(&Params::foreground,
               "foreground",
               "1",
               "Voxels are fitted above this share of the first echo's 99th percentile; 0: all.",
               {0.0, 0.9})
          .add(&Params::display_low_ms,
               "display_low_ms",
               "ms",
               "Lower end of the pictures' colours.",
               {0.0, 5000.0})
          .add(&Params::display_high_ms,
               "display_high_ms",
               "ms",
               "Upper end of the pictures' colours.",
               {1.0, 5000.0})
          .nest(&Params::fit, "fit")
          .nest(&Params::dess, "dess")
          .nest(&Params::alignment, "alignment")
          .nest(&Params::regions, "regions");
  return table;
}

KneeT2::KneeT2(const Params& params) : params_(params) {
  Params::table().validate(params);
  require(params.display_low_ms < params.display_high_ms,
          Errc::kParam,
          fmt::format("display_low_ms = {} must be below display_high_ms = {}",
                      params.display_low_ms,
                      params.display_high_ms));
  const Relaxometry fit(params.fit);
  const DessT2 dess(params.dess);
  const CartilageRelaxometry regions(params.regions);
  const RigidAlignment alignment(params.alignment);
}

bool KneeT2::is_dess(const KneeT2Study& study) const {
  if (params_.sequence == Sequence::kDess) {
    require(study.echoes.size() == 2,
            Errc::kInput,
            fmt::format("a DESS has two echoes, this series has {}", study.echoes.size()));
    return true;
  }
  const bool beyond =
      !study.echoes.empty() && study.repetition_ms && study.echoes.back().time_ms >= *study.repetition_ms;
  if (params_.sequence == Sequence::kAuto && study.echoes.size() == 2 && beyond) return true;
  // Spin-lock times are not within a repetition.
  require(!beyond || params_.quantity == Quantity::kT1rho,
          Errc::kInput,
          fmt::format("echo time {} ms is beyond the repetition time {} ms: no train of echoes",
                      study.echoes.empty() ? 0.0 : study.echoes.back().time_ms,
                      study.repetition_ms.value_or(0.0)));
  return false;
}

KneeT2::Maps KneeT2::fit_echoes(const KneeT2Study& study,
                                const Mask* mask,
                                Result& result,
                                Context& context) const {
  const auto fit = Relaxometry(params_.fit)(study.echoes, mask, context);
  const std::string name(name_of(params_.quantity));
  auto& maps = result.outcome.maps;
  maps[name + "-SE"] = fit.se_ms;
  maps["S0"] = fit.s0;
  maps["R2"] = fit.r2;
  if (fit.offset) maps["offset"] = fit.offset;
  if (fit.b1) maps["B1"] = fit.b1;
  result.sigma_used = fit.sigma_used;
  if (!fit.noise_note.empty())
    result.outcome.notes.push_back("No voxel is flagged as noise: " + fit.noise_note + ".");
  if (fit.sigma_used > 0.0)
    result.outcome.notes.push_back(fmt::format("Noise SD: {:.4g} in the images' units.", fit.sigma_used));
  result.outcome.summary.push_back(knee_t2::fit_summary(name, fit.count));
  return {fit.value_ms, fit.quality};
}

KneeT2::Maps KneeT2::fit_dess(const KneeT2Study& study,
                              const Mask* mask,
                              Result& result,
                              Context& context) const {
  require(study.repetition_ms && study.flip_deg,
          Errc::kInput,
          fmt::format("T2 from a DESS needs {}",
                      study.repetition_ms ? "FlipAngle (0018,1314)" : "RepetitionTime (0018,0080)"));
  const DessT2::Scan scan{*study.repetition_ms,
                          study.echoes.front().time_ms,
                          *study.flip_deg,
                          study.spoiler_area_g_us_per_cm,
                          study.spoiler_us};
  const auto fit = DessT2(params_.dess)(*study.echoes[0].image, *study.echoes[1].image, scan, mask, context);
  result.by_dess = true;
  result.outcome.notes.push_back(
      fmt::format("T2 comes from the two echoes of a DESS by a closed form, with T1 taken as {:g} ms.",
                  params_.dess.t1_ms));
  if (!fit.spoiler_used)
    result.outcome.notes.emplace_back(
        "The spoiler's area and duration are not stated: its diffusion weighting is left out, and T2 is too "
        "low by "
        "what that takes.");
  result.outcome.summary.push_back(knee_t2::fit_summary(std::string(name_of(params_.quantity)), fit.count));
  return {fit.value_ms, fit.quality};
}

void KneeT2::measure(const KneeT2Study& study, const Maps& maps, Result& result, Context& context) const {
  const CartilageRelaxometry regions(params_.regions);
  result.regions = regions(*maps.value_ms, *maps.quality, *result.outcome.labels, study.sub_regions, context);
  result.outcome.measurements = regions.measurements(*result.regions, params_.quantity);
  knee_t2::mark(study, result.outcome.measurements);
  result.outcome.maps["depth"] = result.regions->depth;
  result.outcome.maps[std::string(name_of(params_.quantity)) + "-cartilage"] =
      within_plates(*maps.value_ms, *result.regions);
}

KneeT2::Result KneeT2::operator()(const KneeT2Study& study, Context& context) const {
  require(!study.echoes.empty() && study.echoes.front().image != nullptr, Errc::kInput, "there is no echo");
  for (const Echo& echo : study.echoes)
    require_same_grid(*study.echoes.front().image,
                      *echo.image,
                      fmt::format("echoes {} and {} ms", study.echoes.front().time_ms, echo.time_ms));
  const bool dess = is_dess(study);
  Result result;
  std::string no_regions = knee_t2::without_labels(study);
  knee_t2::Transferred moved;
  if (study.labels != nullptr) {
    moved = context.stage("labels", [&] { return knee_t2::transfer(study, params_.alignment, context); });
    no_regions = moved.refusal;
    result.outcome.labels = moved.labels;
    result.labels_from_echoes = moved.labels_from_echoes;
    if (!moved.note.empty()) result.outcome.notes.push_back(moved.note);
  }
  const Maps maps = context.stage("fit", [&] {
    const auto mask =
        where_to_fit(*study.echoes.front().image, result.outcome.labels.GetPointer(), params_.foreground);
    return dess ? fit_dess(study, mask.GetPointer(), result, context)
                : fit_echoes(study, mask.GetPointer(), result, context);
  });
  const std::string name(name_of(params_.quantity));
  result.outcome.maps[name] = maps.value_ms;
  result.outcome.maps[name + "-quality"] = as_map(*maps.quality);
  if (result.outcome.labels) {
    KneeT2Study on_grid = study;
    on_grid.sub_regions.labels = moved.sub_regions.GetPointer();
    context.stage("regions", [&] {
      measure(on_grid, maps, result, context);
      return 0;
    });
  } else {
    knee_t2::add_unmeasured(study, params_.quantity, no_regions, result.outcome);
  }
  conclude(result);
  return result;
}

void KneeT2::conclude(Result& result) const {
  const std::string name(name_of(params_.quantity));
  for (auto& line : knee_t2::region_summary(name, result.outcome.measurements))
    result.outcome.summary.push_back(std::move(line));
  const std::string shown = result.regions ? name + "-cartilage" : name;
  const ColourScale times{name, "ms", params_.display_low_ms, params_.display_high_ms};
  result.outcome.figures = knee_t2::figures(result.outcome, {shown, times, false});
  result.outcome.scales = knee_t2::scales(times);
}

}  // namespace ledd
