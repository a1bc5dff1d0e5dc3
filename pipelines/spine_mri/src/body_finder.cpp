#include "ledd/spine_mri/body_finder.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <utility>

#include "ledd/core/error.h"

namespace ledd {
namespace {

constexpr std::size_t kFewestBodies = 3;  // one or two can be the condyles of a knee; a spine is a row
// The mean absolute differences from readers are those of docs/accuracy.md.
constexpr char kFlag[] =
    "bodies found by the classical method; look at them: lengths differ from readers' by 1 to 5 mm";
constexpr char kBelowZero[] = "the image has values below zero, which MR magnitudes have not";

/// MR magnitudes are not negative, but for the ringing of whoever resampled them.
bool is_magnitude(const Volume& scan) {
  constexpr double kMostNegative = 0.01;  // of all voxels
  const std::size_t count = scan.GetLargestPossibleRegion().GetNumberOfPixels();
  const float* values = scan.GetBufferPointer();
  float highest = 0.0F;
  for (std::size_t n = 0; n < count; ++n) highest = std::max(highest, values[n]);
  std::size_t below = 0;
  for (std::size_t n = 0; n < count; ++n) below += values[n] < -0.01F * highest ? 1 : 0;
  return static_cast<double>(below) <= kMostNegative * static_cast<double>(count);
}

/// What speaks against the network's answer; empty when nothing does.
std::string against(const SpineSegmentation::Result& found, double max_doubt) {
  if (found.bodies.size() < kFewestBodies)
    return fmt::format(
        "this does not look like a spine: {} vertebral bodies found, at least {} in a row are needed",
        found.bodies.size(),
        kFewestBodies);
  const double doubt = BodyFinder::doubt(found);
  if (!(doubt <= max_doubt))
    return fmt::format("the network is in doubt about what it found ({:.2f} bits a voxel, at most {:.2f})",
                       doubt,
                       max_doubt);
  return "";
}

/// What to say with everything measured on the network's bodies; empty when the scan is like those it knows.
std::string flag_of(const SpineSegmentation::Result& found, const Volume& scan, double usual_doubt) {
  if (!is_magnitude(scan)) return kBelowZero;
  const double doubt = BodyFinder::doubt(found);
  if (doubt <= usual_doubt) return "";
  return fmt::format(
      "the network is less sure than on the scans it was judged on ({:.2f} bits a voxel, there at most "
      "{:.2f})",
      doubt,
      usual_doubt);
}

SpineSegmentation::Result as_segmentation(ClassicalVertebrae::Result found) {
  SpineSegmentation::Result result;
  result.discs = Labels::New();
  result.discs->CopyInformation(found.instances);
  result.discs->SetRegions(found.instances->GetLargestPossibleRegion());
  result.discs->Allocate(true);
  result.instances = std::move(found.instances);
  result.body_probability = std::move(found.body_probability);
  for (const auto& body : found.bodies)
    result.bodies.push_back({body.centre_lps_mm, body.volume_cm3, 0.0, 0.0, body.cut});
  return result;
}

}  // namespace

const ParamTable<BodyFinder::Params>& BodyFinder::Params::table() {
  static const auto table =
      ParamTable<Params>()
          .add(&Params::method,
               "method",
               "What finds the bodies; auto: the classical method where the network's answer is unlike a "
               "spine.",
               {{"auto", Method::kAuto}, {"network", Method::kNetwork}, {"classical", Method::kClassical}})
          .add(&Params::max_doubt,
               "max_doubt",
               "bit",
               "Mean entropy of the network's bodies above which they are not used.",
               {0, 1})
          .add(&Params::usual_doubt,
               "usual_doubt",
               "bit",
               "The same, above which everything measured on them is flagged.",
               {0, 1});
  return table;
}

BodyFinder::BodyFinder(const Params& params, SpineSegmentation network, const ClassicalVertebrae& classical)
    : params_(params), network_(std::move(network)), classical_(classical) {
  Params::table().validate(params_);
}

double BodyFinder::doubt(const SpineSegmentation::Result& found) {
  const std::size_t count = found.instances->GetLargestPossibleRegion().GetNumberOfPixels();
  double sum = 0.0, voxels = 0.0;
  for (std::size_t n = 0; n < count; ++n) {
    if (found.instances->GetBufferPointer()[n] == 0) continue;
    const double p = static_cast<double>(found.body_probability->GetBufferPointer()[n]);
    if (p > 0.0 && p < 1.0) sum -= p * std::log2(p) + (1.0 - p) * std::log2(1.0 - p);
    voxels += 1.0;
  }
  return voxels > 0.0 ? sum / voxels : 1.0;
}

BodyFinder::Result BodyFinder::by_classical(const Volume& scan,
                                            const Volume& flat,
                                            const std::string& why,
                                            Context& context) const {
  const std::string before = why.empty() ? "" : why + "; ";
  require(
      is_magnitude(scan), Errc::kInput, before + "the classical method is not for this image: " + kBelowZero);
  auto found = classical_(flat, context);
  require(found.reason.empty(), Errc::kInput, before + "the classical method found none: " + found.reason);
  Result result{as_segmentation(std::move(found)), Method::kClassical, kFlag};
  result.bodies.notes.push_back(why.empty()
                                    ? fmt::format("{}: it was asked for.", kFlag)
                                    : fmt::format("{}: the network's answer was not used ({}).", kFlag, why));
  return result;
}

BodyFinder::Result BodyFinder::operator()(const Volume& scan, const Volume& flat, Context& context) const {
  if (params_.method == Method::kClassical) return by_classical(scan, flat, "", context);
  std::string why;
  try {
    auto bodies = network_(flat, context);
    // Whoever asks for the network alone gets a doubtful answer as well, as long as it is a row.
    why = against(bodies, params_.method == Method::kNetwork ? 1.0 : params_.max_doubt);
    if (why.empty()) {
      const auto flag = flag_of(bodies, scan, params_.usual_doubt);
      return {std::move(bodies), Method::kNetwork, flag};
    }
  } catch (const Error& e) {
    if (e.code() != Errc::kInput) throw;
    why = e.what();
  }
  require(params_.method != Method::kNetwork, Errc::kInput, why);
  return by_classical(scan, flat, why, context);
}

}  // namespace ledd
