#include "ledd/report/change_page.h"

#include <fmt/format.h>

#include "ledd/core/error.h"

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
<style>{{STYLE}}
.changes { width: 100%; } .changes td, .changes th { font-size: .85rem; padding: .22rem .5rem; line-height: 1.35; }
.changes .n { text-align: right; } .changes td.n { white-space: nowrap; } .changes .reason { min-width: 14rem; overflow-wrap: anywhere; } .changes .visits { min-width: 6.8rem; } .changes .pipeline { white-space: nowrap; }
.changed td.verdict { font-weight: 700; background: #e3edf7; color: #0b3d6b; } .none td.verdict { background: #fde9e7; color: #8c1610; } .unknown td.verdict { background: #fff3d1; color: #6b4200; }
.filter { margin: 1rem .3rem .6rem 0; display: inline-block; } .filter + label { margin-right: 1.2rem; }
#only-changed:checked ~ .scroll tbody tr:not(.changed), #only-within:checked ~ .scroll tbody tr:not(.within),
#only-unknown:checked ~ .scroll tbody tr:not(.unknown), #only-none:checked ~ .scroll tbody tr:not(.none) { display: none; }
</style>
</head>
<body>
<p class="research">Research use only. Not for diagnosis.</p>
<h1>{{TITLE:h}}</h1>
<p>{{SUMMARY:h}}</p>
<p class="small">Change is follow-up minus baseline. SDC is the smallest change of one subject between two scans that is no chance (95 %), from repeated scans of the same endpoint, region and method; without repeats no verdict is given. Of many endpoints that did not change, one in twenty still goes beyond it.</p>
<h2>Endpoints</h2>
<div class="scroll"><table class="changes">
<thead><tr><th scope="col">Endpoint</th><th scope="col">Region</th><th scope="col">Side</th><th scope="col">Pipeline</th><th scope="col" class="n">Pairs</th><th scope="col" class="n">Mean change</th><th scope="col" class="n">SD</th><th scope="col" class="n">SDC</th><th scope="col" class="n">Increased</th><th scope="col" class="n">Decreased</th><th scope="col" class="n">Within error</th><th scope="col" class="n">Precision unknown</th><th scope="col" class="n">Not measurable</th></tr></thead>
<tbody>
{{#GROUP}}<tr><th scope="row">{{ENDPOINT:h}}</th><td>{{REGION:h}}</td><td>{{SIDE:h}}</td><td class="pipeline">{{PIPELINE:h}}</td><td class="n">{{PAIRS:h}}</td><td class="n">{{MEAN:h}}</td><td class="n">{{SD:h}}</td><td class="n">{{SDC:h}}</td><td class="n">{{INCREASED:h}}</td><td class="n">{{DECREASED:h}}</td><td class="n">{{WITHIN:h}}</td><td class="n">{{UNKNOWN:h}}</td><td class="n">{{NONE:h}}</td></tr>
{{/GROUP}}</tbody></table></div>
<h2>Changes</h2>
{{#LEFT_OUT}}<p>{{TEXT:h}}</p>
{{/LEFT_OUT}}<input class="filter screen" type="radio" name="only" id="only-all" checked><label class="screen" for="only-all">all</label>
<input class="filter screen" type="radio" name="only" id="only-changed"><label class="screen" for="only-changed">increased or decreased</label>
<input class="filter screen" type="radio" name="only" id="only-within"><label class="screen" for="only-within">within error</label>
<input class="filter screen" type="radio" name="only" id="only-unknown"><label class="screen" for="only-unknown">precision unknown</label>
<input class="filter screen" type="radio" name="only" id="only-none"><label class="screen" for="only-none">not measurable</label>
<div class="scroll"><table class="changes">
<thead><tr><th scope="col">Subject</th><th scope="col">Side</th><th scope="col">Visits</th><th scope="col">Endpoint</th><th scope="col">Region</th><th scope="col" class="n">Baseline</th><th scope="col" class="n">Follow-up</th><th scope="col" class="n">Change</th><th scope="col" class="n">%</th><th scope="col" class="n">SDC</th><th scope="col">Verdict</th><th scope="col">Reason</th></tr></thead>
<tbody>
{{#LINE}}<tr class="{{CLASS:h}}"><th scope="row">{{#LINKED}}<a href="{{LINK:h}}">{{SUBJECT:h}}</a>{{/LINKED}}{{#UNLINKED}}{{SUBJECT:h}}{{/UNLINKED}}</th><td>{{SIDE:h}}</td><td class="visits">{{VISITS:h}}</td><td>{{ENDPOINT:h}}</td><td>{{REGION:h}}</td><td class="n">{{BASELINE:h}}</td><td class="n">{{FOLLOWUP:h}}</td><td class="n">{{CHANGE:h}}</td><td class="n">{{PERCENT:h}}</td><td class="n">{{SDC:h}}</td><td class="verdict">{{VERDICT:h}}</td><td class="reason">{{REASON:h}}</td></tr>
{{/LINE}}</tbody></table></div>
<footer><p class="research">Research use only. Not for diagnosis.</p></footer>
</body>
</html>
)html";

const char* class_of(const std::string& verdict) {
  if (verdict == "increased" || verdict == "decreased") return "changed";
  if (verdict == "within error") return "within";
  return verdict == "not measurable" ? "none" : "unknown";
}

void show(Dictionary& at, const ChangeGroup& group) {
  at.SetValue("ENDPOINT", group.endpoint);
  at.SetValue("REGION", group.region);
  at.SetValue("SIDE", group.side);
  at.SetValue("PIPELINE", group.pipeline);
  at.SetValue("MEAN", group.mean.empty() || group.unit == "1" ? group.mean : group.mean + " " + group.unit);
  at.SetValue("SD", group.sd);
  at.SetValue("SDC", group.sdc);
  at.SetIntValue("PAIRS", static_cast<long>(group.pairs));
  at.SetIntValue("INCREASED", static_cast<long>(group.increased));
  at.SetIntValue("DECREASED", static_cast<long>(group.decreased));
  at.SetIntValue("WITHIN", static_cast<long>(group.within));
  at.SetIntValue("UNKNOWN", static_cast<long>(group.unknown));
  at.SetIntValue("NONE", static_cast<long>(group.not_measurable));
}

void show(Dictionary& at, const ChangeLine& line) {
  require(
      line.link.find(':') == std::string::npos && !line.link.starts_with('/') && !line.link.starts_with('\\'),
      Errc::kInput,
      "the link '" + line.link + "' is not a relative path");
  at.SetValue("CLASS", class_of(line.verdict));
  if (line.link.empty())
    at.ShowSection("UNLINKED");
  else
    at.SetValueAndShowSection("LINK", line.link, "LINKED");
  at.SetValue("SUBJECT", line.subject);
  at.SetValue("SIDE", line.side);
  at.SetValue("VISITS", line.visits);
  at.SetValue("ENDPOINT", line.endpoint);
  at.SetValue("REGION", line.region);
  at.SetValue("BASELINE", line.baseline);
  at.SetValue("FOLLOWUP", line.followup);
  at.SetValue("CHANGE", line.change);
  at.SetValue("PERCENT", line.change_pct);
  at.SetValue("SDC", line.sdc);
  at.SetValue("VERDICT", line.verdict);
  at.SetValue("REASON", line.reason);
}

}  // namespace

std::string change_page(const ChangePage& page) {
  Dictionary top("changes");
  top.SetValue("STYLE", kStyle);
  top.SetValue("TITLE", page.title);
  top.SetValue("SUMMARY", page.summary);
  for (const auto& group : page.groups) show(*top.AddSectionDictionary("GROUP"), group);
  for (const auto& line : page.lines) show(*top.AddSectionDictionary("LINE"), line);
  if (page.lines_left_out > 0)
    top.AddSectionDictionary("LEFT_OUT")
        ->SetValue("TEXT",
                   fmt::format("{} more rows stand in changes.csv; the first {} are shown: those that "
                               "changed, then the rest.",
                               page.lines_left_out,
                               page.lines.size()));
  return expanded("changes", kTemplate, top);
}

}  // namespace ledd::report
