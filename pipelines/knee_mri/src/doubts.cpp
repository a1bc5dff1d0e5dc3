#include "doubts.h"

#include <fmt/format.h>

namespace ledd::knee_mri {
namespace {

void add(std::string& all, const std::string& reason) {
  if (!reason.empty()) all += (all.empty() ? "" : "; ") + reason;
}

}  // namespace

std::string doubt_of(const KneeOrientation::Result& orientation,
                     const KneeSegmentation::Result& found,
                     const SideDecision& side) {
  std::string all;
  if (orientation.flagged)
    for (const auto& note : orientation.notes) add(all, note);
  if (found.uncertain)
    for (const auto& reason : found.reasons) add(all, reason);
  if (side.uncertain)
    for (const auto& note : side.notes) add(all, note);
  return all;
}

void doubt_all(std::vector<Measurement>& measurements, const std::string& reason) {
  for (Measurement& m : measurements) {
    if (m.quality == Quality::kGood) m.quality = Quality::kUncertain;
    add(m.reason, reason);
    m.inherent = false;
  }
}

std::string limit_of_slices(double slice_mm, double max_mm) {
  if (slice_mm <= max_mm) return "";
  return fmt::format(
      "slices {:.2g} mm apart: cartilage that curves across them is measured too thick (up to {:.2g} mm is "
      "fine)",
      slice_mm,
      max_mm);
}

void limit_all(std::vector<Measurement>& measurements, const std::string& reason) {
  if (reason.empty()) return;
  for (Measurement& m : measurements) {
    if (m.quality == Quality::kGood) {
      m.quality = Quality::kUncertain;
      m.inherent = true;
    }
    add(m.reason, reason);
  }
}

}  // namespace ledd::knee_mri
