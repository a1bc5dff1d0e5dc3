#include <fmt/format.h>

#include "ledd/anatomy/anatomy.h"
#include "ledd/cartilage_relaxometry/cartilage_relaxometry.h"
#include "ledd/measurement/estimate.h"

#include "plates.h"

namespace ledd {
namespace {

using Quantity = CartilageRelaxometry::Quantity;
using Region = CartilageRelaxometry::Region;
using Statistics = CartilageRelaxometry::Statistics;

constexpr std::array<Quantity, 3> kQuantities{Quantity::kT2, Quantity::kT1rho, Quantity::kT2star};
constexpr const char* kMethod = "cartilage-relaxometry/1";
constexpr const char* kNotThere = "not in the segmentation, as far as the scan shows it";
constexpr const char* kPrecision = "of the fits: docs/relaxometry.md; between scans: not yet measured";

std::vector<EndpointDefinition> definitions_of(Quantity quantity) {
  const std::string key(name_of(quantity));
  const std::string source = "Carballido-Gamio et al., Magn Reson Med 63:465, 2010";
  const auto over = [&](const std::string& suffix, const std::string& title, const std::string& where) {
    return EndpointDefinition{key + suffix,
                              fmt::format("{} of cartilage{}", key, title),
                              "ms",
                              kMethod,
                              fmt::format("{} over the voxels of the plate{} whose fit is good.", key, where),
                              source,
                              kPrecision};
  };
  std::vector<EndpointDefinition> all{
      over("", "", ""),
      over("_deep", ", deep half", " with a relative depth (0 at the bone, 1 at the joint) below 0.5"),
      over("_superficial", ", superficial half", " with a relative depth of 0.5 or more")};
  for (std::size_t i = 1; i <= CartilageRelaxometry::kLayers; ++i)
    all.push_back(over(fmt::format("_layer{}", i),
                       fmt::format(", layer {} of {}", i, CartilageRelaxometry::kLayers),
                       fmt::format(" in the {}. fifth of relative depth, counted from the bone", i)));
  all.push_back({key + "_voxels",
                 fmt::format("Voxels behind {}", key),
                 "1",
                 kMethod,
                 "Voxels of the plate whose fit is good.",
                 source,
                 "exact"});
  all.push_back({key + "_excluded",
                 fmt::format("Voxels left out of {}", key),
                 "%",
                 kMethod,
                 "Share of the plate's voxels whose fit is not good (at a bound, growing, noise, not "
                 "converged) or whose "
                 "value is longer than fluid_ms.",
                 source,
                 "exact"});
  return all;
}

struct Judgement {
  Quality quality = Quality::kGood;
  std::string reason;
  bool inherent = false;
};

/// One plate's or sub-region's rows.
class Rows {
 public:
  Rows(const CartilageRelaxometry::Params& params, Quantity quantity, std::vector<Measurement>& out)
      : params_(params), key_(name_of(quantity)), out_(out) {}

  void add(const Region& region) {
    is_part_ = region.is_part;
    push(region.name, "", region.all, "");
    push(region.name, "_deep", region.deep, region.no_depth);
    push(region.name, "_superficial", region.superficial, region.no_depth);
    for (std::size_t i = 0; i < region.layers.size(); ++i)
      push(region.name, fmt::format("_layer{}", i + 1), region.layers[i], region.no_depth);
    const auto voxels = static_cast<double>(region.all.voxels);
    const auto total = static_cast<double>(region.all.voxels + region.all.excluded);
    out_.push_back(measured(region.name, definition("_voxels"), voxels));
    out_.push_back(total > 0.0
                       ? measured(region.name, definition("_excluded"), 100.0 * (1.0 - voxels / total))
                       : failed(region.name, definition("_excluded"), "no voxel of it lies in the scan"));
  }

  void add_failed(const std::string& region, const std::string& reason, bool is_inherent) {
    for (const auto& d : CartilageRelaxometry::definitions())
      if (d.key == key_ || d.key.starts_with(key_ + "_")) {
        out_.push_back(failed(region, d, reason));
        out_.back().inherent = is_inherent;
        if (d.unit == "ms") out_.back().statistic = "mean";
      }
  }

 private:
  const EndpointDefinition& definition(const std::string& suffix) const {
    return definition_of(key_ + suffix, CartilageRelaxometry::definitions());
  }

  Judgement judged(const Statistics& s) const {
    if (s.voxels < static_cast<std::size_t>(params_.min_voxels))
      return {Quality::kFailed,
              fmt::format("{} voxels with a good fit, {} are needed", s.voxels, params_.min_voxels),
              // A part of a plate that is smaller than that lacks voxels, not a better segmentation.
              is_part_ && s.voxels + s.excluded < static_cast<std::size_t>(params_.min_voxels)};
    const double share = static_cast<double>(s.excluded) / static_cast<double>(s.excluded + s.voxels);
    if (share > params_.max_excluded)
      return {Quality::kUncertain,
              fmt::format("{:.0f} % of the voxels have no good fit and were left out", 100.0 * share)};
    return {Quality::kGood, ""};
  }

  void push(const std::string& region,
            const std::string& suffix,
            const Statistics& s,
            const std::string& why_not) {
    const EndpointDefinition& endpoint = definition(suffix);
    const Judgement judged_as = why_not.empty() ? judged(s) : Judgement{Quality::kFailed, why_not};
    const auto one = [&](const char* statistic, double value) {
      out_.push_back(graded(region, endpoint, value, judged_as.quality, judged_as.reason));
      out_.back().statistic = statistic;
      out_.back().inherent = judged_as.inherent;
    };
    one("mean", s.mean_ms);
    const bool whole_or_half = suffix.empty() || suffix == "_deep" || suffix == "_superficial";
    if (judged_as.quality == Quality::kFailed || !whole_or_half) return;
    one("median", s.median_ms);
    one("sd", s.sd_ms);
  }

  const CartilageRelaxometry::Params& params_;
  std::string key_;
  std::vector<Measurement>& out_;
  bool is_part_ = false;
};

}  // namespace

std::string_view name_of(Quantity quantity) noexcept {
  switch (quantity) {
    case Quantity::kT2: return "T2";
    case Quantity::kT1rho: return "T1rho";
    case Quantity::kT2star: return "T2star";
  }
  return "";
}

const std::vector<EndpointDefinition>& CartilageRelaxometry::definitions() {
  static const auto all = [] {
    std::vector<EndpointDefinition> made;
    for (const Quantity q : kQuantities)
      for (auto& d : definitions_of(q)) made.push_back(std::move(d));
    return made;
  }();
  return all;
}

std::vector<Measurement> CartilageRelaxometry::measurements(const Result& result, Quantity quantity) const {
  std::vector<Measurement> out;
  Rows rows(params_, quantity, out);
  for (const auto& [plate, bone] : cartilage::kPlates) {
    const auto there = std::find_if(result.regions.begin(),
                                    result.regions.end(),
                                    [&, id = plate](const Region& r) { return r.id == id && !r.is_part; });
    if (there != result.regions.end())
      rows.add(*there);
    else
      rows.add_failed(anatomy::short_name(plate), kNotThere, true);
  }
  for (const Region& region : result.regions) {
    if (!region.is_part) continue;
    if (region.all.voxels + region.all.excluded == 0)
      rows.add_failed(region.name, kNotThere, true);
    else
      rows.add(region);
  }
  return out;
}

std::vector<Measurement> CartilageRelaxometry::unmeasured(Quantity quantity, const std::string& reason) {
  std::vector<Measurement> out;
  const Params params;
  Rows rows(params, quantity, out);
  for (const auto& [plate, bone] : cartilage::kPlates)
    rows.add_failed(anatomy::short_name(plate), reason, false);
  return out;
}

}  // namespace ledd
