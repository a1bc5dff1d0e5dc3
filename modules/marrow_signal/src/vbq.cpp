#include "ledd/marrow_signal/vbq.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <set>
#include <utility>

#include "ledd/anatomy/anatomy.h"
#include "ledd/core/error.h"

namespace ledd {
namespace {

using spine_signal::BySlice;
using spine_signal::Marrow;
using Score = Vbq::Score;

constexpr std::size_t kFewestVoxels = 30;
constexpr std::size_t kFewestBodies = 2;

// Mean and SD of the first of two scans, 107 adults: normative data on serial lumbar MRI, decades 20-69.
constexpr std::array<Vbq::Norm, 5> kNorms{{{20, 29, 2.39, 0.74},
                                           {30, 39, 2.68, 0.57},
                                           {40, 49, 2.56, 0.63},
                                           {50, 59, 2.99, 0.72},
                                           {60, 69, 3.27, 0.57}}};

void doubt(Score& s, const std::string& why) {
  s.sequence_only = false;
  if (s.quality == Quality::kGood) s.quality = Quality::kUncertain;
  s.reason += (s.reason.empty() ? "" : "; ") + why;
}

std::string doubt_of(const char* name, const std::optional<double>& ms, double low, double high) {
  if (!ms) return fmt::format("{} unknown; the score is defined for {:.0f}-{:.0f} ms", name, low, high);
  if (*ms >= low && *ms <= high) return {};
  return fmt::format(
      "{} = {:.0f} ms, outside the {:.0f}-{:.0f} ms of the published score", name, *ms, low, high);
}

/// What makes every score of the scan doubtful.
std::vector<std::string> doubts_of(const MrSequence& sequence, const Vbq::Params& p) {
  std::vector<std::string> all;
  for (const auto& d : {doubt_of("TR", sequence.tr_ms, p.min_tr_ms, p.max_tr_ms),
                        doubt_of("TE", sequence.te_ms, p.min_te_ms, p.max_te_ms)})
    if (!d.empty()) all.push_back(d);
  if (sequence.contrast_agent) all.emplace_back("acquired after a contrast agent");
  return all;
}

struct Core {
  std::string region;
  std::uint16_t id = 0;
  BySlice sample;
  std::vector<spine_signal::Offset> voxels;
};

Core core_of(const Volume& volume, const spine_signal::Slices& s, const Marrow& body, const Vbq::Params& p) {
  Core core{body.region, body.id, {}, {}};
  const auto central = body.central(s, p.half_slab_mm);
  for (const auto& v : body.voxels) {
    if (!std::binary_search(central.begin(), central.end(), v.slice)) continue;
    if (v.to_endplate_mm() < p.erode_mm || v.to_wall_mm() < p.erode_mm || in_vein_wedge(v)) continue;
    core.sample.add(static_cast<double>(volume.GetBufferPointer()[v.voxel]), v.slice);
    core.voxels.push_back(v.voxel);
  }
  return core;
}

double median_without(const BySlice& sample, std::optional<int> left_out) {
  std::vector<double> values;
  for (std::size_t n = 0; n < sample.values.size(); ++n)
    if (!left_out || sample.slices[n] != *left_out) values.push_back(sample.values[n]);
  return spine_signal::median(std::move(values));
}

/// Median over the bodies of each one's median; its error by leaving out slices from all of them at once.
std::pair<double, double> median_of_medians(const std::vector<const Core*>& cores) {
  const auto estimate = [&](std::optional<int> left_out) {
    std::vector<double> medians;
    for (const Core* c : cores) {
      const double m = median_without(c->sample, left_out);
      if (std::isfinite(m)) medians.push_back(m);
    }
    return spine_signal::median(std::move(medians));
  };
  std::set<int> slices;
  for (const Core* c : cores) slices.insert(c->sample.slices.begin(), c->sample.slices.end());
  std::vector<double> left_out;
  left_out.reserve(slices.size());
  for (const int slice : slices) left_out.push_back(estimate(slice));
  return {estimate(std::nullopt), slices.size() < 2 ? 0.0 : spine_signal::jackknife_se(left_out)};
}

Score score_of(const std::string& region,
               const std::vector<const Core*>& cores,
               const spine_signal::CsfSignal& csf,
               const std::vector<std::string>& doubts) {
  Score s;
  s.region = region;
  s.quality = Quality::kGood;
  const auto [signal, se] = median_of_medians(cores);
  s.value = signal / *csf.value;
  s.se = std::hypot(se / *csf.value, *s.value * csf.se / *csf.value);
  for (const auto& d : doubts) doubt(s, d);
  s.sequence_only = !doubts.empty();
  if (*s.value < 1.0)
    doubt(
        s,
        fmt::format("marrow darker than CSF ({:.2f}): not what T1 without fat suppression shows", *s.value));
  return s;
}

Score refused(const std::string& region, const std::string& why) {
  Score s;
  s.region = region;
  s.reason = why;
  return s;
}

std::optional<Vbq::Norm> norm_for(const std::optional<double>& age_years) {
  if (!age_years) return std::nullopt;
  for (const auto& n : kNorms)
    if (*age_years >= n.from_years && *age_years < n.to_years + 1) return n;
  return std::nullopt;
}

bool is_scored(std::uint16_t id) {
  return (id >= anatomy::kT12 - 1 && id <= anatomy::kL5) || id == anatomy::kT13;
}

/// The score of L1-L4 from those of them that are there.
Score l1_to_l4(const std::vector<Core>& cores,
               const spine_signal::CsfSignal& csf,
               const std::vector<std::string>& doubts) {
  std::vector<const Core*> used;
  std::string names;
  for (const Core& c : cores) {
    if (c.id < anatomy::kL1 || c.id >= anatomy::kL5 || c.sample.values.size() < kFewestVoxels) continue;
    used.push_back(&c);
    names += (names.empty() ? "" : ", ") + c.region;
  }
  if (used.size() < kFewestBodies)
    return refused("L1-L4",
                   fmt::format("{} of L1-L4 measurable; at least {} are needed", used.size(), kFewestBodies));
  Score s = score_of("L1-L4", used, csf, doubts);
  if (used.size() < 4) doubt(s, "from " + names + " alone");
  return s;
}

}  // namespace

const ParamTable<Vbq::Params>& Vbq::Params::table() {
  static const auto table =
      ParamTable<Params>()
          .add(&Params::erode_mm,
               "erode_mm",
               "mm",
               "Marrow nearer than this to walls and endplates is left out.",
               {0, 10})
          .add(&Params::half_slab_mm, "half_slab_mm", "mm", "Slices within count, at least three.", {0, 20})
          .add(&Params::csf_half_band_mm,
               "csf_half_band_mm",
               "mm",
               "CSF is read up to here above and below L3.",
               {2, 40})
          .add(&Params::min_tr_ms, "min_tr_ms", "ms", "Shortest TR of the published score.", {1, 10000})
          .add(&Params::max_tr_ms, "max_tr_ms", "ms", "Longest TR of the published score.", {1, 10000})
          .add(&Params::min_te_ms, "min_te_ms", "ms", "Shortest TE of the published score.", {1, 1000})
          .add(&Params::max_te_ms, "max_te_ms", "ms", "Longest TE of the published score.", {1, 1000});
  return table;
}

Vbq::Vbq(const Params& params) : params_(params) {
  Params::table().validate(params);
  require(params.min_tr_ms < params.max_tr_ms && params.min_te_ms < params.max_te_ms,
          Errc::kParam,
          "min_tr_ms must be below max_tr_ms, and min_te_ms below max_te_ms");
}

Vbq::Result Vbq::operator()(const Volume& volume,
                            const Labels& labels,
                            const SpineResult& spine,
                            const Scan& scan,
                            Context& context) const {
  require_same_grid(volume, labels, "image and labels");
  Result result;
  if (scan.sequence.weighting != MrContrast::kT1) {
    result.score = refused(
        "L1-L4",
        fmt::format("the score is defined on T1-weighted images; this one is {}",
                    scan.sequence.weighting == MrContrast::kUnknown ? "of unknown weighting"
                                                                    : name_of(scan.sequence.weighting)));
    return result;
  }
  const auto s = spine_signal::slices_of(labels);
  std::vector<Core> cores;
  const Marrow* l3 = nullptr;
  const auto bodies = spine_signal::marrow_of(labels, spine);
  for (const Marrow& body : bodies) {
    context.throw_if_cancelled();
    if (body.id == anatomy::kL1 + 2 && !body.voxels.empty()) l3 = &body;
    if (is_scored(body.id)) cores.push_back(core_of(volume, s, body, params_));
  }
  if (l3 == nullptr) {
    result.score = refused("L1-L4", "L3 is not measurable, and the score needs CSF at its level");
    return result;
  }
  const auto csf =
      spine_signal::csf_at(volume,
                           labels,
                           {l3->frame.centre_lps_mm, l3->frame.superior, params_.csf_half_band_mm},
                           spine_signal::CsfLooks::kDark);
  if (!csf.value) {
    result.score = refused("L1-L4", csf.reason);
    return result;
  }
  result.csf = *csf.value;
  result.norm = norm_for(scan.age_years);
  const auto doubts = doubts_of(scan.sequence, params_);
  result.score = l1_to_l4(cores, csf, doubts);
  for (Core& c : cores) {
    if (c.sample.values.size() < kFewestVoxels) {
      result.bodies.push_back(
          refused(c.region,
                  fmt::format("{} voxels of marrow away from the walls; at least {} are needed",
                              c.sample.values.size(),
                              kFewestVoxels)));
      continue;
    }
    result.bodies.push_back(score_of(c.region, {&c}, csf, doubts));
    result.bodies.back().voxels = std::move(c.voxels);
  }
  return result;
}

std::optional<std::string> norm_note(const Vbq::Result& result) {
  if (!result.norm || !result.score.value) return std::nullopt;
  return fmt::format(
      "VBQ {:.2f} (higher is brighter, fattier marrow); published mean of age {}-{}: {:.2f}, SD {:.2f} "
      "(107 adults, one centre; depends on scanner and sequence: context, not a verdict).",
      *result.score.value,
      result.norm->from_years,
      result.norm->to_years,
      result.norm->mean,
      result.norm->sd);
}

}  // namespace ledd
