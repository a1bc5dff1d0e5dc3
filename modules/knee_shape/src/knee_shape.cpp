#include "ledd/knee_shape/knee_shape.h"

#include <fmt/format.h>
#include <tbb/blocked_range.h>
#include <tbb/parallel_for.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "ledd/core/error.h"
#include "ledd/mesh/vectors.h"

#include "model.h"
#include "point_grid.h"

namespace ledd {
namespace {

constexpr double kLookMm = 5.0, kKernelMm = 1.5;  // the same as tools/train/knee/shape_fit.py
constexpr double kLeastShare = 0.1;               // of the weight: thickness is not taken from afar
constexpr double kNan = std::numeric_limits<double>::quiet_NaN();

/// In what a fit lies beyond the persons left out, by more than `margin`.
std::string doubt_of(const ShapeFit& fit, const shape::Limits& limits, double margin) {
  std::string all;
  const auto add = [&](const std::string& reason) { all += (all.empty() ? "" : ", ") + reason; };
  const auto above = [&](const char* what, double value, double most) {
    if (!(value <= margin * most))
      add(fmt::format("{} {:.2f} (learned knees: up to {:.2f})", what, value, most));
  };
  above("mm RMS from the learned shape:", fit.rms_mm, static_cast<double>(limits.rms_mm));
  above("mm at the 95th percentile:", fit.p95_mm, static_cast<double>(limits.p95_mm));
  above("mean squared mode, SD^2:", fit.distance, static_cast<double>(limits.distance));
  above("size", fit.size, static_cast<double>(limits.largest));
  if (!(fit.size >= static_cast<double>(limits.smallest) / margin))
    add(fmt::format("size {:.2f} (learned knees: from {:.2f})", fit.size, limits.smallest));
  return all;
}

}  // namespace

const ParamTable<KneeShape::Params>& KneeShape::Params::table() {
  using P = Params;
  static const auto table =
      ParamTable<P>()
          .add(&P::never,
               "never",
               "1",
               "Cartilage is unlikely where fewer of the learned persons have some.",
               {0.0, 0.2})
          .add(&P::least_mm3, "least_mm3", "mm3", "Smaller unlikely parts are a plate's rim.", {0.0, 1000.0})
          .add(
              &P::once,
              "once",
              "1",
              "Bare bone beside a plate was once covered where at least this share of persons has cartilage.",
              {0.5, 1.0})
          .add(&P::margin,
               "margin",
               "1",
               "A bone is unlike the learned ones beyond this multiple of their range.",
               {1.0, 10.0})
          .add(&P::least_reached, "least_reached", "1", "Less of a bone is not judged.", {0.1, 1.0});
  return table;
}

const shape::BoneModel& KneeShape::Model::bone(std::uint16_t id) const {
  for (const auto& one : bones)
    if (one.id == id) return one;
  throw Error(Errc::kInput, fmt::format("no shape was learned of the bone with label {}", id));
}

KneeShape::KneeShape(const Params& params, std::string_view model) : params_(params) {
  Params::table().validate(params_);
  model_ = std::make_unique<const Model>(Model{shape::read_model(model)});
}

KneeShape::~KneeShape() = default;
KneeShape::KneeShape(KneeShape&&) noexcept = default;
KneeShape& KneeShape::operator=(KneeShape&&) noexcept = default;

std::vector<std::uint16_t> KneeShape::bones() const {
  std::vector<std::uint16_t> ids;
  for (const auto& bone : model_->bones) ids.push_back(bone.id);
  return ids;
}

std::vector<std::uint16_t> KneeShape::cartilages_of(std::uint16_t bone) const {
  std::vector<std::uint16_t> ids;
  for (const auto& one : model_->bones)
    if (one.id == bone)
      for (const auto& plate : one.plates) ids.push_back(plate.id);
  return ids;
}

ShapeFit KneeShape::fit(const TriangleMesh& bone, std::uint16_t bone_id, anatomy::Side side) const {
  const auto& model = model_->bone(bone_id);
  constexpr std::size_t kLeastPoints = 100;
  require(
      bone.points_lps_mm.size() >= kLeastPoints,
      Errc::kInput,
      fmt::format(
          "the surface of bone {} has {} points: too few for its shape", bone_id, bone.points_lps_mm.size()));
  ShapeFit fit = shape::fit_bone(model, bone, side);
  fit.usable = fit.reached >= params_.least_reached;
  fit.doubt = fit.usable
                  ? doubt_of(fit, model.limits, params_.margin)
                  : fmt::format("{:.0f} % of the learned places are met (at least {:.0f} % are needed)",
                                100 * fit.reached,
                                100 * params_.least_reached);
  return fit;
}

LearnedCartilage KneeShape::cartilage_at(const ShapeFit& fit,
                                         std::uint16_t cartilage,
                                         std::span<const Point> points_lps_mm,
                                         std::span<const Point> normals) const {
  const auto& plates = model_->bone(fit.bone_id).plates;
  const auto plate =
      std::find_if(plates.begin(), plates.end(), [&](const auto& p) { return p.id == cartilage; });
  require(plate != plates.end(),
          Errc::kInput,
          fmt::format("cartilage {} is not of bone {}", cartilage, fit.bone_id));
  require(points_lps_mm.size() == normals.size(),
          Errc::kInput,
          fmt::format("{} points, {} normals", points_lps_mm.size(), normals.size()));
  const std::vector<double> nothing(points_lps_mm.size(), kNan);
  LearnedCartilage out{nothing, nothing, nothing};
  if (!fit.usable) return out;
  const shape::PointGrid grid(fit.points_lps_mm, kLookMm);
  tbb::parallel_for(tbb::blocked_range<std::size_t>(0, points_lps_mm.size()), [&](const auto& range) {
    for (std::size_t v = range.begin(); v < range.end(); ++v) {
      double sum = 0.0, thick_sum = 0.0, p = 0.0, thick = 0.0, sd = 0.0;
      grid.within(points_lps_mm[v], kLookMm, [&](std::uint32_t n, double d2) {
        if (!(vec::dot(fit.normals[n], normals[v]) > 0.0)) return;
        const double w = std::exp(-0.5 * d2 / (kKernelMm * kKernelMm));
        sum += w;
        p += w * plate->probability[n];
        if (std::isnan(plate->thickness_mm[n]) || std::isnan(plate->thickness_sd_mm[n])) return;
        thick_sum += w;
        thick += w * plate->thickness_mm[n];
        sd += w * plate->thickness_sd_mm[n];
      });
      if (sum > 0.0) out.probability[v] = p / sum;
      if (!(thick_sum > kLeastShare * sum)) continue;
      out.thickness_mm[v] = thick / thick_sum;
      out.thickness_sd_mm[v] = sd / thick_sum;
    }
  });
  return out;
}

}  // namespace ledd
