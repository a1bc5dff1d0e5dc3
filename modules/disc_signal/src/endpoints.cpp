#include <algorithm>
#include <map>

#include "ledd/disc_signal/disc_signal.h"

namespace ledd {
namespace {

using Disc = DiscSignal::Disc;

constexpr const char* kPrecision =
    "docs/spine-signal.md, section Discs: against painted and drawn phantoms; no readings were at hand";

enum Which { kDsi, kContrast, kSeparability, kGrade };

void push(std::vector<Measurement>& out,
          const Disc& d,
          Which which,
          const std::optional<double>& value,
          double se) {
  const EndpointDefinition& e = DiscSignal::definitions().at(which);
  if (!value) {
    out.push_back(failed(
        d.region, e, !d.reason.empty() ? d.reason : "fewer than 8 voxels in the outer sixths of the depth"));
    return;
  }
  const auto put = [&](double x) {
    out.push_back(d.quality == Quality::kGood ? measured(d.region, e, x)
                                              : uncertain(d.region, e, x, d.reason));
  };
  put(*value);
  if (!(se > 0.0)) return;
  put(se);
  out.back().statistic = "se";
}

}  // namespace

const std::vector<EndpointDefinition>& DiscSignal::definitions() {
  static const std::vector<EndpointDefinition> all{
      {"DSI",
       "Disc signal index",
       "1",
       "np-over-csf/1",
       "T2-weighted signal of the nucleus (central half of the depth, central 60 % of the height, the three "
       "middle "
       "slices or those within 5 mm) over that of CSF in the dural sac within 10 mm of the disc; both as "
       "mean around "
       "the most frequent value. Depends on TE: compare only scans of one protocol. se: slices left out one "
       "at a "
       "time (jackknife), nucleus and CSF in quadrature. Not corrected for the coil: a surface coil lowers "
       "it by a fifth to a quarter.",
       "Signal relative to CSF after Salamat et al., Spine 2016; peak-centred mean: own definition",
       kPrecision},
      {"NP_AF_contrast",
       "Contrast of nucleus and annulus",
       "1",
       "np-over-csf/1",
       "(NP - AF) / (NP + AF) of T2-weighted signal; NP as in DSI, AF between 4 and 16 % of the depth from "
       "the front "
       "and the back. 0 when the border is lost. se: jackknife over slices.",
       "Own definition",
       kPrecision},
      {"disc_separability",
       "Separability of bright and dark disc",
       "1",
       "np-over-csf/1",
       "Otsu's between-class variance over all variance of the disc's voxels in the middle slices; 0.64 for "
       "one "
       "tissue with noise, towards 1 for a bright nucleus in a dark annulus.",
       "Otsu, IEEE Trans Syst Man Cybern 9:62, 1979",
       kPrecision},
      {"Pfirrmann_analogue",
       "Disc degeneration, quantitative analogue of Pfirrmann's grade",
       "1",
       "dsi-dhi-rule/1",
       "5 when the disc height index is below 0.20 or below half the mean of the other discs; else 1, 2, 3, "
       "4 by DSI "
       "(0.60, 0.40, 0.22 at TE 100 ms, carried to the scan's TE), 2 becoming 3 when NP_AF_contrast is below "
       "0.20. "
       "Not Pfirrmann's grade: thresholds are not calibrated.",
       "Grades: Pfirrmann et al., Spine 26:1873, 2001; rule: own, after Salamat et al., Spine 2016",
       kPrecision},
  };
  return all;
}

std::vector<Measurement> measurements(const DiscSignal::Result& result) {
  std::vector<Measurement> out;
  for (const Disc& d : result.discs) {
    push(out, d, kDsi, d.dsi, d.dsi_se);
    push(out, d, kContrast, d.contrast, d.contrast_se);
    push(out, d, kSeparability, d.separability, 0.0);
    const EndpointDefinition& grade = DiscSignal::definitions().at(kGrade);
    out.push_back(d.grade ? uncertain(d.region, grade, *d.grade, d.grade_reason)
                          : failed(d.region, grade, d.grade_reason));
    // No looking calibrates the thresholds: alone, that is no reason to look.
    if (d.grade && d.quality == Quality::kGood) out.back() = inherent(out.back());
  }
  return out;
}

std::optional<Figure> disc_signal_figure(const DiscSignal::Result& result, const itk::ImageBase<3>& grid) {
  std::map<int, int> votes;
  for (const Disc& d : result.discs)
    if (!d.roi.empty()) ++votes[d.middle_slice];
  if (votes.empty()) return std::nullopt;
  const auto most = std::max_element(
      votes.begin(), votes.end(), [](const auto& a, const auto& b) { return a.second < b.second; });
  Figure figure;
  figure.name = "disc-signal";
  figure.caption =
      "Where disc signal was read (yellow, with the ratio to CSF); discs whose middle lies in another slice "
      "are drawn "
      "from there.";
  figure.axis = spine_signal::slices_of(grid).across;
  figure.slice = static_cast<long>(grid.GetLargestPossibleRegion().GetIndex(figure.axis)) + most->first;
  for (const Disc& d : result.discs) figure.lines.insert(figure.lines.end(), d.roi.begin(), d.roi.end());
  return figure;
}

}  // namespace ledd
