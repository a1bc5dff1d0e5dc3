#include <fmt/format.h>

#include "ledd/axspa_layout/axspa_layout.h"

namespace ledd {
namespace {

constexpr const char* kPrecision =
    "docs/spine-signal.md, section Layout: against painted phantoms; no readings were at hand";
constexpr const char* kSource =
    "SPARCC spine: Maksymowych et al., Arthritis Rheum 53:502, 2005; filled in by rule";

void push(std::vector<Measurement>& out,
          const std::string& region,
          const EndpointDefinition& e,
          const std::pair<std::optional<int>, double>& score_and_se,
          const std::string& reason) {
  const auto& score = score_and_se.first;
  const double se = score_and_se.second;
  if (!score) {
    out.push_back(failed(region, e, reason));
    return;
  }
  // Where nothing was marked there is nothing that a reader would take out again.
  const auto put = [&](double value) {
    const Measurement m = uncertain(region, e, value, reason);
    out.push_back(*score == 0 ? inherent(m) : m);
  };
  put(*score);
  if (!(se > 0.0)) return;
  put(se);
  out.back().statistic = "se";
}

std::string cell(const AxspaLayout::Quadrant& q) {
  if (!q.lesion) return "0";
  std::string text = fmt::format("1 ({:.0f} mm2, {:.0f} mm deep", q.area_mm2, q.depth_mm);
  if (q.corner) text += ", corner";
  if (q.mid_endplate) text += ", mid-endplate";
  return text + ")";
}

}  // namespace

const std::vector<EndpointDefinition>& AxspaLayout::definitions() {
  static const std::vector<EndpointDefinition> all{
      {"SPARCC_DVU",
       "Bright marrow of a disco-vertebral unit on STIR, SPARCC layout, pre-filled",
       "1",
       "sparcc-layout/1",
       "0..18: on the three neighbouring slices with most points, 1 point per quadrant with marrow brighter "
       "than 3 "
       "scatters above the body's centre over 5 mm2 or more, 1 per slice if as bright as CSF, 1 per slice if "
       "it "
       "reaches 10 mm from the endplate. Pre-filled for a reader, not read. se: half the difference with the "
       "threshold half a scatter lower and higher.",
       kSource,
       kPrecision},
      {"SPARCC_6DVU",
       "Bright marrow of the six most abnormal units on STIR, SPARCC layout, pre-filled",
       "1",
       "sparcc-layout/1",
       "0..108: the sum of the six highest SPARCC_DVU in view. Pre-filled for a reader, not read. se: as "
       "SPARCC_DVU.",
       kSource,
       kPrecision},
  };
  return all;
}

std::vector<Measurement> measurements(const AxspaLayout::Result& result) {
  std::vector<Measurement> out;
  for (const auto& d : result.dvus)
    push(out, d.region, AxspaLayout::definitions()[0], {d.score, d.score_se}, d.reason);
  push(out,
       "spine",
       AxspaLayout::definitions()[1],
       {result.six_dvu, result.six_dvu_se},
       result.six_dvu_reason);
  return out;
}

LayoutTable layout_table(const AxspaLayout::Result& result) {
  LayoutTable table;
  table.header = {"Unit",
                  "Slice",
                  "Central",
                  "Scored",
                  "Upper body, anterior",
                  "Upper body, posterior",
                  "Lower body, anterior",
                  "Lower body, posterior",
                  "As bright as CSF",
                  "10 mm deep",
                  "Points"};
  for (const auto& d : result.dvus)
    for (const auto& s : d.slices) {
      std::vector<std::string> row{
          d.region, fmt::format("{}", s.slice), s.central ? "yes" : "no", s.chosen ? "yes" : "no"};
      bool intense = false, deep = false;
      for (const auto& q : s.quadrants) {
        row.push_back(cell(q));
        intense = intense || q.intense;
        deep = deep || q.deep;
      }
      row.emplace_back(intense ? "1" : "0");
      row.emplace_back(deep ? "1" : "0");
      row.push_back(fmt::format("{}", s.points));
      table.rows.push_back(std::move(row));
    }
  return table;
}

std::optional<Figure> axspa_figure(const AxspaLayout::Result& result, const itk::ImageBase<3>& grid) {
  if (result.grid_lines.empty()) return std::nullopt;
  const auto s = spine_signal::slices_of(grid);
  Figure figure;
  figure.name = "axspa-layout";
  figure.caption =
      "Bright marrow on STIR (red) in the quadrants of the SPARCC layout (grey), pre-filled for a reader, "
      "not read. The slice with most of it.";
  figure.axis = s.across;
  figure.slice = static_cast<long>(grid.GetLargestPossibleRegion().GetIndex(s.across)) + result.figure_slice;
  figure.labels = false;
  figure.lines = result.grid_lines;
  for (const auto& d : result.dvus) {
    auto lines = spine_signal::outline(s, d.lesion_voxels, result.figure_slice, {255, 70, 70});
    if (!lines.empty()) lines.front().text = fmt::format("{} {}", d.region, d.score.value_or(0));
    figure.lines.insert(figure.lines.end(), lines.begin(), lines.end());
  }
  return figure;
}

}  // namespace ledd
