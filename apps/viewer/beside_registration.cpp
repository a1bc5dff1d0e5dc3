#include "beside_registration.h"

#include <Eigen/Dense>
#include <fmt/format.h>
#include <tbb/parallel_for.h>
#include <tbb/parallel_invoke.h>

#include <algorithm>
#include <cmath>
#include <map>

#include "ledd/anatomy/anatomy.h"
#include "ledd/anatomy/bone.h"
#include "ledd/anatomy/knee.h"
#include "ledd/core/error.h"
#include "ledd/isosurface/isosurface.h"
#include "ledd/knee_followup/knee_followup.h"
#include "ledd/knee_orientation/part_knees.h"

#include "density_frame.h"

namespace ledd::viewer {
namespace {

constexpr double kSmoothingMm = 0.6, kMarginMm = 3.0;
constexpr double kFinest_mm = 0.8;  // finer voxels cost time and move no surface
constexpr double kKept = 0.8;
constexpr double kMaxThick_mm = 1.5;  // of hips and spines
constexpr double kMaxTurn_deg = 45.0;
constexpr std::size_t kFewestVoxels = 50;
/// The bodies' centroids lie nearly on a line: what turns about it is held by the patient's left, so far off.
constexpr double kSideways_mm = 25.0;

struct Part {
  std::size_t voxels = 0;
  Point centroid_lps_mm{};
};

/// What is labelled, by id.
std::map<std::uint16_t, Part> parts_of(const Labels& labels) {
  struct Sum {
    std::size_t voxels = 0;
    std::array<double, 3> index{};
  };
  std::map<std::uint16_t, Sum> sums;
  const auto size = labels.GetLargestPossibleRegion().GetSize();
  const std::uint16_t* voxel = labels.GetBufferPointer();
  Sum* sum = nullptr;
  std::uint16_t last = 0;
  for (std::size_t k = 0; k < size[2]; ++k)
    for (std::size_t j = 0; j < size[1]; ++j)
      for (std::size_t i = 0; i < size[0]; ++i) {
        const std::uint16_t id = *voxel++;
        if (id == 0) continue;
        if (id != last) {
          sum = &sums[id];
          last = id;
        }
        ++sum->voxels;
        sum->index[0] += static_cast<double>(i);
        sum->index[1] += static_cast<double>(j);
        sum->index[2] += static_cast<double>(k);
      }
  std::map<std::uint16_t, Part> parts;
  for (const auto& [id, of] : sums) {
    if (of.voxels < kFewestVoxels) continue;
    itk::ContinuousIndex<double, 3> index;
    for (unsigned a = 0; a < 3; ++a) index[a] = of.index[a] / static_cast<double>(of.voxels);
    itk::Point<double, 3> p;
    labels.TransformContinuousIndexToPhysicalPoint(index, p);
    parts[id] = {of.voxels, {p[0], p[1], p[2]}};
  }
  return parts;
}

bool is_vertebra(std::uint16_t id) {
  return (id >= 1 && id <= anatomy::kS1) || id == anatomy::kT13;
}

RigidMotion motion_of(const BoneMotion& motion) {
  return {motion.rotation, {}, motion.shift_mm};
}

/// p' = rotation p + shift.
BoneMotion plain(const RigidMotion& motion) {
  return {motion.rotation, motion({0.0, 0.0, 0.0})};
}

RigidMotion shift_between(const Point& to, const Point& from) {
  RigidMotion motion;
  for (unsigned a = 0; a < 3; ++a) motion.shift_mm[a] = to[a] - from[a];
  return motion;
}

/// What is to be brought together: voxels of these ids, and from where to begin.
struct Body {
  std::string name;
  std::vector<std::uint16_t> ids;
  RigidMotion start;
  double max_residual_mm = kMaxThick_mm;
};

/// Every n-th voxel, so that none is much smaller than kFinest_mm: the same shapes with fewer samples.
Labels::Pointer thinned(const Labels& labels) {
  const auto size = labels.GetLargestPossibleRegion().GetSize();
  auto spacing = labels.GetSpacing();
  Labels::SizeType step, fewer;
  for (unsigned a = 0; a < 3; ++a) {
    step[a] = std::max<std::size_t>(1, static_cast<std::size_t>(kFinest_mm / spacing[a]));
    fewer[a] = (size[a] + step[a] - 1) / step[a];
    spacing[a] *= static_cast<double>(step[a]);
  }
  auto thin = Labels::New();
  thin->SetRegions(fewer);
  thin->SetSpacing(spacing);
  thin->SetOrigin(labels.GetOrigin());
  thin->SetDirection(labels.GetDirection());
  thin->Allocate();
  const std::uint16_t* from = labels.GetBufferPointer();
  std::uint16_t* to = thin->GetBufferPointer();
  for (std::size_t k = 0; k < size[2]; k += step[2])
    for (std::size_t j = 0; j < size[1]; j += step[1])
      for (std::size_t i = 0; i < size[0]; i += step[0]) *to++ = from[(k * size[1] + j) * size[0] + i];
  return thin;
}

Registration register_body(const Labels& main, const Labels& partner, const Body& body) {
  const auto surface = [&](const Labels& labels) {
    return isosurface(*smooth_occupancy(labels, body.ids, kSmoothingMm, kMarginMm), 0.5);
  };
  TriangleMesh fixed, moving;
  tbb::parallel_invoke([&] { fixed = surface(main); }, [&] { moving = surface(partner); });
  // Points of the smaller one find their place on the larger one; the other way, its surplus would pull.
  const bool onto_main = area_mm2(moving) <= area_mm2(fixed);
  const auto found = onto_main ? align_bones(fixed, moving, plain(body.start), kKept)
                               : align_bones(moving, fixed, plain(inverse_of(body.start)), kKept);
  const RigidMotion motion = motion_of(found.baseline_from_followup);
  if (!(found.residual_mm <= body.max_residual_mm) || !(motion.turn_deg() <= kMaxTurn_deg))
    return {{},
            fmt::format("the surfaces of the {} stay {:.1f} mm apart after a turn of {:.0f} degrees; up to "
                        "{:g} mm and {:g} degrees are taken",
                        body.name,
                        found.residual_mm,
                        motion.turn_deg(),
                        body.max_residual_mm,
                        kMaxTurn_deg)};
  return {{{fmt::format("registered on the {}, rms {:.2f} mm", body.name, found.residual_mm),
            onto_main ? motion : inverse_of(motion)}},
          ""};
}

/// Each on its own, all at once; the first refusal is kept.
void register_bodies(const Labels& main,
                     const Labels& partner,
                     const std::vector<Body>& bodies,
                     Registration& result,
                     Context& context) {
  context.throw_if_cancelled();
  const auto here = thinned(main), there = thinned(partner);
  std::vector<Registration> found(bodies.size());
  tbb::parallel_for(std::size_t{0}, bodies.size(), [&](std::size_t n) {
    found[n] = register_body(*here, *there, bodies[n]);
  });
  context.throw_if_cancelled();
  for (Registration& one : found) {
    for (Frame& frame : one.frames) result.frames.push_back(std::move(frame));
    if (result.refusal.empty()) result.refusal = one.refusal;
  }
}

using Parts = std::map<std::uint16_t, Part>;

/// The bones of one knee. A bone's shaft may be shown to any length: cartilage tells better where to begin.
std::vector<Body> knee_bodies(const Parts& main, const Parts& partner, const std::string& side) {
  const std::array<std::pair<std::uint16_t, std::uint16_t>, 3> bones{
      {{anatomy::kFemur, anatomy::kFemoralCartilage},
       {anatomy::kTibia, anatomy::kMedialTibialCartilage},
       {anatomy::kPatella, anatomy::kPatellarCartilage}}};
  std::vector<Body> bodies;
  for (const auto& [bone, cartilage] : bones) {
    if (!main.contains(bone) || !partner.contains(bone)) continue;
    const std::uint16_t mark = main.contains(cartilage) && partner.contains(cartilage) ? cartilage : bone;
    bodies.push_back({side + anatomy::short_name(bone),
                      {bone},
                      shift_between(main.at(mark).centroid_lps_mm, partner.at(mark).centroid_lps_mm),
                      KneeFollowup::Params{}.max_residual_mm});
  }
  return bodies;
}

void register_knees(const Labels& main, const Labels& partner, Registration& result, Context& context) {
  const auto here = part_knees(main), there = part_knees(partner);
  if (here.size() != there.size()) {
    result.refusal = "one of the visits shows both knees, the other one knee";
    return;
  }
  for (std::size_t n = 0; n < here.size(); ++n) {
    const std::string side = here.size() == 1 ? "" : n == 0 ? "right " : "left ";
    register_bodies(*here[n].labels,
                    *there[n].labels,
                    knee_bodies(parts_of(*here[n].labels), parts_of(*there[n].labels), side),
                    result,
                    context);
  }
}

/// The vertebrae that both show, as one piece; none when there is none.
std::vector<Body> spine_body(const Parts& main, const Parts& partner) {
  std::vector<Point> from, to;
  Body body;
  for (const auto& [id, part] : main) {
    if (!is_vertebra(id) || !partner.contains(id)) continue;
    body.ids.push_back(id);
    to.push_back(part.centroid_lps_mm);
    from.push_back(partner.at(id).centroid_lps_mm);
  }
  if (body.ids.empty()) return {};
  for (auto* points : {&from, &to})
    for (std::size_t n = 0; n < body.ids.size(); ++n)
      for (const double sign : {-1.0, 1.0}) {
        Point p = (*points)[n];
        p[0] += sign * kSideways_mm;
        points->push_back(p);
      }
  body.start = body.ids.size() >= 2 ? least_squares_motion(from, to) : shift_between(to[0], from[0]);
  body.name = body.ids.size() == 1 ? "body of " + anatomy::short_name(body.ids.front())
                                   : fmt::format("{} bodies {} to {}",
                                                 body.ids.size(),
                                                 anatomy::short_name(body.ids.front()),
                                                 anatomy::short_name(body.ids.back()));
  return {body};
}

std::vector<Body> hip_bodies(const Parts& main, const Parts& partner) {
  std::vector<Body> bodies;
  for (const std::uint16_t id : {anatomy::kProximalFemurRight, anatomy::kProximalFemurLeft})
    if (main.contains(id) && partner.contains(id))
      bodies.push_back({anatomy::short_name(id),
                        {id},
                        shift_between(main.at(id).centroid_lps_mm, partner.at(id).centroid_lps_mm)});
  return bodies;
}

void register_labels(const cases::OpenCase& main,
                     const cases::OpenCase& partner,
                     Registration& result,
                     Context& context) {
  const Parts here = parts_of(*main.labels), there = parts_of(*partner.labels);
  const auto both = [&](std::uint16_t id) { return here.contains(id) && there.contains(id); };
  if (both(anatomy::kTrabecularCompartment) && main.maps.contains("density") &&
      partner.maps.contains("density")) {
    result = register_densities(main, partner, context);
    return;
  }
  if (both(anatomy::kFemur) || both(anatomy::kTibia) || both(anatomy::kPatella))
    register_knees(*main.labels, *partner.labels, result, context);
  auto bodies = spine_body(here, there);
  for (Body& hip : hip_bodies(here, there)) bodies.push_back(std::move(hip));
  if (!bodies.empty()) register_bodies(*main.labels, *partner.labels, bodies, result, context);
  if (result.frames.empty() && result.refusal.empty()) result.refusal = "no bone is labelled at both visits";
}

}  // namespace

RigidMotion inverse_of(const RigidMotion& motion) {
  // q = R (p - c) + c + s  ->  p = R' (q - c - s) + c = R' (q - c) + c - R' s
  RigidMotion back;
  back.centre_lps_mm = motion.centre_lps_mm;
  for (unsigned r = 0; r < 3; ++r)
    for (unsigned c = 0; c < 3; ++c) {
      back.rotation[r][c] = motion.rotation[c][r];
      back.shift_mm[r] -= motion.rotation[c][r] * motion.shift_mm[c];
    }
  return back;
}

RigidMotion least_squares_motion(const std::vector<Point>& from, const std::vector<Point>& to) {
  require(from.size() == to.size() && from.size() >= 3,
          Errc::kInput,
          fmt::format("{} points onto {}: three pairs are needed", from.size(), to.size()));
  Eigen::Matrix3Xd p(3, from.size()), q(3, to.size());
  for (std::size_t n = 0; n < from.size(); ++n)
    for (unsigned a = 0; a < 3; ++a) {
      p(a, static_cast<Eigen::Index>(n)) = from[n][a];
      q(a, static_cast<Eigen::Index>(n)) = to[n][a];
    }
  const Eigen::Vector3d middle_p = p.rowwise().mean(), middle_q = q.rowwise().mean();
  const Eigen::Matrix3d covariance = (p.colwise() - middle_p) * (q.colwise() - middle_q).transpose();
  const Eigen::JacobiSVD<Eigen::Matrix3d> svd(covariance, Eigen::ComputeFullU | Eigen::ComputeFullV);
  Eigen::Matrix3d proper = Eigen::Matrix3d::Identity();
  proper(2, 2) = (svd.matrixV() * svd.matrixU().transpose()).determinant() < 0.0 ? -1.0 : 1.0;
  const Eigen::Matrix3d rotation = svd.matrixV() * proper * svd.matrixU().transpose();
  RigidMotion motion;
  for (unsigned r = 0; r < 3; ++r) {
    motion.centre_lps_mm[r] = middle_p[r];
    motion.shift_mm[r] = middle_q[r] - middle_p[r];
    for (unsigned c = 0; c < 3; ++c) motion.rotation[r][c] = rotation(r, c);
  }
  return motion;
}

Registration register_visits(const cases::OpenCase& main, const cases::OpenCase& partner, Context& context) {
  Registration result;
  if (main.labels.IsNull() || partner.labels.IsNull()) {
    result.refusal = "one of the visits has no labels to register by";
    return result;
  }
  try {
    register_labels(main, partner, result, context);
  } catch (const Error& e) {
    if (e.code() == Errc::kCancelled) throw;
    result.refusal = e.what();
  }
  if (!result.frames.empty()) result.refusal.clear();
  return result;
}

Registration register_series(const Volume& main,
                             const Volume& partner,
                             const std::string& modality,
                             RigidAlignment::Frames frames,
                             Context& context) {
  Registration result;
  if (frames == RigidAlignment::Frames::kShared) {
    result.frames.push_back({"same frame of reference", {}});
    return result;
  }
  if (frames == RigidAlignment::Frames::kDifferent) {
    result.refusal = "the series have different frames of reference: their coordinates mean different places";
    return result;
  }
  if (modality != "MR") {
    result.refusal = "no frame of reference is stated";
    return result;
  }
  try {
    const auto found = RigidAlignment()(main, partner, frames, nullptr, context);
    result.refusal = found.refusal;
    if (found.refusal.empty())
      result.frames.push_back(
          {fmt::format("no frame of reference is stated; aligned by the images, {:.1f} mm and "
                       "{:.1f} degrees",
                       found.moving_from_fixed.shift_length_mm(),
                       found.moving_from_fixed.turn_deg()),
           inverse_of(found.moving_from_fixed)});
  } catch (const Error& e) {
    if (e.code() == Errc::kCancelled) throw;
    result.refusal = e.what();
  }
  return result;
}

}  // namespace ledd::viewer
