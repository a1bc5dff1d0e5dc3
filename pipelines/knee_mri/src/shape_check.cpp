#include "shape_check.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string_view>

#include "ledd/anatomy/anatomy.h"
#include "ledd/isosurface/isosurface.h"

namespace ledd::knee_mri {
namespace {

constexpr double kSigmaMm = 0.6, kMarginMm = 4.4;  // as CartilageThickness
constexpr double kWorthAReader = 0.01;             // of a cartilage's volume

enum class Found { kTaken, kLeft, kGiven };

void add_reason(std::string& all, const std::string& reason) {
  all += (all.empty() ? "" : "; ") + reason;
}

/// Adds a bone's fit; what is wrong with it is a doubt of its cartilages.
void add_fit(const KneeShape& shape, ShapeFit fit, ShapeView& view) {
  if (!fit.doubt.empty()) {
    const std::string reason =
        fmt::format("{} unlike those of the learned knees: {}", anatomy::short_name(fit.bone_id), fit.doubt);
    for (const std::uint16_t id : shape.cartilages_of(fit.bone_id)) add_reason(view.cartilage[id], reason);
    view.notes.push_back(reason);
  }
  view.fits.push_back(std::move(fit));
}

std::string_view fate_of(Found what) {
  switch (what) {
    case Found::kTaken: return "taken out";
    case Found::kLeft: return "left where it is, since the bone is unlike theirs";
    default: return "left as given";
  }
}

double volume_of(const Labels& labels, std::uint16_t id) {
  const auto* first = labels.GetBufferPointer();
  const auto* last = first + labels.GetLargestPossibleRegion().GetNumberOfPixels();
  const auto spacing = labels.GetSpacing();
  return spacing[0] * spacing[1] * spacing[2] * static_cast<double>(std::count(first, last, id));
}

/// Says how much of each cartilage lies in unlikely places. @param labels  As they were found.
void tell(const std::vector<UnlikelyPart>& parts,
          const Labels& labels,
          const KneeShape::Params& params,
          Found what,
          ShapeView& view) {
  std::map<std::uint16_t, std::pair<std::size_t, double>> all;
  for (const UnlikelyPart& part : parts) {
    ++all[part.cartilage].first;
    all[part.cartilage].second += part.volume_mm3;
  }
  for (const auto& [id, sum] : all) {
    const double share = sum.second / std::max(1e-9, volume_of(labels, id));
    std::string text = fmt::format(
        "{}: {} part{} of {:.0f} mm3 in all ({:.1f} % of it) where fewer than {:.1f} % of the learned "
        "persons have "
        "cartilage, {}",
        anatomy::short_name(id),
        sum.first,
        sum.first == 1 ? "" : "s",
        sum.second,
        100 * share,
        100 * params.never,
        fate_of(what));
    if (share >= kWorthAReader) add_reason(view.cartilage[id], text);
    view.notes.push_back(std::move(text));
  }
}

Volume& field_of(const KneeSegmentation::Result& found, std::uint16_t cartilage) {
  using S = KneeSegmentation;
  switch (cartilage) {
    case anatomy::kFemoralCartilage: return *found.probability[S::kFemoralCartilageField];
    case anatomy::kPatellarCartilage: return *found.probability[S::kPatellarCartilageField];
    default: return *found.probability[S::kTibialCartilageField];
  }
}

/// Takes a part out of the labels, and out of the probabilities with the voxels around it that are not
/// cartilage: what the network half believed in.
void take_out(const UnlikelyPart& part, KneeSegmentation::Result& found) {
  constexpr long kAround = 2;
  Labels& labels = *found.labels;
  Volume& field = field_of(found, part.cartilage);
  for (const std::size_t voxel : part.voxels) labels.GetBufferPointer()[voxel] = 0;
  const auto size = labels.GetLargestPossibleRegion().GetSize();
  const std::array<long, 3> n{
      static_cast<long>(size[0]), static_cast<long>(size[1]), static_cast<long>(size[2])};
  const auto first = [](long at) { return std::max(0L, at - kAround); };
  for (const std::size_t voxel : part.voxels) {
    const auto q = static_cast<long>(voxel);
    const std::array<long, 3> at{q % n[0], q / n[0] % n[1], q / (n[0] * n[1])};
    for (long k = first(at[2]); k <= std::min(n[2] - 1, at[2] + kAround); ++k)
      for (long j = first(at[1]); j <= std::min(n[1] - 1, at[1] + kAround); ++j)
        for (long i = first(at[0]); i <= std::min(n[0] - 1, at[0] + kAround); ++i) {
          const long m = (k * n[1] + j) * n[0] + i;
          if (labels.GetBufferPointer()[m] != part.cartilage) field.GetBufferPointer()[m] = 0.0F;
        }
  }
  for (auto& structure : found.structures)
    if (structure.id == part.cartilage) structure.volume_mm3 -= part.volume_mm3;
}

/// The surface of a bone of a segmentation; without triangles when the bone is not there.
TriangleMesh surface_of(const Labels& labels, std::uint16_t bone) {
  const auto* first = labels.GetBufferPointer();
  const auto* last = first + labels.GetLargestPossibleRegion().GetNumberOfPixels();
  if (std::find(first, last, bone) == last) return {};
  const std::array<std::uint16_t, 1> ids{bone};
  return isosurface(*smooth_occupancy(labels, ids, kSigmaMm, kMarginMm), 0.5);
}

}  // namespace

ShapeView clean_by_shape(const KneeShape& shape, anatomy::Side side, KneeSegmentation::Result& found) {
  ShapeView view;
  std::vector<UnlikelyPart> taken, left;
  for (const std::uint16_t id : shape.bones()) {
    const TriangleMesh bone = surface_of(*found.labels, id);
    if (bone.triangles.empty()) continue;
    ShapeFit fit = shape.fit(bone, id, side);
    auto& parts = fit.doubt.empty() ? taken : left;
    for (auto& part : shape.unlikely(*found.labels, bone, fit)) parts.push_back(std::move(part));
    add_fit(shape, std::move(fit), view);
  }
  tell(taken, *found.labels, shape.params(), Found::kTaken, view);
  tell(left, *found.labels, shape.params(), Found::kLeft, view);
  for (const UnlikelyPart& part : taken) take_out(part, found);
  return view;
}

ShapeView look_by_shape(const KneeShape& shape,
                        anatomy::Side side,
                        const Labels& labels,
                        const CartilageResult& measured) {
  ShapeView view;
  std::vector<UnlikelyPart> parts;
  const auto bones = shape.bones();
  for (const CartilageLayer& layer : measured.layers) {
    if (std::find(bones.begin(), bones.end(), layer.bone_id) == bones.end()) continue;
    ShapeFit fit = shape.fit(layer.bone, layer.bone_id, side);
    for (auto& part : shape.unlikely(labels, layer.bone, fit)) parts.push_back(std::move(part));
    add_fit(shape, std::move(fit), view);
  }
  tell(parts, labels, shape.params(), Found::kGiven, view);
  return view;
}

void apply_shape(const KneeShape& shape, const ShapeView& view, CartilageResult& measured) {
  measured.no_learned_area = "the bone is unlike those of the learned knees";
  for (const auto& [id, reason] : view.cartilage)
    if (const auto at = measured.cartilages.find(id);
        at != measured.cartilages.end() && at->second.quality == Quality::kGood)
      at->second = {Quality::kUncertain, reason, false};
  for (std::size_t n = 0; n < measured.layers.size(); ++n) {
    const CartilageLayer& layer = measured.layers[n];
    for (const ShapeFit& fit : view.fits) {
      if (fit.bone_id != layer.bone_id || !fit.doubt.empty()) continue;
      for (const std::uint16_t id : shape.cartilages_of(fit.bone_id))
        add_learned_area(measured,
                         n,
                         id,
                         shape.cartilage_at(fit, id, layer.bone.points_lps_mm, layer.normals).probability,
                         shape.params().once);
    }
  }
}

}  // namespace ledd::knee_mri
