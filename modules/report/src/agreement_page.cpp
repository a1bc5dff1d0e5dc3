#include "ledd/report/agreement_page.h"

#include "figures_table.h"
#include "page_parts.h"

namespace ledd::report {
namespace {

using Dictionary = ctemplate::TemplateDictionary;

// SVG goes in as it is: who draws it escapes its texts.
constexpr std::string_view kTemplate = R"html(<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{{TITLE:h}}</title>
<style>{{STYLE}}
{{FIGURES_STYLE}}</style>
</head>
<body>
<p class="research">Research use only. Not for diagnosis.</p>
<h1>{{TITLE:h}}</h1>
<p>{{SUMMARY:h}}</p>
{{#NOTES}}<section class="notes" aria-label="Notes"><ul>
{{#NOTE}}<li>{{TEXT:h}}</li>
{{/NOTE}}</ul></section>
{{/NOTES}}<main>
{{#SECTION}}<section class="agreement"><h2>{{TITLE:h}}</h2>
<p class="small">{{TEXT:h}}</p>
<div class="scroll"><table class="figures-table">
<thead><tr>{{#HEAD}}<th scope="col">{{TEXT:h}}</th>{{/HEAD}}</tr></thead>
<tbody>
{{#ROW}}<tr>{{#FIRST}}<th scope="row">{{TEXT:h}}</th>{{/FIRST}}{{#CELL}}<td class="{{TONE:h}}">{{TEXT:h}}{{#RANGED}}<span class="unit">{{RANGE:h}}</span>{{/RANGED}}</td>{{/CELL}}</tr>
{{/ROW}}</tbody></table></div>
<div class="plots">{{#PLOT}}{{SVG}}
{{/PLOT}}</div></section>
{{/SECTION}}</main>
<footer><p class="research">Research use only. Not for diagnosis.</p></footer>
</body>
</html>
)html";

}  // namespace

std::string agreement_page(const AgreementPage& page) {
  Dictionary top("agreement");
  top.SetValue("STYLE", kStyle);
  top.SetValue("FIGURES_STYLE", kFiguresStyle);
  top.SetValue("TITLE", page.title);
  top.SetValue("SUMMARY", page.summary);
  if (!page.notes.empty()) {
    Dictionary& notes = *top.AddSectionDictionary("NOTES");
    for (const auto& note : page.notes) notes.AddSectionDictionary("NOTE")->SetValue("TEXT", note);
  }
  for (const auto& section : page.sections) {
    Dictionary& at = *top.AddSectionDictionary("SECTION");
    at.SetValue("TITLE", section.title);
    at.SetValue("TEXT", section.text);
    for (const auto& name : section.columns) at.AddSectionDictionary("HEAD")->SetValue("TEXT", name);
    for (const auto& row : section.rows)
      show_figures(*at.AddSectionDictionary("ROW"), row, section.columns.size());
    for (const auto& table : section.tables)
      at.AddSectionDictionary("PLOT")->SetValue("SVG", grade_table_svg(table));
    for (const auto& plot : section.plots)
      at.AddSectionDictionary("PLOT")->SetValue("SVG", bland_altman_svg(plot));
  }
  return expanded("agreement", kTemplate, top);
}

}  // namespace ledd::report
