#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>
#include <set>

#include "ledd/marrow_signal/marrow_signal.h"

namespace ledd {
namespace {

using Endplate = Modic::Endplate;
using Type = Modic::Type;

constexpr const char* kVbqPrecision =
    "docs/spine-signal.md, section Marrow; published repeatability within 3 months: ICC 0.749";
constexpr const char* kModicPrecision =
    "docs/spine-signal.md, section Endplates: against painted phantoms, false finds on healthy people; no "
    "readings";
constexpr const char* kModic =
    "Types: Modic et al., Radiology 166:193, 1988; rules: own, after Gao et al., JOR Spine 2022";

void push(std::vector<Measurement>& out, const Vbq::Score& s, const EndpointDefinition& e) {
  if (!s.value) {
    out.push_back(failed(s.region, e, s.reason));
    return;
  }
  const auto put = [&](double x) {
    out.push_back(s.quality == Quality::kGood ? measured(s.region, e, x)
                                              : uncertain(s.region, e, x, s.reason));
    if (s.sequence_only) out.back() = inherent(out.back());
  };
  put(*s.value);
  if (!(s.se > 0.0)) return;
  put(s.se);
  out.back().statistic = "se";
}

const EndpointDefinition& modic_definition(std::string_view key) {
  const auto& all = Modic::definitions();
  return *std::find_if(all.begin(), all.end(), [&](const auto& d) { return d.key == key; });
}

void push(std::vector<Measurement>& out, const Endplate& e, std::string_view key, double value, double se) {
  const EndpointDefinition& d = modic_definition(key);
  if (e.quality == Quality::kFailed) {
    out.push_back(failed(e.region, d, e.reason));
    return;
  }
  const auto put = [&](double x) {
    out.push_back(e.quality == Quality::kGood ? measured(e.region, d, x)
                                              : uncertain(e.region, d, x, e.reason));
  };
  put(value);
  if (!(se > 0.0)) return;
  put(se);
  out.back().statistic = "se";
}

std::array<std::uint8_t, 3> colour_of(Type type) {
  switch (type) {
    case Type::kOne: return {255, 80, 80};
    case Type::kTwo: return {255, 210, 0};
    case Type::kThree: return {80, 160, 255};
    case Type::kUndetermined:
    case Type::kNone: break;
  }
  return {220, 90, 255};
}

const char* name_of(Type type) {
  switch (type) {
    case Type::kOne: return "I";
    case Type::kTwo: return "II";
    case Type::kThree: return "III";
    case Type::kUndetermined: return "?";
    case Type::kNone: break;
  }
  return "";
}

/// The slice that holds most of the voxels of all regions.
template <class Region>
std::optional<int> fullest_slice(const std::vector<Region>& regions, const spine_signal::Slices& s) {
  std::map<int, std::size_t> by_slice;
  for (const Region& region : regions)
    for (const auto v : region.voxels) ++by_slice[s.slice(v)];
  if (by_slice.empty()) return std::nullopt;
  return std::max_element(by_slice.begin(),
                          by_slice.end(),
                          [](const auto& a, const auto& b) { return a.second < b.second; })
      ->first;
}

constexpr std::array<std::uint8_t, 3> kMarrowRgb{255, 170, 60};

/// The outlines of a region in every slice that it reaches.
void add_outlines(const spine_signal::Slices& slices,
                  const std::vector<spine_signal::Offset>& voxels,
                  std::array<std::uint8_t, 3> rgb,
                  const std::string& about,
                  std::vector<Polyline>& all) {
  std::set<int> reached;
  for (const auto v : voxels) reached.insert(slices.slice(v));
  for (const int slice : reached)
    for (Polyline& line : spine_signal::outline(slices, voxels, slice, rgb)) {
      line.about = about;
      all.push_back(std::move(line));
    }
}

}  // namespace

const std::vector<EndpointDefinition>& Vbq::definitions() {
  static const std::vector<EndpointDefinition> all{
      {"VBQ",
       "Vertebral bone quality score",
       "1",
       "vbq-t1/1",
       "T1-weighted signal of the marrow of L1-L4 (median over the bodies of each one's median; central "
       "slices, 4 mm "
       "from walls and endplates, without the basivertebral vein) over that of CSF at the level of L3. "
       "Higher is "
       "brighter, fattier marrow. se: jackknife over slices, CSF in quadrature.",
       "Ehresmann et al., Spine J 20:1118, 2020",
       kVbqPrecision},
      {"VBQ_body",
       "Vertebral bone quality score of one body",
       "1",
       "vbq-t1/1",
       "As VBQ, from one vertebral body; CSF at the level of L3.",
       "After Ehresmann et al., Spine J 20:1118, 2020",
       kVbqPrecision},
  };
  return all;
}

const std::vector<EndpointDefinition>& Modic::definitions() {
  static const std::vector<EndpointDefinition> all{
      {"Modic_type",
       "Endplate signal change, type by rule",
       "1",
       "endplate-z/1",
       "0 none; 1: T1 dark and T2 bright; 2: T1 bright and T2 not dark; 3: both dark; by 3 scatters (1.4826 "
       "MAD) from "
       "the centre of the same body, connected, at the endplate, in two neighbouring slices, of 0.2 cm3 or "
       "more, or 4 "
       "mm deep. The type of the largest volume.",
       kModic,
       kModicPrecision},
      {"Modic_volume",
       "Volume of the endplate signal change",
       "cm3",
       "endplate-z/1",
       "Volume of the changes of the given type, up to the body's mid-height. se: half the difference with "
       "the "
       "threshold half a scatter lower and higher.",
       kModic,
       kModicPrecision},
      {"Modic_depth",
       "Depth of the endplate signal change",
       "mm",
       "endplate-z/1",
       "95th percentile of the distance of changed marrow to the endplate. se: half the difference with the "
       "threshold "
       "half a scatter lower and higher, and 0.29 of a pixel.",
       kModic,
       kModicPrecision},
      {"T2_change_volume",
       "Volume of T2 signal change at the endplate, type undetermined",
       "cm3",
       "endplate-z/1",
       "As Modic_volume, of marrow that is brighter or darker on T2, where no T1 tells the type.",
       kModic,
       kModicPrecision},
      {"T2_change_depth",
       "Depth of T2 signal change at the endplate, type undetermined",
       "mm",
       "endplate-z/1",
       "As Modic_depth, of marrow that is brighter or darker on T2, where no T1 tells the type.",
       kModic,
       kModicPrecision},
  };
  return all;
}

std::vector<Measurement> measurements(const Vbq::Result& result) {
  std::vector<Measurement> out;
  push(out, result.score, Vbq::definitions()[0]);
  for (const auto& s : result.bodies) push(out, s, Vbq::definitions()[1]);
  return out;
}

std::vector<Measurement> measurements(const Modic::Result& result) {
  std::vector<Measurement> out;
  for (const Endplate& e : result.endplates) {
    if (result.has_t1) {
      push(out, e, "Modic_type", static_cast<double>(e.type), 0.0);
      push(out, e, "Modic_volume", e.volume_cm3, e.volume_se_cm3);
      push(out, e, "Modic_depth", e.depth_mm, e.depth_se_mm);
      continue;
    }
    const std::string why = e.quality == Quality::kFailed ? e.reason
                            : e.type == Type::kNone
                                ? "no T1 on this grid: types cannot be told"
                                : "T2 signal change, type undetermined: no T1 on this grid";
    const Measurement type = failed(e.region, modic_definition("Modic_type"), why);
    out.push_back(e.quality != Quality::kFailed && e.type == Type::kNone ? inherent(type) : type);
    push(out, e, "T2_change_volume", e.volume_cm3, e.volume_se_cm3);
    push(out, e, "T2_change_depth", e.depth_mm, e.depth_se_mm);
  }
  return out;
}

std::optional<Figure> modic_figure(const Modic::Result& result, const itk::ImageBase<3>& grid) {
  const auto s = spine_signal::slices_of(grid);
  const auto slice = fullest_slice(result.endplates, s);
  if (!slice) return std::nullopt;
  Figure figure;
  figure.name = "endplate-change";
  figure.caption =
      "Signal change of marrow along the endplates, by rule: type I red, II yellow, III blue, undetermined "
      "violet. The slice that shows most of it.";
  figure.axis = s.across;
  figure.slice = static_cast<long>(grid.GetLargestPossibleRegion().GetIndex(s.across)) + *slice;
  for (const Endplate& e : result.endplates) {
    auto lines = spine_signal::outline(s, e.voxels, *slice, colour_of(e.type));
    if (!lines.empty()) lines.front().text = e.region + " " + name_of(e.type);
    figure.lines.insert(figure.lines.end(), lines.begin(), lines.end());
  }
  return figure;
}

std::optional<Figure> vbq_figure(const Vbq::Result& result, const itk::ImageBase<3>& grid) {
  const auto s = spine_signal::slices_of(grid);
  const auto slice = fullest_slice(result.bodies, s);
  if (!slice) return std::nullopt;
  Figure figure;
  figure.name = "marrow-signal";
  figure.labels = false;  // its text lies where theirs does
  figure.caption =
      "Where the bone quality score read marrow on the T1, drawn on the scan, with each body's ratio to CSF.";
  figure.axis = s.across;
  figure.slice = static_cast<long>(grid.GetLargestPossibleRegion().GetIndex(s.across)) + *slice;
  for (const Vbq::Score& body : result.bodies) {
    auto lines = spine_signal::outline(s, body.voxels, *slice, kMarrowRgb);
    if (!lines.empty() && body.value) lines.front().text = fmt::format("{} {:.2f}", body.region, *body.value);
    figure.lines.insert(figure.lines.end(), lines.begin(), lines.end());
  }
  return figure;
}

std::vector<Polyline> modic_drawings(const Modic::Result& result, const itk::ImageBase<3>& grid) {
  const auto s = spine_signal::slices_of(grid);
  std::vector<Polyline> all;
  for (const Endplate& e : result.endplates)
    add_outlines(s, e.voxels, colour_of(e.type), e.region + " " + name_of(e.type), all);
  for (Polyline& line : all) line.group = "endplate-change";
  return all;
}

std::vector<Polyline> vbq_drawings(const Vbq::Result& result, const itk::ImageBase<3>& grid) {
  const auto s = spine_signal::slices_of(grid);
  std::vector<Polyline> all;
  for (const Vbq::Score& body : result.bodies) {
    const std::string about = body.value ? fmt::format("{} marrow, {:.2f} of CSF", body.region, *body.value)
                                         : fmt::format("{} marrow", body.region);
    add_outlines(s, body.voxels, kMarrowRgb, about, all);
  }
  for (Polyline& line : all) line.group = "marrow-signal";
  return all;
}

}  // namespace ledd
