#include <fmt/format.h>

#include <set>

#include "ledd/core/error.h"
#include "ledd/report/report.h"

#include "attention.h"
#include "endpoint_tables.h"
#include "page_parts.h"

namespace ledd::report {
namespace {

using Dictionary = ctemplate::TemplateDictionary;

constexpr std::string_view kTemplate = R"html(<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{{TITLE:h}}</title>
<style>{{STYLE}}</style>
</head>
<body>
<p class="research">Research use only. Not for diagnosis.</p>
<header>
<h1>{{TITLE:h}}</h1>
<p><span class="state {{STATE_CLASS:h}}">{{STATE:h}}</span> <span class="counts">{{COUNTS:h}}</span></p>
<div class="glance">{{#SUMMARY}}<section class="summary" aria-label="Summary"><h2>At a glance</h2>
<table><tbody>
{{#LINE}}<tr class="{{TONE:h}}"><th scope="row">{{TOPIC:h}}</th><td>{{TEXT:h}}</td></tr>
{{/LINE}}</tbody></table></section>
{{/SUMMARY}}{{#EYES}}<section class="eyes" aria-label="Needs eyes"><h2>Look at</h2><ul>
{{#LOOK}}<li><strong>{{WHERE:h}}</strong>: {{TEXT:h}}</li>
{{/LOOK}}{{#MORE}}<li>{{TEXT:h}}</li>
{{/MORE}}</ul></section>
{{/EYES}}</div>
{{#NOTES}}<section class="notes" aria-label="Read first"><ul>
{{#NOTE}}<li>{{TEXT:h}}</li>
{{/NOTE}}</ul></section>
{{/NOTES}}</header>
<main>
{{#FIGURES}}<h2>Pictures</h2>
<div class="figures">
{{#FIGURE}}<figure><img src="{{PNG}}" alt="{{CAPTION:h}}"><figcaption>{{CAPTION:h}}</figcaption></figure>
{{/FIGURE}}</div>
{{/FIGURES}}{{#FORM}}<section class="form"><h2>{{TITLE:h}}</h2>
{{#NOTE}}<p class="small">{{TEXT:h}}</p>
{{/NOTE}}<div class="scroll"><table>
<thead><tr>{{#HEAD}}<th scope="col">{{TEXT:h}}</th>{{/HEAD}}</tr></thead>
<tbody>
{{#ROW}}<tr>{{#CELL}}<td>{{#BOX}}<span class="box" role="img" aria-label="empty box for the reader"></span>{{/BOX}}{{TEXT:h}}</td>{{/CELL}}</tr>
{{/ROW}}</tbody></table></div></section>
{{/FORM}}<h2>Measurements</h2>
{{#NONE}}<p>Nothing was measured.</p>
{{/NONE}}{{#SINGLES}}<div class="scroll"><table class="singles">
<thead><tr><th scope="col">Endpoint</th><th scope="col">Region</th><th scope="col">Value</th></tr></thead>
<tbody>
{{#SINGLE}}<tr><th scope="row">{{TITLE:h}} (<a href="#def-{{KEY:h}}">{{LABEL:h}}</a>)</th><td>{{REGION:h}}</td><td class="{{CLASS:h}}">{{TEXT:h}}{{#HAS_VALUE}} {{UNIT:h}}{{/HAS_VALUE}}{{#REASON}} {{MARK:h}}<sup><a href="#reason-{{NUMBER:h}}" aria-label="see reason {{NUMBER:h}}">{{NUMBER:h}}</a></sup>{{/REASON}}</td></tr>
{{/SINGLE}}</tbody></table></div>
{{/SINGLES}}<div class="tables">{{#TABLE}}<div class="scroll"><table class="values">
{{#METHOD}}<caption>Method {{TEXT:h}}</caption>
{{/METHOD}}<thead><tr><th scope="col">Region</th>{{#COLUMN}}<th scope="col" title="{{TITLE:h}}"><a href="#def-{{KEY:h}}">{{LABEL:h}}</a><span class="unit">{{UNIT:h}}</span></th>{{/COLUMN}}</tr></thead>
<tbody>
{{#ROW}}<tr><th scope="row">{{REGION:h}}</th>{{#CELL}}<td class="{{CLASS:h}}">{{TEXT:h}}{{#REASON}} {{MARK:h}}<sup><a href="#reason-{{NUMBER:h}}" aria-label="see reason {{NUMBER:h}}">{{NUMBER:h}}</a></sup>{{/REASON}}</td>{{/CELL}}</tr>
{{/ROW}}</tbody></table></div>
{{/TABLE}}</div>{{#REASONS}}<p class="legend">± standard error. <span class="mark uncertain">?</span> uncertain: read the reason before using the value. <span class="mark failed">—</span> not measurable. In grey: a limit of this scan or of what is published, which no reader can mend.</p>
<ol class="reasons">
{{#ENTRY}}<li id="reason-{{NUMBER:h}}"><span class="mark {{CLASS:h}}">{{KIND:h}}</span> {{WHERE:h}}: {{TEXT:h}}</li>
{{/ENTRY}}</ol>
{{/REASONS}}{{#DEFINITIONS}}<h2>Definitions</h2>
<dl class="definitions">
{{#DEFINITION}}<dt id="def-{{KEY:h}}">{{KEY:h}} — {{TITLE:h}}{{#HAS_UNIT}}, {{UNIT:h}}{{/HAS_UNIT}}</dt>
<dd>{{TEXT:h}}</dd>
<dd class="small">Method {{METHOD:h}}. Source: {{SOURCE:h}}. Precision: {{PRECISION:h}}.</dd>
{{/DEFINITION}}</dl>
{{/DEFINITIONS}}{{#FACTS}}<h2>Scan and processing</h2>
<table class="facts"><tbody>
{{#FACT}}<tr><th scope="row">{{NAME:h}}</th><td>{{VALUE:h}}</td></tr>
{{/FACT}}</tbody></table>
{{/FACTS}}</main>
<footer><p class="research">Research use only. Not for diagnosis.</p></footer>
</body>
</html>
)html";

const char* class_of(const Cell& cell) {
  switch (cell.quality) {
    case Quality::kGood: return "good";
    case Quality::kUncertain: return cell.inherent ? "limited" : "uncertain";
    case Quality::kFailed: break;
  }
  return cell.inherent ? "absent" : "failed";
}

void show_state(Dictionary& page, const Attention& attention) {
  page.SetValue("COUNTS", attention.counts);
  page.SetValue("STATE", attention.state);
  page.SetValue("STATE_CLASS", attention.calm ? "good" : "uncertain");
}

void show_summary(Dictionary& page, const std::vector<SummaryLine>& summary) {
  if (summary.empty()) return;
  Dictionary& list = *page.AddSectionDictionary("SUMMARY");
  std::string topic;
  for (const SummaryLine& line : summary) {
    Dictionary& entry = *list.AddSectionDictionary("LINE");
    entry.SetValue("TOPIC", line.topic == topic ? "" : line.topic);
    entry.SetValue("TEXT", line.text);
    entry.SetValue("TONE",
                   line.tone == SummaryLine::Tone::kPlain      ? "plain"
                   : line.tone == SummaryLine::Tone::kAbnormal ? "abnormal"
                                                               : "doubt");
    topic = line.topic;
  }
}

void show_eyes(Dictionary& page, const Attention& attention) {
  if (attention.look.empty()) return;
  Dictionary& list = *page.AddSectionDictionary("EYES");
  for (const Reason* r : attention.look) {
    Dictionary& entry = *list.AddSectionDictionary("LOOK");
    entry.SetValue("WHERE", r->where);
    entry.SetValue("TEXT", r->text);
  }
  if (attention.more == 0) return;
  list.AddSectionDictionary("MORE")->SetValue(
      "TEXT", fmt::format("and {} more reasons, below the tables", attention.more));
}

void show_forms(Dictionary& page, const std::vector<ReportTable>& tables) {
  for (const ReportTable& t : tables) {
    Dictionary& form = *page.AddSectionDictionary("FORM");
    form.SetValue("TITLE", t.title);
    if (!t.note.empty()) form.AddSectionDictionary("NOTE")->SetValue("TEXT", t.note);
    for (const auto& column : t.columns) form.AddSectionDictionary("HEAD")->SetValue("TEXT", column.title);
    for (const auto& r : t.rows) {
      require(
          r.cells.size() == t.columns.size(),
          Errc::kInput,
          fmt::format(
              "the table {} has {} columns and a row of {} cells", t.name, t.columns.size(), r.cells.size()));
      if (!r.shown) continue;
      Dictionary& row = *form.AddSectionDictionary("ROW");
      for (std::size_t n = 0; n < r.cells.size(); ++n) {
        Dictionary& cell = *row.AddSectionDictionary("CELL");
        cell.SetValue("TEXT", r.cells[n]);
        if (t.columns[n].fill_in) cell.ShowSection("BOX");
      }
    }
  }
}

void show_cell(Dictionary& at, const Cell& cell) {
  at.SetValue("TEXT", cell.text);
  at.SetValue("CLASS", class_of(cell));
  if (cell.reason == 0) return;
  Dictionary& reason = *at.AddSectionDictionary("REASON");
  reason.SetValue("MARK", cell.quality == Quality::kUncertain ? "?" : "");
  reason.SetIntValue("NUMBER", static_cast<long>(cell.reason));
}

void show_column(Dictionary& at, const Column& column) {
  at.SetValue("KEY", column.key);
  at.SetValue("LABEL", column.label);
  at.SetValue("TITLE", column.title);
  at.SetValue("UNIT", column.unit);
}

void show_singles(Dictionary& page, const std::vector<Single>& singles) {
  if (singles.empty()) return;
  Dictionary& list = *page.AddSectionDictionary("SINGLES");
  for (const Single& s : singles) {
    Dictionary& row = *list.AddSectionDictionary("SINGLE");
    show_column(row, s.column);
    row.SetValue("REGION", s.region);
    show_cell(row, s.cell);
    if (s.cell.quality != Quality::kFailed) row.ShowSection("HAS_VALUE");
  }
}

void show_tables(Dictionary& page, const ReadingTables& tables) {
  if (tables.singles.empty() && tables.tables.empty()) page.ShowSection("NONE");
  show_singles(page, tables.singles);
  for (const Table& t : tables.tables) {
    Dictionary& table = *page.AddSectionDictionary("TABLE");
    if (!t.method.empty()) table.AddSectionDictionary("METHOD")->SetValue("TEXT", t.method);
    for (const Column& c : t.columns) show_column(*table.AddSectionDictionary("COLUMN"), c);
    for (const Row& r : t.rows) {
      Dictionary& row = *table.AddSectionDictionary("ROW");
      row.SetValue("REGION", r.region);
      for (const Cell& c : r.cells) show_cell(*row.AddSectionDictionary("CELL"), c);
    }
  }
}

void show_reasons(Dictionary& page, const std::vector<Reason>& reasons) {
  if (reasons.empty()) return;
  Dictionary& list = *page.AddSectionDictionary("REASONS");
  long number = 0;
  for (const Reason& r : reasons) {
    Dictionary& entry = *list.AddSectionDictionary("ENTRY");
    entry.SetIntValue("NUMBER", ++number);
    entry.SetValue("CLASS", r.inherent ? "inherent" : r.failed ? "failed" : "uncertain");
    entry.SetValue("KIND", r.failed ? "not measurable" : "uncertain");
    entry.SetValue("WHERE", r.where);
    entry.SetValue("TEXT", r.text);
  }
}

/// Of what stands on this page.
void show_definitions(Dictionary& page, const CasePage& in) {
  std::set<std::string> used;
  for (const Measurement& m : in.outcome->measurements) used.insert(m.endpoint);
  if (used.empty()) return;
  Dictionary& list = *page.AddSectionDictionary("DEFINITIONS");
  for (const EndpointDefinition& d : in.definitions) {
    if (!used.contains(d.key)) continue;
    Dictionary& entry = *list.AddSectionDictionary("DEFINITION");
    entry.SetValue("KEY", d.key);
    entry.SetValue("TITLE", d.title);
    entry.SetValue("TEXT", d.definition);
    entry.SetValue("METHOD", d.method);
    entry.SetValue("SOURCE", d.source);
    entry.SetValue("PRECISION", d.precision);
    if (shown_unit(d.unit).empty()) continue;
    entry.SetValue("UNIT", shown_unit(d.unit));
    entry.ShowSection("HAS_UNIT");
  }
}

void show_pictures(Dictionary& page, const std::vector<Picture>& pictures) {
  if (pictures.empty()) return;
  Dictionary& list = *page.AddSectionDictionary("FIGURES");
  for (const Picture& picture : pictures) {
    Dictionary& entry = *list.AddSectionDictionary("FIGURE");
    entry.SetValue("PNG", inlined_png(picture.png));
    entry.SetValue("CAPTION", picture.caption);
  }
}

void show_facts(Dictionary& page, const Facts& facts) {
  if (facts.empty()) return;
  Dictionary& list = *page.AddSectionDictionary("FACTS");
  for (const auto& [name, value] : facts) {
    Dictionary& entry = *list.AddSectionDictionary("FACT");
    entry.SetValue("NAME", name);
    entry.SetValue("VALUE", value);
  }
}

void show_notes(Dictionary& page, const std::vector<std::string>& notes) {
  if (notes.empty()) return;
  Dictionary& list = *page.AddSectionDictionary("NOTES");
  for (const auto& note : notes) list.AddSectionDictionary("NOTE")->SetValue("TEXT", note);
}

}  // namespace

std::string case_page(const CasePage& in) {
  require(in.outcome != nullptr, Errc::kInput, "a case page needs an outcome");
  const ReadingTables tables = reading_tables(in.outcome->measurements, in.definitions);
  Dictionary page("case");
  page.SetValue("STYLE", kStyle);
  page.SetValue("TITLE", in.title);
  constexpr std::size_t kReasonsShown = 6;
  const Attention attention = attention_of(in, tables, kReasonsShown);
  show_state(page, attention);
  show_summary(page, in.outcome->summary);
  show_eyes(page, attention);
  show_notes(page, in.outcome->notes);
  show_pictures(page, in.pictures);
  show_forms(page, in.outcome->tables);
  show_tables(page, tables);
  show_reasons(page, tables.reasons);
  show_definitions(page, in);
  show_facts(page, in.facts);
  return expanded("case", kTemplate, page);
}

}  // namespace ledd::report
