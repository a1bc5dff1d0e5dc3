// Prints the figures of docs/accuracy.md, section bone-qct, on real scans.
//   bone_qct_accuracy NETWORK.onnx REALDATA
#include <fmt/format.h>

#include <cmath>
#include <filesystem>
#include <string>

#include "ledd/anatomy/anatomy.h"
#include "ledd/bone_qct/bone_qct.h"
#include "ledd/files/files.h"

namespace {

using namespace ledd;  // NOLINT(google-build-using-namespace): a program
namespace fs = std::filesystem;

struct Overlap {
  std::size_t both = 0, ours = 0, theirs = 0;
  double dice() const { return 2.0 * static_cast<double>(both) / static_cast<double>(ours + theirs); }
};

/// Voxels of one id against those where `is_theirs` holds.
template <class Rule>
Overlap overlap(const Labels& labels, std::uint16_t id, const Rule& is_theirs) {
  Overlap o;
  for (std::size_t n = 0; n < labels.GetLargestPossibleRegion().GetNumberOfPixels(); ++n) {
    const bool ours = labels.GetBufferPointer()[n] == id, theirs = is_theirs(n);
    o.both += ours && theirs ? 1U : 0U;
    o.ours += ours ? 1U : 0U;
    o.theirs += theirs ? 1U : 0U;
  }
  return o;
}

std::string hu_text(const VertebralDensityResult::Region& r) {
  return r.voxels == 0 ? "none" : fmt::format("{:.1f} ({} voxels)", r.mean_hu, r.voxels);
}

const VertebralDensityResult::Vertebra* vertebra(const BoneQct::Result& result, std::uint16_t id) {
  if (!result.spine) return nullptr;
  for (const auto& v : result.spine->density.vertebrae)
    if (v.id == id) return &v;
  return nullptr;
}

/// Bodies against masks that a model made: a weak reference.
void torso(const BoneQct& pipeline, const fs::path& folder) {
  Context context;
  const auto scan = files::read_volume(folder / "example_ct.nii.gz");
  const auto result = pipeline({.scan = scan.GetPointer()}, context);
  const auto bodies = files::read_labels(folder / "spine_report" / "totalseg_vertebrae_body.nii.gz");
  fmt::print("ct-torso-3mm: bodies against a model's masks\n  level  Dice  volume / theirs  cylinder, HU\n");
  for (std::uint16_t id = anatomy::kT12 - 1; id <= anatomy::kL5; ++id) {
    const auto name = anatomy::short_name(id);
    const auto mask = files::read_labels(folder / "seg_fullres_v1_2022" / ("vertebrae_" + name + ".nii.gz"));
    const auto theirs = [&](std::size_t n) {
      return mask->GetBufferPointer()[n] != 0 && bodies->GetBufferPointer()[n] == 1;
    };
    const Overlap o = overlap(*result.outcome.labels, id, theirs);
    if (o.theirs == 0) {
      fmt::print("  {:5}  no voxel of its body in their masks; ours: {}\n", name, o.ours);
      continue;
    }
    const auto* v = vertebra(result, id);
    fmt::print("  {:5}  {:.3f}  {:.2f}             {}\n",
               name,
               o.dice(),
               static_cast<double>(o.ours) / static_cast<double>(o.theirs),
               v == nullptr ? "not found" : hu_text(v->cylinder));
  }
}

/// One vertebra whose cortex and inside were labelled; its level cannot be counted in so small a field.
void one_vertebra(const BoneQct& pipeline, const fs::path& folder) {
  Context context;
  const auto scan = files::read_volume(folder / "sub-ct_label-22_ct.nii.gz");
  const auto parts = files::read_labels(folder / "sub-ct_seg-subreg_label-22_msk.nii.gz");
  const auto whole = files::read_labels(folder / "sub-ct_seg-vert_label-22_msk.nii.gz");
  const auto result = pipeline({.scan = scan.GetPointer()}, context);
  const auto is = [&](std::size_t n, std::uint16_t part) {
    return whole->GetBufferPointer()[n] == 22 && parts->GetBufferPointer()[n] == part;
  };
  double sum = 0.0, voxels = 0.0;
  for (std::size_t n = 0; n < scan->GetLargestPossibleRegion().GetNumberOfPixels(); ++n)
    if (is(n, 50)) sum += static_cast<double>(scan->GetBufferPointer()[n]), voxels += 1.0;
  fmt::print("ct-L3: labelled trabecular body {:.1f} HU\n", sum / voxels);
  for (const auto& v : result.spine->density.vertebrae) {
    const Overlap o =
        overlap(*result.outcome.labels, v.id, [&](std::size_t n) { return is(n, 49) || is(n, 50); });
    if (o.both == 0) continue;
    fmt::print("  found as {}: Dice {:.3f}, volume / theirs {:.2f}; cylinder {}, trabecular {}\n",
               anatomy::short_name(v.id),
               o.dice(),
               static_cast<double>(o.ours) / static_cast<double>(o.theirs),
               hu_text(v.cylinder),
               hu_text(v.trabecular));
  }
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3) {
    fmt::print(stderr, "usage: bone_qct_accuracy NETWORK.onnx REALDATA\n");
    return 2;
  }
  try {
    const fs::path data = argv[2];
    const BoneQct pipeline({}, files::read_bytes(argv[1]));
    torso(pipeline, data / "bone" / "ct-torso-3mm");
    one_vertebra(pipeline, data / "bone" / "ct-L3");
  } catch (const std::exception& e) {
    fmt::print(stderr, "bone_qct_accuracy: {}\n", e.what());
    return 1;
  }
}
