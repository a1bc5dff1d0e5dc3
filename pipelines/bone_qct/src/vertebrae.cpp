#include "vertebrae.h"

#include <algorithm>

#include "ledd/anatomy/anatomy.h"
#include "ledd/bias_field/bias_field.h"
#include "ledd/core/error.h"
#include "ledd/named_levels/named_levels.h"

#include "spine_view.h"

namespace ledd::bone_qct {
namespace {

constexpr double kMarginMm = 20.0;

bool is_body(std::uint16_t id) {
  return (id >= anatomy::kT1 && id <= anatomy::kL6) || id == anatomy::kT13;
}

/// Instances under the ids of their levels; S1 and what has no level are left out.
Labels::Pointer named(const Labels& instances, const VertebraLevels::Result& levels) {
  auto labels = no_labels(instances);
  const std::size_t count = labels->GetLargestPossibleRegion().GetNumberOfPixels();
  for (std::size_t n = 0; n < count; ++n) {
    const std::size_t instance = instances.GetBufferPointer()[n];
    if (instance != 0 && instance <= levels.levels.size())
      labels->GetBufferPointer()[n] = levels.levels[instance - 1].id;
  }
  return labels;
}

/// The sacrum is found to count from, not to be measured.
Labels::Pointer without_s1(const SpineSegmentation::Result& found) {
  auto cores = no_labels(*found.instances);
  const std::size_t count = cores->GetLargestPossibleRegion().GetNumberOfPixels();
  for (std::size_t n = 0; n < count; ++n) {
    const auto instance = found.instances->GetBufferPointer()[n];
    if (instance <= found.bodies.size()) cores->GetBufferPointer()[n] = instance;
  }
  return cores;
}

}  // namespace

VertebraFinding find_vertebrae(const Volume& scan,
                               const SpineSegmentation& network,
                               const BoneQct::Params& params,
                               Context& context) {
  VertebraFinding finding;
  Volume::Pointer view;
  const auto seen = context.stage("spine", [&]() -> std::optional<SpineSegmentation::Result> {
    try {
      view = spine_view(scan);
      auto found = network(*BiasField()(*view, context), context);
      named_levels::require_no_neck(found.bodies);
      return found;
    } catch (const Error& e) {
      if (e.code() != Errc::kInput) throw;
      finding.why_none = e.what();
      return std::nullopt;
    }
  });
  if (!seen) return finding;
  Vertebrae v;
  v.levels = context.stage("levels", [&] {
    auto counted =
        VertebraLevels(params.levels)(named_levels::seen_in(*seen),
                                      seen->s1 ? std::optional(seen->s1->centre_lps_mm) : std::nullopt,
                                      context);
    named_levels::doubt_count(*seen, *view, counted);
    return counted;
  });
  v.notes = v.levels.notes;
  v.notes.insert(v.notes.end(), seen->notes.begin(), seen->notes.end());
  const auto cores = without_s1(*seen);
  v.region = around(*cores, scan, kMarginMm);
  v.scan = cut_out(scan, v.region);
  const auto surface =
      context.stage("surface", [&] { return VertebralSurface(params.surface)(*v.scan, *cores, context); });
  v.surfaces = surface.bodies;
  v.inside = surface.inside;
  v.labels = named(*surface.instances, v.levels);
  finding.found = std::move(v);
  return finding;
}

VertebraFinding given_vertebrae(const Volume& scan, const Labels& labels) {
  const auto bodies = no_labels(labels);
  const std::size_t count = labels.GetLargestPossibleRegion().GetNumberOfPixels();
  bool any = false;
  for (std::size_t n = 0; n < count; ++n) {
    const auto id = labels.GetBufferPointer()[n];
    if (!is_body(id)) continue;
    bodies->GetBufferPointer()[n] = id;
    any = true;
  }
  if (!any) return {std::nullopt, "the label map holds no vertebral body (ids 8..25, 28)"};
  Vertebrae v;
  v.region = around(*bodies, scan, kMarginMm);
  v.scan = cut_out(scan, v.region);
  v.labels = cut_out(*bodies, v.region);
  v.notes.emplace_back("The segmentation was given, not made here; levels are those of its labels.");
  return {std::move(v), ""};
}

BoneQct::Spine measure(const Vertebrae& v, const BoneQct::Params& params, Context& context) {
  BoneQct::Spine spine;
  spine.levels = v.levels.levels;
  spine.surfaces = v.surfaces;
  spine.geometry = context.stage(
      "morphometry", [&] { return SpineMorphometry(params.morphometry)(*v.labels, v.inside, context); });
  spine.deformity = context.stage(
      "deformity", [&] { return VertebralDeformity(params.deformity)(spine.geometry, *v.labels, context); });
  spine.density = context.stage("density", [&] {
    return VertebralDensity(params.vertebrae)(*v.scan, *v.labels, v.inside, spine.geometry, context);
  });
  return spine;
}

}  // namespace ledd::bone_qct
