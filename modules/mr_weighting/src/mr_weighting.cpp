#include "ledd/mr_weighting/mr_weighting.h"

#include <fmt/format.h>

namespace ledd {
namespace {

constexpr double kJudged = 0.8;  // below this the image's own verdict is not held against a header

bool is_bright_fluid(const MrWeighting& w) {
  return w.contrast == MrContrast::kT2 || w.contrast == MrContrast::kStir || w.contrast == MrContrast::kWater;
}

bool is_dark_fluid(const MrWeighting& w) {
  return w.contrast == MrContrast::kT1;
}

}  // namespace

std::string_view name_of(MrContrast contrast) noexcept {
  switch (contrast) {
    case MrContrast::kUnknown: return "unknown";
    case MrContrast::kT1: return "T1";
    case MrContrast::kT2: return "T2";
    case MrContrast::kPd: return "PD";
    case MrContrast::kStir: return "STIR";
    case MrContrast::kWater: return "water";
    case MrContrast::kFat: return "fat";
  }
  return "unknown";
}

std::string short_name(const MrWeighting& weighting) {
  const bool said = weighting.contrast == MrContrast::kT1 || weighting.contrast == MrContrast::kT2 ||
                    weighting.contrast == MrContrast::kPd;
  return std::string(name_of(weighting.contrast)) + (said && weighting.fat_suppressed ? " FS" : "");
}

std::string contradiction(const MrWeighting& tags, const MrWeighting& image) {
  if (tags.contrast == MrContrast::kUnknown || image.probability < kJudged) return "";
  const auto sentence = [&](std::string_view seen) {
    return fmt::format("the header says {} ({}), but the image shows {}: {}",
                       short_name(tags),
                       tags.reason,
                       seen,
                       image.reason);
  };
  // Contrast medium and slow inflow make fluid no brighter than marrow on T1; bright fluid is none.
  if (is_dark_fluid(tags) && is_bright_fluid(image)) return sentence("bright fluid");
  if (is_bright_fluid(tags) && is_dark_fluid(image)) return sentence("dark fluid");
  if (tags.contrast == MrContrast::kFat || tags.contrast == MrContrast::kPd) return "";
  if (!tags.fat_suppressed && image.fat_suppressed) return sentence("dark fat");
  if (tags.fat_suppressed && !image.fat_suppressed) return sentence("bright fat");
  return "";
}

}  // namespace ledd
