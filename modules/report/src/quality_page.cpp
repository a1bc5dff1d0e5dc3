#include "ledd/report/quality_page.h"

#include <fmt/format.h>

#include "page_parts.h"
#include "quality_chart.h"

namespace ledd::report {
namespace {

using Dictionary = ctemplate::TemplateDictionary;

constexpr std::string_view kTemplate = R"html(<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{{TITLE:h}}</title>
<style>{{STYLE}}
svg.chart { display: block; max-width: 100%; height: auto; font-size: 12px; }
svg .axis { stroke: #555; } svg .centre { stroke: #1b5e20; } svg .limit { stroke: #b3261e; stroke-dasharray: 5 3; }
svg .s3 { fill: #f3f5f3; } svg .s2 { fill: #e7ede7; } svg .s1 { fill: #d9e4d9; }
svg .mark { stroke: #6a3d9a; stroke-dasharray: 2 3; stroke-width: 1.5; } svg .badge { fill: #6a3d9a; font-weight: bold; text-anchor: middle; }
svg .run { fill: none; stroke: #8a8f98; } svg .point { fill: #1f4e79; } svg .base { fill: #fff; stroke: #1f4e79; stroke-width: 1.5; }
svg .alarm { fill: #b3261e; } svg .rule { fill: #b3261e; text-anchor: middle; font-weight: bold; }
svg .up { fill: none; stroke: #1f4e79; stroke-width: 1.8; } svg .down { fill: none; stroke: #a45a00; stroke-width: 1.8; }
svg .scale { text-anchor: end; fill: #333; } svg .day { text-anchor: middle; fill: #333; } svg .small, svg .caption { fill: #555; font-size: 11px; }
.whole { white-space: nowrap; }
h3 { margin: 1.4rem 0 .2rem; } .marks { margin: .2rem 0 .6rem; }
</style>
</head>
<body>
<p class="research">Research use only. Not for diagnosis.</p>
<h1>{{TITLE:h}}</h1>
{{#NOTE}}<p>{{TEXT:h}}</p>
{{/NOTE}}<h2>Alarms: {{ALARMS:h}}</h2>
{{#HAS_ALARMS}}<div class="scroll"><table>
<thead><tr><th scope="col">First</th><th scope="col">Rule</th><th scope="col">What</th><th scope="col">Furthest off</th><th scope="col">Limits</th><th scope="col">How often</th><th scope="col">Scanner</th></tr></thead>
<tbody>
{{#ALARM}}<tr><td class="whole">{{DATE:h}}</td><td class="whole"><b>{{RULE:h}}</b></td><td>{{CHART:h}}</td><td class="whole">{{VALUE:h}} <span class="small">{{UNIT:h}}<br>case {{CASE:h}}</span></td><td>{{LIMITS:h}}</td><td>{{TIMES:h}}</td><td>{{SCANNER:h}}</td></tr>
{{/ALARM}}</tbody></table></div>
<p class="small">{{#MEANING}}<b>{{RULE:h}}</b>: {{TEXT:h}}. {{/MEANING}}s: SD of the baseline. alarms.csv has every run.</p>{{/HAS_ALARMS}}
{{#SCANNER}}<h2>{{NAME:h}}</h2>
<table>{{#FACT}}<tr><th scope="row">{{KEY:h}}</th><td>{{VALUE:h}}</td></tr>{{/FACT}}</table>
{{#MARK}}<p class="marks small"><b>{{NUMBER:h}}</b> {{DATE:h}}: {{TEXT:h}}</p>
{{/MARK}}{{#CHART}}<h3>{{TITLE:h}}{{#HAS_UNIT}} <span class="small">({{UNIT:h}})</span>{{/HAS_UNIT}}</h3>
{{#HAS_NOTE}}<p class="small">{{NOTE:h}}</p>{{/HAS_NOTE}}
{{SVG}}
{{/CHART}}{{/SCANNER}}
<p class="small">Open circles: the baseline, whose mean and moving range give the centre and s. Filled: runs behind it. Red: a rule is broken; point at it for date, value and case. Shaded: 1, 2 and 3 s. Numbered lines: changes of the scanner.</p>
<footer><p class="research">Research use only. Not for diagnosis.</p></footer>
</body>
</html>
)html";

/// UCUM as people write it; "1" is a number without a unit.
std::string unit_words(const std::string& ucum) {
  if (ucum == "1") return {};
  if (ucum == "[hnsf'U]") return "HU";
  if (ucum == "[hnsf'U].cm3/mg") return "HU for each mg/cm3";
  return ucum;
}

void show_alarm(const QualityAlarmRow& alarm, Dictionary& at) {
  at.SetValue("DATE", alarm.date);
  at.SetValue("SCANNER", alarm.scanner);
  at.SetValue("CHART", alarm.chart);
  at.SetValue("RULE", alarm.rule);
  at.SetValue("TIMES", alarm.times);
  at.SetValue("VALUE", alarm.value);
  at.SetValue("UNIT", unit_words(alarm.unit));
  at.SetValue("LIMITS", alarm.limits);
  at.SetValue("CASE", alarm.case_id);
}

void show_chart(const QualityChart& chart,
                const QualityScanner& scanner,
                double cusum_limit,
                Dictionary& at) {
  at.SetValue("TITLE", chart.title);
  if (const auto unit = unit_words(chart.unit); !unit.empty())
    at.SetValueAndShowSection("UNIT", unit, "HAS_UNIT");
  if (!chart.note.empty()) at.SetValueAndShowSection("NOTE", chart.note, "HAS_NOTE");
  at.SetValue("SVG", chart_svg(chart, scanner.marks, cusum_limit));
}

void show_scanner(const QualityScanner& scanner, double cusum_limit, Dictionary& at) {
  at.SetValue("NAME", scanner.name);
  for (const auto& [key, value] : scanner.facts) {
    Dictionary& fact = *at.AddSectionDictionary("FACT");
    fact.SetValue("KEY", key);
    fact.SetValue("VALUE", value);
  }
  long number = 0;
  for (const QualityMark& mark : scanner.marks) {
    Dictionary& row = *at.AddSectionDictionary("MARK");
    row.SetIntValue("NUMBER", ++number);
    row.SetValue("DATE", mark.date);
    row.SetValue("TEXT", mark.text);
  }
  for (const QualityChart& chart : scanner.charts)
    show_chart(chart, scanner, cusum_limit, *at.AddSectionDictionary("CHART"));
}

}  // namespace

std::string quality_page(const QualityPage& page) {
  Dictionary at("quality");
  at.SetValue("STYLE", kStyle);
  at.SetValue("TITLE", page.title);
  for (const std::string& note : page.notes) at.AddSectionDictionary("NOTE")->SetValue("TEXT", note);
  at.SetValue("ALARMS",
              page.alarms.empty()
                  ? "none"
                  : fmt::format("{} rule{} broken", page.alarms.size(), page.alarms.size() == 1 ? "" : "s"));
  if (!page.alarms.empty()) {
    Dictionary& table = *at.AddSectionDictionary("HAS_ALARMS");
    for (const auto& [rule, meaning] : page.rules) {
      Dictionary& row = *table.AddSectionDictionary("MEANING");
      row.SetValue("RULE", rule);
      row.SetValue("TEXT", meaning);
    }
    for (const QualityAlarmRow& alarm : page.alarms) show_alarm(alarm, *table.AddSectionDictionary("ALARM"));
  }
  for (const QualityScanner& scanner : page.scanners)
    show_scanner(scanner, page.cusum_limit, *at.AddSectionDictionary("SCANNER"));
  return expanded("quality", kTemplate, at);
}

}  // namespace ledd::report
