#include "summary.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <functional>

#include "ledd/anatomy/anatomy.h"
#include "ledd/image/image.h"

namespace ledd::spine_mri {
namespace {

using Tone = SummaryLine::Tone;
using Measurements = std::vector<Measurement>;

constexpr double kDarkDisc = 4.0;  // of the grades 1 to 5

/// The values of one endpoint, in the order of measuring.
std::vector<const Measurement*> values_of(const Measurements& all, std::string_view endpoint) {
  std::vector<const Measurement*> found;
  for (const Measurement& m : all)
    if (m.endpoint == endpoint && m.statistic == "value" && m.value) found.push_back(&m);
  return found;
}

/// "5.2 ± 0.8", or without its error where none is given.
std::string number(const Measurements& all,
                   const std::string& region,
                   std::string_view endpoint,
                   int digits = 1) {
  std::string text;
  for (const auto* statistic : {"value", "se"})
    for (const Measurement& m : all)
      if (m.region == region && m.endpoint == endpoint && m.statistic == statistic && m.value)
        text += fmt::format("{}{:.{}f}", text.empty() ? "" : " \u00B1 ", *m.value, digits);
  return text;
}

std::string with_doubt(const std::string& text, const Measurement& m) {
  return needs_eyes(m) ? text + "; uncertain" : text;
}

/// One topic: what is beyond a cut-off, else that nothing is, else that nothing could be measured.
struct Topic {
  std::string name;
  std::string endpoint;
  std::string nothing;  ///< "no slip of 3 mm or 8 %"; the number of regions looked at goes before it.
  std::function<bool(const Measurement&)> counts = [](const Measurement&) { return true; };
  std::function<bool(const Measurement&)> abnormal;
  std::function<std::string(const Measurement&)> text;
};

void add(const Outcome& outcome, const Topic& topic, std::vector<SummaryLine>& lines) {
  std::vector<const Measurement*> seen;
  bool asked = false;
  for (const Measurement& m : outcome.measurements)
    asked = asked || (m.endpoint == topic.endpoint && topic.counts(m) && !m.inherent);
  for (const auto* m : values_of(outcome.measurements, topic.endpoint))
    if (topic.counts(*m)) seen.push_back(m);
  if (seen.empty()) {
    if (asked) lines.push_back({topic.name, "could not be measured", Tone::kDoubt});
    return;
  }
  bool found = false;
  for (const auto* m : seen) {
    if (!topic.abnormal(*m)) continue;
    found = true;
    lines.push_back({topic.name, with_doubt(topic.text(*m), *m), Tone::kAbnormal});
  }
  if (found) return;
  lines.push_back({topic.name,
                   fmt::format("{} ({} to {})", topic.nothing, seen.front()->region, seen.back()->region),
                   Tone::kPlain});
}

bool positive(const Measurement& m) {
  return *m.value > 0.0;
}

bool is_lumbar(const Measurement& m) {
  return m.region.starts_with('L');
}

std::string stenosis(const Measurements& all, const Measurement& m) {
  return fmt::format("{}: dural sac {} mm, {}",
                     m.region,
                     number(all, m.region, "canal_AP_min"),
                     *m.value > 1.0 ? "below 10 mm (absolute stenosis)" : "below 12 mm (relative stenosis)");
}

std::string deformity(const Measurements& all, const Measurement& m) {
  std::string type = "deformity";
  for (const auto* t : values_of(all, "deformity_type"))
    if (t->region == m.region)
      type = *t->value == 1.0 ? "wedge" : *t->value == 2.0 ? "biconcave" : *t->value == 3.0 ? "crush" : type;
  return fmt::format("{}: {}, Genant grade {:.0f}, {} % lower than its level's norm (called from 20 %)",
                     m.region,
                     type,
                     *m.value,
                     number(all, m.region, "height_loss_percent", 0));
}

std::string slip(const Measurements& all, const Measurement& m) {
  return fmt::format("{}: slip {} mm, {} %, Meyerding {:.0f} (called from 3 mm or 8 %)",
                     m.region,
                     number(all, m.region, "slip"),
                     number(all, m.region, "slip_percent", 0),
                     *m.value);
}

std::string narrow(const Measurements& all, const Measurement& m) {
  return fmt::format(
      "{}: dural sac {} mm\u00B2, {}",
      m.region,
      number(all, m.region, "canal_CSA_axial", 0),
      *m.value > 1.0 ? "below 75 mm\u00B2 (absolute stenosis)" : "below 100 mm\u00B2 (relative stenosis)");
}

std::string bright(const Measurement& m) {
  return fmt::format(
      "{}: {:.0f} of 18 points, bright marrow on STIR, pre-filled for a reader", m.region, *m.value);
}

std::string changed(const Measurements& all, const Measurement& m) {
  return fmt::format("{}: signal change on T2, {} cm\u00B3, type not told without T1",
                     m.region,
                     number(all, m.region, "T2_change_volume", 2));
}

std::vector<Topic> topics(const Measurements& all) {
  return {{"Vertebrae",
           "Genant_grade",
           "no deformity called by level norms",
           [](const auto&) { return true; },
           positive,
           [&](const Measurement& m) { return deformity(all, m); }},
          {"Slip",
           "Meyerding",
           "none of 3 mm or 8 %, lying",
           [](const auto&) { return true; },
           positive,
           [&](const Measurement& m) { return slip(all, m); }},
          {"Canal",
           "canal_stenosis",
           "dural sac nowhere below 12 mm",
           is_lumbar,
           positive,
           [&](const Measurement& m) { return stenosis(all, m); }},
          {"Canal, axial slices",
           "canal_CSA_axial_class",
           "dural sac nowhere below 100 mm\u00B2",
           [](const auto&) { return true; },
           positive,
           [&](const Measurement& m) { return narrow(all, m); }},
          {"Discs",
           "Pfirrmann_analogue",
           "no dark or collapsed disc by its signal (grade 4 or 5)",
           [](const auto&) { return true; },
           [](const Measurement& m) { return *m.value >= kDarkDisc; },
           [&](const Measurement& m) {
             return fmt::format(
                 "{}: grade {:.0f} of 5 by signal (like Pfirrmann's; thresholds not calibrated)",
                 m.region,
                 *m.value);
           }},
          {"Endplates",
           "Modic_type",
           "no signal change of Modic's types",
           [](const auto&) { return true; },
           positive,
           [](const Measurement& m) { return fmt::format("{}: Modic type {:.0f}", m.region, *m.value); }},
          {"Endplates",
           "T2_change_volume",
           "no signal change on T2",
           [](const auto&) { return true; },
           positive,
           [&](const Measurement& m) { return changed(all, m); }},
          {"Marrow",
           "SPARCC_DVU",
           "no bright marrow on STIR (pre-filled, not read)",
           [](const auto&) { return true; },
           positive,
           bright}};
}

/// "T11 to S1".
SummaryLine levels_of(const Labels& labels, const std::string& doubt) {
  std::vector<bool> seen(anatomy::kT13 + 1U, false);
  const std::size_t count = labels.GetLargestPossibleRegion().GetNumberOfPixels();
  for (std::size_t n = 0; n < count; ++n)
    if (labels.GetBufferPointer()[n] <= anatomy::kT13) seen[labels.GetBufferPointer()[n]] = true;
  std::uint16_t first = 0, last = 0;
  for (std::uint16_t id = 1; id <= anatomy::kS1; ++id) {
    if (!seen[id]) continue;
    first = first == 0 ? id : first;
    last = id;
  }
  if (first == 0) return {"Levels", "no vertebra is labelled", Tone::kDoubt};
  std::string text = first == last
                         ? anatomy::short_name(first)
                         : fmt::format("{} to {}", anatomy::short_name(first), anatomy::short_name(last));
  if (seen[anatomy::kT13]) text += ", with T13";
  if (doubt.empty()) return {"Levels", text, Tone::kPlain};
  return {"Levels", fmt::format("{}, uncertain: {}", text, doubt), Tone::kDoubt};
}

}  // namespace

std::vector<SummaryLine> summary_of(const Outcome& outcome, const std::string& level_doubt) {
  std::vector<SummaryLine> lines{levels_of(*outcome.labels, level_doubt)};
  for (const Topic& topic : topics(outcome.measurements)) add(outcome, topic, lines);
  return lines;
}

}  // namespace ledd::spine_mri
