// Prints the figures of docs/accuracy.md, section bone-qct. Fully automatic.
//   bone_qct_accuracy NETWORK.onnx real REALDATA    real scans against masks
//   bone_qct_accuracy NETWORK.onnx drawn            drawn trunks against their truth; some minutes
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <string>
#include <vector>

#include "ledd/anatomy/anatomy.h"
#include "ledd/bone_qct/bone_qct.h"
#include "ledd/files/files.h"
#include "ledd/torso_phantom/torso_phantom.h"

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

struct Scene {
  std::string name;
  torso_phantom::Params params;
};

std::vector<Scene> scenes() {
  torso_phantom::Params base;
  base.scan.region = torso_phantom::Region::kSpine;
  base.scan.columns = base.scan.rows = 240;
  base.scan.noise_sd_hu = 20.0;
  base.pad.kind = torso_phantom::PadKind::kModel3;
  std::vector<Scene> all{{"1.5 x 1.5 x 3 mm", base}};
  const auto add = [&](const std::string& name, const auto& change) {
    Scene scene{name, base};
    change(scene.params);
    all.push_back(scene);
  };
  add("0.9 x 0.9 x 1.25 mm", [](auto& p) {
    p.scan.columns = p.scan.rows = 400;
    p.scan.pixel_mm = 0.9;
    p.scan.pitch_mm = 1.25;
  });
  add("1 x 1 x 1 mm", [](auto& p) {
    p.scan.columns = p.scan.rows = 360;
    p.scan.pixel_mm = p.scan.pitch_mm = 1.0;
  });
  add("3 x 3 x 3 mm", [](auto& p) {
    p.scan.columns = p.scan.rows = 120;
    p.scan.pixel_mm = 3.0;
  });
  add("L1 of 50 mg/cm3", [](auto& p) { p.body.vbmd_l1_mg_cm3 = 50.0; });
  add("L1 of 200 mg/cm3", [](auto& p) { p.body.vbmd_l1_mg_cm3 = 200.0; });
  add("QRM-BDC 6", [](auto& p) { p.pad.kind = torso_phantom::PadKind::kBdc6; });
  add("turned 8, tilted 5, bent 6 degrees", [](auto& p) {
    p.body.turn_deg = 8.0;
    p.body.tilt_deg = 5.0;
    p.body.bend_deg = 6.0;
  });
  add("cupping of 10 HU", [](auto& p) { p.scan.cupping_hu = 10.0; });
  add("noise of 50 HU", [](auto& p) { p.scan.noise_sd_hu = 50.0; });
  for (const int seed : {2, 3})
    add(fmt::format("another person ({})", seed), [seed](auto& p) { p.spine.seed = seed; });
  return all;
}

/// Errors over the bodies of a scene.
struct Errors {
  double sum = 0.0, worst = 0.0;
  int count = 0;
  void add(double error) {
    sum += error;
    worst = std::max(worst, std::fabs(error));
    ++count;
  }
  std::string text() const { return fmt::format("{:+.1f}, {:.1f}", sum / std::max(1, count), worst); }
};

const SpineResult::Body* shape_of(const BoneQct::Result& result, std::uint16_t id) {
  for (const auto& body : result.spine->geometry.bodies)
    if (body.id == id && body.quality != Quality::kFailed) return &body;
  return nullptr;
}

struct SceneErrors {
  Errors cylinder, body, volume, middle_height, rim_heights;
  double lumbar_mean = 0.0;  ///< True, of L1 and L2.
  int whole = 0;
};

SceneErrors errors_of(const TorsoPhantom::Result& drawn, const BoneQct::Result& result) {
  SceneErrors e;
  for (const auto& v : drawn.truth.vertebrae) {
    if (!v.whole || v.id < anatomy::kT12) continue;
    ++e.whole;
    if (v.id <= anatomy::kL1 + 1 && v.id >= anatomy::kL1)
      e.lumbar_mean += 0.5 * convert_density_mg_cm3(v.vbmd_mg_cm3, drawn.truth.mineral, Mineral::kK2HPO4);
    const auto* ours = vertebra(result, v.id);
    if (ours == nullptr || !result.scale.line || ours->cylinder.voxels == 0) continue;
    e.cylinder.add(result.scale.line->density_mg_cm3(ours->cylinder.mean_hu) - v.vbmd_mg_cm3);
    e.body.add(result.scale.line->density_mg_cm3(ours->trabecular.mean_hu) - v.vbmd_mg_cm3);
    e.volume.add(100.0 * (1000.0 * ours->volume_cm3 / v.volume_mm3 - 1.0));
    const auto* shape = shape_of(result, v.id);
    if (shape == nullptr) continue;
    e.middle_height.add(shape->hm.value_mm - v.hm_mm);
    e.rim_heights.add(shape->ha.value_mm - v.ha_mm);
    e.rim_heights.add(shape->hp.value_mm - v.hp_mm);
  }
  return e;
}

void drawn(const BoneQct& pipeline) {
  constexpr const char* kRow = "  {:36} {:>5}  {:>12}  {:>12}  {:>12}  {:>11}  {:>11}  {}\n";
  fmt::print(
      "drawn trunks, T12 to L5, noise of 20 HU unless said; mean error, worst: mg/cm3, volume in %, mm\n");
  fmt::print(fmt::runtime(kRow),
             "scene",
             "found",
             "cylinder",
             "body",
             "volume",
             "Hm",
             "Ha, Hp",
             "L1-L2 in K2HPO4 (its SE), by");
  for (const Scene& scene : scenes()) {
    Context context({}, 2);
    const auto truth = TorsoPhantom(scene.params)(context);
    const auto result = pipeline({.scan = truth.scan.GetPointer()}, context);
    const SceneErrors e = errors_of(truth, result);
    const auto& mean = result.mean.vbmd_mg_per_cm3;
    fmt::print(fmt::runtime(kRow),
               scene.name,
               fmt::format("{}/{}", e.cylinder.count, e.whole),
               e.cylinder.text(),
               e.body.text(),
               e.volume.text(),
               e.middle_height.text(),
               e.rim_heights.text(),
               mean.value && result.scale.line ? fmt::format("{:+.1f} ({:.1f}), {}",
                                                             *mean.value - e.lumbar_mean,
                                                             mean.se.value_or(0.0),
                                                             result.scale.line->source)
                                               : mean.reason + result.scale.refusal);
  }
}

}  // namespace

int main(int argc, char** argv) {
  const std::string what = argc > 2 ? argv[2] : "";
  if (!(what == "real" && argc == 4) && !(what == "drawn" && argc == 3)) {
    fmt::print(stderr, "usage: bone_qct_accuracy NETWORK.onnx real REALDATA | drawn\n");
    return 2;
  }
  try {
    const BoneQct pipeline({}, files::read_bytes(argv[1]));
    if (what == "drawn") {
      drawn(pipeline);
      return 0;
    }
    const fs::path data = argv[3];
    torso(pipeline, data / "bone" / "ct-torso-3mm");
    one_vertebra(pipeline, data / "bone" / "ct-L3");
  } catch (const std::exception& e) {
    fmt::print(stderr, "bone_qct_accuracy: {}\n", e.what());
    return 1;
  }
}
