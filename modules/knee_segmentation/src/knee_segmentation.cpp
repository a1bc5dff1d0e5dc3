#include "ledd/knee_segmentation/knee_segmentation.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "ledd/core/error.h"

#include "cleaning.h"
#include "fields.h"
#include "judge.h"
#include "metal.h"
#include "plates.h"

namespace ledd {
namespace {

using namespace knee;  // NOLINT(google-build-using-namespace): the module's own
using Structure = KneeSegmentation::Structure;
using Probability = std::array<Volume::Pointer, KneeSegmentation::kFields>;

constexpr std::uint16_t kFirstId = anatomy::kFemur, kLastId = anatomy::kLateralMeniscus;
constexpr std::array<unsigned, kLastId - kFirstId + 1> kFieldOf{KneeSegmentation::kFemurField,
                                                                KneeSegmentation::kFemoralCartilageField,
                                                                KneeSegmentation::kTibiaField,
                                                                KneeSegmentation::kTibialCartilageField,
                                                                KneeSegmentation::kTibialCartilageField,
                                                                KneeSegmentation::kPatellaField,
                                                                KneeSegmentation::kPatellarCartilageField,
                                                                KneeSegmentation::kMeniscusField,
                                                                KneeSegmentation::kMeniscusField};

std::array<Toward, 3> sagittal_axes(const Volume& image) {
  for (const Toward t : axes_of(image))
    if (t == Toward::kLeft || t == Toward::kRight) return {Toward::kPosterior, Toward::kInferior, t};
  throw Error(Errc::kInput, "the image has no left-right axis");
}

/// How sure the network is of one voxel's own class.
struct Sureness {
  double margin = 0.0, entropy = 0.0;
};

Sureness sureness_at(const Probability& p, unsigned own, std::size_t q) {
  double sum = 0.0, next = 0.0, entropy = 0.0;
  const auto take = [&](double share, bool is_own) {
    if (!is_own) next = std::max(next, share);
    if (share > 0.0) entropy -= share * std::log(share);
  };
  for (unsigned f = 0; f < KneeSegmentation::kFields; ++f) {
    const auto share = static_cast<double>(p[f]->GetBufferPointer()[q]);
    sum += share;
    take(share, f == own);
  }
  take(std::max(0.0, 1.0 - sum), false);
  return {static_cast<double>(p[own]->GetBufferPointer()[q]) - next, entropy / std::log(8.0)};
}

bool is_border(const std::vector<std::uint16_t>& ids, const Grid& g, long x, long y, long z) {
  const std::uint16_t own = ids[g.at(x, y, z)];
  const auto differs = [&](long i, long j, long k) {
    return i >= 0 && j >= 0 && k >= 0 && i < g.nx && j < g.ny && k < g.nz && ids[g.at(i, j, k)] != own;
  };
  return differs(x - 1, y, z) || differs(x + 1, y, z) || differs(x, y - 1, z) || differs(x, y + 1, z) ||
         differs(x, y, z - 1) || differs(x, y, z + 1);
}

std::vector<Structure> structures_of(const std::vector<std::uint16_t>& ids,
                                     const Grid& g,
                                     const Probability& p) {
  std::vector<Structure> out(kFieldOf.size());
  std::vector<double> borders(out.size());
  for (std::size_t s = 0; s < out.size(); ++s) out[s].id = static_cast<std::uint16_t>(kFirstId + s);
  for (long z = 0; z < g.nz; ++z)
    for (long y = 0; y < g.ny; ++y)
      for (long x = 0; x < g.nx; ++x) {
        const std::size_t q = g.at(x, y, z);
        if (ids[q] == 0) continue;
        const std::size_t s = ids[q] - kFirstId;
        out[s].volume_mm3 += g.voxel_mm3();
        out[s].cut = out[s].cut || z == 0 || z == g.nz - 1;
        if (!is_border(ids, g, x, y, z)) continue;
        const Sureness sure = sureness_at(p, kFieldOf[s], q);
        out[s].margin += sure.margin;
        out[s].entropy += sure.entropy;
        borders[s] += 1.0;
      }
  for (std::size_t s = 0; s < out.size(); ++s) {
    out[s].margin /= std::max(1.0, borders[s]);
    out[s].entropy /= std::max(1.0, borders[s]);
  }
  return out;
}

void exchange(KneeSegmentation::Result& result) {
  using namespace anatomy;  // NOLINT(google-build-using-namespace): ids
  const auto other = [](std::uint16_t id) {
    switch (id) {
      case kMedialTibialCartilage: return kLateralTibialCartilage;
      case kLateralTibialCartilage: return kMedialTibialCartilage;
      case kMedialMeniscus: return kLateralMeniscus;
      case kLateralMeniscus: return kMedialMeniscus;
      default: return id;
    }
  };
  const std::size_t n = result.labels->GetLargestPossibleRegion().GetNumberOfPixels();
  std::transform(result.labels->GetBufferPointer(),
                 result.labels->GetBufferPointer() + n,
                 result.labels->GetBufferPointer(),
                 other);
  for (Structure& s : result.structures) s.id = other(s.id);
  std::sort(result.structures.begin(), result.structures.end(), [](const Structure& a, const Structure& b) {
    return a.id < b.id;
  });
}

Labels::Pointer labels_on(const Volume& grid, const std::vector<std::uint16_t>& ids) {
  auto labels = Labels::New();
  labels->CopyInformation(&grid);
  labels->SetRegions(grid.GetLargestPossibleRegion());
  labels->Allocate();
  std::copy(ids.begin(), ids.end(), labels->GetBufferPointer());
  return labels;
}

void name_missing(KneeSegmentation::Result& result) {
  constexpr std::array<const char*, kFieldOf.size()> kNames{"femur",
                                                            "femoral cartilage",
                                                            "tibia",
                                                            "medial tibial cartilage",
                                                            "lateral tibial cartilage",
                                                            "patella",
                                                            "patellar cartilage",
                                                            "medial meniscus",
                                                            "lateral meniscus"};
  for (std::size_t s = 0; s < result.structures.size(); ++s)
    if (result.structures[s].volume_mm3 == 0.0)
      result.reasons.push_back(fmt::format("no {} was found", kNames[s]));
}

}  // namespace

const ParamTable<KneeSegmentation::Params>& KneeSegmentation::Params::table() {
  static const auto table =
      ParamTable<Params>()
          .add(&Params::coarse_step_mm,
               "coarse_step_mm",
               "mm",
               "Distance of the slices that are searched first.",
               {1, 20})
          .add(&Params::margin_mm, "margin_mm", "mm", "Border kept around what the search finds.", {5, 100})
          .add(&Params::cross_views,
               "cross_views",
               "Look at coronal and axial slices too, where sagittal ones are at most 1.6 mm apart.");
  return table;
}

KneeSegmentation::KneeSegmentation(const Params& params, KneeNetworks networks)
    : params_(params), networks_(std::move(networks)) {
  Params::table().validate(params_);
  require(!networks_.sagittal.empty(), Errc::kFormat, "the knee network is empty");
  require(!params_.cross_views || !networks_.cross.empty(),
          Errc::kFormat,
          "the knee network of the coronal and axial views is empty");
}

KneeSegmentation::Result KneeSegmentation::operator()(const Volume& volume, Context& context) const {
  const auto source_axes = axes_of(volume), axes = sagittal_axes(volume);
  const auto sagittal = reorient(volume, axes);
  Fields fields = run_networks(*sagittal, networks_, params_, context);
  Cleaned clean = cleaned(fields.grid);
  fields.grid.classes = std::move(clean.classes);
  Result result;
  result.reasons = judge(fields.grid, clean.second_share);
  const double void_mm3 = largest_void_mm3(*sagittal, fields.grid);
  require(
      void_mm3 <= kMetalMm3,
      Errc::kInput,
      fmt::format("a hole of {:.1f} cm3 without signal lies within the joint: metal?", void_mm3 / 1000.0));
  const long border = tibial_border(fields.grid);
  result.medial_is_first = medial_first_by_patella(fields.grid, border);
  const auto ids = ledd_ids(fields.grid, border, result.medial_is_first);
  result.structures = structures_of(ids, fields.grid, fields.probability);
  name_missing(result);
  result.uncertain = !result.reasons.empty();
  result.labels = labels_on(*sagittal, ids);
  if (source_axes != axes) {
    result.labels = reorient(*result.labels, source_axes);
    for (auto& field : fields.probability) field = reorient(*field, source_axes);
  }
  result.probability = std::move(fields.probability);
  return result;
}

void name_plates(KneeSegmentation::Result& result, anatomy::Side side) {
  bool slices_run_right = true;
  for (const Toward t : axes_of(*result.labels)) {
    if (t == Toward::kLeft) slices_run_right = false;
  }
  // The medial side of a right knee lies towards the left of the body, where the low slices are.
  const bool medial_is_first = (side == anatomy::Side::kRight) == slices_run_right;
  result.medial_assumed = false;
  if (medial_is_first == result.medial_is_first) return;
  exchange(result);
  result.medial_is_first = medial_is_first;
}

}  // namespace ledd
