#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "ledd/core/error.h"

#include "group_parts.h"
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
:root { color-scheme: light dark; --ink: #16202a; --soft: #55616d; --paper: #fff; --line: #dde3e9; --dot: #0b4f8a;
  --doubt: #b35c00; --far: #b3121d; --band: #dfe9f3; --head: #f5f7f9; --link: #0b4f8a; }
@media screen and (prefers-color-scheme: dark) {
  :root { --ink: #e6ebf0; --soft: #a3b0bd; --paper: #14191f; --line: #36414c; --dot: #7cb7ec; --doubt: #f0a94a;
    --far: #ff7d84; --band: #24384b; --head: #1e262e; --link: #8fc4f5; }
  h2 { border-color: var(--line); } .research { background: #2b3846; } thead th { border-color: #5c6b7a; }
  .values tbody tr:hover { background: var(--head); }
}
body { background: var(--paper); color: var(--ink); } a { color: var(--link); } thead th { background: var(--head); }
th, td { border-color: var(--line); } .small, caption { color: var(--soft); }
#choice { display: flex; flex-wrap: wrap; gap: .5rem 1rem; margin: .6rem 0; }
#choice label { display: flex; flex-direction: column; font-size: .85rem; color: var(--soft); max-width: 22rem; }
#choice select { font: inherit; color: var(--ink); background: var(--paper); border: 1px solid var(--soft);
  border-radius: .25rem; padding: .2rem .3rem; max-width: 100%; }
#choice .new { flex-basis: 100%; height: 0; }
#plot { overflow-x: auto; } #plot svg { display: block; font: 13px system-ui, sans-serif; fill: var(--ink); cursor: crosshair; }
#plot svg:focus-visible { outline: 2px solid var(--link); outline-offset: -2px; }
.grid { stroke: var(--line); } .group { font-weight: 600; } #plot .failed { fill: var(--far); }
.limit { stroke: var(--far); stroke-dasharray: 5 4; opacity: .7; }
.quarters { fill: var(--band); } .median { stroke: var(--ink); stroke-width: 2; }
.dots { stroke: var(--dot); stroke-width: 5; stroke-linecap: round; fill: none; opacity: .65; }
.marks { stroke: var(--doubt); fill: none; stroke-width: 1.5; }
.outlier circle { fill: none; stroke: var(--far); stroke-width: 1.8; pointer-events: all; }
.here { fill: none; stroke: var(--ink); stroke-width: 2; pointer-events: none; }
#about { min-height: 1.6em; font-weight: 600; overflow-wrap: anywhere; }
.key { display: inline-block; width: 1.5rem; height: 1rem; vertical-align: -.15rem; }
details summary { cursor: pointer; font-weight: 600; margin: .8rem 0 .3rem; }
td, th { overflow-wrap: break-word; max-width: 30rem; } td.number, th.number { text-align: right; }
@media print { #choice, .screen { display: none; } #plot svg { width: 100%; height: auto; } }
</style>
</head>
<body>
<p class="research">Research use only. Not for diagnosis.</p>
<h1>{{TITLE:h}}</h1>
<p>{{SUMMARY:h}} <a href="index.html">List of all cases</a></p>
<noscript><p class="notes">The plots need JavaScript. The tables below and endpoints.csv do not.</p></noscript>
{{#EMPTY}}<p class="notes">{{WHY:h}}</p>{{/EMPTY}}
<section id="explore" hidden>
<h2>Values</h2>
<form id="choice">
<label>Pipeline <select id="pipeline"></select></label>
<label>Endpoint <select id="endpoint"></select></label>
<label>Region <select id="region"></select></label>
<label>Statistic <select id="statistic"></select></label>
<label>Strips by <select id="by"><option>site</option><option>scanner</option><option>visit</option><option>side</option></select></label>
<span class="new"></span>
<label>Only site <select id="only-site"></select></label>
<label>Only scanner <select id="only-scanner"></select></label>
<label>Only visit <select id="only-visit"></select></label>
<label>Only side <select id="only-side"></select></label>
<label>Quality <select id="quality"><option value="*">good and uncertain</option><option value="good">good only</option></select></label>
</form>
<div id="plot"></div>
<p id="about" role="status" aria-live="polite"></p>
<p class="small">
<svg class="key" viewBox="0 0 24 16" aria-hidden="true"><path class="dots" d="M12,8h0"/></svg>good value
<svg class="key" viewBox="0 0 24 16" aria-hidden="true"><path class="marks" d="M12,3.5l4.5,8h-9z"/></svg>uncertain value
<svg class="key" viewBox="0 0 24 16" aria-hidden="true"><g class="outlier"><circle cx="12" cy="8" r="6.5"/></g></svg>outlier
<svg class="key" viewBox="0 0 24 16" aria-hidden="true"><path class="median" d="M2,8h20"/></svg>median, on the middle half of the values.
An outlier lies more than 3 scaled median absolute deviations (1.4826 MAD) from the median of all values of this endpoint, region and statistic, whatever the filters show.
Positions across a strip carry no meaning.</p>
<p id="rule"></p>
<h3>Outliers: <span id="n-outliers"></span></h3>
<div class="scroll"><table class="plain"><thead><tr><th scope="col">Case</th><th scope="col">Subject</th><th scope="col">Side</th><th scope="col">Site</th><th scope="col">Scanner</th><th scope="col">Visit</th><th scope="col">Value</th><th scope="col">Scaled MADs away</th><th scope="col">Quality</th></tr></thead><tbody id="outliers"></tbody></table></div>
<details><summary>Not measurable: <span id="n-unmeasured"></span></summary>
<div class="scroll"><table class="plain"><thead><tr><th scope="col">Case</th><th scope="col">Subject</th><th scope="col">Side</th><th scope="col">Site</th><th scope="col">Scanner</th><th scope="col">Visit</th><th scope="col">Reason</th></tr></thead><tbody id="unmeasured"></tbody></table></div></details>
</section>
<h2>Processing failures ({{N_FAILURES:h}})</h2>
{{#NO_FAILURE}}<p>Every case has a result.</p>{{/NO_FAILURE}}
{{#FAILURES}}<div class="scroll"><table id="failures"><thead><tr><th scope="col">Case</th><th scope="col">State</th><th scope="col">Pipeline and series</th><th scope="col">Step</th><th scope="col">Reason</th></tr></thead><tbody>
{{#FAILURE}}<tr><th scope="row">{{CASE:h}}</th><td>{{STATE:h}}</td><td>{{PIPELINE:h}}<br><span class="small">{{SERIES:h}}</span></td><td>{{STAGE:h}}</td><td>{{REASON:h}}</td></tr>
{{/FAILURE}}</tbody></table></div>{{/FAILURES}}
<h2>Protocol deviations ({{N_DEVIATIONS:h}})</h2>
{{#NO_DEVIATION}}<p>None is recorded. Only cases of a study file are held against a protocol.</p>{{/NO_DEVIATION}}
{{#DEVIATIONS}}<div class="scroll"><table id="deviations"><thead><tr><th scope="col">Case</th><th scope="col">Subject</th><th scope="col">Session</th><th scope="col">Deviation</th></tr></thead><tbody>
{{#DEVIATION}}<tr><th scope="row">{{#LINKED}}<a href="{{LINK:h}}">{{CASE:h}}</a>{{/LINKED}}{{#UNLINKED}}{{CASE:h}}{{/UNLINKED}}</th><td>{{SUBJECT:h}}</td><td>{{SESSION:h}}</td><td>{{TEXT:h}}</td></tr>
{{/DEVIATION}}</tbody></table></div>{{/DEVIATIONS}}
<h2>Quality flags</h2>
{{#NO_FLAGS}}<p>Nothing was measured.</p>{{/NO_FLAGS}}
{{#FLAGS}}<div class="scroll"><table id="flags"><thead><tr><th scope="col">Pipeline</th><th scope="col">Endpoint</th><th scope="col" class="number">Good</th><th scope="col" class="number">Uncertain</th><th scope="col" class="number">Not measurable</th><th scope="col" class="number">Need eyes</th><th scope="col">Most frequent reason</th></tr></thead><tbody>
{{#FLAG}}<tr><td>{{PIPELINE:h}}</td><th scope="row">{{ENDPOINT:h}}</th><td class="number">{{GOOD:h}}</td><td class="number">{{UNCERTAIN:h}}</td><td class="number">{{FAILED:h}}</td><td class="number">{{EYES:h}}</td><td>{{REASON:h}}</td></tr>
{{/FLAG}}</tbody></table></div>{{/FLAGS}}
<footer><p class="research">Research use only. Not for diagnosis.</p></footer>
<script type="application/json" id="data">{{DATA}}</script>
<script>{{SCRIPT}}</script>
</body>
</html>
)html";

/// How an endpoint went over all cases and regions.
struct Flags {
  std::size_t good = 0, uncertain = 0, failed = 0, eyes = 0;
  std::map<std::string, std::size_t> reasons;
};

using FlagTable = std::map<std::pair<std::string, std::string>, Flags>;

/// Values alone: an error or a spread is as good as the value it belongs to.
FlagTable flags_of(const GroupPage& page) {
  FlagTable table;
  for (const GroupCase& c : page.cases)
    for (const Measurement& m : *c.measurements) {
      if (m.statistic == "se" || m.statistic == "slice_sd") continue;
      Flags& flags = table[{c.pipeline, m.endpoint}];
      ++(m.quality == Quality::kGood        ? flags.good
         : m.quality == Quality::kUncertain ? flags.uncertain
                                            : flags.failed);
      if (needs_eyes(m)) ++flags.eyes;
      if (!m.reason.empty()) ++flags.reasons[m.reason];
    }
  return table;
}

void show_flags(Dictionary& page, const FlagTable& table) {
  if (table.empty()) {
    page.ShowSection("NO_FLAGS");
    return;
  }
  Dictionary& all = *page.AddSectionDictionary("FLAGS");
  for (const auto& [name, flags] : table) {
    Dictionary& row = *all.AddSectionDictionary("FLAG");
    row.SetValue("PIPELINE", name.first);
    row.SetValue("ENDPOINT", name.second);
    row.SetIntValue("GOOD", static_cast<long>(flags.good));
    row.SetIntValue("UNCERTAIN", static_cast<long>(flags.uncertain));
    row.SetIntValue("FAILED", static_cast<long>(flags.failed));
    row.SetIntValue("EYES", static_cast<long>(flags.eyes));
    const auto most = std::max_element(flags.reasons.begin(),
                                       flags.reasons.end(),
                                       [](const auto& a, const auto& b) { return a.second < b.second; });
    if (most != flags.reasons.end())
      row.SetValue("REASON", fmt::format("{} ({} times)", most->first, most->second));
  }
}

void show_failures(Dictionary& page, const std::vector<GroupFailure>& failures) {
  page.SetIntValue("N_FAILURES", static_cast<long>(failures.size()));
  if (failures.empty()) {
    page.ShowSection("NO_FAILURE");
    return;
  }
  Dictionary& all = *page.AddSectionDictionary("FAILURES");
  for (const GroupFailure& one : failures) {
    Dictionary& row = *all.AddSectionDictionary("FAILURE");
    row.SetValue("CASE", one.case_id);
    row.SetValue("STATE", one.state);
    row.SetValue("PIPELINE", one.pipeline);
    row.SetValue("SERIES", one.series);
    row.SetValue("STAGE", one.stage);
    row.SetValue("REASON", one.reason);
  }
}

void show_deviations(Dictionary& page, const GroupPage& group) {
  page.SetIntValue("N_DEVIATIONS", static_cast<long>(group.deviations.size()));
  if (group.deviations.empty()) {
    page.ShowSection("NO_DEVIATION");
    return;
  }
  std::map<std::string, std::string> links;
  for (const GroupCase& c : group.cases) links.emplace(c.case_id, c.link);
  Dictionary& all = *page.AddSectionDictionary("DEVIATIONS");
  for (const GroupDeviation& one : group.deviations) {
    Dictionary& row = *all.AddSectionDictionary("DEVIATION");
    row.SetValue("CASE", one.case_id);
    row.SetValue("SUBJECT", one.subject);
    row.SetValue("SESSION", one.session);
    row.SetValue("TEXT", one.text);
    const auto link = links.find(one.case_id);
    if (link == links.end())
      row.ShowSection("UNLINKED");
    else
      row.SetValueAndShowSection("LINK", link->second, "LINKED");
  }
}

}  // namespace

std::string group_page(const GroupPage& group) {
  for (const GroupCase& c : group.cases) require_relative(c.link);
  const std::string data = group_data(group);
  Dictionary page("group");
  page.SetValue("STYLE", kStyle);
  page.SetValue("TITLE", group.title);
  page.SetValue("SUMMARY",
                fmt::format("{} case{} with results, {} without.",
                            group.cases.size(),
                            group.cases.size() == 1 ? "" : "s",
                            group.failures.size()));
  const FlagTable flags = flags_of(group);
  if (flags.empty())
    page.SetValueAndShowSection("WHY",
                                group.cases.empty() && group.failures.empty()
                                    ? "There are no cases here yet."
                                    : "No case has a measurement: there is nothing to plot.",
                                "EMPTY");
  show_failures(page, group.failures);
  show_deviations(page, group);
  show_flags(page, flags);
  page.SetValue("DATA", data);
  page.SetValue("SCRIPT", kGroupScript);
  return expanded("group", kTemplate, page);
}

}  // namespace ledd::report
