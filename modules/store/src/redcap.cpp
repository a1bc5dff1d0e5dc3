#include <fmt/format.h>

#include <algorithm>
#include <regex>
#include <set>
#include <tuple>

#include "ledd/core/error.h"
#include "ledd/store/export.h"

#include "redcap_form.h"
#include "redcap_names.h"
#include "rules.h"

namespace ledd::store {
namespace {

class LeftOut {
 public:
  void add(const CaseInfo& i, const std::string& reason) {
    csv_.text(i.case_id).text(i.subject).text(i.session).text(i.pipeline).text(reason);
    csv_.end_row();
  }
  const std::string& str() const { return csv_.str(); }

 private:
  Csv csv_{{"case_id", "subject", "session", "pipeline", "reason"}};
};

/// The sides of a case that become instances. Rows without a side go with the only one, or stand apart.
std::vector<std::string> sides_of(const CaseEndpoints& c) {
  std::set<std::string> sides;
  bool without = c.measurements.empty();
  for (const Measurement& m : c.measurements)
    m.side.empty() ? static_cast<void>(without = true) : static_cast<void>(sides.insert(m.side));
  std::vector<std::string> all(sides.begin(), sides.end());
  if (all.empty() || (without && all.size() > 1)) all.insert(all.begin(), "");
  return all;
}

Form& form_of(std::vector<Form>& forms, const std::string& pipeline) {
  for (Form& form : forms)
    if (form.pipeline == pipeline) return form;
  std::string name = shortened(redcap_name(pipeline), pipeline);
  for (const Form& form : forms)
    if (form.name == name) name = distinguished(name, pipeline);
  forms.push_back({name, pipeline, {}, {}});
  return forms.back();
}

void add_records(Form& form, Columns& columns, const CaseEndpoints& c, const RedcapOptions& options) {
  const std::string event =
      options.event_of_session.empty() ? "" : options.event_of_session.at(c.info.session);
  const std::vector<std::string> sides =
      options.repeat_instrument ? sides_of(c) : std::vector<std::string>{""};
  for (const std::string& side : sides) {
    Record record{&c, event, side, 0, {}};
    for (const Measurement& m : c.measurements) {
      const bool here = !options.repeat_instrument || m.side == side || (m.side.empty() && sides.size() == 1);
      if (!here) continue;
      const std::size_t column = columns.of(c.info.pipeline, m, !options.repeat_instrument);
      put(record.cells, column, m, columns.all(), c.info.case_id);
    }
    form.records.push_back(std::move(record));
  }
}

/// By subject, event, date, case and side; instances count from 1 within subject and event.
void put_in_order(Form& form, const RedcapOptions& options) {
  const auto key = [](const Record& r) {
    const CaseInfo& i = r.of->info;
    return std::tie(i.subject, r.event, i.study_date, i.case_id, r.side);
  };
  std::sort(form.records.begin(), form.records.end(), [&](const Record& a, const Record& b) {
    return key(a) < key(b);
  });
  for (std::size_t n = 0; n < form.records.size(); ++n) {
    Record& r = form.records[n];
    const Record* last = n > 0 ? &form.records[n - 1] : nullptr;
    const bool same =
        last != nullptr && last->of->info.subject == r.of->info.subject && last->event == r.event;
    if (options.repeat_instrument)
      r.instance = same ? last->instance + 1 : 1;
    else
      require(
          !same,
          Errc::kInput,
          fmt::format("subject {} has two cases of {}{}{}: {} and {}; give an --event-map that tells their "
                      "sessions apart, or --repeat-instrument",
                      r.of->info.subject,
                      form.pipeline,
                      r.event.empty() ? "" : " at ",
                      r.event,
                      same ? last->of->info.case_id : "",
                      r.of->info.case_id));
  }
}

/// "sm_ha_l1: not in view", a line each.
std::string reasons_of(const Record& record,
                       const Form& form,
                       const std::vector<Column>& columns,
                       Quality which) {
  std::string text;
  for (const std::size_t n : form.columns) {
    const auto found = record.cells.find(n);
    if (found == record.cells.end() || found->second->quality != which) continue;
    text += (text.empty() ? "" : "\n") + columns[n].name + ": " + found->second->reason;
  }
  return text;
}

/// 2, complete, where nothing asks for a reader's eyes; 1, unverified, else.
const char* completeness(const Record& record) {
  const bool eyes = std::any_of(
      record.cells.begin(), record.cells.end(), [](const auto& cell) { return needs_eyes(*cell.second); });
  return eyes ? "1" : "2";
}

std::string import_table(const Form& form, const std::vector<Column>& columns, const RedcapOptions& options) {
  std::vector<std::string> titles{"record_id"};
  if (!options.event_of_session.empty()) titles.emplace_back("redcap_event_name");
  if (options.repeat_instrument) {
    titles.emplace_back("redcap_repeat_instrument");
    titles.emplace_back("redcap_repeat_instance");
  }
  for (const std::string& what : kFormFields) titles.push_back(form.field(what));
  for (const std::size_t n : form.columns) titles.push_back(columns[n].name);
  titles.push_back(form.name + "_complete");
  for (const std::string& what : kReviewFields) titles.push_back(form.field(what));
  Csv csv({titles.begin(), titles.end()});
  for (const Record& r : form.records) {
    const CaseInfo& i = r.of->info;
    csv.text(i.subject);
    if (!options.event_of_session.empty()) csv.text(r.event);
    if (options.repeat_instrument) csv.text(form.name).text(std::to_string(r.instance));
    csv.text(i.case_id).text(i.session).text(i.study_date).text(i.site).text(i.scanner).text(i.version);
    csv.text(r.side).text(reasons_of(r, form, columns, Quality::kUncertain));
    csv.text(reasons_of(r, form, columns, Quality::kFailed));
    for (const std::size_t n : form.columns) {
      const auto found = r.cells.find(n);
      found != r.cells.end() && found->second->value ? csv.fixed(*found->second->value) : csv.empty();
    }
    csv.text(completeness(r));
    csv.text(i.review.reviewed).text(i.review.reader).text(i.review.decision);
    csv.end_row();
  }
  return csv.str();
}

std::string event_table(const std::vector<Form>& forms) {
  std::set<std::tuple<std::string, std::string, std::string>> all;
  for (const Form& form : forms)
    for (const Record& r : form.records)
      for (const std::string& name : {std::string("ledd_subject"), form.name})
        all.emplace(r.event.substr(r.event.rfind('_') + 1), r.event, name);
  Csv csv({"arm_num", "unique_event_name", "form"});
  for (const auto& [arm, event, form] : all) {
    csv.text(arm).text(event).text(form);
    csv.end_row();
  }
  return csv.str();
}

std::string variables_table(const std::vector<Form>& forms, const std::vector<Column>& columns) {
  Csv csv({"variable", "form", "pipeline", "endpoint", "region", "side", "statistic", "unit"});
  for (const Form& form : forms)
    for (const std::size_t n : form.columns) {
      const Column& c = columns[n];
      csv.text(c.name).text(form.name).text(c.pipeline).text(c.endpoint).text(c.region);
      csv.text(c.side).text(c.statistic).text(c.unit);
      csv.end_row();
    }
  return csv.str();
}

/// Names the columns and gives each form its own.
void name_all(std::vector<Form>& forms, std::vector<Column>& columns) {
  std::set<std::string> reserved{"record_id",
                                 "redcap_event_name",
                                 "redcap_repeat_instrument",
                                 "redcap_repeat_instance",
                                 "redcap_data_access_group"};
  for (const Form& form : forms)
    for (const auto& fields : {kFormFields, kReviewFields})
      for (const std::string& what : fields) reserved.insert(form.field(what));
  name_variables(columns, reserved);
  for (Form& form : forms) {
    std::map<std::string, std::size_t> first;  // all regions of an endpoint stand together, below its title
    for (std::size_t n = 0; n < columns.size(); ++n) {
      if (columns[n].pipeline != form.pipeline) continue;
      first.emplace(columns[n].endpoint, n);
      form.columns.push_back(n);
    }
    std::stable_sort(form.columns.begin(), form.columns.end(), [&](std::size_t a, std::size_t b) {
      return first.at(columns[a].endpoint) < first.at(columns[b].endpoint);
    });
  }
}

}  // namespace

std::string Form::field(const std::string& what) const {
  return shortened(name + "_" + what, name + '\0' + what);
}

std::string why_no_record(const CaseInfo& info, const RedcapOptions& options) {
  if (info.subject.empty()) return "the case has no subject";
  if (info.subject.size() > 100) return "a record's name has at most 100 letters";
  // A formula would not come through a spreadsheet, which makes text of it, as it is.
  if (info.subject.find_first_of("#&'\"\r\n\t") != std::string::npos)
    return "a record's name holds no # & ' \" or line end";
  if (std::string_view("=+-@").find(info.subject.front()) != std::string_view::npos)
    return "a record's name does not begin with = + - or @";
  if (!options.event_of_session.empty() && !options.event_of_session.contains(info.session))
    return fmt::format("the event map has no session '{}'", info.session);
  return "";
}

std::map<std::string, std::string> parse_event_map(const std::string& csv) {
  std::string_view text = csv;
  if (text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);  // spreadsheets put a byte order mark there
  const auto rows = parse_csv(text);
  require(!rows.empty() && rows[0] == std::vector<std::string>{"session", "redcap_event_name"},
          Errc::kFormat,
          "the first line of an event map is session,redcap_event_name");
  static const std::regex event("[a-z0-9_]+_arm_[1-9][0-9]*");
  std::map<std::string, std::string> map;
  for (std::size_t n = 1; n < rows.size(); ++n) {
    if (rows[n] == std::vector<std::string>{""}) continue;  // an empty line
    require(rows[n].size() == 2,
            Errc::kFormat,
            fmt::format("line {} of the event map has {} cells instead of 2", n + 1, rows[n].size()));
    require(
        std::regex_match(rows[n][1], event),
        Errc::kFormat,
        fmt::format("'{}' in line {} is no unique event name of REDCap (baseline_arm_1)", rows[n][1], n + 1));
    require(map.emplace(plain_text(rows[n][0]), rows[n][1]).second,
            Errc::kFormat,
            fmt::format("the event map has the session '{}' twice", rows[n][0]));
  }
  require(!map.empty(), Errc::kFormat, "the event map has no line below its header");
  return map;
}

std::vector<TableFile> redcap_files(const std::vector<CaseEndpoints>& cases, const RedcapOptions& options) {
  Columns columns;
  std::vector<Form> forms;
  LeftOut left_out;
  for (const CaseEndpoints* c : by_id(cases)) {
    checked(*c, Errc::kInput);
    const std::string why = why_no_record(c->info, options);
    if (why.empty())
      add_records(form_of(forms, c->info.pipeline), columns, *c, options);
    else
      left_out.add(c->info, why);
  }
  name_all(forms, columns.all());
  Reasons missing;
  Reasons uncertain;
  for (Form& form : forms) {
    put_in_order(form, options);
    for (const Record& r : form.records)
      for (const std::size_t n : form.columns)
        if (const auto found = r.cells.find(n); found != r.cells.end())
          if (const Measurement& m = *found->second; m.quality != Quality::kGood)
            (m.value ? uncertain : missing).add(r.of->info, columns.all()[n], m);
  }
  const auto definitions = definitions_of(cases);
  std::vector<TableFile> files{
      {"redcap_data_dictionary.csv", redcap_dictionary(forms, columns.all(), definitions)}};
  for (const Form& form : forms)
    files.push_back({"import_" + form.name + ".csv", import_table(form, columns.all(), options)});
  if (!options.event_of_session.empty()) files.push_back({"instrument_event_map.csv", event_table(forms)});
  files.push_back({"variables.csv", variables_table(forms, columns.all())});
  files.push_back({"left_out.csv", left_out.str()});
  files.push_back({"missing.csv", missing.str()});
  files.push_back({"uncertain.csv", uncertain.str()});
  files.push_back({"data_dictionary.csv", data_dictionary_csv(definitions)});
  return files;
}

}  // namespace ledd::store
