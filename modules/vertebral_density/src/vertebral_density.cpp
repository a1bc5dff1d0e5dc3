#include "ledd/vertebral_density/vertebral_density.h"

#include <fmt/format.h>
#include <tbb/parallel_for.h>

#include <algorithm>
#include <cmath>
#include <map>

#include "ledd/anatomy/anatomy.h"
#include "ledd/core/error.h"
#include "ledd/image/sampled.h"
#include "ledd/spine_morphometry/vec.h"

#include "cylinder.h"
#include "depth.h"

namespace ledd {
namespace {

using vertebral_density::Box;
using Vertebra = VertebralDensityResult::Vertebra;

constexpr double kMetalHu = 2500.0;  // cortical bone has at most 2000
constexpr double kNearMm = 10.0;     // streaks reach farther, but fade

bool is_body(std::uint16_t id) {
  return (id >= anatomy::kT1 && id <= anatomy::kL6) || id == anatomy::kT13;
}

std::map<std::uint16_t, Box> boxes_of(const Labels& labels) {
  std::map<std::uint16_t, Box> boxes;
  const auto size = labels.GetLargestPossibleRegion().GetSize();
  std::array<long, 3> p{};
  const std::uint16_t* voxel = labels.GetBufferPointer();
  for (p[2] = 0; p[2] < static_cast<long>(size[2]); ++p[2])
    for (p[1] = 0; p[1] < static_cast<long>(size[1]); ++p[1])
      for (p[0] = 0; p[0] < static_cast<long>(size[0]); ++p[0], ++voxel) {
        if (!is_body(*voxel)) continue;
        Box& box = boxes.try_emplace(*voxel, Box{p, p}).first->second;
        for (unsigned a = 0; a < 3; ++a) {
          box.first[a] = std::min(box.first[a], p[a]);
          box.last[a] = std::max(box.last[a], p[a] + 1);
        }
      }
  return boxes;
}

Box widened(Box box, double mm, const itk::ImageBase<3>& grid) {
  for (unsigned a = 0; a < 3; ++a) {
    const long more = static_cast<long>(std::ceil(mm / grid.GetSpacing()[a]));
    box.first[a] = std::max(0L, box.first[a] - more);
    box.last[a] =
        std::min(static_cast<long>(grid.GetLargestPossibleRegion().GetSize()[a]), box.last[a] + more);
  }
  return box;
}

/// Sums in double, in the order of the voxels.
struct Sums {
  std::size_t voxels = 0;
  double sum = 0.0, squares = 0.0;
  void add(double hu) {
    ++voxels;
    sum += hu;
    squares += hu * hu;
  }
  VertebralDensityResult::Region region() const {
    if (voxels == 0) return {};
    const auto n = static_cast<double>(voxels);
    return {voxels, sum / n, std::sqrt(std::max(0.0, squares / n - sum * sum / (n * n)))};
  }
};

float median(std::vector<float>& values) {
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  return *middle;
}

/// The share that stands out: above the median by 100 HU and by 4 SD, of the median absolute deviation.
double dense_share(std::vector<float> values) {
  if (values.empty()) return 0.0;
  std::vector<float> apart = values;
  const float middle = median(apart);
  std::transform(values.begin(), values.end(), apart.begin(), [&](float v) { return std::fabs(v - middle); });
  const float limit = middle + std::max(100.0F, 4.0F * 1.4826F * median(apart));
  const auto above = std::count_if(values.begin(), values.end(), [&](float v) { return v > limit; });
  return static_cast<double>(above) / static_cast<double>(values.size());
}

/// One vertebra in its box.
class Reader {
 public:
  Reader(const Volume& scan, const Labels& labels, const VertebralDensity::Params& params)
      : scan_(scan),
        labels_(labels),
        params_(params),
        voxel_cm3_(scan.GetSpacing()[0] * scan.GetSpacing()[1] * scan.GetSpacing()[2] / 1000.0) {}

  Vertebra read(std::uint16_t id, const Box& box, const Volume* inside, const SpineResult::Body* body) const {
    Vertebra v;
    v.id = id;
    const auto depth = vertebral_density::depth_mm(labels_, inside, id, box);
    place_cylinder(v, *depth, body);
    const auto deep = vertebral_density::largest_deep_part(*depth, params_.erosion_mm);
    Sums integral, trabecular, shell, cylinder;
    std::vector<float> in_cylinder;
    const Sampled<Volume> depth_at(*depth);
    for_voxels(box, [&](std::size_t n, const Point& p) {
      if (labels_.GetBufferPointer()[n] != id) return;
      const double hu = static_cast<double>(scan_.GetBufferPointer()[n]);
      const double mm = depth_at.at(p);
      integral.add(hu);
      if (mm <= params_.shell_mm) shell.add(hu);
      if (mm >= params_.erosion_mm && is_in(*deep, p)) trabecular.add(hu);
      if (v.where && vertebral_density::holds(*v.where, v.frame, p)) {
        cylinder.add(hu);
        in_cylinder.push_back(scan_.GetBufferPointer()[n]);
      }
    });
    v.integral = integral.region();
    v.trabecular = trabecular.region();
    v.shell = shell.region();
    v.cylinder = cylinder.region();
    v.dense_share = dense_share(std::move(in_cylinder));
    v.volume_cm3 = static_cast<double>(integral.voxels) * voxel_cm3_;
    v.metal_cm3 = metal_cm3(widened(box, kNearMm, scan_));
    return v;
  }

 private:
  void place_cylinder(Vertebra& v, const Volume& depth, const SpineResult::Body* body) const {
    if (body == nullptr || body->quality == Quality::kFailed) {
      v.no_cylinder = body == nullptr ? "the body was not measured" : body->reason;
      return;
    }
    v.frame = body->frame;
    // The centre of the frame is that of the boundary points; the mid-plane lies between the endplates.
    const Point middle = spine::add(spine::add({}, body->ms_lps_mm, 0.5), body->mi_lps_mm, 0.5);
    const double up = spine::dot(spine::sub(middle, v.frame.centre_lps_mm), v.frame.superior);
    v.frame.centre_lps_mm = spine::add(v.frame.centre_lps_mm, v.frame.superior, up);
    v.where = vertebral_density::largest_cylinder(depth, v.frame, body->depth.value_mm, params_);
    if (!v.where)
      v.no_cylinder = fmt::format(
          "no room for an elliptic cylinder {:.0f} mm high and {:.0f} mm deep, {:.0f} mm below the surface",
          params_.cylinder_height_mm,
          2.0 * params_.min_half_depth_mm,
          params_.erosion_mm);
  }

  static bool is_in(const Mask& deep, const Point& p_lps_mm) {
    Mask::PointType p;
    for (unsigned a = 0; a < 3; ++a) p[a] = p_lps_mm[a];
    Mask::IndexType at;
    return deep.TransformPhysicalPointToIndex(p, at) && deep.GetPixel(at) != 0;
  }

  double metal_cm3(const Box& box) const {
    std::size_t voxels = 0;
    for_voxels(box, [&](std::size_t n, const Point&) {
      voxels += static_cast<double>(scan_.GetBufferPointer()[n]) > kMetalHu ? 1U : 0U;
    });
    return static_cast<double>(voxels) * voxel_cm3_;
  }

  template <class Body>
  void for_voxels(const Box& box, const Body& body) const {
    const auto size = scan_.GetLargestPossibleRegion().GetSize();
    for (long z = box.first[2]; z < box.last[2]; ++z)
      for (long y = box.first[1]; y < box.last[1]; ++y)
        for (long x = box.first[0]; x < box.last[0]; ++x) {
          Volume::PointType p;
          scan_.TransformIndexToPhysicalPoint(Volume::IndexType{{x, y, z}}, p);
          body((static_cast<std::size_t>(z) * size[1] + static_cast<std::size_t>(y)) * size[0] +
                   static_cast<std::size_t>(x),
               Point{p[0], p[1], p[2]});
        }
  }

  const Volume& scan_;
  const Labels& labels_;
  VertebralDensity::Params params_;
  double voxel_cm3_;
};

}  // namespace

const ParamTable<VertebralDensity::Params>& VertebralDensity::Params::table() {
  static const auto table =
      ParamTable<Params>()
          .add(&Params::erosion_mm,
               "erosion_mm",
               "mm",
               "What lies less deep below the surface is not trabecular.",
               {0.5, 10.0})
          .add(&Params::shell_mm, "shell_mm", "mm", "What lies at most so deep is the shell.", {0.5, 10.0})
          .add(&Params::cylinder_height_mm,
               "cylinder_height_mm",
               "mm",
               "Height of the elliptic cylinder.",
               {2.0, 20.0})
          .add(&Params::min_half_depth_mm,
               "min_half_depth_mm",
               "mm",
               "A cylinder that is less than twice this deep is not taken.",
               {1.0, 20.0});
  return table;
}

VertebralDensity::VertebralDensity(const Params& params) : params_(params) {
  Params::table().validate(params);
}

VertebralDensity::Result VertebralDensity::operator()(const Volume& scan,
                                                      const Labels& labels,
                                                      const Volume* inside,
                                                      const SpineResult& spine,
                                                      Context& context) const {
  require_same_grid(scan, labels, "scan and labels");
  if (inside != nullptr) require_same_grid(scan, *inside, "scan and inside");
  const auto boxes = boxes_of(labels);
  const std::vector<std::pair<std::uint16_t, Box>> all(boxes.begin(), boxes.end());
  const Reader reader(scan, labels, params_);
  Result result;
  result.vertebrae.resize(all.size());
  tbb::parallel_for(std::size_t{0}, all.size(), [&](std::size_t n) {
    context.throw_if_cancelled();
    const auto body = std::find_if(
        spine.bodies.begin(), spine.bodies.end(), [&](const auto& b) { return b.id == all[n].first; });
    result.vertebrae[n] =
        reader.read(all[n].first, all[n].second, inside, body == spine.bodies.end() ? nullptr : &*body);
  });
  std::stable_sort(
      result.vertebrae.begin(), result.vertebrae.end(), [](const Vertebra& a, const Vertebra& b) {
        const auto place = [](std::uint16_t id) {  // T13 lies between T12 and L1
          return id == anatomy::kT13 ? 10.0 * anatomy::kT12 + 5.0 : 10.0 * id;
        };
        return place(a.id) < place(b.id);
      });
  return result;
}

}  // namespace ledd
