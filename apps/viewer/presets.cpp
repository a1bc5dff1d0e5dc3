#include "presets.h"

#include <algorithm>
#include <cmath>

namespace ledd::viewer {
namespace {

constexpr const char* kRadiopaedia = "Radiopaedia, Windowing (CT)";
constexpr const char* kOwn = "own choice";

/// A sample of the values that are there, sorted.
std::vector<float> sample_of(const Volume& scan) {
  constexpr std::size_t kEnough = 200'000;
  const std::size_t count = scan.GetLargestPossibleRegion().GetNumberOfPixels();
  const std::size_t stride = std::max<std::size_t>(1, count / kEnough);
  std::vector<float> values;
  for (std::size_t n = 0; n < count; n += stride)
    if (const float v = scan.GetBufferPointer()[n]; v != 0.0F && std::isfinite(v)) values.push_back(v);
  std::sort(values.begin(), values.end());
  return values;
}

plane_view::Window part_of(const std::vector<float>& sorted, double low, double high) {
  if (sorted.empty()) return {0.5, 1.0};
  const auto at = [&](double part) {
    return static_cast<double>(
        sorted[static_cast<std::size_t>(part * static_cast<double>(sorted.size() - 1))]);
  };
  const double a = at(low), b = at(high);
  return {0.5 * (a + b), std::max(b - a, 1e-6 * std::max(1.0, std::abs(b)))};
}

plane_view::Window from_to(double low, double high) {
  return {0.5 * (low + high), high - low};
}

bool is_density(const std::string& unit) {
  return unit.find("mg") != std::string::npos;
}

}  // namespace

std::vector<Preset> presets_of(const Content& content, const plane_view::Window& whole) {
  if (is_density(content.unit))  // mg HA/cm3
    return {{"bone", from_to(-200.0, 1200.0), "as the report's pictures of bone change"},
            {"trabeculae", from_to(-100.0, 700.0), kOwn},
            {"cortex", from_to(300.0, 1500.0), kOwn},
            {"whole range", whole, "the middle 98 % of the values"}};
  if (content.modality == "CT")  // HU
    return {{"bone", {400.0, 1800.0}, kRadiopaedia},
            {"marrow", from_to(-200.0, 600.0), "as the report's pictures of bone-qct"},
            {"disc", {75.0, 200.0}, kOwn},
            {"spine, soft tissue", {50.0, 250.0}, kRadiopaedia},
            {"soft tissue", {50.0, 400.0}, kRadiopaedia},
            {"whole range", whole, "the middle 98 % of the values"}};
  const auto values = sample_of(*content.scan);
  return {{"whole range", whole, "the middle 98 % of the values"},
          {"dark half", part_of(values, 0.0, 0.6), kOwn},
          {"middle", part_of(values, 0.05, 0.9), kOwn},
          {"bright, fluid", part_of(values, 0.5, 0.998), kOwn}};
}

}  // namespace ledd::viewer
