#include "ledd/spine_segmentation/spine_segmentation.h"

#include <fmt/format.h>
#include <tbb/parallel_for.h>

#include <algorithm>
#include <cmath>

#include "ledd/core/error.h"

#include "instances.h"
#include "probability.h"

namespace ledd {
namespace {

using namespace spine;

constexpr double kMinInPlaneMm = 0.2, kMaxInPlaneMm = 2.0;

std::array<Toward, 3> sagittal_axes(const Volume& image) {
  const auto axes = axes_of(image);
  const auto is_lr = [](Toward t) { return t == Toward::kLeft || t == Toward::kRight; };
  for (const Toward t : axes)
    if (is_lr(t)) return {Toward::kPosterior, Toward::kInferior, t};
  throw Error(Errc::kInput, "the image has no left-right axis");
}

void require_sagittal(const Volume& turned) {
  const auto s = turned.GetSpacing();
  require(s[0] >= kMinInPlaneMm && s[0] <= kMaxInPlaneMm && s[1] >= kMinInPlaneMm && s[1] <= kMaxInPlaneMm,
          Errc::kInput,
          fmt::format("voxels of {:.2f} mm front to back and {:.2f} mm head to foot; a sagittal stack with "
                      "{} to {} mm is needed",
                      s[0],
                      s[1],
                      kMinInPlaneMm,
                      kMaxInPlaneMm));
}

/// The value of a work-grid function at a native pixel, linear between work pixels, 0 outside the box.
class Upsampler {
 public:
  Upsampler(const Box& box, double spacing_mm, bool along_x, long native)
      : low_(static_cast<std::size_t>(native), -1) {
    t_.resize(static_cast<std::size_t>(native));
    const long first = along_x ? box.x : box.y, count = along_x ? box.width : box.height;
    for (long i = 0; i < native; ++i) {
      const double at = static_cast<double>(i) * spacing_mm / kWorkMm - static_cast<double>(first);
      if (at < 0.0 || at > static_cast<double>(count - 1)) continue;
      const long low = std::min(static_cast<long>(at), std::max(0L, count - 2));
      low_[static_cast<std::size_t>(i)] = low;
      t_[static_cast<std::size_t>(i)] = static_cast<float>(at - static_cast<double>(low));
    }
  }
  bool inside(std::size_t i) const { return low_[i] >= 0; }
  long low(std::size_t i) const { return low_[i]; }
  float t(std::size_t i) const { return t_[i]; }
  long nearest(std::size_t i) const { return low_[i] + (t_[i] > 0.5F ? 1 : 0); }

 private:
  std::vector<long> low_;
  std::vector<float> t_;
};

/// Carries instances and probabilities from the work grid to the grid of the image.
class Painter {
 public:
  Painter(const Volume& like, const Probability& p, const Instances& found)
      : p_(p),
        size_(like.GetLargestPossibleRegion().GetSize()),
        columns_(p.box, like.GetSpacing()[0], true, static_cast<long>(size_[0])),
        rows_(p.box, like.GetSpacing()[1], false, static_cast<long>(size_[1])),
        ids_(p.values[kBody].size(), 0) {
    for (std::size_t n = 0; n < found.bodies.size(); ++n)
      for (const auto q : found.bodies[n].pixels) ids_[q] = static_cast<std::uint16_t>(n + 1);
    if (!found.s1.empty())
      for (const auto q : found.s1[0].pixels) ids_[q] = static_cast<std::uint16_t>(found.bodies.size() + 1);
  }

  void paint(Labels& labels, Volume& probability) const {
    tbb::parallel_for(0L, p_.box.depth, [&](long z) {
      const std::size_t start = static_cast<std::size_t>(p_.box.z + z) * size_[0] * size_[1];
      for (std::size_t j = 0; j < size_[1]; ++j)
        for (std::size_t i = 0; i < size_[0]; ++i) {
          if (!columns_.inside(i) || !rows_.inside(j)) continue;
          const float p = std::max(value(kBody, i, j, z), value(kS1, i, j, z));
          const std::size_t n = start + j * size_[0] + i;
          if (p > 0.5F) labels.GetBufferPointer()[n] = id_near(i, j, z);
          // What was left out of the row of bodies must not look like bone to whoever reads the probability.
          probability.GetBufferPointer()[n] = labels.GetBufferPointer()[n] != 0 ? p : std::min(p, 1.0F - p);
        }
    });
  }

 private:
  float value(Channel channel, std::size_t i, std::size_t j, long z) const {
    const auto& v = p_.values[channel];
    const long x = columns_.low(i), y = rows_.low(j);
    const long right = std::min(x + 1, p_.box.width - 1), below = std::min(y + 1, p_.box.height - 1);
    const float upper = (1 - columns_.t(i)) * v[p_.at(x, y, z)] + columns_.t(i) * v[p_.at(right, y, z)];
    const float lower =
        (1 - columns_.t(i)) * v[p_.at(x, below, z)] + columns_.t(i) * v[p_.at(right, below, z)];
    return (1 - rows_.t(j)) * upper + rows_.t(j) * lower;
  }

  /// The instance of the nearest work pixel, or of one beside it: interpolation moves the border by less than
  /// a pixel.
  std::uint16_t id_near(std::size_t i, std::size_t j, long z) const {
    const long x = columns_.nearest(i), y = rows_.nearest(j);
    constexpr std::array<std::array<long, 2>, 9> kOrder{
        {{0, 0}, {-1, 0}, {1, 0}, {0, -1}, {0, 1}, {-1, -1}, {1, -1}, {-1, 1}, {1, 1}}};
    for (const auto& [dx, dy] : kOrder) {
      if (x + dx < 0 || x + dx >= p_.box.width || y + dy < 0 || y + dy >= p_.box.height) continue;
      const std::uint16_t id = ids_[p_.at(x + dx, y + dy, z)];
      if (id != 0) return id;
    }
    return 0;
  }

  const Probability& p_;
  Volume::SizeType size_;
  Upsampler columns_, rows_;
  std::vector<std::uint16_t> ids_;
};

/// Whether a component touches the first or last row, column or slice of the image.
bool is_cut(const Component& c, const Box& box, const Volume& image) {
  const auto size = image.GetLargestPossibleRegion().GetSize();
  const long right =
      static_cast<long>(std::floor(static_cast<double>(size[0] - 1) * image.GetSpacing()[0] / kWorkMm));
  const long bottom =
      static_cast<long>(std::floor(static_cast<double>(size[1] - 1) * image.GetSpacing()[1] / kWorkMm));
  constexpr long kMostPerEndSlice =
      60;  // pixels: the rounded side of a body may end in the last slice, its middle may not
  long in_first = 0, in_last = 0;
  for (const auto q : c.pixels) {
    const long x = q % box.width + box.x, y = q / box.width % box.height + box.y,
               z = q / (box.width * box.height) + box.z;
    if (x <= 0 || y <= 0 || x >= right || y >= bottom) return true;
    in_first += z == 0 ? 1 : 0;
    in_last += z == static_cast<long>(size[2]) - 1 ? 1 : 0;
  }
  return in_first > kMostPerEndSlice || in_last > kMostPerEndSlice;
}

SpineSegmentation::Body body_of(const Component& c, const Probability& p, const Volume& image) {
  SpineSegmentation::Body body;
  itk::ContinuousIndex<double, 3> index;
  for (unsigned a = 0; a < 3; ++a) index[a] = c.centre_mm[a] / image.GetSpacing()[a];
  Volume::PointType point;
  image.TransformContinuousIndexToPhysicalPoint(index, point);
  for (unsigned a = 0; a < 3; ++a) body.centre_lps_mm[a] = point[a];
  body.volume_cm3 = c.volume_cm3;
  for (const auto q : c.pixels) {
    body.last_lumbar += static_cast<double>(p.values[kLast][q]);
    body.s1 += static_cast<double>(p.values[kS1][q]);
  }
  body.last_lumbar /= static_cast<double>(c.pixels.size());
  body.s1 /= static_cast<double>(c.pixels.size());
  body.cut = is_cut(c, p.box, image);
  return body;
}

template <class Image>
typename Image::Pointer empty_like(const Volume& volume) {
  auto image = Image::New();
  image->CopyInformation(&volume);
  image->SetRegions(volume.GetLargestPossibleRegion());
  image->Allocate(true);
  return image;
}

}  // namespace

const ParamTable<SpineSegmentation::Params>& SpineSegmentation::Params::table() {
  static const auto table =
      ParamTable<Params>()
          .add(&Params::coarse_step_mm,
               "coarse_step_mm",
               "mm",
               "Distance of the slices that are searched first.",
               {1, 40})
          .add(&Params::margin_mm, "margin_mm", "mm", "Border kept around what the search finds.", {0, 100})
          .add(&Params::min_body_cm3,
               "min_body_cm3",
               "cm3",
               "Smaller parts are not taken for a vertebral body.",
               {0.5, 20})
          .add(&Params::max_single_body_mm,
               "max_single_body_mm",
               "mm",
               "A component taller than this is tried for two bodies grown together.",
               {20, 120});
  return table;
}

SpineSegmentation::SpineSegmentation(const Params& params, std::string onnx)
    : params_(params), onnx_(std::move(onnx)) {
  Params::table().validate(params_);
  require(!onnx_.empty(), Errc::kFormat, "the vertebra network is empty");
}

SpineSegmentation::Result SpineSegmentation::operator()(const Volume& flat, Context& context) const {
  const auto source_axes = axes_of(flat);
  const auto turned = reorient(flat, sagittal_axes(flat));
  require_sagittal(*turned);
  const Probability p =
      spine_probability(*turned, onnx_, params_.coarse_step_mm, params_.margin_mm, context);
  const Instances found =
      find_instances(p, {turned->GetSpacing()[2], params_.min_body_cm3, params_.max_single_body_mm});
  require(!found.bodies.empty(),
          Errc::kInput,
          "no vertebral body was found: is this a sagittal image of the spine?");

  Result result;
  result.notes = found.notes;
  for (const Component& c : found.bodies) result.bodies.push_back(body_of(c, p, *turned));
  if (!found.s1.empty()) result.s1 = body_of(found.s1[0], p, *turned);
  const auto labels = empty_like<Labels>(*turned);
  const auto probability = empty_like<Volume>(*turned);
  Painter(*turned, p, found).paint(*labels, *probability);
  result.instances = reorient(*labels, source_axes);
  result.body_probability = reorient(*probability, source_axes);
  return result;
}

}  // namespace ledd
