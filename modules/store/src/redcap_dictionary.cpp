#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <utility>

#include "redcap_form.h"
#include "redcap_names.h"

namespace ledd::store {
namespace {

/// The columns A to R of a data dictionary.
const std::vector<std::string_view> kColumns{"Variable / Field Name",
                                             "Form Name",
                                             "Section Header",
                                             "Field Type",
                                             "Field Label",
                                             "Choices, Calculations, OR Slider Labels",
                                             "Field Note",
                                             "Text Validation Type OR Show Slider Number",
                                             "Text Validation Min",
                                             "Text Validation Max",
                                             "Identifier?",
                                             "Branching Logic (Show field only if...)",
                                             "Required Field?",
                                             "Custom Alignment",
                                             "Question Number (surveys only)",
                                             "Matrix Group Name",
                                             "Matrix Ranking?",
                                             "Field Annotation"};

struct Field {
  std::string name, form, section, type = "text", label, choices, note, validation, identifier, annotation;
};

void add(Csv& csv, const Field& f) {
  csv.text(f.name).text(f.form).text(f.section).text(f.type).text(f.label).text(f.choices);
  csv.text(f.note).text(f.validation).empty().empty().text(f.identifier);
  for (int n = 0; n < 6; ++n) csv.empty();
  csv.text(f.annotation);
  csv.end_row();
}

std::string side_word(const std::string& side) {
  if (side == "R") return "right";
  if (side == "L") return "left";
  return side;
}

std::string choices_of(const Form& form) {
  std::set<std::string> sides{"L", "R"};
  for (const Record& record : form.records)
    if (!record.side.empty()) sides.insert(record.side);
  std::string choices;
  for (const std::string& side : sides)
    choices += fmt::format("{}{}, {}", choices.empty() ? "" : " | ", side, side_word(side));
  return choices;
}

Field form_field(const Form& form, const std::string& what) {
  Field f;
  f.name = form.field(what);
  f.form = form.name;
  f.label = "Ledd: " + what;
  if (what == "case") {
    f.section = form.pipeline + ": where the values come from (research use only)";
    f.label = "Ledd: case id";
  } else if (what == "date") {
    f.label = "Ledd: date of the study";
    f.validation = "date_ymd";
    f.identifier = "y";
  } else if (what == "side") {
    f.type = "radio";
    f.choices = choices_of(form);
  } else if (what == "reviewed") {
    f.section = form.pipeline + ": review";
    f.label = "Ledd: time of the last verdict";
  } else if (what == "uncertain" || what == "missing") {
    f.type = "notes";
    f.label =
        what == "missing" ? "Ledd: not measured, and why" : "Ledd: values to be read with care, and why";
  }
  return f;
}

Field value_field(const Form& form, const Column& column, const EndpointDefinition& d) {
  Field f;
  f.name = column.name;
  f.form = form.name;
  f.label = d.title;
  if (!column.region.empty()) f.label += ", " + column.region;
  if (!column.side.empty()) f.label += ", " + side_word(column.side);
  if (column.statistic != "value") f.label += ", " + column.statistic;
  f.note = fmt::format("Unit: {}. Method: {}.", column.unit, d.method);
  f.validation = "number";
  f.annotation = fmt::format("endpoint={} region={} side={} statistic={}",
                             column.endpoint,
                             column.region,
                             column.side,
                             column.statistic);
  return f;
}

}  // namespace

std::string redcap_dictionary(const std::vector<Form>& forms,
                              const std::vector<Column>& columns,
                              const std::vector<EndpointDefinition>& definitions) {
  Csv csv(kColumns);
  Field record;
  record.name = "record_id";
  record.form = "ledd_subject";
  record.label = "Subject";
  record.identifier = "y";
  add(csv, record);
  std::map<std::string, const EndpointDefinition*> by_key;
  for (const EndpointDefinition& d : definitions) by_key.emplace(d.key, &d);
  for (const Form& form : forms) {
    for (const std::string& what : kFormFields) add(csv, form_field(form, what));
    std::string section;
    for (const std::size_t n : form.columns) {
      const EndpointDefinition& d = *by_key.at(columns[n].endpoint);
      Field f = value_field(form, columns[n], d);
      if (std::exchange(section, d.key) != d.key) f.section = d.title;
      add(csv, f);
    }
    for (const std::string& what : kReviewFields) add(csv, form_field(form, what));
  }
  return csv.str();
}

}  // namespace ledd::store
