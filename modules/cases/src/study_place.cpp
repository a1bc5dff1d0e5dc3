#include "study_place.h"

#include <fmt/format.h>

#include <cmath>
#include <regex>

#include "join.h"

namespace ledd::cases {
namespace {

namespace fs = std::filesystem;

void put(study::Facts& facts, const char* name, const std::string& text) {
  if (!text.empty()) facts.texts.emplace(name, text);
}

void put(study::Facts& facts, const char* name, const std::optional<double>& number) {
  if (number) facts.numbers.emplace(name, std::vector{*number});
}

std::string plane_of(const Point& normal_lps) {
  constexpr std::array<const char*, 3> kPlanes{"sagittal", "coronal", "axial"};
  for (unsigned axis = 0; axis < 3; ++axis)
    if (std::abs(normal_lps[axis]) >= 0.8660254) return kPlanes.at(axis);
  return "oblique";
}

void put_texts(study::Facts& facts, const dicom::Stack& stack) {
  put(facts, "body_part", stack.body_part);
  put(facts, "contrast_agent", stack.contrast_agent);
  put(facts, "device_serial", stack.device_serial);
  put(facts, "image_type", fmt::format("{}", fmt::join(stack.image_type, "\\")));
  put(facts, "institution", stack.institution);
  put(facts, "kernel", stack.convolution_kernel);
  put(facts, "laterality", stack.laterality);
  put(facts, "manufacturer", stack.manufacturer);
  put(facts, "matrix", fmt::format("{}x{}", stack.columns, stack.rows));
  put(facts, "modality", stack.modality);
  put(facts, "model", stack.model);
  put(facts, "plane", plane_of(stack.normal_lps));
  put(facts, "protocol", stack.protocol);
  put(facts, "scan_options", stack.scan_options);
  put(facts, "scanning_sequence", stack.scanning_sequence);
  put(facts, "sequence_name", stack.sequence_name);
  put(facts, "series_description", stack.series_description);
  put(facts, "software", stack.software);
  put(facts, "station", stack.station);
  put(facts, "study_description", stack.study_description);
}

void put_numbers(study::Facts& facts, const dicom::Stack& stack) {
  put(facts, "columns", static_cast<double>(stack.columns));
  put(facts, "rows", static_cast<double>(stack.rows));
  put(facts, "slices", static_cast<double>(stack.slices.size()));
  put(facts, "field_strength_t", stack.field_strength_t);
  put(facts, "flip_angle_deg", stack.flip_angle_deg);
  put(facts, "kvp", stack.kvp);
  put(facts, "reconstruction_diameter_mm", stack.reconstruction_diameter_mm);
  put(facts, "slice_thickness_mm", stack.slice_thickness_mm);
  put(facts, "te_ms", stack.echo_time_ms);
  put(facts, "ti_ms", stack.inversion_time_ms);
  put(facts, "tr_ms", stack.repetition_time_ms);
  put(facts, "tube_current_ma", stack.tube_current_ma);
  if (stack.series_number) put(facts, "series_number", static_cast<double>(*stack.series_number));
  if (stack.slice_spacing_mm > 0.0) put(facts, "slice_spacing_mm", stack.slice_spacing_mm);
  if (stack.pixel_spacing_mm[0] > 0.0)
    facts.numbers.emplace("pixel_spacing_mm",
                          std::vector{stack.pixel_spacing_mm[0], stack.pixel_spacing_mm[1]});
}

std::string stem_of(const fs::path& file) {
  const std::string name = file.filename().string();
  return name.substr(0, name.find('.'));
}

/// Whose a series is by [subjects]. What is refused is said without naming anybody: it may go to a table.
void put_subject(const StudyFile& file, Place& place) {
  const auto& rules = file.study.subjects;
  if (!rules.map.empty()) {
    const auto it = file.lists.subjects.find(place.header_id);
    if (it != file.lists.subjects.end()) {
      place.subject = it->second.subject;
      return;
    }
  } else if (!rules.pattern.empty()) {
    std::smatch match;
    // A PatientID has at most 64 characters; std::regex goes deeper with every one.
    const bool fits = place.header_id.size() <= 256 &&
                      std::regex_match(place.header_id, match, std::regex(rules.pattern)) &&
                      match[1].length() > 0;
    if (fits) {
      place.subject = match[1];
      return;
    }
  } else {
    return;
  }
  if (!rules.refuse_unknown) return;
  place.refused = place.header_id.empty() ? "its PatientID (0010,0020) is empty"
                  : rules.map.empty()     ? "its PatientID (0010,0020) does not fit the pattern of [subjects]"
                                          : "its PatientID (0010,0020) is not in " + rules.map;
}

template <class Rule>
std::vector<const Rule*> fitting(const std::vector<Rule>& rules, const study::Facts& facts) {
  std::vector<const Rule*> fit;
  for (const Rule& rule : rules)
    if (study::all_hold(rule.match, facts)) fit.push_back(&rule);
  return fit;
}

template <class Rule>
std::string names_of(const std::vector<const Rule*>& rules) {
  std::vector<std::string> names;
  names.reserve(rules.size());
  for (const Rule* rule : rules) names.push_back(rule->name);
  return fmt::format("{}", fmt::join(names, " and "));
}

template <class Rule>
std::string one_of(const std::vector<Rule>& rules) {
  std::vector<std::string> names;
  names.reserve(rules.size());
  for (const Rule& rule : rules) names.push_back(rule.name);
  return fmt::format("one of {}", fmt::join(names, ", "));
}

/// The one rule that fits; what does not is a deviation, and so are several.
template <class Rule>
const Rule* only(const std::vector<Rule>& rules, const char* what, const std::string& header, Place& place) {
  const auto fit = fitting(rules, place.facts);
  if (fit.size() == 1 || rules.empty()) return rules.empty() ? nullptr : fit.front();
  place.deviations.push_back({what,
                              one_of(rules),
                              !fit.empty()     ? "fits " + names_of(fit)
                              : header.empty() ? "not stated"
                                               : header});
  return nullptr;
}

void put_site(const StudyFile& file, const dicom::Stack* stack, Place& place) {
  const auto* scanner =
      only(file.study.scanners, "scanner", stack == nullptr ? "" : scanner_of(*stack), place);
  if (scanner != nullptr) place.scanner = scanner->name;
  // What the list or the scanner says is the site; what the header says must agree.
  const auto enrolled = file.lists.subjects.find(place.header_id);
  std::string stated = enrolled == file.lists.subjects.end() ? "" : enrolled->second.site;
  if (stated.empty() && scanner != nullptr) stated = scanner->site;
  const auto fit = fitting(file.study.sites, place.facts);
  if (stated.empty()) {
    if (const auto* site = only(file.study.sites, "site", stack == nullptr ? "" : stack->institution, place))
      place.site = site->name;
    return;
  }
  place.site = stated;
  if (!fit.empty() && (fit.size() > 1 || fit.front()->name != stated))
    place.deviations.push_back({"site", stated, names_of(fit)});
  if (scanner != nullptr && !scanner->site.empty() && scanner->site != stated)
    place.deviations.push_back({"scanner's site", stated, scanner->site});
}

}  // namespace

std::string scanner_of(const dicom::Stack& stack) {
  std::string text = stack.manufacturer;
  const auto add = [&](const std::string& word) {
    if (!word.empty()) text += (text.empty() ? "" : " ") + word;
  };
  add(stack.model);
  if (stack.field_strength_t) add(fmt::format("{:g} T", *stack.field_strength_t));
  return text;
}

study::Facts facts_of(const Series& series, const fs::path& folder) {
  study::Facts facts;
  fs::path first = series.image;
  if (series.stack) {
    put_texts(facts, *series.stack);
    put_numbers(facts, *series.stack);
    put(facts, "weighting", short_name(weighting_of(series)));
    if (!series.stack->slices.empty()) first = series.stack->slices.front().path;
    // Its slices are in the order of positions: the first by name is the same wherever they lie.
    for (const auto& slice : series.stack->slices) first = std::min(first, slice.path);
  }
  put(facts, "file", first.filename().string());
  put(facts,
      "folder",
      fs::weakly_canonical(first)
          .parent_path()
          .lexically_relative(fs::weakly_canonical(folder))
          .generic_string());
  return facts;
}

Place place_of(const Series& series, const StudyFile& file) {
  Place place;
  const dicom::Stack* stack = series.stack ? &*series.stack : nullptr;
  place.facts = facts_of(series, file.folder);
  place.header_id = stack != nullptr ? stack->patient_id : stem_of(series.image);
  if (stack != nullptr) place.date = study::parse_date(stack->study_date);
  put_subject(file, place);
  put_site(file, stack, place);
  return place;
}

}  // namespace ledd::cases
