#include "knowledge.h"

#include <fmt/format.h>

namespace ledd::knee_t2 {
namespace {

void add_doubt(const KneeT2Study::Doubt& doubt, Measurement& m) {
  if (!m.value) return;
  m.inherent = doubt.inherent && (m.quality == Quality::kGood || m.inherent);
  m.quality = Quality::kUncertain;
  m.reason += (m.reason.empty() ? "" : "; ") + doubt.reason;
}

}  // namespace

void mark(const KneeT2Study& study, std::vector<Measurement>& measurements) {
  const std::string side(1, study.side == anatomy::Side::kRight ? 'R' : 'L');
  for (Measurement& m : measurements) {
    if (study.side) m.side = side;
    for (const std::string& of : {std::string(), m.region})
      if (const auto doubt = study.doubts.find(of); doubt != study.doubts.end()) add_doubt(doubt->second, m);
  }
}

std::string without_labels(const KneeT2Study& study) {
  return fmt::format("no segmentation{}{}", study.no_labels.empty() ? "" : ": ", study.no_labels);
}

void add_unmeasured(const KneeT2Study& study,
                    CartilageRelaxometry::Quantity quantity,
                    const std::string& reason,
                    Outcome& outcome) {
  // What nobody wanted, or the study does not hold, no reader can mend.
  const bool lacking = study.labels == nullptr && !study.labels_refused;
  for (auto& m : CartilageRelaxometry::unmeasured(quantity, reason))
    outcome.measurements.push_back(lacking ? inherent(std::move(m)) : std::move(m));
  if (study.labels != nullptr || !study.no_labels.empty())
    outcome.notes.push_back(fmt::format("No regions: {}.", reason));
}

}  // namespace ledd::knee_t2
