#include "ledd/report/repeatability_page.h"

#include "figures_table.h"
#include "page_parts.h"

namespace ledd::report {
namespace {

using Dictionary = ctemplate::TemplateDictionary;

// SVG goes in as it is: bland_altman_svg() escapes its texts.
constexpr std::string_view kTemplate = R"html(<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{{TITLE:h}}</title>
<style>{{STYLE}}
{{FIGURES_STYLE}}section.endpoint { break-inside: avoid-page; }
</style>
</head>
<body>
<p class="research">Research use only. Not for diagnosis.</p>
<h1>{{TITLE:h}}</h1>
<p>{{SUMMARY:h}}</p>
<p class="small">RMS-SD is the error of one scan, with its 95 % interval; LSC = 2.77 RMS-SD is the least change of one subject between two scans that is no chance (95 %). ICC(2,1) is the share of the variance that lies between subjects. Bias is the second scan minus the first. In the plots the blue line is the bias, the red dashed lines are the limits of agreement (bias &plusmn; 1.96 SD of the differences), and the shades their 95 % intervals.</p>
{{#NOTES}}<section class="notes" aria-label="Left out"><ul>
{{#NOTE}}<li>{{TEXT:h}}</li>
{{/NOTE}}</ul></section>
{{/NOTES}}<main>
{{#SECTION}}<section class="endpoint"><h2>{{TITLE:h}}</h2>
<p class="small">{{DEFINITION:h}}</p>
<div class="scroll"><table class="figures-table">
<thead><tr>{{#HEAD}}<th scope="col">{{TEXT:h}}</th>{{/HEAD}}</tr></thead>
<tbody>
{{#ROW}}<tr class="first">{{#FIRST}}<th scope="row">{{TEXT:h}}</th>{{/FIRST}}{{#CELL}}<td class="{{TONE:h}}">{{TEXT:h}}{{#RANGED}}<span class="unit">{{RANGE:h}}</span>{{/RANGED}}</td>{{/CELL}}</tr>
<tr><td class="verdict" colspan="{{COLUMNS:h}}">{{VERDICT:h}}</td></tr>
{{/ROW}}</tbody></table></div>
<div class="plots">{{#PLOT}}{{SVG}}
{{/PLOT}}</div></section>
{{/SECTION}}</main>
<footer><p class="research">Research use only. Not for diagnosis.</p></footer>
</body>
</html>
)html";

void show_row(Dictionary& at, const RepeatabilityLine& line, std::size_t columns) {
  show_figures(at, line.cells, columns);
  at.SetIntValue("COLUMNS", static_cast<long>(columns));
  at.SetValue("VERDICT", line.verdict);
}

}  // namespace

std::string repeatability_page(const RepeatabilityPage& page) {
  Dictionary top("repeatability");
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
    at.SetValue("DEFINITION", section.definition);
    for (const auto& name : page.columns) at.AddSectionDictionary("HEAD")->SetValue("TEXT", name);
    for (const auto& row : section.rows) show_row(*at.AddSectionDictionary("ROW"), row, page.columns.size());
    for (const auto& plot : section.plots)
      at.AddSectionDictionary("PLOT")->SetValue("SVG", bland_altman_svg(plot));
  }
  return expanded("repeatability", kTemplate, top);
}

}  // namespace ledd::report
