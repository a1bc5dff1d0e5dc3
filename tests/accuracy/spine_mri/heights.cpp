#include "heights.h"

#include <fmt/format.h>

#include <cmath>

namespace ledd::accuracy {

void add_differences(const SpineResult::Body& found, const SpineResult::Body& truth, Differences& all_mm) {
  if (found.quality == Quality::kFailed || truth.quality == Quality::kFailed) return;
  all_mm["Ha"].push_back(found.ha.value_mm - truth.ha.value_mm);
  all_mm["Hm"].push_back(found.hm.value_mm - truth.hm.value_mm);
  all_mm["Hp"].push_back(found.hp.value_mm - truth.hp.value_mm);
  all_mm["AP_depth"].push_back(found.depth.value_mm - truth.depth.value_mm);
}

double mean(const std::vector<double>& values) {
  double sum = 0.0;
  for (const double v : values) sum += v;
  return values.empty() ? 0.0 : sum / static_cast<double>(values.size());
}

double sd(const std::vector<double>& values) {
  const double m = mean(values);
  double sum = 0.0;
  for (const double v : values) sum += (v - m) * (v - m);
  return values.size() < 2 ? 0.0 : std::sqrt(sum / static_cast<double>(values.size() - 1));
}

void print(const std::string& set, const Differences& all_mm) {
  for (const auto& [name, values] : all_mm) {
    std::vector<double> sizes;
    sizes.reserve(values.size());
    for (const double v : values) sizes.push_back(std::abs(v));
    fmt::print(
        "{}: {} automatic minus reference labels: mean {:+.2f}, SD {:.2f}, mean absolute {:.2f} mm (n = "
        "{})\n",
        set,
        name,
        mean(values),
        sd(values),
        mean(sizes),
        values.size());
  }
}

}  // namespace ledd::accuracy
