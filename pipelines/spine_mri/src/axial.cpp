#include "axial.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>

namespace ledd::spine_mri {
namespace {

/// What of the axial series serves for what.
struct Sorted {
  std::vector<ParaspinalMuscle::Source> muscles;
  std::vector<const Volume*> fluid;  ///< T2: fluid is bright.
};

bool same_grid(const Volume& a, const Volume& b) {
  try {
    require_same_grid(a, b, "");
    return true;
  } catch (const Error&) {
    return false;
  }
}

const Volume* fat_of(const SpineStudy::Series& water, const std::vector<SpineStudy::Series>& all) {
  for (const auto& other : all)
    if (other.weighting.contrast == MrContrast::kFat && same_grid(*water.image, *other.image))
      return other.image;
  return nullptr;
}

Sorted sorted(const std::vector<SpineStudy::Series>& all, std::vector<std::string>& notes) {
  using Kind = ParaspinalMuscle::Kind;
  Sorted out;
  for (const auto& series : all) {
    const auto& [contrast, fat_suppressed] =
        std::pair(series.weighting.contrast, series.weighting.fat_suppressed);
    if (contrast == MrContrast::kFat) continue;  // with its water image
    if (contrast == MrContrast::kWater) {
      if (const Volume* fat = fat_of(series, all))
        out.muscles.push_back({Kind::kWaterFat, series.image, fat});
      else
        notes.push_back(fmt::format("{} is not used: there is no fat image on its grid", series.name));
    } else if (contrast == MrContrast::kT2) {
      out.fluid.push_back(series.image);
      if (!fat_suppressed) out.muscles.push_back({Kind::kT2, series.image, nullptr});
    } else if (contrast == MrContrast::kT1 && !fat_suppressed) {
      out.muscles.push_back({Kind::kT1, series.image, nullptr});
    } else {
      notes.push_back(
          fmt::format("{} is not used: an axial {} shows neither muscle and fat nor the canal as they "
                      "are measured ({})",
                      series.name,
                      short_name(series.weighting),
                      series.weighting.reason));
    }
  }
  return out;
}

std::string file_name(const char* what, std::string region) {
  for (char& c : region) c = c == '/' ? '-' : static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return fmt::format("{}-{}", what, region);
}

Figure figure_of(unsigned axis, long slice) {
  Figure figure;
  figure.axis = axis;
  figure.slice = slice;
  figure.labels = false;
  return figure;
}

void add_sac_figures(const AxialSac::Result& sac,
                     const std::vector<const Volume*>& volumes,
                     Outcome& outcome) {
  for (const auto& level : sac.levels) {
    if (!level.csa_mm2) continue;
    Figure figure = figure_of(level.axis, level.slice);
    figure.name = file_name("axial-canal", level.region);
    figure.caption = fmt::format(
        "{}: outline of the dural sac and its front-to-back diameter, {:.1f} mm from the disc's middle.",
        level.region,
        level.distance_mm);
    figure.lines = report_lines(level);
    outcome.figure_images[figure.name] = volumes[level.volume];
    outcome.figures.push_back(std::move(figure));
  }
}

void add_muscle_figures(const ParaspinalMuscle::Result& muscles,
                        const std::vector<ParaspinalMuscle::Source>& sources,
                        Outcome& outcome) {
  for (const auto& level : muscles.levels) {
    if (!level.reason.empty()) continue;
    Figure figure = figure_of(level.axis, level.slice);
    figure.name = file_name("axial-muscles", level.region);
    figure.caption = fmt::format(
        "{}: multifidus (MF), erector spinae (ES), both where they do not part (MFES), psoas (PS); "
        "cross-section and "
        "share of fat.",
        level.region);
    figure.lines = report_lines(level);
    outcome.figure_images[figure.name] = sources[level.source].image;
    outcome.figures.push_back(std::move(figure));
  }
}

template <class T>
void append(std::vector<T>& all, const std::vector<T>& more) {
  all.insert(all.end(), more.begin(), more.end());
}

}  // namespace

void measure_axial(const SpineStudy& study,
                   const SpineMri::Params& params,
                   const SpineMri::Geometry& geometry,
                   Outcome& outcome,
                   Context& context) {
  if (study.axial.empty()) return;
  context.stage("axial", [&] {
    const Sorted use = sorted(study.axial, outcome.notes);
    if (!use.fluid.empty()) {
      const auto sac =
          AxialSac(params.axial_sac)(use.fluid, geometry.bodies, geometry.canal.centreline_lps_mm, context);
      append(outcome.measurements, measurements(sac));
      add_sac_figures(sac, use.fluid, outcome);
    }
    if (!use.muscles.empty()) {
      const auto muscles = ParaspinalMuscle(params.muscles)(use.muscles, geometry.bodies, context);
      append(outcome.measurements, measurements(muscles));
      add_muscle_figures(muscles, use.muscles, outcome);
    }
    if (!use.fluid.empty() || !use.muscles.empty())
      outcome.notes.push_back(
          "Muscles and canal on axial slices: the method was proven on digital phantoms only; look at its "
          "figures.");
    return true;
  });
}

}  // namespace ledd::spine_mri
