#include "ledd/spine_segmentation/spine_segmentation.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "ledd/core/error.h"

#include "discs.h"
#include "instances.h"
#include "painter.h"
#include "probability.h"

namespace ledd {
namespace {

using namespace spine;  // NOLINT(google-build-using-namespace): the module's own

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

/// 1..N for the bodies and N + 1 for S1, on the work pixels.
std::vector<std::uint16_t> body_ids(const Probability& p, const Instances& found) {
  std::vector<std::uint16_t> ids(p.values[kBody].size(), 0);
  for (std::size_t n = 0; n < found.bodies.size(); ++n)
    for (const auto q : found.bodies[n].pixels) ids[q] = static_cast<std::uint16_t>(n + 1);
  if (!found.s1.empty())
    for (const auto q : found.s1[0].pixels) ids[q] = static_cast<std::uint16_t>(found.bodies.size() + 1);
  return ids;
}

/// n for the disc below body n, on the work pixels.
std::vector<std::uint16_t> disc_ids(const Probability& p, const Instances& found, double slice_spacing_mm) {
  std::vector<std::uint16_t> ids(p.values[kDisc].size(), 0);
  const auto discs = find_discs(p, found, slice_spacing_mm);
  for (std::size_t n = 0; n < discs.size(); ++n)
    for (const auto q : discs[n]) ids[q] = static_cast<std::uint16_t>(n + 1);
  return ids;
}

/// Interpolation may let both claim a voxel of the border: bone keeps it.
void keep_apart(const Labels& bodies, Labels& discs) {
  const std::size_t count = bodies.GetLargestPossibleRegion().GetNumberOfPixels();
  for (std::size_t n = 0; n < count; ++n)
    if (bodies.GetBufferPointer()[n] != 0) discs.GetBufferPointer()[n] = 0;
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
  require(!onnx_.empty(), Errc::kFormat, "the spine network is empty");
}

SpineSegmentation::Result SpineSegmentation::operator()(const Volume& flat, Context& context) const {
  const auto source_axes = axes_of(flat);
  const auto turned = reorient(flat, sagittal_axes(flat));
  require_sagittal(*turned);
  const Probability p = spine_probability(*turned, onnx_, params_.coarse_step_mm, params_.margin_mm, context);
  const Instances found =
      find_instances(p, {turned->GetSpacing()[2], params_.min_body_cm3, params_.max_single_body_mm});
  require(!found.bodies.empty(),
          Errc::kInput,
          "no vertebral body was found: is this an image of the thoracic or lumbar spine?");

  Result result;
  result.notes = found.notes;
  result.below_s1_cm3 = found.below_s1_cm3;
  for (const Component& c : found.bodies) result.bodies.push_back(body_of(c, p, *turned));
  if (!found.s1.empty()) result.s1 = body_of(found.s1[0], p, *turned);
  const Painter painter(*turned, p);
  const auto bodies = empty_like<Labels>(*turned), discs = empty_like<Labels>(*turned);
  const auto bone = empty_like<Volume>(*turned), disc = empty_like<Volume>(*turned),
             sac = empty_like<Volume>(*turned);
  painter.paint(body_ids(p, found), {kBody, kS1}, *bodies, *bone);
  painter.paint(disc_ids(p, found, turned->GetSpacing()[2]), {kDisc, kDisc}, *discs, *disc);
  keep_apart(*bodies, *discs);
  painter.copy(kSac, *sac);
  result.instances = reorient(*bodies, source_axes);
  result.discs = reorient(*discs, source_axes);
  result.body_probability = reorient(*bone, source_axes);
  result.disc_probability = reorient(*disc, source_axes);
  result.sac_probability = reorient(*sac, source_axes);
  return result;
}

}  // namespace ledd
