#include "pictures.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

#include "ledd/anatomy/anatomy.h"
#include "ledd/anatomy/knee.h"

namespace ledd::knee_mri {
namespace {

constexpr double kMarginMm = 12.0;  // around what is labelled
constexpr double kBoneMm = 10.0;    // of bone shown beyond its cartilage
const ColourScale kThickness{"cartilage thickness", "mm", 0.0, 4.0};
const ColourScale kRegions{"region of cartilage", "number", 1.0, 21.0};
const ColourScale kChange{"change of cartilage thickness", "mm", -1.0, 1.0, ColourScale::Kind::kChange};

/// "right knee" and "medial" to "right-knee-medial".
std::string file_name(const std::string& prefix, const std::string& name) {
  std::string out = prefix.empty() ? name : prefix + "-" + name;
  std::replace(out.begin(), out.end(), ' ', '-');
  return out;
}

std::string sentence(const std::string& prefix, const std::string& text) {
  return prefix.empty() ? text : prefix + ": " + text;
}

unsigned left_right_axis(const itk::ImageBase<3>& image) {
  const auto axes = axes_of(image);
  return static_cast<unsigned>(
      std::find_if(
          axes.begin(), axes.end(), [](Toward t) { return t == Toward::kLeft || t == Toward::kRight; }) -
      axes.begin());
}

/// The slice along `axis` through the middle of a structure; -1 when there is none.
long middle_slice(const Labels& labels, std::uint16_t id, unsigned axis) {
  const auto size = labels.GetLargestPossibleRegion().GetSize();
  std::array<std::size_t, 3> p{};
  double sum = 0.0, count = 0.0;
  const auto* voxel = labels.GetBufferPointer();
  for (p[2] = 0; p[2] < size[2]; ++p[2])
    for (p[1] = 0; p[1] < size[1]; ++p[1])
      for (p[0] = 0; p[0] < size[0]; ++p[0], ++voxel) {
        if (*voxel != id) continue;
        sum += static_cast<double>(p[axis]);
        count += 1.0;
      }
  return count > 0.0 ? std::lround(sum / count) : -1;
}

std::array<double, 3> opposite(const Point& p) {
  return {-p[0], -p[1], -p[2]};
}

std::vector<SurfaceFigure::View> views_of(std::uint16_t bone, const KneeAxes& axes) {
  if (bone == anatomy::kTibia) return {{"from above", axes.superior, axes.anterior}};
  if (bone == anatomy::kPatella) return {{"from behind", opposite(axes.anterior), axes.superior}};
  return {{"from in front", axes.anterior, axes.superior},
          {"from below", opposite(axes.superior), axes.anterior},
          {"from behind", opposite(axes.anterior), axes.superior}};
}

/// The vertices near the joint: a shaft would fill the picture.
std::vector<bool> near_joint(const CartilageLayer& layer) {
  std::array<double, 3> low{}, high{};
  low.fill(std::numeric_limits<double>::infinity());
  high.fill(-std::numeric_limits<double>::infinity());
  for (std::size_t v = 0; v < layer.plate.size(); ++v)
    if (layer.plate[v] != 0)
      for (unsigned a = 0; a < 3; ++a) {
        low[a] = std::min(low[a], layer.bone.points_lps_mm[v][a] - kBoneMm);
        high[a] = std::max(high[a], layer.bone.points_lps_mm[v][a] + kBoneMm);
      }
  std::vector<bool> near(layer.plate.size());
  for (std::size_t v = 0; v < near.size(); ++v) {
    const auto& p = layer.bone.points_lps_mm[v];
    near[v] = true;
    for (unsigned a = 0; a < 3; ++a) near[v] = near[v] && p[a] >= low[a] && p[a] <= high[a];
  }
  return near;
}

/// The bone near its joint, coloured by `values` (by vertex of the layer); name, caption and scale are left.
SurfaceFigure surface_of(const CartilageLayer& layer,
                         const std::vector<double>& values,
                         const KneeAxes& axes) {
  SurfaceFigure figure;
  const auto near = near_joint(layer);
  std::vector<std::uint32_t> renumbered(near.size());
  for (std::size_t v = 0; v < near.size(); ++v) {
    if (!near[v]) continue;
    renumbered[v] = static_cast<std::uint32_t>(figure.points_lps_mm.size());
    figure.points_lps_mm.push_back(layer.bone.points_lps_mm[v]);
    figure.values.push_back(static_cast<float>(values[v]));
  }
  for (const auto& t : layer.bone.triangles)
    if (near[t[0]] && near[t[1]] && near[t[2]])
      figure.triangles.push_back({renumbered[t[0]], renumbered[t[1]], renumbered[t[2]]});
  figure.views = views_of(layer.bone_id, axes);
  return figure;
}

std::string opposite_of(const std::string& direction) {
  if (direction == "medial") return "lateral";
  if (direction == "lateral") return "medial";
  if (direction == "anterior") return "posterior";
  if (direction == "superior") return "inferior";
  return "";
}

/// Name, caption and scale are left. A row of the figure is read from above, an image's from below.
FlatMapFigure flat_figure(const FlatMap& map) {
  FlatMapFigure figure;
  const auto size = map.image->GetLargestPossibleRegion().GetSize();
  figure.columns = size[0];
  figure.rows = size[1];
  figure.mm_per_pixel = map.image->GetSpacing()[0];
  for (std::size_t row = 0; row < size[1]; ++row) {
    const float* const first = map.image->GetBufferPointer() + (size[1] - 1 - row) * size[0];
    figure.values.insert(figure.values.end(), first, first + size[0]);
  }
  figure.borders = {opposite_of(map.right), map.right, map.up, opposite_of(map.up)};
  return figure;
}

}  // namespace

void add_scales(Outcome& outcome) {
  outcome.scales["thickness"] = kThickness;
  outcome.scales["cartilage-regions"] = kRegions;
}

std::vector<Figure> slices(const Labels& labels, const std::string& prefix) {
  using namespace anatomy;  // NOLINT(google-build-using-namespace): ids
  std::vector<Figure> figures;
  const unsigned axis = left_right_axis(labels);
  for (const auto& [name, text, id] :
       {std::tuple{"medial", "Through the medial tibial plate.", kMedialTibialCartilage},
        std::tuple{"lateral", "Through the lateral tibial plate.", kLateralTibialCartilage},
        std::tuple{"patella", "Through the patella.", kPatella}}) {
    const long slice = middle_slice(labels, id, axis);
    if (slice < 0) continue;
    Figure figure;
    figure.name = file_name(prefix, name);
    figure.caption = sentence(prefix, text);
    figure.axis = axis;
    figure.slice = slice;
    figure.around_labels_mm = kMarginMm;
    figures.push_back(std::move(figure));
  }
  return figures;
}

void add_thickness_pictures(const CartilageResult& result, const std::string& prefix, Outcome& outcome) {
  for (std::size_t n = 0; n < result.layers.size(); ++n) {
    const CartilageLayer& layer = result.layers[n];
    const std::string bone = anatomy::short_name(layer.bone_id);
    SurfaceFigure surface = surface_of(layer, layer.thickness_mm, result.axes);
    surface.name = file_name(prefix, "thickness-" + bone);
    surface.caption = sentence(
        prefix,
        fmt::format("Cartilage thickness (ThCtAB) on the {}; denuded bone is 0, grey is outside the joint.",
                    bone));
    surface.scale = kThickness;
    outcome.surfaces.push_back(std::move(surface));
    const FlatMap map = flat_map(result, n, layer.thickness_mm);
    FlatMapFigure flat = flat_figure(map);
    flat.name = file_name(prefix, "flat-" + map.name);
    flat.caption = sentence(prefix, fmt::format("Cartilage thickness of the {} laid flat.", map.name));
    flat.scale = kThickness;
    outcome.flat_maps.push_back(std::move(flat));
  }
}

void add_change_pictures(const CartilageResult& baseline,
                         const KneeFollowup::Result& change,
                         const std::string& prefix,
                         Outcome& outcome) {
  for (std::size_t n = 0; n < change.bones.size(); ++n) {
    if (!change.bones[n].refusal.empty()) continue;
    const CartilageLayer& layer = baseline.layers[n];
    const std::string bone = anatomy::short_name(layer.bone_id);
    SurfaceFigure surface = surface_of(layer, change.bones[n].change_mm, baseline.axes);
    surface.name = file_name(prefix, "change-" + bone);
    surface.caption = sentence(
        prefix,
        fmt::format("Change of cartilage thickness on the {} of the baseline: red is gain, blue is loss.",
                    bone));
    surface.scale = kChange;
    outcome.surfaces.push_back(std::move(surface));
    const FlatMap map = flat_map(baseline, n, change.bones[n].change_mm);
    FlatMapFigure flat = flat_figure(map);
    flat.name = file_name(prefix, "flat-change-" + map.name);
    flat.caption =
        sentence(prefix, fmt::format("Change of cartilage thickness of the {} laid flat.", map.name));
    flat.scale = kChange;
    outcome.flat_maps.push_back(std::move(flat));
  }
}

}  // namespace ledd::knee_mri
