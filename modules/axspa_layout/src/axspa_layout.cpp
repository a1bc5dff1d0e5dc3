#include "ledd/axspa_layout/axspa_layout.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <numeric>
#include <set>

#include "ledd/anatomy/anatomy.h"
#include "ledd/core/error.h"

#include "quadrant_lesions.h"

namespace ledd {
namespace {

using axspa::Judged;
using axspa::Lesion;
using spine_signal::Marrow;
using spine_signal::Offset;
using spine_signal::Slices;
using Dvu = AxspaLayout::Dvu;
using Params = AxspaLayout::Params;

constexpr const char* kNotRead = "pre-filled for a reader, not read";
constexpr std::size_t kSlicesScored = 3;
constexpr std::size_t kDvusScored = 6;
constexpr std::size_t kDvusOfTheSpine = 23;
constexpr double kStepOfK = 0.5;
constexpr std::size_t kSacShows = 10;  // voxels of the sac that make a slice central

/// All that does not hang on the threshold.
struct Scene {
  const Volume* stir = nullptr;
  Slices slices;
  std::vector<Marrow> bodies;
  std::vector<Judged> judged;
  std::vector<std::string> reference_notes;              ///< Per body; empty: its own centre.
  std::map<std::uint16_t, spine_signal::CsfSignal> csf;  ///< By the id of the body above the disc.
  std::set<int> central;
};

std::uint16_t disc_of(const Marrow& above) {
  return static_cast<std::uint16_t>(above.id + anatomy::kDiscOffset);
}

/// The body whose centre is the reference: the body itself, or the nearest whose centre is not bright.
std::vector<std::size_t> reference_bodies(const std::vector<spine_signal::MarrowReference>& own,
                                          double max_ratio) {
  std::vector<double> medians;
  for (const auto& r : own)
    if (r.voxels > 0) medians.push_back(r.median);
  const double usual = medians.empty() ? 0.0 : spine_signal::median(medians);
  const auto normal = [&](std::size_t n) { return own[n].voxels > 0 && own[n].median <= max_ratio * usual; };
  std::vector<std::size_t> of(own.size());
  for (std::size_t n = 0; n < own.size(); ++n) {
    of[n] = n;
    if (normal(n)) continue;
    for (std::size_t away = 1; away < own.size() && of[n] == n; ++away) {
      if (n >= away && normal(n - away))
        of[n] = n - away;
      else if (n + away < own.size() && normal(n + away))
        of[n] = n + away;
    }
  }
  return of;
}

void judge_bodies(const AxspaLayout::Images& images, const Params& p, Scene& scene) {
  const Slices& s = scene.slices;
  const auto stir = spine_signal::flattened(*images.stir, s, scene.bodies);
  std::vector<std::vector<float>> t1;
  if (images.t1 != nullptr) t1 = spine_signal::flattened(*images.t1, s, scene.bodies);
  std::vector<spine_signal::MarrowReference> own;
  for (std::size_t n = 0; n < scene.bodies.size(); ++n)
    own.push_back(spine_signal::reference_of(scene.bodies[n].voxels, stir[n], p.least_scatter));
  const auto of = reference_bodies(own, p.max_centre_ratio);
  const double skip_mm = std::max(p.skip_mm, 1.5 * s.in_plane_mm());
  for (std::size_t n = 0; n < scene.bodies.size(); ++n) {
    const Marrow& body = scene.bodies[n];
    Judged j;
    j.body = &body;
    j.positions = spine_signal::inner(body, skip_mm, spine_signal::Vein::kKeep);
    j.z = spine_signal::z_scores(s, body, stir[n], j.positions, own[of[n]]);
    if (images.t1 != nullptr) {
      const auto reference = spine_signal::reference_of(body.voxels, t1[n], p.least_scatter);
      for (const float z : spine_signal::z_scores(s, body, t1[n], j.positions, reference))
        j.fat.push_back(z > p.k);
    }
    scene.judged.push_back(std::move(j));
    scene.reference_notes.push_back(of[n] == n ? ""
                                               : fmt::format("the centre of {} is bright: compared with {}",
                                                             body.region,
                                                             scene.bodies[of[n]].region));
  }
}

Scene scene_of(const AxspaLayout::Images& images,
               const Labels& labels,
               const SpineResult& spine,
               const Params& p) {
  Scene scene;
  scene.stir = images.stir;
  scene.slices = spine_signal::slices_of(labels);
  scene.bodies = spine_signal::marrow_of(labels, spine);
  judge_bodies(images, p, scene);
  std::map<int, std::size_t> sac;
  for (const Offset v : spine_signal::voxels_of(labels, anatomy::kCanal)) ++sac[scene.slices.slice(v)];
  for (const auto& [slice, count] : sac)
    if (count >= kSacShows) scene.central.insert(slice);
  for (std::size_t n = 0; n + 1 < scene.bodies.size(); ++n) {
    const auto& a = scene.bodies[n].frame;
    const auto& b = scene.bodies[n + 1].frame;
    spine_signal::LevelBand band{{}, a.superior, p.csf_half_band_mm};
    for (unsigned c = 0; c < 3; ++c) band.centre_lps_mm[c] = 0.5 * (a.centre_lps_mm[c] + b.centre_lps_mm[c]);
    scene.csf[scene.bodies[n].id] =
        spine_signal::csf_at(*images.stir, labels, band, spine_signal::CsfLooks::kBright);
  }
  return scene;
}

int points_of(const AxspaLayout::Slice& slice) {
  int points = 0;
  bool intense = false, deep = false;
  for (const auto& q : slice.quadrants) {
    points += q.lesion ? 1 : 0;
    intense = intense || q.intense;
    deep = deep || q.deep;
  }
  return points + (intense ? 1 : 0) + (deep ? 1 : 0);
}

/// The neighbouring slices with most points; of equals those nearest to the middle of the body.
void choose(Dvu& dvu, int middle) {
  std::optional<std::size_t> best;
  int best_points = -1;
  double best_away = 0.0;
  std::size_t best_length = 0;
  for (std::size_t first = 0; first < dvu.slices.size(); ++first) {
    std::size_t length = 1;
    while (length < kSlicesScored && first + length < dvu.slices.size() &&
           dvu.slices[first + length].slice == dvu.slices[first].slice + static_cast<int>(length))
      ++length;
    int points = 0;
    for (std::size_t n = first; n < first + length; ++n) points += dvu.slices[n].points;
    const double away = std::fabs(dvu.slices[first].slice + 0.5 * (static_cast<double>(length) - 1.0) -
                                  static_cast<double>(middle));
    const bool better =
        length > best_length ||
        (length == best_length && (points > best_points || (points == best_points && away < best_away)));
    if (best && !better) continue;
    best = first;
    best_points = points;
    best_away = away;
    best_length = length;
  }
  if (!best) return;
  for (std::size_t n = *best; n < *best + best_length; ++n) dvu.slices[n].chosen = true;
  dvu.score = best_points;
  if (best_length < kSlicesScored)
    dvu.reason += fmt::format("; partial: {} of 3 neighbouring slices show both bodies", best_length);
}

Dvu dvu_of(const Scene& scene,
           std::size_t n,
           const std::vector<std::vector<Lesion>>& lesions,
           const Params& p) {
  const Marrow& above = scene.bodies[n];
  const Marrow& below = scene.bodies[n + 1];
  Dvu dvu;
  dvu.disc = disc_of(above);
  dvu.region = above.region + "/" + below.region;
  dvu.reason = kNotRead;
  for (const std::size_t b : {n, n + 1}) {
    if (!scene.bodies[b].voxels.empty()) continue;
    dvu.reason = fmt::format("{}: {}", scene.bodies[b].region, scene.bodies[b].reason);
    return dvu;
  }
  const auto& csf = scene.csf.at(above.id);
  const auto intense_from = csf.value ? std::optional(p.intense_of_csf * *csf.value) : std::nullopt;
  std::vector<int> both;
  std::set_intersection(above.slices.begin(),
                        above.slices.end(),
                        below.slices.begin(),
                        below.slices.end(),
                        std::back_inserter(both));
  for (const int at : both) {
    AxspaLayout::Slice slice;
    slice.slice = at;
    slice.central = scene.central.contains(at);
    const auto upper =
        half_of(scene.slices, *scene.stir, scene.judged[n], {lesions[n], {at, false, intense_from}}, p);
    const auto lower = half_of(
        scene.slices, *scene.stir, scene.judged[n + 1], {lesions[n + 1], {at, true, intense_from}}, p);
    slice.quadrants = {upper.quadrants[0], upper.quadrants[1], lower.quadrants[0], lower.quadrants[1]};
    slice.points = points_of(slice);
    for (const auto* half : {&upper, &lower})
      dvu.lesion_voxels.insert(dvu.lesion_voxels.end(), half->voxels.begin(), half->voxels.end());
    dvu.slices.push_back(slice);
  }
  std::sort(dvu.lesion_voxels.begin(), dvu.lesion_voxels.end());
  if (both.empty()) {
    dvu.reason = "no slice shows both bodies";
    return dvu;
  }
  choose(dvu, above.middle_slice);
  if (!csf.value) dvu.reason += "; no point for intensity: " + csf.reason;
  for (const std::size_t b : {n, n + 1})
    if (!scene.reference_notes[b].empty()) dvu.reason += "; " + scene.reference_notes[b];
  return dvu;
}

std::vector<Dvu> dvus_of(const Scene& scene, const Params& p) {
  std::vector<std::vector<Lesion>> lesions;
  lesions.reserve(scene.judged.size());
  for (const Judged& j : scene.judged) lesions.push_back(lesions_of(scene.slices, j, p));
  std::vector<Dvu> dvus;
  for (std::size_t n = 0; n + 1 < scene.bodies.size(); ++n) {
    // Bodies with one unlabelled between them share no disc.
    const std::uint16_t next = scene.bodies[n + 1].id;
    if (anatomy::vertebra_below(scene.bodies[n].id) != next &&
        anatomy::vertebra_above(next) != scene.bodies[n].id && next != anatomy::kL6 && next != anatomy::kT13)
      continue;
    dvus.push_back(dvu_of(scene, n, lesions, p));
  }
  return dvus;
}

/// Sum of the six highest, and how many have a score.
std::pair<int, std::size_t> six_highest(const std::vector<Dvu>& dvus) {
  std::vector<int> scores;
  for (const Dvu& d : dvus)
    if (d.score) scores.push_back(*d.score);
  std::sort(scores.rbegin(), scores.rend());
  const std::size_t used = std::min(kDvusScored, scores.size());
  return {std::accumulate(scores.begin(), scores.begin() + static_cast<std::ptrdiff_t>(used), 0),
          scores.size()};
}

void set_six(AxspaLayout::Result& r) {
  const auto [sum, seen] = six_highest(r.dvus);
  if (seen == 0) {
    r.six_dvu_reason = "no disco-vertebral unit could be looked at";
    return;
  }
  r.six_dvu = sum;
  r.six_dvu_reason = kNotRead;
  if (seen < kDvusScored)
    r.six_dvu_reason += fmt::format("; partial: the sum of {} units, 6 are needed", seen);
  else if (seen < kDvusOfTheSpine)
    r.six_dvu_reason += fmt::format("; the six highest of {} units in view, of 23 of the spine", seen);
}

/// Half of what the threshold moves.
void set_errors(const std::vector<Dvu>& more, const std::vector<Dvu>& less, AxspaLayout::Result& r) {
  for (std::size_t n = 0; n < r.dvus.size(); ++n)
    if (more[n].score && less[n].score) r.dvus[n].score_se = 0.5 * std::abs(*more[n].score - *less[n].score);
  r.six_dvu_se = 0.5 * std::abs(six_highest(more).first - six_highest(less).first);
}

/// The slice with most lesion voxels, else the middle one, and the quadrants in it.
void set_figure(const Scene& scene, AxspaLayout::Result& r) {
  std::map<int, std::size_t> by_slice;
  for (const Dvu& d : r.dvus)
    for (const Offset v : d.lesion_voxels) ++by_slice[scene.slices.slice(v)];
  for (const Marrow& b : scene.bodies)
    if (!b.voxels.empty()) ++by_slice[b.middle_slice];
  if (by_slice.empty()) return;
  r.figure_slice = std::max_element(by_slice.begin(), by_slice.end(), [](const auto& a, const auto& b) {
                     return a.second < b.second;
                   })->first;
  for (const Marrow& b : scene.bodies)
    for (const bool upper : {false, true})
      for (const bool back : {false, true}) {
        std::vector<Offset> voxels;
        for (const auto& v : b.voxels)
          if ((v.height() > 0.5) == upper && (v.depth() > 0.5) == back) voxels.push_back(v.voxel);
        if (b.id == anatomy::kS1 && !upper) continue;
        for (auto& line : spine_signal::outline(scene.slices, voxels, r.figure_slice, {150, 150, 170}))
          r.grid_lines.push_back(std::move(line));
      }
}

}  // namespace

const ParamTable<AxspaLayout::Params>& AxspaLayout::Params::table() {
  static const auto table =
      ParamTable<Params>()
          .add(&Params::k,
               "k",
               "1",
               "Scatters above the body's centre from which marrow is bright.",
               {0.6, 20})
          .add(&Params::least_scatter,
               "least_scatter",
               "1",
               "The scatter is at least this part of the median.",
               {0, 1})
          .add(&Params::min_area_mm2, "min_area_mm2", "mm2", "Least area of a lesion in a slice.", {0.1, 200})
          .add(&Params::skip_mm, "skip_mm", "mm", "Layer at walls and endplates that is not judged.", {0, 5})
          .add(&Params::deep_mm,
               "deep_mm",
               "mm",
               "Distance from the endplate that earns the point for depth.",
               {1, 20})
          .add(&Params::intense_of_csf,
               "intense_of_csf",
               "1",
               "Part of the signal of CSF that counts as intense.",
               {0.1, 2})
          .add(&Params::csf_half_band_mm,
               "csf_half_band_mm",
               "mm",
               "CSF is read up to here above and below.",
               {2, 40})
          .add(&Params::corner_mm, "corner_mm", "mm", "Near wall and endplate by this: a corner.", {1, 15})
          .add(&Params::max_centre_ratio,
               "max_centre_ratio",
               "1",
               "Centre against all bodies: beyond, no reference.",
               {1, 10});
  return table;
}

AxspaLayout::AxspaLayout(const Params& params) : params_(params) {
  Params::table().validate(params);
}

AxspaLayout::Result AxspaLayout::operator()(const Images& images,
                                            const Labels& labels,
                                            const SpineResult& spine,
                                            Context& context) const {
  require(images.stir != nullptr, Errc::kInput, "the layout needs a STIR image");
  require_same_grid(*images.stir, labels, "STIR and labels");
  if (images.t1 != nullptr) require_same_grid(*images.t1, labels, "T1 and labels");
  Result r;
  if (images.stir_sequence.weighting != MrContrast::kStir) {
    r.six_dvu_reason = fmt::format("the layout needs a STIR image; this one is {}",
                                   images.stir_sequence.weighting == MrContrast::kUnknown
                                       ? "of unknown weighting"
                                       : name_of(images.stir_sequence.weighting));
    return r;
  }
  const Scene scene = scene_of(images, labels, spine, params_);
  context.throw_if_cancelled();
  r.dvus = dvus_of(scene, params_);
  set_six(r);
  Params lower = params_, higher = params_;
  lower.k -= kStepOfK;
  higher.k += kStepOfK;
  set_errors(dvus_of(scene, lower), dvus_of(scene, higher), r);
  set_figure(scene, r);
  return r;
}

}  // namespace ledd
