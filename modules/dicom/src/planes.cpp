#include "planes.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <utility>

#include "ledd/core/error.h"

namespace ledd::dicom {
namespace {

Facts facts_of(const PlaneRequest& request) {
  Scanned scanned = scan(request.path);
  require(scanned.facts.has_value(), Errc::kInput, request.path.string() + ": " + scanned.entry.reason);
  require(scanned.facts->defect.empty(), Errc::kInput, scanned.facts->defect);
  const Facts& facts = *scanned.facts;
  for (const PlaneRequest::Plane& plane : request.planes)
    require(facts.sop_instance_uid == plane.sop_instance_uid && facts.pixels.rows == request.rows &&
                facts.pixels.columns == request.columns && plane.frame < facts.frames.size() &&
                facts.frames[plane.frame].position_lps_mm == plane.position_lps_mm,
            Errc::kInput,
            request.path.string() + ": is not the image that was indexed under this name");
  return std::move(*scanned.facts);
}

}  // namespace

Planes::Planes(const PlaneRequest& request) : request_(request), facts_(facts_of(request)), pixels_(facts_) {}

void Planes::read(std::size_t i, float* to) const {
  const unsigned index = request_.planes[i].frame;
  const Frame& frame = facts_.frames[index];
  pixels_.rescale(index, frame.rescale_slope, frame.rescale_intercept, to);
  require(
      std::all_of(
          to, to + std::size_t{request_.rows} * request_.columns, [](float v) { return std::isfinite(v); }),
      Errc::kInput,
      fmt::format("{}: RescaleSlope (0028,1053) {} and RescaleIntercept (0028,1052) {} make values that are "
                  "not finite",
                  request_.path.string(),
                  frame.rescale_slope,
                  frame.rescale_intercept));
}

}  // namespace ledd::dicom
