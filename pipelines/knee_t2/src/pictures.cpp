#include "pictures.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>
#include <set>

#include "ledd/anatomy/anatomy.h"
#include "ledd/anatomy/knee.h"

namespace ledd::knee_t2 {
namespace {

/// Slices lie across the axis of the widest spacing; the last of equals.
unsigned across(const itk::ImageBase<3>& grid) {
  unsigned axis = 2;
  for (unsigned a = 0; a < 3; ++a)
    if (grid.GetSpacing()[a] > grid.GetSpacing()[axis]) axis = a;
  return axis;
}

/// The slice with most voxels of a label; -1 where it does not occur.
long fullest_slice(const Labels& labels, std::uint16_t id, unsigned axis) {
  std::map<long, std::size_t> voxels;
  const std::size_t count = labels.GetLargestPossibleRegion().GetNumberOfPixels();
  for (std::size_t v = 0; v < count; ++v)
    if (labels.GetBufferPointer()[v] == id)
      ++voxels[labels.ComputeIndex(static_cast<itk::OffsetValueType>(v))[axis]];
  const auto most = std::max_element(
      voxels.begin(), voxels.end(), [](const auto& a, const auto& b) { return a.second < b.second; });
  return most == voxels.end() ? -1 : most->first;
}

Figure figure_of(const MapOverlay& overlay, unsigned axis, long slice) {
  Figure figure;
  figure.name = fmt::format("map-slice-{}", slice);
  figure.axis = axis;
  figure.slice = slice;
  figure.colours = overlay;
  return figure;
}

std::vector<Figure> plain(const MapOverlay& overlay, const itk::ImageBase<3>& grid) {
  const unsigned axis = across(grid);
  const auto size = static_cast<long>(grid.GetLargestPossibleRegion().GetSize()[axis]);
  std::vector<Figure> all;
  for (const long slice : std::set<long>{size / 4, size / 2, (3 * size) / 4}) {
    all.push_back(figure_of(overlay, axis, slice));
    all.back().caption = fmt::format(
        "{} over the first echo, slice {}; grey: not fitted, or without a value.", overlay.map, slice + 1);
  }
  return all;
}

const Measurement* find(const std::vector<Measurement>& all,
                        const std::string& region,
                        const std::string& endpoint,
                        const std::string& statistic) {
  for (const auto& m : all)
    if (m.region == region && m.endpoint == endpoint && m.statistic == statistic) return &m;
  return nullptr;
}

/// Parts of plates stand in the table only: a summary of 25 lines is none.
bool is_plate(const std::string& region) {
  const std::array<std::uint16_t, 4> plates{anatomy::kFemoralCartilage,
                                            anatomy::kMedialTibialCartilage,
                                            anatomy::kLateralTibialCartilage,
                                            anatomy::kPatellarCartilage};
  return std::any_of(
      plates.begin(), plates.end(), [&](std::uint16_t id) { return anatomy::short_name(id) == region; });
}

std::string number(const Measurement* m) {
  return m != nullptr && m->value ? fmt::format("{:.1f}", *m->value) : "not measured";
}

}  // namespace

std::map<std::string, ColourScale> scales(const ColourScale& times) {
  const std::string& name = times.quantity;
  return {{name, times},
          {name + "-cartilage", times},
          {name + "-SE", {"standard error of " + name, "ms", 0.0, 0.1 * times.high}},
          {name + "-quality", {"quality of the fit", "code", 0.0, static_cast<double>(kFitQualities - 1)}},
          {"R2", {"share of the signal explained (R2)", "1", 0.9, 1.0}},
          {"depth", {"depth: 0 at the bone, 1 at the joint", "1", 0.0, 1.0}},
          {"B1", {"transmit field, relative", "1", 0.7, 1.3}}};
}

std::vector<Figure> figures(const Outcome& outcome, const MapOverlay& overlay) {
  const Volume& grid = *outcome.maps.at(overlay.map);
  if (!outcome.labels) return plain(overlay, grid);
  const unsigned axis = across(grid);
  std::map<long, std::string> plates;
  for (const std::uint16_t id : {anatomy::kFemoralCartilage,
                                 anatomy::kMedialTibialCartilage,
                                 anatomy::kLateralTibialCartilage,
                                 anatomy::kPatellarCartilage})
    if (const long slice = fullest_slice(*outcome.labels, id, axis); slice >= 0)
      plates[slice] += (plates[slice].empty() ? "" : ", ") + anatomy::short_name(id);
  std::vector<Figure> all;
  for (const auto& [slice, names] : plates) {
    all.push_back(figure_of(overlay, axis, slice));
    all.back().around_labels_mm = 15.0;
    all.back().caption = fmt::format("{}, slice {}, which shows most of {}.", overlay.map, slice + 1, names);
  }
  return all.empty() ? plain(overlay, grid) : all;
}

SummaryLine fit_summary(const std::string& map, const std::array<std::size_t, kFitQualities>& count) {
  std::size_t fitted = 0;
  for (std::size_t q = 1; q < kFitQualities; ++q) fitted += count[q];
  const auto percent = [&](std::size_t n) {
    return 100.0 * static_cast<double>(n) / static_cast<double>(std::max<std::size_t>(1, fitted));
  };
  const std::size_t good = count[static_cast<std::size_t>(FitQuality::kGood)];
  std::string text = fmt::format("{} in {} voxels: {:.1f} % good", map, fitted, percent(good));
  for (std::size_t q = 2; q < kFitQualities; ++q)
    if (count[q] > 0)
      text += fmt::format(", {:.1f} % {}", percent(count[q]), name_of(static_cast<FitQuality>(q)));
  return {"Fit", text + ".", good == 0 ? SummaryLine::Tone::kDoubt : SummaryLine::Tone::kPlain};
}

std::vector<SummaryLine> region_summary(const std::string& quantity,
                                        const std::vector<Measurement>& measurements) {
  std::vector<SummaryLine> lines;
  if (!measurements.empty() &&
      std::all_of(measurements.begin(), measurements.end(), [&](const Measurement& m) {
        return m.quality == Quality::kFailed && m.reason == measurements.front().reason;
      }))
    return {{"Cartilage", "Not measured: " + measurements.front().reason + "."}};
  for (const auto& m : measurements) {
    if (m.endpoint != quantity || m.statistic != "mean" || !is_plate(m.region)) continue;
    if (!m.value) {
      lines.push_back({"Cartilage", fmt::format("{}: not measured, {}.", m.region, m.reason)});
      continue;
    }
    const auto* sd = find(measurements, m.region, quantity, "sd");
    const auto* deep = find(measurements, m.region, quantity + "_deep", "mean");
    const auto* superficial = find(measurements, m.region, quantity + "_superficial", "mean");
    lines.push_back({"Cartilage",
                     fmt::format("{}: {} {:.1f} ms, SD {}; deep half {}, superficial half {}.",
                                 m.region,
                                 quantity,
                                 *m.value,
                                 number(sd),
                                 number(deep),
                                 number(superficial)),
                     m.quality == Quality::kGood ? SummaryLine::Tone::kPlain : SummaryLine::Tone::kDoubt});
  }
  return lines;
}

}  // namespace ledd::knee_t2
