#include "ledd/disc_signal/disc_signal.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "ledd/anatomy/anatomy.h"
#include "ledd/core/error.h"

#include "disc_rois.h"
#include "grade.h"

namespace ledd {
namespace {

using spine_signal::BySlice;
using spine_signal::Offset;
using spine_signal::peak_centred_mean;
using spine_signal::Slices;
using Disc = DiscSignal::Disc;

constexpr std::size_t kFewestVoxels = 8;
constexpr std::size_t kFewVoxels = 30;
constexpr double kFewPixelsHigh = 4.0;
constexpr double kLittleCsf = 0.7;  // of the median over the levels

void doubt(Disc& d, const std::string& why) {
  if (d.quality == Quality::kGood) d.quality = Quality::kUncertain;
  d.reason += (d.reason.empty() ? "" : "; ") + why;
}

BySlice sample_of(const Volume& volume, const Slices& s, const std::vector<Offset>& voxels) {
  BySlice sample;
  for (const Offset v : voxels) sample.add(static_cast<double>(volume.GetBufferPointer()[v]), s.slice(v));
  return sample;
}

void set_contrast(const Volume& volume, const Slices& s, const disc::Rois& r, Disc& d) {
  if (r.annulus.size() < kFewestVoxels) return;
  const BySlice np = sample_of(volume, s, r.nucleus), af = sample_of(volume, s, r.annulus);
  d.annulus = peak_centred_mean(af.values);
  if (!(d.nucleus + d.annulus > 0.0)) return;
  d.contrast = (d.nucleus - d.annulus) / (d.nucleus + d.annulus);
  const double np_se = spine_signal::jackknife_se(np, peak_centred_mean);
  const double af_se = spine_signal::jackknife_se(af, peak_centred_mean);
  const double sum = d.nucleus + d.annulus;
  d.contrast_se = 2.0 * std::hypot(d.annulus * np_se, d.nucleus * af_se) / (sum * sum);
}

void set_doubts(const disc::Rois& r, bool clipped, Disc& d) {
  if (r.slices < 3) doubt(d, fmt::format("seen in {} of the 3 middle slices", r.slices));
  if (r.nucleus.size() < kFewVoxels)
    doubt(d, fmt::format("nucleus ROI of {} voxels, below {}", r.nucleus.size(), kFewVoxels));
  if (r.pixels_high < kFewPixelsHigh)
    doubt(
        d,
        fmt::format("disc {:.1f} pixels high, below {:.0f}: partial volume", r.pixels_high, kFewPixelsHigh));
  if (clipped) doubt(d, "CSF is clipped at the highest value of the image: the ratio is too high");
}

Disc measure(const Volume& volume,
             const Labels& labels,
             const SpineResult& spine,
             std::uint16_t id,
             const DiscSignal::Params& params) {
  Disc d;
  d.id = id;
  d.region = anatomy::short_name(id);
  const Slices s = spine_signal::slices_of(labels);
  const disc::Rois r = disc::rois_of(labels, spine, id, params);
  d.np_voxels = r.nucleus.size();
  d.middle_slice = r.middle_slice;
  if (r.nucleus.size() < kFewestVoxels) {
    d.reason =
        fmt::format("nucleus ROI of {} voxels; at least {} are needed", r.nucleus.size(), kFewestVoxels);
    return d;
  }
  const auto csf = spine_signal::csf_at(volume,
                                        labels,
                                        {r.frame.centre_lps_mm, r.frame.superior, params.csf_half_band_mm},
                                        spine_signal::CsfLooks::kBright);
  if (!csf.value) {
    d.reason = csf.reason;
    return d;
  }
  const BySlice np = sample_of(volume, s, r.nucleus);
  d.nucleus = peak_centred_mean(np.values);
  d.csf = *csf.value;
  d.dsi = d.nucleus / d.csf;
  const double np_se = spine_signal::jackknife_se(np, peak_centred_mean);
  d.dsi_se = std::hypot(np_se / d.csf, *d.dsi * csf.se / d.csf);
  d.quality = Quality::kGood;
  set_contrast(volume, s, r, d);
  d.separability = spine_signal::otsu_separability(sample_of(volume, s, r.all).values);
  set_doubts(r, csf.clipped, d);
  d.roi = spine_signal::outline(s, r.nucleus, r.middle_slice, {255, 220, 0});
  if (!d.roi.empty()) d.roi.front().text = fmt::format("{:.2f}", *d.dsi);
  return d;
}

/// In a narrow canal the roots are all there is, and the ratio to them is no ratio to CSF.
void doubt_little_csf(std::vector<Disc>& discs) {
  std::vector<double> all;
  for (const Disc& d : discs)
    if (d.dsi) all.push_back(d.csf);
  if (all.size() < 2) return;
  const double usual = spine_signal::median(all);
  for (Disc& d : discs)
    if (d.dsi && d.csf < kLittleCsf * usual)
      doubt(
          d,
          fmt::format("the brightest part of the sac at this level has {:.0f} % of the signal at the others: "
                      "little CSF, the ratio is too high",
                      100.0 * d.csf / usual));
}

std::vector<std::uint16_t> disc_ids(const Labels& labels) {
  const std::size_t count = labels.GetLargestPossibleRegion().GetNumberOfPixels();
  std::vector<bool> seen(65536, false);
  for (std::size_t n = 0; n < count; ++n) seen[labels.GetBufferPointer()[n]] = true;
  std::vector<std::uint16_t> ids;
  // T13 is 28 and lies between T12 and L1.
  const auto add = [&](std::uint16_t vertebra) {
    const auto id = static_cast<std::uint16_t>(vertebra + anatomy::kDiscOffset);
    if (seen[id]) ids.push_back(id);
  };
  for (std::uint16_t v = 1; v <= anatomy::kL6; ++v) {
    add(v);
    if (v == anatomy::kT12) add(anatomy::kT13);
  }
  return ids;
}

}  // namespace

const ParamTable<DiscSignal::Params>& DiscSignal::Params::table() {
  static const auto table =
      ParamTable<Params>()
          .add(&Params::np_depth_fraction,
               "np_depth_fraction",
               "1",
               "Part of the depth that is nucleus.",
               {0.1, 0.9})
          .add(&Params::np_height_fraction,
               "np_height_fraction",
               "1",
               "Part of the height that is nucleus.",
               {0.1, 1.0})
          .add(&Params::half_slab_mm,
               "half_slab_mm",
               "mm",
               "Slices within count, at least three.",
               {0.0, 20.0})
          .add(&Params::csf_half_band_mm,
               "csf_half_band_mm",
               "mm",
               "CSF is looked for up to here above and below.",
               {2, 40})
          .add(&Params::reference_te_ms,
               "reference_te_ms",
               "ms",
               "TE at which the thresholds hold.",
               {10, 400})
          .add(&Params::dsi_grade_1, "dsi_grade_1", "1", "DSI from here up is grade I.", {0.0, 1.2})
          .add(&Params::dsi_grade_2, "dsi_grade_2", "1", "DSI from here up is grade II.", {0.0, 1.2})
          .add(&Params::dsi_grade_3,
               "dsi_grade_3",
               "1",
               "DSI from here up is grade III, below IV.",
               {0.0, 1.2})
          .add(&Params::dsi_te_0,
               "dsi_te_0",
               "1",
               "DSI of a disc at TE = 0; carries thresholds to another TE.",
               {0.5, 3.0})
          .add(&Params::min_contrast,
               "min_contrast",
               "1",
               "Contrast of nucleus and annulus below which II is III.",
               {-1, 1})
          .add(&Params::collapse_relative,
               "collapse_relative",
               "1",
               "Grade V below this part of the others' DHI.",
               {0, 1})
          .add(&Params::collapse_dhi, "collapse_dhi", "1", "Grade V below this disc height index.", {0, 1});
  return table;
}

DiscSignal::DiscSignal(const Params& params) : params_(params) {
  Params::table().validate(params);
  require(params.dsi_grade_1 > params.dsi_grade_2 && params.dsi_grade_2 > params.dsi_grade_3 &&
              params.dsi_grade_3 > 0.0,
          Errc::kParam,
          fmt::format("dsi_grade_1 = {}, dsi_grade_2 = {}, dsi_grade_3 = {} must fall and be positive",
                      params.dsi_grade_1,
                      params.dsi_grade_2,
                      params.dsi_grade_3));
}

DiscSignal::Result DiscSignal::operator()(const Volume& volume,
                                          const Labels& labels,
                                          const SpineResult& spine,
                                          const Scan& scan,
                                          Context& context) const {
  require_same_grid(volume, labels, "image and labels");
  Result result;
  result.te_used_ms = scan.sequence.te_ms.value_or(params_.reference_te_ms);
  result.thresholds_used = disc::thresholds_at(result.te_used_ms, params_);
  for (const std::uint16_t id : disc_ids(labels)) {
    context.throw_if_cancelled();
    if (scan.sequence.weighting != MrContrast::kT2) {
      Disc d;
      d.id = id;
      d.region = anatomy::short_name(id);
      d.reason =
          fmt::format("disc signal needs a T2-weighted image; this one is {}",
                      scan.sequence.weighting == MrContrast::kUnknown ? "of unknown weighting"
                                                                      : name_of(scan.sequence.weighting));
      result.discs.push_back(std::move(d));
      continue;
    }
    Disc d = measure(volume, labels, spine, id, params_);
    const auto given = scan.dhi.find(id);
    d.dhi = given != scan.dhi.end() ? std::optional(given->second) : disc::disc_height_index(spine, id);
    result.discs.push_back(std::move(d));
  }
  doubt_little_csf(result.discs);
  disc::grade(result, scan.sequence.te_ms.has_value(), params_);
  for (Disc& d : result.discs)
    if (!d.grade) d.grade_reason = d.reason;
  return result;
}

}  // namespace ledd
