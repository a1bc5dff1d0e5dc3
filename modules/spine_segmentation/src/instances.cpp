#include "instances.h"

#include <fmt/format.h>
#include <opencv2/imgproc.hpp>

#include <algorithm>
#include <cmath>
#include <optional>

#include "lattice.h"

namespace ledd::spine {
namespace {

constexpr float kInside = 0.5F;
constexpr int kMaxErosionMm = 8;           // a body is at least twice as tall unless it has collapsed
constexpr double kMinPartCm3 = 2.0;        // of a split: less is a corner, not a body
constexpr double kNearestBodiesMm = 16.0;  // T11 of a small person collapsed by a third, plus a disc
constexpr double kFarthestBodiesMm = 55.0;
constexpr double kFarthestWithGapMm = 95.0;  // one body missed between

class Finder {
 public:
  Finder(const Probability& p, const InstanceRules& rules)
      : p_(p), rules_(rules), lattice_(p.box), mark_(p.values[kBody].size(), 0) {}

  Component describe(Pixels pixels) const {
    Component c;
    long top = p_.box.height, bottom = -1;
    for (const std::uint32_t q : pixels) {
      const long x = q % p_.box.width, y = q / p_.box.width % p_.box.height,
                 z = q / (p_.box.width * p_.box.height);
      c.centre_mm[0] += static_cast<double>(x);
      c.centre_mm[1] += static_cast<double>(y);
      c.centre_mm[2] += static_cast<double>(z);
      top = std::min(top, y);
      bottom = std::max(bottom, y);
    }
    const auto n = static_cast<double>(pixels.size());
    c.centre_mm[0] = (c.centre_mm[0] / n + static_cast<double>(p_.box.x)) * kWorkMm;
    c.centre_mm[1] = (c.centre_mm[1] / n + static_cast<double>(p_.box.y)) * kWorkMm;
    c.centre_mm[2] = (c.centre_mm[2] / n + static_cast<double>(p_.box.z)) * rules_.slice_spacing_mm;
    c.volume_cm3 = volume_cm3(pixels);
    c.height_mm = static_cast<double>(bottom - top + 1) * kWorkMm;
    c.pixels = std::move(pixels);
    return c;
  }

  double volume_cm3(const Pixels& pixels) const {
    return static_cast<double>(pixels.size()) * kWorkMm * kWorkMm * rules_.slice_spacing_mm / 1000.0;
  }

  /// Connected components of one channel where it exceeds a half and the other channel.
  std::vector<Pixels> components(Channel channel, Channel other) {
    Pixels inside;
    for (std::uint32_t q = 0; q < mark_.size(); ++q)
      if (p_.values[channel][q] > kInside && p_.values[channel][q] >= p_.values[other][q]) {
        inside.push_back(q);
        mark_[q] = 1;
      }
    return parts_of(inside, mark_, 1, lattice_);
  }

  /// The component as one or more bodies: eroded in plane until a too tall one falls into parts, which then
  /// grow back.
  void split(Pixels pixels, std::vector<Component>& out) {
    Component whole = describe(std::move(pixels));
    if (whole.height_mm <= rules_.max_single_body_mm) {
      out.push_back(std::move(whole));
      return;
    }
    const std::vector<float> depth_mm = depths(whole.pixels);
    for (int erosion = 1; erosion <= kMaxErosionMm; ++erosion) {
      for (std::size_t n = 0; n < whole.pixels.size(); ++n)
        mark_[whole.pixels[n]] = depth_mm[n] > static_cast<float>(erosion) ? 1 : 2;
      auto seeds = parts_of(whole.pixels, mark_, 1, lattice_);
      auto grown = grow_back(std::move(seeds), whole.pixels);
      std::erase_if(grown, [&](const Pixels& part) { return volume_cm3(part) < kMinPartCm3; });
      if (grown.size() < 2) continue;
      for (Pixels& part : grown) split(std::move(part), out);
      return;
    }
    out.push_back(std::move(whole));
  }

 private:
  /// Distance to the nearest pixel outside the component, in plane.
  std::vector<float> depths(const Pixels& pixels) const {
    const auto plane = static_cast<std::uint32_t>(p_.box.width * p_.box.height);
    std::vector<float> result(pixels.size());
    for (std::size_t first = 0; first < pixels.size();) {
      const std::uint32_t z = pixels[first] / plane;
      std::size_t last = first;
      cv::Mat mask =
          cv::Mat::zeros(static_cast<int>(p_.box.height) + 2, static_cast<int>(p_.box.width) + 2, CV_8U);
      for (; last < pixels.size() && pixels[last] / plane == z; ++last) pixel(mask, pixels[last] % plane) = 1;
      cv::Mat distance;
      cv::distanceTransform(mask, distance, cv::DIST_L2, cv::DIST_MASK_PRECISE);
      for (std::size_t n = first; n < last; ++n) {
        const auto q = static_cast<int>(pixels[n] % plane), width = static_cast<int>(p_.box.width);
        result[n] = distance.at<float>(q / width + 1, q % width + 1) * static_cast<float>(kWorkMm);
      }
      first = last;
    }
    return result;
  }

  std::uint8_t& pixel(cv::Mat& mask, std::uint32_t q) const {
    const auto width = static_cast<std::uint32_t>(p_.box.width);
    return mask.at<std::uint8_t>(static_cast<int>(q / width) + 1, static_cast<int>(q % width) + 1);
  }

  /// Seeds take in the rest of the component (marked 2) ring by ring; equal distances go to the earlier seed.
  std::vector<Pixels> grow_back(std::vector<Pixels> seeds, const Pixels& all) {
    std::vector<std::size_t> front(seeds.size(), 0);
    for (bool changed = true; changed;) {
      changed = false;
      for (std::size_t s = 0; s < seeds.size(); ++s) {
        const std::size_t end = seeds[s].size();
        for (; front[s] < end; ++front[s])
          lattice_.neighbours(seeds[s][front[s]], [&](std::uint32_t q) {
            if (mark_[q] != 2) return;
            mark_[q] = 0;
            seeds[s].push_back(q);
            changed = true;
          });
      }
    }
    for (const std::uint32_t q : all) mark_[q] = 0;  // specks that no seed reached
    for (Pixels& part : seeds) std::sort(part.begin(), part.end());
    return seeds;
  }

  const Probability& p_;
  const InstanceRules& rules_;
  Lattice lattice_;
  std::vector<std::uint8_t> mark_;
};

double distance_mm(const Component& a, const Component& b) {
  return std::hypot(
      a.centre_mm[0] - b.centre_mm[0], a.centre_mm[1] - b.centre_mm[1], a.centre_mm[2] - b.centre_mm[2]);
}

/// Cost of `lower` following `upper` in the chain, or nothing when they cannot be neighbours.
std::optional<double> link_cost(const Component& upper, const Component& lower) {
  const double d = distance_mm(upper, lower);
  const double down = lower.centre_mm[1] - upper.centre_mm[1];
  if (d < kNearestBodiesMm || d > kFarthestWithGapMm || down < 0.35 * d) return std::nullopt;
  return d > kFarthestBodiesMm ? 4.0 : 0.0;
}

/// The chain of components of the largest summed cube roots of volume, less the costs of its links.
std::vector<Component> best_chain(std::vector<Component> all) {
  std::sort(
      all.begin(), all.end(), [](const auto& a, const auto& b) { return a.centre_mm[1] < b.centre_mm[1]; });
  std::vector<double> score(all.size());
  std::vector<std::size_t> before(all.size());
  std::size_t best = 0;
  for (std::size_t n = 0; n < all.size(); ++n) {
    const double own = std::cbrt(all[n].volume_cm3);
    score[n] = own;
    before[n] = n;
    for (std::size_t m = 0; m < n; ++m) {
      const auto cost = link_cost(all[m], all[n]);
      if (!cost || score[m] + own - *cost <= score[n]) continue;
      score[n] = score[m] + own - *cost;
      before[n] = m;
    }
    if (score[n] > score[best]) best = n;
  }
  std::vector<Component> chain;
  if (all.empty()) return chain;
  for (std::size_t n = best;; n = before[n]) {
    chain.push_back(std::move(all[n]));
    if (before[n] == n) break;
  }
  std::reverse(chain.begin(), chain.end());
  return chain;
}

/// The largest S1 component that lies where S1 can be below one of the bodies.
std::vector<Component> find_s1(Finder& finder, const std::vector<Component>& chain, double min_cm3) {
  std::vector<Component> candidates;
  for (Pixels& pixels : finder.components(kS1, kBody)) {
    Component c = finder.describe(std::move(pixels));
    const bool placed = std::any_of(chain.begin(), chain.end(), [&](const Component& body) {
      const double d = distance_mm(body, c);
      return d >= kNearestBodiesMm && d <= kFarthestBodiesMm && c.centre_mm[1] > body.centre_mm[1];
    });
    if (placed && c.volume_cm3 >= min_cm3) candidates.push_back(std::move(c));
  }
  const auto largest =
      std::max_element(candidates.begin(), candidates.end(), [](const auto& a, const auto& b) {
        return a.volume_cm3 < b.volume_cm3;
      });
  if (largest == candidates.end()) return {};
  return {std::move(*largest)};
}

/// The network learned S1 near the midline only, so its sides may come out as a body of their own: what lies
/// beside S1, nearer in the sagittal plane than two bodies can be, is a part of it.
std::size_t join_sides_of_s1(std::vector<Component>& bodies, Component& s1) {
  return std::erase_if(bodies, [&](const Component& c) {
    if (std::hypot(c.centre_mm[0] - s1.centre_mm[0], c.centre_mm[1] - s1.centre_mm[1]) >= kNearestBodiesMm)
      return false;
    s1.pixels.insert(s1.pixels.end(), c.pixels.begin(), c.pixels.end());
    std::sort(s1.pixels.begin(), s1.pixels.end());
    s1.volume_cm3 += c.volume_cm3;
    return true;
  });
}

}  // namespace

Instances find_instances(const Probability& p, const InstanceRules& rules) {
  Finder finder(p, rules);
  Instances result;
  std::vector<Component> all;
  for (Pixels& pixels : finder.components(kBody, kS1))
    if (finder.volume_cm3(pixels) >= rules.min_body_cm3) finder.split(std::move(pixels), all);
  std::erase_if(all, [&](const Component& c) { return c.volume_cm3 < rules.min_body_cm3; });
  std::size_t found = all.size();
  result.bodies = best_chain(std::move(all));
  result.s1 = find_s1(finder, result.bodies, rules.min_body_cm3 / 2.0);
  if (!result.s1.empty()) {
    found -= join_sides_of_s1(result.bodies, result.s1[0]);
    std::erase_if(result.bodies, [&](const Component& c) {
      if (c.centre_mm[1] <= result.s1[0].centre_mm[1]) return false;
      result.below_s1_cm3 = std::max(result.below_s1_cm3, c.volume_cm3);
      return true;
    });
  }
  if (found > result.bodies.size())
    result.notes.push_back(fmt::format(
        "{} part(s) that look like bone but do not fit into the row of vertebral bodies were left out",
        found - result.bodies.size()));
  for (std::size_t n = 1; n < result.bodies.size(); ++n)
    if (distance_mm(result.bodies[n - 1], result.bodies[n]) > kFarthestBodiesMm)
      result.notes.push_back(fmt::format(
          "between bodies {} and {} from the top lies a gap as wide as a missed body: the count may be wrong",
          n,
          n + 1));
  return result;
}

}  // namespace ledd::spine
