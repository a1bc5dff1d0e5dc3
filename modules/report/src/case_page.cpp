#include <fmt/format.h>

#include "ledd/core/error.h"
#include "ledd/report/report.h"

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
<p><span class="state {{STATE_CLASS:h}}">{{STATE:h}}</span></p>
{{#NOTES}}<section class="notes" aria-label="Read first"><ul>
{{#NOTE}}<li>{{TEXT:h}}</li>
{{/NOTE}}</ul></section>
{{/NOTES}}</header>
<main>
{{#FIGURES}}<h2>Pictures</h2>
<div class="figures">
{{#FIGURE}}<figure><img src="{{PNG}}" alt="{{CAPTION:h}}"><figcaption>{{CAPTION:h}}</figcaption></figure>
{{/FIGURE}}</div>
{{/FIGURES}}<h2>Measurements</h2>
{{#NONE}}<p>Nothing was measured.</p>
{{/NONE}}{{#SINGLES}}<div class="scroll"><table class="singles">
<thead><tr><th scope="col">Endpoint</th><th scope="col">Region</th><th scope="col">Value</th></tr></thead>
<tbody>
{{#SINGLE}}<tr><th scope="row">{{TITLE:h}} (<a href="#def-{{KEY:h}}">{{LABEL:h}}</a>)</th><td>{{REGION:h}}</td><td class="{{CLASS:h}}">{{TEXT:h}}{{#HAS_VALUE}} {{UNIT:h}}{{/HAS_VALUE}}{{#REASON}} {{MARK:h}}<sup><a href="#reason-{{NUMBER:h}}" aria-label="see reason {{NUMBER:h}}">{{NUMBER:h}}</a></sup>{{/REASON}}</td></tr>
{{/SINGLE}}</tbody></table></div>
{{/SINGLES}}{{#TABLE}}<div class="scroll"><table class="values">
<thead><tr><th scope="col">Region</th>{{#COLUMN}}<th scope="col" title="{{TITLE:h}}"><a href="#def-{{KEY:h}}">{{LABEL:h}}</a><span class="unit">{{UNIT:h}}</span></th>{{/COLUMN}}</tr></thead>
<tbody>
{{#ROW}}<tr><th scope="row">{{REGION:h}}</th>{{#CELL}}<td class="{{CLASS:h}}">{{TEXT:h}}{{#REASON}} {{MARK:h}}<sup><a href="#reason-{{NUMBER:h}}" aria-label="see reason {{NUMBER:h}}">{{NUMBER:h}}</a></sup>{{/REASON}}</td>{{/CELL}}</tr>
{{/ROW}}</tbody></table></div>
{{/TABLE}}{{#REASONS}}<p class="legend"><span class="mark uncertain">?</span> uncertain: read the reason before using the value. <span class="mark failed">—</span> not measurable.</p>
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

std::string class_of(Quality quality) {
  return std::string(name_of(quality));
}

void show_state(Dictionary& page, const CasePage& in, const ReadingTables& tables) {
  const auto count = [](std::size_t n, const char* what) {
    return n == 0 ? std::string() : fmt::format("{} {}, ", n, what);
  };
  std::string numbers = count(tables.failed, "not measurable") + count(tables.uncertain, "uncertain") +
                        fmt::format("{} good", tables.good);
  const bool calm = in.ok && tables.failed + tables.uncertain == 0;
  page.SetValue("STATE", (calm ? "All values measured: " : "Needs a reader's eyes: ") + numbers);
  page.SetValue("STATE_CLASS", calm ? "good" : tables.failed > 0 ? "failed" : "uncertain");
}

void show_cell(Dictionary& at, const Cell& cell) {
  at.SetValue("TEXT", cell.text);
  at.SetValue("CLASS", class_of(cell.quality));
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

void show_tables(Dictionary& page, const ReadingTables& tables) {
  if (tables.singles.empty() && tables.tables.empty()) page.ShowSection("NONE");
  Dictionary* const singles = tables.singles.empty() ? nullptr : page.AddSectionDictionary("SINGLES");
  for (const Single& s : tables.singles) {
    Dictionary& row = *singles->AddSectionDictionary("SINGLE");
    show_column(row, s.column);
    row.SetValue("REGION", s.region);
    show_cell(row, s.cell);
    if (s.cell.quality != Quality::kFailed) row.ShowSection("HAS_VALUE");
  }
  for (const Table& t : tables.tables) {
    Dictionary& table = *page.AddSectionDictionary("TABLE");
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
    entry.SetValue("CLASS", r.failed ? "failed" : "uncertain");
    entry.SetValue("KIND", r.failed ? "not measurable" : "uncertain");
    entry.SetValue("WHERE", r.where);
    entry.SetValue("TEXT", r.text);
  }
}

void show_definitions(Dictionary& page, const std::vector<EndpointDefinition>& definitions) {
  if (definitions.empty()) return;
  Dictionary& list = *page.AddSectionDictionary("DEFINITIONS");
  for (const EndpointDefinition& d : definitions) {
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

void show_pictures(Dictionary& page, const std::vector<std::pair<Figure, std::string>>& pictures) {
  if (pictures.empty()) return;
  Dictionary& list = *page.AddSectionDictionary("FIGURES");
  for (const auto& [figure, png] : pictures) {
    Dictionary& entry = *list.AddSectionDictionary("FIGURE");
    entry.SetValue("PNG", inlined_png(png));
    entry.SetValue("CAPTION", figure.caption);
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
  show_state(page, in, tables);
  show_notes(page, in.outcome->notes);
  show_pictures(page, in.pictures);
  show_tables(page, tables);
  show_reasons(page, tables.reasons);
  show_definitions(page, in.definitions);
  show_facts(page, in.facts);
  return expanded("case", kTemplate, page);
}

}  // namespace ledd::report
